"""Class scores of many changed pictures, made and scored in batches, so that memory stays flat."""

from collections.abc import Iterable, Iterator
from itertools import islice

import numpy as np
from scipy import special

from helpers.attribution.methods.path import BASELINES
from helpers.errors import HelpersError
from helpers.evaluation.checks import as_count, choice
from helpers.models.scores import compute_logits
from helpers.progress import progress_bar

__all__ = ["FILLS", "SCORES", "fill_picture", "score_pictures"]

SCORES = ("probability", "logit")
FILLS = tuple(BASELINES)
BATCH_SIZE = 16


def score_pictures(
    model,
    pictures: Iterable[np.ndarray],
    target: int,
    score: str = "logit",
    *,
    total: int,
    description: str,
    batch_size: int = BATCH_SIZE,
    progress: bool = True,
) -> np.ndarray:
    """Score pictures that are made one after the other.

    Parameters
    ----------
    model : keras.Model
        Pixels in, logits out.
    pictures : iterable of numpy.ndarray
        float32 (h, w, 3); only one batch of them is kept at a time.
    target : int
        Index of the class.
    score : {"logit", "probability"}
        Which score.
    total : int
        Number of pictures, for the progress bar.
    description : str
        What the progress bar says.
    batch_size : int
        Pictures in one pass.
    progress : bool
        Whether a progress bar may appear.

    Returns
    -------
    numpy.ndarray
        float64 (n,).
    """
    choice(score, "score", SCORES)
    parts = []
    with progress_bar(total, description, progress) as bar:
        for part in _batches(pictures, as_count(batch_size, "batch_size")):
            logits = compute_logits(model, part, batch_size).astype(np.float64)
            values = special.softmax(logits, axis=-1) if score == "probability" else logits
            parts.append(values[:, target])
            bar.update(len(part))
    return np.concatenate(parts)


def _batches(pictures: Iterable[np.ndarray], size: int) -> Iterator[np.ndarray]:
    pictures = iter(pictures)
    while part := list(islice(pictures, size)):
        yield np.stack(part).astype(np.float32)


def fill_picture(picture: np.ndarray, fill) -> np.ndarray:
    """Give the picture of which removed pixels are taken.

    Parameters
    ----------
    picture : numpy.ndarray
        float32 (h, w, 3), 0..255.
    fill : {"black", "white", "mean", "blur"} or float
        As the baselines of Integrated Gradients: 0; 255; the mean colour of this picture;
        this picture under a Gaussian of 10 pixels. Or one grey level 0..255.

    Returns
    -------
    numpy.ndarray
        float32 (h, w, 3).

    Raises
    ------
    HelpersError
        For another fill.
    """
    if isinstance(fill, str):
        return np.asarray(BASELINES[choice(fill, "fill", FILLS)](picture), np.float32)
    number = isinstance(fill, (int, float, np.number)) and not isinstance(fill, bool)
    if not number or not 0 <= fill <= 255:
        raise HelpersError(
            f"fill is one of {', '.join(map(repr, FILLS))} or a grey level 0..255, not {fill!r}."
        )
    return np.full(picture.shape, fill, np.float32)
