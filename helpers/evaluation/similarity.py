"""How alike two maps are, in the three measures of the sanity checks."""

from typing import NamedTuple

import numpy as np
from scipy import stats
from skimage.feature import hog
from skimage.metrics import structural_similarity

from helpers.errors import HelpersError
from helpers.validation import as_map

__all__ = ["Similarity", "map_similarity"]

SSIM_WINDOW = 5
HOG_CELL = 16


class Similarity(NamedTuple):
    """Likeness of two maps: 1 for equal maps; about 0 for unrelated ones (see each measure)."""

    spearman: float
    ssim: float
    hog: float


def map_similarity(first, second, *, signed: bool = False) -> Similarity:
    """Compare two maps by rank correlation, structure and edges.

    Parameters
    ----------
    first, second : array-like
        (h, w), of one shape, at least 8 x 8.
    signed : bool
        False compares the sizes |map|, True the values with their signs ("diverging").

    Returns
    -------
    Similarity
        `spearman`: rank correlation over pixels, -1..1. `ssim`: structural similarity in
        windows of 5 x 5, after each map was divided by its largest size, so that it lies in
        0..1 (or -1..1). `hog`: Pearson correlation of their histograms of oriented gradients,
        cells of 16 x 16 pixels. NaN where a map is constant and the measure not defined.

    Raises
    ------
    HelpersError
        For maps of different or too small shapes.

    Notes
    -----
    SSIM flatters: after dividing by the largest value most pixels of a peaked map are small,
    and the two constants that keep SSIM from dividing by zero then outweigh the contrast. So
    unrelated maps get clearly more than 0; read it against what `random_map` gets. This is
    the paper's normalisation; the rank correlation has no such weakness.

    References
    ----------
    Adebayo et al. 2018, "Sanity Checks for Saliency Maps", arXiv:1810.03292; Wang et al. 2004
    (SSIM), doi:10.1109/TIP.2003.819861; Dalal and Triggs 2005 (HOG), doi:10.1109/CVPR.2005.177.
    """
    first, second = as_map(first), as_map(second)
    if first.shape != second.shape or min(first.shape) < 8:
        raise HelpersError(
            f"Two maps to compare have one shape of 8 x 8 or more, not {first.shape} and "
            f"{second.shape}."
        )
    first, second = (_scaled(values, signed) for values in (first, second))
    if np.ptp(first) == 0 or np.ptp(second) == 0:
        return Similarity(float("nan"), float("nan"), float("nan"))
    ranks = stats.spearmanr(first, second, axis=None).statistic
    structure = structural_similarity(
        first, second, win_size=SSIM_WINDOW, data_range=2.0 if signed else 1.0
    )
    return Similarity(float(ranks), float(structure), _edges(first, second))


def _scaled(values: np.ndarray, signed: bool) -> np.ndarray:
    values = values if signed else np.abs(values)
    largest = np.abs(values).max()
    return values / largest if largest > 0 else values


def _edges(first: np.ndarray, second: np.ndarray) -> float:
    side = min(HOG_CELL, min(first.shape) // 4)
    options = {"orientations": 9, "pixels_per_cell": (side, side), "cells_per_block": (3, 3)}
    features = [hog(values, **options) for values in (first, second)]
    return float(stats.pearsonr(*features).statistic)
