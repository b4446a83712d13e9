"""Methods that change what a ReLU does to the gradient on its way back to the pixels."""

import functools
from collections.abc import Callable

import numpy as np

from helpers.attribution.question import BATCH_SIZE, Question
from helpers.attribution.records import GRADIENT_UNIT, Passes, recorded
from helpers.backend import keras, tf
from helpers.errors import HelpersError
from helpers.models.copying import copy_layer, copy_model
from helpers.models.graphs import stepping_in, with_activation

__all__ = ["deconvnet", "guided_backprop"]

_FACTS = {
    "signed": True,
    "channels": True,
    "needs_gradients": True,
    "passes": Passes(gradients=1),
    "reading": "absolute",
    "unit": GRADIENT_UNIT,
}
_RELU_NAMES = {"relu", "relu6"}
_RELU_OPERATIONS = {"Relu": tf.nn.relu, "Relu6": tf.nn.relu6}


@recorded(**_FACTS, source="Springenberg et al. 2015")
def guided_backprop(question: Question, *, batch_size: int = BATCH_SIZE) -> tuple[np.ndarray, dict]:
    """Compute the gradient with every ReLU letting only positive gradients pass back.

    At each ReLU f with incoming gradient R: R -> f'(x) max(R, 0). What comes out is sharp and
    pretty, and depends little on the class (Adebayo et al. 2018, arXiv:1810.03292).
    It acts on ReLU and ReLU6, as layers, as activations of other layers and as operations,
    also in nested models. Other activations keep their gradient.

    Parameters
    ----------
    question : Question
        Model, layer, m pairs of picture and target.
    batch_size : int
        Pictures in one pass.

    Returns
    -------
    attributions : numpy.ndarray
        float32 (m, h, w, 3), signed, logit per grey level but for the changed rule.
    details : dict
        `score` (m,).

    Raises
    ------
    HelpersError
        When the model has no ReLU that can be reached by its graph.

    References
    ----------
    Springenberg et al. 2015, arXiv:1412.6806.
    """
    return _gradients(question, _run_guided, batch_size)


@recorded(**_FACTS, source="Zeiler and Fergus 2014")
def deconvnet(question: Question, *, batch_size: int = BATCH_SIZE) -> tuple[np.ndarray, dict]:
    """Compute the gradient with every ReLU replaced, on the way back, by a ReLU of the gradient.

    At each ReLU with incoming gradient R: R -> max(R, 0), whether the unit was active or not.
    Max pooling keeps its switches, because its gradient is used as it is, and they are all that
    it knows of the picture: on a network without max pooling, such as EfficientNet-Lite0, its
    map is made of the weights alone, and is the same for every picture.

    Parameters
    ----------
    question, batch_size
        As for `guided_backprop`.

    Returns
    -------
    attributions, details
        As for `guided_backprop`.

    Raises
    ------
    HelpersError
        As for `guided_backprop`.

    References
    ----------
    Zeiler and Fergus 2014, arXiv:1311.2901; in this form Simonyan et al. 2013,
    arXiv:1312.6034, section 4.
    """
    return _gradients(question, _run_deconvolving, batch_size)


def _guided(activation: Callable) -> Callable:
    return lambda x: _only_positive_gradients(activation(x))


@tf.custom_gradient
def _only_positive_gradients(x):
    return tf.identity(x), tf.nn.relu


def _deconvolving(activation: Callable) -> Callable:
    return tf.custom_gradient(lambda x: (activation(x), tf.nn.relu))


def _gradients(question: Question, run_units: Callable, batch_size: int) -> tuple:
    pictures, targets, _ = question.pairs
    gradients, scores = question.gradients(pictures, targets, batch_size, run_units)
    return gradients, {"score": scores}


def _run_guided(units: Callable, pixels):
    return _run_with_rule(units, pixels, _guided)


def _run_deconvolving(units: Callable, pixels):
    return _run_with_rule(units, pixels, _deconvolving)


def _run_with_rule(units: Callable, pixels, rule: Callable):
    changed: list[str] = []
    with stepping_in(functools.partial(_step_in, rule, changed)):
        values = units(pixels)
    if not changed:
        raise HelpersError(
            "The model has no ReLU that could be changed, so this would be the plain gradient "
            'under another name: use method="gradient".'
        )
    return values


def _step_in(rule: Callable, changed: list[str], operation, run: Callable) -> Callable:
    activation = _relu_of(operation)
    if activation is None:
        return run
    changed.append(operation.name)
    if hasattr(operation, "activation"):
        return with_activation(operation, rule(activation))
    return rule(activation)


def copy_with_rule(model: keras.Model, rule: Callable) -> keras.Model:
    """Copy a plain model, with a rule put around each ReLU; its weights have the same values."""
    changed: list[str] = []
    copy = copy_model(model, functools.partial(_copy_layer, rule=rule, changed=changed))
    if not changed:
        raise HelpersError(
            f"The model {model.name!r} has no ReLU that could be changed, so this would be the "
            'plain gradient under another name: use method="gradient".'
        )
    return copy


def _copy_layer(layer, rule: Callable, changed: list[str]):
    activation = _relu_of(layer)
    if activation is None:
        return copy_layer(layer)
    changed.append(layer.name)
    if not hasattr(layer, "activation"):
        return keras.layers.Activation(rule(activation), name=layer.name)
    copy = copy_layer(layer)
    copy.activation = rule(activation)
    return copy


def _relu_of(layer) -> Callable | None:
    """Give the ReLU that a layer or operation applies; leaky ones are not ReLUs."""
    if isinstance(layer, keras.layers.ReLU):
        options = {key: layer.get_config()[key] for key in ("max_value", "threshold")}
        leaky = float(layer.get_config()["negative_slope"])
        return None if leaky else functools.partial(keras.activations.relu, **options)
    if not isinstance(layer, keras.Layer):
        return _RELU_OPERATIONS.get(type(layer).__name__)
    activation = getattr(layer, "activation", None)
    return activation if getattr(activation, "__name__", "") in _RELU_NAMES else None
