"""Class scores of many changed pictures, made and scored in batches, so that memory stays flat."""

from collections.abc import Iterable, Iterator
from itertools import islice

import numpy as np

from helpers.backend import give_memory_back
from helpers.models.prediction import probabilities_of
from helpers.models.scores import BATCH_SIZE, compute_logits
from helpers.progress import balanced_slices, progress_bar
from helpers.validation import as_choice, as_count

__all__ = ["SCORES", "score_pictures"]

SCORES = ("probability", "logit")


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
        Number of pictures.
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
    as_choice(score, "score", SCORES)
    parts = []
    with progress_bar(total, description, progress) as bar:
        for part in _batches(pictures, total, as_count(batch_size, "batch_size")):
            logits = compute_logits(model, part, batch_size).astype(np.float64)
            values = probabilities_of(logits, model) if score == "probability" else logits
            parts.append(values[:, target])
            bar.update(len(part))
    give_memory_back()
    return np.concatenate(parts)


def _batches(pictures: Iterable[np.ndarray], total: int, size: int) -> Iterator[np.ndarray]:
    pictures = iter(pictures)
    for part in balanced_slices(total, size):
        yield np.stack(list(islice(pictures, part.stop - part.start))).astype(np.float32)
