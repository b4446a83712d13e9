"""Random weights: their size, and what stays neutral."""

import numpy as np
import pytest

from helpers.backend import keras
from helpers.models.initialise import he_normal, randomise


def test_kernels_have_he_normal_size(rng):
    assert he_normal((3, 3, 64, 256), rng).std() == pytest.approx(np.sqrt(2 / 576), rel=0.02)
    assert he_normal((3, 3, 256, 1), rng).std() == pytest.approx(np.sqrt(2 / 9), rel=0.05)
    assert he_normal((400, 100), rng).std() == pytest.approx(np.sqrt(2 / 400), rel=0.02)


def test_vectors_become_neutral_and_the_generator_decides():
    model = keras.Sequential(
        [keras.Input((8, 8, 3)), keras.layers.Conv2D(5, 3), keras.layers.BatchNormalization()]
    )
    model.set_weights([np.full(w.shape, 7.0) for w in model.weights])
    randomise(model.weights, np.random.default_rng(1))
    kernel, bias, gamma, beta, mean, variance = model.get_weights()
    assert np.array_equal(kernel, he_normal((3, 3, 3, 5), np.random.default_rng(1)))
    assert not bias.any() and not beta.any() and not mean.any()
    assert (gamma == 1).all() and (variance == 1).all()
