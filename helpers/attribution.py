"""One entry to every attribution method."""

import numpy as np

from helpers.backend import keras
from helpers.errors import HelpersError
from helpers.gradients import BATCH_SIZE, Question, ask

__all__ = ["METHODS", "attribute"]


def _gradient(question: Question, *, batch_size: int = BATCH_SIZE):
    pictures, weights, _ = question.pairs
    gradients, scores = question.gradients(pictures, weights, batch_size)
    return gradients, {"score": scores}


METHODS = {"gradient": _gradient}


def attribute(
    model: keras.Model,
    array,
    target_class,
    method: str = "gradient",
    layer_idx: int | str = -1,
    *,
    details: bool = False,
    **options,
) -> np.ndarray | tuple[np.ndarray, dict]:
    """Compute the signed attributions of a class score to the pixels."""
    if method not in METHODS:
        raise HelpersError(f"There is no method {method!r}; there are {', '.join(METHODS)}.")
    question = ask(model, array, target_class, layer_idx)
    attributions, found = METHODS[method](question, **options)
    if question.pairs.single:
        attributions, found = attributions[0], {key: value[0] for key, value in found.items()}
    return (attributions, found) if details else attributions
