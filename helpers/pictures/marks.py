"""Drawn marks: faint writing to lay over a picture, and its controls.

The strokes are ours (CC0), so no font is needed and nothing of one is copied. The characters
were chosen because they consist of few straight strokes; what they mean does not matter.
"""

import numpy as np
from PIL import Image, ImageDraw

from helpers.errors import HelpersError
from helpers.validation import as_count, as_number, as_pixels

__all__ = ["CHINESE", "LATIN", "draw_mark", "put_mark", "shuffled_mark"]

# Strokes as corners (x, y) in a square of side 1.
_STROKES = {
    "中": (
        ((0.2, 0.25), (0.8, 0.25), (0.8, 0.6), (0.2, 0.6), (0.2, 0.25)),
        ((0.5, 0.05), (0.5, 0.97)),
    ),
    "文": (
        ((0.48, 0.04), (0.55, 0.18)), ((0.08, 0.26), (0.92, 0.26)),
        ((0.72, 0.28), (0.5, 0.62), (0.1, 0.95)), ((0.28, 0.28), (0.52, 0.65), (0.92, 0.95)),
    ),
    "正": (
        ((0.1, 0.1), (0.9, 0.1)), ((0.5, 0.1), (0.5, 0.9)), ((0.48, 0.48), (0.85, 0.48)),
        ((0.22, 0.45), (0.22, 0.9)), ((0.06, 0.9), (0.94, 0.9)),
    ),
    "木": (
        ((0.08, 0.35), (0.92, 0.35)), ((0.5, 0.05), (0.5, 0.97)),
        ((0.5, 0.35), (0.1, 0.82)), ((0.5, 0.35), (0.9, 0.82)),
    ),
    "天": (
        ((0.15, 0.15), (0.85, 0.15)), ((0.08, 0.45), (0.92, 0.45)),
        ((0.5, 0.15), (0.46, 0.5), (0.08, 0.95)), ((0.5, 0.48), (0.92, 0.95)),
    ),
    "米": (
        ((0.08, 0.5), (0.92, 0.5)), ((0.5, 0.06), (0.5, 0.96)), ((0.22, 0.15), (0.4, 0.4)),
        ((0.78, 0.15), (0.6, 0.4)), ((0.48, 0.52), (0.12, 0.9)), ((0.52, 0.52), (0.9, 0.9)),
    ),
    "羊": (
        ((0.3, 0.05), (0.42, 0.22)), ((0.7, 0.05), (0.58, 0.22)), ((0.15, 0.28), (0.85, 0.28)),
        ((0.2, 0.48), (0.8, 0.48)), ((0.06, 0.68), (0.94, 0.68)), ((0.5, 0.28), (0.5, 0.98)),
    ),
    "王": (
        ((0.15, 0.12), (0.85, 0.12)), ((0.2, 0.48), (0.8, 0.48)), ((0.08, 0.9), (0.92, 0.9)),
        ((0.5, 0.12), (0.5, 0.9)),
    ),
    "A": (((0.1, 0.95), (0.5, 0.05), (0.9, 0.95)), ((0.25, 0.62), (0.75, 0.62))),
    "E": (((0.85, 0.05), (0.15, 0.05), (0.15, 0.95), (0.85, 0.95)), ((0.15, 0.5), (0.7, 0.5))),
    "F": (((0.85, 0.05), (0.15, 0.05), (0.15, 0.95)), ((0.15, 0.5), (0.7, 0.5))),
    "H": (((0.12, 0.05), (0.12, 0.95)), ((0.88, 0.05), (0.88, 0.95)), ((0.12, 0.5), (0.88, 0.5))),
    "K": (((0.15, 0.05), (0.15, 0.95)), ((0.88, 0.05), (0.15, 0.55)), ((0.4, 0.38), (0.9, 0.95))),
    "M": (((0.08, 0.95), (0.08, 0.05), (0.5, 0.6), (0.92, 0.05), (0.92, 0.95)),),
    "N": (((0.12, 0.95), (0.12, 0.05), (0.88, 0.95), (0.88, 0.05)),),
    "W": (((0.05, 0.05), (0.28, 0.95), (0.5, 0.35), (0.72, 0.95), (0.95, 0.05)),),
}  # fmt: skip
CHINESE = "中文正木天米羊王"
LATIN = "AEFHKMNW"
_FINER = 8


def draw_mark(text: str = CHINESE, *, size: int = 40, columns: int = 4) -> np.ndarray:
    """Draw writing as a coverage mask.

    Parameters
    ----------
    text : str
        Characters of `CHINESE` and `LATIN`.
    size : int
        Side of a character in pixels; a stroke is a tenth of it wide, as is the gap between two.
    columns : int
        Characters in a row.

    Returns
    -------
    numpy.ndarray
        float32 (h, w): how much of each pixel a stroke covers, 0..1.

    Raises
    ------
    HelpersError
        For a character that has no strokes here, or no character.
    """
    unknown = sorted(set(text) - set(_STROKES))
    if unknown or not text:
        raise HelpersError(
            f"A mark is written with the characters {''.join(_STROKES)}, not {text!r}."
        )
    cell = size + size // 10
    rows = -(-len(text) // columns)
    image = Image.new("L", (columns * cell * _FINER, rows * cell * _FINER))
    pen = ImageDraw.Draw(image)
    for number, character in enumerate(text):
        corner = (number % columns) * cell, (number // columns) * cell
        for stroke in _STROKES[character]:
            points = [tuple((c + size * p) * _FINER for c, p in zip(corner, at)) for at in stroke]
            pen.line(points, fill=255, width=size * _FINER // 10, joint="curve")
    small = image.resize((columns * cell, rows * cell), Image.Resampling.BOX)
    return np.asarray(small, np.float32) / 255


def shuffled_mark(mark: np.ndarray, *, side: int = 1, seed: int = 0) -> np.ndarray:
    """Put the pieces of a mark in random order: as much ink, and nothing to be read.

    Parameters
    ----------
    mark : numpy.ndarray
        (h, w), as `draw_mark` gives.
    side : int
        Side of the square pieces in pixels; 1 leaves no strokes, more leaves pieces of them.
    seed : int
        The same seed gives the same order.

    Returns
    -------
    numpy.ndarray
        (h, w).

    Raises
    ------
    HelpersError
        When pieces of this side do not fill the mark.
    """
    height, width = mark.shape
    if height % as_count(side, "side") or width % side:
        raise HelpersError(
            f"Pieces of {side} x {side} do not fill a mark of {height} x {width}: choose a side "
            "that divides both."
        )
    pieces = mark.reshape(height // side, side, width // side, side).swapaxes(1, 2)
    shuffled = np.random.default_rng(seed).permutation(pieces.reshape(-1, side, side))
    return shuffled.reshape(pieces.shape).swapaxes(1, 2).reshape(height, width)


def put_mark(
    picture: np.ndarray, mark: np.ndarray, corner: tuple[int, int], *, opacity: float = 0.5
) -> np.ndarray:
    """Lay a white mark over a picture.

    Parameters
    ----------
    picture : array-like
        (h, w, 3), 0..255; it stays as it is.
    mark : numpy.ndarray
        (a, b), 0..1, no larger than the picture.
    corner : tuple of int
        (top, left) of the mark in the picture.
    opacity : float
        0 (not to be seen) to 1.

    Returns
    -------
    numpy.ndarray
        float32 (h, w, 3), 0..255.

    Raises
    ------
    HelpersError
        When the mark does not lie within the picture, the opacity not within 0..1, or it is no
        picture.
    """
    as_number(opacity, "opacity", 0, 1, "a number from 0 to 1")
    marked = as_pixels(picture).astype(np.float32)
    (top, left), (height, width) = corner, mark.shape
    if top < 0 or left < 0 or top + height > marked.shape[0] or left + width > marked.shape[1]:
        raise HelpersError(
            f"A mark of {mark.shape} at {tuple(corner)} leaves the picture of {marked.shape[:2]}: "
            "choose another corner or a smaller size."
        )
    place = marked[top : top + height, left : left + width]
    place += opacity * mark[..., None] * (255 - place)
    return marked
