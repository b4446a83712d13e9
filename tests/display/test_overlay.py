"""A map over its picture shows what its numbers say, and nothing else is drawn."""

import matplotlib as mpl
import numpy as np
import pytest
from drawings import SPOT, WHITE, drawn
from PIL import Image

from helpers import HelpersError
from helpers.display import as_picture, overlay_image, show_saliency, show_side_by_side


def test_the_map_is_stretched_over_the_picture():
    picture = Image.new("RGB", (1024, 576))
    halves = np.repeat([[0.0, 1.0]], 224, axis=0)
    overlay = overlay_image(picture, halves)
    assert overlay.shape == (576, 1024, 3)
    assert overlay.dtype == np.uint8
    assert (overlay[:, :200] == 0).all()
    assert overlay[:, -200:].max() > 100


def test_a_weak_map_leaves_the_grey_picture_and_a_strong_one_its_colour():
    ramp = np.array([[0.0, 0.5, 1.0]])
    picture = np.full((1, 3, 3), 200, np.uint8)
    colours = 255 * mpl.colormaps["magma"]([0, 127, 255])[:, :3]
    overlay = overlay_image(picture, ramp, strength=1, cmap="magma")[0]
    np.testing.assert_array_equal(overlay[0], [200, 200, 200])
    np.testing.assert_allclose(overlay[1], (200 + colours[1]) / 2, atol=1)
    np.testing.assert_allclose(overlay[2], colours[2], atol=1)


def test_the_picture_shines_through_the_strongest_spot():
    dark, light = (np.full((4, 4, 3), grey, np.uint8) for grey in (50, 150))
    ones = np.ones((4, 4))
    step = overlay_image(light, ones).astype(int) - overlay_image(dark, ones)
    assert (step >= 29).all()  # 30 % of the 100 grey levels between the two


def test_strength_nought_draws_no_map():
    np.testing.assert_array_equal(overlay_image(WHITE, SPOT, strength=0), WHITE)


def test_leading_and_trailing_axes_of_one_are_dropped():
    for shape in [(1, 20, 20), (20, 20, 1), (1, 20, 20, 1)]:
        image = drawn(show_saliency(None, SPOT.reshape(shape)))
        np.testing.assert_array_equal(image.get_array(), SPOT)
    assert overlay_image(WHITE[None].astype(float), SPOT).shape == WHITE.shape


@pytest.mark.parametrize(
    ("saliency_map", "word"),
    [
        (np.full((4, 4), np.nan), "NaN"),
        (np.full((4, 4), np.inf), "infinite"),
        (np.zeros((4, 4, 3)), "reduce_channels"),
        (np.zeros((2, 4, 4)), "show_maps"),
        (np.zeros((0, 4)), "shape"),
        (np.zeros(4), "shape"),
    ],
)
def test_a_map_that_cannot_be_drawn_is_one_sentence(saliency_map, word):
    for draw in (show_saliency, show_side_by_side, overlay_image):
        with pytest.raises(HelpersError, match=word):
            draw(WHITE, saliency_map)


@pytest.mark.parametrize(
    ("picture", "word"),
    [
        (np.zeros((4, 4)), "shape"),
        (np.zeros((4, 4, 4)), "shape"),
        (np.full((4, 4, 3), np.nan), "NaN"),
        (np.full((4, 4, 3), 300.0), "255"),
        (np.random.default_rng(0).random((4, 4, 3)), "0..1"),
    ],
)
def test_a_picture_that_cannot_be_drawn_is_one_sentence(picture, word):
    for draw in (show_saliency, show_side_by_side, overlay_image):
        with pytest.raises(HelpersError, match=word):
            draw(picture, SPOT)


def test_a_picture_of_one_channel_is_drawn_in_grey():
    grey = np.arange(400.0).reshape(20, 20, 1) % 256
    seen = as_picture(grey)
    assert seen.dtype == np.uint8 and (seen == grey).all() and seen.shape == (20, 20, 3)


@pytest.mark.parametrize("name", ["jet", "hsv", "no_such_map"])
def test_a_colour_map_that_misleads_is_refused(name):
    with pytest.raises(HelpersError, match="viridis"):
        show_saliency(WHITE, SPOT, cmap=name)


@pytest.mark.parametrize(
    "options", [{"strength": 1.5}, {"strength": float("nan")}, {"limits": (1, 1)}]
)
def test_options_out_of_range_are_refused(options):
    with pytest.raises(HelpersError):
        overlay_image(WHITE, SPOT, **options)
