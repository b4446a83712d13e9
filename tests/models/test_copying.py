"""Copies of a reader's model: the same scores on weights of their own, or a layer that is named."""

import numpy as np
import pytest
from toys import SIDE, one_sentence, state_of

from helpers.attribution.registry import attribute
from helpers.backend import keras, tf
from helpers.errors import HelpersError
from helpers.evaluation import clone_classifier, randomisation_stages, randomise_weights
from helpers.models.copying import copy_model
from helpers.models.wrapping import wrap_classifier

layers, ops = keras.layers, keras.ops


def with_lambdas():
    """Functions of the reader's own, which Keras does not load: plain, nested, with arguments."""
    keras.utils.set_random_seed(2)
    inner = keras.Input((SIDE, SIDE, 3))
    scaled = layers.Lambda(lambda x, by: tf.math.divide(x, by), arguments={"by": 255.0})(inner)
    nested = keras.Model(inner, layers.Conv2D(4, 3, activation="relu")(scaled))
    pixels = keras.Input((SIDE, SIDE, 3))
    x = layers.Lambda(lambda x: tf.reduce_mean(x, (1, 2)), name="mean")(nested(pixels))
    x = layers.GaussianNoise(0.5)(ops.relu(x), training=True)
    model = keras.Model(pixels, layers.Dense(3, activation="softmax")(x), name="reader")
    model.compile("adam", loss=lambda truth, said: 0.0)
    return model


def test_a_copy_gives_the_same_and_shares_nothing(pictures):
    model = with_lambdas()
    before = state_of(model)
    copy = copy_model(model)
    with keras.StatelessScope():
        drawn = [one(pictures, training=True) for one in (copy, model)]
    np.testing.assert_allclose(*drawn, rtol=1e-5)
    assert state_of(model) == before
    assert not {id(v) for v in copy.variables} & {id(v) for v in model.variables}
    operations = [{id(operation) for operation in one.operations} for one in (copy, model)]
    assert not operations[0] & operations[1]


def test_functions_of_the_readers_own_are_cloned_and_randomised(pictures):
    model = with_lambdas()
    wrapped = wrap_classifier(model)
    clone, before = clone_classifier(wrapped), state_of(model)
    expected = attribute(wrapped, pictures[0], 1)
    np.testing.assert_allclose(attribute(clone, pictures[0], 1), expected, rtol=1e-5)
    randomise_weights(clone, randomisation_stages(clone)[0].layers)
    assert not np.allclose(attribute(clone, pictures[0], 1), expected, rtol=0.1)
    np.testing.assert_array_equal(attribute(wrapped, pictures[0], 1), expected)
    assert state_of(model) == before


class Needy(layers.Layer):
    """Does not tell what it was made with."""

    def __init__(self, function, **kwargs):
        super().__init__(**kwargs)
        self.function = function

    def call(self, x):
        return self.function(x)

    def compute_output_shape(self, shape):
        return shape


@pytest.mark.parametrize("wrapper", [lambda layer: layer, layers.TimeDistributed])
def test_the_layer_that_cannot_be_copied_is_named(wrapper):
    layer = wrapper(Needy(lambda x: 2 * x))
    layer.name = "needy"
    pixels = keras.Input((SIDE, SIDE, 3))
    model = keras.Model(pixels, layers.Dense(2)(layers.Flatten()(layer(pixels))))
    with pytest.raises(HelpersError, match="The layer 'needy' cannot be copied") as error:
        copy_model(model)
    one_sentence(error)
