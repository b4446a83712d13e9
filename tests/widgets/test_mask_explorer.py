"""Boxes are put, undone and reset, and the picture answers."""

import base64

import numpy as np
import pytest
from hands import (
    PICTURE,
    note,
    press,
    screen,
)

from helpers.display import jpeg_bytes
from helpers.widgets import (
    mask_explorer,
)
from helpers.widgets.explore import (
    explore_masking,
)


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


def test_the_first_boxes_can_be_reset_and_come_back(toy):
    explorer = explore_masking(toy, PICTURE, boxes=np.array([[0, 0, 4, 4]]))
    assert explorer.controls["boxes"].value == [[0, 0, 4, 4]] and "25%" in note(explorer)
    press(explorer, "Reset")
    press(explorer, "Undo")
    assert explorer.controls["boxes"].value == [[0, 0, 4, 4]] and "25%" in note(explorer)


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
    masking._screen.observe(lambda change: sent.append(change["new"]), names="value")
    masking.controls["boxes"].value = [[0, 0, 4, 4]]
    assert len(sent) == 1 and "<img" not in sent[0]
