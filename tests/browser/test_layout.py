"""Narrow windows, 200 % zoom, and the accessibility checker's verdict, in JupyterLab."""

import axe
import pytest
from playwright.sync_api import expect

BEYOND = """explorers => explorers.flatMap(explorer => {
  const edge = explorer.getBoundingClientRect().right + 1;
  // A table scrolls within its own region.
  return [...explorer.querySelectorAll("*:not([role=region] *)")]
    .filter(part => part.getClientRects().length && part.getBoundingClientRect().right > edge)
    .map(part => `${part.tagName}.${part.className}`);
})"""


@pytest.fixture(params=["narrow", "zoomed"])
def small_window(play, request):
    """The playground in a window of 400 pixels, or at 200 %, with the list of files put away."""
    files = play.page.locator(".jp-SideBar.jp-mod-left .lm-TabBar-tab.lm-mod-current")
    files.click()
    session = play.page.context.new_cdp_session(play.page)
    if request.param == "narrow":
        play.page.set_viewport_size({"width": 400, "height": 800})
    else:
        # What a browser does at 200 %: half as many pixels, each twice as large.
        play.page.set_viewport_size({"width": 640, "height": 500})
        size = {"width": 640, "height": 500, "deviceScaleFactor": 2, "mobile": False}
        session.send("Emulation.setDeviceMetricsOverride", size)
    yield play
    session.send("Emulation.clearDeviceMetricsOverride")
    play.page.set_viewport_size({"width": 1280, "height": 1000})
    play.page.locator(".jp-SideBar.jp-mod-left .lm-TabBar-tab").first.click()


def test_nothing_is_cut_off_and_controls_work(small_window):
    play = small_window
    explorers = play.panel.locator(".helpers-explorer")
    expect(explorers).to_have_count(6)
    play.page.wait_for_timeout(500)
    assert explorers.evaluate_all(BEYOND) == []
    smoothing, masking, scenes = play["smoothing"], play["masking"], play["scenes"]
    first = smoothing.state
    smoothing.after(smoothing.slide_by_mouse, "sigma", 0.7)
    assert smoothing.after(smoothing.slide_by_mouse, "sigma", 0.25) == first
    first = masking.state
    masking.root.locator(".helpers-stage").scroll_into_view_if_needed()
    masking.after(masking.drag, (0.1, 0.1), (0.6, 0.8))
    assert masking.after(masking.button("Clear").click) == first
    first, box = scenes.state, scenes.root.get_by_role("checkbox", name="opener", exact=True)
    scenes.after(box.click)
    assert scenes.after(box.click) == first


def test_axe_finds_nothing_serious(play):
    masking = play["masking"]
    first = masking.state
    masking.after(masking.drag, (0.1, 0.1), (0.6, 0.8))
    assert axe.serious_findings(play.page) == []
    assert masking.after(masking.button("Clear").click) == first


def test_names_and_roles_for_a_screen_reader(play):
    handles = play.panel.locator(".helpers-explorer").get_by_role("slider")
    assert all(handle.get_attribute("aria-label") for handle in handles.all())
    notes = play.panel.locator(".helpers-note")
    assert {note.get_attribute("role") for note in notes.all()} == {"status"}
    # The outline repeats what the picture below it says, so it is decoration.
    images = play.panel.locator(".helpers-explorer img:not(.helpers-outline)").all()
    assert images and all(image.get_attribute("alt") for image in images)
