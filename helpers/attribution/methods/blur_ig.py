"""Blur Integrated Gradients: along a path on which the picture comes into focus."""

from collections.abc import Iterator

import numpy as np
from scipy import ndimage

from helpers.attribution.methods.integrated_gradients import completeness_gap
from helpers.attribution.question import BATCH_SIZE, Question
from helpers.attribution.records import Passes, recorded
from helpers.progress import balanced_slices, progress_bar

__all__ = ["blur_ig"]


@recorded(
    signed=True,
    channels=True,
    needs_gradients=True,
    passes=Passes(gradients=51),
    reading="signed",
    unit="logit",
    source="Xu et al. 2020",
)
def blur_ig(
    question: Question,
    *,
    steps: int = 50,
    max_sigma: float = 50.0,
    batch_size: int = BATCH_SIZE,
    progress: bool = True,
) -> tuple[np.ndarray, dict]:
    """Integrate the gradients while the picture goes from blurred to sharp (Blur IG).

    The integral of dS/dx at x_s times -dx_s/ds over s from 0 to `max_sigma`, with x_s the
    picture under a Gaussian of standard deviation s, black outside of the frame as in the
    authors' library (PAIR saliency). By the trapezoid rule on what really changes from blur
    to blur, with steps that grow with the square of their number, so the attributions sum to
    S(x) - S(x blurred) but for the completeness gap. A large even area hardly changes while it is
    blurred, so it gets little, whatever it means to the network.

    Parameters
    ----------
    question : Question
        Model, layer, m pairs of picture and target.
    steps : int
        Intervals; takes steps + 1 gradients.
    max_sigma : float
        Standard deviation of the strongest blur in pixels.
    batch_size, progress
        See `helpers.attribute`.

    Returns
    -------
    attributions : numpy.ndarray
        float32 (m, h, w, 3), signed, logits.
    details : dict
        `score`, `baseline_score` and `completeness_gap`: each (m,).

    References
    ----------
    Xu, Venugopalan and Sundararajan 2020, "Attribution in scale and space", arXiv:2004.03383.
    """
    pictures, targets, _ = question.pairs
    sigmas = max_sigma * np.linspace(1, 0, steps + 1) ** 2
    attributions, ends = np.zeros_like(pictures), np.empty((len(pictures), 2), np.float32)
    with progress_bar(len(pictures) * (steps + 1), "blur_ig", progress) as bar:
        for number, (picture, row) in enumerate(zip(pictures, targets)):
            before = None
            for point, gradient, score in _along(question, picture, row, sigmas, batch_size, bar):
                if before is None:
                    ends[number, 0] = score
                else:
                    attributions[number] += (before[1] + gradient) / 2 * (point - before[0])
                before = point, gradient
            ends[number, 1] = score
    start, end = ends.T
    gap = completeness_gap(attributions, end, start)
    return attributions, {"score": end, "baseline_score": start, "completeness_gap": gap}


def _along(question: Question, picture, row, sigmas, batch_size, bar) -> Iterator[tuple]:
    """Yield the blurred pictures in turn, each with its gradient and score."""
    for part in balanced_slices(len(sigmas), batch_size):
        points = np.stack([_blurred(picture, sigma) for sigma in sigmas[part]])
        rows = np.broadcast_to(row, (len(points), len(row)))
        yield from zip(points, *question.gradients(points, rows, len(points)))
        bar.update(len(points))


def _blurred(picture: np.ndarray, sigma: float) -> np.ndarray:
    return ndimage.gaussian_filter(picture, sigma, mode="constant", axes=(0, 1))
