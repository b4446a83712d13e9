"""LIME and KernelSHAP: a linear model of what hiding regions of the picture does to the score."""

import itertools
import math

import numpy as np
from skimage.segmentation import slic

from helpers.attribution.methods.integrated_gradients import completeness_gap
from helpers.attribution.question import BATCH_SIZE, Question
from helpers.attribution.records import Passes, recorded
from helpers.errors import HelpersError
from helpers.pictures.fills import Fill, fill_picture
from helpers.progress import balanced_slices, progress_bar
from helpers.validation import as_choice, as_values

__all__ = ["cell_labels", "kernel_shap", "lime", "region_scores"]

PARTITIONS = ("grid", "slic")
_FACTS = {
    "signed": True,
    "channels": False,
    "needs_gradients": False,
    "passes": Passes(scores=1000),
    "reading": "signed",
    "unit": "logit",
}


@recorded(**_FACTS, source="Ribeiro et al. 2016")
def lime(
    question: Question,
    *,
    samples: int = 1000,
    regions="grid",
    cells: int = 7,
    fill: Fill = "mean",
    width: float = 0.25,
    batch_size: int = BATCH_SIZE,
    seed: int = 0,
    progress: bool = True,
) -> tuple[np.ndarray, dict]:
    """Fit a linear model of which regions are shown to the scores, near the whole picture (LIME).

    n pictures in which each region is shown or filled by the toss of a coin, the first one whole.
    Ridge regression (penalty 1, as in the authors' library) of their scores on the regions,
    weighted by sqrt(exp(-d^2 / width^2)) with d the cosine distance to the whole picture. With
    the authors' width of 0.25 a picture with half of its regions hidden (d = 0.29) still weighs
    0.5: near is not very near. What comes out depends on the partition, the fill and the width,
    and on the seed where draws are few for the regions: a region that looks like its fill gets
    0, whatever it means, and `r_squared` tells how far the score is from linear.

    Parameters
    ----------
    question : Question
        Model, layer, m pairs of picture and target.
    samples : int
        Number n of pictures that are scored.
    regions : {"grid", "slic"} or array-like
        `cells` x `cells` cells; about as many superpixels (Achanta et al. 2012); a label for
        each pixel, whole numbers (h, w); or k masks that do not overlap, bool (k, h, w), and
        what lies outside of all is always shown.
    cells : int
        Cells along each side.
    fill : {"mean", "black", "white", "blur"}, float or sequence of float
        What hides a region; see `helpers.pictures.fills.fill_picture`.
    width : float
        Width of the kernel, in cosine distance.
    batch_size, seed, progress
        See `helpers.attribute`.

    Returns
    -------
    attributions : numpy.ndarray
        float32 (m, h, w, 1), signed, logits: the coefficient of each region, spread evenly over
        its pixels, so that they sum to it.
    details : dict
        `score` (m,), `region_values`, a list of m arrays (k,), and `r_squared` (m,), the share
        of the weighted variance of the scores that the linear model explains.

    References
    ----------
    Ribeiro, Singh and Guestrin 2016, "Why should I trust you?", arXiv:1602.04938.
    """

    def solve(evaluate, count: int):
        rng = np.random.default_rng(seed)
        shown = rng.random((samples, count)) < 0.5
        shown[0] = True
        distance = 1 - np.sqrt(shown.mean(1))
        return _ridge(shown, evaluate(shown), np.exp(-((distance / width) ** 2) / 2))

    options = {"regions": regions, "cells": cells, "fill": fill}
    run = {"total": samples, "batch_size": batch_size, "progress": progress, "what": "lime"}
    maps, found = _surrogate(question, solve, **options, **run)
    values, fits = zip(*found)
    score = question.scores(question.pairs.pictures, question.pairs.targets, batch_size)
    return maps, {
        "score": score, "region_values": list(values), "r_squared": np.float32(fits),
    }  # fmt: skip


@recorded(**_FACTS, source="Lundberg and Lee 2017")
def kernel_shap(
    question: Question,
    *,
    samples: int = 1000,
    regions="grid",
    cells: int = 7,
    fill: Fill = "mean",
    batch_size: int = BATCH_SIZE,
    seed: int = 0,
    progress: bool = True,
) -> tuple[np.ndarray, dict]:
    """Share the score out among regions by their Shapley values.

    The value of region j is the mean, over all orders in which the regions could be shown, of
    what the score gains when j comes. If all 2^k subsets fit into `samples`, it is computed
    exactly; else by KernelSHAP: subsets are drawn with the Shapley kernel's probability, each
    with its complement, and a linear model is fitted to their scores, whose values sum to the
    score minus the score with everything hidden (Covert and Lee 2021). With few scores for the
    regions the values are far off and change with the seed, yet sum up all the same: the
    completeness gap does not show it, another seed does. The values tell of pictures with holes
    in them, which the network has never learned, and of this one fill.

    Parameters
    ----------
    question, regions, cells, fill, batch_size, seed, progress
        As for `lime`.
    samples : int
        Pictures that are scored.

    Returns
    -------
    attributions : numpy.ndarray
        float32 (m, h, w, 1), signed, logits: each region's value, spread evenly over its pixels.
    details : dict
        `score`, `baseline_score` (with all regions hidden) and `completeness_gap`, each (m,);
        `region_values`, a list of m arrays (k,); `exact` (m,), whether all subsets were scored.

    References
    ----------
    Lundberg and Lee 2017, "A unified approach to interpreting model predictions",
    arXiv:1705.07874; Covert and Lee 2021, arXiv:2012.01536; Shapley 1953.
    """

    def solve(evaluate, count: int):
        exact = count < 63 and 2**count <= samples
        ends = None if exact else evaluate(np.array([[False], [True]]).repeat(count, 1))
        if exact:
            shown = _all_subsets(count)
            scores = evaluate(shown)
            return _shapley(shown, scores), (scores[0], scores[-1], True)
        drawn = _kernel_draws(samples - 2, count, np.random.default_rng(seed))
        return _constrained(drawn, evaluate(drawn), *ends), (*ends, False)

    options = {"regions": regions, "cells": cells, "fill": fill}
    run = {"total": samples, "batch_size": batch_size, "progress": progress, "what": "kernel_shap"}
    maps, found = _surrogate(question, solve, **options, **run)
    values, accounts = zip(*found)
    start, end, exact = (np.array(part) for part in zip(*accounts))
    return maps, {
        "score": np.float32(end),
        "baseline_score": np.float32(start),
        "completeness_gap": completeness_gap(maps, end, start),
        "region_values": list(values),
        "exact": exact,
    }


def _surrogate(question: Question, solve, regions, cells, fill, total, batch_size, progress, what):
    """Give a map for each pair, and what `solve` found: (values of the regions, the rest)."""
    maps, found = [], []
    with progress_bar(len(question.pairs.pictures) * total, what, progress) as bar:
        for picture, row in zip(question.pairs.pictures, question.pairs.targets):
            labels = _labels(regions, cells, picture)
            filled, count = fill_picture(picture, fill), labels.max() + 1

            def evaluate(shown, picture=picture, row=row, labels=labels, filled=filled):
                parts = picture, filled, labels, row, shown, batch_size
                return region_scores(question, *parts, bar)

            values, rest = solve(evaluate, count)
            areas = np.bincount(labels[labels >= 0], minlength=count)
            # The label -1, of what is always shown, finds the zero at the end.
            maps.append(np.append(values / areas, 0)[labels])
            found.append((np.float32(values), rest))
    return np.stack(maps)[..., None].astype(np.float32), found


def region_scores(question: Question, picture, filled, labels, row, shown, batch_size, bar):
    """Score a picture with some of its regions shown and the others filled.

    Parameters
    ----------
    question : Question
        Model and layer.
    picture, filled : numpy.ndarray
        (h, w, 3): what is shown, and what hides.
    labels : numpy.ndarray
        int (h, w): the number of each pixel's region; -1 is always shown.
    row : numpy.ndarray
        (n_units,), the target.
    shown : numpy.ndarray
        bool (n, k).
    batch_size : int
        Pictures in one pass.
    bar : tqdm
        Is told of each batch.

    Returns
    -------
    numpy.ndarray
        float64 (n,): logits.
    """
    scores = np.empty(len(shown))
    for part in balanced_slices(len(shown), batch_size):
        visible = np.pad(shown[part], ((0, 0), (0, 1)), constant_values=True)
        batch = np.where(visible[:, labels, None], picture, filled)
        rows = np.broadcast_to(row, (len(batch), len(row)))
        scores[part] = question.scores(batch.astype(np.float32), rows, len(batch))
        bar.update(len(batch))
    return scores


def _labels(regions, cells: int, picture: np.ndarray) -> np.ndarray:
    """Give the number of the region of each pixel, from 0 on; -1 for none."""
    size = picture.shape[:2]
    if isinstance(regions, str):
        if as_choice(regions, "regions", PARTITIONS) == "slic":
            return slic(picture / 255, n_segments=cells**2, start_label=0, channel_axis=-1)
        return cell_labels(size, cells)
    given = as_values(regions, "regions")
    if given.shape == size and given.dtype.kind in "iu":
        return np.unique(given, return_inverse=True)[1].reshape(size)
    masks = given.astype(bool) if given.dtype.kind == "b" else None
    fits = masks is not None and masks.ndim == 3 and masks.shape[1:] == size and len(masks)
    if not fits or not masks.any((1, 2)).all() or masks.sum(0).max() > 1:
        raise HelpersError(
            f"regions is one of {', '.join(PARTITIONS)}, a whole number for each pixel {size}, or "
            f"masks (k, {size[0]}, {size[1]}) of True and False, none empty, that do not overlap."
        )
    return np.where(masks.any(0), masks.argmax(0), -1)


def cell_labels(size: tuple[int, int], cells: int) -> np.ndarray:
    """Number the cells of a grid, `cells` along each side, at each pixel: int (h, w)."""
    rows, columns = (np.arange(side) * min(cells, side) // side for side in size)
    return rows[:, None] * (columns.max() + 1) + columns


def _ridge(shown: np.ndarray, scores: np.ndarray, weights: np.ndarray, penalty: float = 1.0):
    """Fit a weighted linear model with an intercept; give its slopes and its R squared."""
    means = (np.average(values, 0, weights) for values in (shown, scores))
    x, y = (values - mean for values, mean in zip((shown.astype(float), scores), means))
    weighted = x.T * weights
    slopes = np.linalg.solve(weighted @ x + penalty * np.eye(x.shape[1]), weighted @ y)
    left, there = np.square(y - x @ slopes) @ weights, np.square(y) @ weights
    return slopes, 1 - left / there if there else 1.0


def _all_subsets(count: int) -> np.ndarray:
    """Give all subsets, bool (2^k, k): nothing first, everything last."""
    return np.array(list(itertools.product([False, True], repeat=count))).reshape(-1, count)


def _shapley(shown: np.ndarray, scores: np.ndarray) -> np.ndarray:
    """Compute exact Shapley values from the scores of all subsets."""
    count = shown.shape[1]
    sizes = shown.sum(1)
    weight = [1 / (count * math.comb(count - 1, size)) for size in range(count)]
    values = []
    for j in range(count):
        without = ~shown[:, j]
        joined = np.flatnonzero(without) + 2 ** (count - 1 - j)
        gains = scores[joined] - scores[without]
        values.append(gains @ np.take(weight, sizes[without]))
    return np.array(values)


def _kernel_draws(samples: int, count: int, rng: np.random.Generator) -> np.ndarray:
    """Draw subsets, neither empty nor whole, by the Shapley kernel, each with its complement."""
    sizes = np.arange(1, count)
    chances = 1 / (sizes * (count - sizes))
    drawn = rng.choice(sizes, max(samples, 2) // 2, p=chances / chances.sum())
    half = rng.random((len(drawn), count)).argsort(1) < drawn[:, None]
    return np.stack([half, ~half], 1).reshape(-1, count)


def _constrained(shown: np.ndarray, scores: np.ndarray, empty: float, whole: float) -> np.ndarray:
    """Fit a linear model through the scores of nothing and of everything."""
    z = shown.astype(float)
    # Where draws are too few to tell regions apart, the shortest solution.
    inverse = np.linalg.pinv(z.T @ z / len(z))
    free = inverse @ (z.T @ (scores - empty) / len(z))
    ones = inverse.sum(1)
    return free - ones * (free.sum() - (whole - empty)) / ones.sum()
