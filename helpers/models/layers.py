"""Finding layers of the reader's own model, also behind a wrapping and inside nested models."""

from collections.abc import Iterable, Iterator, Sequence

import numpy as np

from helpers.backend import keras
from helpers.errors import HelpersError
from helpers.models.classifier import original_of

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
        inside a nested model. None: for the logits the last one with feature maps below the
        last layer with weights, which turns them into class scores (maps above it are the
        scores themselves); for another layer the last one up to it.

    Returns
    -------
    keras.Layer
        With one output (n, h, w, channels) of more than one place.

    Raises
    ------
    HelpersError
        When there is no such layer, or it has no feature maps.
    """
    original = original_of(model)
    if layer is None:
        return _last_spatial(original, layer_idx)
    found = _named(model, layer)
    if not _is_spatial(found, original):
        raise HelpersError(
            f"The layer {found.name!r} gives no feature maps (n, h, w, channels) with more than "
            "one place; choose a convolutional layer."
        )
    return found


def _named(model: keras.Model, layer: int | str) -> keras.Layer:
    layers = original_of(model).layers
    if isinstance(layer, str):
        inner = [found for found in flat_layers(layers) if found.name == layer]
        if inner:
            return inner[0]
    return _outer_layer(layers, layer)


def _last_spatial(model: keras.Model, layer_idx: int | str) -> keras.Layer:
    layers = model.layers
    if layer_idx != -1:
        layers = layers[: [layer.name for layer in layers].index(layer_idx) + 1]
    layers = list(flat_layers(layers))
    spatial = [number for number, layer in enumerate(layers) if _is_spatial(layer, model)]
    if not spatial:
        raise HelpersError(
            f"The model {model.name!r} has no layer with spatial feature maps, so there is no "
            "class activation map of it; choose another method."
        )
    weighted = [number for number, layer in enumerate(layers) if layer.weights]
    below = [number for number in spatial if layer_idx == -1 and number < max(weighted, default=0)]
    return layers[max(below or spatial)]


def _is_spatial(layer: keras.Layer, model: keras.Model) -> bool:
    """Whether a layer gives feature maps; a step that only rescales the picture does not."""
    shape = getattr(layer.output, "shape", ()) if _has_one_output(layer) else ()
    places = shape[1:3]
    same_as_picture = tuple(shape[1:]) == tuple(model.inputs[0].shape[1:])
    return len(shape) == 4 and not same_as_picture and tuple(places) != (1, 1)


def _has_one_output(layer: keras.Layer) -> bool:
    try:
        return isinstance(layer.output, keras.KerasTensor)
    except AttributeError:  # a layer that is used in several places
        return False
