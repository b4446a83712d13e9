"""Gradients, and averages of them over noisy pictures, on functions with a paper answer."""

import numpy as np
import pytest
from toys import Squares, one_sentence, smooth_network

from helpers.attribution.records import GRADIENT_UNIT
from helpers.attribution.registry import attribute, find_method, method_options
from helpers.backend import keras
from helpers.errors import HelpersError

SIDE = 4
SMOOTH = smooth_network(SIDE)


@pytest.fixture(scope="module")
def squares():
    pixels = keras.Input((SIDE, SIDE, 3))
    return keras.Model(pixels, Squares()(pixels))


def picture(seed: int) -> np.ndarray:
    return np.random.default_rng(seed).uniform(0, 255, (SIDE, SIDE, 3)).astype(np.float32)


# A linear score: everything is known


def test_gradient_and_input_x_gradient_of_a_linear_score(linear, pictures):
    model, weights = linear
    np.testing.assert_allclose(attribute(model, pictures[0], 1), weights[1], rtol=1e-5)
    product = attribute(model, pictures[0], 1, "input_x_gradient")
    np.testing.assert_allclose(product, weights[1] * pictures[0], rtol=1e-5)


@pytest.mark.parametrize(
    ("average", "expected"), [("signed", lambda g: g), ("absolute", np.abs), ("squared", np.square)]
)
def test_smoothgrad_of_a_linear_score_is_its_gradient(linear, pictures, average, expected):
    model, weights = linear
    found = attribute(model, pictures[0], 2, "smoothgrad", samples=7, average=average)
    np.testing.assert_allclose(found, expected(weights[2]), rtol=1e-4)


def test_vargrad_of_a_linear_score_is_zero(linear, pictures):
    assert not attribute(linear[0], pictures[0], 2, "vargrad", samples=7).any()


# A sum of squares: gradients 2x, second derivative 2


def test_smoothgrad_adds_noise_that_is_a_share_of_the_value_range(squares):
    x = picture(2)
    deviation = 0.1 * np.ptp(x)
    options = {"samples": 400, "noise": 0.1, "batch_size": 100}
    mean = attribute(squares, x, 0, "smoothgrad", **options)
    np.testing.assert_allclose(mean, 2 * x, atol=5 * 2 * deviation / 20)
    variance = attribute(squares, x, 0, "vargrad", **options)
    assert variance.mean() == pytest.approx(4 * deviation**2, rel=0.05)


def test_smoothgrad_without_noise_is_the_gradient(squares):
    found = attribute(squares, picture(3), 0, "smoothgrad", noise=0, samples=3)
    np.testing.assert_allclose(found, 2 * picture(3), rtol=1e-5)


def test_vargrad_is_the_variance_of_what_smoothgrad_averages(squares):
    x = picture(4)
    mean, squared = (
        attribute(squares, x, 0, "smoothgrad", samples=9, average=average)
        for average in ("signed", "squared")
    )
    expected = squared - mean**2
    found = attribute(squares, x, 0, "vargrad", samples=9)
    np.testing.assert_allclose(found, expected, rtol=1e-2)


# Low frequencies only (Muzellec et al. 2023)


def weighted_sum(weights):
    """Give a model whose gradient is the weights, (h, w, 3), everywhere."""
    layers = [keras.Input(weights.shape), keras.layers.Flatten(), keras.layers.Dense(1)]
    model = keras.Sequential(layers)
    model.set_weights([weights.reshape(-1, 1), np.zeros(1)])
    return model


@pytest.mark.parametrize("size", [(8, 8), (9, 12), (7, 5)])
@pytest.mark.parametrize("cutoff", [0, 1, 2.5])
def test_beyond_the_cutoff_nothing_is_left_and_below_it_everything(size, cutoff):
    rng = np.random.default_rng(1)
    weights = rng.normal(size=(*size, 3)).astype(np.float32)
    model = weighted_sum(weights)
    x = rng.uniform(0, 255, weights.shape).astype(np.float32)
    found = np.fft.fft2(attribute(model, x, 0, cutoff=cutoff), axes=(0, 1))
    before = np.fft.fft2(weights, axes=(0, 1))
    rows, columns = (np.abs(np.fft.fftfreq(side)) * min(size) for side in size)
    kept = rows[:, None] ** 2 + columns**2 <= cutoff**2
    assert kept.any() and not kept.all()
    np.testing.assert_allclose(found[~kept], 0, atol=1e-4)
    np.testing.assert_allclose(found[kept], before[kept], atol=1e-3)


def test_at_the_full_band_the_map_is_the_gradient_itself():
    x = picture(5)
    np.testing.assert_allclose(
        attribute(SMOOTH, x, 0, cutoff=SIDE), attribute(SMOOTH, x, 0), atol=1e-7
    )
    record, options = find_method("gradient"), method_options("gradient")
    assert (record.reading, record.unit, options["cutoff"]) == ("absolute", GRADIENT_UNIT, None)


@pytest.mark.parametrize("side", [8, 10])
def test_a_wave_in_the_gradient_goes_with_the_cutoff_and_the_mean_stays(side):
    """Also on a side of 10, where 3 / 10 * 10 is more than 3 in floating point."""
    wave = np.cos(2 * np.pi * 3 * np.arange(side) / side)
    weights = np.broadcast_to(2 + wave[:, None, None], (side, side, 3)).astype(np.float32)
    model = weighted_sum(weights)
    x = np.full((side, side, 3), 100, np.float32)
    np.testing.assert_allclose(attribute(model, x, 0, cutoff=2), 2, atol=1e-5)
    np.testing.assert_allclose(attribute(model, x, 0, cutoff=3), weights, atol=1e-5)


def test_a_cutoff_makes_blobs_of_noise_as_well():
    """The control: smoothness comes from the filter, whatever the network has learned."""
    weights = np.random.default_rng(0).normal(size=(32, 32, 3)).astype(np.float32)
    model = weighted_sum(weights)
    noisy, smooth = (
        attribute(model, np.full((32, 32, 3), 9.0, np.float32), 0, cutoff=cutoff)[..., 0]
        for cutoff in (None, 3)
    )
    assert abs(np.corrcoef(noisy[1:].ravel(), noisy[:-1].ravel())[0, 1]) < 0.1
    assert np.corrcoef(smooth[1:].ravel(), smooth[:-1].ravel())[0, 1] > 0.8


@pytest.mark.parametrize("cutoff", [-1, "low", float("nan")])
def test_a_cutoff_that_makes_no_sense(cutoff):
    with pytest.raises(HelpersError, match="cutoff is a number of cycles") as error:
        attribute(SMOOTH, picture(5), 0, cutoff=cutoff)
    one_sentence(error)
