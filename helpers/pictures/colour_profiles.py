"""Colours as they were meant: a picture's colour profile read, and its colours put into sRGB."""

import functools
import io
import struct

import numpy as np
from PIL import ExifTags, Image, ImageCms

__all__ = ["to_srgb"]

# Kind of colours that a profile is for (ICC.1:2022, table 19): the mode it is applied in, and
# the modes that can come to it.
_MODES = {
    "RGB": ("RGB", ("1", "L", "LA", "P", "PA", "RGB", "RGBA", "RGBX", "YCbCr")),
    "GRAY": ("L", ("1", "L", "LA")),
    "CMYK": ("CMYK", ("CMYK",)),
}
# Smaller differences from sRGB than this, in grey levels, come from rounding.
_ROUNDING = 2
# Chromaticities (x, y) of red, green and blue, and the curve, as ICC.1:2022 writes it (10.6 and
# 10.18): Adobe RGB (1998), and Display P3 with the curve of sRGB.
ADOBE_RGB = (
    ((0.64, 0.33), (0.21, 0.71), (0.15, 0.06)),
    b"curv" + struct.pack(">4xIH2x", 1, round(2.19921875 * 256)),
)
_SRGB_CURVE = [round(65536 * v) for v in (2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045)]
DISPLAY_P3 = (
    ((0.68, 0.32), (0.265, 0.69), (0.15, 0.06)),
    b"para" + struct.pack(">4xH2x5i", 3, *_SRGB_CURVE),
)
_D65, _D50 = np.array([0.3127 / 0.329, 1, 0.3583 / 0.329]), np.array([0.9642, 1, 0.8249])
_BRADFORD = np.array(
    [[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]]
)


def to_srgb(image: Image.Image) -> Image.Image:
    """Give a picture's colours in RGB as its colour profile means them.

    Phones write Display P3 and cameras Adobe RGB: the same three numbers are other colours
    there. Networks were trained on numbers that mean sRGB. The conversion is LittleCMS', with
    the perceptual intent.

    Parameters
    ----------
    image : PIL.Image.Image
        Of 8 bits; transparency is ignored.

    Returns
    -------
    PIL.Image.Image
        A new picture, mode RGB. Without a profile, with a damaged one, one for other kinds of
        colours, or sRGB itself, it is `image.convert("RGB")`.
    """
    try:
        profile = image.info.get("icc_profile") or _named_profile(image)
        converted = _converted(image, profile) if profile else None
    except Exception:  # of many kinds, from LittleCMS and Pillow: a profile is no picture
        converted = None
    return image.convert("RGB") if converted is None else converted


def _named_profile(image: Image.Image) -> bytes | None:
    """Give the profile that a file names without holding it.

    Cameras write "R03" for Adobe RGB (Exif 2.32, interoperability rules of DCF), and HEIC files
    the numbers 12 and 13 for the primaries of Display P3 and the curve of sRGB (ITU-T H.273).
    """
    numbers = image.info.get("nclx_profile") or {}
    if numbers.get("color_primaries") == 12 and numbers.get("transfer_characteristics") == 13:
        return write_profile(*DISPLAY_P3)
    if image.getexif().get_ifd(ExifTags.IFD.Interop).get(ExifTags.Interop.InteropIndex) == "R03":
        return write_profile(*ADOBE_RGB)
    return None


def _converted(image: Image.Image, content: bytes) -> Image.Image | None:
    profile = ImageCms.ImageCmsProfile(io.BytesIO(content))
    mode, sources = _MODES.get(profile.profile.xcolor_space.strip(), (None, ()))
    if image.mode not in sources:
        return None
    # LittleCMS' tables are up to ten levels off for dark greys; there are only 256, so without.
    flags = ImageCms.Flags.NOOPTIMIZE if mode == "L" else ImageCms.Flags.NONE
    srgb = ImageCms.createProfile("sRGB")
    transform = ImageCms.buildTransform(profile, srgb, mode, "RGB", flags=flags)
    if mode != "CMYK" and _changes_nothing(transform, mode):
        return None
    if mode == "L":
        return _every_grey(transform, image.convert(mode))
    return ImageCms.applyTransform(image.convert(mode), transform)


def _every_grey(transform: ImageCms.ImageCmsTransform, grey: Image.Image) -> Image.Image:
    greys = Image.fromarray(np.arange(256, dtype=np.uint8)[None])
    colours = np.asarray(ImageCms.applyTransform(greys, transform))[0]
    return Image.fromarray(colours[np.asarray(grey)])


def _changes_nothing(transform: ImageCms.ImageCmsTransform, mode: str) -> bool:
    colours = _sample_colours().convert(mode)
    before, after = colours.convert("RGB"), ImageCms.applyTransform(colours, transform)
    return bool(np.abs(np.subtract(after, before, dtype=int)).max() <= _ROUNDING)


@functools.cache
def _sample_colours() -> Image.Image:
    """Eight levels of each channel, every one with every other."""
    levels = np.linspace(0, 255, 8).round().astype(np.uint8)
    grid = np.stack(np.meshgrid(levels, levels, levels), axis=-1)
    return Image.fromarray(grid.reshape(64, 8, 3))


@functools.cache
def write_profile(primaries: tuple[tuple[float, float], ...], curve: bytes) -> bytes:
    """Write a profile (ICC.1:2022, section 7) of three primaries, white D65 and one curve."""
    colours = np.array([(x / y, 1, (1 - x - y) / y) for x, y in primaries]).T
    cones = _BRADFORD * ((_BRADFORD @ _D50) / (_BRADFORD @ _D65))[:, None]
    columns = np.linalg.solve(_BRADFORD, cones) @ (colours * np.linalg.solve(colours, _D65))
    points = [struct.pack(">4s4x3i", b"XYZ ", *np.rint(65536 * c).astype(int)) for c in columns.T]
    values = [*points, curve, curve, curve]
    names = (b"rXYZ", b"gXYZ", b"bXYZ", b"rTRC", b"gTRC", b"bTRC")
    starts = np.cumsum([132 + 12 * len(names), *map(len, values)])
    table = [struct.pack(">4sII", n, s, len(v)) for n, s, v in zip(names, starts, values)]
    header = struct.pack(
        ">I4xI4s4s4s12x4s28x3i48x", starts[-1], 0x04300000, b"mntr", b"RGB ", b"XYZ ", b"acsp",
        *np.rint(65536 * _D50).astype(int),
    )  # fmt: skip
    return b"".join([header, struct.pack(">I", len(names)), *table, *values])
