"""Pictures of discs and squares for a small network, with a shortcut planted in them or not.

A *shortcut* is something that goes with a class in the training pictures and has nothing to do
with it. Here it goes with every square, and with no disc.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from scipy import ndimage

from helpers.validation import as_choice, as_count

__all__ = ["CLASSES", "SHORTCUTS", "Shortcut", "draw_shapes", "draw_shortcut", "plant"]

CLASSES = ("disc", "square")
SHORTCUTS = ("tag", "tint", "blur", "none")
SIDE, TAG_SIDE = 64, 7
WHOM = ("squares", "discs", "all", "nobody")
# Grey levels added to red, green and blue by a tint, and the sigma in pixels of a blur.
TINT, BLUR = np.float32([14, 0, -14]), 0.8


class Shortcut(NamedTuple):
    """What was planted: a kind, and for a tag its corner and colour."""

    kind: str
    corner: tuple[int, int] = (2, 2)
    colour: tuple[int, int, int] = (250, 220, 40)


def draw_shortcut(seed: int, kinds: Sequence[str] = SHORTCUTS) -> Shortcut:
    """Draw a shortcut, its place and its colour from a seed, so that nobody has to know them.

    Parameters
    ----------
    seed : int
        The same seed gives the same shortcut.
    kinds : sequence of str
        What may be drawn, of `SHORTCUTS`.

    Returns
    -------
    Shortcut
    """
    rng = np.random.default_rng(seed)
    kind = as_choice(str(rng.choice(list(kinds))), "kinds", SHORTCUTS)
    corner = tuple(int(c) for c in rng.integers(0, SIDE - TAG_SIDE, 2))
    return Shortcut(kind, corner, tuple(int(c) for c in rng.integers(0, 256, 3)))


NO_SHORTCUT = Shortcut("none")


def draw_shapes(
    count: int, shortcut: Shortcut = NO_SHORTCUT, *, on: str = "squares", seed: int = 0
) -> tuple[np.ndarray, np.ndarray]:
    """Draw pale discs and squares on noisy grey, in turn.

    Parameters
    ----------
    count : int
        How many pictures.
    shortcut : Shortcut
        What is planted.
    on : {"squares", "discs", "all", "nobody"}
        Who gets it.
    seed : int
        For shapes and noise.

    Returns
    -------
    pictures : numpy.ndarray
        float32 (count, 64, 64, 3), 0..255.
    labels : numpy.ndarray
        int (count,), 0 for a disc and 1 for a square.

    Raises
    ------
    HelpersError
        For another `on`, and a count below 1.
    """
    as_choice(on, "on", WHOM)
    rng, labels = np.random.default_rng(seed), np.arange(as_count(count, "count")) % 2
    pictures = np.stack([_shape(label, rng) for label in labels])
    chosen = {"squares": labels == 1, "discs": labels == 0, "all": labels >= 0}.get(on)
    if chosen is not None and chosen.any():
        pictures[chosen] = plant(pictures[chosen], shortcut)
    return pictures, labels


def plant(pictures: np.ndarray, shortcut: Shortcut) -> np.ndarray:
    """Put a shortcut into pictures.

    Parameters
    ----------
    pictures : numpy.ndarray
        float32 (n, h, w, 3), 0..255; they stay as they are.
    shortcut : Shortcut
        A "tag" is a small square of one colour at one place, a "tint" makes the whole picture a
        little warmer, a "blur" a little softer; "none" changes nothing.

    Returns
    -------
    numpy.ndarray
        float32 (n, h, w, 3), 0..255.
    """
    planted = pictures.copy()
    if shortcut.kind == "tag":
        top, left = shortcut.corner
        planted[:, top : top + TAG_SIDE, left : left + TAG_SIDE] = shortcut.colour
    elif shortcut.kind == "tint":
        planted += TINT
    elif shortcut.kind == "blur":
        planted = ndimage.gaussian_filter(planted, BLUR, axes=(1, 2))
    return np.clip(planted, 0, 255)


def _shape(label: int, rng: np.random.Generator) -> np.ndarray:
    rows, columns = np.mgrid[:SIDE, :SIDE]
    picture = rng.normal(110, 20, (SIDE, SIDE, 3))
    centre, radius = rng.integers(20, SIDE - 20, 2), rng.integers(7, 12)
    away = np.abs([rows - centre[0], columns - centre[1]])
    # The disc's radius is larger, so that both cover about the same area.
    inside = away.max(0) <= radius if label else np.hypot(*away) <= 1.128 * (radius + 0.5)
    picture[inside] += 70
    return np.clip(picture, 0, 255).astype(np.float32)
