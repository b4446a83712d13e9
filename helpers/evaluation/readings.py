"""How attributions (h, w, c) become the one value per pixel that a metric ranks or sums.

Methods claim different things. A gradient says how *sensitive* the score is to a pixel, and
its sign only says whether brighter or darker helps. Input times gradient, Integrated
Gradients, occlusion and the CAM family hand out *contributions*: their sign means for or
against the class. Each method is judged by its own claim, and where a contribution is also
read by its size alone, the table says so.
"""

import numpy as np

from helpers.attribution.saliency import reduce_channels
from helpers.errors import HelpersError
from helpers.validation import as_choice, as_map, as_values

__all__ = ["READINGS", "read_map", "reading_of"]

READINGS = {"signed": "sum", "absolute": "max_abs"}
SENSITIVITIES = (
    "gradient",
    "smoothgrad",
    "vargrad",
    "deconvnet",
    "guided_backprop",
    "guided_grad_cam",
)


def reading_of(method: str) -> str:
    """Tell how a method is read unless one says otherwise.

    Parameters
    ----------
    method : str
        Name of a method of `helpers.attribute`.

    Returns
    -------
    {"absolute", "signed"}
        "absolute" for sensitivities, whose sign does not mean for or against the class
        (gradient, SmoothGrad, VarGrad, deconvnet, guided backprop, guided Grad-CAM), "signed"
        for methods that hand out contributions, and for the two controls.
    """
    return "absolute" if method in SENSITIVITIES else "signed"


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
