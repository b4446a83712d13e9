"""HSIC: how strongly the score depends on whether a cell of the picture shows."""

import numpy as np
from scipy.spatial.distance import pdist, squareform

from helpers.attribution.methods.surrogate import cell_labels, region_scores
from helpers.attribution.question import BATCH_SIZE, Question
from helpers.attribution.records import NO_UNIT, Passes, recorded
from helpers.pictures.fills import Fill, fill_picture
from helpers.progress import progress_bar

__all__ = ["hsic"]


@recorded(
    signed=False,
    channels=False,
    needs_gradients=False,
    passes=Passes(scores=500),
    reading="absolute",
    unit=NO_UNIT,
    source="Novello et al. 2022",
)
def hsic(
    question: Question,
    *,
    samples: int = 500,
    cells: int = 7,
    fill: Fill = "mean",
    batch_size: int = BATCH_SIZE,
    seed: int = 0,
    progress: bool = True,
) -> tuple[np.ndarray, dict]:
    """Measure the dependence between showing a cell and the score, of any shape (HSIC).

    n pictures in which each of `cells` x `cells` cells shows by the toss of a coin. A cell gets
    tr(K H L H) / (n - 1)^2, the Hilbert-Schmidt independence criterion, with K 1 where two
    pictures agree on the cell and 0 elsewhere, L = exp(-(S_i - S_j)^2 / (2 w^2)) of their
    scores, w the median distance, and H the centring. It is 0 for independence and has no sign:
    a cell that speaks against the class stands out as much as one that speaks for it. With
    finite n every cell gets a little, about 1 / n, whatever it does.

    Parameters
    ----------
    question : Question
        Model, layer, m pairs of picture and target; every pair gets the same cells shown.
    samples : int
        Number n of pictures that are scored.
    cells : int
        Cells along each side.
    fill : {"mean", "black", "white", "blur"}, float or sequence of float
        What hides a cell; see `helpers.pictures.fills.fill_picture`.
    batch_size, seed, progress
        See `helpers.attribute`.

    Returns
    -------
    attributions : numpy.ndarray
        float32 (m, h, w, 1), 0 or more, constant over each cell.
    details : dict
        Empty.

    References
    ----------
    Novello, Fel and Vigouroux 2022, "Making sense of dependence: efficient black-box
    explanations using dependence measure", arXiv:2206.06219; Gretton et al. 2005.
    """
    pictures, targets, _ = question.pairs
    labels = cell_labels(pictures.shape[1:3], cells)
    shown = np.random.default_rng(seed).random((samples, labels.max() + 1)) < 0.5
    maps = []
    with progress_bar(len(pictures) * samples, "hsic", progress) as bar:
        for picture, row in zip(pictures, targets):
            parts = picture, fill_picture(picture, fill), labels, row, shown, batch_size
            maps.append(_dependence(shown, region_scores(question, *parts, bar))[labels])
    return np.stack(maps)[..., None].astype(np.float32), {}


def _dependence(shown: np.ndarray, scores: np.ndarray) -> np.ndarray:
    """Compute the criterion of each cell, (k,)."""
    distances = pdist(scores[:, None])
    apart = distances[distances > 0]
    if not len(apart):
        return np.zeros(shown.shape[1])
    # Where most pairs have one score the median is 0, and all others would be infinitely far.
    width = np.median(distances) or np.median(apart)
    likeness = np.exp(-np.square(squareform(distances) / width) / 2)
    # Of 0 and 1, the kernel "agree" is 1 - (a - b)^2; centred, nothing but 2 a b is left of it.
    centred = shown - shown.mean(0)
    sums = np.einsum("ij,ij->j", centred, likeness @ centred)
    return np.maximum(2 * sums, 0) / (len(shown) - 1) ** 2
