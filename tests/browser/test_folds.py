"""Answers are folded under a guess, and what stands in their place tells nothing of them."""

import re
import shutil

import nbformat
import pytest
from conftest import ROOT
from nbformat import v4
from playwright.sync_api import expect

LINE = re.compile(r"^The stored answer\. Run the cell to compute your own\.$")
FIGURE = '<img alt="The answer is 42.">'
SHOWING = f"from IPython.display import HTML\ndisplay(HTML('{FIGURE}'))"
PRINTED = v4.new_output("stream", text="The answer is 42.\n")
SHOWN = v4.new_output("display_data", {"text/html": FIGURE, "text/plain": "42"})


@pytest.fixture
def folded(lab_folder, nbrefresh, open_notebook):
    """A notebook of three folded answers; their cells."""
    cells = [
        v4.new_code_cell("print('The answer is 42.')", outputs=[PRINTED]),
        v4.new_code_cell(SHOWING, outputs=[SHOWN]),
        v4.new_code_cell(f"print('The answer is 42.')\n{SHOWING}", outputs=[PRINTED, SHOWN]),
    ]
    for cell in cells:
        cell.metadata.jupyter = {"outputs_hidden": True}
    path = lab_folder / "folded.ipynb"
    path.write_text(nbrefresh.text_of(nbrefresh.normalise(v4.new_notebook(cells=cells))))
    return open_notebook(path.name).locator(".jp-CodeCell")


def places(cells):
    """What stands in place of the folded outputs of cells."""
    return cells.locator(".jp-OutputPlaceholder .jp-Placeholder-contentContainer")


def test_a_run_or_a_click_opens_an_answer(page, folded):
    expect(places(folded)).to_have_text([LINE] * 3)
    for number in range(3):
        cell, line = folded.nth(number), folded.nth(number).get_by_text(LINE)
        if number:  # the first one is opened by its run
            places(cell).click()
            expect(cell.locator(".jp-OutputArea img")).to_have_attribute("alt", "The answer is 42.")
            expect(line).to_be_visible()
        cell.locator(".cm-content").click()
        page.keyboard.press("Control+Enter")
        expect(line).to_have_count(0)
        expect(cell.locator(".jp-OutputArea pre")).to_have_count(int(number != 1))
        expect(cell.locator(".jp-OutputArea img")).to_have_count(int(number > 0))


def test_nothing_that_is_folded_in_the_series_tells_an_answer(lab_folder, open_notebook):
    path = lab_folder / "guessing.ipynb"
    shutil.copy(ROOT / "notebooks" / "02_smoothing.ipynb", path)
    marks = [c.metadata.get("jupyter", {}) for c in nbformat.read(path, 4).cells]
    answers, guesses = (
        sum(mark in marked for marked in marks) for mark in ("outputs_hidden", "source_hidden")
    )
    panel = open_notebook(path.name)
    expect(places(panel)).to_have_text([LINE] * answers)
    expect(panel.locator(".jp-InputPlaceholder .jp-PlaceholderText")).to_have_text(
        ["guess("] * guesses
    )
