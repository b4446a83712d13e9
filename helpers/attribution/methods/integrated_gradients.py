"""Integrated Gradients: from a baseline to the picture, and whether it all adds up."""

from collections.abc import Callable

import numpy as np

from helpers.attribution.question import BATCH_SIZE, Question
from helpers.attribution.records import Passes, recorded
from helpers.errors import HelpersError
from helpers.pictures.fills import fill_picture
from helpers.progress import balanced_slices, made_ahead, progress_bar
from helpers.validation import as_values, picture_batch

__all__ = ["completeness_gap", "integrated_gradients", "path_gradient", "trapezoids"]


@recorded(
    signed=True,
    channels=True,
    needs_gradients=True,
    passes=Passes(gradients=51),
    reading="signed",
    unit="logit",
    source="Sundararajan et al. 2017",
)
def integrated_gradients(
    question: Question,
    *,
    steps: int = 50,
    baseline="black",
    batch_size: int = BATCH_SIZE,
    progress: bool = True,
) -> tuple[np.ndarray, dict]:
    """Integrate the gradients along the straight path from a baseline b to the picture x.

    (x - b) times the integral over a from 0 to 1 of dS/dx at b + a (x - b), by the trapezoid
    rule. With the exact integral the attributions sum to S(x) - S(b) ("completeness"); what
    they miss is the completeness gap. A pixel that equals the baseline gets 0.

    Parameters
    ----------
    question : Question
        Model, layer, m pairs of picture and target.
    steps : int
        Intervals of the trapezoid rule; takes steps + 1 gradients.
    baseline : {"black", "white", "mean", "blur"}, float or array-like
        What `helpers.pictures.fills.fill_picture` makes of the picture ("blur": Sturmfels et
        al. 2020); or a picture (h, w, 3), 0..255, or one per pair.
    batch_size, progress
        See `helpers.attribute`.

    Returns
    -------
    attributions : numpy.ndarray
        float32 (m, h, w, 3), signed, logits.
    details : dict
        `score`, `baseline_score` and `completeness_gap`, the sum of the attributions minus
        (score minus baseline_score): each (m,).

    References
    ----------
    Sundararajan, Taly and Yan 2017, arXiv:1703.01365; Sturmfels, Lundberg and Lee 2020,
    "Visualizing the impact of feature attribution baselines", Distill.
    """
    pictures, targets, _ = question.pairs
    baselines = _baselines(baseline, pictures, question.model)
    attributions, scores = np.empty_like(pictures), np.empty((len(pictures), 2), np.float32)
    positions, shares = trapezoids(steps)
    with progress_bar(len(pictures) * (steps + 1), "integrated_gradients", progress) as bar:
        for pair, row in enumerate(targets):
            points = baselines[pair], pictures[pair], positions, shares
            mean, found = path_gradient(question, row, *points, batch_size, bar.update)
            scores[pair] = found[[0, -1]]
            attributions[pair] = mean * (pictures[pair] - baselines[pair])
    start, end = scores.T
    gap = completeness_gap(attributions, end, start)
    return attributions, {"score": end, "baseline_score": start, "completeness_gap": gap}


def completeness_gap(
    attributions: np.ndarray, score: np.ndarray, baseline_score: np.ndarray
) -> np.ndarray:
    """Compute what attributions miss of the score difference that they should sum to.

    Parameters
    ----------
    attributions : numpy.ndarray
        (m, h, w, c), logits.
    score, baseline_score : numpy.ndarray
        (m,), logits.

    Returns
    -------
    numpy.ndarray
        float32 (m,): sum of the attributions minus (score minus baseline score); 0 is exact.
    """
    sums = attributions.sum((1, 2, 3), dtype=np.float64)
    return (sums - (score.astype(np.float64) - baseline_score)).astype(np.float32)


def path_gradient(
    question: Question,
    row: np.ndarray,
    start: np.ndarray,
    end: np.ndarray,
    positions: np.ndarray,
    shares: np.ndarray,
    batch_size: int = BATCH_SIZE,
    update: Callable[[int], object] | None = None,
) -> tuple[np.ndarray, np.ndarray]:
    """Add up the gradients at points of a straight path, each times its share.

    Parameters
    ----------
    question : Question
        Model and layer.
    row : numpy.ndarray
        float32 (n_units,), one of the question's targets.
    start, end : numpy.ndarray
        float32 (h, w, 3), 0..255.
    positions, shares : numpy.ndarray
        float32 (n,): where on the path, from 0 to 1, and the weight there, which is not 0.
    batch_size : int
        Pictures in one pass.
    update : callable, optional
        Is told after every pass how many points were done.

    Returns
    -------
    total : numpy.ndarray
        float32 (h, w, 3), logit per grey level.
    scores : numpy.ndarray
        float32 (n,), logits.
    """
    total, scores = np.zeros_like(start), np.empty(len(positions), np.float32)
    parts = list(balanced_slices(len(positions), batch_size))
    path = (start + positions[part, None, None, None] * (end - start) for part in parts)
    for part, points in zip(parts, made_ahead(path)):
        # Each score is weighted by its share, so that the plain sum of gradients is the mean.
        gradient, weighted = question.gradient_sum(points, shares[part, None] * row)
        total, scores[part] = total + gradient, weighted / shares[part]
        if update:
            update(len(points))
    return total, scores


def trapezoids(steps: int) -> tuple[np.ndarray, np.ndarray]:
    """Give the points of the trapezoid rule on a path, and their shares.

    Parameters
    ----------
    steps : int
        Intervals of equal length.

    Returns
    -------
    positions, shares : numpy.ndarray
        float32 (steps + 1,): from 0 to 1, and weights that sum to 1.
    """
    shares = np.full(steps + 1, 1 / steps, np.float32)
    shares[[0, -1]] /= 2
    return np.linspace(0, 1, steps + 1, dtype=np.float32), shares


def _baselines(baseline, pictures: np.ndarray, model) -> np.ndarray:
    if as_values(baseline, "baseline").ndim < 2:
        return np.stack([fill_picture(picture, baseline, "baseline") for picture in pictures])
    given, _ = picture_batch(baseline, model)
    if len(given) not in (1, len(pictures)) or given.shape[1:] != pictures.shape[1:]:
        raise HelpersError(
            f"The baseline has shape {np.shape(baseline)}; give one picture of shape "
            f"{pictures.shape[1:]}, or one for each of the {len(pictures)} maps."
        )
    return np.broadcast_to(given, pictures.shape)
