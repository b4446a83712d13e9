"""Boxes are put, undone and reset, and the picture answers."""

import base64

import ipywidgets
import numpy as np
import pytest
from hands import PICTURE, finish, note, press, screen, screens

from helpers.display import jpeg_bytes
from helpers.widgets import (
    mask_explorer,
)
from helpers.widgets.explore import (
    explore_masking,
)
from helpers.widgets.markup import strip_html, words_html
from helpers.widgets.mask_view import Masking


@pytest.fixture
def masking(toy):
    return explore_masking(toy, PICTURE, "cup")


def test_boxes_are_undone_one_by_one_and_reset(masking):
    pad, first, second = masking.controls["boxes"], [[0, 0, 4, 4]], [[0, 0, 4, 4], [4, 4, 8, 8]]
    press(masking, "Undo")
    assert pad.value == []
    pad.value, untouched = first, pad.picture
    one = pad.picture
    assert one != untouched
    pad.value = second
    press(masking, "Undo")
    assert pad.value == first and pad.picture == one
    press(masking, "Reset")
    assert pad.value == [] and pad.picture == untouched and "Hidden: 0%" in note(masking)
    press(masking, "Undo")
    assert pad.value == first
    press(masking, "Undo")
    press(masking, "Undo")
    assert pad.value == [] and pad.picture == untouched


def test_reset_gives_the_first_boxes_back_and_clear_takes_all(toy):
    explorer = explore_masking(toy, PICTURE, boxes=np.array([[0, 0, 4, 4]]))
    pad, given = explorer.controls["boxes"], [[0, 0, 4, 4]]
    assert pad.value == given and "25%" in note(explorer)
    pad.value = [*given, [4, 4, 8, 8]]
    press(explorer, "Reset")
    assert pad.value == given and "25%" in note(explorer)
    press(explorer, "Clear")
    assert pad.value == [] and "Hidden: 0%" in note(explorer)
    press(explorer, "Undo")
    assert pad.value == given


def test_a_hand_that_moves_is_answered_but_not_remembered(masking):
    pad = masking.controls["boxes"]
    for edge in (4, 5, 6):
        pad.set_state({"value": [[0, 0, edge, edge]], "moving": True})
        assert f"Hidden: {edge * edge / 64:.0%}" in note(masking)
    pad.set_state({"value": [[0, 0, 6, 6]], "moving": False})
    assert len(masking.log().splitlines()) == 2
    press(masking, "Undo")
    assert pad.value == [] and "Hidden: 0%" in note(masking)


def test_tries_are_logged_with_box_fill_and_change(masking):
    pad = masking.controls["boxes"]
    pad.value = [[0, 0, 4, 4]]
    change = masking.frame.tables[0].rows[0].words[1]
    masking.controls["fill"].value = "black"
    pad.value = [[0, 0, 4, 99]]  # refused: not a try
    head, *tries = [line.split("\t") for line in masking.log().splitlines()]
    assert [line[0] for line in tries] == ["(0, 0, 4, 4)"] * 2
    assert [line[1] for line in tries] == ["blur what is there", "black"]
    assert tries[0][2] == change and len(head) == 3
    (fold,) = [part for part in masking.view.children if isinstance(part, ipywidgets.Accordion)]
    assert "(0, 0, 4, 4)" in screens(fold) and "of cup" in screens(fold)


def test_the_same_box_elsewhere(masking, toy):
    press(masking, "One box elsewhere")
    assert note(masking).startswith("Draw a box first")
    box = [1, 1, 4, 5]
    masking.controls["boxes"].value = [box]
    press(masking, "One box elsewhere")
    finish(masking)
    found = Masking(toy, PICTURE, "cup").elsewhere(box, "blur")
    place = strip_html(found.strip("cup")) + words_html(found.words("cup"))
    assert place in screen(masking)
    masking.controls["boxes"].value = [[0, 0, 2, 2]]
    assert "drawn places" not in screen(masking) and "your box" not in screen(masking)


def test_the_outline_lies_over_the_picture_and_not_in_it(masking):
    pad = masking.controls["boxes"]
    picture = pad.picture
    masking.controls["outline"].value = "gradient"
    assert pad.outline.startswith("data:image/png") and pad.picture == picture
    masking.controls["outline"].value = ""
    assert pad.outline == ""


def test_a_box_outside_is_a_sentence_and_can_be_undone(masking):
    pad = masking.controls["boxes"]
    picture, table = pad.picture, screen(masking)
    pad.value = [[0, 0, 4, 99]]
    assert "reaches over the edge" in note(masking)
    assert (pad.picture, screen(masking)) == (picture, table)
    press(masking, "Undo")
    assert pad.value == [] and "Hidden: 0%" in note(masking)


def test_every_fill_shows_another_picture(masking):
    pad = masking.controls["boxes"]
    pad.value = [[0, 0, 4, 4]]
    shown = set()
    for fill in mask_explorer.FILLS.values():
        masking.controls["fill"].value = fill
        shown.add(pad.picture)
        (panel,) = masking.frame.panels
        data, mime = jpeg_bytes(panel.picture)
        assert pad.picture == f"data:{mime};base64,{base64.b64encode(data).decode()}"
    assert len(shown) == len(mask_explorer.FILLS)
    assert pad.size == [8, 8] and "one box" in pad.alt


def test_the_picture_travels_once_for_each_answer(masking):
    sent = []
    masking.controls["fill"].value = "black"
    masking.controls["boxes"].observe(lambda change: sent.append(change["new"]), names="picture")
    masking.controls["boxes"].value = [[0, 0, 4, 4]]
    assert len(sent) == 1 and "<img" not in screen(masking)
