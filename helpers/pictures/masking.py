"""Masks and boxes: where an object is, and painting over a part of a picture."""

from collections.abc import Sequence

import numpy as np
from PIL import Image

from helpers.errors import HelpersError
from helpers.pictures.fills import Fill, fill_picture
from helpers.validation import as_mask, as_pixels, as_values, written

__all__ = ["box_mask", "fit_mask", "keep_only", "mask_region"]

Where = np.ndarray | Sequence[int]


def mask_region(array: np.ndarray, where: Where, fill: Fill = "blur") -> np.ndarray:
    """Paint over a part of a picture, as the post did with a black box.

    This paints; the rendered variants "no_<object>" of a scene show what is really behind an
    object.

    Parameters
    ----------
    array : numpy.ndarray
        A picture (h, w, 3), RGB, 0..255, of integers or floats.
    where : numpy.ndarray or sequence of int
        A bool mask (h, w), True where to paint, or a box (top, left, bottom, right) in pixels,
        bottom and right excluded.
    fill : {"blur", "black", "white", "mean"}, float or sequence of float
        With what; see `helpers.pictures.fills.fill_picture`.

    Returns
    -------
    numpy.ndarray
        A new array of the same shape and dtype; pixels outside `where` are as they were.

    Raises
    ------
    HelpersError
        For something that is no picture, a mask of another size, a box that is empty or reaches
        over the edge, an unknown fill.
    """
    picture = as_pixels(array)
    region = _region(where, picture.shape[:2])
    values = fill_picture(picture.astype(np.float64), fill)
    if picture.dtype.kind in "iu":
        values = np.rint(values)
    return np.where(region[..., None], values, picture).astype(picture.dtype)


def keep_only(array: np.ndarray, where: Where, fill: Fill = "blur") -> np.ndarray:
    """Paint over everything but a part of a picture: the inverse of `mask_region`.

    Parameters, result and errors are those of `mask_region`; `where` is what stays.
    """
    picture = as_pixels(array)
    return mask_region(picture, ~_region(where, picture.shape[:2]), fill)


def box_mask(box: Sequence[int], shape: tuple[int, int]) -> np.ndarray:
    """Give the bool mask (h, w) of a box (top, left, bottom, right), bottom and right excluded.

    Raises
    ------
    HelpersError
        For something else than four whole numbers, a box that is empty or reaches over the edge.
    """
    edges = as_values(box, "box")
    if edges.shape != (4,) or edges.dtype.kind not in "iu":
        raise HelpersError(
            "A region is a bool mask (h, w) or a box of four whole numbers (top, left, bottom, "
            "right)."
        )
    top, left, bottom, right = edges.tolist()
    if not (0 <= top < bottom <= shape[0] and 0 <= left < right <= shape[1]):
        raise HelpersError(
            f"The box (top, left, bottom, right) = {top, left, bottom, right} is empty or reaches "
            f"over the edge of a picture of {shape[0]} x {shape[1]} pixels."
        )
    mask = np.zeros(shape, bool)
    mask[top:bottom, left:right] = True
    return mask


def fit_mask(mask: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    """Bring the mask of an object to the size of a map.

    Parameters
    ----------
    mask : array-like
        bool (h, w).
    shape : tuple of int
        Height and width of the map.

    Returns
    -------
    numpy.ndarray
        bool of `shape`: True where the object covers at least half of the pixel's area.

    Raises
    ------
    HelpersError
        For a mask that is not (h, w), or holds more than True and False; for another shape than
        two whole numbers.
    """
    values, size = as_mask(mask), as_values(shape, "shape")
    if size.shape != (2,) or size.dtype.kind not in "iu" or size.min() < 1:
        raise HelpersError(f"The shape of a mask is a height and a width, not {written(shape)}.")
    if values.shape == tuple(shape):
        return values
    cover = Image.fromarray(values.astype(np.float32))
    return np.asarray(cover.resize(size[::-1].tolist(), Image.Resampling.BOX)) >= 0.5


def _region(where: Where, shape: tuple[int, int]) -> np.ndarray:
    """Give a bool mask (h, w) for a mask or a box."""
    region = as_values(where, "region")
    return as_mask(region, shape) if region.dtype == bool else box_mask(region, shape)
