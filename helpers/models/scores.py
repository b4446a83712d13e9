"""Class scores: the compiled way from pixels to logits, and to the units of an inner layer."""

import weakref
from collections.abc import Callable, Sequence

import numpy as np

from helpers.backend import keras, tf
from helpers.errors import HelpersError
from helpers.models.layers import layer_output
from helpers.models.wrapping import ends_in_probabilities, original_of, preprocess_of
from helpers.progress import balanced_slices
from helpers.validation import picture_batch

__all__ = ["as_picture", "check_model", "compute_logits", "run_in_batches", "units_of"]

_compiled: weakref.WeakKeyDictionary[keras.Model, Callable] = weakref.WeakKeyDictionary()


def compute_logits(model: keras.Model, pictures: np.ndarray, batch_size: int = 32) -> np.ndarray:
    """Compute the logits of float32 pictures (n, h, w, 3), 0..255: float32 (n, n_classes)."""
    if model not in _compiled:
        units, shape, _ = units_of(model, -1)
        signature = [tf.TensorSpec((None, *shape), tf.float32)]
        _compiled[model] = tf.function(units, signature, autograph=False)
    run = _compiled[model]
    (logits,) = run_in_batches(run, batch_size, pictures)
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


def as_picture(picture, model) -> np.ndarray:
    """Check a model and one picture for it, and give the picture as float32 (h, w, 3)."""
    check_model(model)
    pictures, _ = picture_batch(picture, model)
    if len(pictures) != 1:
        raise HelpersError(
            f"This takes one picture at a time, not {len(pictures)}: go through them one by one."
        )
    return pictures[0]


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


def run_in_batches(run: Callable, batch_size: int, *arrays: np.ndarray) -> list[np.ndarray]:
    """Run a compiled function on arrays in batches of about equally many rows.

    Parameters
    ----------
    run : callable
        From the rows of one batch to one tensor or a tuple of tensors, which have as many.
    batch_size : int
        The most rows in one batch.
    *arrays : numpy.ndarray
        (m, ...), the arguments of `run`.

    Returns
    -------
    list of numpy.ndarray
        (m, ...), one for each tensor.
    """
    slices = balanced_slices(len(arrays[0]), batch_size)
    parts = [tf.nest.flatten(run(*(array[part] for array in arrays))) for part in slices]
    return [_joined(kind) for kind in zip(*parts)]


def _joined(parts: Sequence[tf.Tensor]) -> np.ndarray:
    # One batch, as the methods of many gradients ask for, is copied once and not twice.
    return parts[0].numpy() if len(parts) == 1 else np.concatenate(parts)
