"""Relevance that is handed back: conserved, and input times gradient where that is a theorem."""

import numpy as np
import pytest
from toys import one_sentence

from helpers.attribution.registry import attribute
from helpers.backend import keras
from helpers.errors import HelpersError
from helpers.models.wrapping import wrap_classifier

L = keras.layers
SIDE = 12


def squeeze_like(bias=False, seed=3):
    """Fire modules, max pooling, a last convolution and global pooling, on raw pixels."""
    keras.utils.set_random_seed(seed)
    options = {"use_bias": bias, "activation": "relu", "bias_initializer": "normal"}
    pixels = keras.Input((SIDE, SIDE, 3))
    x = L.MaxPooling2D(2)(L.Conv2D(6, 3, padding="same", **options)(pixels))
    x = L.Conv2D(3, 1, **options)(x)
    x = L.Concatenate()(
        [L.Conv2D(4, 1, **options)(x), L.Conv2D(4, 3, padding="same", **options)(x)]
    )
    x = L.Add()([L.Conv2D(8, 1, **options)(x), x])
    x = L.GlobalAveragePooling2D()(L.Conv2D(5, 1, **options)(L.Dropout(0.5)(x)))
    return keras.Model(pixels, x)


@pytest.fixture
def picture(rng):
    return rng.uniform(0, 255, (SIDE, SIDE, 3)).astype(np.float32)


@pytest.mark.parametrize("rule", ["epsilon", "gamma"])
def test_without_biases_all_of_the_score_is_handed_back(picture, rule):
    model = squeeze_like()
    found, details = attribute(model, picture, [0, 1, 2, 3, 4], "lrp", rule=rule, details=True)
    assert np.abs(details["score"]).max() > 1
    np.testing.assert_allclose(found.sum((1, 2, 3)), details["score"], rtol=1e-3, atol=1e-2)
    assert np.abs(details["completeness_gap"]).max() < 1e-3 * np.abs(details["score"]).max()


@pytest.mark.parametrize("bias", [False, True])
def test_with_a_small_epsilon_it_is_input_times_gradient(picture, bias):
    model = squeeze_like(bias)
    found = attribute(model, picture, [0, 2], "lrp", rule="epsilon", epsilon=1e-9)
    expected = attribute(model, picture, [0, 2], "input_x_gradient")
    np.testing.assert_allclose(found, expected, atol=2e-4 * np.abs(expected).max())


def test_gamma_on_paper():
    """One dense layer: contributions 2 and -1 make 1; with gamma 1 they weigh as 4 and -1 of 3."""
    pixels = keras.Input((1, 1, 3))
    dense = L.Dense(1, use_bias=False)
    model = keras.Model(pixels, dense(L.Flatten()(pixels)))
    dense.set_weights([np.array([[0.2], [-0.1], [0.0]])])
    picture = np.full((1, 1, 3), 10, np.float32)
    found = attribute(model, picture, 0, "lrp", gamma=1.0)[0, 0]
    np.testing.assert_allclose(found, [4 / 3, -1 / 3, 0], rtol=1e-5)
    plain = attribute(model, picture, 0, "lrp", rule="epsilon")[0, 0]
    np.testing.assert_allclose(plain, [2, -1, 0], rtol=1e-5)


@pytest.mark.parametrize("wrap", [False, True])
def test_a_step_on_each_pixel_alone_changes_no_share(picture, wrap):
    inner, pixels = squeeze_like(), keras.Input((SIDE, SIDE, 3))
    if wrap:
        model = wrap_classifier(inner, preprocess=lambda x: x / 50)
    else:
        model = keras.Model(pixels, inner(L.Rescaling(1 / 50)(pixels)))
    found = attribute(model, picture, 0, "lrp")
    expected = attribute(inner, picture, 0, "lrp") / 50
    np.testing.assert_allclose(found, expected, rtol=1e-3, atol=1e-5)


def test_a_step_without_a_rule_is_named(picture):
    pixels = keras.Input((SIDE, SIDE, 3))
    odd = L.Lambda(lambda x: x * x, name="odd_one")(pixels)
    model = keras.Model(pixels, L.GlobalAveragePooling2D()(odd))
    with pytest.raises(HelpersError, match="odd_one") as error:
        attribute(model, picture, 0, "lrp")
    one_sentence(error)
