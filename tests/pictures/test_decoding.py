"""Bytes of every kind of file, mangled: a picture or one sentence, and nothing else."""

import io
import random

import numpy as np
import pytest
from PIL import Image, ImageCms
from toys import one_sentence, picture_bytes

from helpers.errors import HelpersError
from helpers.pictures.images import load_image, to_array

NOISE = Image.fromarray(np.random.default_rng(3).integers(0, 256, (12, 16, 3), dtype=np.uint8))
EXIF = Image.Exif()
EXIF[0x0112], EXIF[0x010F], EXIF[0x011A] = 6, "maker", 72.0
EXIF.get_ifd(0x8769)[0xA005] = {1: "R03"}
ICC = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
BOTH = {"exif": EXIF.tobytes(), "icc_profile": ICC}
TWO = {"save_all": True, "append_images": [NOISE.rotate(90)]}
KINDS = {
    "JPEG": BOTH,
    "PNG": BOTH,
    "WEBP": BOTH,
    "TIFF": {"icc_profile": ICC},
    "GIF": TWO,
    "BMP": {},
    "HEIF": BOTH,
    "AVIF": BOTH,
    "MPO": {"exif": EXIF.tobytes(), **TWO},
    "JPEG2000": {},
    "ICO": {},
    "PPM": {},
    "QOI": {},
    "TGA": {},
    "PCX": {},
    "DDS": {},
}


def mangled(whole: bytes, chance: random.Random) -> bytes:
    """Change one to four bytes, most of them near the start; sometimes cut the rest off."""
    content = bytearray(whole)
    for _ in range(chance.choice((1, 1, 2, 4))):
        reach = min(len(content), 400) if chance.random() < 0.8 else len(content)
        content[chance.randrange(reach)] = chance.choice(
            (0, 1, 127, 128, 255, chance.randrange(256))
        )
    return bytes(content[: chance.randrange(len(content)) if chance.random() < 0.2 else None])


@pytest.mark.parametrize("kind", KINDS)
def test_mangled_files_load_or_are_refused_in_a_sentence(kind, monkeypatch, recwarn):
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 1_000_000)
    whole, chance, loaded = picture_bytes(NOISE, kind, **KINDS[kind]), random.Random(5), 0
    assert load_image(whole).size == ((12, 16) if "exif" in KINDS[kind] else NOISE.size)
    for _ in range(150):
        try:
            image = load_image(mangled(whole, chance))
        except HelpersError as error:
            assert "\n" not in str(error) and len(str(error)) < 300
        else:
            assert image.mode == "RGB" and not image.info
            loaded += 1
    assert loaded, "some bytes do not matter"
    assert not recwarn.list


@pytest.mark.parametrize(
    ("error", "part"),
    [
        (
            RuntimeError("Decoding of\ncolour planes failed."),
            r"damaged \(Decoding of colour planes",
        ),
        (EOFError(), r"damaged \(EOFError\)"),
        (NotImplementedError("x" * 500), "damaged"),
        (MemoryError(), "more memory than there is"),
    ],
)
def test_whatever_a_decoder_raises_is_one_sentence(monkeypatch, error, part):
    def fails(*_, **__):
        raise error

    monkeypatch.setattr(Image, "open", fails)
    with pytest.raises(HelpersError, match=part) as refused:
        load_image(picture_bytes(NOISE))
    one_sentence(refused)


def test_what_ends_the_work_is_no_damage(monkeypatch):
    def interrupted(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(Image, "open", interrupted)
    with pytest.raises(KeyboardInterrupt):
        load_image(picture_bytes(NOISE))


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n%%EndComments\nshowpage\n", "EPS"),
        (b"GRIB\0\0\0\1" + bytes(60), "GRIB"),
        (b"\x89HDF\r\n\x1a\n" + bytes(60), "HDF5"),
        (b"BUFR" + bytes(60), "BUFR"),
    ],
)
def test_documents_and_measurements_hold_no_pixels(content, kind):
    with pytest.raises(HelpersError, match=f"of the kind {kind}, which holds no pixels") as error:
        load_image(content)
    assert "export it as PNG or JPEG" in one_sentence(error)
    with pytest.raises(HelpersError, match=f"of the kind {kind}, which holds no pixels"):
        to_array(Image.open(io.BytesIO(content)))


@pytest.mark.parametrize("mode", ["RGBa", "La", "PA", "LA", "RGBA"])
def test_half_transparent_pictures_of_every_mode_lie_on_white(mode):
    grey = Image.merge("LA", [Image.new("L", (4, 4), 60), Image.new("L", (4, 4), 128)])
    image = grey.convert("RGBA").convert(mode) if mode != "La" else grey.convert("La")
    found = np.asarray(load_image(image), int)
    assert np.abs(found - (60 * 128 + 255 * 127) / 255).max() <= 2


def test_the_readers_picture_stays_as_it_is():
    given = Image.open(io.BytesIO(picture_bytes(NOISE, "JPEG", **BOTH)))
    before = dict(given.info)
    assert load_image(given).size == (12, 16)
    assert given.size == NOISE.size and given.info == before and given.mode == "RGB"
