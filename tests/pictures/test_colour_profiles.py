"""Colours of other profiles than sRGB, against the published matrices and curves."""

import io
import struct

import numpy as np
import pytest
from PIL import Image, ImageCms
from toys import picture_bytes

from helpers.pictures.colour_profiles import ADOBE_RGB, DISPLAY_P3, write_profile
from helpers.pictures.images import load_image, to_array

# Linear light of Adobe RGB (1998) and Display P3 to that of sRGB (all three have white D65).
ADOBE = np.array([[1.3982832, -0.3982831, 0], [0, 1, 0], [0, -0.0429383, 1.0429383]])
P3 = np.array(
    [[1.2249401, -0.2249402, 0], [-0.0420569, 1.0420571, 0], [-0.0196376, -0.0786507, 1.0978830]]
)
PROFILES = {
    "Adobe RGB": write_profile(*ADOBE_RGB),
    "Display P3": write_profile(*DISPLAY_P3),
}
SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
COLOURS = np.random.default_rng(4).integers(0, 256, (24, 16, 3), dtype=np.uint8)
# Large squares of muted colours, which survive JPEG and are in every gamut.
SQUARES = np.random.default_rng(5).integers(60, 190, (2, 3, 3), dtype=np.uint8)
SQUARES = SQUARES.repeat(32, 0).repeat(32, 1)


def linear(values):
    values = values / 255
    return np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)


def encoded(light):
    light = np.clip(light, 0, 1)
    return 255 * np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055)


def in_srgb(values, name):
    """What the numbers of a profile are in sRGB, by its definition."""
    if name == "Adobe RGB":
        return encoded((values / 255) ** (563 / 256) @ ADOBE.T)
    return encoded(linear(values) @ P3.T)


def profile(space: bytes, content: bytes, tags: dict[bytes, bytes]) -> bytes:
    """A small ICC profile: an output device of a kind of colours, and its tags."""
    start, table, body = 132 + 12 * len(tags), b"", b""
    for name, value in tags.items():
        table += struct.pack(">4sII", name, start + len(body), len(value))
        body += value
    d50 = [round(65536 * v) for v in (0.9642, 1, 0.8249)]
    header = struct.pack(
        ">I4xI4s4s4s12x4s28x3i48x", start + len(body), 0x02400000, b"prtr", space, content,
        b"acsp", *d50,
    )  # fmt: skip
    return header + struct.pack(">I", len(tags)) + table + body


GAMMA_1 = profile(b"GRAY", b"XYZ ", {b"kTRC": b"curv" + struct.pack(">4xI", 0)})


def inks() -> bytes:
    """A printer whose Lab is 100 - 25 (C + M + Y + K) light, at full and no ink; a, b = 0."""
    amount = [bin(corner).count("1") for corner in range(16)]
    lab = b"".join(bytes([round(255 * (1 - n / 4)), 128, 128]) for n in amount)
    ramp = bytes(range(256))
    unity = [65536 if i % 4 == 0 else 0 for i in range(9)]
    lut = b"mft1" + struct.pack(">4x4B9i", 4, 3, 2, 0, *unity) + ramp * 4 + lab + ramp * 3
    return profile(b"CMYK", b"Lab ", {b"A2B0": lut})


@pytest.mark.parametrize("name", PROFILES)
def test_every_colour_is_what_the_profile_defines(name):
    image = load_image(picture_bytes(Image.fromarray(COLOURS), icc_profile=PROFILES[name]))
    right = in_srgb(COLOURS, name)
    assert np.abs(np.asarray(image) - right).max() < 2
    assert np.abs(COLOURS - right).mean() > 3, "as they were, the numbers would be wrong"


@pytest.mark.parametrize("name", PROFILES)
@pytest.mark.parametrize("kind", ["JPEG", "TIFF", "WEBP", "HEIF", "AVIF", "PNG"])
def test_profiles_are_read_from_every_kind_of_file(kind, name):
    options = {} if kind in ("PNG", "TIFF") else {"quality": 95}
    content = picture_bytes(Image.fromarray(SQUARES), kind, icc_profile=PROFILES[name], **options)
    image = np.asarray(load_image(content))
    right = in_srgb(SQUARES, name)
    assert np.abs(image[16::32, 16::32] - right[16::32, 16::32]).max() < 4


def test_a_camera_that_names_adobe_rgb_without_a_profile():
    exif = Image.Exif()
    exif[0x0112] = 1
    exif.get_ifd(0x8769).update({0xA001: 65535, 0xA005: {1: "R03"}})
    content = picture_bytes(Image.fromarray(COLOURS), exif=exif)
    assert np.abs(np.asarray(load_image(content)) - in_srgb(COLOURS, "Adobe RGB")).max() < 2
    exif.get_ifd(0x8769)[0xA005] = {1: "R98"}  # sRGB
    content = picture_bytes(Image.fromarray(COLOURS), exif=exif)
    assert np.array_equal(load_image(content), COLOURS)


def test_a_phone_that_names_display_p3_without_a_profile():
    options = {"color_primaries": 12, "transfer_characteristics": 13, "save_nclx_profile": True}
    content = picture_bytes(Image.fromarray(SQUARES), "HEIF", quality=95, **options)
    image, right = np.asarray(load_image(content)), in_srgb(SQUARES, "Display P3")
    assert np.abs(image[16::32, 16::32] - right[16::32, 16::32]).max() < 4


def test_transparency_palettes_and_grey_in_the_profile_of_a_screen():
    options = {"icc_profile": PROFILES["Display P3"]}
    right = in_srgb(COLOURS, "Display P3")
    clear = np.dstack([COLOURS, np.full((24, 16), 255, np.uint8)])
    clear[:4, :, 3] = 0
    image = np.asarray(load_image(picture_bytes(Image.fromarray(clear), **options)))
    assert (image[:4] == 255).all() and np.abs(image[4:] - right[4:]).max() < 2
    palette = Image.fromarray(SQUARES).quantize(8)
    found = np.asarray(load_image(picture_bytes(palette, **options)))
    assert np.abs(found - in_srgb(np.asarray(palette.convert("RGB")), "Display P3")).max() < 2
    grey = Image.fromarray(COLOURS[..., 0])
    assert np.array_equal(load_image(picture_bytes(grey, **options)), grey.convert("RGB"))


@pytest.mark.parametrize("mode", ["L", "LA", "I;16", "1"])
def test_grey_of_linear_light(mode):
    """A profile of gamma 1 says that the numbers are light itself."""
    grey = COLOURS[..., 0]
    image = Image.fromarray(grey)
    if mode == "I;16":
        image = Image.fromarray(grey.astype(np.uint16) * 257)
    elif mode == "1":
        image = Image.fromarray(grey).convert("1")
        grey = np.asarray(image) * 255
    else:
        image = image.convert(mode)
    found = np.asarray(load_image(picture_bytes(image, icc_profile=GAMMA_1)))
    assert np.abs(found - encoded(grey / 255)[..., None]).max() < 2


def test_printing_inks():
    corners = np.array([[[0, 0, 0, 0], [255, 0, 0, 0], [0, 255, 255, 0], [255] * 4]], np.uint8)
    image = Image.fromarray(corners.repeat(16, 0).repeat(16, 1), mode="CMYK")
    found = np.asarray(load_image(picture_bytes(image, "TIFF", icc_profile=inks())))[8, 8::16]
    lightness = np.array([100, 75, 50, 0])
    light = np.where(lightness > 8, ((lightness + 16) / 116) ** 3, lightness / 903.3)
    assert np.abs(found - encoded(light)[:, None]).max() < 3
    assert np.abs(np.ptp(found, axis=-1)).max() < 2


def test_srgb_itself_changes_no_number():
    content = picture_bytes(Image.fromarray(COLOURS), icc_profile=SRGB)
    assert np.array_equal(load_image(content), COLOURS)


@pytest.mark.parametrize(
    "icc",
    [
        b"garbage",
        b"\0" * 128,
        PROFILES["Display P3"][:200],
        PROFILES["Display P3"][:128] + b"\xff" * 300,
        GAMMA_1,
        inks(),
        ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes(),
        ImageCms.ImageCmsProfile(ImageCms.createProfile("XYZ")).tobytes(),
    ],
    ids=["garbage", "zeros", "cut", "no tags", "of grey", "of inks", "of Lab", "of XYZ"],
)
def test_a_profile_that_is_broken_or_for_other_colours_leaves_the_picture_as_it_is(icc):
    for kind in ("PNG", "TIFF"):
        content = picture_bytes(Image.fromarray(COLOURS), kind, icc_profile=icc)
        assert np.array_equal(load_image(content), COLOURS)


def test_a_picture_is_converted_once_and_the_readers_own_stays():
    given = Image.open(
        io.BytesIO(picture_bytes(Image.fromarray(COLOURS), icc_profile=PROFILES["Adobe RGB"]))
    )
    once = load_image(given)
    assert np.array_equal(load_image(once), once)
    assert np.array_equal(to_array(given), to_array(once))
    assert given.info["icc_profile"] == PROFILES["Adobe RGB"]
    assert np.array_equal(given, COLOURS)
