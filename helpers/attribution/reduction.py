"""How attributions (h, w, c) become the one value per pixel that is shown, ranked or summed.

Methods claim different things. A gradient says how *sensitive* the score is to a pixel, and
its sign only says whether brighter or darker helps. Input times gradient, Integrated
Gradients, occlusion and the CAM family hand out *contributions*: their sign means for or
against the class. Each method is judged by its own claim, which its record names, and where a
contribution is also read by its size alone, the table says so.
"""

import numpy as np

from helpers.errors import HelpersError
from helpers.validation import as_choice, as_map, as_values

__all__ = ["READINGS", "read_map", "reduce_channels"]

REDUCTIONS = {
    "max_abs": lambda a: np.abs(a).max(-1),
    "sum_abs": lambda a: np.abs(a).sum(-1),
    "mean_abs": lambda a: np.abs(a).mean(-1),
    "l2": lambda a: np.sqrt(np.square(a).sum(-1)),
    "sum": lambda a: a.sum(-1),
    "max": lambda a: np.take_along_axis(a, np.abs(a).argmax(-1)[..., None], -1)[..., 0],
}
READINGS = {"signed": "sum", "absolute": "max_abs"}


def reduce_channels(attributions: np.ndarray, how: str = "max_abs") -> np.ndarray:
    """Reduce the colour channels of attributions to one value per pixel.

    Parameters
    ----------
    attributions : numpy.ndarray
        (..., h, w, c), signed.
    how : {"max_abs", "sum_abs", "mean_abs", "l2", "sum", "max"}
        "sum" keeps the sign; "max" is the value of largest size, with its sign.

    Returns
    -------
    numpy.ndarray
        float32 (..., h, w), in the unit of the attributions.

    Raises
    ------
    HelpersError
        For another `how`, or an array without a channel axis.
    """
    as_choice(how, "The reduction of channels", REDUCTIONS)
    attributions = as_values(attributions, "array of attributions")
    if attributions.ndim < 3:
        raise HelpersError(
            f"Attributions have the shape (..., h, w, channels), not {attributions.shape}."
        )
    return REDUCTIONS[how](attributions).astype(np.float32)


def read_map(attributions, reading: str = "absolute") -> np.ndarray:
    """Read attributions as one value per pixel.

    Parameters
    ----------
    attributions : array-like
        (h, w, c), signed, as `helpers.attribute` gives for one picture.
    reading : {"absolute", "signed"}
        "absolute": the largest size over the channels, the package's default for maps.
        "signed": the sum over the channels, positive where a pixel speaks for the class.

    Returns
    -------
    numpy.ndarray
        float64 (h, w), in the unit of the attributions.

    Raises
    ------
    HelpersError
        For another reading, another shape, or values that are not finite.
    """
    how = READINGS[as_choice(reading, "reading", READINGS)]
    values = as_values(attributions, "array of attributions")
    if values.ndim != 3:
        raise HelpersError(
            f"read_map takes the attributions of one picture, (h, w, channels), not shape "
            f"{values.shape}."
        )
    return as_map(reduce_channels(values, how))
