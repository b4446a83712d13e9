"""Layer-wise relevance propagation: the score is handed back, layer by layer, to the pixels."""

from collections.abc import Callable
from functools import partial

import numpy as np

from helpers.attribution.methods.integrated_gradients import completeness_gap
from helpers.attribution.question import BATCH_SIZE, Question
from helpers.attribution.records import Passes, recorded
from helpers.backend import keras, tf
from helpers.errors import HelpersError
from helpers.models.graphs import stepping_in, with_activation
from helpers.models.wrapping import preprocess_of
from helpers.validation import as_choice, as_number

__all__ = ["lrp"]

RULES = ("gamma", "epsilon")
# What only moves values, or lets the largest through, hands relevance back as a gradient.
_MOVING = {
    "Flatten", "Reshape", "Permute", "Concatenate", "Dropout", "SpatialDropout2D", "Identity",
    "ZeroPadding2D", "Cropping2D", "MaxPooling2D", "GlobalMaxPooling2D", "GetItem", "Transpose",
    "Squeeze", "ExpandDims", "UpSampling2D", "Cast", "Classifier", "Pad",
}  # fmt: skip
# What acts on each value by itself hands its relevance to that value.
_ALONE = {
    "ReLU", "Activation", "LeakyReLU", "ELU", "Relu", "Relu6", "Rescaling", "Normalization",
    "Silu", "Gelu", "TrueDivide", "Divide", "Subtract",
}  # fmt: skip
_SUMS = {"Add", "Average"}
_LINEAR = {"AveragePooling2D", "GlobalAveragePooling2D", "Mean", *_SUMS}
_WEIGHTED = (
    keras.layers.Dense, keras.layers.Conv2D, keras.layers.DepthwiseConv2D,
    keras.layers.BatchNormalization,
)  # fmt: skip

# One function for each setting, so that the network is compiled once for each.
KEPT = 8
_runners: dict[tuple[float, float], Callable] = {}


@recorded(
    signed=True,
    channels=True,
    needs_gradients=True,
    # Each layer runs five times on the way back.
    passes=Passes(gradients=6),
    reading="signed",
    unit="logit",
    source="Bach et al. 2015",
)
def lrp(
    question: Question,
    *,
    rule: str = "gamma",
    gamma: float = 0.25,
    epsilon: float = 1e-6,
    batch_size: int = BATCH_SIZE,
) -> tuple[np.ndarray, dict]:
    """Hand the score back through the layers, to each value what it contributed (LRP).

    The relevance of unit k goes to its inputs j as R_j = sum_k z_jk / (z_k + e sign z_k) R_k,
    with z_jk = a_j w_jk and z_k their sum with the bias. "epsilon" uses the weights as they
    are; of a network of ReLUs, max pooling and linear layers it then is, for e towards 0, input
    times gradient (Ancona et al. 2018), measured from what the network reads; in a deep network
    whose sums nearly cancel it explodes. "gamma" adds to each z_jk `gamma` times those of the
    sign of z_k, so that what cancels does not count without end. Steps that
    act on each value alone pass relevance on as it is. What biases and e keep is missing
    from the sum and stands in `completeness_gap`, which can be large. With gamma the
    map depends less and less on the layers above: rules that favour positive weights converge to
    a map that is the same for all classes (Sixt et al. 2020).

    Parameters
    ----------
    question : Question
        Model, layer, m pairs of picture and target; a network of convolutions, dense layers,
        batch normalisation, pooling, sums, concatenations and activations.
    rule : {"gamma", "epsilon"}
        See above.
    gamma, epsilon : float
        0 or more.
    batch_size : int
        Pictures in one pass.

    Returns
    -------
    attributions : numpy.ndarray
        float32 (m, h, w, 3), signed, logits.
    details : dict
        `score`, `baseline_score` (0: all of the score is handed back) and `completeness_gap`.

    Raises
    ------
    HelpersError
        For a model with a step that has no rule, and options out of range.

    References
    ----------
    Bach et al. 2015, doi:10.1371/journal.pone.0130140; Montavon et al. 2019, "Layer-wise
    relevance propagation: an overview"; Sixt, Granz and Landgraf 2020, "When explanations
    lie", arXiv:1912.09818.
    """
    as_choice(rule, "rule", RULES)
    limits = 0, 1e6, "a number, 0 or more"
    gamma, epsilon = as_number(gamma, "gamma", *limits), as_number(epsilon, "epsilon", *limits)
    pictures, targets, _ = question.pairs
    scores = question.scores(pictures, targets, batch_size)
    run = _runner(gamma if rule == "gamma" else 0.0, epsilon)
    # The rules hand back what comes in, so the score itself comes in as the slope of the logit.
    relevance, _ = question.gradients(pictures, targets * scores[:, None], batch_size, run)
    relevance = relevance / _slopes(question, pictures)
    start = np.zeros_like(scores)
    gap = completeness_gap(relevance, scores, start)
    return relevance, {"score": scores, "baseline_score": start, "completeness_gap": gap}


def _slopes(question: Question, pictures: np.ndarray) -> np.ndarray:
    """Give what the reader's preprocessing multiplies each pixel by; relevance knows no unit."""
    pixels = tf.constant(pictures)
    with tf.GradientTape() as tape:
        tape.watch(pixels)
        made = preprocess_of(question.model)(pixels)
    slopes = tape.gradient(made, pixels)
    return np.where(slopes == 0, 1, slopes) if slopes is not None else np.float32(1)


def _runner(gamma: float, epsilon: float) -> Callable:
    key = gamma, epsilon
    if key not in _runners:
        if len(_runners) >= KEPT:
            _runners.pop(next(iter(_runners)))
        _runners[key] = partial(_run_with_rules, gamma, epsilon)
    return _runners[key]


def _run_with_rules(gamma: float, epsilon: float, units: Callable, pixels):
    with stepping_in(partial(_step_in, gamma, epsilon)):
        return units(pixels)


def _step_in(gamma: float, epsilon: float, operation, run: Callable) -> Callable:
    kind = type(operation).__name__
    if isinstance(operation, keras.Model) or kind in _MOVING:
        return run
    if kind in _ALONE:
        return _passing_on(run)
    if kind in _LINEAR:
        return partial(_shared, run, gamma, epsilon, kind in _SUMS)
    if isinstance(operation, _WEIGHTED):
        return partial(_weighted, operation, gamma, epsilon)
    raise HelpersError(
        f"There is no rule of relevance propagation for the step {operation.name!r} ({kind}) of "
        "this model: choose another method, such as integrated_gradients."
    )


def _passing_on(run: Callable) -> Callable:
    return tf.custom_gradient(lambda x: (run(x), lambda relevance: relevance))


def _shared(run: Callable, gamma: float, epsilon: float, is_sum: bool, *args, **kwargs):
    """Run a linear step without weights, of one tensor or of several."""
    given = tf.nest.flatten(args)
    tensors = [place for place, value in enumerate(given) if tf.is_tensor(value)]

    def again(parts):
        values = list(given)
        for place, part in zip(tensors, parts):
            values[place] = part
        return run(*tf.nest.pack_sequence_as(args, values), **kwargs)

    @tf.custom_gradient
    def step(*parts):
        # A constant that is added takes no relevance.
        alone = is_sum and len(parts) == 1
        sums = partial(_pooled_sums, again, gamma)
        back = (lambda r: r) if alone else (lambda r: _shares(sums, parts, r, epsilon))
        return again(parts), back

    return step(*(given[place] for place in tensors))


def _shares(run: Callable, parts, relevance, epsilon: float) -> list:
    """Give each input its share of the relevance: what it contributes to the sums."""
    parts = [tf.identity(part) for part in parts]
    with tf.GradientTape(watch_accessed_variables=False) as tape:
        tape.watch(parts)
        sums = run(parts)
        stable = sums + tf.where(sums >= 0, 1.0, -1.0) * tf.maximum(epsilon, 1e-30)
        weighted = sums * tf.stop_gradient(relevance / stable)
    return [part * slope for part, slope in zip(parts, tape.gradient(weighted, parts))]


def _weighted(layer: keras.Layer, gamma: float, epsilon: float, x, *_args, **_kwargs):
    """Run a layer with weights, whose way back shares the relevance out."""
    made = _run_layer(layer, x)
    sums = partial(_sums, layer, gamma)
    back = lambda relevance: _shares(sums, [x], relevance, epsilon)[0]  # noqa: E731
    return tf.custom_gradient(lambda _: (tf.identity(made), back))(x)


def _sums(layer: keras.Layer, gamma: float, parts):
    """Compute z, with gamma times the contributions of its own sign added."""
    (x,) = parts
    bare = layer
    if hasattr(layer, "activation"):
        bare = with_activation(layer, keras.activations.linear)
    z = _run_layer(bare, x)
    if not gamma or isinstance(layer, keras.layers.BatchNormalization):
        return z
    high, low = tf.nn.relu(x), -tf.nn.relu(-x)
    agreeing = _run_with(bare, tf.nn.relu, high) + _run_with(bare, _negative, low)
    opposing = _run_with(bare, _negative, high) + _run_with(bare, tf.nn.relu, low)
    return z + gamma * tf.where(z >= 0, agreeing, opposing)


def _pooled_sums(run: Callable, gamma: float, parts):
    """Compute sums and means, with gamma times the contributions of their own sign added."""
    z = run(parts)
    if not gamma:
        return z
    high, low = (run([sign(part) for part in parts]) for sign in (tf.nn.relu, _negative))
    return z + gamma * tf.where(z >= 0, high, low)


def _negative(x):
    return -tf.nn.relu(-x)


def _run_with(layer: keras.Layer, change: Callable, x):
    """Run a layer with changed kernels and without its bias."""
    kernels = [(w, change(w.value) * tf.cast(len(w.shape) > 1, w.dtype)) for w in layer.weights]
    with keras.StatelessScope(kernels):
        return _run_layer(layer, x)


def _run_layer(layer: keras.Layer, x):
    training = {"training": False} if isinstance(layer, keras.layers.BatchNormalization) else {}
    return layer(x, **training)
