"""Methods made of gradients at one picture, at noisy copies of it, or along a path to it."""

from collections.abc import Iterator

import numpy as np

from helpers.attribution.question import BATCH_SIZE, Question
from helpers.errors import HelpersError
from helpers.pictures.fills import fill_picture
from helpers.progress import balanced_slices, made_ahead, progress_bar
from helpers.validation import as_choice, as_values, picture_batch

__all__ = [
    "gradient",
    "input_x_gradient",
    "integrated_gradients",
    "smoothgrad",
    "vargrad",
]

AVERAGES = {"signed": lambda g: g, "absolute": np.abs, "squared": np.square}


def gradient(question: Question, *, batch_size: int = BATCH_SIZE) -> tuple[np.ndarray, dict]:
    """Compute the gradient of the class score, dS/dx (Simonyan et al. 2013, arXiv:1312.6034).

    How much the score changes per grey level, for a very small change of each pixel value.

    Parameters
    ----------
    question : Question
        Model, layer, m pairs of picture and target.
    batch_size : int
        Pictures in one pass.

    Returns
    -------
    attributions : numpy.ndarray
        float32 (m, h, w, 3), signed, logit per grey level.
    details : dict
        `score` (m,).
    """
    pictures, weights, _ = question.pairs
    gradients, scores = question.gradients(pictures, weights, batch_size)
    return gradients, {"score": scores}


def input_x_gradient(
    question: Question, *, batch_size: int = BATCH_SIZE
) -> tuple[np.ndarray, dict]:
    """Compute x dS/dx, pixel value times gradient (Shrikumar et al. 2016, arXiv:1605.01713).

    Exact contributions against a black picture if the network were linear; a black pixel gets
    0, whatever the network makes of it.

    Parameters
    ----------
    question, batch_size
        As for `gradient`.

    Returns
    -------
    attributions : numpy.ndarray
        float32 (m, h, w, 3), signed, logits.
    details : dict
        `score` (m,).
    """
    gradients, details = gradient(question, batch_size=batch_size)
    return gradients * question.pairs.pictures, details


def smoothgrad(
    question: Question,
    *,
    samples: int = 50,
    noise: float = 0.15,
    average: str = "signed",
    batch_size: int = BATCH_SIZE,
    seed: int = 0,
    progress: bool = True,
) -> tuple[np.ndarray, dict]:
    """Average the gradients of noisy copies of the picture (Smilkov et al. 2017).

    (1/n) sum_i f(dS/dx at x + e_i), e_i ~ N(0, sd^2), with sd = noise (max x - min x). Noisy
    values are not clipped to 0..255, as in the paper. Libraries differ in f: the paper
    averages the signed gradients; tf-keras-vis takes "absolute", PAIR saliency "squared".

    Parameters
    ----------
    question : Question
        Model, layer, m pairs of picture and target; every pair gets the same noise.
    samples : int
        Number n of noisy copies.
    noise : float
        Standard deviation as a share of the picture's value range.
    average : {"signed", "absolute", "squared"}
        f above.
    batch_size, seed, progress
        See `helpers.attribute`. The noise does not depend on the batch size.

    Returns
    -------
    attributions : numpy.ndarray
        float32 (m, h, w, 3), logit per grey level, or its square; signed if `average` is.
    details : dict
        Empty.

    References
    ----------
    Smilkov et al. 2017, arXiv:1706.03825.
    """
    as_choice(average, "average", AVERAGES)
    total = np.zeros_like(question.pairs.pictures)
    for pair, gradients in _noisy_gradients(
        question, samples, noise, batch_size, seed, progress, "smoothgrad"
    ):
        total[pair] += AVERAGES[average](gradients).sum(0)
    return total / samples, {}


def vargrad(
    question: Question,
    *,
    samples: int = 50,
    noise: float = 0.15,
    batch_size: int = BATCH_SIZE,
    seed: int = 0,
    progress: bool = True,
) -> tuple[np.ndarray, dict]:
    """Compute the variance of the gradients of noisy copies (Adebayo et al. 2018).

    mean_i g_i^2 - (mean_i g_i)^2, over the same noisy copies as `smoothgrad`. A pixel that
    always has the same gradient gets 0, however large that gradient is.

    Parameters
    ----------
    question, samples, noise, batch_size, seed, progress
        As for `smoothgrad`.

    Returns
    -------
    attributions : numpy.ndarray
        float32 (m, h, w, 3), 0 or more, (logit per grey level) squared.
    details : dict
        Empty.

    References
    ----------
    Adebayo et al. 2018, "Local explanation methods for deep neural networks lack sensitivity
    to parameter values", arXiv:1810.03307.
    """
    sums, squares = (np.zeros_like(question.pairs.pictures) for _ in range(2))
    # Measured from the plain gradient, so that no digits are lost where gradients hardly vary.
    centre = gradient(question, batch_size=batch_size)[0]
    for pair, gradients in _noisy_gradients(
        question, samples, noise, batch_size, seed, progress, "vargrad"
    ):
        deviations = gradients - centre[pair]
        sums[pair] += deviations.sum(0)
        squares[pair] += np.square(deviations).sum(0)
    return np.maximum(squares / samples - np.square(sums / samples), 0), {}


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
    pictures, weights, _ = question.pairs
    baselines = _baselines(baseline, pictures, question.model)
    attributions, scores = np.empty_like(pictures), np.empty((len(pictures), 2), np.float32)
    with progress_bar(len(pictures) * (steps + 1), "integrated_gradients", progress) as bar:
        for pair, row in enumerate(weights):
            path = baselines[pair], pictures[pair]
            mean, scores[pair] = _path_gradient(question, *path, row, steps, batch_size, bar)
            attributions[pair] = mean * (pictures[pair] - baselines[pair])
    sums = attributions.sum((1, 2, 3), dtype=np.float64)
    gap = (sums - (scores[:, 1] - scores[:, 0])).astype(np.float32)
    details = {"score": scores[:, 1], "baseline_score": scores[:, 0], "completeness_gap": gap}
    return attributions, details


def _path_gradient(question: Question, start, end, row, steps, batch_size, bar) -> tuple:
    """Give the mean gradient along the path, and the scores at its two ends."""
    positions = np.linspace(0, 1, steps + 1, dtype=np.float32)
    shares = np.full(steps + 1, 1 / steps, np.float32)
    shares[[0, -1]] /= 2
    mean, scores = np.zeros_like(start), np.empty(steps + 1, np.float32)
    parts = list(balanced_slices(steps + 1, batch_size))
    path = (start + positions[part, None, None, None] * (end - start) for part in parts)
    for part, points in zip(parts, made_ahead(path)):
        # Each score is weighted by its share, so that the plain sum of gradients is the mean.
        total, weighted = question.gradient_sum(points, shares[part, None] * row)
        mean, scores[part] = mean + total, weighted / shares[part]
        bar.update(len(points))
    return mean, scores[[0, -1]]


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


def _noisy_gradients(
    question: Question, samples, noise, batch_size, seed, progress, what
) -> Iterator[tuple[int, np.ndarray]]:
    """Yield batches of gradients at noisy copies, with the number of the pair they belong to."""
    pictures, weights, _ = question.pairs
    with progress_bar(len(pictures) * samples, what, progress) as bar:
        for pair, (picture, row) in enumerate(zip(pictures, weights)):
            for copies in made_ahead(_noisy_copies(picture, samples, noise, batch_size, seed)):
                rows = np.broadcast_to(row, (len(copies), len(row)))
                yield pair, question.gradients(copies, rows, len(copies))[0]
                bar.update(len(copies))


def _noisy_copies(
    picture: np.ndarray, samples: int, noise: float, batch_size: int, seed: int
) -> Iterator[np.ndarray]:
    rng = np.random.Generator(np.random.SFC64(seed))
    deviation = np.float32(noise * np.ptp(picture))
    for part in balanced_slices(samples, batch_size):
        copies = rng.standard_normal((part.stop - part.start, *picture.shape), np.float32)
        copies *= deviation
        copies += picture
        yield copies
