"""Integrated Gradients: paper answers, baselines, and the axioms that they were made for."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage
from toys import Squares, smooth_network

from helpers.attribution.registry import attribute
from helpers.backend import keras

SETTINGS = settings(max_examples=15, deadline=None)
SIDE = 4
LAYERS = keras.layers


@pytest.fixture(scope="module")
def squares():
    pixels = keras.Input((SIDE, SIDE, 3))
    return keras.Model(pixels, Squares()(pixels))


SMOOTH = smooth_network(SIDE)


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


@pytest.mark.parametrize("steps", [1, 2, 50])
def test_integrated_gradients_of_a_linear_score_need_one_step(linear, pictures, steps):
    model, weights = linear
    found, details = attribute(
        model, pictures[0], 0, "integrated_gradients", details=True, steps=steps, baseline="white"
    )
    np.testing.assert_allclose(found, weights[0] * (pictures[0] - 255), rtol=1e-3, atol=1e-3)
    assert abs(details["completeness_gap"]) < 0.01
    assert details["baseline_score"] == pytest.approx(255 * weights[0].sum() + 1, abs=0.05)


def test_integrated_gradients_of_squares_are_the_squares(squares):
    x = picture(1)
    found, details = attribute(squares, x, 1, "integrated_gradients", details=True, steps=3)
    np.testing.assert_allclose(found, 2 * x**2, rtol=1e-4)
    assert abs(details["completeness_gap"] / details["score"]) < 1e-5
    assert details["baseline_score"] == 0


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
