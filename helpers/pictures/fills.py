"""What a hole in a picture is filled with, and what a picture without information is.

One set of fills serves them all: masked regions, occluding patches, the baselines of paths, and
the pictures that deletion and insertion go to and come from (Sturmfels, Lundberg and Lee 2020,
"Visualizing the impact of feature attribution baselines", Distill).
"""

from collections.abc import Sequence

import numpy as np
from scipy import ndimage

from helpers.errors import HelpersError
from helpers.validation import as_colour, as_pixels, written

__all__ = ["FILLS", "Fill", "fill_picture"]

Fill = str | float | Sequence[float] | np.ndarray
# Standard deviation of the blur for a picture of 224 pixels, scaled with other sizes.
BLUR_SIGMA, BLUR_SIDE = 10.0, 224


def _blurred(picture: np.ndarray) -> np.ndarray:
    sigma = BLUR_SIGMA * min(picture.shape[:2]) / BLUR_SIDE
    return ndimage.gaussian_filter(picture, sigma, axes=(0, 1))


FILLS = {
    "black": np.zeros_like,
    "white": lambda picture: np.full_like(picture, 255),
    "mean": lambda picture: np.broadcast_to(picture.mean((0, 1)), picture.shape),
    "blur": _blurred,
}


def fill_picture(picture: np.ndarray, fill: Fill, name: str = "fill") -> np.ndarray:
    """Give the picture of which removed pixels are taken.

    Parameters
    ----------
    picture : array-like
        Floats (h, w, c), 0..255.
    fill : {"black", "white", "mean", "blur"}, float or sequence of float
        0; 255; the picture's mean colour; the picture after a Gaussian filter, standard
        deviation 10 pixels at 224 and in proportion to the shorter side at other sizes, so
        traces of what was there stay; a grey level 0..255; or a colour of c such numbers.
    name : str
        What the option is called, for the sentence that refuses it.

    Returns
    -------
    numpy.ndarray
        (h, w, c), of the picture's type; it may be read-only.

    Raises
    ------
    HelpersError
        For another fill, and for something that is no picture.
    """
    picture = as_pixels(picture)
    if isinstance(fill, str) and fill in FILLS:
        return FILLS[fill](picture)
    colour = None if isinstance(fill, str) else as_colour(fill, picture.shape[-1])
    if colour is None:
        raise HelpersError(
            f"{name} is one of {', '.join(FILLS)}, a grey level 0..255 or a colour of "
            f"{picture.shape[-1]} such numbers, not {written(fill)}."
        )
    return np.broadcast_to(colour.astype(picture.dtype), picture.shape)
