"""The graph of a model: its steps, stepping into them, and a layer with another activation."""

import numpy as np
from toys import small_classifier

from helpers.backend import keras
from helpers.models.graphs import (
    graph_of,
    graph_steps,
    run_graph,
    stepping_in,
    with_activation,
)

layers = keras.layers


def branched():
    """Two ways that meet, one of them through a model inside; the last layer is used twice."""
    pixels = keras.Input((4, 4, 3))
    trunk = layers.Conv2D(2, 1, name="trunk")(pixels)
    inner = keras.Sequential([keras.Input((4, 4, 2)), layers.ReLU(name="inside")], name="inner")
    both = layers.Add(name="both")([layers.Conv2D(2, 1, name="side")(trunk), inner(trunk)])
    dense = layers.Dense(32, name="dense")
    return keras.Model(pixels, dense(dense(layers.Flatten(name="flat")(both))))


def test_the_steps_tell_what_carries_all_and_what_is_used_twice():
    steps = graph_steps(branched())
    all_of_it = {step.operation.name: step.carries_all for step in steps}
    assert all_of_it == {
        "trunk": True, "side": False, "inside": False, "both": True, "flat": True, "dense": True
    }  # fmt: skip
    assert {step.operation.name: step.uses for step in steps}["dense"] == 2


def test_a_step_is_seen_and_replaced_for_once(rng):
    model, picture = branched(), rng.uniform(size=(1, 4, 4, 3)).astype(np.float32)
    before, seen = model(picture).numpy(), []

    def step_in(operation, run):
        seen.append(operation.name)
        return (lambda x: 0 * run(x)) if operation.name == "flat" else run

    with stepping_in(step_in):
        replaced = run_graph(model, picture).numpy()
    assert {"trunk", "inside", "both"} <= set(seen) and seen.count("dense") == 2
    assert (replaced == 0).all() and before.any()  # the biases are 0
    np.testing.assert_array_equal(run_graph(model, picture), before)


def test_another_activation_on_the_very_weights(rng):
    layer = layers.Dense(3, activation="relu")
    values = rng.normal(size=(2, 5)).astype(np.float32)
    layer(values)
    bare = with_activation(layer, keras.activations.linear)
    np.testing.assert_allclose(bare(values), values @ layer.kernel.numpy(), rtol=1e-5)
    assert bare.kernel is layer.kernel and layer.activation is keras.activations.relu


def test_what_has_a_graph_and_what_has_none():
    assert graph_of(small_classifier()) is not None
    assert graph_of(keras.Sequential([keras.Input((3,)), layers.Dense(2)])) is not None
    assert graph_of(layers.Dense(2)) is None
