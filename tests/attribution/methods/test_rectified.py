"""Guided backpropagation and the deconvnet rule, wherever a ReLU may hide."""

import gc
import weakref

import numpy as np
import pytest
from toys import one_sentence

from helpers.attribution.registry import attribute
from helpers.backend import keras
from helpers.errors import HelpersError
from helpers.models.wrapping import wrap_classifier

LAYERS = keras.layers
# One pixel of three channels; two units a and b behind a ReLU; score 0 is 2a - 3b, 1 is a + b.
FIRST = np.array([[1, 2], [-1, 1], [3, -1]], np.float32)
LAST = np.array([[2, 1], [-3, 1]], np.float32)
PIXEL = np.array([[[10, 20, 30]]], np.float32)  # a = 80 is active, b = 10 is active
SHADOW = np.array([[[10, 90, 0]]], np.float32)  # a = -80 is not, b = 110 is


def _network(relu, through=lambda x: x):
    pixels = keras.Input((1, 1, 3))
    x = relu(LAYERS.Conv2D(2, 1, use_bias=False, name="units"), pixels)
    scores = LAYERS.Dense(2, use_bias=False, name="scores")(LAYERS.Flatten()(through(x)))
    return keras.Model(pixels, scores)


def _as_activation(layer, x):
    layer.activation = keras.activations.relu
    return layer(x)


def _sequential():
    units = LAYERS.Conv2D(2, 1, use_bias=False, activation="relu")
    scores = LAYERS.Dense(2, use_bias=False)
    return keras.Sequential([keras.Input((1, 1, 3)), units, LAYERS.Flatten(), scores])


def _nested():
    inside = keras.Sequential([keras.Input((1, 1, 3)), LAYERS.Conv2D(2, 1, use_bias=False)])
    inside.add(LAYERS.ReLU())
    pixels = keras.Input((1, 1, 3))
    return keras.Model(pixels, LAYERS.Dense(2, use_bias=False)(LAYERS.Flatten()(inside(pixels))))


def _wrapped():
    pixels = keras.Input((1, 1, 3))
    x = LAYERS.Conv2D(2, 1, use_bias=False, activation="relu")(pixels)
    x = LAYERS.Dense(2, use_bias=False, activation="softmax")(LAYERS.Flatten()(x))
    return keras.Model(pixels, x)


KINDS = {
    "layer": lambda: _network(lambda layer, x: LAYERS.ReLU()(layer(x))),
    "layer with a high limit": lambda: _network(
        lambda layer, x: LAYERS.ReLU(max_value=1000.0)(layer(x))
    ),
    "activation layer": lambda: _network(lambda layer, x: LAYERS.Activation("relu")(layer(x))),
    "activation": lambda: _network(_as_activation),
    "operation": lambda: _network(lambda layer, x: keras.ops.relu(layer(x))),
    "sequential": _sequential,
    "nested": _nested,
}


def build(kind):
    model = KINDS[kind]()
    model.set_weights([FIRST[None, None], LAST])
    return model


@pytest.mark.parametrize("kind", KINDS)
def test_paper_answers(kind):
    """Arriving at a and b: 2 and -3. Guided drops the negative one and what was not active."""
    model = build(kind)
    guided, deconvolved = (lambda x, t, m=m: attribute(model, x, t, m)[0, 0] for m in METHODS)
    np.testing.assert_allclose(guided(PIXEL, 0), 2 * FIRST[:, 0])
    np.testing.assert_allclose(deconvolved(PIXEL, 0), 2 * FIRST[:, 0])
    np.testing.assert_allclose(guided(SHADOW, 1), FIRST[:, 1])
    np.testing.assert_allclose(deconvolved(SHADOW, 1), FIRST.sum(1))
    assert not guided(SHADOW, 0).any()
    np.testing.assert_allclose(attribute(model, PIXEL, 0)[0, 0], FIRST @ [2, -3])


METHODS = ("guided_backprop", "deconvnet")


def test_without_max_pooling_deconvnet_never_sees_the_picture(network, chelsea):
    """Its known weakness, on the real network; guided backpropagation does see it."""
    pictures = np.stack([chelsea, chelsea[::-1, ::-1]])
    same, other = (attribute(network, pictures, 281, method) for method in METHODS[::-1])
    np.testing.assert_allclose(same[0], same[1], rtol=1e-3, atol=1e-4 * np.abs(same).max())
    assert same.any() and np.corrcoef(*other.reshape(2, -1))[0, 1] < 0.5


@pytest.mark.parametrize("limit", [6.0, 50.0])
def test_a_unit_above_the_limit_is_not_active(limit):
    model = _network(lambda layer, x: LAYERS.ReLU(max_value=limit)(layer(x)))
    model.set_weights([FIRST[None, None], LAST])
    guided, deconvolved = (attribute(model, PIXEL, 1, method)[0, 0] for method in METHODS)
    active = np.array([limit > 80, limit > 10])
    np.testing.assert_allclose(guided, FIRST @ active)
    np.testing.assert_allclose(deconvolved, FIRST.sum(1))


def test_relu6_as_an_activation_and_as_an_operation():
    for relu in (
        lambda layer, x: LAYERS.Activation("relu6")(layer(x)),
        lambda layer, x: keras.ops.relu6(layer(x)),
    ):
        model = _network(relu)
        model.set_weights([FIRST[None, None], LAST])
        assert not attribute(model, PIXEL, 1, "guided_backprop").any()
        np.testing.assert_allclose(attribute(model, PIXEL, 1, "deconvnet")[0, 0], FIRST.sum(1))


@pytest.mark.parametrize("method", METHODS)
def test_a_softmax_behind_a_wrapper(method):
    original = _wrapped()
    original.set_weights([FIRST[None, None], LAST])
    model = wrap_classifier(original, preprocess=lambda x: x / 10)
    found, details = attribute(model, PIXEL, 0, method, details=True)
    np.testing.assert_allclose(found[0, 0], 0.2 * FIRST[:, 0], rtol=1e-6)
    assert details["score"] == pytest.approx(13, rel=1e-6)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("activation", ["tanh", "leaky"])
def test_a_model_without_relu_is_refused(method, activation):
    layer = LAYERS.LeakyReLU() if activation == "leaky" else LAYERS.Activation(activation)
    leaky = LAYERS.ReLU(negative_slope=0.1) if activation == "leaky" else LAYERS.Identity()
    model = _network(lambda units, x: layer(units(x)), through=leaky)
    with pytest.raises(HelpersError) as error:
        attribute(model, PIXEL, 0, method)
    assert "no ReLU" in one_sentence(error)


class Closed(keras.Layer):
    def __init__(self, number):
        super().__init__()

    def call(self, x):
        return x


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("step", [lambda: Closed(1), lambda: LAYERS.Lambda(lambda x: x * 1.0)])
def test_layers_that_cannot_be_copied_do_not_matter(method, step):
    plain, odd = (
        _network(lambda layer, x: LAYERS.ReLU()(layer(x)), **through)
        for through in ({}, {"through": step()})
    )
    for model in (plain, odd):
        model.set_weights([FIRST[None, None], LAST])
    for picture in (PIXEL, SHADOW):
        expected = attribute(plain, picture, 0, method)
        np.testing.assert_array_equal(attribute(odd, picture, 0, method), expected)


def test_current_weights_count_and_the_model_stays_as_it_was():
    model = build("nested")
    nodes = [len(layer._inbound_nodes) for layer in model.layers]
    attribute(model, PIXEL, 0, "guided_backprop")
    model.set_weights([FIRST[None, None], 10 * LAST])
    found = attribute(model, PIXEL, 0, "guided_backprop")
    np.testing.assert_allclose(found[0, 0], 20 * FIRST[:, 0])
    assert [len(layer._inbound_nodes) for layer in model.layers] == nodes
    np.testing.assert_allclose(attribute(model, PIXEL, 0)[0, 0], 10 * FIRST @ [2, -3])


def test_inner_layers_can_be_explained():
    model = _network(lambda layer, x: LAYERS.ReLU(name="relu")(layer(x)))
    model.set_weights([FIRST[None, None], LAST])
    found = attribute(model, SHADOW, 0, "deconvnet", layer_idx="relu")
    np.testing.assert_allclose(found[0, 0], FIRST[:, 0])


def test_copies_go_with_their_model():
    model = build("layer")
    attribute(model, PIXEL, 0, "guided_backprop")
    reference = weakref.ref(model)
    del model
    gc.collect()
    assert reference() is None
