"""Toy networks for all tests of the controls."""

import pytest
from hands import toy_network

from helpers.backend import keras
from helpers.classes import register_class_names


@pytest.fixture(scope="session")
def toy():
    return toy_network()


@pytest.fixture(scope="session")
def seer():
    """A network of 64 x 64 pixels, so that the objects of a scene can be seen, with 4 classes."""
    keras.utils.set_random_seed(3)
    pixels = keras.Input((64, 64, 3))
    x = keras.layers.Conv2D(6, 5, strides=2, activation="tanh")(pixels / 255)
    x = keras.layers.GlobalMaxPooling2D()(x)
    model = keras.Model(pixels, keras.layers.Dense(4)(x), name="seer")
    register_class_names(model, ["can opener", "mug", "<b>cat</b>", "tray"])
    return model
