"""Localisation: does a map lie on the object? All pure arithmetic on one map and one mask.

What localisation cannot show: a network may well use what surrounds the object, and then a
map that lies on the object alone is wrong. It asks where a map lies, not whether it is true.
Ties are never broken by the order of pixels in memory: tied pixels count with their share,
so that a constant map gets what blind guessing gets.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from helpers.errors import HelpersError
from helpers.validation import as_choice, as_count, as_map, as_object_mask

__all__ = [
    "ObjectShare",
    "best_iou",
    "grid_cell",
    "grid_mosaic",
    "grid_pointing_game",
    "object_shares",
    "pointing_game",
    "relevance_mass_accuracy",
    "relevance_rank_accuracy",
]

PARTS = {
    "absolute": np.abs,
    "positive": lambda values: np.maximum(values, 0),
    "signed": lambda values: values,
}


class ObjectShare(NamedTuple):
    """How much of a map lies on one object.

    `share` is its part of the map's mass, `area` its part of the picture, both 0..1 (a signed
    share -1..1), and `ratio` = share / area: 1 means no more than its area.
    """

    share: float
    area: float
    ratio: float


def pointing_game(saliency_map, mask) -> float:
    """Tell whether the strongest pixel lies on the object. Higher is better.

    Hit = [argmax over pixels of the map lies in the mask]; over several pictures the mean is
    the hit rate. If several pixels share the largest value, the fraction of them on the
    object counts. Control: a random map hits as often as the object's share of the area.

    Parameters
    ----------
    saliency_map : array-like
        (h, w).
    mask : array-like
        bool (h, w), True on the object.

    Returns
    -------
    float
        0..1.

    Raises
    ------
    HelpersError
        For a map or mask of another shape, an empty mask, values that are not finite.

    References
    ----------
    Zhang et al. 2016, "Top-down Neural Attention by Excitation Backprop", arXiv:1608.00507
    (there with a margin of 15 pixels around the object, here with none).
    """
    values, on = _pair(saliency_map, mask)
    return float(on[values == values.max()].mean())


def object_shares(
    saliency_map, masks: Mapping[str, np.ndarray], part: str = "absolute"
) -> dict[str, ObjectShare]:
    """Measure the part of a map's mass on each object, and compare it with the area.

    share = sum over the object of p(map) / sum over the picture of |p(map)|, with p the
    absolute value, the positive part, or the value itself ("signed"). Neither higher nor
    lower is better by itself. Control: a random map has ratio 1.

    Parameters
    ----------
    saliency_map : array-like
        (h, w).
    masks : mapping of str to array-like
        Object name -> bool (h, w).
    part : {"absolute", "positive", "signed"}
        Which part of the map has mass.

    Returns
    -------
    dict of str to ObjectShare
        NaN shares when that part of the map is 0 everywhere.

    Raises
    ------
    HelpersError
        As `pointing_game`; also for another `part`.

    References
    ----------
    With "positive" the energy-based pointing game of Wang et al. 2020 (Score-CAM),
    arXiv:1910.01279.
    """
    values = PARTS[as_choice(part, "part", PARTS)](as_map(saliency_map))
    shares = {}
    for name, mask in masks.items():
        on = as_object_mask(mask, values.shape)
        share, area = _share(values, on), float(on.mean())
        shares[name] = ObjectShare(share, area, share / area)
    return shares


def relevance_mass_accuracy(saliency_map, mask) -> float:
    """Measure the share of the positive mass that lies on the object. Higher is better.

    RMA = sum over the object of R+ / sum over the picture of R+, with R+ the positive part of
    the map. Control: a random map gets the object's share of the area.

    Parameters
    ----------
    saliency_map, mask : array-like
        As for `pointing_game`.

    Returns
    -------
    float
        0..1; NaN if nothing in the map is positive.

    Raises
    ------
    HelpersError
        As `pointing_game`.

    References
    ----------
    Arras, Osman and Samek 2022, "CLEVR-XAI", arXiv:2003.07258.
    """
    values, on = _pair(saliency_map, mask)
    return _share(np.maximum(values, 0), on)


def relevance_rank_accuracy(saliency_map, mask) -> float:
    """Measure how many of the K strongest pixels lie on an object of K pixels. Higher is better.

    RRA = |top K pixels of the map, intersected with the object| / K. Pixels tied at the K-th
    value count with the fraction that blind choice among them would find. Control: a random
    map gets the object's share of the area.

    Parameters
    ----------
    saliency_map, mask : array-like
        As for `pointing_game`.

    Returns
    -------
    float
        0..1.

    Raises
    ------
    HelpersError
        As `pointing_game`.

    References
    ----------
    Arras, Osman and Samek 2022, "CLEVR-XAI", arXiv:2003.07258.
    """
    values, on = _pair(saliency_map, mask)
    size = int(on.sum())
    threshold = np.partition(values.ravel(), -size)[-size]
    above, tied = values > threshold, values == threshold
    found = (above & on).sum() + (size - above.sum()) * on[tied].mean()
    return float(found / size)


def best_iou(saliency_map, mask) -> float:
    """Measure the overlap of the thresholded map with the object. Higher is better.

    max over thresholds t of |{map >= t} and object| / |{map >= t} or object|. The threshold
    knows the answer, so this is the best that any threshold could do, not what a reader gets.
    Control: a random map can always be cut below its smallest value, which selects the whole
    picture, so it gets about the object's share of the area, and never less.

    Parameters
    ----------
    saliency_map, mask : array-like
        As for `pointing_game`.

    Returns
    -------
    float
        0..1.

    Raises
    ------
    HelpersError
        As `pointing_game`.

    References
    ----------
    Choe et al. 2020, "Evaluating Weakly Supervised Object Localization Methods Right",
    arXiv:2001.07437, on why a score should not hang on one threshold.
    """
    values, on = _pair(saliency_map, mask)
    order = np.argsort(-values, axis=None)
    hits = np.cumsum(on.ravel()[order])
    ranked = values.ravel()[order]
    # A threshold takes all pixels of one value, so only the last of each run is a choice.
    ends = np.flatnonzero(np.append(ranked[1:] != ranked[:-1], True))
    selected = ends + 1
    return float((hits[ends] / (selected + on.sum() - hits[ends])).max())


def grid_mosaic(pictures: Sequence[np.ndarray], shape: tuple[int, int], grid: int = 2):
    """Lay pictures out as a mosaic, each scaled down to its cell.

    Parameters
    ----------
    pictures : sequence of numpy.ndarray
        grid x grid pictures (h, w, 3), 0..255, row by row.
    shape : tuple of int
        Height and width of the mosaic, divisible by `grid`.
    grid : int
        Cells along each side.

    Returns
    -------
    numpy.ndarray
        float32 (h, w, 3), 0..255.

    Raises
    ------
    HelpersError
        For another number of pictures, or a shape that `grid` does not divide.
    """
    from PIL import Image

    grid = as_count(grid, "grid")
    if len(pictures) != grid * grid or shape[0] % grid or shape[1] % grid:
        raise HelpersError(
            f"A mosaic of {grid} x {grid} needs {grid * grid} pictures and sides that {grid} "
            f"divides, not {len(pictures)} pictures and {shape}."
        )
    height, width = shape[0] // grid, shape[1] // grid
    cells = []
    for picture in pictures:
        image = Image.fromarray(np.asarray(picture).round().clip(0, 255).astype(np.uint8))
        cells.append(np.asarray(image.resize((width, height), Image.Resampling.BICUBIC)))
    rows = [np.concatenate(cells[i : i + grid], axis=1) for i in range(0, grid * grid, grid)]
    return np.concatenate(rows, axis=0).astype(np.float32)


def grid_cell(shape: tuple[int, int], index: int, grid: int = 2) -> np.ndarray:
    """Give the mask, bool of `shape`, of one cell of a mosaic, counted row by row from 0."""
    if not 0 <= as_count(index, "index", 0) < as_count(grid, "grid") ** 2:
        raise HelpersError(f"A mosaic of {grid} x {grid} has no cell {index}.")
    row, column = divmod(index, grid)
    height, width = shape[0] // grid, shape[1] // grid
    mask = np.zeros(shape, bool)
    mask[row * height : (row + 1) * height, column * width : (column + 1) * width] = True
    return mask


def grid_pointing_game(saliency_map, index: int, grid: int = 2) -> float:
    """Measure the share of positive mass in the target's cell of a mosaic. Higher is better.

    L = sum over the cell of A+ / sum over the mosaic of A+, with A+ the positive part of the
    map for the class of the picture in that cell. Control: a random map gets 1 / grid^2.

    Parameters
    ----------
    saliency_map : array-like
        (h, w), of a mosaic from `grid_mosaic`.
    index : int
        The cell of the target class, row by row from 0.
    grid : int
        Cells along each side.

    Returns
    -------
    float
        0..1; NaN if nothing in the map is positive.

    Raises
    ------
    HelpersError
        For a map of another rank, or a cell that does not exist.

    Notes
    -----
    The paper feeds mosaics larger than the training pictures to networks that accept any
    size, and takes pictures that the network classifies with confidence. Here each picture
    is scaled to its cell, so the network sees it small: print whether it still knows it.

    References
    ----------
    Böhle, Fritz and Schiele 2021, "Convolutional Dynamic Alignment Networks",
    arXiv:2104.00032, section 5.2; Rao, Böhle and Schiele 2022, "Towards Better Understanding
    Attribution Methods", arXiv:2205.10435, compare many methods by it ("GridPG").
    """
    values = as_map(saliency_map)
    return relevance_mass_accuracy(values, grid_cell(values.shape, index, grid))


def _pair(saliency_map, mask) -> tuple[np.ndarray, np.ndarray]:
    values = as_map(saliency_map)
    return values, as_object_mask(mask, values.shape)


def _share(values: np.ndarray, on: np.ndarray) -> float:
    total = np.abs(values).sum()
    return float(values[on].sum() / total) if total > 0 else float("nan")
