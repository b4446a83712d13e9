"""Maps: reduction, smoothing, raw units, and what the post really smoothed."""

import matplotlib
import numpy as np
import pytest
from scipy import ndimage
from toys import SIDE, one_sentence

from helpers.attribution.registry import attribute
from helpers.attribution.saliency import (
    compute_saliency_map,
    keras_vis_map,
    smooth,
)
from helpers.backend import keras
from helpers.errors import HelpersError


def test_the_map_of_a_linear_model(linear, pictures):
    """Raw units: the weight of largest size at every pixel, in logit per grey level."""
    model, weights = linear
    raw = compute_saliency_map(model, pictures[0], 1, sigma=0)
    assert raw.shape == (SIDE, SIDE) and raw.dtype == np.float32
    assert raw == pytest.approx(np.abs(weights[1]).max(-1), rel=1e-4)
    smoothed = compute_saliency_map(model, pictures[0], 1)
    assert smoothed == pytest.approx(ndimage.gaussian_filter(raw, 5.0), rel=1e-4)
    assert smoothed.sum() == pytest.approx(raw.sum(), rel=1e-4)
    signed = compute_saliency_map(model, pictures[0], 1, sigma=0, reduce="sum")
    assert signed == pytest.approx(weights[1].sum(-1), rel=1e-3, abs=1e-5) and signed.min() < 0


def test_twice_the_logit_is_twice_the_map(linear, pictures):
    model, _ = linear
    once, twice = compute_saliency_map(model, pictures[0], [[0], [0, 0]])
    assert twice == pytest.approx(2 * once, rel=1e-4)


def test_leading_axes(small, pictures):
    for array, target, shape in (
        (pictures[0], 0, (8, 8)),
        (pictures[:1], 0, (1, 8, 8)),
        (pictures[0], [0, 1], (2, 8, 8)),
        (pictures, 2, (4, 8, 8)),
        (pictures, [0, 1, 2, 0], (4, 8, 8)),
        (pictures[0], [[0, 1]], (1, 8, 8)),
    ):
        assert compute_saliency_map(small, array, target).shape == shape


def test_each_map_of_a_batch_is_smoothed_for_itself(rng):
    maps = rng.normal(size=(2, 3, 9, 9))
    result = smooth(maps, 2)
    assert np.allclose(result[1, 2], ndimage.gaussian_filter(maps[1, 2], 2))
    assert not np.allclose(result, ndimage.gaussian_filter(maps, 2))


def test_smoothing_keeps_the_type_and_sigma_0_keeps_everything(rng):
    for kind in (np.uint8, np.float32, np.float64):
        values = rng.uniform(0, 255, (9, 9)).astype(kind)
        assert smooth(values, 2).dtype == kind
        assert np.array_equal(smooth(values, 0), values)


@pytest.mark.parametrize("sigma", [-1, np.nan, np.inf, "5", None, [5]])
def test_a_sigma_that_is_none(small, pictures, sigma):
    for call in (
        lambda: smooth(np.zeros((3, 3)), sigma),
        lambda: compute_saliency_map(small, pictures[0], 0, sigma=sigma),
    ):
        with pytest.raises(HelpersError, match="sigma is a number of pixels") as error:
            call()
        one_sentence(error)


def test_what_is_no_map():
    with pytest.raises(HelpersError, match="A map has the shape") as error:
        smooth(np.zeros(4), 1)
    one_sentence(error)


# What the post displayed


def keras_vis_by_definition(gradient):
    """Colour with matplotlib's own jet, as keras-vis 0.4.1 did, and take the third channel."""
    a = np.abs(gradient).max(-1)
    s = (a - a.min()) / (a.max() - a.min() + 1e-7)
    return np.uint8(matplotlib.colormaps["jet"](s)[..., :3] * 255)[:, :, 2]


@pytest.mark.parametrize("power", [1, 3, 9])
def test_the_keras_vis_formula_against_its_definition(rng, power):
    gradients = (rng.normal(size=(2, 40, 40, 3)) ** power).astype(np.float32)
    result = keras_vis_map(gradients)
    assert result.dtype == np.uint8 and result.shape == (2, 40, 40)
    for found, gradient in zip(result, gradients):
        assert np.array_equal(found, keras_vis_by_definition(gradient))


def test_every_strength_has_the_blue_of_matplotlibs_jet():
    strengths = np.linspace(0, 1, 2001).reshape(1, -1, 1)
    assert np.array_equal(keras_vis_map(strengths), keras_vis_by_definition(strengths))


def test_the_strongest_pixel_comes_out_weakest():
    ramp = np.linspace(0, 1, 101, dtype=np.float32)[None, :, None]
    blue = keras_vis_map(ramp)[0].astype(int)
    assert blue[0] == 127 and (blue[12:34] == 255).all() and (blue[66:] == 0).all()


def test_compat_smooths_in_uint8(linear, pictures):
    model, weights = linear
    result = compute_saliency_map(model, pictures[0], 2, sigma=1.5, compat="keras-vis-0.4.1")
    expected = ndimage.gaussian_filter(keras_vis_by_definition(weights[2]), 1.5)
    assert result.dtype == np.uint8
    assert np.abs(result.astype(int) - expected).max() <= 1
    several = compute_saliency_map(model, pictures[0], [2, 0], compat="keras-vis-0.4.1")
    assert several.shape == (2, SIDE, SIDE) and several.dtype == np.uint8


def test_another_compat(small, pictures):
    with pytest.raises(HelpersError, match="compat is None or 'keras-vis-0.4.1'") as error:
        compute_saliency_map(small, pictures[0], 0, compat="keras-vis")
    one_sentence(error)


class Contrast(keras.Layer):
    """Scores of pixels divided by their contrast, which is 0 in an even picture."""

    def call(self, pixels):
        ends = [keras.ops.max(pixels, (1, 2, 3)), keras.ops.min(pixels, (1, 2, 3))]
        return keras.ops.mean(pixels, (1, 2)) / (ends[0] - ends[1])[:, None]


def contrast_model():
    pixels = keras.Input((SIDE, SIDE, 3))
    return keras.Model(pixels, Contrast()(pixels))


@pytest.mark.parametrize("ask", [attribute, compute_saliency_map])
def test_a_map_that_is_not_finite_is_refused(pictures, ask):
    model = contrast_model()
    assert np.isfinite(ask(model, pictures[0], 0)).all()
    for method in ("integrated_gradients", "xrai"):  # both start at an even picture
        with pytest.raises(HelpersError, match="NaN or infinite") as error:
            ask(model, pictures[0], 0, method=method)
        one_sentence(error)


def test_an_empty_map_is_an_answer_of_class_activation_maps_only(pictures):
    inputs = keras.Input((SIDE, SIDE, 3))
    maps = keras.layers.Conv2D(1, 1, use_bias=False, name="bright", kernel_initializer="ones")
    x = keras.layers.GlobalAveragePooling2D()(maps(inputs))
    head = keras.layers.Dense(3, use_bias=False)
    model = keras.Model(inputs, head(x))
    head.set_weights([np.array([[1.0, -1.0, 0.0]])])
    found = compute_saliency_map(model, pictures[0], [0, 1], method="grad_cam", sigma=0)
    assert found[0].any() and not found[1].any()
    assert not compute_saliency_map(model, pictures[0], 1, method="grad_cam").any()
    assert not compute_saliency_map(model, pictures[0], [0, 2])[1].any()
    with pytest.raises(HelpersError, match="0 at every pixel") as error:
        compute_saliency_map(model, pictures[0], 2)
    one_sentence(error)
