"""Alternative text reaches the page: in JupyterLab (opened, and run) and in exported HTML."""

import nbformat
import pytest
from nbconvert import HTMLExporter
from nbformat import v4
from playwright.sync_api import expect

ALT = 'A bright spot in the "middle" & nothing <elsewhere> in the picture.'
SETUP = """\
import numpy as np
from IPython.display import Image, display
from helpers import explore_smoothing, show_saliency
from helpers.display import figure_bytes
picture = np.full((60, 80, 3), 120, np.uint8)
spot = np.outer(np.hanning(60), np.hanning(80))
rough = np.random.default_rng(0).normal(size=(60, 80, 3))"""
CELLS = {
    "setup": SETUP,
    "figure": f"figure = show_saliency(picture, spot, alt={ALT!r})\nfigure",
    "metadata": 'display(Image(data=figure_bytes(figure)[0]), metadata={"alt": "Not to be seen"})',
    "explorer": "explore_smoothing(picture, rough, 'noise', sigma=3)",
}
PLACE = {name: number for number, name in enumerate(CELLS)}


@pytest.fixture(scope="module")
def stored(lab_folder, nbrefresh):
    """The notebook of this test, run and normalised as those of the series are."""
    path = lab_folder / "alt_text.ipynb"
    cells = [v4.new_code_cell(text) for text in CELLS.values()]
    nbformat.write(v4.new_notebook(cells=cells), path)
    nbrefresh.refresh(path, offline=True)
    return path


def loaded(image):
    return image.evaluate("async e => { await e.decode(); return e.naturalWidth > 0 }")


def test_in_jupyterlab_before_a_cell_is_run(stored, open_notebook):
    cells = open_notebook(stored.name).locator(".jp-CodeCell")
    # A foreign notebook is not trusted: what we see has passed JupyterLab's sanitiser.
    image = cells.nth(PLACE["figure"]).get_by_role("img", name=ALT)
    expect(image).to_have_count(1)
    assert loaded(image)
    static = cells.nth(PLACE["explorer"]).get_by_role("img", name="Map for noise over its picture")
    expect(static).to_have_count(1)
    # Why helpers.display.publish does not use metadata; when this fails, a simpler way has opened.
    by_metadata = cells.nth(PLACE["metadata"]).locator("img")
    expect(by_metadata).to_have_count(1)
    assert not by_metadata.get_attribute("alt")


def test_in_jupyterlab_after_a_run(page, stored, open_notebook, run_all):
    panel = open_notebook(stored.name)
    run_all(panel)
    cells = panel.locator(".jp-CodeCell")
    image = cells.nth(PLACE["figure"]).get_by_role("img", name=ALT)
    expect(image).to_have_count(1)
    assert loaded(image)
    explorer = cells.nth(PLACE["explorer"])
    expect(explorer.get_by_role("img", name="sigma 3:")).to_have_count(1)
    explorer.locator(".widget-slider").first.get_by_role("slider").focus()
    page.keyboard.press("ArrowRight")
    expect(explorer.get_by_role("img", name="sigma 3.5:")).to_have_count(1)
    explorer.get_by_label("channels").select_option(label="sum, with sign (sum)")
    expect(explorer.get_by_role("img", name="Colours from -")).to_have_count(1)


def test_in_exported_html(page, stored, tmp_path):
    exported = tmp_path / "alt_text.html"
    exported.write_text(HTMLExporter().from_filename(str(stored))[0], encoding="utf-8")
    page.goto(exported.as_uri())
    image = page.get_by_role("img", name=ALT)
    expect(image).to_have_count(1)
    assert loaded(image)
    expect(page.get_by_role("img", name="sigma 3:")).to_have_count(1)
