"""Narrow windows, 200 % zoom, and the accessibility checker's verdict, in JupyterLab."""

import re

import axe
import pytest
from conftest import EXPLORERS
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
    expect(explorers).to_have_count(len(EXPLORERS))
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


# Each control that takes the focus, and how far its ring is to be seen: the contrast of the ring
# with what lies around it, and its width. Where a control is invisible its face has the ring.
RINGS = """explorers => explorers.flatMap(explorer => {
  const luminance = ([r, g, b]) => [r, g, b].map(v => v / 255)
    .map(v => v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const numbers = (colour) => colour.match(/[\\d.]+/g).map(Number);
  const contrast = (one, two) => {
    const [low, high] = [luminance(one), luminance(two)].sort((a, b) => a - b);
    return (high + 0.05) / (low + 0.05);
  };
  const ground = (part) => {
    for (let e = part.parentElement; e; e = e.parentElement) {
      const colour = numbers(getComputedStyle(e).backgroundColor);
      if (colour.length === 3 || colour[3] === 1) return colour;
    }
    return [255, 255, 255];
  };
  const all = explorer.querySelectorAll("button, input, select, summary, [tabindex='0']");
  return [...all].filter(part => part.getClientRects().length && !part.disabled).flatMap(part => {
    part.focus();
    const face = part.matches(".helpers-thumbnails input") ? part.nextElementSibling
      : part.type === "file" ? part.previousElementSibling : part;
    const style = getComputedStyle(face);
    const shadow = style.boxShadow.match(/rgba?\\([^)]*\\)/)?.[0] ?? style.outlineColor;
    const best = Math.max(...[style.outlineColor, shadow, style.borderColor.split(") ")[0]].map(
      (colour) => contrast(numbers(colour), ground(face))));
    const width = style.outlineStyle === "none" ? 0 : parseFloat(style.outlineWidth);
    return width >= 2 && best >= 3 ? [] : [`${part.outerHTML.slice(0, 120)}: ${width} ${best}`];
  });
})"""


def choose_theme(page, name):
    page.get_by_role("menuitem", name="Settings", exact=True).click()
    page.locator(".lm-Menu-item", has_text="Theme").first.hover()
    page.locator(".lm-Menu-item", has_text=re.compile(f"^JupyterLab {name}$")).first.click()
    light = "true" if name == "Light" else "false"
    expect(page.locator("body")).to_have_attribute("data-jp-theme-light", light)


@pytest.fixture(scope="module", params=["Light", "Dark"])
def themed(request, playground):
    choose_theme(playground.page, request.param)
    yield playground
    choose_theme(playground.page, "Light")


def test_the_focus_is_to_be_seen(themed):
    themed.page.keyboard.press("Tab")  # from here on the focus is the keyboard's
    assert themed.panel.locator(".helpers-explorer").evaluate_all(RINGS) == []


def test_nothing_white_lies_on_a_dark_page(themed):
    light = themed.page.locator("body").get_attribute("data-jp-theme-light") == "true"
    found = themed.panel.locator(".jp-OutputArea").evaluate_all("""areas => areas.flatMap(area =>
      [area, ...area.querySelectorAll("*")].filter(part => part.getClientRects().length &&
        part.getBoundingClientRect().width > 60 && part.getBoundingClientRect().height > 10 &&
        getComputedStyle(part).backgroundColor === "rgb(255, 255, 255)").map(e => e.className))""")
    assert light or found == []


def test_the_arrow_of_a_list_is_seen_on_a_dark_page(themed):
    light = themed.page.locator("body").get_attribute("data-jp-theme-light") == "true"
    arrows = themed.panel.locator(".helpers-explorer select").evaluate_all(
        "lists => lists.map(list => getComputedStyle(list).backgroundImage)"
    )
    assert arrows and all(("%23fff" in arrow) == (not light) for arrow in arrows)


def test_axe_finds_nothing_serious(themed):
    play = themed
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
