"""What a classifier does, tried out on a few pictures: hidden probabilities, pictures that mix.

Where a softmax or sigmoid hides in a layer of the reader's own, no look at the graph finds it.
But then the scores stay between 0 and 1 whatever the last weights are and whatever is shown.
"""

import weakref
from collections.abc import Callable, Iterator

import numpy as np
from scipy import special

from helpers.backend import keras, tf
from helpers.errors import HelpersError
from helpers.models.bypass import find_bypass, values_of
from helpers.models.classifier import classifier_of, failures_in_words, original_of
from helpers.models.layers import flat_layers

__all__ = ["examine", "probe_pictures"]

_HALF = ("float16", "bfloat16")
_per_picture: weakref.WeakKeyDictionary[keras.Model, bool] = weakref.WeakKeyDictionary()


def examine(model: keras.Model) -> bool:
    """Try a model out, once: whether its scores are logits, and each picture's its own.

    Parameters
    ----------
    model : keras.Model
        Plain or wrapped, from a batch of pictures to scores (n, n_classes). It stays as it is.

    Returns
    -------
    bool
        Whether a picture's scores stay the same when other pictures share its batch. They do
        not where BatchNormalization or Dropout are wired to training=True.

    Raises
    ------
    HelpersError
        Where what should be logits are probabilities, however they are made, and where the
        model cannot be run.
    """
    if model not in _per_picture:
        layer, inner = classifier_of(model), original_of(model)
        if layer is None and find_bypass(model) is not None:
            raise HelpersError(
                f"The model {model.name!r} ends in probabilities, whose gradients mix all classes: "
                "use wrap_classifier(model), which gives logits."
            )
        run = layer.run if layer else _runner(model)
        pictures = probe_pictures(model.inputs[0].shape[1:])
        _refuse_probabilities(run, inner, pictures)
        _per_picture[model] = _is_per_picture(run, inner, pictures)
    return _per_picture[model]


def probe_pictures(shape: tuple[int | None, ...]) -> np.ndarray:
    """Make four pictures (4, *shape), float32, 0..255: noise twice, black and a ramp."""
    size = tuple(side or 224 for side in shape)
    noise = np.random.default_rng(0).uniform(0, 255, (2, *size))
    ramp = np.linspace(0, 255, num=int(np.prod(size))).reshape(size)
    return np.stack([*noise, np.zeros(size), ramp]).astype(np.float32)


def _runner(model: keras.Model) -> Callable:
    values = values_of(model.inputs, model.outputs)

    def run(pixels: tf.Tensor) -> tf.Tensor:
        with failures_in_words(model):
            return values([pixels])[0]

    return run


def _is_per_picture(run: Callable, model: keras.Model, pictures: np.ndarray) -> bool:
    together, alone = _numbers(run, pictures), _numbers(run, pictures[1:2])
    layers = flat_layers(model.layers)
    half = any(getattr(layer, "compute_dtype", "") in _HALF for layer in layers)
    largest = np.abs(together).max(initial=0, where=np.isfinite(together))
    tolerance = (2e-2 if half else 1e-3) * largest + 1e-6
    return np.allclose(together[1:2], alone, rtol=0, atol=tolerance, equal_nan=True)


def _refuse_probabilities(run: Callable, model: keras.Model, pictures: np.ndarray) -> None:
    kind = _kind(_numbers(run, pictures))
    if kind and all(_kind(other) for other in _under_stress(run, model, pictures)):
        raise HelpersError(
            f"The model {model.name!r} gives {kind}, and the step that makes them could not be "
            "bypassed: build a keras.Model whose output lies before it, in logits."
        )


def _kind(scores: np.ndarray) -> str | None:
    # Scores that are 0 whatever happens are no probabilities; their maps are refused as empty.
    if scores.any() and np.all((scores >= 0) & (scores <= 1)):
        return "probabilities"
    if scores.shape[-1] > 1 and np.allclose(special.logsumexp(scores, axis=-1), 0, atol=1e-3):
        return "logarithms of probabilities"
    return None


def _under_stress(run: Callable, model: keras.Model, pictures: np.ndarray) -> Iterator[np.ndarray]:
    """Yield the scores of pictures out of range, and with other weights in the last layer."""
    yield _numbers(run, 100 * pictures)
    yield _numbers(run, -100 * pictures)
    weighted = [layer for layer in flat_layers(model.layers) if layer.weights]
    for seed in range(2 if weighted else 0):
        rng = np.random.default_rng(seed)
        floats = [weight for weight in weighted[-1].weights if "float" in weight.dtype]
        yield _numbers(run, pictures, [(weight, _redrawn(weight, rng)) for weight in floats])


def _redrawn(variable: keras.Variable, rng: np.random.Generator) -> np.ndarray:
    size = 10 * (1 + np.abs(variable.numpy().astype(np.float32)).max(initial=0))
    values = rng.normal(0, size, variable.shape).astype(np.float32)
    return np.abs(values) if "variance" in variable.name else values


def _numbers(run: Callable, pictures: np.ndarray, values=()) -> np.ndarray:
    """Run a model with other values for some variables, all of which stay as they are."""
    with keras.StatelessScope(values):
        return tf.cast(run(tf.constant(pictures)), tf.float32).numpy()
