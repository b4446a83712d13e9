"""Class activation maps: which places of a layer's feature maps speak for the class."""

import weakref
from collections.abc import Callable, Sequence
from functools import partial

import numpy as np

from helpers.attribution.methods.rectified import guided_backprop
from helpers.attribution.question import BATCH_SIZE, Question, gradient_of, scales_of
from helpers.attribution.records import NO_UNIT, Passes, recorded
from helpers.backend import keras, tf
from helpers.errors import HelpersError
from helpers.models.examine import examine
from helpers.models.graphs import stepping_in
from helpers.models.layers import spatial_layer
from helpers.models.scores import compiled, run_in_batches, units_of
from helpers.progress import balanced_slices

__all__ = ["ablation_cam", "grad_cam", "grad_cam_plus_plus", "guided_grad_cam", "layer_cam"]

_FACTS = {
    "signed": False,
    "channels": False,
    "needs_gradients": True,
    "passes": Passes(scores=1),
    "reading": "signed",
    "unit": NO_UNIT,
}
ABLATED = "ablated"
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
        inside a nested model. None: the last layer with spatial feature maps that all of the
        score goes through; of a branch, the map would be that of a part.
    batch_size : int
        Pictures in one pass.

    Returns
    -------
    attributions : numpy.ndarray
        float32 (m, h, w, 1), 0 or more.
    details : dict
        `score` (m,), `layer` (m,), the name of the layer whose feature maps were weighed, and
        `coarse_map` (m, h', w', 1), the map before it was enlarged.

    Raises
    ------
    HelpersError
        When there is no such layer, it has no spatial feature maps, or the score does not
        depend on it; and without `layer` for a model of branches that never meet in one.

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


@recorded(**_FACTS, source="Desai and Ramaswamy 2020")
def ablation_cam(
    question: Question, *, layer: int | str | None = None, batch_size: int = BATCH_SIZE
) -> tuple[np.ndarray, dict]:
    """Weigh feature maps by how far the score falls without them (Ablation-CAM).

    ReLU(sum_k w_k A_k) with w_k = S - S_k, the score minus the score with feature map k set to
    0. Only the part of the network above the layer runs again, once for each map; where it is a
    global pooling and a linear layer, w_k is the mean of map k times its weight. The paper
    divides by S, which scales the map, and would turn it around where the logit is negative. One
    map at a time: what two maps say together stays when either goes, and neither gets weight.

    Parameters
    ----------
    question, layer
        As for `grad_cam`.
    batch_size : int
        Pictures in one pass, and feature maps that are ablated in one pass times 6.

    Returns
    -------
    attributions, details
        As for `grad_cam`.

    References
    ----------
    Desai and Ramaswamy 2020, "Ablation-CAM: visual explanations for deep convolutional network
    via gradient-free localization", WACV.
    """
    name, run = _compile(question.model, question.layer_idx, layer, ABLATED)
    pictures, targets, _ = question.pairs
    parts = [
        run(picture[None], row[None], 6 * batch_size) for picture, row in zip(pictures, targets)
    ]
    maps, coarse, scores = (np.concatenate(kind) for kind in zip(*parts))
    return maps, {"score": scores, "layer": np.full(len(maps), name), "coarse_map": coarse}


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
    name, run = _compile(question.model, question.layer_idx, layer, weigh)
    pictures, targets, _ = question.pairs
    batch_size = batch_size if examine(question.model) else 1
    maps, coarse, scores = run_in_batches(run, batch_size, pictures, targets)
    return maps, {"score": scores, "layer": np.full(len(maps), name), "coarse_map": coarse}


def _compile(model: keras.Model, layer_idx: int | str, layer, weigh: Callable | str) -> tuple:
    functions = _compiled.setdefault(model, {})
    key = layer_idx, layer, weigh
    if key not in functions:
        source = spatial_layer(model, layer_idx, layer)
        units = units_of(model, layer_idx, together=True)
        if weigh == ABLATED:
            run = partial(_ablated_map, *_ablation_functions(*units, source))
        else:
            run = partial(_best_scaled, _cam_function(*units, source, weigh), scales_of(model))
        functions[key] = source.name, run
    return functions[key]


def _cam_function(units: Callable, shape, count: int, layer: keras.Layer, weigh: Callable):
    def cam(pixels, targets, scale):
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            values, features = _units_and_features(units, pixels, layer, partial(_on_tape, tape))
            scores = tf.reduce_sum(tf.cast(values, tf.float32) * targets, -1)
            scaled = scale * scores
        # Only the part of the network above the layer is differentiated.
        gradients = gradient_of(scaled, features, tape, f"the layer {layer.name!r}")
        features, gradients = tf.cast(features, tf.float32), tf.cast(gradients, tf.float32) / scale
        coarse = tf.nn.relu(tf.reduce_sum(weigh(features, gradients) * features, -1, True))
        maps = tf.image.resize(coarse, tf.shape(pixels)[1:3], "bilinear")
        return maps, coarse, scores, tf.reduce_all(tf.math.is_finite(gradients))

    signature = (
        tf.TensorSpec((None, *shape), tf.float32),
        tf.TensorSpec((None, count), tf.float32),
        tf.TensorSpec((), tf.float32),
    )
    return compiled(cam, signature)


def _ablation_functions(units: Callable, shape, count: int, layer: keras.Layer) -> tuple:
    """Give the functions to scores and features, and to the scores without some of these."""

    def whole(pixels, targets):
        values, features = _units_and_features(units, pixels, layer, lambda x: x)
        return tf.reduce_sum(tf.cast(values, tf.float32) * targets, -1), features

    def without(pixels, targets, features, channels):
        depth = features.shape[-1]
        kept = features * tf.one_hot(channels, depth, 0.0, 1.0, dtype=features.dtype)[:, None, None]
        # What lies below the layer is not needed, so TensorFlow leaves it out.
        values, _ = _units_and_features(units, pixels, layer, lambda _: kept)
        return tf.reduce_sum(tf.cast(values, tf.float32) * targets, -1)

    return tf.function(whole, autograph=False), tf.function(without, autograph=False)


def _ablated_map(whole: Callable, without: Callable, picture, row, size: int) -> tuple:
    pixels, targets = tf.constant(picture), tf.constant(row)
    score, features = whole(pixels, targets)
    every = np.arange(features.shape[-1], dtype=np.int32)
    parts = [
        without(pixels, targets, features, tf.constant(every[part]))
        for part in balanced_slices(len(every), size)
    ]
    coarse = tf.nn.relu(
        tf.reduce_sum((score - tf.concat(parts, 0)) * tf.cast(features, tf.float32), -1, True)
    )
    return tf.image.resize(coarse, picture.shape[1:3], "bilinear"), coarse, score


def _units_and_features(units: Callable, pixels, layer: keras.Layer, see: Callable):
    """Run the network with `see` of what a layer gives in its place, wherever it sits."""
    outputs = []

    def step_in(operation, run: Callable) -> Callable:
        return partial(watched, run) if operation is layer else run

    def watched(run: Callable, *args, **kwargs):
        outputs.append(see(run(*args, **kwargs)))
        return outputs[-1]

    with stepping_in(step_in):
        values = units(pixels)
    if len(outputs) != 1:
        raise HelpersError(
            f"The score does not depend on one output of the layer {layer.name!r}, which the graph "
            f"of the model shows {len(outputs)} times; choose another layer, and for one inside of "
            "a subclassed model that model as a whole."
        )
    return values, outputs[0]


def _on_tape(tape: tf.GradientTape, features):
    tape.watch(features)
    return features


def _best_scaled(run: Callable, scales: Sequence[float], pixels, targets) -> tuple:
    for scale in scales:
        *found, finite = run(pixels, targets, tf.constant(scale))
        if len(scales) == 1 or finite:
            break
    return tuple(found)
