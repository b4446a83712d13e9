"""Class activation maps: which places of a layer's feature maps speak for the class."""

import contextlib
import weakref
from collections.abc import Callable, Iterator

import numpy as np

from helpers.attribution.methods.rectified import guided_backprop
from helpers.attribution.question import BATCH_SIZE, Question
from helpers.attribution.records import NO_UNIT, Passes, recorded
from helpers.backend import keras, tf
from helpers.errors import HelpersError
from helpers.models.layers import spatial_layer
from helpers.models.scores import run_in_batches, units_of

__all__ = ["grad_cam", "grad_cam_plus_plus", "guided_grad_cam", "layer_cam"]

_FACTS = {
    "signed": False,
    "channels": False,
    "needs_gradients": True,
    "passes": Passes(scores=1),
    "reading": "signed",
    "unit": NO_UNIT,
}
_compiled: weakref.WeakKeyDictionary[keras.Model, dict] = weakref.WeakKeyDictionary()


@recorded(**_FACTS, source="Selvaraju et al. 2017")
def grad_cam(
    question: Question, *, layer: int | str | None = None, batch_size: int = BATCH_SIZE
) -> tuple[np.ndarray, dict]:
    """Weigh feature maps by their mean gradient (Selvaraju et al. 2017).

    ReLU(sum_k w_k A_k) with w_k the mean over positions of dS/dA_k, enlarged bilinearly to
    the picture. As coarse as the layer is (7 x 7 for the networks of the series), but it does
    answer to the class.

    Parameters
    ----------
    question : Question
        Model, layer that is explained, m pairs of picture and target.
    layer : int or str, optional
        Layer whose feature maps A are weighed, by index or name; also by the name of a layer
        inside a nested model. None: the last layer with spatial feature maps, wherever it is.
    batch_size : int
        Pictures in one pass.

    Returns
    -------
    attributions : numpy.ndarray
        float32 (m, h, w, 1), 0 or more.
    details : dict
        `score` (m,) and `coarse_map` (m, h', w', 1), the map before it was enlarged.

    Raises
    ------
    HelpersError
        When there is no such layer, it has no spatial feature maps, or the score does not
        depend on it.

    References
    ----------
    Selvaraju et al. 2017, arXiv:1610.02391.
    """
    return _cam(question, layer, _grad_cam, batch_size)


@recorded(**_FACTS, source="Chattopadhyay et al. 2018")
def grad_cam_plus_plus(
    question: Question, *, layer: int | str | None = None, batch_size: int = BATCH_SIZE
) -> tuple[np.ndarray, dict]:
    """Weigh feature maps by positive gradients, each with its share alpha (Grad-CAM++).

    w_k = sum over positions of alpha_k ReLU(g_k) with g = dS/dA and
    alpha = g^2 / (2 g^2 + g^3 sum A), which is scaled to sum to 1 over the positions of each
    feature map, as in the authors' code. The paper's factor exp(S) is left out: it scales
    the whole map only, and overflows for large logits.

    Parameters
    ----------
    question, layer, batch_size
        As for `grad_cam`.

    Returns
    -------
    attributions, details
        As for `grad_cam`.

    References
    ----------
    Chattopadhyay et al. 2018, arXiv:1710.11063.
    """
    return _cam(question, layer, _grad_cam_plus_plus, batch_size)


@recorded(**_FACTS, source="Jiang et al. 2021")
def layer_cam(
    question: Question, *, layer: int | str | None = None, batch_size: int = BATCH_SIZE
) -> tuple[np.ndarray, dict]:
    """Weigh each place of each feature map by its own positive gradient (Jiang et al. 2021).

    ReLU(sum_k ReLU(dS/dA_k) A_k); also of use for earlier layers, which are less coarse.

    Parameters
    ----------
    question, layer, batch_size
        As for `grad_cam`.

    Returns
    -------
    attributions, details
        As for `grad_cam`.

    References
    ----------
    Jiang et al. 2021, "LayerCAM: exploring hierarchical class activation maps for
    localization", IEEE Transactions on Image Processing 30.
    """
    return _cam(question, layer, _layer_cam, batch_size)


@recorded(
    signed=True,
    channels=True,
    needs_gradients=True,
    passes=Passes(gradients=1, scores=1),
    reading="absolute",
    unit=NO_UNIT,
    source="Selvaraju et al. 2017",
)
def guided_grad_cam(
    question: Question, *, layer: int | str | None = None, batch_size: int = BATCH_SIZE
) -> tuple[np.ndarray, dict]:
    """Multiply guided backpropagation by Grad-CAM, pixel by pixel (Selvaraju et al. 2017).

    Parameters
    ----------
    question, layer, batch_size
        As for `grad_cam`.

    Returns
    -------
    attributions : numpy.ndarray
        float32 (m, h, w, 3), signed.
    details : dict
        As for `grad_cam`.

    Raises
    ------
    HelpersError
        What `guided_backprop` and `grad_cam` raise.
    """
    coarse, details = grad_cam(question, layer=layer, batch_size=batch_size)
    return guided_backprop(question, batch_size=batch_size)[0] * coarse, details


def _grad_cam(features, gradients):
    return tf.reduce_mean(gradients, (1, 2), keepdims=True)


def _grad_cam_plus_plus(features, gradients):
    total = tf.reduce_sum(features, (1, 2), keepdims=True)
    # g^2 cancels; where g is 0 the weight is 0 as well.
    alpha = tf.where(gradients != 0, tf.math.divide_no_nan(1.0, 2 + gradients * total), 0)
    alpha = tf.math.divide_no_nan(alpha, tf.reduce_sum(alpha, (1, 2), keepdims=True))
    return tf.reduce_sum(alpha * tf.nn.relu(gradients), (1, 2), keepdims=True)


def _layer_cam(features, gradients):
    return tf.nn.relu(gradients)


def _cam(question: Question, layer, weigh: Callable, batch_size: int) -> tuple[np.ndarray, dict]:
    run = _compile(question.model, question.layer_idx, layer, weigh)
    pictures, targets, _ = question.pairs
    maps, coarse, scores = run_in_batches(run, batch_size, pictures, targets)
    return maps, {"score": scores, "coarse_map": coarse}


def _compile(model: keras.Model, layer_idx: int | str, layer, weigh: Callable) -> Callable:
    functions = _compiled.setdefault(model, {})
    key = layer_idx, layer, weigh
    if key not in functions:
        source = spatial_layer(model, layer_idx, layer)
        functions[key] = _cam_function(units_of(model, layer_idx), source, weigh)
    return functions[key]


def _cam_function(units_shape_count: tuple, layer: keras.Layer, weigh: Callable) -> Callable:
    units, shape, count = units_shape_count

    def cam(pixels, targets):
        with tf.GradientTape(watch_accessed_variables=False) as tape, _outputs(layer) as outputs:
            tape.watch(pixels)
            scores = tf.reduce_sum(tf.cast(units(pixels), tf.float32) * targets, -1)
        # Only the part of the network above the layer is differentiated.
        gradients = tape.gradient(scores, outputs[-1]) if outputs else None
        if gradients is None:
            raise HelpersError(f"The score does not depend on the layer {layer.name!r}.")
        features, gradients = (tf.cast(t, tf.float32) for t in (outputs[-1], gradients))
        coarse = tf.nn.relu(tf.reduce_sum(weigh(features, gradients) * features, -1, True))
        return tf.image.resize(coarse, tf.shape(pixels)[1:3], "bilinear"), coarse, scores

    signature = tf.TensorSpec((None, *shape), tf.float32), tf.TensorSpec((None, count), tf.float32)
    return tf.function(cam, signature, autograph=False)


@contextlib.contextmanager
def _outputs(layer: keras.Layer) -> Iterator[list]:
    """Collect what a layer gives, wherever it sits, while the graph of a model is traced.

    A new keras.Model cannot reach into nested models. Afterwards the layer is as it was.
    """
    outputs, call = [], layer.call

    def collecting_call(*args, **kwargs):
        outputs.append(call(*args, **kwargs))
        return outputs[-1]

    layer.call = collecting_call
    try:
        yield outputs
    finally:
        del layer.call
