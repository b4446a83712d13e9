"""Controls are answered once each, and what goes wrong is a sentence."""

import threading

from hands import PICTURE, SECONDS, note, shown_image

from helpers import HelpersError
from helpers.widgets.controls import slider
from helpers.widgets.explorer import Explorer
from helpers.widgets.frame import Frame, Panel


def test_a_helpers_error_becomes_a_sentence_and_the_picture_stays():
    def draw(value):
        if value > 1:
            raise HelpersError("That is <too> much.")
        return Frame([Panel(PICTURE, "A picture of coloured noise.")], "fine")

    explorer = Explorer(draw, {"value": slider("value", 0, 0, 2, 1)})
    before = shown_image(explorer)
    explorer.controls["value"].value = 2
    assert note(explorer) == "That is <too> much."
    assert shown_image(explorer) == before
    explorer.controls["value"].value = 1
    assert note(explorer) == "fine"


def test_several_controls_are_answered_once():
    drawn = []

    def draw(**values):
        drawn.append(values)
        return Frame([Panel(PICTURE, "A picture.")], "fine")

    explorer = Explorer(draw, {name: slider(name, 0, 0, 2, 1) for name in "ab"})
    with explorer.hold():
        explorer.set(a=1, b=2)
        explorer.controls["a"].value = 2
    assert drawn == [{"a": 0, "b": 0}, {"a": 2, "b": 2}]


def test_who_draws_last_has_seen_all_controls():
    """A slow drawing in a thread must not be shown over a later one."""
    slow, go = threading.Event(), threading.Event()

    def draw(value):
        if threading.current_thread() is not threading.main_thread():
            slow.set()
            assert go.wait(SECONDS)
        return Frame([Panel(PICTURE, "A picture.")], f"{value:g}")

    explorer = Explorer(draw, {"value": slider("value", 0, 0, 2, 1)})
    thread = threading.Thread(target=explorer.refresh)
    thread.start()
    assert slow.wait(SECONDS)
    threading.Timer(0.05, go.set).start()
    explorer.controls["value"].value = 2
    thread.join(SECONDS)
    assert note(explorer) == "2"
