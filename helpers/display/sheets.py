"""Pictures with captions, one scale and a line of text as a file, for a report or a slide."""

import io
import textwrap
from collections.abc import Sequence

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes

from helpers.display import alt_text
from helpers.display.overlay import bar_picture
from helpers.display.panels import bare, draw_picture
from helpers.display.publish import STYLE, new_figure

_SIDE = 4.3


@mpl.rc_context(STYLE)
def panel_sheet(
    pictures: Sequence[np.ndarray],
    captions: Sequence[str],
    note: str,
    scale: tuple[tuple[float, float], str, float] | None = None,
) -> bytes:
    """Draw pictures beside each other, with their words, into a PNG file.

    Parameters
    ----------
    pictures
        uint8 (h, w, 3) each.
    captions
        One for each picture; it may be empty.
    note
        What is written below them all.
    scale
        Of overlays: its two ends, its unit, and the strength of the overlay, 0..1.

    Returns
    -------
    bytes
        The file.
    """
    height = max(_SIDE * p.shape[0] / p.shape[1] for p in pictures) + 0.6
    figure = new_figure(max(_SIDE * len(pictures), 6), height + 0.8)
    upper, lower = figure.subfigures(2, 1, height_ratios=(height, 0.8))
    panels = upper.subplots(1, len(pictures), squeeze=False).flat
    for axes, picture, caption in zip(panels, pictures, captions, strict=True):
        lines = (line for part in caption.splitlines() for line in textwrap.wrap(part, 44))
        draw_picture(axes, picture).set_xlabel("\n".join(lines))
    _draw_words(lower.subplots(1, 2, width_ratios=(1, 2)), note, scale)
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png")
    return buffer.getvalue()


def _draw_words(axes: Sequence[Axes], note: str, scale: tuple | None) -> None:
    for one in axes:
        bare(one)
    lines = "\n".join(textwrap.wrap(note, 90))
    axes[1].text(0, 1, lines, va="top", fontsize=11, transform=axes[1].transAxes)
    if scale is None:
        return
    (low, high), label, strength = scale
    axes[0].imshow(np.repeat(bar_picture((low, high), strength), 12, 0))
    words = alt_text.number(low), label, alt_text.number(high)
    axes[0].set_xlabel("   ".join(words), fontsize=11)
