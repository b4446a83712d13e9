"""The engine: class scores and their gradients with respect to the pixels.

The gradient function of a model is compiled once, with a free batch size, and then reused;
methods that need many gradients feed it batches.
"""

import weakref
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from helpers.arrays import picture_batch
from helpers.backend import keras, tf
from helpers.errors import HelpersError
from helpers.targets import Pairs, pair_targets
from helpers.wrapping import ends_in_probabilities, original_of, preprocess_of

__all__ = [
    "BATCH_SIZE",
    "Question",
    "ask",
    "check_model",
    "compute_logits",
    "find_layer",
    "units_of",
]

BATCH_SIZE = 10
_compiled: weakref.WeakKeyDictionary[keras.Model, dict] = weakref.WeakKeyDictionary()


@dataclass(frozen=True)
class Question:
    """A model, a layer of it, and pairs of pictures and targets: what a method explains."""

    model: keras.Model
    layer_idx: int | str
    pairs: Pairs

    def scores(self, pictures: np.ndarray, weights: np.ndarray, batch_size=BATCH_SIZE):
        """Compute the target scores of pictures.

        Parameters
        ----------
        pictures : numpy.ndarray
            float32 (m, h, w, 3), in the unit of pixels 0..255.
        weights : numpy.ndarray
            float32 (m, n_units), rows of `pairs.weights`.
        batch_size : int
            Pictures in one pass.

        Returns
        -------
        numpy.ndarray
            float32 (m,): logits, or mean activations of a filter.
        """
        run = _compile(self.model, self.layer_idx)[0]
        return _joined([run(p, w) for p, w in _batches(batch_size, pictures, weights)])

    def gradients(self, pictures: np.ndarray, weights: np.ndarray, batch_size=BATCH_SIZE):
        """Compute the gradients of target scores with respect to the pixels.

        Parameters and errors as in `scores`.

        Returns
        -------
        gradients : numpy.ndarray
            float32 (m, h, w, 3), logit per grey level.
        scores : numpy.ndarray
            float32 (m,).
        """
        run = _compile(self.model, self.layer_idx)[1]
        parts = [run(p, w) for p, w in _batches(batch_size, pictures, weights)]
        return tuple(map(_joined, zip(*parts)))

    def gradient_sum(self, pictures: np.ndarray, weights: np.ndarray):
        """Compute the sum of the gradients of one batch, which is added up inside of the graph.

        Parameters as in `scores`, but all in one pass.

        Returns
        -------
        total : numpy.ndarray
            float32 (h, w, 3), logit per grey level.
        scores : numpy.ndarray
            float32 (m,).
        """
        total, scores = _compile(self.model, self.layer_idx)[2](pictures, weights)
        return total.numpy(), scores.numpy()


def ask(model: keras.Model, array, target_class, layer_idx: int | str = -1) -> Question:
    """Check a model, pictures and targets, and put them together as one question.

    Parameters
    ----------
    model : keras.Model
        From `load_model` or `wrap_classifier`; or any model that gives logits of pixels.
    array : array-like
        Picture (h, w, 3) or batch (n, h, w, 3), 0..255.
    target_class : int, str or list
        See `helpers.targets.pair_targets`; for an inner layer the number of a filter.
    layer_idx : int or str
        Index or name of a layer of the (original) model; -1 means the logits.

    Returns
    -------
    Question

    Raises
    ------
    HelpersError
        For anything wrong with the model, the pictures, the targets or the layer.
    """
    check_model(model)
    pictures, batched = picture_batch(array, model)
    layer = find_layer(model, layer_idx)
    if layer is None:
        pairs = pair_targets(pictures, batched, target_class, model.output_shape[-1], model)
        return Question(model, -1, pairs)
    units = layer_output(model, layer).shape[-1]
    return Question(model, layer.name, pair_targets(pictures, batched, target_class, units))


def compute_logits(model: keras.Model, pictures: np.ndarray, batch_size: int = 32) -> np.ndarray:
    """Compute the logits of float32 pictures (n, h, w, 3), 0..255: float32 (n, n_classes)."""
    functions = _compiled.setdefault(model, {})
    if compute_logits not in functions:
        units, shape, _ = units_of(model, -1)
        signature = [tf.TensorSpec((None, *shape), tf.float32)]
        functions[compute_logits] = tf.function(units, signature, autograph=False)
    run = functions[compute_logits]
    logits = _joined([run(part) for (part,) in _batches(batch_size, pictures)])
    if not np.isfinite(logits).all():
        raise HelpersError(
            f"The model {model.name!r} gives NaN or infinite logits; check its weights."
        )
    return logits


def check_model(model) -> None:
    """Raise a HelpersError unless `model` has a graph from pixels to logits."""
    if not isinstance(model, keras.Model):
        raise HelpersError(
            f"The first argument is a model such as load_model() gives, not {type(model).__name__}."
        )
    ends = [*(getattr(model, "inputs", None) or ()), *(getattr(model, "outputs", None) or ())]
    if [len(end.shape) for end in ends] != [4, 2]:
        raise HelpersError(
            f"The model {model.name!r} has no graph from one batch of pictures (n, h, w, 3) to "
            "class scores (n, n_classes); build it with keras.Input."
        )
    if ends_in_probabilities(model):
        raise HelpersError(
            f"The model {model.name!r} ends in probabilities, whose gradients mix all classes: "
            "use wrap_classifier(model), which gives logits."
        )


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


def _compile(model: keras.Model, layer_idx: int | str) -> tuple[Callable, Callable, Callable]:
    functions = _compiled.setdefault(model, {})
    if layer_idx not in functions:
        functions[layer_idx] = _score_and_gradients(*units_of(model, layer_idx))
    return functions[layer_idx]


def units_of(model: keras.Model, layer_idx: int | str) -> tuple[Callable, tuple, int]:
    """Give the function from pixels to units, the picture's shape, and the number of units."""
    shape = tuple(model.inputs[0].shape[1:])
    if layer_idx == -1:
        # Through a weak reference: the compiled function must not keep its model alive.
        reference = weakref.ref(model)
        return lambda pixels: reference()(pixels, training=False), shape, model.output_shape[-1]
    original, preprocess = original_of(model), preprocess_of(model)
    output = layer_output(model, original.get_layer(layer_idx))
    inside = keras.Model(original.inputs, output)
    axes = tuple(range(1, len(output.shape) - 1))
    return (
        lambda pixels: tf.reduce_mean(inside(preprocess(pixels), training=False), axes),
        shape,
        output.shape[-1],
    )


def _score_and_gradients(
    units: Callable, shape: tuple, n_units: int
) -> tuple[Callable, Callable, Callable]:
    signature = (
        tf.TensorSpec((None, *shape), tf.float32),
        tf.TensorSpec((None, n_units), tf.float32),
    )

    def score(pixels, weights):
        return tf.reduce_sum(tf.cast(units(pixels), tf.float32) * weights, axis=-1)

    def gradient(pixels, weights):
        with tf.GradientTape() as tape:
            tape.watch(pixels)
            scores = score(pixels, weights)
        gradients = tape.gradient(scores, pixels)
        if gradients is None:
            raise HelpersError(
                "This score has no gradient with respect to the pixels: a step of the model "
                "(rounding, argmax, a conversion to integers) cuts it off."
            )
        return gradients, scores

    def total(pixels, weights):
        gradients, scores = gradient(pixels, weights)
        return tf.reduce_sum(gradients, 0), scores

    # Without autograph, so that an error of ours passes through as it is.
    compiled = (tf.function(f, signature, autograph=False) for f in (score, gradient, total))
    return tuple(compiled)


def _joined(parts: Sequence[tf.Tensor]) -> np.ndarray:
    # One batch, as the methods of many gradients ask for, is copied once and not twice.
    return parts[0].numpy() if len(parts) == 1 else np.concatenate(parts)


def _batches(size: int, *arrays: np.ndarray) -> Iterator[tuple[np.ndarray, ...]]:
    for start in range(0, len(arrays[0]), size):
        yield tuple(array[start : start + size] for array in arrays)
