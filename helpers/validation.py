"""Every check of what a reader gives: pictures, maps, masks, numbers, choices.

Each takes what was given, raises a HelpersError of one sentence if that makes no sense, and
else returns it in the one form that the rest of the package works with.
"""

import numbers
from collections.abc import Iterable, Sequence

import numpy as np

from helpers.errors import HelpersError

__all__ = [
    "as_choice",
    "as_colour",
    "as_count",
    "as_flag",
    "as_map",
    "as_mask",
    "as_number",
    "as_object_mask",
    "as_pixels",
    "as_values",
    "is_whole",
    "picture_batch",
    "written",
]


def picture_batch(array, model) -> tuple[np.ndarray, bool]:
    """Check a picture array against a model and give it as a float32 batch.

    Parameters
    ----------
    array : array-like
        (h, w, 3) or (n, h, w, 3), values 0..255, of the model's input size.
    model : keras.Model
        Tells the expected height, width and number of channels.

    Returns
    -------
    batch : numpy.ndarray
        float32 (n, h, w, 3).
    batched : bool
        Whether `array` had the leading axis already.

    Raises
    ------
    HelpersError
        For another rank, shape, kind of numbers or range; for NaN, infinities and values that
        are masked out.
    """
    values = _pixel_values(array)
    _check_fit(values.shape, tuple(model.input_shape[1:]))
    batched = values.ndim == 4
    for picture in values if batched else [values]:
        _check_range(picture)
    return values.astype(np.float32, copy=False)[() if batched else None], batched


def as_pixels(array, channels: Sequence[int] | None = None) -> np.ndarray:
    """Check one picture of any size.

    Parameters
    ----------
    array : array-like
        (h, w, c), values 0..255, integers or floats.
    channels : sequence of int, optional
        The numbers of channels that are meant; None takes any.

    Returns
    -------
    numpy.ndarray
        The same values, of the type that they had.

    Raises
    ------
    HelpersError
        For another rank, an empty picture, channels that come first, another kind or range of
        numbers; for NaN, infinities and values that are masked out.
    """
    values = _pixel_values(array)
    fits = values.ndim == 3 and values.size and not _channels_first(values.shape)
    if not fits or (channels is not None and values.shape[-1] not in channels):
        hint = _shape_hint(values.shape, 3, _hint_without_model(values.shape))
        raise HelpersError(f"One picture has the shape (h, w, 3), not {values.shape}: {hint}.")
    _check_range(values)
    return values


def as_map(saliency_map) -> np.ndarray:
    """Check one saliency map and give it as float64 (h, w).

    Raises
    ------
    HelpersError
        For another rank, an empty map, other things than numbers; for NaN, infinities and
        values that are masked out.
    """
    values = as_values(saliency_map, "saliency map")
    if values.ndim != 2 or values.dtype.kind not in "uifb" or not values.size:
        raise HelpersError(
            f"A saliency map is one array of numbers (h, w), not {values.dtype} of shape "
            f"{values.shape}: reduce_channels makes one of the attributions of one picture."
        )
    if not np.isfinite(values).all():
        raise HelpersError(
            "The saliency map holds NaN or infinite values: look for where they came from."
        )
    return values.astype(np.float64)


def as_mask(mask, shape: tuple[int, int] | None = None) -> np.ndarray:
    """Check a mask and give it as bool (h, w).

    Parameters
    ----------
    mask : array-like
        (h, w), True or 1 on the object and False or 0 elsewhere.
    shape : tuple of int, optional
        Height and width that the mask must have; None takes any.

    Raises
    ------
    HelpersError
        For another shape, or other values than these two.
    """
    values = as_values(mask, "mask")
    if values.ndim != 2 or not values.size:
        raise HelpersError(f"A mask has the shape (h, w), not {values.shape}.")
    if shape is not None and values.shape != tuple(shape):
        raise HelpersError(
            f"The mask has the shape {values.shape}, and here {tuple(shape)} is needed: "
            "fit_mask(mask, shape) brings a mask to another size."
        )
    if values.dtype.kind not in "buif" or not np.isin(values, (0, 1)).all():
        raise HelpersError("A mask holds True on the object and False elsewhere, nothing else.")
    return values.astype(bool)


def as_object_mask(mask, shape: tuple[int, int] | None = None) -> np.ndarray:
    """Check a mask as `as_mask` does, and that there is an object in it."""
    values = as_mask(mask, shape)
    if not values.any():
        raise HelpersError("The mask is empty: there is no object in it.")
    return values


def as_count(value, name: str, least: int = 1) -> int:
    """Check a whole number, `least` or more."""
    if not is_whole(value) or value < least:
        raise HelpersError(f"{name} is a whole number, {least} or more, not {written(value)}.")
    return int(value)


def is_whole(value) -> bool:
    """Tell whether a value is a whole number, of Python or NumPy, and no truth value."""
    return isinstance(value, numbers.Integral) and not isinstance(value, bool)


def as_number(value, name: str, low: float, high: float, says: str) -> float:
    """Check a number from `low` to `high`, both included; `says` are these limits in words."""
    number = isinstance(value, numbers.Real) and not isinstance(value, bool)
    if not number or not low <= value <= high:
        raise HelpersError(f"{name} is {says}, not {written(value)}.")
    return float(value)


def as_colour(value, channels: int = 3) -> np.ndarray | None:
    """Give a grey level or colour, numbers 0..255, as float64 () or (channels,); else None."""
    try:
        colour = as_values(value, "colour")
    except HelpersError:
        return None
    fits = colour.dtype.kind in "uif" and colour.shape in ((), (channels,))
    fits = fits and ((colour >= 0) & (colour <= 255)).all()
    return colour.astype(np.float64) if fits else None


def as_flag(value, name: str) -> bool:
    """Check a truth value."""
    if not isinstance(value, (bool, np.bool_)):
        raise HelpersError(f"{name} is True or False, not {written(value)}.")
    return bool(value)


def as_choice(value, name: str, choices: Iterable[str]) -> str:
    """Check that `value` is one of the words that there are."""
    choices = list(choices)
    if not isinstance(value, str) or value not in choices:
        raise HelpersError(f"{name} is one of {', '.join(choices)}, not {written(value)}.")
    return value


def written(value) -> str:
    """Write a value into a sentence: on one line, and cut where it is long."""
    words = " ".join(repr(value).split())
    return words if len(words) <= 60 else f"{words[:60]}..."


def as_values(array, what: str) -> np.ndarray:
    """Give whatever can be an array as one, unless its rows differ or values are masked out."""
    parts = array if isinstance(array, (list, tuple)) else [array]
    if any(map(np.ma.is_masked, parts)):
        raise HelpersError(
            f"The {what} is a masked array with values that are masked out: give them values "
            "first, with its method filled()."
        )
    try:
        return np.asarray(array)
    except (TypeError, ValueError):
        raise HelpersError(
            f"The {what} is no array of numbers: its rows must have the same length."
        ) from None
    except RuntimeError as error:
        reason = str(error).split("\n")[0][:100].rstrip(".")
        raise HelpersError(f"The {what} cannot be read as an array ({reason}).") from None


def _pixel_values(array) -> np.ndarray:
    values = as_values(array, "picture array")
    if values.dtype.kind not in "uif":
        raise HelpersError(
            "A picture array holds numbers 0..255 in the shape (h, w, channels), not "
            f"{type(array).__name__} of {values.dtype}; to_array(load_image(...)) makes one."
        )
    return values


def _check_fit(shape: tuple[int, ...], expected: tuple[int | None, ...]) -> None:
    picture = shape[1:] if len(shape) == 4 else shape
    fits = len(picture) == 3 and all(e in (None, s) for s, e in zip(picture, expected, strict=True))
    if fits and 0 not in shape:
        return
    size = ", ".join("any" if e is None else str(e) for e in expected)
    raise HelpersError(
        f"This model reads pictures of shape ({size}), or a batch (n, {size}), not {shape}: "
        f"{_shape_hint(shape, expected[-1], 'use to_array(image, model)')}."
    )


def _shape_hint(shape: tuple[int, ...], channels: int | None, otherwise: str) -> str:
    """Say what is to be done about an array that is no picture of so many channels."""
    picture = shape[1:] if len(shape) == 4 else shape
    if 0 in shape:
        return "this one is empty"
    if channels not in (None, 1, 3):
        return f"all {channels} channels go into the last axis"
    if len(picture) == 3 and picture[0] == channels != picture[-1]:
        return "channels come last, so transpose it"
    if channels != 1 and (len(shape) == 2 or (len(picture) == 3 and picture[-1] == 1)):
        return "a greyscale picture becomes RGB with to_array(load_image(...))"
    if len(picture) == 3 and picture[-1] == 4:
        return "drop the alpha channel, as load_image does"
    if channels == 1 and len(shape) == 2:
        return "its one channel is an axis too, array[..., None]"
    return otherwise


def _hint_without_model(shape: tuple[int, ...]) -> str:
    if len(shape) == 4:
        return "take the pictures of a batch one by one"
    if len(shape) == 3:
        return "take one or three of its channels"
    return "to_array(load_image(...)) makes one"


def _channels_first(shape: tuple[int, ...]) -> bool:
    return shape[0] in (1, 3) and shape[-1] > 4


def _check_range(picture: np.ndarray) -> None:
    low, high = picture.min(), picture.max()  # NaN if there is one anywhere
    if not np.isfinite([low, high]).all():
        raise HelpersError(
            "The picture array holds NaN or infinite values; pictures hold numbers 0..255."
        )
    if low < 0 or high > 255:
        raise HelpersError(
            f"The picture array holds values from {low:g} to {high:g}, expected 0..255: give the "
            "pixels themselves, preprocessing is part of the model."
        )
    if picture.dtype.kind == "f" and high <= 1 and low < high:
        raise HelpersError(
            f"The picture array looks like 0..1 (values from {low:g} to {high:g}), expected "
            "0..255: multiply it by 255."
        )
