"""Toy models and checks that several test modules import."""

import io

from PIL import Image

from helpers.backend import keras
from helpers.classes import register_class_names

SIDE = 8
# Options with which every method is done with a picture of 16 x 16 at once.
QUICK = {
    "smoothgrad": {"samples": 5},
    "vargrad": {"samples": 5},
    "integrated_gradients": {"steps": 5},
    "occlusion": {"patch": 8, "stride": 4},
    "rise": {"samples": 12, "cells": 3},
    "xrai": {"steps": 3},
    "expected_gradients": {"samples": 6},
    "blur_ig": {"steps": 4, "max_sigma": 4.0},
    "lime": {"samples": 30, "cells": 3},
    "kernel_shap": {"samples": 30, "cells": 3},
    "hsic": {"samples": 30, "cells": 3},
}


def small_classifier(classes=3, activation=None, name="small", seed=1, hidden="tanh"):
    """Give a convolutional classifier of 8 x 8 pictures, with random weights."""
    keras.utils.set_random_seed(seed)
    pixels = keras.Input((SIDE, SIDE, 3))
    x = keras.layers.Rescaling(1 / 255)(pixels)
    x = keras.layers.Conv2D(4, 3, activation=hidden, name="conv")(x)
    x = keras.layers.Flatten()(x)
    outputs = keras.layers.Dense(classes, activation=activation, name="predictions")(x)
    return keras.Model(pixels, outputs, name=name)


def lively_classifier(names):
    """Give a classifier of 8 x 8 pictures with ReLUs, whose logits lie some units apart."""
    model = small_classifier(len(names), seed=3, hidden="relu")
    kernel, bias = model.layers[-1].get_weights()
    model.layers[-1].set_weights([20 * kernel, bias])
    register_class_names(model, names)
    return model


def reader_classifier(end):
    """Give a classifier as a reader might bring it; `end` makes class scores of features."""
    pixels = keras.Input((SIDE, SIDE, 3))
    x = keras.layers.Rescaling(1 / 255)(pixels)
    x = keras.layers.Conv2D(4, 3, activation="relu", name="conv")(x)
    return keras.Model(pixels, end(keras.layers.GlobalAveragePooling2D()(x)), name="reader")


class Squares(keras.Layer):
    """Score k is factor k times the sum of squared pixels."""

    def __init__(self, factors=(1.0, 2.0)):
        super().__init__()
        self.factors = factors

    def call(self, pixels):
        total = keras.ops.sum(keras.ops.square(pixels), (1, 2, 3))
        return keras.ops.stack([total * factor for factor in self.factors], -1)


def smooth_network(side):
    """Give a network of two scores without a bend, so that few steps integrate it well."""
    keras.utils.set_random_seed(0)
    pixels = keras.Input((side, side, 3))
    x = keras.layers.Rescaling(1 / 255)(pixels)
    x = keras.layers.Conv2D(3, 2, activation="softplus", name="conv")(x)
    return keras.Model(pixels, keras.layers.Dense(2, name="scores")(keras.layers.Flatten()(x)))


def restless_classifier(side=SIDE):
    """Give a model whose layers have statistics, seeds and losses, and change them when run."""
    layers = keras.layers
    keras.utils.set_random_seed(3)
    pixels = keras.Input((side, side, 3))
    x = layers.Conv2D(4, 3, activation="relu", activity_regularizer="l2", name="conv")(pixels)
    x = layers.BatchNormalization()(x, training=True)
    x = layers.Dropout(0.3)(x, training=True)
    x = layers.GlobalAveragePooling2D()(x)
    return keras.Model(pixels, layers.Dense(3, activation="softmax", name="end")(x))


def state_of(model) -> dict:
    """Give all that a helper might change in a model: values, settings, losses, attributes."""
    layers = model._flatten_layers(include_self=True, recursive=True)
    # Keras notes in `_called` that a model has been run at all, as any use of it does.
    attributes = [{**vars(layer), "_called": True} for layer in layers]
    return {
        "config": model.get_config(),
        "variables": [variable.numpy().tobytes() for variable in model.variables],
        "trainable": [layer.trainable for layer in layers],
        "losses": [len(layer._losses) for layer in layers],
        "nodes": [(len(layer._inbound_nodes), len(layer._outbound_nodes)) for layer in layers],
        "attributes": [{name: id(held) for name, held in one.items()} for one in attributes],
    }


def picture_bytes(image: Image.Image, kind="PNG", **options) -> bytes:
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def one_sentence(error) -> str:
    """Check that a message is one plain sentence for readers, and give it."""
    message = str(error.value)
    assert "\n" not in message and len(message) < 300, message
    assert message.endswith((".", "?")), message
    for jargon in ("Traceback", "tensorflow", "KerasTensor", "Errno", "<class"):
        assert jargon not in message, message
    return message
