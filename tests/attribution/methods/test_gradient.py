"""Gradients, averages of them and Integrated Gradients, on functions with a paper answer."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage
from toys import one_sentence

from helpers.attribution.records import GRADIENT_UNIT
from helpers.attribution.registry import attribute, find_method, method_options
from helpers.backend import keras
from helpers.errors import HelpersError

SETTINGS = settings(max_examples=15, deadline=None)
SIDE = 4
LAYERS = keras.layers


class Squares(keras.Layer):
    """Score k is factor k times the sum of squared pixels."""

    def __init__(self, factors=(1.0, 2.0)):
        super().__init__()
        self.factors = factors

    def call(self, pixels):
        total = keras.ops.sum(keras.ops.square(pixels), (1, 2, 3))
        return keras.ops.stack([total * factor for factor in self.factors], -1)


@pytest.fixture(scope="module")
def squares():
    pixels = keras.Input((SIDE, SIDE, 3))
    return keras.Model(pixels, Squares()(pixels))


def smooth_network(seed=0, size=SIDE):
    keras.utils.set_random_seed(seed)
    pixels = keras.Input((size, size, 3))
    x = LAYERS.Rescaling(1 / 255)(pixels)
    x = LAYERS.Conv2D(3, 2, activation="softplus", name="conv")(x)
    return keras.Model(pixels, LAYERS.Dense(2, name="scores")(LAYERS.Flatten()(x)))


SMOOTH = smooth_network()


def relu_network():
    keras.utils.set_random_seed(4)
    return keras.Sequential(
        [
            keras.Input((SIDE, SIDE, 3)),
            LAYERS.Flatten(),
            LAYERS.Dense(6, activation="relu"),
            LAYERS.Dense(2),
        ]
    )


RELU_NETWORKS = relu_network(), relu_network()
FEW = {"gradient": {}, "integrated_gradients": {"steps": 9}, "smoothgrad": {"samples": 9}}


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


@pytest.mark.parametrize("steps", [1, 2, 50])
def test_integrated_gradients_of_a_linear_score_need_one_step(linear, pictures, steps):
    model, weights = linear
    found, details = attribute(
        model, pictures[0], 0, "integrated_gradients", details=True, steps=steps, baseline="white"
    )
    np.testing.assert_allclose(found, weights[0] * (pictures[0] - 255), rtol=1e-3, atol=1e-3)
    assert abs(details["completeness_gap"]) < 0.01
    assert details["baseline_score"] == pytest.approx(255 * weights[0].sum() + 1, abs=0.05)


# A sum of squares: gradients 2x, second derivative 2


def test_integrated_gradients_of_squares_are_the_squares(squares):
    x = picture(1)
    found, details = attribute(squares, x, 1, "integrated_gradients", details=True, steps=3)
    np.testing.assert_allclose(found, 2 * x**2, rtol=1e-4)
    assert abs(details["completeness_gap"] / details["score"]) < 1e-5
    assert details["baseline_score"] == 0


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


# Baselines


@pytest.mark.parametrize(
    ("baseline", "expected"),
    [
        ("black", np.zeros_like),
        ("white", lambda x: np.full_like(x, 255)),
        ("mean", lambda x: np.ones_like(x) * x.mean((0, 1))),
        # 10 pixels of 224, and these pictures have 8.
        ("blur", lambda x: np.stack([ndimage.gaussian_filter(c, 10 * 8 / 224) for c in x.T]).T),
    ],
)
def test_baselines_by_name(linear, pictures, baseline, expected):
    model, weights = linear
    found = attribute(model, pictures[1], 0, "integrated_gradients", steps=1, baseline=baseline)
    wanted = weights[0] * (pictures[1] - expected(pictures[1]))
    np.testing.assert_allclose(found, wanted, atol=1e-3)


def test_a_baseline_of_ones_own_for_all_pictures_or_one_each(linear, pictures):
    model, weights = linear
    options = {"method": "integrated_gradients", "steps": 1}
    shared = attribute(model, pictures[:2], 0, baseline=pictures[2], **options)
    np.testing.assert_allclose(shared[1], weights[0] * (pictures[1] - pictures[2]), atol=1e-3)
    each = attribute(model, pictures[:2], 0, baseline=pictures[2:], **options)
    np.testing.assert_allclose(each[1], weights[0] * (pictures[1] - pictures[3]), atol=1e-3)


def test_a_picture_against_itself_has_no_attributions(linear, pictures):
    found = attribute(
        linear[0], pictures[0], 0, "integrated_gradients", baseline=pictures[0], steps=2
    )
    assert not found.any()


# Axioms (Sundararajan et al. 2017), for any picture


def integrated(model, x, target=0, **options):
    return attribute(model, x, target, "integrated_gradients", details=True, **options)


@SETTINGS
@given(st.integers(0, 10**6), st.sampled_from(["black", "white", "mean", "blur"]))
def test_completeness(seed, baseline):
    found, details = integrated(SMOOTH, picture(seed), steps=60, baseline=baseline)
    difference = details["score"] - details["baseline_score"]
    assert abs(details["completeness_gap"]) < 1e-3 * max(1, abs(difference))
    assert found.sum() == pytest.approx(difference + details["completeness_gap"], abs=1e-4)


@SETTINGS
@given(st.integers(0, 10**6), st.floats(0.25, 4))
def test_implementation_invariance(seed, scale):
    """Two networks that compute the same, with other weights, get the same attributions."""
    one, other = RELU_NETWORKS
    first, bias, last, end = one.get_weights()
    other.set_weights([first * scale, bias * scale, last / scale, end])
    for method in FEW:
        maps = [attribute(model, picture(seed), 0, method, **FEW[method]) for model in (one, other)]
        np.testing.assert_allclose(*maps, rtol=1e-3, atol=1e-5 * np.abs(maps[0]).max())


@SETTINGS
@given(st.integers(0, 10**6), st.sampled_from(["gradient", "smoothgrad", "integrated_gradients"]))
def test_linearity(seed, method):
    """The map of a sum of scores is the sum of their maps."""
    both = attribute(SMOOTH, picture(seed), [[0, 1]], method)[0]
    apart = attribute(SMOOTH, picture(seed), [0, 1], method)
    np.testing.assert_allclose(both, apart.sum(0), atol=1e-5 * np.abs(apart).max())


@SETTINGS
@given(st.integers(0, 10**6), st.integers(0, SIDE - 1), st.integers(0, SIDE - 1))
def test_sensitivity_and_dummy(seed, row, column):
    """A pixel that no score depends on gets 0; the only one that matters gets everything."""
    kernel = np.zeros((SIDE, SIDE, 3, 1), np.float32)
    kernel[row, column] = 0.01
    model = ONE_PIXEL
    model.set_weights([kernel.reshape(-1, 1), np.zeros(1, np.float32)])
    outside = np.ones((SIDE, SIDE), bool)
    outside[row, column] = False
    for method in ("gradient", "input_x_gradient", "smoothgrad", "vargrad"):
        assert not attribute(model, picture(seed), 0, method)[outside].any()
    found, details = integrated(model, picture(seed))
    assert not found[outside].any() and details["score"] != details["baseline_score"]
    difference = details["score"] - details["baseline_score"]
    assert found[row, column].sum() == pytest.approx(difference, rel=1e-2)


# Bent, so that the gradient differs from place to place; which pixel counts is in its weights.
ONE_PIXEL = keras.Sequential(
    [keras.Input((SIDE, SIDE, 3)), LAYERS.Flatten(), LAYERS.Dense(1, activation="softplus")]
)


def symmetric():
    pixels = keras.Input((SIDE, SIDE, 3))
    one, other = pixels[:, 1, 1, 0] / 255, pixels[:, 2, 3, 0] / 255
    score = one * other + keras.ops.tanh(one + other) + pixels[:, 0, 0, 1] * (one + other)
    return keras.Model(pixels, keras.ops.stack([score, -score], -1))


SYMMETRIC = symmetric()


@SETTINGS
@given(st.integers(0, 10**6), st.sampled_from(["gradient", "integrated_gradients"]))
def test_symmetry(seed, method):
    """Two pixels that the score treats alike, and that are alike, get the same."""
    x = picture(seed)
    x[1, 1] = x[2, 3]
    found = attribute(SYMMETRIC, x, 0, method, **FEW[method])
    assert found[1, 1, 0] == pytest.approx(found[2, 3, 0], rel=1e-4)


def test_a_filter_can_be_explained_as_well():
    found, details = attribute(
        SMOOTH, picture(0), 2, "integrated_gradients", layer_idx="conv", details=True
    )
    assert found.shape == (SIDE, SIDE, 3) and abs(details["completeness_gap"]) < 1e-3


# Low frequencies only (Muzellec et al. 2023)


@pytest.mark.parametrize("size", [(8, 8), (9, 12), (7, 5)])
@pytest.mark.parametrize("cutoff", [0, 1, 2.5])
def test_beyond_the_cutoff_nothing_is_left_and_below_it_everything(size, cutoff):
    rng = np.random.default_rng(1)
    weights = rng.normal(size=(*size, 3)).astype(np.float32)
    model = keras.Sequential([keras.Input((*size, 3)), LAYERS.Flatten(), LAYERS.Dense(1)])
    model.set_weights([weights.reshape(-1, 1), np.zeros(1)])
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


def test_a_wave_in_the_gradient_goes_with_the_cutoff_and_the_mean_stays():
    wave = np.cos(2 * np.pi * 3 * np.arange(8) / 8)
    weights = np.broadcast_to(2 + wave[:, None, None], (8, 8, 3)).astype(np.float32)
    model = keras.Sequential([keras.Input((8, 8, 3)), LAYERS.Flatten(), LAYERS.Dense(1)])
    model.set_weights([weights.reshape(-1, 1), np.zeros(1)])
    x = np.full((8, 8, 3), 100, np.float32)
    np.testing.assert_allclose(attribute(model, x, 0, cutoff=2), 2, atol=1e-5)
    np.testing.assert_allclose(attribute(model, x, 0, cutoff=3), weights, atol=1e-5)


@pytest.mark.parametrize("cutoff", [-1, "low", float("nan")])
def test_a_cutoff_that_makes_no_sense(cutoff):
    with pytest.raises(HelpersError, match="cutoff is a number of cycles") as error:
        attribute(SMOOTH, picture(5), 0, cutoff=cutoff)
    one_sentence(error)
