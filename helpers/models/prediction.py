"""What a network says about a picture: class scores, and probabilities when those are meant."""

import numpy as np

from helpers.backend import keras
from helpers.classes import class_table
from helpers.errors import HelpersError
from helpers.models.bypass import LINKS
from helpers.models.classifier import link_of
from helpers.models.loading import load_model
from helpers.models.scores import check_model, compute_logits
from helpers.validation import picture_batch

__all__ = ["class_logits", "class_probabilities", "make_prediction", "probabilities_of"]


def make_prediction(
    img_array, model: keras.Model | None = None, top: int = 5
) -> tuple[int | list[int], list[list[tuple[str, str, float]]]]:
    """Name the highest-scoring classes of a picture, callable as in the post.

    Parameters
    ----------
    img_array : array-like
        Picture (h, w, 3) or batch (n, h, w, 3), RGB, 0..255, of the model's input size.
    model : keras.Model, optional
        None means `load_model()`.
    top : int
        How many classes to name, 1 or more; all of them where there are fewer.

    Returns
    -------
    prediction : int or list of int
        Index of the class with the highest logit; a list for a batch.
    detailed_prediction : list of list of tuple
        For every picture a list of (WordNet id, name, logit), highest first.

    Raises
    ------
    HelpersError
        For a picture array that does not fit the model, or `top` out of range.

    Notes
    -----
    Scores are logits, not probabilities, as in the post; see `class_probabilities`.
    """
    model = load_model() if model is None else model
    logits, batched = class_logits(img_array, model)
    table = class_table(model)
    if not isinstance(top, (int, np.integer)) or isinstance(top, bool) or top < 1:
        raise HelpersError(f"top is a number of classes, 1 or more, not {top!r}.")
    order = np.argsort(-logits, axis=-1, kind="stable")[:, :top]
    detailed = [
        [(*table[index], float(row[index])) for index in best]
        for row, best in zip(logits, order, strict=True)
    ]
    best = [int(indices[0]) for indices in order]
    return (best if batched else best[0]), detailed


def class_probabilities(img_array, model: keras.Model | None = None) -> np.ndarray:
    """Compute the probabilities that the model's own head gives: a softmax or sigmoids.

    A softmax over the logits, or a sigmoid of each where the reader's model had sigmoids
    before it was wrapped (several labels may be right at once), and for one logit.

    Parameters
    ----------
    img_array : array-like
        Picture (h, w, 3) or batch (n, h, w, 3), RGB, 0..255.
    model : keras.Model, optional
        None means `load_model()`.

    Returns
    -------
    numpy.ndarray
        float32 (n_classes,), or (n, n_classes) for a batch; behind a softmax each row sums
        to 1.

    Raises
    ------
    HelpersError
        For a picture array that does not fit the model.
    """
    model = load_model() if model is None else model
    logits, batched = class_logits(img_array, model)
    probabilities = probabilities_of(logits, model)
    return probabilities if batched else probabilities[0]


def probabilities_of(logits: np.ndarray, model: keras.Model) -> np.ndarray:
    """Turn logits into probabilities, as the model's own head does.

    Parameters
    ----------
    logits : numpy.ndarray
        (..., n_classes), what the model gives.
    model : keras.Model
        A wrapped one remembers the softmax or sigmoid that was bypassed. One that had none
        gets a sigmoid for its one logit, or a softmax over several.

    Returns
    -------
    numpy.ndarray
        The same shape and type, 0..1.
    """
    link = link_of(model) or ("sigmoid" if np.shape(logits)[-1] == 1 else "softmax")
    return LINKS[link](logits)


def class_logits(img_array, model: keras.Model) -> tuple[np.ndarray, bool]:
    """Compute the logits float32 (n, n_classes); also tell whether `img_array` was a batch."""
    check_model(model)
    pictures, batched = picture_batch(img_array, model)
    return compute_logits(model, pictures), batched
