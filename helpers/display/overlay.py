"""What may be drawn, on which scale and in which colours; a map laid over its picture."""

import functools
from collections.abc import Sequence

import matplotlib as mpl
import numpy as np
from matplotlib.colors import Normalize
from PIL import Image

from helpers import validation
from helpers.display.publish import Picture
from helpers.errors import HelpersError

COLOUR_MAPS = ("viridis", "magma", "cividis", "gray")
DIVERGING = "RdBu_r"


def as_picture(img: Picture) -> np.ndarray:
    """A picture, PIL or array (h, w, 3) or (h, w, 1) of values 0..255, as uint8 (h, w, 3)."""
    if isinstance(img, Image.Image):
        return np.asarray(img.convert("RGB"))
    array = validation.as_values(img, "picture to draw")
    alone = array[0] if array.ndim == 4 and len(array) == 1 else array
    pixels = np.rint(validation.as_pixels(alone, (1, 3))).astype(np.uint8)
    return pixels if pixels.shape[-1] == 3 else pixels.repeat(3, axis=-1)


def as_map(saliency_map: np.ndarray) -> np.ndarray:
    """A map as float64 (h, w); leading or trailing axes of length one are dropped."""
    array = _without_single_axes(validation.as_values(saliency_map, "map to draw"))
    if array.ndim > 2:
        raise HelpersError(
            f"A map to draw needs the shape (h, w), but this has {array.shape}: "
            "reduce its channels with reduce_channels, and draw several maps with show_maps."
        )
    return validation.as_map(array)


def _without_single_axes(array: np.ndarray) -> np.ndarray:
    if array.ndim in (3, 4) and array.shape[-1] == 1:
        array = array[..., 0]
    return array[0] if array.ndim == 3 and len(array) == 1 else array


def check_strength(strength: float) -> float:
    """The strength of an overlay as a float, 0..1."""
    says = "a number from 0 to 1"
    return validation.as_number(strength, "The strength of an overlay", 0, 1, says)


@functools.lru_cache(maxsize=8)
def _table(cmap: str) -> np.ndarray:
    """The 256 colours of a colour map, float32 (256, 3) in 0..255."""
    if cmap not in (*COLOUR_MAPS, DIVERGING):
        raise HelpersError(
            f"The colour map {cmap!r} is not for maps: choose one of {', '.join(COLOUR_MAPS)} "
            f"(or {DIVERGING} for signed values), whose steps look as large as they are."
        )
    return (255 * mpl.colormaps[cmap](np.arange(256))[:, :3]).astype(np.float32)


def map_limits(
    maps: Sequence[np.ndarray], limits: tuple[float, float] | None = None
) -> tuple[float, float]:
    """The ends of a scale: from 0 up, or centred on zero when a value is negative."""
    if limits is not None:
        low, high = limits
        if not low < high:
            raise HelpersError(
                f"The limits of a scale need a lower and a higher value, but these are {limits}."
            )
        return float(low), float(high)
    largest = max(float(np.abs(m).max()) for m in maps) or 1.0
    return (-largest if min(m.min() for m in maps) < 0 else 0.0), largest


def colour_scale(limits: tuple[float, float], cmap: str | None) -> tuple[str, Normalize]:
    """The colour map for a scale, and the scale itself."""
    centred = limits[0] == -limits[1]
    name = DIVERGING if centred else cmap or "viridis"
    _table(name)
    return name, Normalize(*limits)


def _weights(values: np.ndarray, limits: tuple[float, float]) -> np.ndarray:
    """How strongly a value is to cover the picture, 0..1: its distance from 0 or the low end."""
    low, high = limits
    zero = 0.0 if low == -high else low
    return np.clip(np.abs(values - zero) / (high - zero), 0, 1)


def blend(
    picture: np.ndarray, values: np.ndarray, limits: tuple[float, float], strength: float, cmap: str
) -> np.ndarray:
    """Lay the colours of `values` (h, w) over the greys of a picture (h, w, 3); uint8."""
    low, high = limits
    index = np.clip((values - low) * (255 / (high - low)), 0, 255).astype(np.uint8)
    grey = np.asarray(Image.fromarray(picture).convert("L"), np.float32)[..., None]
    weight = (strength * _weights(values, limits)).astype(np.float32)[..., None]
    return np.rint(grey + weight * (_table(cmap)[index] - grey)).astype(np.uint8)


def overlay_image(
    img: Picture,
    saliency_map: np.ndarray,
    strength: float = 0.7,
    cmap: str = "viridis",
    limits: tuple[float, float] | None = None,
) -> np.ndarray:
    """Lay a map over a picture without hiding it.

    The picture turns grey, so that every colour belongs to the map; where the map is weak the
    picture is untouched, and where it is strong the picture still shines through.

    Parameters
    ----------
    img
        The picture, PIL or array (h, w, 3), values 0..255.
    saliency_map
        Shape (a, b), any units; stretched to the size of the picture.
    strength
        How much the strongest value of the map covers, from 0 (not at all) to 1 (fully).
    cmap
        "viridis", "magma", "cividis" or "gray". A map with negative values is drawn in red
        (positive) and blue (negative), centred on zero.
    limits
        Lowest and highest value of the scale; None is 0 to the largest value.

    Returns
    -------
    numpy.ndarray
        uint8 (h, w, 3), the size of the picture.

    Raises
    ------
    HelpersError
        On anything that cannot be drawn: wrong shapes, NaN, an unknown colour map.
    """
    picture, values = as_picture(img), as_map(saliency_map)
    limits = map_limits([values], limits)
    cmap, _ = colour_scale(limits, cmap)
    size = picture.shape[1], picture.shape[0]
    stretched = Image.fromarray(values.astype(np.float32)).resize(size, Image.Resampling.BILINEAR)
    return blend(picture, np.asarray(stretched), limits, check_strength(strength), cmap)


def map_image(
    saliency_map: np.ndarray,
    size: tuple[int, int],
    limits: tuple[float, float] | None = None,
    cmap: str = "viridis",
) -> np.ndarray:
    """The colours of a map alone, without its picture.

    Parameters
    ----------
    saliency_map, limits, cmap
        As in `overlay_image`.
    size
        Width and height of the result.

    Returns
    -------
    numpy.ndarray
        uint8 (h, w, 3).
    """
    values = as_map(saliency_map)
    low, high = map_limits([values], limits)
    name, _ = colour_scale((low, high), cmap)
    stretched = Image.fromarray(values.astype(np.float32)).resize(size, Image.Resampling.BILINEAR)
    index = np.clip((np.asarray(stretched) - low) * (255 / (high - low)), 0, 255).astype(np.uint8)
    return np.rint(_table(name)[index]).astype(np.uint8)


def bar_colours(cmap: str, limits: tuple[float, float], strength: float) -> np.ndarray:
    """The 256 colours of an overlay, uint8 (256, 3), as they look over a middle grey."""
    values = np.linspace(*limits, 256)[None]
    return blend(np.full((1, 256, 3), 128, np.uint8), values, limits, strength, cmap)[0]


def bar_picture(limits: tuple[float, float], strength: float, cmap: str = "viridis") -> np.ndarray:
    """The colours of an overlay from the low end of its scale to the high one.

    Parameters
    ----------
    limits, strength, cmap
        As in `overlay_image`.

    Returns
    -------
    numpy.ndarray
        uint8 (1, 256, 3).
    """
    return bar_colours(colour_scale(limits, cmap)[0], limits, strength)[None]
