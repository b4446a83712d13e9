"""Running a graph of layers step by step, so that a step can be watched, or replaced for once.

Nothing is changed in the layers: who steps in does so for one thread, while it runs the graph.
"""

import contextlib
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from contextvars import ContextVar
from typing import NamedTuple

from helpers.backend import keras

__all__ = [
    "Step",
    "graph_of",
    "graph_pairs",
    "graph_steps",
    "run_graph",
    "run_step",
    "stepping_in",
    "with_activation",
]

# From a layer or operation, and the function that runs it, to the function to run in its place.
StepIn = Callable[[keras.Operation, Callable], Callable]
_stepping: ContextVar[StepIn | None] = ContextVar("stepping", default=None)


@contextlib.contextmanager
def stepping_in(step_in: StepIn) -> Iterator[None]:
    """Let a function see, and replace, each step of the graphs that run inside of this `with`."""
    token = _stepping.set(step_in)
    try:
        yield
    finally:
        _stepping.reset(token)


def run_graph(model: keras.Model, values):
    """Run a model in inference, step by step if somebody steps in, nested models as well."""
    step_in = _stepping.get()
    return model(values, training=False) if step_in is None else _walk(model, values, step_in)


def run_step(operation: keras.Operation) -> Callable:
    """Give the function that runs one step of a graph by itself, if somebody steps in by theirs."""
    step_in = _stepping.get()
    return operation if step_in is None else _step(operation, step_in)


def _walk(model: keras.Model, values, step_in: StepIn):
    graph = graph_of(model)
    inputs = graph._standardize_inputs(values)
    made = graph._run_through_graph(inputs, lambda operation: _step(operation, step_in))
    return made[0] if isinstance(made, (list, tuple)) and len(made) == 1 else made


def _step(operation: keras.Operation, step_in: StepIn) -> Callable:
    if graph_of(operation) is not None:
        return step_in(operation, lambda values, **_: _walk(operation, values, step_in))
    # As Keras does it: what the graph says of training gives way.
    given = {"training": False} if "training" in _context_args(operation) else {}
    return step_in(operation, lambda *args, **kwargs: operation(*args, **{**kwargs, **given}))


def _context_args(operation) -> set:
    return getattr(operation, "_call_context_args", set())


def graph_of(operation) -> keras.Model | None:
    """Give the functional graph that a model is, or that a Sequential one holds, if any."""
    graph = getattr(operation, "_functional", operation)
    return graph if hasattr(graph, "_nodes_by_depth") else None


class Step(NamedTuple):
    """One use of a layer or operation in a graph, nested models taken apart."""

    operation: keras.Operation
    output: keras.KerasTensor
    carries_all: bool
    """Whether every way from the inputs to the outputs goes through it."""
    uses: int
    """How often the graph uses this layer."""


def graph_steps(model: keras.Model) -> list[Step]:
    """List the steps of a graph that have one output, in the order in which they are run."""
    found = list(_steps(graph_of(model), True))
    uses = Counter(id(operation) for operation, _, _ in found)
    return [Step(*parts, uses[id(parts[0])]) for parts in found]


def graph_pairs(model: keras.Model) -> Iterator[tuple[keras.Operation, keras.Operation]]:
    """Yield the layers that are used once, each with the one layer that reads what it gives."""
    graph = graph_of(model)
    nodes = [node for nodes in graph._nodes_by_depth.values() for node in nodes]
    uses = Counter(id(node.operation) for node in nodes)
    readers = defaultdict(list)
    for node in nodes:
        if graph_of(node.operation) is not None:
            yield from graph_pairs(node.operation)
        for tensor in node.input_tensors:
            readers[id(tensor)].append(node.operation)
    for node in nodes:
        after = readers[id(node.outputs[0])]
        alone = len(after) == uses[id(node.operation)] == 1 and len(node.outputs) == 1
        if alone and uses[id(after[0])] == 1 and not _is_end(graph, node):
            yield node.operation, after[0]


def _is_end(graph: keras.Model, node) -> bool:
    return any(node.outputs[0] is output for output in graph.outputs)


def _steps(graph: keras.Model, carries_all: bool) -> Iterator[tuple]:
    depths = sorted(graph._nodes_by_depth, reverse=True)
    nodes = [node for depth in depths for node in graph._nodes_by_depth[depth]]
    ways, ahead = _ways(graph, nodes)
    total = sum(ways[id(tensor)] for tensor in graph.outputs)
    for node in nodes:
        if node.is_input or len(node.outputs) != 1:
            continue
        (output,) = node.outputs
        all_of_it = carries_all and ways[id(output)] * ahead[id(output)] == total
        inner = graph_of(node.operation)
        if inner is not None:
            yield from _steps(inner, all_of_it)
        else:
            yield node.operation, output, all_of_it


def _ways(graph: keras.Model, nodes: list) -> tuple[dict, dict]:
    """Count the ways from the inputs to each tensor, and from it to the outputs."""
    ways, ahead = defaultdict(int), defaultdict(int)
    for tensor in graph.inputs:
        ways[id(tensor)] = 1
    for node in (node for node in nodes if not node.is_input):
        for output in node.outputs:
            ways[id(output)] = sum(ways[id(tensor)] for tensor in node.input_tensors)
    for tensor in graph.outputs:
        ahead[id(tensor)] += 1
    for node in (node for node in reversed(nodes) if not node.is_input):
        onward = sum(ahead[id(output)] for output in node.outputs)
        for tensor in node.input_tensors:
            ahead[id(tensor)] += onward
    return ways, ahead


def with_activation(layer: keras.Layer, activation: Callable) -> keras.Layer:
    """Give a layer with another activation, on the very weights of the first, for one call."""
    # Keras has no copy that shares weights.
    bare = object.__new__(type(layer))
    bare.__dict__.update({**layer.__dict__, "activation": activation})
    return bare
