"""Blur Integrated Gradients where the path integral is known."""

import numpy as np
from scipy import ndimage

from helpers.attribution.registry import attribute
from helpers.backend import keras

SIDE = 16


def blurred(picture, sigma):
    return ndimage.gaussian_filter(picture, sigma, mode="constant", axes=(0, 1))


def test_of_a_linear_score_it_is_the_difference_to_the_blurred_picture(rng):
    picture = rng.uniform(0, 255, (SIDE, SIDE, 3)).astype(np.float32)
    weights = rng.normal(size=picture.shape).astype(np.float32)
    pixels = keras.Input(picture.shape)
    model = keras.Model(pixels, keras.ops.sum(pixels * weights, (1, 2, 3))[:, None])
    options = {"max_sigma": 4.0, "steps": 5, "batch_size": 3}
    found, details = attribute(model, picture, 0, "blur_ig", details=True, **options)
    expected = weights * (picture - blurred(picture, 4.0))
    np.testing.assert_allclose(found, expected, atol=1e-3)
    assert abs(details["completeness_gap"]) < 0.1


def test_what_is_even_gets_nothing_whatever_it_means():
    """Its known weakness: inside of the square no blur changes a thing, and all of the score is."""
    picture = np.full((40, 40, 3), 200, np.float32)
    weights = np.zeros((40, 40, 1), np.float32)
    weights[18:22, 18:22] = 0.01
    pixels = keras.Input(picture.shape)
    model = keras.Model(pixels, keras.ops.sum(pixels * weights, (1, 2, 3))[:, None])
    found, details = attribute(model, picture, 0, "blur_ig", details=True, max_sigma=3.0)
    assert details["score"] > 90 and np.abs(found).sum() < 0.01
    assert attribute(model, picture, 0, "integrated_gradients").sum() > 90


def test_the_gap_closes_with_the_steps(rng):
    """Of squares the trapezoid rule is exact, of cubes only in the limit."""
    picture = rng.uniform(0, 255, (SIDE, SIDE, 3)).astype(np.float32)
    pixels = keras.Input(picture.shape)
    sums = [keras.ops.sum(keras.ops.power(pixels / 100, n), (1, 2, 3)) for n in (2, 3)]
    model = keras.Model(pixels, keras.ops.stack(sums, -1))

    def gap(target, steps):
        options = {"steps": steps, "details": True}
        return abs(attribute(model, picture, target, "blur_ig", **options)[1]["completeness_gap"])

    assert max(gap(0, steps) for steps in (4, 16, 64)) < 0.05
    assert gap(1, 4) > 4 * gap(1, 16) > 8 * gap(1, 64)
