"""Painting over a part of a picture, and everything but it; masks brought to another size."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from toys import one_sentence

from helpers import HelpersError
from helpers.pictures.masking import box_mask, fit_mask, keep_only, mask_region

BOX = (1, 2, 4, 6)


@pytest.fixture
def picture(rng):
    return rng.integers(0, 256, (8, 10, 3), np.uint8)


@pytest.fixture
def boxed():
    mask = np.zeros((8, 10), bool)
    mask[1:4, 2:6] = True
    return mask


@pytest.mark.parametrize("fill", ["blur", "black", "mean", 128, (10, 20, 30)])
@pytest.mark.parametrize("dtype", [np.uint8, np.float32, np.float64, np.int32])
def test_masking_changes_the_region_only(picture, boxed, fill, dtype):
    given_picture = picture.astype(dtype)
    result = mask_region(given_picture, BOX, fill)
    assert result.shape == given_picture.shape and result.dtype == dtype
    assert (result[~boxed] == given_picture[~boxed]).all()
    assert (given_picture == picture).all()
    assert (mask_region(given_picture, boxed, fill) == result).all()


def test_fills_are_what_they_say(picture, boxed):
    assert (mask_region(picture, BOX, "black")[boxed] == 0).all()
    assert (mask_region(picture, BOX, 99)[boxed] == 99).all()
    assert (mask_region(picture, BOX, (1, 2, 3))[boxed] == (1, 2, 3)).all()
    mean = mask_region(picture.astype(float), BOX, "mean")[boxed]
    assert mean == pytest.approx(np.broadcast_to(picture.mean((0, 1)), mean.shape))


def test_a_blur_is_smoother_and_scales_with_the_picture(rng):
    small = rng.uniform(0, 255, (32, 32, 3))
    large = small.repeat(4, 0).repeat(4, 1)
    everywhere = (0, 0, 32, 32)
    blurred = mask_region(small, everywhere)
    assert np.abs(np.diff(blurred, axis=0)).mean() < np.abs(np.diff(small, axis=0)).mean() / 4
    enlarged = mask_region(large, (0, 0, 128, 128))
    assert np.abs(enlarged[2::4, 2::4] - blurred).mean() < 3


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 7), st.integers(0, 9), st.integers(1, 8), st.integers(1, 10), st.data())
def test_mask_region_and_keep_only_are_inverse(top, left, height, width, data):
    box = (top, left, min(8, top + height), min(10, left + width))
    fill = data.draw(st.sampled_from(["blur", "black", "mean", 40.0, (1, 2, 3)]))
    picture = np.random.default_rng(top).uniform(0, 255, (8, 10, 3))
    inside = np.zeros((8, 10), bool)
    inside[box[0] : box[2], box[1] : box[3]] = True
    kept = keep_only(picture, box, fill)
    assert (kept[inside] == picture[inside]).all()
    both = np.where(inside[..., None], mask_region(picture, box, fill), kept)
    assert both == pytest.approx(mask_region(picture, np.ones((8, 10), bool), fill))
    assert (kept == mask_region(picture, ~inside, fill)).all()


def test_constant_pictures_and_nothing_to_paint_are_fine():
    black = np.zeros((4, 4, 3), np.float32)
    assert (mask_region(black, (0, 0, 4, 4)) == 0).all()
    assert (mask_region(black, np.zeros((4, 4), bool), 7) == black).all()


@pytest.mark.parametrize(
    "array",
    [
        np.zeros((4, 4)),
        np.zeros((2, 4, 4, 3)),
        np.zeros((0, 4, 3)),
        np.full((4, 4, 3), np.nan),
        np.full((4, 4, 3), 300.0),
        np.full((4, 4, 3), -1.0),
        np.linspace(0, 1, 48).reshape(4, 4, 3),
        np.zeros((4, 4, 3), bool),
        "picture.png",
    ],
)
def test_other_things_than_one_picture_are_refused(array):
    with pytest.raises(HelpersError) as error:
        mask_region(array, (0, 0, 1, 1))
    one_sentence(error)


@pytest.mark.parametrize(
    "where",
    [
        np.ones((4, 4), bool),
        np.ones((8, 10)),
        (0, 0, 9, 4),
        (3, 3, 3, 5),
        (-1, 0, 2, 2),
        (0.0, 0.0, 2.0, 2.0),
        (0, 0, 2),
        [[0, 1], [2]],
        None,
    ],
)
def test_other_regions_are_refused(picture, where):
    for paint in (mask_region, keep_only):
        with pytest.raises(HelpersError) as error:
            paint(picture, where)
        one_sentence(error)


@pytest.mark.parametrize("fill", ["grey", 256, -1, (1, 2), (1, 2, 300), None, True, [[1], [2, 3]]])
def test_other_fills_are_refused(picture, fill):
    with pytest.raises(HelpersError) as error:
        mask_region(picture, BOX, fill)
    one_sentence(error)


def test_fit_mask_keeps_pixels_that_are_half_covered():
    mask = np.zeros((8, 8), bool)
    mask[:4, :3] = True
    assert fit_mask(mask, (8, 8)) is not None
    assert fit_mask(mask, (4, 4)).tolist() == [[True, True, False, False]] * 2 + [[False] * 4] * 2


@pytest.mark.parametrize("shape", [5, (4,), (4, 0), (4.0, 4.0), "ab", None, (4, 4, 3)])
def test_other_shapes_for_a_mask_are_refused(shape):
    with pytest.raises(HelpersError, match="a height and a width") as error:
        fit_mask(np.ones((8, 8), bool), shape)
    one_sentence(error)


@pytest.mark.parametrize("box", [5, (0, 0, 4), (0.0, 0.0, 4.0, 4.0), "abcd", None, [[0, 0], [4]]])
def test_other_boxes_are_refused(box):
    with pytest.raises(HelpersError) as error:
        box_mask(box, (8, 8))
    one_sentence(error)
