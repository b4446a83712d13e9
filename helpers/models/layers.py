"""Finding layers of the reader's own model, also behind a wrapping and inside nested models."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

import numpy as np

from helpers.backend import keras
from helpers.errors import HelpersError
from helpers.models.classifier import original_of
from helpers.models.graphs import Step, graph_steps

__all__ = ["find_layer", "flat_layers", "layer_output", "spatial_layer"]


def find_layer(model: keras.Model, layer_idx: int | str) -> keras.Layer | None:
    """Find a layer of the original model by index or name; None stands for the logits."""
    layer = _outer_layer(original_of(model).layers, layer_idx)
    return None if layer is original_of(model).layers[-1] else layer


def _outer_layer(layers: Sequence[keras.Layer], layer_idx: int | str) -> keras.Layer:
    names = [layer.name for layer in layers]
    if isinstance(layer_idx, str):
        if layer_idx not in names:
            raise HelpersError(
                f"There is no layer {layer_idx!r}; the names start with {', '.join(names[:4])} and "
                f"end with {', '.join(names[-4:])}."
            )
        layer_idx = names.index(layer_idx)
    elif not isinstance(layer_idx, (int, np.integer)) or isinstance(layer_idx, bool):
        raise HelpersError(f"layer_idx is an index or a layer's name, not {layer_idx!r}.")
    if not -len(layers) <= layer_idx < len(layers):
        raise HelpersError(
            f"There is no layer {layer_idx}: this model has {len(layers)} layers, "
            f"0 to {len(layers) - 1}."
        )
    return layers[layer_idx]


def layer_output(model: keras.Model, layer: keras.Layer) -> keras.KerasTensor:
    """Give the output of a layer within the original model.

    Not `layer.output`: that is the layer's first use, which for a model inside a model, or
    for a layer that several models share, lies in another graph.
    """
    original = original_of(model)
    graph = keras.Model(original.inputs, original.outputs)
    uses = [
        node
        for nodes in graph._nodes_by_depth.values()
        for node in nodes
        if node.operation is layer
    ]
    if len(uses) != 1 or len(uses[0].output_tensors) != 1:
        raise HelpersError(
            f"The layer {layer.name!r} has no single output on the path from the pixels (it is "
            f"used {len(uses)} times); choose another layer."
        )
    return uses[0].output_tensors[0]


def flat_layers(layers: Iterable[keras.Layer]) -> Iterator[keras.Layer]:
    """Yield the layers, those of nested models in place of the nested models."""
    for layer in layers:
        if getattr(layer, "layers", None):
            yield from flat_layers(layer.layers)
        else:
            yield layer


def spatial_layer(
    model: keras.Model, layer_idx: int | str = -1, layer: int | str | None = None
) -> keras.Layer:
    """Find the layer whose feature maps a class activation map is made of.

    Parameters
    ----------
    model : keras.Model
        Plain or wrapped.
    layer_idx : int or str
        The layer that is explained; -1 means the logits.
    layer : int or str, optional
        The layer by index or name among those of the (original) model, or by the name of one
        inside a nested model. None: the last one with feature maps that every way from the
        pixels to the score goes through; for the logits below the last layer with weights,
        which turns them into class scores (maps above it are the scores themselves).

    Returns
    -------
    keras.Layer
        With one output (n, h, w, channels) of more than one place.

    Raises
    ------
    HelpersError
        When there is no such layer, it has no feature maps, or they have their channels first;
        or, without `layer`, where the score is made of branches that never meet in one layer
        with feature maps.
    """
    original = original_of(model)
    _refuse_channels_first(original)
    if layer is None:
        return _last_spatial(original, layer_idx)
    found = _named(original, layer)
    if not _is_spatial(found, original):
        raise HelpersError(
            f"The layer {found.name!r} gives no feature maps (n, h, w, channels) with more than "
            "one place; choose a convolutional layer."
        )
    return found


def _refuse_channels_first(model: keras.Model) -> None:
    for step in graph_steps(model):
        if getattr(step.operation, "data_format", None) == "channels_first":
            raise HelpersError(
                f"The layer {step.operation.name!r} has its channels first, and class activation "
                "maps are made of feature maps with channels last: choose another method."
            )


def _named(model: keras.Model, layer: int | str) -> keras.Operation:
    """Find a layer or operation of the graph, also one inside of a nested model, or a model."""
    steps = {id(step.operation): step.operation for step in graph_steps(model)}
    named = [operation for operation in steps.values() if operation.name == layer]
    if len(named) > 1:
        raise HelpersError(
            f"There are {len(named)} layers called {layer!r} in the models inside of "
            f"{model.name!r}: give each a name of its own, or choose another one."
        )
    if named:
        return named[0]
    for holder in steps.values():
        if layer in [inner.name for inner in flat_layers(getattr(holder, "layers", []))]:
            raise HelpersError(
                f"The layer {layer!r} lies inside of {holder.name!r}, which has no graph to "
                f"follow: take {holder.name!r} as a whole if it gives feature maps, or another "
                "layer."
            )
    return _outer_layer(model.layers, layer)


def _last_spatial(model: keras.Model, layer_idx: int | str) -> keras.Layer:
    graph = model
    if layer_idx != -1:
        graph = keras.Model(model.inputs, layer_output(model, model.get_layer(layer_idx)))
    steps = graph_steps(graph)
    spatial = [n for n, step in enumerate(steps) if _has_maps(step.output, model)]
    if not spatial:
        raise HelpersError(
            f"The graph of the model {model.name!r} has no layer with spatial feature maps, so "
            "there is no class activation map of it; choose another method."
        )
    whole = [n for n in spatial if steps[n].carries_all and steps[n].uses == 1]
    if not whole:
        raise HelpersError(_branches(model, [steps[n] for n in spatial]))
    weighted = [n for n, step in enumerate(steps) if getattr(step.operation, "weights", None)]
    below = [n for n in whole if layer_idx == -1 and n < max(weighted, default=0)]
    return steps[max(below or whole)].operation


def _branches(model: keras.Model, steps: Sequence[Step]) -> str:
    """Say that there are branches, and which layers can be named."""
    twins = Counter(s.operation.name for s in steps if isinstance(s.operation, keras.Layer))
    names = [name for name, count in twins.items() if count == 1][-4:]
    advice = (
        f"name one, as in layer={names[-1]!r} (there are {', '.join(names)}), and its map is that "
        "of its branch"
        if names
        else "no layer of them has a name of its own, so choose another method"
    )
    return (
        f"In the model {model.name!r} no one layer with feature maps carries the whole score, "
        f"because it is split into branches: {advice}."
    )


def _is_spatial(layer: keras.Layer, model: keras.Model) -> bool:
    try:
        return isinstance(layer.output, keras.KerasTensor) and _has_maps(layer.output, model)
    except AttributeError:  # a layer that is used in several places
        return False


def _has_maps(tensor: keras.KerasTensor, model: keras.Model) -> bool:
    """Whether a tensor holds feature maps; a step that only rescales the picture gives none."""
    same_as_picture = tuple(tensor.shape[1:]) == tuple(model.inputs[0].shape[1:])
    return len(tensor.shape) == 4 and not same_as_picture and tuple(tensor.shape[1:3]) != (1, 1)
