"""Finding layers of the reader's own model, also behind a wrapping."""

import numpy as np

from helpers.backend import keras
from helpers.errors import HelpersError
from helpers.models.wrapping import original_of

__all__ = ["find_layer", "layer_output"]


def find_layer(model: keras.Model, layer_idx: int | str) -> keras.Layer | None:
    """Find a layer of the original model by index or name; None stands for the logits."""
    layers = original_of(model).layers
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
    layer = layers[layer_idx]
    return None if layer is layers[-1] else layer


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
