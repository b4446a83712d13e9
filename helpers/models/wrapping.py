"""From a reader's classifier to pixels in and logits out, without changing the reader's model."""

import weakref
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from helpers.backend import keras
from helpers.classes import register_class_names
from helpers.errors import HelpersError

__all__ = ["ends_in_probabilities", "original_of", "preprocess_of", "wrap_classifier"]

# As layers, operations and functions are called; softmax_v2 is tf.nn.softmax.
_PROBABILITY_NAMES = {"softmax", "softmax_v2", "sigmoid", "logsoftmax", "log_softmax"}


class _Wrapping(NamedTuple):
    original: keras.Model
    preprocess: keras.Layer | None


_wrappings: weakref.WeakKeyDictionary[keras.Model, _Wrapping] = weakref.WeakKeyDictionary()


def wrap_classifier(
    model: keras.Model,
    *,
    preprocess: Callable | None = None,
    class_names: Sequence[str] | Mapping | None = None,
) -> keras.Model:
    """Give a classifier the contract of this package: pixels 0..255 in, logits out.

    A softmax or sigmoid at the end is bypassed, whether it is a layer of its own or the
    activation of the last layer, also inside nested models. The weights are shared with
    `model`, which itself stays as it was: what it predicts is the same before and after.
    (keras-vis needed `apply_modifications` for this, which changed the reader's model.)

    Parameters
    ----------
    model : keras.Model
        Functional or Sequential, with one picture input and one output (n, n_classes).
    preprocess : callable, optional
        From pixels 0..255, RGB, (n, h, w, 3), to what `model` expects, in TensorFlow or
        Keras operations, such as `keras.applications.resnet50.preprocess_input`.
    class_names : sequence of str or mapping, optional
        One name per class, in the order of the outputs; or name -> index, or index -> name. By
        default ImageNet's if there are 1000 classes.

    Returns
    -------
    keras.Model
        Input (n, h, w, 3) in 0..255, output (n, n_classes) float32 logits.

    Raises
    ------
    HelpersError
        When the model has no graph to follow (an unbuilt or subclassed one), several inputs
        or outputs, a number of names that differs from its outputs, or a softmax that cannot
        be bypassed.
    """
    _check_graph(model)
    pixels = keras.Input(model.inputs[0].shape[1:], name="pixels")
    layer = None if preprocess is None else _Preprocessing(preprocess, name="preprocessing")
    inside = pixels if layer is None else _preprocessed(layer, pixels)
    logits = _ToFloat32(name="logits_float32")(_logits(_without_probabilities(model), inside))
    wrapped = keras.Model(pixels, logits, name=f"{model.name}_logits")
    _wrappings[wrapped] = _Wrapping(model, layer)
    if class_names is not None:
        register_class_names(wrapped, class_names)
    _check_logits(wrapped, model)
    return wrapped


def _preprocessed(layer: "_Preprocessing", pixels: keras.KerasTensor) -> keras.KerasTensor:
    try:
        return layer(pixels)
    except Exception as error:  # whatever the reader's own function raises
        raise HelpersError(
            f"The preprocess function fails on a batch of pixels ({type(error).__name__}); write "
            "it with keras.ops or TensorFlow operations, without NumPy."
        ) from None


def _logits(model: keras.Model, inside: keras.KerasTensor) -> keras.KerasTensor:
    try:
        return model(inside)
    except ValueError:
        raise HelpersError(
            f"What the preprocess function gives, {getattr(inside, 'shape', type(inside))}, does "
            f"not fit what the model reads, {model.inputs[0].shape}."
        ) from None


def original_of(model: keras.Model) -> keras.Model:
    """Give the reader's model inside a wrapped one, or the model itself."""
    return _wrappings[model].original if model in _wrappings else model


def preprocess_of(model: keras.Model) -> Callable:
    """Give the step from pixels to what `original_of(model)` reads."""
    layer = _wrappings[model].preprocess if model in _wrappings else None
    return (lambda pixels: pixels) if layer is None else layer


def ends_in_probabilities(model: keras.Model) -> bool:
    """Whether a model with a graph ends in a softmax or sigmoid, also inside nested models."""
    if not getattr(model, "outputs", None):
        return False
    operation = _last_operation(model)
    if isinstance(operation, keras.Model):
        return ends_in_probabilities(operation)
    return _is_probability(operation) or _activation_name(operation) in _PROBABILITY_NAMES


class _Preprocessing(keras.layers.Layer):
    """The reader's own preprocessing as a layer, so that it is part of the graph."""

    def __init__(self, function: Callable, **kwargs):
        super().__init__(**kwargs)
        self.function = function

    def call(self, pixels):
        return self.function(pixels)


class _ToFloat32(keras.layers.Layer):
    """Logits in float32, also of a model in mixed precision."""

    def __init__(self, **kwargs):
        super().__init__(dtype="float32", **kwargs)

    def call(self, logits):
        return keras.ops.cast(logits, "float32")


class _LinearTwin(keras.layers.Layer):
    """A layer without its activation, on the very weights of the original."""

    def __init__(self, layer: keras.Layer, **kwargs):
        super().__init__(**kwargs)
        self.layer = layer
        config = {**layer.get_config(), "activation": "linear", "name": f"{layer.name}_linear"}
        twin = type(layer).from_config(config)
        # Behind a function, so that Keras does not count the twin's unused weights as ours.
        self._twin = lambda: twin

    def build(self, input_shape):
        self._twin().build(input_shape)

    def call(self, x):
        weights = self.layer.trainable_variables, self.layer.non_trainable_variables
        return self._twin().stateless_call(*weights, x)[0]


def _check_graph(model: keras.Model) -> None:
    if not isinstance(model, keras.Model):
        raise HelpersError(f"wrap_classifier needs a keras.Model, not {type(model).__name__}.")
    if not getattr(model, "inputs", None) or not getattr(model, "outputs", None):
        raise HelpersError(
            f"The model {model.name!r} has no graph of layers to follow: build it with keras.Input "
            "as a functional or Sequential model."
        )
    if len(model.inputs) != 1 or len(model.outputs) != 1:
        raise HelpersError(
            f"The model {model.name!r} has {len(model.inputs)} inputs and {len(model.outputs)} "
            "outputs; a classifier here has one of each, so build a keras.Model of that pair."
        )
    if len(model.inputs[0].shape) != 4 or len(model.outputs[0].shape) != 2:
        raise HelpersError(
            f"The model {model.name!r} goes from {model.inputs[0].shape} to "
            f"{model.outputs[0].shape}; a classifier goes from (n, h, w, 3) to (n, n_classes)."
        )


def _last_operation(model: keras.Model):
    return model.outputs[0]._keras_history.operation


def _before_last(model: keras.Model):
    """Give the tensor that the last operation reads, also when that operation is used twice."""
    operation, node, _ = model.outputs[0]._keras_history
    return operation._inbound_nodes[node].input_tensors[0]


def _activation_name(operation) -> str:
    activation = getattr(operation, "activation", None)
    return getattr(activation, "__name__", type(activation).__name__).lower()


def _is_probability(operation) -> bool:
    """Whether an operation is nothing but a softmax or sigmoid."""
    if isinstance(operation, keras.layers.Activation):
        return _activation_name(operation) in _PROBABILITY_NAMES
    return type(operation).__name__.lower() in _PROBABILITY_NAMES


def _without_probabilities(model: keras.Model) -> keras.Model:
    if not ends_in_probabilities(model):
        # A new model on the same layers: calling `model` itself would add to its own graph.
        return keras.Model(model.inputs, model.outputs[0])
    operation, before = _last_operation(model), _before_last(model)
    if isinstance(operation, keras.Model):
        logits = _without_probabilities(operation)(before)
    elif _is_probability(operation):
        logits = before
    else:
        logits = _LinearTwin(operation, name=f"{operation.name}_logits")(before)
    return keras.Model(model.inputs, logits)


def _check_logits(wrapped: keras.Model, model: keras.Model) -> None:
    """Check on noise that no probabilities are left."""
    size = [2, *(side or 224 for side in model.inputs[0].shape[1:])]
    noise = np.random.default_rng(0).uniform(0, 255, size).astype(np.float32)
    logits = wrapped(noise).numpy()
    if np.all(logits >= 0) and np.allclose(logits.sum(-1), 1, atol=1e-3):
        raise HelpersError(
            f"The model {model.name!r} still gives probabilities: its softmax is not at the very "
            "end, so build a keras.Model whose output lies before it."
        )
