"""The page for the projector, as `make demo` serves it."""

import axe
import browsing
import pytest
from conftest import ROOT, Listener, load_tool
from explorer_page import ExplorerPage, apart
from playwright.sync_api import expect

HEADINGS = ("Smoothing", "Classes", "Boxes", "Methods", "Scenes", "Photo")


@pytest.fixture(scope="module")
def demo(browser, tmp_path_factory):
    """The page, with all controls on it; its explorers by heading."""
    script = load_tool("setup_env")
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


def test_the_bar_stays_in_sight_zooms_and_fills_the_screen(demo):
    explorers, page = demo
    assert page.title() == "Where the Machines Are Looking: hands on"
    bar = page.get_by_role("navigation", name="Sections")
    bar.get_by_role("link", name="Photo").click()
    expect(explorers["Photo"].root).to_be_in_viewport()
    expect(bar).to_be_in_viewport(ratio=1)
    before = explorers["Photo"].root.locator("button").first.bounding_box()["height"]
    bar.get_by_role("button", name="Larger").click()
    expect(bar.get_by_role("status")).to_have_text("125 %")
    assert explorers["Photo"].root.locator("button").first.bounding_box()["height"] > 1.1 * before
    bar.get_by_role("button", name="Smaller").click()
    expect(bar.get_by_role("status")).to_have_text("100 %")
    for is_full in (True, False):
        bar.get_by_role("button", name="Full screen").click()
        page.wait_for_function(f"() => !!document.fullscreenElement === {str(is_full).lower()}")


@pytest.mark.parametrize("size", [(1366, 768), (1920, 1080), (390, 844)], ids=str)
def test_what_moves_and_what_it_changes_are_seen_together(demo, size):
    explorers, page = demo
    page.set_viewport_size(dict(zip(("width", "height"), size)))
    page.wait_for_timeout(500)
    try:
        for heading, explorer in explorers.items():
            assert apart(explorer.root) == [], heading
            edge = explorer.root.bounding_box()
            assert edge["x"] + edge["width"] <= size[0] + 1
        assert size[0] < 1900 or edge["width"] > 0.9 * size[0]
    finally:
        page.set_viewport_size({"width": 1280, "height": 900})


def test_on_a_phone_the_picture_covers_no_control(demo):
    explorers, page = demo
    page.set_viewport_size({"width": 390, "height": 844})
    try:
        for heading, explorer in explorers.items():
            page.get_by_role("heading", name=heading).evaluate("title => title.scrollIntoView()")
            page.wait_for_timeout(100)
            places = [
                explorer.root.locator(f".helpers-{part}").bounding_box()
                for part in ("figure", "side")
            ]
            assert places[1]["y"] >= places[0]["y"] + places[0]["height"] - 1, heading
    finally:
        page.set_viewport_size({"width": 1280, "height": 900})


def test_axe_finds_nothing_serious(demo):
    assert axe.serious_findings(demo[1]) == []
