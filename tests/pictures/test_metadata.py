"""What stands beside the pixels may be as broken as it likes."""

import struct
import zlib

import numpy as np
import pytest
from PIL import Image
from toys import picture_bytes

from helpers.pictures.images import load_image, to_array
from helpers.pictures.metadata import without_metadata

NOISE = Image.fromarray(np.random.default_rng(3).integers(0, 256, (12, 16, 3), dtype=np.uint8))
JPEG, PNG = picture_bytes(NOISE, "JPEG", quality=95), picture_bytes(NOISE)
AS_JPEG = np.asarray(load_image(JPEG))
SIX = (0x0112, 3, 1, struct.pack("<HH", 6, 0))  # the camera was held upright


def tiff(*entries) -> bytes:
    """The entries (tag, type, count, four bytes) of one directory, as EXIF has them."""
    table = b"".join(struct.pack("<HHI", *entry[:3]) + entry[3] for entry in entries)
    return b"II*\0" + struct.pack("<IH", 8, len(entries)) + table + bytes(4) + bytes(range(40))


def jpeg_with(marker: int, body: bytes) -> bytes:
    return JPEG[:2] + struct.pack(">BBH", 255, marker, len(body) + 2) + body + JPEG[2:]


def png_with(kind: bytes, body: bytes, checksum: int | None = None) -> bytes:
    checksum = zlib.crc32(kind + body) if checksum is None else checksum
    chunk = struct.pack(">I", len(body)) + kind + body + struct.pack(">I", checksum)
    return PNG[:33] + chunk + PNG[33:]


BROKEN = {
    "nothing": (),
    "a negative width": ((0x0100, 9, 1, struct.pack("<i", -5)),),
    "a resolution of no number": ((0x011A, 11, 1, struct.pack("<f", float("nan"))),),
    "a signed resolution": ((0x011A, 10, 1, struct.pack("<I", 40)),),
    "a name of four gigabytes": ((0x010F, 2, 0xFFFFFFFF, bytes(4)),),
    "a name beyond the end": ((0x010F, 2, 40, struct.pack("<I", 100_000)),),
    "a directory in itself": ((0x8769, 4, 1, struct.pack("<I", 8)),),
    "unknown types": ((0x011A, 13, 1, bytes(4)), (0x011B, 129, 1, bytes(4))),
    "a maker's note": ((0x927C, 7, 20, struct.pack("<I", 30)),),
}


@pytest.mark.parametrize("broken", BROKEN.values(), ids=BROKEN)
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_picture_is_turned_whatever_else_its_exif_says(kind, broken):
    exif = tiff(SIX, *broken)
    if kind == "JPEG":
        content, stored = jpeg_with(0xE1, b"Exif\0\0" + exif), AS_JPEG
    elif kind == "PNG":
        content, stored = png_with(b"eXIf", exif), np.asarray(NOISE)
    else:
        content, stored = picture_bytes(NOISE, "WEBP", lossless=True, exif=exif), np.asarray(NOISE)
    assert np.array_equal(load_image(content), np.rot90(stored, -1))


@pytest.mark.parametrize(
    "exif",
    [b"", b"garbage!garbage!", b"II*\0\xff\xff\xff\x7f", tiff(SIX)[:12]]
    + [tiff((*SIX[:3], struct.pack("<I", turn))) for turn in (0, 1, 9)],
)
def test_exif_that_says_no_turn(exif):
    assert np.array_equal(load_image(jpeg_with(0xE1, b"Exif\0\0" + exif)), AS_JPEG)
    assert np.array_equal(load_image(png_with(b"eXIf", exif)), NOISE)


def test_a_picture_is_turned_once():
    upright = load_image(jpeg_with(0xE1, b"Exif\0\0" + tiff(SIX)))
    assert upright.size == (12, 16)
    assert np.array_equal(load_image(upright), upright)
    assert np.array_equal(to_array(upright), to_array(np.asarray(upright)))


@pytest.mark.parametrize("marker", [*range(0xE0, 0xF0), 0xFE])
@pytest.mark.parametrize(
    "body",
    [b"", b"JFIF\0", b"Exif\0\0", b"ICC_PROFILE\0", b"ICC_PROFILE\0\1\2no", b"MPF\0II*\0\x08\0\0\0"]
    + [
        b"Photoshop 3.0\x008BIM\x03\xed\0\0\0\0\0\x10",
        b"http://ns.adobe.com/xap/1.0/\0<x",
        b"Adobe",
    ],
)
def test_broken_segments_of_a_jpeg(marker, body):
    assert np.array_equal(load_image(jpeg_with(marker, body)), AS_JPEG)


@pytest.mark.parametrize(
    "kind",
    [b"eXIf", b"iCCP", b"zTXt", b"iTXt", b"tEXt", b"tIME", b"pHYs"]
    + [b"gAMA", b"cHRM", b"sRGB", b"sBIT", b"acTL", b"vpAg"],
)
@pytest.mark.parametrize("body", [b"", b"x", b"name\0\0no zlib", b"name\0\0" + zlib.compress(b"9")])
@pytest.mark.parametrize("checksum", [None, 0])
def test_broken_chunks_of_a_png(kind, body, checksum):
    assert np.array_equal(load_image(png_with(kind, body, checksum)), NOISE)


def test_text_that_unpacks_to_a_giant():
    bomb = b"name\0\0" + zlib.compress(bytes(70_000_000))
    assert np.array_equal(load_image(png_with(b"zTXt", bomb)), NOISE)


def test_what_is_seen_stays_without_metadata():
    clear = Image.fromarray(np.dstack([NOISE, np.full((12, 16), 255, np.uint8)]))
    palette = picture_bytes(NOISE.quantize(4), transparency=1)
    cmyk = picture_bytes(NOISE.convert("CMYK"), "JPEG", quality=95)
    for content in (palette, cmyk, picture_bytes(clear), jpeg_with(0xE1, b"Exif\0\0" + tiff(SIX))):
        assert np.array_equal(load_image(without_metadata(content)), load_image(content))


@pytest.mark.parametrize("content", [JPEG, PNG, picture_bytes(NOISE, "GIF"), b"text", b""])
def test_half_a_file_stays_as_it_is_or_becomes_shorter(content):
    for end in range(len(content)):
        assert len(without_metadata(content[:end])) <= end
