"""A notebook of yesterday: its last picture and one line, and never an error in the place of it."""

import re

import nbformat
import pytest
from conftest import ROOT
from explorer_page import ExplorerPage
from nbconvert import HTMLExporter
from playwright.sync_api import expect

HINT = "Run this cell to move it."
CELL = """\
import numpy as np
from helpers import explore_smoothing
picture = np.full((60, 80, 3), 120, np.uint8)
rough = np.random.default_rng(0).normal(size=(60, 80, 3))
explore_smoothing(picture, rough, "noise", sigma=3)"""


def choose(page, menu, item):
    page.get_by_role("menuitem", name=menu, exact=True).click()
    page.get_by_role("menuitem", name=re.compile(f"^{item}")).first.click()


def still(root, sigma):
    """The static figure is to be seen, with its line, and nothing complains."""
    expect(root.get_by_text(HINT)).to_be_visible()
    expect(root.get_by_role("img", name=f"sigma {sigma}:")).to_be_visible()
    expect(root.get_by_text("Error displaying widget")).to_have_count(0)
    expect(root.locator(".helpers-explorer")).to_have_count(0)


def still_and_unchanged(root, sigma):
    """What was only opened does not ask to be saved either."""
    expect(root.page.locator(".jp-mod-dirty")).to_have_count(0)
    still(root, sigma)


@pytest.fixture
def stored(page, open_notebook, run_all, write_notebook):
    """A notebook that was run, moved to sigma 4 and saved; its path and panel."""
    path = write_notebook("yesterday", [CELL])
    panel = open_notebook(path.name)
    run_all(panel)
    explorer = ExplorerPage(page, panel.locator(".helpers-explorer"))
    explorer.after(explorer.slide_by_key, "sigma", "ArrowRight", 2)
    page.wait_for_timeout(1500)
    choose(page, "File", "Save Notebook")
    expect(page.locator(".jp-mod-dirty")).to_have_count(0)
    return path, panel


def test_a_notebook_of_the_series_that_is_only_opened_is_not_changed(
    page, open_notebook, lab_folder, nbrefresh
):
    path = lab_folder / "only_opened.ipynb"
    notebook = nbformat.read(ROOT / "notebooks" / "02_smoothing.ipynb", 4)
    path.write_text(nbrefresh.text_of(nbrefresh.normalise(notebook)))
    open_notebook(path.name)
    page.wait_for_timeout(1000)
    expect(page.locator(".jp-mod-dirty")).to_have_count(0)
    choose(page, "Kernel", "Shut Down Kernel")


def test_what_is_stored_is_the_last_figure_alone(stored):
    (output,) = nbformat.read(stored[0], 4).cells[0].outputs
    assert set(output.data) == {"text/html", "text/plain"}
    assert "sigma 4:" in output.data["text/html"] and HINT in output.data["text/html"]


def test_after_restart_reload_and_shutdown(page, stored, lab, run_all):
    path, panel = stored
    # With what other tests left open forgotten, or another notebook may stand in front at first.
    page.goto(f"{lab}/lab/tree/{path.name}?token=test&reset")
    # The kernel still runs: the controls come back where they were.
    explorer = ExplorerPage(page, panel.locator(".helpers-explorer"))
    expect(explorer.slider("sigma")).to_be_visible(timeout=60_000)
    explorer.after(explorer.slide_by_key, "sigma", "ArrowRight", 2)
    choose(page, "Kernel", "Restart Kernel…")
    page.locator(".jp-Dialog button.jp-mod-accept").click()
    still(panel, 4)
    run_all(panel)
    expect(explorer.slider("sigma")).to_be_visible()
    choose(page, "Kernel", "Shut Down Kernel")
    still(panel, 3)


def test_reopened_untrusted_in_document_mode_and_exported(page, stored, lab, tmp_path):
    path, panel = stored
    choose(page, "Kernel", "Shut Down Kernel")
    still_and_unchanged(panel, 4)
    page.goto(f"{lab}/lab/tree/{path.name}?token=test&reset")
    still_and_unchanged(panel, 4)
    page.goto(f"{lab}/doc/tree/{path.name}?token=test")
    still_and_unchanged(page.locator(".jp-NotebookPanel"), 4)
    strange = path.with_name("from_somebody_else.ipynb")
    strange.write_text(path.read_text().replace("default_rng(0)", "default_rng(1)"))
    page.goto(f"{lab}/lab/tree/{strange.name}?token=test&reset")
    still_and_unchanged(panel, 4)
    exported = tmp_path / "page.html"
    exported.write_text(HTMLExporter().from_filename(str(path))[0], encoding="utf-8")
    page.goto(exported.as_uri())
    still(page.locator("body"), 4)
