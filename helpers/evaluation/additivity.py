"""Do the numbers of a map add up to what the score does? Sensitivity-n, infidelity, completeness.

These take attributions as numbers, not as ranks: the sum over some pixels should say how far
the score falls when those pixels go. They share one weakness with deletion: pictures with
pieces missing are unlike anything that the network was trained on.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np
from scipy import stats

from helpers.classes import class_index
from helpers.errors import HelpersError
from helpers.evaluation.picture_scores import score_pictures
from helpers.models.scores import BATCH_SIZE, as_picture
from helpers.pictures.fills import fill_picture
from helpers.validation import as_count, as_map

__all__ = [
    "Completeness",
    "Infidelity",
    "infidelity",
    "read_account",
    "sensitivity_n",
]


class Infidelity(NamedTuple):
    """Mean squared error of a map's account of score changes; lower is better.

    `raw` is the paper's value, in squared logits; `scaled` the same after the map was
    multiplied by the best non-negative number `scale`; `share` = scaled / mean squared change,
    0 for a perfect account and 1 for one that is no better than predicting no change.
    """

    raw: float
    scaled: float
    share: float
    scale: float


class Completeness(NamedTuple):
    """The account of an attribution: what it hands out against what there is, in logits.

    `gap` = total - (score - baseline_score); `relative` = |gap| / |score - baseline_score|. 0 for
    exact Integrated Gradients, where what is left comes from the finite number of steps. It is
    necessary, not sufficient: a map that puts everything into one pixel balances too (Sundararajan,
    Taly and Yan 2017, arXiv:1703.01365, proposition 1).
    """

    total: float
    score: float
    baseline_score: float
    gap: float
    relative: float


def sensitivity_n(
    model,
    picture,
    target_class,
    contributions,
    *,
    n: Sequence[int] | None = None,
    samples: int = 50,
    cell: int = 16,
    fill="black",
    seed: int = 0,
    batch_size: int = BATCH_SIZE,
    progress: bool = True,
) -> dict[int, float]:
    """Correlate summed contributions with score drops over random sets of n. Higher is better.

    For random sets S of n features: Pearson correlation between sum over S of the map and
    f(x) - f(x without S), f the class logit. A feature is a square of `cell` pixels. Control:
    a random map gets about 0. For a linear model and contributions from the same fill every
    value is 1.

    Parameters
    ----------
    model, picture, target_class, fill, seed, batch_size, progress
        As for `deletion_curve`.
    contributions : array-like
        (h, w): one value per pixel, read as contribution to the logit.
    n : sequence of int, optional
        Sizes of sets; None means eight sizes from 1 to 80 % of the features, evenly spaced
        on a logarithmic scale.
    samples : int
        Sets of each size, 3 or more; the paper takes 100.
    cell : int
        Side of a feature in pixels. 1 is the paper's choice; single pixels of a photograph
        change so little that every method then comes out near 0 for small n.

    Returns
    -------
    dict of int to float
        n -> correlation; NaN where the map or the score does not vary over the sets.

    Raises
    ------
    HelpersError
        For a map of another size, sets larger than the picture, bad options.

    References
    ----------
    Ancona et al. 2018, "Towards better understanding of gradient-based attribution methods
    for deep neural networks", arXiv:1711.06104, section 4.
    """
    full, values, target = _checked(model, picture, target_class, contributions)
    cells = _cells(values.shape, as_count(cell, "cell"))
    count = int(cells.max()) + 1
    sizes = _sizes(n, count)
    rng = np.random.default_rng(seed)
    sets = [_sets(rng, size, as_count(samples, "samples", 3), count) for size in sizes]
    sums = np.bincount(cells.ravel(), values.ravel())
    masks = (chosen[cells] for group in sets for chosen in group)
    drops = _drops(
        model, full, target, masks, fill, len(sizes) * samples, batch_size, progress
    ).reshape(len(sizes), samples)
    return {
        size: _pearson(group @ sums, drop)
        for size, group, drop in zip(sizes, sets, drops, strict=True)
    }


def infidelity(
    model,
    picture,
    target_class,
    saliency_map,
    *,
    local: bool = False,
    samples: int = 100,
    fill="black",
    seed: int = 0,
    batch_size: int = BATCH_SIZE,
    progress: bool = True,
) -> Infidelity:
    """Measure how badly a map predicts score changes under random removals. Lower is better.

    INFD = E_I [(I . map - (f(x) - f(x - I)))^2], where x - I has one random square replaced
    by `fill` ("square removal"), its side drawn evenly from a tenth to four tenths of the
    picture's shorter side. For contributions, which have the input multiplied in already,
    I . map is the sum of the map over the square. Control: a random map has a share near the
    one of a constant map, which knows only how large the square was.

    Parameters
    ----------
    model, picture, target_class, fill, seed, batch_size, progress
        As for `deletion_curve`.
    saliency_map : array-like
        (h, w) of contributions; or, with `local`, (h, w, 3) in logits per grey level.
    local : bool
        Whether the map says how sensitive the score is (a gradient), to be multiplied by I.
    samples : int
        Random squares, 2 or more.

    Returns
    -------
    Infidelity

    Raises
    ------
    HelpersError
        For a map of another size, and for bad options.

    References
    ----------
    Yeh et al. 2019, "On the (In)fidelity and Sensitivity of Explanations", arXiv:1901.09392,
    definition 2.1; scaling as there (the best multiple), but never by a negative number.
    """
    shape = np.shape(saliency_map)
    values = np.asarray(saliency_map, np.float64).sum(-1) if local else saliency_map
    full, values, target = _checked(model, picture, target_class, values)
    if local and shape != full.shape:
        raise HelpersError(f"With local=True the map has shape {full.shape}, not {shape}.")
    removed = full - fill_picture(full, fill)
    weight = np.asarray(saliency_map) * removed if local else values
    per_pixel = weight.sum(-1) if local else weight
    samples = as_count(samples, "samples", 2)
    masks = _squares(np.random.default_rng(seed), values.shape, samples)
    said = np.array([per_pixel[mask].sum() for mask in masks])
    drops = _drops(model, full, target, masks, fill, samples, batch_size, progress)
    return _errors(said, drops)


def read_account(details: Mapping) -> Completeness | None:
    """Read the account from the details that `attribute` gave for one map.

    Parameters
    ----------
    details : mapping
        With `score`, `baseline_score` and `completeness_gap`, if the method promises one.

    Returns
    -------
    Completeness or None
        None for methods that promise none.
    """
    if "completeness_gap" not in details:
        return None
    names = "score", "baseline_score", "completeness_gap"
    score, baseline, gap = (float(np.squeeze(details[name])) for name in names)
    difference = score - baseline
    relative = abs(gap) / abs(difference) if difference else float("nan")
    return Completeness(gap + difference, score, baseline, gap, relative)


def _checked(model, picture, target_class, values) -> tuple[np.ndarray, np.ndarray, int]:
    full, values = as_picture(picture, model), as_map(values)
    if values.shape != full.shape[:2]:
        raise HelpersError(
            f"The map is {values.shape} and the picture {full.shape[:2]}: both need one size."
        )
    return full, values, class_index(target_class, model)


def _cells(shape: tuple[int, int], side: int) -> np.ndarray:
    """Number the squares of `side` pixels and give each pixel the number of its own."""
    rows, columns = (np.arange(length) // side for length in shape)
    return rows[:, None] * (columns[-1] + 1) + columns[None]


def _sizes(n: Sequence[int] | None, count: int) -> list[int]:
    if n is None:
        n = np.geomspace(1, max(1, 0.8 * count), 8).round()
        return sorted({int(size) for size in n})
    sizes = [as_count(size, "n") for size in n]
    if not sizes or max(sizes) > count:
        raise HelpersError(f"n lists sizes of sets from 1 to {count} features, not {list(n)}.")
    return sizes


def _sets(rng: np.random.Generator, size: int, samples: int, count: int) -> np.ndarray:
    """Draw random sets of `size` features as bool rows (samples, count)."""
    return rng.permuted(np.tile(np.arange(count) < size, (samples, 1)), axis=1)


def _squares(rng: np.random.Generator, shape: tuple[int, int], samples: int) -> list[np.ndarray]:
    shorter = min(shape)
    sides = rng.integers(max(1, shorter // 10), max(2, 4 * shorter // 10 + 1), size=samples)
    masks = []
    for side in sides:
        top, left = (int(rng.integers(length - side + 1)) for length in shape)
        mask = np.zeros(shape, bool)
        mask[top : top + side, left : left + side] = True
        masks.append(mask)
    return masks


def _drops(model, full, target, masks, fill, total, batch_size, progress) -> np.ndarray:
    """Compute by how much the logit falls when each mask is filled."""

    def pictures() -> Iterator[np.ndarray]:
        filled = fill_picture(full, fill)
        yield full
        for mask in masks:
            yield np.where(mask[..., None], filled, full)

    scores = score_pictures(
        model,
        pictures(),
        target,
        total=total + 1,
        description="removing pieces",
        batch_size=batch_size,
        progress=progress,
    )
    return scores[0] - scores[1:]


def _pearson(said: np.ndarray, drops: np.ndarray) -> float:
    if np.ptp(said) == 0 or np.ptp(drops) == 0:
        return float("nan")
    return float(stats.pearsonr(said, drops).statistic)


def _errors(said: np.ndarray, drops: np.ndarray) -> Infidelity:
    power, change = np.square(said).mean(), np.square(drops).mean()
    scale = max(0.0, (said * drops).mean() / power) if power > 0 else 0.0
    raw = np.square(said - drops).mean()
    scaled = np.square(scale * said - drops).mean()
    share = scaled / change if change > 0 else float("nan")
    return Infidelity(float(raw), float(scaled), float(share), float(scale))
