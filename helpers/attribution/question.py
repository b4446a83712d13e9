"""The engine: class scores and their gradients with respect to the pixels.

The gradient function of a model is compiled once, with a free batch size, and then reused;
methods that need many gradients feed it batches.
"""

import weakref
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np

from helpers.attribution.targets import Pairs, pair_targets
from helpers.backend import keras, tf
from helpers.errors import HelpersError
from helpers.models.layers import find_layer, flat_layers, layer_output
from helpers.models.scores import BATCH_SIZE, check_model, compiled, run_in_batches, units_of
from helpers.models.wrapping import original_of
from helpers.validation import picture_batch

__all__ = ["BATCH_SIZE", "Question", "ask", "gradient_of", "scales_of"]

# Factors on a score before a backward pass in float16, from the largest on: without one, small
# gradients end as 0, and with too large a one, large gradients end as infinity.
SCALES = (2.0**15, 2.0**10, 2.0**5, 1.0)
_compiled: weakref.WeakKeyDictionary[keras.Model, dict] = weakref.WeakKeyDictionary()


@dataclass(frozen=True)
class Question:
    """A model, a layer of it, and pairs of pictures and targets: what a method explains."""

    model: keras.Model
    layer_idx: int | str
    pairs: Pairs

    def scores(self, pictures: np.ndarray, targets: np.ndarray, batch_size=BATCH_SIZE):
        """Compute the target scores of pictures.

        Parameters
        ----------
        pictures : numpy.ndarray
            float32 (m, h, w, 3), in the unit of pixels 0..255.
        targets : numpy.ndarray
            float32 (m, n_units), rows of `pairs.targets`.
        batch_size : int
            Pictures in one pass.

        Returns
        -------
        numpy.ndarray
            float32 (m,): logits, or mean activations of a filter.
        """
        run = _compile(self.model, self.layer_idx)[0]
        return run_in_batches(run, batch_size, pictures, targets)[0]

    def gradients(
        self, pictures: np.ndarray, targets: np.ndarray, batch_size=BATCH_SIZE, run_units=None
    ):
        """Compute the gradients of target scores with respect to the pixels.

        Parameters and errors as in `scores`.

        run_units : callable, optional
            Runs the function from pixels to units in a way of its own.

        Returns
        -------
        gradients : numpy.ndarray
            float32 (m, h, w, 3), logit per grey level.
        scores : numpy.ndarray
            float32 (m,).
        """
        run = _compile(self.model, self.layer_idx, run_units)[1]
        return tuple(run_in_batches(run, batch_size, pictures, targets))

    def gradient_sum(self, pictures: np.ndarray, targets: np.ndarray):
        """Compute the sum of the gradients of one batch, which is added up inside of the graph.

        Parameters as in `scores`, but all in one pass.

        Returns
        -------
        total : numpy.ndarray
            float32 (h, w, 3), logit per grey level.
        scores : numpy.ndarray
            float32 (m,).
        """
        run = _compile(self.model, self.layer_idx)[2]
        total, scores = run(tf.constant(pictures), tf.constant(targets))
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
        See `helpers.attribution.targets.pair_targets`; for an inner layer the number of a filter.
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


def _compile(
    model: keras.Model, layer_idx: int | str, run_units: Callable | None = None
) -> tuple[Callable, Callable, Callable]:
    functions, key = _compiled.setdefault(model, {}), (layer_idx, run_units)
    if key not in functions:
        units, *sizes = units_of(model, layer_idx)
        units = units if run_units is None else partial(run_units, units)
        score, *backwards = _score_and_gradients(units, *sizes)
        functions[key] = score, *(_rescaled(run, scales_of(model)) for run in backwards)
    return functions[key]


def _score_and_gradients(
    units: Callable, shape: tuple, n_units: int
) -> tuple[Callable, Callable, Callable]:
    signature = (
        tf.TensorSpec((None, *shape), tf.float32),
        tf.TensorSpec((None, n_units), tf.float32),
    )

    def score(pixels, targets):
        return tf.reduce_sum(tf.cast(units(pixels), tf.float32) * targets, axis=-1)

    def gradient(pixels, targets):
        with tf.GradientTape() as tape:
            tape.watch(pixels)
            scores = score(pixels, targets)
        return gradient_of(scores, pixels, tape, "the pixels"), scores

    def total(pixels, targets):
        gradients, scores = gradient(pixels, targets)
        return tf.reduce_sum(gradients, 0), scores

    return tuple(compiled(function, signature) for function in (score, gradient, total))


def gradient_of(scores: tf.Tensor, source: tf.Tensor, tape: tf.GradientTape, name: str):
    """Give the gradient of scores on a tape, or say in one sentence why there is none."""
    try:
        gradients = tape.gradient(scores, source)
    except LookupError as error:  # an operation that TensorFlow cannot differentiate
        step = str(error).partition("op type: ")[2].partition(")")[0] or "one of them"
        raise HelpersError(
            f"The score has no gradient with respect to {name}: TensorFlow cannot differentiate a "
            f"step of the model ({step}); replace that step, or take a method that needs scores "
            'only, such as "occlusion" or "rise".'
        ) from None
    if gradients is None:
        raise HelpersError(
            f"The score has no gradient with respect to {name}: a step of the model (rounding, "
            "argmax, a conversion to integers, stop_gradient) cuts it off, or it does not depend "
            'on them; methods that need scores only, such as "occlusion" or "rise", still work.'
        )
    return gradients


def scales_of(model: keras.Model) -> tuple[float, ...]:
    """Give the factors to try, from the first on, on a score whose gradient is wanted."""
    layers = flat_layers(original_of(model).layers)
    half = any(getattr(layer, "compute_dtype", None) == "float16" for layer in layers)
    return SCALES if half else (1.0,)


def _rescaled(run: Callable, scales: tuple[float, ...]) -> Callable:
    """Let a function from pixels and targets to gradients and scores use the range of float16."""

    def scaled(pixels, targets):
        for scale in scales:
            gradients, scores = run(pixels, targets * scale)
            if tf.reduce_all(tf.math.is_finite(gradients)):
                break
        return gradients / scale, scores / scale

    return run if len(scales) == 1 else scaled
