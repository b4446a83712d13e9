"""The checks of what a reader gives: sound things come back in one form, others are refused."""

from types import SimpleNamespace

import numpy as np
import pytest
from toys import one_sentence, small_classifier

from helpers.attribution.saliency import smooth
from helpers.errors import HelpersError
from helpers.evaluation.localisation import pointing_game
from helpers.pictures.masking import fit_mask, mask_region
from helpers.validation import (
    as_choice,
    as_colour,
    as_count,
    as_flag,
    as_map,
    as_mask,
    as_number,
    as_object_mask,
    as_pixels,
    picture_batch,
)

RAMP = np.linspace(0, 255, 8 * 8 * 3).reshape(8, 8, 3)
HIDDEN = np.ma.masked_greater(RAMP, 200)
RAGGED = [[1, 2, 3], [4, 5]]


class NotReadable:
    """As a tensor of PyTorch that asks for its gradient."""

    def __array__(self, *_, **__):
        raise RuntimeError("Can't call numpy() on Tensor that requires grad.\nUse detach.")


def test_sound_values_come_back_in_one_form():
    assert as_count(np.int64(3), "steps") == 3 and as_count(0, "seed", 0) == 0
    assert as_number(np.float32(0.5), "share", 0, 1, "a share") == 0.5
    assert as_flag(np.True_, "progress") is True
    assert as_choice("up", "way", {"up": 1, "down": 2}) == "up"
    assert as_colour(7).shape == () and as_colour([1, 2, 3]).tolist() == [1, 2, 3]
    assert as_mask([[0, 1.0]]).tolist() == [[False, True]]
    assert as_map([[True, 2]]).dtype == np.float64
    assert as_pixels(np.zeros((1, 2, 3), np.uint8)).dtype == np.uint8
    assert as_pixels(np.full((5, 4, 11), 9)).shape == (5, 4, 11)


@pytest.mark.parametrize(
    ("channels", "shape", "part"),
    [
        (1, (8, 8), r"array\[..., None\]"),
        (1, (8, 8, 3), r"use to_array\(image, model\)"),
        (3, (8, 8), "greyscale"),
        (3, (2, 8, 8, 4), "alpha"),
        (4, (8, 8, 3), "all 4 channels"),
        (None, (2, 9, 8, 8, 8), r"to_array\(image, model\)"),
    ],
)
def test_the_advice_fits_the_channels_of_the_model(channels, shape, part):
    model = SimpleNamespace(input_shape=(None, 8, 8, channels))
    with pytest.raises(HelpersError, match=part) as error:
        picture_batch(np.full(shape, 9), model)
    one_sentence(error)


def test_a_masked_array_that_hides_nothing_is_an_array():
    assert np.array_equal(as_pixels(np.ma.array(RAMP)), RAMP)
    assert as_map(np.ma.array(RAMP[..., 0], mask=False)).shape == (8, 8)


@pytest.mark.parametrize(
    ("call", "part"),
    [
        (lambda: as_count(True, "steps"), "steps is a whole number, 1 or more, not True"),
        (lambda: as_count(2.0, "steps"), "steps is a whole number"),
        (lambda: as_count(-1, "seed", 0), "seed is a whole number, 0 or more"),
        (lambda: as_number(np.nan, "share", 0, 1, "a share"), "share is a share, not nan"),
        (lambda: as_number("1", "share", 0, 1, "a share"), "not '1'"),
        (lambda: as_number(False, "share", 0, 1, "a share"), "not False"),
        (lambda: as_flag(1, "progress"), "progress is True or False, not 1"),
        (lambda: as_choice("left", "way", ("up", "down")), "way is one of up, down, not 'left'"),
        (lambda: as_choice(["up"], "way", ("up", "down")), "way is one of up, down"),
        (lambda: as_count(RAMP, "steps"), "steps is a whole number"),
        (lambda: as_map(RAMP), r"one array of numbers \(h, w\)"),
        (lambda: as_map([["a"]]), "one array of numbers"),
        (lambda: as_map([[np.inf]]), "NaN or infinite"),
        (lambda: as_mask([True]), r"shape \(h, w\)"),
        (lambda: as_mask([[0.5]]), "True on the object"),
        (lambda: as_mask([["a"]]), "True on the object"),
        (lambda: as_mask([[True]], (2, 2)), "fit_mask"),
        (lambda: as_object_mask([[False]]), "no object in it"),
        (lambda: as_pixels(RAMP[..., 0]), "greyscale"),
        (lambda: as_pixels(RAMP[None]), "one by one"),
        (lambda: as_pixels(RAMP.transpose(2, 0, 1)), "channels come last"),
        (lambda: as_pixels(RAMP[:0]), "empty"),
        (lambda: as_pixels(np.full((4, 4, 4), 9), (1, 3)), "alpha"),
        (lambda: as_pixels(np.full((4, 4, 2), 9), (1, 3)), "one or three of its channels"),
        (lambda: as_pixels(RAMP.ravel()), "load_image"),
        (lambda: as_pixels(RAMP / 255), "0..1"),
    ],
)
def test_other_values_are_refused(call, part):
    with pytest.raises(HelpersError, match=part) as error:
        call()
    one_sentence(error)


@pytest.mark.parametrize(
    "call",
    [
        as_pixels,
        lambda array: picture_batch(array, small_classifier()),
        lambda array: mask_region(array, (0, 0, 2, 2)),
        as_map,
        lambda array: fit_mask(array, (4, 4)),
        lambda array: mask_region(RAMP, array),
        lambda array: smooth(array, 2),
        lambda array: pointing_game(array, np.ones((8, 8), bool)),
    ],
)
@pytest.mark.parametrize(
    ("array", "part"),
    [(HIDDEN, "masked out"), ([HIDDEN], "masked out"), (NotReadable(), "requires grad")],
    ids=["masked", "a list of masked", "unreadable"],
)
def test_what_numpy_would_pass_over_or_fail_on(call, array, part):
    with pytest.raises(HelpersError, match=part) as error:
        call(array)
    one_sentence(error)


@pytest.mark.parametrize(
    "call",
    [
        as_pixels,
        as_map,
        as_mask,
        lambda array: picture_batch(array, small_classifier()),
        lambda array: mask_region(array, (0, 0, 2, 2)),
        lambda array: smooth(array, 2),
    ],
)
def test_ragged_lists(call):
    with pytest.raises(HelpersError, match="same length") as error:
        call(RAGGED)
    one_sentence(error)


@pytest.mark.parametrize("sigma", [1e9, 1001, True])
def test_a_sigma_that_memory_cannot_hold(sigma):
    with pytest.raises(HelpersError, match="0 to 1000") as error:
        smooth(RAMP[..., 0], sigma)
    one_sentence(error)


def test_a_sigma_far_wider_than_the_map_gives_its_mean():
    values = RAMP[..., 0]
    assert smooth(values, 1000) == pytest.approx(values.mean(), rel=1e-3)
