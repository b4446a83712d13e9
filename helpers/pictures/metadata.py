"""What stands in a picture file beside the pixels, none of which may keep a picture out."""

import struct
import zlib
from collections.abc import Iterator

from PIL import ExifTags, Image

__all__ = ["upright", "without_metadata"]

_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_PNG, _JPEG = b"\x89PNG\r\n\x1a\n", b"\xff\xd8"
# Chunks and segments that change what is seen: transparency and orientation of a PNG; EXIF and
# the kind of colours (Adobe's, 12 bytes) of a JPEG.
_PNG_KEPT = (b"tRNS", b"eXIf")
_JPEG_EXIF, _JPEG_COLOURS, _JPEG_SCAN, _JPEG_COMMENT = 0xE1, 0xEE, 0xDA, 0xFE


def upright(image: Image.Image) -> Image.Image:
    """Turn a picture as its EXIF orientation says, whatever else is wrong with its metadata.

    `PIL.ImageOps.exif_transpose` also writes all the other tags again, and fails if one of them
    is broken.
    """
    image.load()
    try:
        turn = _TURNS.get(image.getexif().get(ExifTags.Base.Orientation))
    except Exception:  # of many kinds: no orientation can be read
        turn = None
    return image if turn is None else image.transpose(turn)


def without_metadata(content: bytes) -> bytes:
    """Give the bytes of a PNG or JPEG file without what a picture can do without.

    Text, times, resolutions, thumbnails and colour profiles go, so that none of them, when it
    is broken, keeps the pixels out. Orientation and transparency stay. Files of other kinds,
    and what cannot be followed, come back as they are.
    """
    try:
        if content.startswith(_PNG):
            return _PNG + b"".join(_png_chunks(content))
        if content.startswith(_JPEG):
            return _JPEG + b"".join(_jpeg_segments(content))
    except struct.error:  # the file ends in the middle
        pass
    return content


def _png_chunks(content: bytes) -> Iterator[bytes]:
    start = len(_PNG)
    while start < len(content):
        length, kind = struct.unpack_from(">I4s", content, start)
        (checksum,) = struct.unpack_from(">I", content, start + 8 + length)
        end = start + 12 + length
        sound = zlib.crc32(content[start + 4 : end - 4]) == checksum
        if kind[:1].isupper() or (kind in _PNG_KEPT and sound):
            yield content[start:end]
        start = end


def _jpeg_segments(content: bytes) -> Iterator[bytes]:
    start = len(_JPEG)
    while content[start + 1 : start + 2] != bytes([_JPEG_SCAN]):
        marker, length = struct.unpack_from(">xBH", content, start)
        end = start + 2 + length
        extra = 0xE0 <= marker <= 0xEF or marker == _JPEG_COMMENT
        colours = marker == _JPEG_COLOURS and length >= 14
        if not extra or marker == _JPEG_EXIF or colours:
            yield content[start:end]
        start = end
    yield content[start:]
