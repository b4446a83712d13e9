"""The check that every picture array passes before a network sees it."""

import numpy as np

from helpers.errors import HelpersError

__all__ = ["picture_batch"]


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
        For another rank, shape, kind of numbers or range; for NaN and infinities.
    """
    values = _numbers(array)
    if values.dtype.kind not in "uif":
        raise HelpersError(
            f"A picture array holds numbers 0..255, not {type(array).__name__} of {values.dtype}; "
            "to_array(load_image(...)) makes one."
        )
    _check_shape(values.shape, tuple(model.input_shape[1:]))
    _check_range(values)
    batched = values.ndim == 4
    return values.astype(np.float32, copy=False)[() if batched else None], batched


def _numbers(array) -> np.ndarray:
    try:
        return np.asarray(array)
    except (TypeError, ValueError):
        raise HelpersError(
            "A picture array has rows of the same length; to_array(load_image(...)) makes one."
        ) from None


def _check_shape(shape: tuple[int, ...], expected: tuple[int | None, ...]) -> None:
    picture = shape[1:] if len(shape) == 4 else shape
    fits = len(picture) == 3 and all(e in (None, s) for s, e in zip(picture, expected, strict=True))
    if fits and 0 not in shape:
        return
    size = ", ".join("any" if e is None else str(e) for e in expected)
    hint = "use to_array(image, model)"
    if len(shape) == 2 or (len(picture) == 3 and picture[-1] == 1):
        hint = "a greyscale picture becomes RGB with to_array(load_image(...))"
    elif len(picture) == 3 and picture[-1] == 4:
        hint = "drop the alpha channel, as load_image does"
    elif len(picture) == 3 and picture[0] == expected[-1]:
        hint = "channels come last, so transpose it"
    elif 0 in shape:
        hint = "this one is empty"
    raise HelpersError(
        f"This model reads pictures of shape ({size}), or a batch (n, {size}), not {shape}: {hint}."
    )


def _check_range(values: np.ndarray) -> None:
    if not np.isfinite(values).all():
        raise HelpersError(
            "The picture array holds NaN or infinite values; pictures hold numbers 0..255."
        )
    for picture in values if values.ndim == 4 else [values]:
        _check_limits(picture)


def _check_limits(picture: np.ndarray) -> None:
    low, high = picture.min(), picture.max()
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
