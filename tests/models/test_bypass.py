"""A softmax or sigmoid at the end: found wherever it stands, and bypassed."""

import numpy as np
import pytest
from toys import SIDE, reader_classifier, small_classifier

from helpers.backend import keras, tf
from helpers.models.bypass import find_bypass
from helpers.models.classifier import link_of
from helpers.models.wrapping import original_of, wrap_classifier

layers, ops = keras.layers, keras.ops


def sequential(*end):
    parts = [layers.Rescaling(1 / 255), layers.Conv2D(4, 3, activation="relu"), layers.Flatten()]
    return keras.Sequential([keras.Input((SIDE, SIDE, 3)), *parts, *end], name="reader")


def nested(inner):
    """Give a functional model whose last step is a whole model."""
    pixels = keras.Input((SIDE, SIDE, 3))
    return keras.Model(pixels, inner(layers.Rescaling(0.5)(pixels)), name="reader")


def convolutional_end():
    pixels = keras.Input((SIDE, SIDE, 3))
    x = layers.Conv2D(3, SIDE, activation="softmax", name="conv_end")(pixels)
    return keras.Model(pixels, layers.Flatten()(x), name="reader")


SOFTMAX = {
    "activation": lambda: reader_classifier(layers.Dense(3, activation="softmax")),
    "tf function": lambda: reader_classifier(layers.Dense(3, activation=tf.nn.softmax)),
    "layer as activation": lambda: reader_classifier(layers.Dense(3, activation=layers.Softmax())),
    "layer": lambda: reader_classifier(lambda x: layers.Softmax()(layers.Dense(3)(x))),
    "activation layer": lambda: reader_classifier(
        lambda x: layers.Activation("softmax")(layers.Dense(3)(x))
    ),
    "operation": lambda: reader_classifier(lambda x: ops.softmax(layers.Dense(3)(x))),
    "twice the same layer": lambda: reader_classifier(
        lambda x: (lambda same: same(same(layers.Dense(4)(x))))(layers.Dense(4))
    ),
    "sequential": lambda: sequential(layers.Dense(3, activation="softmax")),
    "sequential with layer": lambda: sequential(layers.Dense(3), layers.Softmax()),
    "nested": lambda: nested(reader_classifier(layers.Dense(3, activation="softmax"))),
    "nested sequential": lambda: nested(sequential(layers.Dense(3), layers.Softmax())),
    "nested twice": lambda: nested(nested(sequential(layers.Dense(3, activation="softmax")))),
    "then a Reshape": lambda: reader_classifier(
        lambda x: layers.Reshape((3,))(layers.Dense(3, activation="softmax")(x))
    ),
    "then a cast": lambda: reader_classifier(
        lambda x: ops.cast(layers.Dense(3, activation="softmax")(x), "float32")
    ),
    "then a linear layer of float32": lambda: reader_classifier(
        lambda x: layers.Activation("linear", dtype="float32")(layers.Softmax()(layers.Dense(3)(x)))
    ),
    "then a Dropout": lambda: reader_classifier(
        lambda x: layers.Dropout(0.1)(layers.Dense(3, activation="softmax")(x))
    ),
    "Lambda": lambda: reader_classifier(lambda x: layers.Lambda(tf.nn.softmax)(layers.Dense(3)(x))),
    "with a temperature": lambda: reader_classifier(lambda x: ops.softmax(layers.Dense(3)(x) / 2)),
    "written out": lambda: reader_classifier(
        lambda x: layers.Lambda(lambda z: ops.exp(z) / ops.sum(ops.exp(z), -1, keepdims=True))(
            layers.Dense(3)(x)
        )
    ),
    "nested, then a nested Reshape": lambda: keras.Sequential(
        [
            keras.Input((SIDE, SIDE, 3)),
            reader_classifier(layers.Dense(3, activation="softmax")),
            keras.Sequential([keras.Input((3,)), layers.Reshape((3,))]),
        ]
    ),
    "of a convolution": convolutional_end,
    "sequential of a model": lambda: keras.Sequential(
        [keras.Input((SIDE, SIDE, 3)), reader_classifier(layers.Dense(3, activation="softmax"))]
    ),
}


@pytest.mark.parametrize("name", SOFTMAX)
def test_a_softmax_is_bypassed_and_the_original_stays(name, pictures):
    model = SOFTMAX[name]()
    softmax = name != "twice the same layer"
    before, config = model.predict(pictures, verbose=0), model.get_config()
    wrapped = wrap_classifier(model)
    logits = wrapped.predict(pictures, verbose=0)
    assert np.array_equal(model.predict(pictures, verbose=0), before)
    assert np.array_equal(model(pictures), model(pictures)) and model.get_config() == config
    assert (find_bypass(model) is not None) is softmax and find_bypass(wrapped) is None
    assert link_of(wrapped) == ("softmax" if softmax else None)
    if softmax:
        assert np.allclose(tf.nn.softmax(logits), before, atol=1e-6)
        assert not np.allclose(logits.sum(-1), 1, atol=1e-4)
    else:
        assert np.allclose(logits, before, atol=1e-6)
    assert original_of(wrapped) is model and original_of(model) is model


def own_sigmoid(z):
    return 1 / (1 + ops.exp(-z))


class Normed(layers.Dense):
    """Dense with kernels of length 1, as for comparing faces."""

    def call(self, x):
        length = ops.norm(self.kernel, axis=0)
        return self.activation(ops.matmul(x, self.kernel) / length + self.bias)


SIGMOID = {
    "activation": lambda x: layers.Dense(3, activation="sigmoid")(x),
    "operation": lambda x: ops.sigmoid(layers.Dense(3)(x)),
    "one unit": lambda x: layers.Dense(1, activation="sigmoid")(x),
    "then a cast": lambda x: ops.cast(layers.Dense(3, activation="sigmoid")(x), "float32"),
    "then a Reshape": lambda x: layers.Reshape((3,))(layers.Dense(3, activation="sigmoid")(x)),
    "Lambda": lambda x: layers.Lambda(tf.nn.sigmoid)(layers.Dense(3)(x)),
    "own function": lambda x: layers.Dense(3, activation=own_sigmoid)(x),
    "written out in operations": lambda x: own_sigmoid(layers.Dense(3)(x)),
    "several heads": lambda x: layers.Concatenate()(
        [layers.Dense(n, activation="sigmoid")(x) for n in (1, 2)]
    ),
    "a kind of Dense of the reader's own": lambda x: Normed(3, activation="sigmoid")(x),
}


@pytest.mark.parametrize("end", SIGMOID)
def test_a_sigmoid_is_bypassed(end, pictures):
    model = reader_classifier(SIGMOID[end])
    wrapped = wrap_classifier(model)
    logits = wrapped(pictures)
    assert np.allclose(tf.sigmoid(logits), model(pictures), atol=1e-6)
    assert not np.allclose(logits, model(pictures), atol=1e-2)
    assert link_of(wrapped) == "sigmoid"


def test_a_log_softmax_is_bypassed(pictures):
    model = reader_classifier(layers.Dense(3, activation="log_softmax"))
    logits = wrap_classifier(model)(pictures)
    assert np.allclose(tf.nn.log_softmax(logits), model(pictures), atol=1e-5)


@pytest.mark.parametrize("activation", [None, "relu", "tanh"])
def test_other_ends_stay_as_they_are(activation, pictures):
    model = small_classifier(activation=activation)
    assert np.array_equal(wrap_classifier(model)(pictures), model(pictures))
