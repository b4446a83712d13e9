"""A wrapped classifier: one layer that runs the reader's model, and what it remembers of it."""

import contextlib
import functools
import re
from collections.abc import Callable, Iterator, Sequence

from helpers.backend import keras, tf
from helpers.errors import HelpersError
from helpers.models.bypass import Bypass, values_of
from helpers.models.graphs import run_graph

__all__ = [
    "Classifier",
    "classifier_of",
    "failures_in_words",
    "link_of",
    "original_of",
    "preprocess_of",
    "run_unchanged",
]


class Classifier(keras.layers.Layer):
    """From pixels to the logits of the reader's model, whose graph is run and never added to.

    The layer, and not the model around it, remembers what was wrapped, so that a
    `keras.Model` that the reader builds of the same two ends knows it as well.
    """

    owns_class_names = True

    def __init__(
        self, original: keras.Model, preprocess: Callable | None, bypass: Bypass | None
    ) -> None:
        super().__init__(dtype="float32", name="logits")
        self.original = original
        self.preprocess = functools.partial(_preprocessed, preprocess) if preprocess else _identity
        self.link = bypass.link.removeprefix("log_") if bypass else None
        self._needs = values_of(original.inputs, bypass.needs) if bypass else None
        self._finish = bypass.finish if bypass else None
        self.built = True

    def run(self, pixels: tf.Tensor) -> tf.Tensor:
        """Compute the logits of float32 pixels (n, h, w, channels), changing what layers change."""
        with failures_in_words(self.original):
            return self._logits(pixels)

    def _logits(self, pixels: tf.Tensor) -> tf.Tensor:
        inside = self.preprocess(pixels)
        if self._needs is None:
            logits = _only(run_graph(self.original, inside))
        else:
            logits = self._finish(self._needs([inside]))
        return tf.cast(logits, tf.float32)

    def call(self, pixels):
        """Compute the logits; statistics, seeds and losses of the layers stay as they are."""
        with keras.StatelessScope():
            return self._logits(pixels)

    def compute_output_spec(self, pixels):
        """Give the shape of the logits without running anything."""
        return keras.KerasTensor((pixels.shape[0], self.original.outputs[0].shape[-1]), "float32")

    def get_config(self):
        """Refuse to be saved or cloned, because the reader's functions cannot be."""
        raise HelpersError(
            "A wrapped model cannot be saved, copied or cloned: do that with your own model, and "
            "wrap what comes out with wrap_classifier."
        )


def _only(made) -> tf.Tensor:
    """Give the one tensor that a model makes, also out of a dictionary or a list."""
    (tensor,) = keras.tree.flatten(made)
    return tensor


def _identity(pixels):
    return pixels


def _preprocessed(function: Callable, pixels):
    # As a tensor, because functions of Keras' change an array in place.
    return function(tf.convert_to_tensor(pixels, tf.float32))


def classifier_of(model: keras.Model) -> Classifier | None:
    """Give the layer that wraps a model of the reader's, or None for a plain model."""
    outputs: Sequence = getattr(model, "outputs", None) or [None]
    operation = outputs[0]._keras_history.operation if outputs[0] is not None else None
    return operation if isinstance(operation, Classifier) else None


def original_of(model: keras.Model) -> keras.Model:
    """Give the reader's model inside a wrapped one, or the model itself."""
    layer = classifier_of(model)
    return model if layer is None else layer.original


def preprocess_of(model: keras.Model) -> Callable:
    """Give the step from pixels to what `original_of(model)` reads."""
    layer = classifier_of(model)
    return _identity if layer is None else layer.preprocess


def link_of(model: keras.Model) -> str | None:
    """Tell what was bypassed when a model was wrapped: "softmax", "sigmoid" or None."""
    layer = classifier_of(model)
    return None if layer is None else layer.link


def run_unchanged(model: keras.Model, pixels: tf.Tensor) -> tf.Tensor:
    """Run a model; statistics, seeds and losses of its layers stay as they are."""
    with keras.StatelessScope(), failures_in_words(model):
        return _only(run_graph(model, pixels))


# Colours, and where in Keras or TensorFlow it was.
_NO_REASON = r"\x1b\[\d+m|Exception encountered when calling \S+|\{\{.*?\}\}"


@contextlib.contextmanager
def failures_in_words(model: keras.Model) -> Iterator[None]:
    """Answer whatever the reader's own layers raise, run or traced, with one sentence."""
    try:
        yield
    except HelpersError:
        raise
    except Exception as error:  # of any kind
        words = re.sub(_NO_REASON, " ", str(error))
        reason = " ".join(words.split())[:100].strip(" .") or "no reason given"
        raise HelpersError(
            f"The model {model.name!r} fails on a batch of pictures ({type(error).__name__}: "
            f"{reason}): it is compiled for any number of them, so see what its own layers do."
        ) from None
