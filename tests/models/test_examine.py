"""Probabilities that hide in a layer of the reader's own are found by what the model does."""

import numpy as np
import pytest
from toys import one_sentence, reader_classifier

from helpers.attribution.registry import attribute
from helpers.backend import keras
from helpers.errors import HelpersError
from helpers.models.classifier import link_of
from helpers.models.wrapping import wrap_classifier

layers, ops = keras.layers, keras.ops


@keras.saving.register_keras_serializable("tests")
class Head(layers.Layer):
    """A head of the reader's own, with its function inside."""

    def __init__(self, function, **kwargs):
        super().__init__(**kwargs)
        self.function, self.dense = function, layers.Dense(3)

    def call(self, x):
        return self.function(self.dense(x))


def two(function, merge):
    return lambda x: merge([layers.Dense(3, activation=function)(x) for _ in range(2)])


HIDDEN = {
    "softmax in a head": lambda x: Head(ops.softmax)(x),
    "sigmoid in a head": lambda x: Head(ops.sigmoid)(x),
    "log-softmax in a head": lambda x: Head(ops.log_softmax)(x),
    "hard sigmoid": lambda x: layers.Dense(3, activation="hard_sigmoid")(x),
    "mean of softmaxes": two("softmax", layers.Average()),
    "largest of sigmoids": two("sigmoid", layers.Maximum()),
    "two of one sigmoid": lambda x: (lambda p: layers.Concatenate()([1 - p, p]))(
        layers.Dense(1, activation="sigmoid")(x)
    ),
    "softmax of one unit": lambda x: layers.Dense(1, activation="softmax")(x),
    "wrapped layer": lambda x: layers.SpectralNormalization(layers.Dense(3, activation="softmax"))(
        x
    ),
}


@pytest.mark.parametrize("end", HIDDEN)
def test_probabilities_that_cannot_be_bypassed_are_refused(end, pictures):
    """By what they do, since nothing in the graph tells."""
    model = reader_classifier(HIDDEN[end])
    before = model.get_weights()
    for use in (wrap_classifier, lambda model: attribute(model, pictures[0], 0)):
        with pytest.raises(HelpersError, match="probabilities, and the step that makes") as error:
            use(model)
        one_sentence(error)
    assert all(map(np.array_equal, model.get_weights(), before))


LOGITS = {
    "all zero": lambda x: layers.Dense(3, kernel_initializer="zeros")(x),
    "all between 0 and 1": lambda x: layers.Dense(3, "linear", True, "zeros", "ones")(x) * 0.5,
    "normalised": lambda x: layers.LayerNormalization()(layers.Dense(3)(x)),
    "a ReLU": lambda x: layers.Dense(3, activation="relu")(x),
    "a head of the reader's own": lambda x: Head(lambda z: z)(x),
    "sigmoids, weighed": lambda x: layers.Dense(3)(layers.Dense(5, activation="sigmoid")(x)),
}


@pytest.mark.parametrize("end", LOGITS)
def test_logits_are_not_taken_for_probabilities(end, pictures):
    model = reader_classifier(LOGITS[end])
    wrapped = wrap_classifier(model)
    assert np.allclose(wrapped(pictures), model(pictures)) and link_of(wrapped) is None
