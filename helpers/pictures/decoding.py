"""From the bytes of a picture file to upright pixels in sRGB, or a sentence about the file."""

import contextlib
import io
import warnings
from collections.abc import Iterator

import numpy as np
import pillow_heif
from PIL import Image, UnidentifiedImageError

from helpers.errors import HelpersError
from helpers.pictures.colour_profiles import to_srgb
from helpers.pictures.metadata import upright, without_metadata

__all__ = ["decode", "upright_rgb"]

pillow_heif.register_heif_opener()

# Pillow knows these by their first bytes, but there are no pixels in them, or other programs
# (for EPS: Ghostscript, which runs the file as a program) would have to draw them.
NO_PIXELS = ("BUFR", "EPS", "GRIB", "HDF5", "MPEG", "WMF")


def decode(content: bytes, name: str) -> Image.Image:
    """Decode the bytes of a picture file.

    Parameters
    ----------
    content : bytes
        The whole file.
    name : str
        What the file is called in a sentence about it.

    Returns
    -------
    PIL.Image.Image
        As `upright_rgb` gives it.

    Raises
    ------
    HelpersError
        For bytes that are no picture, a broken one, one without pixels, or too many of them.
    """
    if not content:
        raise HelpersError(f"The picture {name} is empty (0 bytes); save or fetch it again.")
    try:
        return _opened(content, name)
    except HelpersError:
        lean = without_metadata(content)
        if lean == content:
            raise
        with contextlib.suppress(HelpersError):
            return _opened(lean, name)
        raise


def _opened(content: bytes, name: str) -> Image.Image:
    with _refusals_in_words(name):
        return upright_rgb(Image.open(io.BytesIO(content)), name)


def upright_rgb(image: Image.Image, name: str = "given") -> Image.Image:
    """Turn a picture upright, put its colours into sRGB, and lay it on white.

    Parameters
    ----------
    image : PIL.Image.Image
        Of any mode; it stays as it is.
    name : str
        What the picture is called in a sentence about it.

    Returns
    -------
    PIL.Image.Image
        A new picture of mode RGB, without metadata, so that nothing is done twice to it.

    Raises
    ------
    HelpersError
        For a picture that cannot be decoded, has no pixels, or holds values that no picture has.
    """
    if image.format in NO_PIXELS:
        raise HelpersError(
            f"The file {name} is of the kind {image.format}, which holds no pixels that could be "
            "read; export it as PNG or JPEG."
        )
    if 0 in image.size:
        raise HelpersError(
            f"The picture {name} has no pixels: it is {image.width} wide and {image.height} high."
        )
    with _refusals_in_words(name):
        image = upright(image)
        if image.mode in ("I", "F") or image.mode.startswith("I;16"):
            image = _eight_bits(image)
        if image.mode in ("La", "RGBa"):  # colours times transparency
            image = image.convert(image.mode.upper())
        colours = to_srgb(image)
        if image.has_transparency_data:
            colours.putalpha(image.convert("RGBA").getchannel("A"))
            white = Image.new("RGBA", image.size, "white")
            colours = Image.alpha_composite(white, colours).convert("RGB")
        colours.info.clear()
        return colours


@contextlib.contextmanager
def _refusals_in_words(name: str) -> Iterator[None]:
    """Answer whatever Pillow and its decoders raise at a file with one sentence."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    except HelpersError:
        raise
    except UnidentifiedImageError:
        raise HelpersError(
            f"The file {name} is not a picture that can be read; give a JPEG, PNG, WebP, HEIC or "
            "GIF."
        ) from None
    except Image.DecompressionBombError:
        raise HelpersError(
            f"The picture {name} has more pixels than the {2 * Image.MAX_IMAGE_PIXELS:,} that "
            "Pillow allows; scale it down first."
        ) from None
    except MemoryError:
        raise HelpersError(
            f"The picture {name} needs more memory than there is; scale it down first."
        ) from None
    except Exception as error:  # of many kinds: decoders raise what their libraries do
        reason = " ".join(str(error).split())[:100].rstrip(".") or type(error).__name__
        raise HelpersError(
            f"The picture {name} is damaged ({reason}); save or fetch it again."
        ) from None


def _eight_bits(image: Image.Image) -> Image.Image:
    """Scale a 16-bit picture, or one of floats 0..1 or 0..255, to 8 bits."""
    values = np.asarray(image, np.float32)
    most = 255 if image.mode == "F" else 65535
    if not (np.isfinite(values).all() and values.min() >= 0 and values.max() <= most):
        raise HelpersError(
            f"This picture holds values other than 0..{most}; save it as an 8-bit picture."
        )
    if image.mode == "F":
        scale = 1 if values.max() > 1 else 255
    else:
        scale = 255 / 65535 if values.max() > 255 else 1
    grey = Image.fromarray((values * scale).round().astype(np.uint8))
    grey.info["icc_profile"] = image.info.get("icc_profile")
    return grey
