"""Gradients of the class score, at one picture or over noisy copies of it."""

from collections.abc import Iterator

import numpy as np

from helpers.attribution.question import BATCH_SIZE, Question
from helpers.attribution.records import GRADIENT_UNIT, Passes, recorded
from helpers.progress import balanced_slices, made_ahead, progress_bar
from helpers.validation import as_choice

__all__ = ["gradient", "input_x_gradient", "smoothgrad", "vargrad"]

AVERAGES = {"signed": lambda g: g, "absolute": np.abs, "squared": np.square}
_SIGNED = {"signed": True, "channels": True, "needs_gradients": True}


@recorded(
    **_SIGNED,
    passes=Passes(gradients=1),
    reading="absolute",
    unit=GRADIENT_UNIT,
    source="Simonyan et al. 2013",
)
def gradient(
    question: Question, *, cutoff: float | None = None, batch_size: int = BATCH_SIZE
) -> tuple[np.ndarray, dict]:
    """Compute the gradient of the class score, dS/dx (Simonyan et al. 2013, arXiv:1312.6034).

    How much the score changes per grey level, for a very small change of each pixel value. With
    `cutoff` only its low frequencies are kept, with their signs (FORGrad, Muzellec et al. 2023):
    what changes from pixel to pixel goes, for good or ill, and the unit stays. The authors choose
    the cut-off per network, by a score of faithfulness; chosen by eye, it shows what one wants.

    Parameters
    ----------
    question : Question
        Model, layer, m pairs of picture and target.
    cutoff : float, optional
        Highest frequency that is kept, in cycles along the shorter side, in any direction; 0
        keeps the mean alone. None keeps all.
    batch_size : int
        Pictures in one pass.

    Returns
    -------
    attributions : numpy.ndarray
        float32 (m, h, w, 3), signed, logit per grey level.
    details : dict
        `score` (m,).

    References
    ----------
    Muzellec et al. 2023, "Saliency strikes back: how filtering out high frequencies improves
    white-box explanations", arXiv:2307.09591.
    """
    pictures, targets, _ = question.pairs
    gradients, scores = question.gradients(pictures, targets, batch_size)
    return gradients if cutoff is None else _low_passed(gradients, cutoff), {"score": scores}


def _low_passed(maps: np.ndarray, cutoff: float) -> np.ndarray:
    """Set all frequencies above a cut-off to 0, whatever their direction."""
    size = maps.shape[1:3]
    rows, columns = np.fft.fftfreq(size[0]), np.fft.rfftfreq(size[1])
    cycles = np.hypot(rows[:, None], columns) * min(size)
    # Rounded, because 3 / 227 * 227 is more than 3.
    kept = cycles.round(6) <= cutoff
    waves = np.fft.rfft2(maps, axes=(1, 2)) * kept[..., None]
    return np.fft.irfft2(waves, size, axes=(1, 2)).astype(np.float32)


@recorded(
    **_SIGNED,
    passes=Passes(gradients=1),
    reading="signed",
    unit="logit",
    source="Shrikumar et al. 2016",
)
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


@recorded(
    **_SIGNED,
    passes=Passes(gradients=50),
    reading="absolute",
    unit=GRADIENT_UNIT,
    source="Smilkov et al. 2017",
)
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


@recorded(
    signed=False,
    channels=True,
    needs_gradients=True,
    passes=Passes(gradients=51),
    reading="absolute",
    unit=f"({GRADIENT_UNIT}) squared",
    source="Adebayo et al. 2018",
)
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


def _noisy_gradients(
    question: Question, samples, noise, batch_size, seed, progress, what
) -> Iterator[tuple[int, np.ndarray]]:
    """Yield batches of gradients at noisy copies, with the number of the pair they belong to."""
    pictures, targets, _ = question.pairs
    with progress_bar(len(pictures) * samples, what, progress) as bar:
        for pair, (picture, row) in enumerate(zip(pictures, targets)):
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
