"""Methods that change what a ReLU does to the gradient on its way back to the pixels."""

import functools
import weakref
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from helpers.attribution.question import BATCH_SIZE, Question
from helpers.attribution.records import GRADIENT_UNIT, Passes, recorded
from helpers.backend import keras, tf
from helpers.errors import HelpersError
from helpers.models.wrapping import original_of, preprocess_of, wrap_classifier

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
        Model, layer, m pairs of picture and target. The model is copied, never changed.
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
        When the model has no ReLU to change, or layers that cannot be copied.

    References
    ----------
    Springenberg et al. 2015, arXiv:1412.6806.
    """
    return _attribute_twin(question, _guided, batch_size)


@recorded(**_FACTS, source="Zeiler and Fergus 2014")
def deconvnet(question: Question, *, batch_size: int = BATCH_SIZE) -> tuple[np.ndarray, dict]:
    """Compute the gradient with every ReLU replaced, on the way back, by a ReLU of the gradient.

    At each ReLU with incoming gradient R: R -> max(R, 0), whether the unit was active or not.
    Max pooling keeps its switches, because its gradient is used as it is.

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
    return _attribute_twin(question, _deconvolving, batch_size)


def _guided(activation: Callable) -> Callable:
    return lambda x: _only_positive_gradients(activation(x))


@tf.custom_gradient
def _only_positive_gradients(x):
    return tf.identity(x), tf.nn.relu


def _deconvolving(activation: Callable) -> Callable:
    return tf.custom_gradient(lambda x: (activation(x), tf.nn.relu))


class _Twin(NamedTuple):
    """A copy of the reader's model with another backward pass."""

    original: keras.Model
    model: keras.Model


_twins: weakref.WeakKeyDictionary[keras.Model, dict[Callable, _Twin]] = weakref.WeakKeyDictionary()


def _attribute_twin(question: Question, rule: Callable, batch_size: int) -> tuple:
    twin = _twin(question.model, rule)
    # Copied on each call, because the reader may have trained or randomised the model since.
    for new, weight in zip(twin.original.weights, original_of(question.model).weights):
        new.assign(weight)
    changed = Question(twin.model, question.layer_idx, question.pairs)
    pictures, targets, _ = question.pairs
    gradients, scores = changed.gradients(pictures, targets, batch_size)
    return gradients, {"score": scores}


def _twin(model: keras.Model, rule: Callable) -> _Twin:
    twins = _twins.setdefault(model, {})
    if rule not in twins:
        original = original_of(model)
        copy = copy_with_rule(original, rule)
        wrapped = original is not model
        twins[rule] = _Twin(
            copy, wrap_classifier(copy, preprocess=preprocess_of(model)) if wrapped else copy
        )
    return twins[rule]


def copy_with_rule(model: keras.Model, rule: Callable) -> keras.Model:
    changed: list[str] = []
    clone = functools.partial(_clone_layer, rule=rule, changed=changed)
    try:
        copy = keras.models.clone_model(model, clone_function=clone, recursive=True)
    except (NotImplementedError, TypeError, ValueError):
        raise HelpersError(
            f"A layer of {model.name!r} cannot be copied, so its ReLUs cannot be changed without "
            "changing your model: give its class a get_config, or choose another method."
        ) from None
    if not changed:
        raise HelpersError(
            f"The model {model.name!r} has no ReLU that could be changed, so this would be the "
            'plain gradient under another name: use method="gradient".'
        )
    return copy


def _clone_layer(layer, rule: Callable, changed: list[str]):
    activation = _relu_of(layer)
    if not isinstance(layer, keras.Layer) and activation is None:
        return layer
    if activation is None:
        return type(layer).from_config(layer.get_config())
    changed.append(layer.name)
    if not hasattr(layer, "activation"):
        return keras.layers.Activation(rule(activation), name=layer.name)
    copy = type(layer).from_config(layer.get_config())
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
