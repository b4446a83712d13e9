"""What a hand finds: cause and effect on one screen, values, two maps, and something to keep."""

import io
import itertools
import re

import pytest
from explorer_page import apart
from PIL import Image
from playwright.sync_api import expect

NAMES = ("smoothing", "classes", "masking", "methods", "steering", "scenes", "photo")
# What JupyterLab scrolls of the notebook in front.
NOTEBOOK = ".jp-NotebookPanel:not(.lm-mod-hidden) .jp-WindowedPanel-outer"
# What a person never reads where somebody has looked: names of programs, and nothing with a sign.
UNREAD = re.compile(r"-0\.0+\b|\b0\.0+ s\b|no unit|unit of the method|\bhero\b|\bview.0\d|\w_\w")
READ = """root => [root.innerText, ...[...root.querySelectorAll("*")].flatMap(part => [
  part.getAttribute("alt"), part.getAttribute("aria-label"), part.getAttribute("title"),
  part.tagName === "OPTION" ? part.textContent : null])].filter(Boolean)"""


@pytest.fixture
def laptop(play):
    """The playground on a laptop of 1366 x 768, with the list of files open."""
    play.page.set_viewport_size({"width": 1366, "height": 768})
    play.page.wait_for_timeout(500)
    yield play
    play.page.set_viewport_size({"width": 1280, "height": 1000})


def box_of(explorer, part):
    return explorer.root.locator(f".helpers-{part}").bounding_box()


@pytest.fixture(scope="module", params=["1920", "phone", "250 %"])
def window(request, playground):
    """The playground on a large screen, on a phone, and at 250 %; then as it was."""
    page = playground.page
    session = page.context.new_cdp_session(page)
    width, height, scale = {
        "1920": (1920, 1080, 1),
        "phone": (390, 844, 1),
        "250 %": (546, 307, 2.5),
    }[request.param]
    if width < 1000:
        page.locator(".jp-SideBar.jp-mod-left .lm-TabBar-tab.lm-mod-current").click()
    page.set_viewport_size({"width": width, "height": height})
    size = {"width": width, "height": height, "deviceScaleFactor": scale, "mobile": False}
    session.send("Emulation.setDeviceMetricsOverride", size)
    page.wait_for_timeout(500)
    yield playground
    session.send("Emulation.clearDeviceMetricsOverride")
    page.set_viewport_size({"width": 1280, "height": 1000})
    if width < 1000:
        page.locator(".jp-SideBar.jp-mod-left .lm-TabBar-tab").first.click()


def test_what_moves_and_what_it_changes_are_seen_together(window):
    for name in NAMES:
        explorer = window[name]
        assert apart(explorer.root, NOTEBOOK) == [], name
        image = explorer.root.locator(".helpers-main img:not(.helpers-thumbnails img)").first
        figure = explorer.root.bounding_box()
        assert image.bounding_box()["width"] <= figure["width"], name


def test_a_slider_has_a_track_in_the_smallest_window(window):
    for slider in window["scenes"].root.locator(".noUi-target").all():
        assert slider.bounding_box()["width"] > 40


def test_words_are_for_people(play):
    for name in NAMES:
        for words in play[name].root.evaluate(READ):
            # Of the ways to reduce channels, the name that code needs stands in brackets.
            found = UNREAD.search(re.sub(r"\(\w+\)", "", words))
            assert found is None, (name, found)


@pytest.mark.parametrize("name", NAMES)
def test_everything_of_an_explorer_is_on_one_screen_of_a_laptop(laptop, name):
    explorer = laptop[name]
    # One of the two stays in sight while the page is scrolled, so where others left it matters.
    explorer.root.evaluate("root => root.scrollIntoView({ block: 'start' })")
    figure, side = box_of(explorer, "figure"), box_of(explorer, "side")
    room = laptop.panel.locator(".jp-WindowedPanel-outer").bounding_box()["height"]
    assert side["x"] >= figure["x"] + figure["width"]
    assert max(figure["height"], side["height"]) <= room
    assert abs(figure["y"] - side["y"]) < 3


def test_every_scene_can_be_seen_to_be_chosen_on_a_laptop(laptop):
    row = laptop["scenes"].root.locator(".helpers-thumbnails").first
    assert row.evaluate("row => row.scrollWidth - row.clientWidth") <= 0


def test_a_laptop_shows_figures_as_wide_as_other_tests_believe(laptop):
    # tests/test_notebook_style.py and tests/display/test_charts.py count on 914 pixels.
    assert laptop["methods"].root.bounding_box()["width"] >= 914 - 20


def test_a_slow_method_and_its_button_stay_on_a_laptops_screen(laptop):
    explorer = laptop["methods"]
    first = explorer.state
    waits = explorer.after(explorer.select("method").select_option, "RISE")
    assert "press Compute" in waits["note"] and len(waits["pictures"]) == len(first["pictures"])
    assert apart(explorer.root, NOTEBOOK) == []
    assert explorer.after(explorer.select("method").select_option, "Gradient") == first


def test_labels_stand_beside_what_they_name(laptop):
    ticks = laptop["scenes"].root.locator(".helpers-switches .widget-checkbox:visible")
    for tick in ticks.all():
        box, label = tick.locator("input").bounding_box(), tick.locator("span").bounding_box()
        assert 0 <= label["x"] - box["x"] - box["width"] < 10
    places = [tick.bounding_box() for tick in ticks.all()]
    gaps = [two["x"] - one["x"] - one["width"] for one, two in itertools.pairwise(places)]
    assert min(gap for gap in gaps if gap > 0) >= 14
    photo = laptop["photo"]
    field, fetch = (
        found.bounding_box()
        for found in (photo.root.get_by_label("or address"), photo.button("Fetch the address"))
    )
    assert 0 <= fetch["x"] - field["x"] - field["width"] < 20
    assert abs(fetch["y"] - field["y"]) < 10


def test_the_spot_under_the_pointer_is_marked_in_every_picture_and_told(play):
    explorer = play["methods"]
    pictures = explorer.root.locator(".helpers-picture")
    pictures.first.hover(position={"x": 40, "y": 30})
    spot = explorer.root.locator(".helpers-spot")
    told = re.compile(r"\d+% from the left, \d+% from the top\. Gradient for .*: \S+ \(logit per")
    expect(spot).to_have_text(told)
    expect(explorer.root.locator(".helpers-mark")).to_have_count(pictures.count())
    first = spot.inner_text()
    play.page.mouse.move(2, 2)
    expect(spot).to_contain_text("Point at a picture")
    maps = explorer.root.locator(".helpers-maps")
    maps.focus()
    for _ in range(3):
        play.page.keyboard.press("ArrowRight")
    expect(spot).not_to_have_text(first)
    play.page.mouse.move(2, 2)


def test_the_spot_is_marked_on_the_pad_to_draw_on_too(play):
    explorer = play["steering"]
    maps, marks = (explorer.root.locator(f".helpers-{part}") for part in ("picture", "mark"))
    for pointed in (maps.first, explorer.root.locator(".helpers-stage")):
        pointed.hover(position={"x": 30, "y": 20})
        expect(marks).to_have_count(maps.count() + 1)
        assert len(set(marks.evaluate_all("marks => marks.map(mark => mark.style.cssText)"))) == 1
        expect(explorer.root.locator(".helpers-spot")).to_contain_text("Map, untouched: ")
        play.page.mouse.move(2, 2)
        expect(marks).to_have_count(0)


def test_two_methods_beside_each_other_wiped_and_subtracted(play):
    explorer = play["methods"]
    first = explorer.state
    both = explorer.after(explorer.select("beside it").select_option, "another method")
    captions = [picture["caption"] for picture in both["pictures"]]
    assert "Gradient for Egyptian cat" in captions[1] and "Grad-CAM for Egyptian cat" in "".join(
        captions
    )
    assert "each map has its own scale" in both["note"]
    explorer.after(explorer.select("shown").select_option, "wipe")
    wipe = explorer.root.get_by_role("slider", name="wipe")
    wipe.fill("20")
    style = (
        explorer.root.locator(".helpers-wiped img")
        .nth(1)
        .evaluate("image => getComputedStyle(image).clipPath")
    )
    assert "20%" in style
    difference = explorer.after(explorer.select("shown").select_option, "difference")
    assert "minus" in difference["pictures"][1]["caption"]
    explorer.after(explorer.select("shown").select_option, "beside each other")
    assert explorer.after(explorer.select("beside it").select_option, "no other map") == first


def test_the_other_network_is_a_list_away(play):
    explorer = play["scenes"]
    first = explorer.state
    other = explorer.after(explorer.select("network").select_option, "squeezenet", seconds=90)
    assert other["pictures"][0]["src"] == first["pictures"][0]["src"]
    assert other["rows"] != first["rows"]
    assert explorer.after(explorer.select("network").select_option, "efficientnet-lite0") == first


def test_ticks_tell_the_truth_in_a_drawn_view(play):
    explorer = play["scenes"]
    first = explorer.state
    can, opener = (
        explorer.root.get_by_role("checkbox", name=name, exact=True) for name in ("can", "opener")
    )
    explorer.after(explorer.thumbnail("view_00").click)
    explorer.after(opener.click)
    swapped = explorer.after(can.click)
    assert "the opener is back" in swapped["note"] and swapped["rows"]["can"][0] == "gone"
    expect(opener).to_be_checked()
    expect(can).not_to_be_checked()
    explorer.after(can.click)
    assert explorer.after(explorer.thumbnail("hero").click) == first


@pytest.fixture
def pad(play):
    explorer = play["masking"]
    untouched = explorer.state
    yield explorer
    explorer.button("Clear").click()
    explorer.wait(lambda state: state == untouched)


def test_a_second_box_does_not_lie_on_the_first(pad):
    for _ in range(2):
        pad.after(pad.press, "Add a box")
    one, two = pad.box_words()
    assert one.split(":")[1] != two.split(":")[1]


def hidden(state):
    """Per cent of the picture that the note says are hidden."""
    return int((re.search(r"Hidden: (\d+)%", state["note"]) or [0, 0])[1])


def test_scores_follow_the_hand_before_it_lets_go(play, pad):
    # Where the window ends, the box would end, too.
    pad.root.evaluate("root => root.scrollIntoView({ block: 'start' })")
    untouched, area, mouse = pad.state, pad.stage(), play.page.mouse
    mouse.move(area["x"] + 20, area["y"] + 20)
    mouse.down()
    mouse.move(area["x"] + 0.7 * area["width"], area["y"] + 0.8 * area["height"], steps=6)
    held = pad.wait(lambda state: state["rows"] != untouched["rows"] and hidden(state) > 30)
    scale = pad.root.locator("table:not(.helpers-log *) thead th").last
    axis = scale.inner_text()
    mouse.move(area["x"] + 60, area["y"] + 60, steps=4)
    mouse.up()
    small = pad.wait(lambda state: state["rows"] != held["rows"] and hidden(state) < 10)
    assert scale.inner_text() == axis
    assert len(pad.box_words()) == 1 and small["note"] != held["note"]
    assert pad.after(pad.press, "Undo") == untouched


def test_every_corner_sizes_a_box(play, pad):
    pad.after(pad.drag, (0.3, 0.3), (0.6, 0.6))
    before = pad.box_words()
    grip = pad.boxes().locator(".helpers-grip[data-corner='00']").bounding_box()
    area = pad.stage()
    start = (
        (grip["x"] + 11 - area["x"]) / area["width"],
        (grip["y"] + 11 - area["y"]) / area["height"],
    )
    pad.after(pad.drag, start, (0.1, 0.1))
    width, height = (int(n) for n in re.findall(r"(\d+) (?:wide|high)", pad.box_words()[0]))
    old = [int(n) for n in re.findall(r"(\d+) (?:wide|high)", before[0])]
    assert width > old[0] and height > old[1]


def test_the_same_box_elsewhere_an_outline_and_a_log(play, pad):
    pad.after(pad.drag, (0.02, 0.03), (0.75, 0.95))
    pad.press("One box elsewhere")
    told = re.compile(r"your box changes the logit by .* at 40 drawn places")
    expect(pad.root.get_by_text(told).last).to_be_visible(timeout=90_000)
    outline = pad.root.locator(".helpers-outline")
    expect(outline).to_be_hidden()
    pad.select("outline of").select_option("the map by Grad-CAM")
    expect(outline).to_be_visible()
    pad.select("outline of").select_option("no map")
    expect(outline).to_be_hidden()
    pad.root.get_by_text("Log of tries").click()
    expect(pad.root.get_by_role("row", name=re.compile(r"blur what is there")).last).to_be_visible()
    play.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    pad.press("Copy the log")
    copied = pad.root.locator(".helpers-log").get_by_role("textbox", name="What was copied")
    expect(copied).to_have_value(re.compile(r"\thidden by\tchange(\n\(.+\)\t.+\t[+-]?\d+\.\d)+$"))
    assert play.page.evaluate("navigator.clipboard.readText()") == copied.input_value()
    play.page.context.clear_permissions()
    pad.root.get_by_text("Log of tries").click()


def test_code_and_figure_can_be_taken_away(play):
    explorer = play["methods"]
    explorer.press("Copy the code of this view")
    area = explorer.root.get_by_role("textbox", name="What was copied")
    expect(area).to_be_visible()
    code = area.input_value()
    compile(code, "view", "exec")
    assert "show_maps(" in code and "'gradient'" in code
    with play.page.expect_download() as download:
        explorer.press("Save figure")
    content = download.value.path().read_bytes()
    assert download.value.suggested_filename == "Gradient_for_Egyptian_cat.png"
    assert Image.open(io.BytesIO(content)).format == "PNG"
