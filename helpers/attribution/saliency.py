"""Saliency maps: how strongly a class score answers to each pixel, and how that is shown."""

import numpy as np
from scipy import ndimage

from helpers.attribution.reduction import reduce_channels
from helpers.attribution.registry import attribute, find_method
from helpers.backend import keras
from helpers.errors import HelpersError
from helpers.validation import as_number, as_values

__all__ = ["compute_saliency_map", "keras_vis_map", "smooth"]

KERAS_VIS = "keras-vis-0.4.1"
# Far wider than any map; the filter's memory and time grow with it.
MOST_SIGMA = 1000
# The blue nodes (position, value) of matplotlib's colour map "jet".
_JET_BLUE = ((0, 0.11, 0.34, 0.65, 1), (0.5, 1, 1, 0, 0))


def compute_saliency_map(
    model: keras.Model,
    array,
    target_class,
    layer_idx: int | str = -1,
    *,
    method: str = "gradient",
    sigma: float = 5.0,
    reduce: str = "max_abs",
    compat: str | None = None,
    **options,
) -> np.ndarray:
    """Compute a smoothed saliency map, callable as in the post.

    With the defaults: the absolute gradient of the class logit with respect to each pixel,
    its largest value over the three channels (Simonyan et al. 2013), then a Gaussian filter.

    Parameters
    ----------
    model : keras.Model
        From `load_model` or `wrap_classifier`.
    array : array-like
        Picture (h, w, 3) or batch (n, h, w, 3), RGB, 0..255, of the model's input size.
    target_class : int, str or list
        A class by index, name or WordNet id; a list of k classes for one picture, or of one
        class per picture. For a convolutional layer the number of a filter.
    layer_idx : int or str
        Index or name of a layer; -1 means the logits. The score of a filter is its mean
        activation.
    method : str
        See `helpers.attribute`, which also takes the `options`.
    sigma : float
        Standard deviation of the Gaussian in pixels; 0 smooths nothing.
    reduce : str
        How channels become one value; see `reduce_channels`.
    compat : {None, "keras-vis-0.4.1"}
        "keras-vis-0.4.1" returns what the post displayed; see `keras_vis_map`.

    Returns
    -------
    numpy.ndarray
        float32 (h, w), with a leading axis for a batch or several classes. Raw units (logit
        per grey level for gradients); nothing is normalised. With `compat`, uint8.

    Raises
    ------
    HelpersError
        For anything that `attribute` refuses, a bad `sigma`, `reduce` or `compat`, and where
        all that is asked for is 0 at every pixel, but for class activation maps, which are 0
        where everything speaks against the class.

    References
    ----------
    Simonyan, Vedaldi and Zisserman 2013, arXiv:1312.6034.
    """
    _check_sigma(sigma)
    if compat not in (None, KERAS_VIS):
        raise HelpersError(f"compat is None or {KERAS_VIS!r}, not {compat!r}.")
    attributions = attribute(model, array, target_class, method, layer_idx, **options)
    _check_not_empty(attributions, method)
    maps = keras_vis_map(attributions) if compat else reduce_channels(attributions, reduce)
    return smooth(maps, sigma)


def smooth(saliency_map: np.ndarray, sigma: float) -> np.ndarray:
    """Smooth maps with `scipy.ndimage.gaussian_filter`, each for itself.

    Parameters
    ----------
    saliency_map : numpy.ndarray
        (..., h, w); the type of its values is kept, so uint8 stays uint8 as in the post.
    sigma : float
        Standard deviation in pixels, 0 to 1000.

    Returns
    -------
    numpy.ndarray
        The same shape and type. The sum over a map stays the same but for rounding.

    Raises
    ------
    HelpersError
        For a sigma out of range, or one that is not a number.
    """
    _check_sigma(sigma)
    values = as_values(saliency_map, "map")
    if values.ndim < 2:
        raise HelpersError(f"A map has the shape (..., h, w), not {values.shape}.")
    return ndimage.gaussian_filter(values, sigma, axes=(-2, -1))


def keras_vis_map(attributions: np.ndarray) -> np.ndarray:
    """Compute what the post smoothed: the blue channel of keras-vis' map coloured with jet.

    keras-vis 0.4.1 gave s = (a - min a) / (max a - min a + 1e-7) with a = max_c |g|, painted
    with matplotlib's 256 jet colours as uint8; the post took `grads[:, :, 2]`, which is blue.
    Blue rises from 127 to 255 while s goes from 0 to .11, stays there up to .34, and falls to
    0 from .65 on: the strongest pixels come out weakest.

    Parameters
    ----------
    attributions : numpy.ndarray
        Gradients (..., h, w, c).

    Returns
    -------
    numpy.ndarray
        uint8 (..., h, w).
    """
    a = reduce_channels(attributions, "max_abs")
    low, high = (extreme(a, axis=(-2, -1), keepdims=True) for extreme in (np.min, np.max))
    s = (a - low) / (high - low + 1e-7)
    table = (255 * np.interp(np.linspace(0, 1, 256), *_JET_BLUE)).astype(np.uint8)
    return table[np.minimum((s * 256).astype(int), 255)]


def _check_not_empty(attributions: np.ndarray, method: str) -> None:
    # Of class activation maps, which leave out what speaks against the class, 0 is an answer.
    if find_method(method).signed and not attributions.any():
        raise HelpersError(
            f"The {method} map is 0 at every pixel, so there is nothing to show: the class score "
            "does not answer to this picture; try another class, picture or method."
        )


def _check_sigma(sigma: float) -> None:
    as_number(sigma, "sigma", 0, MOST_SIGMA, f"a number of pixels, 0 to {MOST_SIGMA}")
