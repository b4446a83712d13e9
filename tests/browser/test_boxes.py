"""Boxes on the picture: drawn, moved, sized and removed with mouse, finger and keyboard."""

import re

import pytest
from playwright.sync_api import expect

FACE = (0.02, 0.03), (0.75, 0.95)
WORDS = re.compile(r"Box \d: (\d+) wide, (\d+) high, (\d+) from the left, (\d+) from the top")


def numbers(words):
    """Width, height, left and top of a box, from its name."""
    return tuple(map(int, WORDS.fullmatch(words).groups()))


@pytest.fixture
def pad(play):
    """The explorer for masking without a box, as it is left again."""
    explorer = play["masking"]
    untouched = explorer.state
    assert explorer.box_words() == []
    yield explorer
    explorer.button("Clear").click()
    explorer.wait(lambda state: state == untouched)
    assert explorer.box_words() == []


def change(state, name="Egyptian cat"):
    return float(state["rows"][name][1])


def test_hiding_the_face_lowers_the_score_of_the_cat(play, pad):
    others, untouched = play.others("masking"), pad.state
    hidden = pad.after(pad.drag, *FACE)
    assert change(hidden) < -1
    before, now = map(float, hidden["rows"]["Egyptian cat"][0].split(" → "))
    assert now - before == pytest.approx(change(hidden), abs=0.11)
    assert hidden["pictures"][0]["src"] != untouched["pictures"][0]["src"]
    assert "one box" in hidden["pictures"][0]["alt"]
    assert int(re.search(r"Hidden: (\d+)%", hidden["note"])[1]) == pytest.approx(67, abs=2)
    assert play.others("masking") == others


def test_another_fill_gives_other_scores(play, pad):
    pad.after(pad.drag, *FACE)
    blurred, fill = pad.state, pad.select("hide by")
    black = pad.after(fill.select_option, "black")
    assert black["rows"] != blurred["rows"]
    assert black["pictures"][0]["src"] != blurred["pictures"][0]["src"]
    fill.focus()
    assert pad.after(fill.press, "Home") == blurred


def test_mouse_draws_moves_and_sizes(pad):
    pad.after(pad.drag, (0.2, 0.2), (0.4, 0.5))
    width, height, left, top = numbers(*pad.box_words())
    pad.after(pad.drag, (0.3, 0.3), (0.5, 0.4))
    moved = numbers(*pad.box_words())
    assert moved[:2] == (width, height)
    assert moved[2] > left and moved[3] > top
    grip = pad.boxes().locator(".helpers-grip[data-corner='11']").bounding_box()
    area = pad.stage()
    corner = tuple(
        (grip[at] + grip[side] / 2 - area[at]) / area[side]
        for at, side in (("x", "width"), ("y", "height"))
    )
    pad.after(pad.drag, corner, (0.9, 0.9))
    sized = numbers(*pad.box_words())
    assert sized[2:] == moved[2:]
    assert sized[0] > width and sized[1] > height


def test_a_box_beyond_the_edge_ends_at_the_edge(pad):
    pad.after(pad.drag, (0.8, 0.8), (1.2, 1.3))
    width, height, left, top = numbers(*pad.box_words())
    assert (left + width, top + height) == (224, 224)


def test_a_click_draws_nothing(pad):
    untouched = pad.state
    pad.drag((0.5, 0.5), (0.5, 0.5), steps=1)
    pad.page.wait_for_timeout(300)
    assert pad.box_words() == [] and pad.state == untouched


def test_keyboard_adds_moves_sizes_and_removes_and_the_notebook_keeps_its_cells(play, pad):
    cells = play.panel.locator(".jp-Cell")
    count, selected = cells.count(), play.panel.locator(".jp-Cell.jp-mod-selected").count()
    untouched, keyboard = pad.state, play.page.keyboard
    pad.after(pad.press, "Add a box")
    expect(pad.boxes()).to_be_focused()
    width, height, left, top = numbers(*pad.box_words())
    pad.after(keyboard.press, "ArrowRight")
    pad.after(keyboard.press, "ArrowUp")
    assert numbers(*pad.box_words()) == (width, height, left + 4, top - 4)
    pad.after(keyboard.press, "Shift+ArrowRight")
    pad.after(keyboard.press, "Shift+ArrowDown")
    assert numbers(*pad.box_words()) == (width + 4, height + 4, left + 4, top - 4)
    for key in ("d", "d", "a", "b", "m", "x", "ArrowDown"):
        keyboard.press(key)
    pad.after(keyboard.press, "Delete")
    expect(pad.button("Add a box")).to_be_focused()
    keyboard.press("Delete")
    pad.wait(lambda state: state == untouched)
    expect(cells).to_have_count(count)
    assert play.panel.locator(".jp-Cell.jp-mod-selected").count() == selected
    expect(play.panel.locator(".jp-MarkdownCell")).to_have_count(0)


def test_undo_goes_back_step_by_step_and_clear_to_none(pad):
    untouched = pad.state
    one = pad.after(pad.drag, (0.1, 0.1), (0.3, 0.4))
    two = pad.after(pad.drag, (0.6, 0.5), (0.9, 0.9))
    assert len(pad.box_words()) == 2 and "2 boxes" in two["pictures"][0]["alt"]
    assert pad.after(pad.button("Undo").click) == one
    assert pad.after(pad.press, "Undo") == untouched
    pad.after(pad.drag, (0.1, 0.1), (0.3, 0.4))
    assert pad.after(pad.press, "Clear", " ") == untouched


def test_a_finger_draws_and_moves(play, pad):
    area = pad.stage()
    session = play.page.context.new_cdp_session(play.page)
    session.send("Emulation.setTouchEmulationEnabled", {"enabled": True})

    def stroke(*places):
        points = [
            [{"x": area["x"] + x * area["width"], "y": area["y"] + y * area["height"]}]
            for x, y in places
        ]
        kinds = ["touchStart", *["touchMove"] * (len(points) - 1), "touchEnd"]
        for kind, touch in zip(kinds, [*points, []]):
            session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": touch})

    top = play.panel.locator(".jp-WindowedPanel-outer").evaluate("panel => panel.scrollTop")
    pad.after(stroke, (0.1, 0.1), (0.15, 0.2), (0.2, 0.3), (0.3, 0.5))
    drawn = numbers(*pad.box_words())
    pad.after(stroke, (0.2, 0.2), (0.3, 0.3), (0.45, 0.45))
    moved = numbers(*pad.box_words())
    session.send("Emulation.setTouchEmulationEnabled", {"enabled": False})
    assert moved[:2] == drawn[:2] and moved[2] > drawn[2] and moved[3] > drawn[3]
    # The page must not have scrolled under the finger.
    assert play.panel.locator(".jp-WindowedPanel-outer").evaluate("panel => panel.scrollTop") == top
