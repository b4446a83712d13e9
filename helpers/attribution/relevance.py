"""The way back of relevance propagation: a rule for each kind of step, and an account of it all.

The relevance R of a unit is shared among what was summed up to make its value v. What travels
back here is R / v. A step that adds, moves or averages values hands that back as it hands back a
gradient, so each share is what it contributed, and nothing is divided by a sum that cancels.
"""

from collections.abc import Callable
from functools import partial
from typing import NamedTuple

from helpers.backend import keras, tf
from helpers.errors import HelpersError
from helpers.models.classifier import Classifier
from helpers.models.graphs import graph_of, graph_pairs, stepping_in
from helpers.models.scores import compiled

__all__ = ["Account", "relevance_function"]

_LAYERS, _OPS = keras.layers, keras.ops
# Linear without an offset, or, as the largest of some values, one of them.
_MOVING = {
    "ActivityRegularization", "Average", "AveragePooling2D", "Cast", "CenterCrop", "Concatenate",
    "Cropping2D", "Dropout", "ExpandDims", "Flatten", "GaussianDropout", "GaussianNoise",
    "GetItem", "GlobalAveragePooling2D", "GlobalMaxPooling2D", "Identity", "MaxPooling2D", "Mean",
    "Pad", "Permute", "Reshape", "Resizing", "SpatialDropout2D", "Squeeze", "Sum", "Transpose",
    "UpSampling2D", "ZeroPadding2D",
}  # fmt: skip
# Linear but for a constant, if only one of the values depends on the pixels.
_SCALING = {"Rescaling", "Normalization", "BatchNormalization", "Multiply", "Divide", "TrueDivide"}
_ADDING = {"Add", "Subtract", "Negative"}
# Of what is linear on each value by itself, none of it mixes pixels.
_EACH_ALONE = (_SCALING - {"BatchNormalization"}) | _ADDING | {"Cast", "GetItem", "Identity"}
_BENT_LAYERS = {"ReLU", "LeakyReLU", "PReLU", "ELU"}
_BENT = {
    "relu", "relu6", "leaky_relu", "elu", "selu", "celu", "silu", "swish", "gelu", "sigmoid",
    "hard_sigmoid", "hard_silu", "hard_swish", "mish", "softplus", "softsign", "tanh", "linear",
    "hard_tanh", "tanh_shrink", "soft_shrink", "hard_shrink", "squareplus", "exponential",
    "log_sigmoid",
}  # fmt: skip
_NEVER_NEGATIVE = {"relu", "relu6", "sigmoid", "hard_sigmoid", "softplus", "exponential"}
_KEEPING_SIGN = _MOVING - {"Resizing", "UpSampling2D"}
# Below this, a slope takes the place of a quotient of two rounded numbers.
_TINY = 1e-3


class Account(NamedTuple):
    """Where the score went, for a batch of n pictures."""

    pixels: tf.Tensor
    """(n, h, w, channels)"""
    biases: tf.Tensor
    """(n,), what the constants of the network were given."""
    stabiliser: tf.Tensor
    """(n,), what epsilon kept."""
    scores: tf.Tensor
    """(n,)"""


class _Linear(NamedTuple):
    """A step that multiplies with weights, sums up and adds a bias."""

    run: Callable
    """From a kernel and values to sums."""
    kernel: tf.Tensor
    bias: tf.Tensor


def relevance_function(
    units: Callable, shape: tuple, count: int, model: keras.Model, with_gamma: bool
) -> Callable:
    """Compile the function from (pixels, targets, gamma, epsilon) to an `Account`.

    Parameters
    ----------
    units : callable
        From pixels to units, by graphs that can be stepped through.
    shape : tuple of int
        Of one picture.
    count : int
        Number of units.
    model : keras.Model
        The original one, for its batch normalisations.
    with_gamma : bool
        False leaves out what only the gamma rule needs.

    Returns
    -------
    callable
    """
    folded = _foldable(model)

    def account(pixels, targets, gamma, epsilon):
        with tf.GradientTape(persistent=True) as tape:
            none = tf.zeros_like(targets[:, 0])
            ledger = [tf.identity(none), tf.identity(none)]
            tape.watch([pixels, *ledger])
            rules = _Rules(gamma if with_gamma else None, epsilon, tape, ledger, folded)
            with stepping_in(rules.step_in):
                values = units(pixels)
            scores = tf.reduce_sum(tf.cast(values, tf.float32) * targets, -1)
        entries = list(rules.entries.values())
        slopes = tape.gradient(scores, [*entries, *ledger], unconnected_gradients="zero")
        parts = [
            _before(tape, entry, entry * slope, pixels) for entry, slope in zip(entries, slopes)
        ]
        return Account(tf.add_n(parts), *slopes[-2:], scores)

    numbers = tf.TensorSpec((), tf.float32)
    signature = (
        tf.TensorSpec((None, *shape), tf.float32), tf.TensorSpec((None, count), tf.float32),
        numbers, numbers,
    )  # fmt: skip
    return compiled(account, signature)


def _before(tape: tf.GradientTape, entry, relevance, pixels):
    """Hand relevance back to the pixels, through steps that act on each value alone."""
    back = partial(tape.gradient, entry, pixels, unconnected_gradients="zero")
    scales = back(output_gradients=tf.ones_like(entry))
    return tf.math.divide_no_nan(back(output_gradients=relevance), scales)


def _foldable(model: keras.Model) -> dict[int, keras.Layer]:
    """Find the batch normalisations that only rescale the sums of the layer before."""
    return {
        id(after): before
        for before, after in graph_pairs(model)
        if type(after) is _LAYERS.BatchNormalization
        and _is_weighted(before)
        and _name_of(before.activation) == "linear"
        and after.axis in (-1, len(before.output.shape) - 1)
    }


def _is_weighted(operation) -> bool:
    # Not a subclass, which may do something else as well.
    kinds = _LAYERS.Dense, _LAYERS.Conv2D, _LAYERS.DepthwiseConv2D, _LAYERS.SeparableConv2D
    return type(operation) in kinds and (
        getattr(operation, "data_format", None) != "channels_first"  # where biases lie elsewhere
    )


def _name_of(activation) -> str:
    name = getattr(activation, "__name__", type(activation).__name__).lower()
    return "leaky_relu" if name == "relu" and getattr(activation, "negative_slope", 0) else name


class _Rules:
    """The rules for the steps of one run through a network."""

    def __init__(self, gamma, epsilon, tape, ledger: list, folded: dict) -> None:
        self.entries: dict[int, tf.Tensor] = {}
        """Where the pixels, each by itself rescaled at most, enter the network."""
        self._gamma, self._epsilon = gamma, epsilon
        self._tape, self._ledger, self._folded = tape, ledger, folded
        self._waiting: dict[int, tuple[keras.Layer, tf.Tensor]] = {}
        # By their ids, which stay theirs because the tensors are kept.
        self._inside: dict[int, tf.Tensor] = {}
        self._positive: dict[int, tf.Tensor] = {}
        self._is_inside = False

    def step_in(self, operation, run: Callable) -> Callable:
        """Give the function that runs a step, and goes back through it by a rule."""
        if graph_of(operation) is not None or isinstance(operation, Classifier):
            return partial(self._nested, run, isinstance(operation, Classifier))
        kind = type(operation).__name__
        rule = self._rule_of(operation, kind)
        return partial(self._step, rule, run, kind)

    def _nested(self, run: Callable, is_whole: bool, values, **options):
        before = self._is_inside
        self._is_inside = before or any(id(value) in self._inside for value in _tensors(values))
        made = run(values, **options)
        if self._is_inside or is_whole:
            self._note(made)
        self._is_inside = before
        return made

    def _step(self, rule: Callable, run: Callable, kind: str, *args, **kwargs):
        given = _tensors((args, kwargs))
        outside = not self._is_inside and not any(id(value) in self._inside for value in given)
        if outside and kind in _EACH_ALONE and len(given) == 1:
            return run(*args, **kwargs)
        for value in given:
            if not self._is_inside and id(value) not in self._inside:
                self._tape.watch(value)
                self.entries[id(value)] = value
                self._note(value)
        made = rule(run, *args, **kwargs)
        self._note(made)
        return made

    def _note(self, made) -> None:
        self._inside.update((id(value), value) for value in _tensors(made))

    def _rule_of(self, operation, kind: str) -> Callable:
        dtype = getattr(operation, "compute_dtype", "float32")
        if dtype != "float32":
            raise HelpersError(
                f"Relevance propagation keeps its account in float32, and the step "
                f"{operation.name!r} of this model computes in {dtype}: choose another method, "
                'such as "integrated_gradients".'
            )
        one_input = _inputs_of(operation) == 1
        if _is_weighted(operation) and _name_of(operation.activation) in _BENT:
            return partial(self._weighted, operation)
        if kind == "BatchNormalization":
            return partial(self._normalised, operation)
        if kind in _MOVING:
            return partial(self._moved, kind in _KEEPING_SIGN)
        if kind in _ADDING or (kind in _SCALING and one_input):
            return self._affine
        bend = _name_of(getattr(operation, "activation", operation))
        if kind in _BENT_LAYERS or (kind == "Activation" and bend in _BENT):
            return partial(self._bent, bend)
        if not isinstance(operation, keras.Layer) and _snake(kind) in _BENT:
            return partial(self._bent, _snake(kind))
        raise HelpersError(
            f"There is no rule of relevance propagation for the step {operation.name!r} ({kind}) "
            'of this model: choose another method, such as "integrated_gradients".'
        )

    def _moved(self, keeps_sign: bool, run: Callable, *args, **kwargs):
        made = run(*args, **kwargs)
        given = _tensors((args, kwargs))
        if keeps_sign and all(id(value) in self._positive for value in given):
            self._positive[id(made)] = made
        return made

    def _affine(self, run: Callable, *args, **kwargs):
        nothing = keras.tree.map_structure(
            lambda value: tf.zeros_like(value[:1]) if _depends(value) else value, (args, kwargs)
        )
        offset = tf.stop_gradient(run(*nothing[0], **nothing[1]))

        @tf.custom_gradient
        def noted(made, biases):
            return tf.identity(made), lambda c: (c, _per_picture(offset * c))

        return noted(run(*args, **kwargs), self._ledger[0])

    def _bent(self, name: str, run: Callable, x, **kwargs):
        function = partial(run, **kwargs)
        values, rest = function(x), function(tf.zeros_like(x[:1]))

        @tf.custom_gradient
        def step(x, biases):
            back = lambda c: (_quotient(function, x, rest) * c, _per_picture(rest * c))  # noqa: E731
            return tf.identity(values), back

        made = step(x, self._ledger[0])
        if name in _NEVER_NEGATIVE:
            self._positive[id(made)] = made
        return made

    def _weighted(self, layer: keras.Layer, run: Callable, x, *_args, **_kwargs):
        if any(layer is waiting for waiting in self._folded.values()):
            made = run(x)
            self._waiting[id(made)] = layer, x
            return made
        made = self._sums(layer, x)
        if _name_of(layer.activation) == "linear":
            return made
        return self._bent(_name_of(layer.activation), layer.activation, made)

    def _normalised(self, layer: keras.Layer, run: Callable, x, *args, **kwargs):
        if id(x) not in self._waiting:
            return self._affine(run, x, *args, **kwargs)
        weighted, source = self._waiting[id(x)]
        return self._sums(weighted, source, layer)

    def _sums(self, layer: keras.Layer, x, norm: keras.Layer | None = None):
        *first, last = _linear_parts(layer)
        positive = not first and id(x) in self._positive
        for part in first:
            x = self._linear(part, x, False)
        return self._linear(last if norm is None else _fold(last, norm), x, positive)

    def _linear(self, part: _Linear, x, positive: bool):
        @tf.custom_gradient
        def step(x, *ledger):
            z = part.run(part.kernel, x) + part.bias
            return z, partial(_shared, part, x, z, positive, self._gamma, self._epsilon)

        return step(tf.cast(x, tf.float32), *self._ledger)


def _shared(part: _Linear, x, z, positive: bool, gamma, epsilon, c) -> tuple:
    """Share out what comes back for the sums z: to the values x, the bias and the stabiliser."""
    sign = tf.where(z >= 0, 1.0, -1.0)
    with tf.GradientTape(watch_accessed_variables=False) as tape:
        tape.watch(x)
        plain, agreeing, bias = part.run(part.kernel, x), 0.0, part.bias
        if gamma is not None:
            speaking_for = _speaking_for(part, x, positive)
            agreeing = gamma * tf.where(z >= 0, speaking_for, plain - speaking_for)
            bias += gamma * tf.where(sign * bias > 0, bias, 0.0)
        sums = plain + agreeing
        shares = c * tf.math.divide_no_nan(z, tf.stop_gradient(sums) + bias + epsilon * sign)
        total = sums * tf.stop_gradient(shares)
    back = tape.gradient(total, x)
    return back, _per_picture(bias * shares), _per_picture(epsilon * sign * shares)


def _speaking_for(part: _Linear, x, positive: bool):
    """Sum up the contributions above 0 alone."""
    found = part.run(tf.nn.relu(part.kernel), tf.nn.relu(x))
    if positive:
        return found
    return found + part.run(-tf.nn.relu(-part.kernel), -tf.nn.relu(-x))


def _quotient(function: Callable, x, rest):
    """Compute (f(x) - f(0)) / x, which for x towards 0 is the slope."""
    with tf.GradientTape(watch_accessed_variables=False) as tape:
        tape.watch(x)
        made = function(x)
    slope = tape.gradient(made, x)
    return tf.where(tf.abs(x) < _TINY, slope, tf.math.divide_no_nan(made - rest, x))


def _linear_parts(layer: keras.Layer) -> list[_Linear]:
    """Take a layer apart into steps with one kernel each."""
    bias = tf.convert_to_tensor(layer.bias) if layer.use_bias else tf.constant(0.0)
    if type(layer) is _LAYERS.Dense:
        return [_Linear(lambda k, x: tf.matmul(x, k), tf.convert_to_tensor(layer.kernel), bias)]
    if type(layer) is _LAYERS.Conv2D:
        run = lambda k, x: layer.convolution_op(x, k)  # noqa: E731
        return [_Linear(run, tf.convert_to_tensor(layer.kernel), bias)]
    options = {
        "strides": layer.strides, "padding": layer.padding, "data_format": layer.data_format,
        "dilation_rate": layer.dilation_rate,
    }  # fmt: skip
    deep = lambda k, x: _OPS.depthwise_conv(x, k, **options)  # noqa: E731
    if type(layer) is _LAYERS.DepthwiseConv2D:
        return [_Linear(deep, tf.convert_to_tensor(layer.kernel), bias)]
    across = lambda k, x: _OPS.conv(x, k, data_format=layer.data_format)  # noqa: E731
    return [
        _Linear(deep, tf.convert_to_tensor(layer.depthwise_kernel), tf.constant(0.0)),
        _Linear(across, tf.convert_to_tensor(layer.pointwise_kernel), bias),
    ]


def _fold(part: _Linear, norm: keras.Layer) -> _Linear:
    """Give a step with the batch normalisation of its sums as part of its weights."""
    scale = tf.math.rsqrt(tf.convert_to_tensor(norm.moving_variance) + norm.epsilon)
    if norm.scale:
        scale *= tf.convert_to_tensor(norm.gamma)
    bias = (part.bias - tf.convert_to_tensor(norm.moving_mean)) * scale
    if norm.center:
        bias += tf.convert_to_tensor(norm.beta)
    # Of a depthwise kernel the last two axes make the channels.
    depthwise = part.kernel.shape[-1] != norm.moving_mean.shape[0]
    shape = part.kernel.shape[-2:] if depthwise else part.kernel.shape[-1:]
    return _Linear(part.run, part.kernel * tf.reshape(scale, shape), bias)


def _snake(kind: str) -> str:
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in kind)[1:]


def _inputs_of(operation) -> int:
    return max(len(node.input_tensors) for node in operation._inbound_nodes)


def _tensors(values) -> list[tf.Tensor]:
    return [value for value in keras.tree.flatten(values) if _depends(value)]


def _depends(value) -> bool:
    """Whether a value is made of the pixels, and no constant of the graph."""
    return tf.is_tensor(value) and not hasattr(value, "numpy")


def _per_picture(relevance):
    return tf.reduce_sum(relevance, tf.range(1, tf.rank(relevance)))
