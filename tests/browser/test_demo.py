"""The page for the projector, as `make demo` serves it."""

import importlib.util

import axe
import browsing
import pytest
from conftest import ROOT, Listener
from explorer_page import ExplorerPage
from playwright.sync_api import expect

HEADINGS = ("Smoothing", "Classes", "Boxes", "Methods", "Scenes", "Photo")


@pytest.fixture(scope="module")
def demo(browser, tmp_path_factory):
    """The page, with all controls on it; its explorers by heading."""
    spec = importlib.util.spec_from_file_location("setup_env", ROOT / "tools" / "setup_env.py")
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    port, scratch = browsing.free_port(), tmp_path_factory.mktemp("demo")
    command = [*script.DEMO, "--no-browser", f"--port={port}"]
    address = f"http://127.0.0.1:{port}/"
    with browsing.serve(command, f"{address}voila/static/voila.js", scratch, cwd=ROOT):
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        listener = Listener(page)
        page.goto(address, timeout=240_000)
        found = page.locator(".helpers-explorer")
        expect(found).to_have_count(len(HEADINGS), timeout=120_000)
        parts = [ExplorerPage(page, found.nth(place)) for place in range(len(HEADINGS))]
        yield dict(zip(HEADINGS, parts)), page
        page.close()
        assert listener.take() == []


def test_headings_and_no_code(demo):
    _, page = demo
    for heading in HEADINGS:
        expect(page.get_by_role("heading", name=heading)).to_be_visible()
    expect(page.locator(".jp-CodeCell .jp-InputArea, .jp-CodeMirrorEditor")).to_have_count(0)
    expect(page.get_by_text("import", exact=False)).to_have_count(0)
    expect(page.get_by_text("Traceback")).to_have_count(0)
    size = page.locator(".helpers-note").first.evaluate("e => getComputedStyle(e).fontSize")
    assert float(size.removesuffix("px")) >= 18


@pytest.mark.parametrize("heading", ["Smoothing", "Classes", "Methods", "Scenes", "Photo"])
def test_a_slider_answers(demo, heading):
    explorer = demo[0][heading]
    explorer.root.scroll_into_view_if_needed()
    first = explorer.state
    moved = explorer.after(explorer.slide_by_key, "sigma", "ArrowRight")
    assert moved["pictures"][-2]["src"] != first["pictures"][-2]["src"]
    assert explorer.after(explorer.slide_by_mouse, "sigma", 0.25) == first


def test_a_box_and_a_switch_answer(demo):
    boxes, scenes = demo[0]["Boxes"], demo[0]["Scenes"]
    first = boxes.state
    boxes.stage()
    boxes.after(boxes.drag, (0.2, 0.2), (0.7, 0.7))
    assert boxes.after(boxes.press, "Clear") == first
    box = scenes.root.get_by_role("checkbox", name="opener", exact=True)
    first = scenes.state
    without = scenes.after(box.press, " ")
    assert without["rows"]["opener"][0] == "gone"
    assert scenes.after(box.press, " ") == first


def test_axe_finds_nothing_serious(demo):
    assert axe.serious_findings(demo[1]) == []
