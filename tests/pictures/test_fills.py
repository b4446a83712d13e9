"""Fills against their formulas, and one set of them wherever a picture is filled."""

import numpy as np
import pytest
from scipy import ndimage
from toys import SIDE, one_sentence, small_classifier

from helpers.attribution.registry import attribute
from helpers.errors import HelpersError
from helpers.evaluation.deletion import deletion_curve
from helpers.models.scores import compute_logits
from helpers.pictures.fills import FILLS, fill_picture
from helpers.pictures.masking import mask_region

EVERY = [*FILLS, 40.0, (10, 20, 30)]


@pytest.mark.parametrize("side", [224, 56, 448])
def test_the_blur_is_ten_pixels_at_224_and_in_proportion_elsewhere(rng, side):
    picture = rng.uniform(0, 255, (side, side + 8, 3)).astype(np.float32)
    expected = ndimage.gaussian_filter(picture, 10 * side / 224, axes=(0, 1))
    assert np.array_equal(fill_picture(picture, "blur"), expected)
    whole = mask_region(picture.astype(np.float64), (0, 0, side, side + 8), "blur")
    assert whole == pytest.approx(expected, abs=1e-3)


@pytest.mark.parametrize("kind", [np.float32, np.float64])
@pytest.mark.parametrize("fill", EVERY)
def test_fills_are_what_they_say_and_keep_shape_and_type(rng, kind, fill):
    picture = rng.uniform(0, 255, (6, 9, 3)).astype(kind)
    filled = fill_picture(picture, fill)
    assert filled.shape == picture.shape and filled.dtype == kind
    words = {"black": 0, "white": 255, "mean": picture.mean((0, 1)), "blur": filled}
    expected = words.get(fill, fill) if isinstance(fill, str) else fill
    assert filled == pytest.approx(np.broadcast_to(expected, picture.shape), rel=1e-6)


def test_a_picture_of_one_channel_takes_a_grey_level_and_no_colour(rng):
    grey = rng.uniform(0, 255, (4, 5, 1))
    assert (fill_picture(grey, 7) == 7).all()
    with pytest.raises(HelpersError, match="a colour of 1"):
        fill_picture(grey, (1, 2, 3))


@pytest.mark.parametrize(
    "fill", ["pink", -1, 256, True, None, (1, 2), np.nan, np.ma.masked_equal([1, 2, 3], 2)]
)
def test_other_fills_are_refused(fill):
    with pytest.raises(HelpersError, match="noise is one of black, white, mean, blur") as error:
        fill_picture(np.zeros((4, 4, 3)), fill, "noise")
    one_sentence(error)


@pytest.mark.parametrize("fill", EVERY)
def test_every_consumer_fills_alike(rng, fill):
    """A patch as large as the picture, the end of deletion and a baseline are one picture."""
    model = small_classifier()
    picture = rng.uniform(0, 255, (SIDE, SIDE, 3)).astype(np.float32)
    seen, gone = compute_logits(model, np.stack([picture, fill_picture(picture, fill)]))[:, 1]
    patches = {"patch": SIDE, "stride": SIDE, "fill": fill}
    assert attribute(model, picture, 1, "occlusion", **patches) == pytest.approx(
        np.full((SIDE, SIDE, 1), seen - gone), abs=1e-5
    )
    _, found = attribute(
        model, picture, 1, "integrated_gradients", steps=1, baseline=fill, details=True
    )
    assert found["baseline_score"] == pytest.approx(gone, abs=1e-5)
    if np.ndim(fill) == 0:
        curve = deletion_curve(
            model, picture, 1, picture[..., 0], steps=2, score="logit", fill=fill
        )
        assert curve.scores[[0, -1]] == pytest.approx([seen, gone], abs=1e-5)


@pytest.mark.parametrize("picture", ["chelsea", [[1, 2]], np.zeros((4, 4)), None])
def test_what_is_no_picture_has_no_fill(picture):
    with pytest.raises(HelpersError) as error:
        fill_picture(picture, "blur")
    one_sentence(error)
