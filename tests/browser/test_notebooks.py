"""Explorers where readers meet them: in the series' own notebooks, and in two notebooks at once.

A notebook of the series is cut down to the cells that its explorers depend on, found by the names
that cells use and define: the other cells are run by the step "Every notebook" of `make test`.
"""

import ast

import browsing
import nbformat
import pytest
from conftest import ROOT
from explorer_page import ExplorerPage, explorers, no_trouble
from playwright.sync_api import expect

NOTEBOOKS = sorted(
    path for path in (ROOT / "notebooks").glob("[0-9]*.ipynb") if "explore_" in path.read_text()
)


def names(source, context):
    """Names that a cell uses (`ast.Load`) or defines (`ast.Store`)."""
    found = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Name) and isinstance(node.ctx, context):
            found.add(node.id)
        elif context is ast.Store and isinstance(node, ast.alias):
            found.add((node.asname or node.name).split(".")[0])
        elif context is ast.Store and isinstance(node, ast.FunctionDef | ast.ClassDef):
            found.add(node.name)
    return found


def cells_of_explorers(path):
    """The code cells that show an explorer, with all that they need, in their order."""
    kept, needed = [], set()
    for cell in reversed(nbformat.read(path, as_version=4).cells):
        if cell.cell_type != "code" or cell.source.startswith("%"):
            continue
        shows = "explore_" in cell.source
        if shows or needed & names(cell.source, ast.Store):
            needed = needed - names(cell.source, ast.Store) | names(cell.source, ast.Load)
            kept.insert(0, cell.source)
    return kept


def there_and_back(explorer):
    """Move one control of each kind that the explorer has, by keyboard, and back."""
    first = explorer.state
    if explorer.root.locator(".helpers-stage").count():
        explorer.after(explorer.press, "Add a box")
        if explorer.button("Undo").count():
            assert explorer.after(explorer.press, "Undo") == first
        else:
            assert explorer.after(explorer.boxes().last.press, "Delete") == first
    for label in ("sigma", "overlay"):
        if explorer.slider(label).count():
            moved = explorer.after(explorer.slide_by_key, label, "ArrowLeft")
            assert moved["pictures"][-2]["src"] != first["pictures"][-2]["src"]
            assert explorer.after(explorer.slide_by_key, label, "ArrowRight") == first
    boxes = explorer.root.get_by_role("checkbox")
    if boxes.count():
        explorer.after(boxes.first.press, " ")
        assert explorer.after(boxes.first.press, " ") == first


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem[:2])
def test_explorers_of_the_series(page, open_notebook, run_all, write_notebook, path):
    cells = cells_of_explorers(path)
    panel = open_notebook(write_notebook(path.stem, cells).name)
    run_all(panel)
    found = explorers(page, panel)
    assert len(found) == sum("explore_" in cell.split("import")[-1] for cell in cells)
    for explorer in found:
        explorer.root.scroll_into_view_if_needed()
        there_and_back(explorer)
    no_trouble(panel)
    page.get_by_role("menuitem", name="Kernel", exact=True).click()
    page.get_by_role("menuitem", name="Shut Down Kernel", exact=True).click()


SMALL = """\
import numpy as np
from helpers import explore_smoothing
picture = np.full((60, 80, 3), {grey}, np.uint8)
rough = np.random.default_rng({grey}).normal(size=(60, 80, 3))
explore_smoothing(picture, rough, "noise {grey}", sigma=3)"""


def test_two_notebooks_at_once_do_not_disturb_each_other(
    page, open_notebook, run_all, write_notebook
):
    for grey in (90, 160):
        write_notebook(f"grey_{grey}", [SMALL.format(grey=grey)])
    first_panel = open_notebook("grey_90.ipynb")
    run_all(first_panel)
    page.locator(".jp-DirListing-item").filter(has_text="grey_160.ipynb").dblclick()
    panels = page.locator(".jp-NotebookPanel")
    expect(panels).to_have_count(2)
    browsing.wait_for_kernel(page)
    second_panel = page.locator(".jp-NotebookPanel:not(.lm-mod-hidden)")
    browsing.run_all(page, second_panel)
    one, two = (
        ExplorerPage(page, panels.nth(number).locator(".helpers-explorer")) for number in (0, 1)
    )
    if "noise 90" not in one.captions[0]:
        one, two = two, one
    before_one, before_two = one.state, two.state
    two.after(two.slide_by_key, "sigma", "ArrowRight", 4)
    assert two.captions == ["Map for noise 160 over its picture, sigma 5"]
    assert one.state == before_one
    page.locator(".lm-TabBar-tab").filter(has_text="grey_90.ipynb").first.click()
    one.after(one.slide_by_key, "sigma", "ArrowLeft", 2)
    assert one.captions == ["Map for noise 90 over its picture, sigma 2"]
    two_after = two.state
    assert two_after["note"] != before_two["note"]
    assert "sigma 5" in two_after["pictures"][0]["caption"]
    no_trouble(panels)
