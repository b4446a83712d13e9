"""Logits of a model that ends in probabilities: where its softmax or sigmoid stands, and before.

From the output we walk back through steps without weights, one tensor wide, and try each: is
what lies behind it, as a function, a softmax or sigmoid of what goes in? So the name of a step,
and what follows it (a cast, a Reshape, a Dropout), do not matter. Nothing is added to the
graph of the reader's model, and no layer of it is changed.
"""

import functools
import operator
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import NamedTuple

import numpy as np
from scipy import special

from helpers.backend import keras, tf
from helpers.models.graphs import run_graph, run_step, with_activation

__all__ = ["LINKS", "Bypass", "find_bypass", "values_of"]

# What a head may compute of its logits (n, n_classes).
LINKS: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "sigmoid": special.expit,
    "log_sigmoid": special.log_expit,
    "softmax": lambda z: special.softmax(z, axis=-1),
    "log_softmax": lambda z: special.log_softmax(z, axis=-1),
}
_CONCATENATIONS = ("Concatenate", "concatenate")


class Bypass(NamedTuple):
    """How to get at logits: `finish` makes them of the values of `needs`."""

    needs: Sequence[keras.KerasTensor]
    finish: Callable[[Sequence[tf.Tensor]], tf.Tensor]
    link: str
    """The name among `LINKS` of the function that is left out."""


class _Cut(NamedTuple):
    """A place to cut a graph: `before` makes its value of `needs`, `after` the model's output."""

    needs: Sequence[keras.KerasTensor]
    before: Callable[[Sequence[tf.Tensor]], tf.Tensor]
    after: Callable[[tf.Tensor], tf.Tensor]
    shape: tuple[int | None, ...]
    dtype: str


def find_bypass(model: keras.Model) -> Bypass | None:
    """Find the softmax or sigmoid at the end of a model with a graph.

    Parameters
    ----------
    model : keras.Model
        With one output (n, n_classes).

    Returns
    -------
    Bypass or None
        None where no such function was found, which does not mean that there is none: a layer
        of the reader's own may hide it.
    """
    return _of_tensor(model.outputs[0])


def values_of(inputs: Sequence, needs: Sequence) -> Callable[[Sequence[tf.Tensor]], list]:
    """Give the function from a graph's inputs to the values of some of its tensors, in a list."""
    # Layers that lie on the way are shared with the reader's model, which does not notice it.
    graph = keras.Model(list(inputs), list(needs))
    return lambda values: keras.tree.flatten(run_graph(graph, list(values)))


def _of_tensor(tensor: keras.KerasTensor) -> Bypass | None:
    for cut in _cuts(tensor, lambda z: z):
        link = _link_of(cut, tensor.shape[-1])
        if link:
            flatten = partial(tf.reshape, shape=(-1, tensor.shape[-1]))
            return Bypass(cut.needs, _composed(cut.before, flatten), link)
    return _of_concatenation(tensor)


def _of_concatenation(tensor: keras.KerasTensor) -> Bypass | None:
    """Bypass the sigmoids of several heads whose outputs are put side by side."""
    operation, _, _ = tensor._keras_history
    inputs = _node(tensor).input_tensors
    if type(operation).__name__ not in _CONCATENATIONS or any(len(t.shape) != 2 for t in inputs):
        return None
    heads = [_of_tensor(head) for head in inputs]
    if any(head is None or head.link != "sigmoid" for head in heads):
        return None
    ends = np.cumsum([len(head.needs) for head in heads])

    def finish(values):
        starts = [0, *ends[:-1]]
        parts = [head.finish(values[a:b]) for head, a, b in zip(heads, starts, ends)]
        return tf.concat([tf.cast(part, tf.float32) for part in parts], -1)

    return Bypass([need for head in heads for need in head.needs], finish, "sigmoid")


def _cuts(tensor: keras.KerasTensor, after: Callable) -> Iterator[_Cut]:
    """Yield the places to cut on the way back from a tensor, of which `after` makes the output."""
    operation, _, index = tensor._keras_history
    node = _node(tensor)
    if node.is_input:
        return
    if isinstance(operation, keras.Model) and getattr(operation, "inputs", None):
        yield from _cuts_inside(operation, index, node, after)
    elif callable(getattr(operation, "activation", None)) and len(node.input_tensors) == 1:
        before, rest = partial(_run_bare, node), _composed(operation.activation, after)
        yield _Cut(node.input_tensors, before, rest, tensor.shape, tensor.dtype)
    if getattr(operation, "weights", None) or len(node.input_tensors) != 1:
        return
    (source,) = node.input_tensors
    rest = _composed(partial(_run, node), after)
    if not isinstance(operation, keras.Model):
        yield _Cut([source], operator.itemgetter(0), rest, source.shape, source.dtype)
    yield from _cuts(source, rest)


def _cuts_inside(model: keras.Model, index: int, node, after: Callable) -> Iterator[_Cut]:
    for cut in _cuts(model.outputs[index], after):
        before = _composed(values_of(model.inputs, cut.needs), cut.before)
        yield cut._replace(needs=node.input_tensors, before=before)


def _node(tensor: keras.KerasTensor):
    operation, index, _ = tensor._keras_history
    return operation._inbound_nodes[index]


def _composed(*steps: Callable) -> Callable:
    return lambda value: functools.reduce(lambda made, step: step(made), steps, value)


def _run(node, value: tf.Tensor) -> tf.Tensor:
    args, kwargs = node.arguments.fill_in({id(node.input_tensors[0]): value})
    return node.operation(*args, **kwargs)


def _run_bare(node, values: Sequence[tf.Tensor]) -> tf.Tensor:
    """Run a layer without its activation, on the very weights that it has by then."""
    bare = with_activation(node.operation, keras.activations.linear)
    args, kwargs = node.arguments.fill_in({id(node.input_tensors[0]): values[0]})
    return run_step(bare)(*args, **kwargs)


def _link_of(cut: _Cut, n_classes: int) -> str | None:
    """Tell which link the steps after a cut are, by what they make of numbers."""
    if None in cut.shape[1:] or np.prod(cut.shape[1:]) != n_classes:
        return None
    numbers = np.random.default_rng(0).normal(0, 3, (5, n_classes)).astype(np.float32)
    given = tf.cast(tf.reshape(numbers, (-1, *cut.shape[1:])), cut.dtype)
    try:
        with keras.StatelessScope():
            found = np.reshape(tf.cast(cut.after(given), tf.float32), numbers.shape)
    except Exception:  # a step that cannot be run by itself, whatever it raises, is no link
        return None
    numbers = tf.cast(given, tf.float32).numpy().reshape(numbers.shape)
    tolerance = 1e-4 if cut.dtype in ("float32", "float64") else 2e-2
    for name, link in LINKS.items():
        # A softmax over one class is 1 whatever the logit, which cannot be undone.
        one_class = n_classes == 1 and "softmax" in name
        if not one_class and np.allclose(found, link(numbers), rtol=tolerance, atol=tolerance):
            return name
    return None
