"""What is hidden is hidden from the network too."""

import itertools

import numpy as np
import pytest
from hands import PHOTO, logits_of
from PIL import Image
from toys import SIDE, one_sentence

from helpers import HelpersError
from helpers.pictures.images import to_array
from helpers.pictures.masking import box_mask, mask_region
from helpers.widgets.mask_view import Masking
from helpers.widgets.words import change, level


@pytest.fixture(scope="module")
def masking(toy):
    return Masking(toy, PHOTO)


BOXES = [[0, 0, 4, 4], [2, 2, 6, 7]]


@pytest.mark.parametrize("fill", ["blur", "mean", "black", 255])
@pytest.mark.parametrize("boxes", [BOXES[:1], BOXES], ids=["one", "overlapping"])
def test_masking_asks_the_network_about_the_masked_picture(masking, toy, boxes, fill):
    array = to_array(PHOTO, toy)
    union = np.logical_or.reduce([box_mask(box, (SIDE, SIDE)) for box in boxes])
    expected = mask_region(array, union, fill)
    np.testing.assert_array_equal(masking.masked(boxes, fill), expected)
    frame = masking.frame(boxes, fill)
    before, after = logits_of(array, toy), logits_of(expected, toy)
    for index in masking.seen.top():
        (row,) = [row for row in frame.tables[0].rows if row.name == masking.words[index]]
        assert row.words[0] == f"{level(before[index])} → {level(after[index])}"
        assert row.words[1] == change(after[index] - before[index])
        assert row.value == pytest.approx(after[index] - before[index])
    assert frame.note.startswith(f"Hidden: {union.mean():.0%} of the picture.")
    assert f"{ {1: 'one box', 2: '2 boxes'}[len(boxes)] } painted over" in frame.alt
    shown = Image.fromarray(np.rint(expected).astype(np.uint8)).resize((480, 320), 3)
    np.testing.assert_array_equal(frame.panels[0].picture, shown)


def test_without_a_box_nothing_changes(masking):
    frame = masking.frame([], "blur")
    assert "Hidden: 0%" in frame.note and "still" in frame.note and "no box" in frame.alt
    assert [row.words[1] for row in frame.tables[0].rows] == ["0.0"] * 5


def test_a_new_first_choice_is_named_and_listed(toy):
    masking = Masking(toy, PHOTO)
    rivals = [
        [top, left, top + size, left + size]
        for size in (4, 6, 8)
        for top, left in itertools.product(range(9 - size), repeat=2)
    ]
    first = masking.seen.top(1)[0]
    for box, fill in itertools.product(rivals, ("black", 255)):
        best = int(logits_of(masking.masked([box], fill), toy).argmax())
        if best != first:
            break
    masking.classes = [first]
    frame = masking.frame([box], fill)
    names = masking.words[first], masking.words[best]
    assert f"no longer {names[0]} but {names[1]}." in frame.note
    assert len(frame.tables[0].rows) == 2


def test_a_class_of_ones_own_is_listed_first(toy):
    last = int(np.argmin(logits_of(to_array(PHOTO, toy), toy)))
    masking = Masking(toy, PHOTO, last)
    rows = masking.frame([], 0).tables[0].rows
    assert rows[0].name == masking.words[last] and len(rows) == 6


@pytest.mark.parametrize("box", [[-1, 0, 3, 3], [0, 0, 9, 3], [3, 3, 3, 6]], ids=str)
def test_a_box_outside_of_the_picture(masking, box):
    with pytest.raises(HelpersError, match="empty or reaches over the edge") as error:
        masking.frame([[0, 0, 2, 2], box], "blur")
    one_sentence(error)
