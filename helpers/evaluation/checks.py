"""What every metric asks of the maps, masks and numbers that it is given."""

import numbers

import numpy as np

from helpers.errors import HelpersError
from helpers.models.scores import check_model
from helpers.validation import picture_batch

__all__ = ["as_count", "as_map", "as_mask", "as_picture", "choice"]


def as_map(saliency_map) -> np.ndarray:
    """Check one saliency map (h, w) and give it as float64."""
    values = np.asarray(saliency_map)
    if values.ndim != 2 or values.dtype.kind not in "uifb" or not values.size:
        raise HelpersError(
            f"A saliency map here is one array of numbers (h, w), not {values.dtype} of shape "
            f"{values.shape}: read_map(attributions) makes one."
        )
    if not np.isfinite(values).all():
        raise HelpersError("The saliency map holds NaN or infinite values; compute it again.")
    return values.astype(np.float64)


def as_mask(mask, shape: tuple[int, int]) -> np.ndarray:
    """Check the mask of an object against the shape of a map and give it as bool."""
    values = np.asarray(mask)
    if values.shape != tuple(shape):
        raise HelpersError(
            f"The mask has shape {values.shape} and the map {tuple(shape)}: "
            "fit_mask(mask, shape) brings a mask to the size of a map."
        )
    if values.dtype.kind not in "bui" or not set(np.unique(values)) <= {0, 1}:
        raise HelpersError("A mask holds True on the object and False elsewhere, nothing else.")
    if not values.any():
        raise HelpersError("The mask is empty: the object is not in this picture.")
    return values.astype(bool)


def as_picture(picture, model) -> np.ndarray:
    """Check one picture against a model and give it as float32 (h, w, 3)."""
    check_model(model)
    pictures, _ = picture_batch(picture, model)
    if len(pictures) != 1:
        raise HelpersError(
            f"This metric takes one picture at a time, not {len(pictures)}: call it for each."
        )
    return pictures[0]


def as_count(value, name: str, least: int = 1) -> int:
    """Check a whole number."""
    whole = isinstance(value, numbers.Integral) and not isinstance(value, bool)
    if not whole or value < least:
        raise HelpersError(f"{name} is a whole number, {least} or more, not {value!r}.")
    return int(value)


def choice(value, name: str, allowed) -> str:
    """Check that `value` is one of the allowed words."""
    if not isinstance(value, str) or value not in allowed:
        raise HelpersError(f"{name} is one of {', '.join(map(repr, allowed))}, not {value!r}.")
    return value
