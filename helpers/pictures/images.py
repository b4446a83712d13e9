"""Pictures: from a file, an address or an example's name to what a network reads."""

import logging
import os
import re
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import numpy as np
import pooch
from PIL import Image, ImageOps

from helpers.errors import HelpersError
from helpers.pictures.decoding import decode, upright_rgb
from helpers.validation import as_choice, as_values

if TYPE_CHECKING:
    import keras

__all__ = ["example_names", "load_image", "to_array"]

DEFAULT_SIZE = (224, 224)
POST_ADDRESSES = (
    "https://slizb.github.io/img/posts/saliency_maps/",
    "https://raw.githubusercontent.com/slizb/slizb.github.io/"
    "b065ea8e5c2dac66f6daee0eb15e13e398426caf/img/posts/saliency_maps/",
)
# (file, SHA-256) of the post's pictures; they are other people's and are only ever fetched.
POST_FILES = {
    "kitten": (
        "kitten.jpg",
        "1f7843a91267d48b333b3f30b1ef6e216d74ba5925b4af501e15db5202f4df17",
    ),
    "hens": (
        "bunny_chicks.png",
        "0c1cfbbc4a82d7052d9344c0e5947d7500909ddf6950da41d9c5fb6f220e587f",
    ),
    "can_opener": (
        "can_opener.png",
        "831fcb6c1e5280713a03503589528fbabbbc938db2121af6f36ac305786b3cd7",
    ),
    "backpack": (
        "boy_backpack.png",
        "bbe024a49f9ce097d1bbaff8328c93fdeae35aab0af2703bbc0c7172f2518884",
    ),
    "accordion": (
        "accordion_map.png",
        "8915c9dc7213d9b3b4bc59e0bed1c0c9a91e2ccd34acae4c01447d61ad7e7cf0",
    ),
    "dirk": (
        "dirk.png",
        "4ed1c8f760a581386238902470abe573638d740b1ed6678afe8cfaf0e186fba6",
    ),
    "dirk_no_ball": (
        "dirk_no_ball.png",
        "e932f6ae3bb238bf146e4ed2253af963e66dea42c6916dd085735b7151677fd6",
    ),
    "just_ball": (
        "just_ball.png",
        "312828827f9d0546046f4882deabf2f1e23efb6dde4497a08aa56523e812db01",
    ),
    "vince": (
        "vince.png",
        "c2bc2f02d0b3d19dc25b58af58cbe03eb512faf8f6eae0d168219c29171c3983",
    ),
}
# Inside the one-pixel frame of the left panel of the post's side-by-side figures.
LEFT_PANEL = (12, 12, 346, 345)
SCIKIT_IMAGE_EXAMPLES = ("chelsea", "coffee")


def example_names() -> list[str]:
    """List the names that `load_image` knows: two free pictures and the post's photographs."""
    return [*SCIKIT_IMAGE_EXAMPLES, *(f"post/{name}" for name in POST_FILES)]


def load_image(source: str | os.PathLike | bytes | BinaryIO) -> Image.Image:
    """Load a picture from wherever it is, upright and in RGB.

    Parameters
    ----------
    source : str, path, bytes or file object
        A path, the bytes of a picture file, an open binary file, an http(s) address, or an
        example's name: "chelsea" and "coffee" (CC0, from scikit-image) need no internet,
        "post/kitten" and the post's other photographs are fetched once and then kept.

    Returns
    -------
    PIL.Image.Image
        Mode RGB, turned upright by its EXIF orientation, colours in sRGB by its profile. Of an
        animation the first frame; transparent parts on white; 16-bit values scaled to 8 bits.

    Raises
    ------
    HelpersError
        When there is no such file or example, it is no picture or a broken one, it has more
        than 178,956,970 pixels, or the address cannot be reached.
    """
    if isinstance(source, Image.Image):
        return upright_rgb(source)
    if isinstance(source, str) and source in SCIKIT_IMAGE_EXAMPLES:
        return _scikit_image_example(source)
    if isinstance(source, str) and source.startswith("post/"):
        return _post_photograph(source.removeprefix("post/"))
    content, name = _content(source)
    return decode(content, name)


def to_array(
    image: Image.Image | np.ndarray, model: "keras.Model | None" = None, fit: str = "squash"
) -> np.ndarray:
    """Turn a picture into the array that a network reads.

    Parameters
    ----------
    image : PIL.Image.Image or numpy.ndarray
        A picture, or a uint8 array (h, w, 3) or (h, w, 1).
    model : keras.Model, optional
        Gives the size and the number of channels; None means 224 x 224 and RGB.
    fit : {"squash", "crop"}
        "squash" stretches the picture to the model's size, as the post did; "crop" scales
        the short side and cuts out the middle.

    Returns
    -------
    numpy.ndarray
        float32 (h, w, 3), RGB, 0..255; for a model of one channel (h, w, 1), the luma of ITU-R
        BT.601 that Pillow's mode L is. Resized with Pillow's bicubic filter.

    Raises
    ------
    HelpersError
        For another `fit`, something that is not a picture, or a model of other channels.
    """
    picture = _from_array(image) if isinstance(image, np.ndarray) else image
    if not isinstance(picture, Image.Image):
        raise HelpersError(
            f"to_array needs a picture (load_image gives one), not {type(image).__name__}."
        )
    height, width, channels = (*DEFAULT_SIZE, 3) if model is None else _input_shape(model)
    upright = upright_rgb(picture).convert("L" if channels == 1 else "RGB")
    if as_choice(fit, "fit", ("squash", "crop")) == "squash":
        resized = upright.resize((width, height), Image.Resampling.BICUBIC)
    else:
        resized = ImageOps.fit(upright, (width, height), Image.Resampling.BICUBIC)
    return np.asarray(resized, np.float32).reshape(height, width, channels)


def _input_shape(model) -> tuple[int, int, int]:
    shape = getattr(model, "input_shape", None)
    if not isinstance(shape, tuple) or len(shape) != 4:
        raise HelpersError(
            f"to_array takes the size from a model that reads one picture, not from {model!r}."
        )
    height, width, channels = shape[1:]
    if channels not in (None, 1, 3):
        raise HelpersError(
            f"to_array makes arrays (h, w, 3) or (h, w, 1), and this model reads {shape[1:]}: "
            "build the array for it yourself, with values 0..255."
        )
    return height or DEFAULT_SIZE[0], width or DEFAULT_SIZE[1], channels or 3


def _from_array(array: np.ndarray) -> Image.Image:
    picture = as_values(array, "picture array")
    if picture.dtype != np.uint8 or picture.ndim != 3 or picture.shape[-1] not in (1, 3):
        picture = np.empty(0)
    if not picture.size:
        raise HelpersError(
            f"A picture as an array is uint8 of shape (h, w, 3), not {array.dtype} {array.shape}."
        )
    return Image.fromarray(picture if picture.shape[-1] == 3 else picture[..., 0])


def _scikit_image_example(name: str) -> Image.Image:
    from skimage import data

    return Image.fromarray(getattr(data, name)())


def _content(source) -> tuple[bytes, str]:
    if isinstance(source, (bytes, bytearray, memoryview)):
        return bytes(source), "given as bytes"
    if hasattr(source, "read"):
        return _read_open_file(source)
    if isinstance(source, str) and source.startswith(("http://", "https://")):
        # Not kept: it may show another picture tomorrow, and a private one must leave no trace.
        with tempfile.TemporaryDirectory() as folder:
            return _fetch(source, Path(folder)).read_bytes(), source
    other = re.match(r"\w[\w+.-]*://|data:", source) if isinstance(source, str) else None
    if other:
        raise HelpersError(
            f"An address starts with http:// or https://, not with {other[0]}; give a path, or "
            "the bytes of the file."
        )
    if isinstance(source, (str, os.PathLike)):
        return _read_file(Path(os.path.expanduser(source))), str(source)
    raise HelpersError(
        "A picture comes from a path, bytes, an open file, an address or an example's name, "
        f"not from {type(source).__name__}."
    )


def _read_open_file(file: BinaryIO) -> tuple[bytes, str]:
    try:
        content = file.read()
        at_the_end = content == b"" and getattr(file, "tell", int)()
    except (OSError, ValueError):
        content = None
    if not isinstance(content, bytes):
        raise HelpersError('This open file gives no bytes; open it anew with open(path, "rb").')
    if at_the_end:
        raise HelpersError("This open file was read to its end before: rewind it with seek(0).")
    return content, str(getattr(file, "name", "given as a file"))


def _read_file(path: Path) -> bytes:
    if os.path.isdir(path):
        raise HelpersError(f"{path} is a folder; give a picture file inside it.")
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise HelpersError(
            f"There is no file {path}; the examples are {', '.join(example_names())}."
        ) from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise HelpersError(f"{str(path)[:80]!r} cannot be read: {reason}.") from None


def _post_photograph(name: str) -> Image.Image:
    if name not in POST_FILES:
        raise HelpersError(
            f"There is no example post/{name}; there are {', '.join(example_names())}."
        )
    file, sha256 = POST_FILES[name]
    image = load_image(_fetch_first([base + file for base in POST_ADDRESSES], sha256))
    return image.crop(LEFT_PANEL) if file.endswith(".png") else image


def _fetch_first(addresses: list[str], sha256: str) -> Path:
    for address in addresses:
        try:
            return _fetch(address, _cache(), sha256)
        except HelpersError as error:
            failure = error
    raise HelpersError(f"{failure} The examples chelsea and coffee need no internet.") from None


def _cache() -> Path:
    return Path(os.environ.get("HELPERS_CACHE") or pooch.os_cache("machines-looking"))


def _fetch(address: str, folder: Path, sha256: str | None = None) -> Path:
    """Download a file into a folder unless it is there, checked against its SHA-256 if given."""
    pooch.get_logger().setLevel(logging.ERROR)
    name = address.rsplit("/", 1)[-1] if sha256 else None
    downloader = pooch.HTTPDownloader(timeout=20, headers={"User-Agent": "machines-looking"})
    try:
        return Path(
            pooch.retrieve(
                address, sha256 and f"sha256:{sha256}", name, folder, downloader=downloader
            )
        )
    except PermissionError as error:
        raise HelpersError(
            f"The folder {folder} cannot be written to ({error.strerror}); name another one "
            f"in the environment variable {'HELPERS_CACHE' if sha256 else 'TMPDIR'}."
        ) from None
    except (OSError, ValueError) as error:
        raise HelpersError(
            f"{address} could not be fetched ({_fetch_failure(error)}): check the address and the "
            "internet connection."
        ) from None


def _fetch_failure(error: Exception) -> str:
    if "hash" in str(error):
        return "it is not the expected file"
    response = getattr(error, "response", None)
    return "no answer" if response is None else f"{response.status_code} {response.reason}"
