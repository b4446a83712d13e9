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
from helpers.evaluation.checks import as_map, choice

__all__ = ["READINGS", "fit_mask", "read_map", "reading_of"]

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
    how = READINGS[choice(reading, "reading", READINGS)]
    if np.ndim(attributions) != 3:
        raise HelpersError(
            f"read_map takes the attributions of one picture, (h, w, channels), not shape "
            f"{np.shape(attributions)}."
        )
    return as_map(reduce_channels(attributions, how))


def fit_mask(mask, shape: tuple[int, int]) -> np.ndarray:
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
        For a mask that is not (h, w).
    """
    from PIL import Image

    values = np.asarray(mask)
    if values.ndim != 2:
        raise HelpersError(f"A mask has the shape (h, w), not {values.shape}.")
    if values.shape == tuple(shape):
        return values.astype(bool)
    cover = Image.fromarray(values.astype(bool).astype(np.float32))
    return np.asarray(cover.resize(shape[::-1], Image.Resampling.BOX)) >= 0.5
