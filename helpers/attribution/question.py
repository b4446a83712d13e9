"""The engine: class scores and their gradients with respect to the pixels.

The gradient function of a model is compiled once, with a free batch size, and then reused;
methods that need many gradients feed it batches.
"""

import weakref
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from helpers.attribution.targets import Pairs, pair_targets
from helpers.backend import keras, tf
from helpers.errors import HelpersError
from helpers.models.layers import find_layer, layer_output
from helpers.models.scores import check_model, run_in_batches, units_of
from helpers.validation import picture_batch

__all__ = ["BATCH_SIZE", "Question", "ask"]

BATCH_SIZE = 10
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

    def gradients(self, pictures: np.ndarray, targets: np.ndarray, batch_size=BATCH_SIZE):
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
        total, scores = _compile(self.model, self.layer_idx)[2](pictures, targets)
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


def _compile(model: keras.Model, layer_idx: int | str) -> tuple[Callable, Callable, Callable]:
    functions = _compiled.setdefault(model, {})
    if layer_idx not in functions:
        functions[layer_idx] = _score_and_gradients(*units_of(model, layer_idx))
    return functions[layer_idx]


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
        gradients = tape.gradient(scores, pixels)
        if gradients is None:
            raise HelpersError(
                "This score has no gradient with respect to the pixels: a step of the model "
                "(rounding, argmax, a conversion to integers) cuts it off."
            )
        return gradients, scores

    def total(pixels, targets):
        gradients, scores = gradient(pixels, targets)
        return tf.reduce_sum(gradients, 0), scores

    # Without autograph, so that an error of ours passes through as it is.
    compiled = (tf.function(f, signature, autograph=False) for f in (score, gradient, total))
    return tuple(compiled)
