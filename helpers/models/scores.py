"""Class scores: the compiled way from pixels to logits, and to the units of an inner layer."""

import functools
import weakref
from collections.abc import Callable, Sequence

import numpy as np

from helpers.backend import give_memory_back, keras, tf
from helpers.errors import HelpersError
from helpers.models.classifier import original_of, preprocess_of, run_unchanged
from helpers.models.examine import examine
from helpers.models.layers import layer_output
from helpers.models.wrapping import check_graph
from helpers.progress import balanced_slices
from helpers.validation import picture_batch

__all__ = [
    "BATCH_SIZE",
    "as_picture",
    "check_model",
    "compiled",
    "compute_logits",
    "run_in_batches",
    "units_of",
]

# More pictures at once are no quicker on a CPU. From seven on it is slower: tensors of the first
# layers of EfficientNet-Lite0 are then above 32 MB, and the C library asks the system for each.
BATCH_SIZE = 5
_compiled: weakref.WeakKeyDictionary[keras.Model, Callable] = weakref.WeakKeyDictionary()


def compute_logits(
    model: keras.Model, pictures: np.ndarray, batch_size: int = BATCH_SIZE
) -> np.ndarray:
    """Compute the logits of float32 pictures (n, h, w, 3), 0..255: float32 (n, n_classes)."""
    if model not in _compiled:
        units, shape, _ = units_of(model, -1)
        signature = [tf.TensorSpec((None, *shape), tf.float32)]
        _compiled[model] = compiled(units, signature)
    (logits,) = run_in_batches(_compiled[model], batch_size, pictures)
    if len(pictures) > batch_size:
        give_memory_back()
    if not np.isfinite(logits).all():
        raise HelpersError(
            f"The model {model.name!r} gives NaN or infinite logits; check its weights."
        )
    return logits


def compiled(function: Callable, signature: Sequence[tf.TensorSpec]) -> Callable:
    """Compile a function of tensors on its first call.

    Later calls go straight to the graph. A `tf.function` looks for the right graph each time,
    which takes 2 ms where a network has as many variables as ours, and a map takes 65.
    """
    # Without autograph, so that an error of ours passes through as it is.
    traced = tf.function(function, signature, autograph=False)
    graph = functools.cache(traced.get_concrete_function)
    return lambda *tensors: graph()(*tensors)


def check_model(model) -> None:
    """Raise a HelpersError unless `model` goes from pixels to logits by a graph."""
    check_graph(model)
    examine(model)


def as_picture(picture, model) -> np.ndarray:
    """Check a model and one picture for it, and give the picture as float32 (h, w, 3)."""
    check_model(model)
    pictures, _ = picture_batch(picture, model)
    if len(pictures) != 1:
        raise HelpersError(
            f"This takes one picture at a time, not {len(pictures)}: go through them one by one."
        )
    return pictures[0]


def units_of(
    model: keras.Model, layer_idx: int | str, *, together: bool = False
) -> tuple[Callable, tuple, int]:
    """Give the function from pixels to units, the picture's shape, and the number of units.

    It leaves everything in the model as it is. Where the pictures of a batch would mix, it
    takes them one by one, so that each has the units that it has alone; unless all pictures
    are to go through the graph `together`.
    """
    shape = tuple(model.inputs[0].shape[1:])
    units, count = _logits_of(model) if layer_idx == -1 else _inner_units(model, layer_idx)
    return units if together or examine(model) else _one_by_one(units), shape, count


def _logits_of(model: keras.Model) -> tuple[Callable, int]:
    # Through a weak reference: the compiled function must not keep its model alive.
    reference = weakref.ref(model)
    return lambda pixels: run_unchanged(reference(), pixels), model.output_shape[-1]


def _inner_units(model: keras.Model, layer_idx: int | str) -> tuple[Callable, int]:
    original, preprocess = original_of(model), preprocess_of(model)
    output = layer_output(model, original.get_layer(layer_idx))
    inside = keras.Model(original.inputs, output)
    axes = tuple(range(1, len(output.shape) - 1))
    return (
        lambda pixels: tf.reduce_mean(run_unchanged(inside, preprocess(pixels)), axes),
        output.shape[-1],
    )


def _one_by_one(units: Callable) -> Callable:
    def run(pixels):
        one = lambda picture: tf.cast(units(picture[None])[0], tf.float32)  # noqa: E731
        return tf.map_fn(one, pixels, fn_output_signature=tf.float32)

    return run


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
    # As tensors, because the reader may have `tf.config.run_functions_eagerly` on.
    batches = [[tf.constant(array[part]) for array in arrays] for part in slices]
    parts = [tf.nest.flatten(run(*batch)) for batch in batches]
    return [_joined(kind) for kind in zip(*parts)]


def _joined(parts: Sequence[tf.Tensor]) -> np.ndarray:
    # One batch, as the methods of many gradients ask for, is copied once and not twice.
    return parts[0].numpy() if len(parts) == 1 else np.concatenate(parts)
