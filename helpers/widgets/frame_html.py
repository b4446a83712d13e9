"""What a control shows: pictures, a colour scale and a table, as HTML and without matplotlib.

Words stay words (captions, numbers, names), so that they can be enlarged, selected and read
out; panels stand in a row where there is room for it, and below each other where there is not.
"""

import html
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from helpers.display import (
    NO_DOUBT,
    alt_text,
    bar_picture,
    jpeg_bytes,
    map_limits,
    overlay_image,
    picture_html,
)

if TYPE_CHECKING:
    from helpers.evaluation import ReportCard

__all__ = ["Bar", "Frame", "Panel", "Scale", "bars_html", "card_html", "frame_html", "map_panels"]

# As in signed maps: red for, blue against.
_FOR, _AGAINST = "#B2182B", "#2166AC"
_ROW = "display: flex; flex-wrap: wrap; gap: 10px; align-items: flex-start"
_CELL = "padding: 2px 10px 2px 0; text-align: left; font-variant-numeric: tabular-nums"


@dataclass(frozen=True)
class Panel:
    """One picture of a frame.

    Attributes
    ----------
    picture : numpy.ndarray
        uint8 (h, w, 3).
    alt : str
        Its alternative text.
    caption : str
        A line below it.
    """

    picture: np.ndarray
    alt: str
    caption: str = ""


@dataclass(frozen=True)
class Scale:
    """What the colours of overlays mean: the one scale of all panels beside each other.

    Attributes
    ----------
    limits : tuple of two floats
        Values at both ends; the ends of a signed scale lie equally far from zero.
    label : str
        Their unit.
    strength : float
        Of the overlay, 0..1.
    """

    limits: tuple[float, float]
    label: str
    strength: float


@dataclass(frozen=True)
class Bar:
    """One row of a table with bars.

    Attributes
    ----------
    name : str
        What the row is about.
    words : sequence of str
        The cells after the name.
    value : float
        Length and direction of the bar.
    """

    name: str
    words: Sequence[str]
    value: float


@dataclass(frozen=True)
class Frame:
    """What an explorer shows for one setting of its controls.

    Attributes
    ----------
    panels : sequence of Panel
        The pictures.
    note : str
        The line below them: values, units, what to look at. Plain text.
    scale : Scale, optional
        The meaning of the colours.
    table : str
        HTML, as from `bars_html`.
    """

    panels: Sequence[Panel]
    note: str
    scale: Scale | None = None
    table: str = ""

    @property
    def alt(self) -> str:
        """The alternative texts of all panels."""
        return " ".join(panel.alt for panel in self.panels)


def map_panels(
    img: np.ndarray,
    maps: Sequence[np.ndarray],
    captions: Sequence[str],
    label: str,
    strength: float,
) -> tuple[list[Panel], Scale]:
    """Lay maps over one picture, all on one scale.

    Parameters
    ----------
    img : PIL.Image.Image or numpy.ndarray
        The picture, as for `overlay_image`.
    maps : sequence of numpy.ndarray
        (a, b) each.
    captions : sequence of str
        One for each map.
    label : str
        Unit of the maps.
    strength : float
        Of the overlay, 0..1.

    Returns
    -------
    (list of Panel, Scale)
        The panels, and the scale that they share.
    """
    limits = map_limits(maps)
    panels = [
        Panel(
            overlay_image(img, values, strength, limits=limits),
            f"{caption}: {alt_text.describe_map(values, label)}.",
            caption,
        )
        for values, caption in zip(maps, captions, strict=True)
    ]
    return panels, Scale(limits, label, strength)


def frame_html(frame: Frame) -> str:
    """A frame without its note."""
    panels = "".join(_panel_html(panel) for panel in frame.panels)
    scale = _scale_html(frame.scale) if frame.scale else ""
    return f'<div style="{_ROW}">{panels}</div>{scale}{frame.table}'


def _panel_html(panel: Panel) -> str:
    image = picture_html(*jpeg_bytes(panel.picture), panel.alt)
    caption = f"<figcaption>{html.escape(panel.caption)}</figcaption>" if panel.caption else ""
    return f'<figure style="margin: 0; max-width: 100%">{image}{caption}</figure>'


def _scale_html(scale: Scale) -> str:
    low, high = (alt_text.number(end) for end in scale.limits)
    file, mime = jpeg_bytes(np.repeat(bar_picture(scale.limits, scale.strength), 14, 0))
    strip = picture_html(file, mime, f"Colours from {low} to {high}.")
    words = "".join(f"<span>{html.escape(word)}</span>" for word in (low, scale.label, high))
    ends = '<div style="display: flex; justify-content: space-between">'
    return f'<div style="width: 256px; max-width: 100%">{strip}{ends}{words}</div></div>'


def bars_html(caption: str, heads: Sequence[str], bars: Sequence[Bar]) -> str:
    """A table with a bar at the end of each row: to the right for more than zero, else to the left.

    Parameters
    ----------
    caption : str
        Says what the table is about, and the unit of the bars.
    heads : sequence of str
        Heads of the columns before the bar.
    bars : sequence of Bar
        The rows.

    Returns
    -------
    str
        HTML; names and words are escaped.
    """
    longest = max((abs(bar.value) for bar in bars), default=0) or 1
    rows = "".join(
        f"<tr>{_cells_html([bar.name, *bar.words])}{_bar_html(bar.value / longest)}</tr>"
        for bar in bars
    )
    return _table_html(caption, [*heads, "bar"], rows)


def card_html(card: "ReportCard") -> str:
    """A report card as a table, and below it in words what speaks against the map."""
    rows = "".join(f"<tr>{_cells_html(row)}</tr>" for row in card.rows())
    heads = ("question", "answer", "to compare with")
    table = _table_html(f"Report card: {card.method} for {card.class_name}", heads, rows)
    doubts = "".join(f"<li>{html.escape(doubt)}</li>" for doubt in card.doubts() or [NO_DOUBT])
    return f"{table}<ul>{doubts}</ul>"


def _table_html(caption: str, heads: Sequence[str], rows: str) -> str:
    top = "".join(f'<th scope="col" style="{_CELL}">{html.escape(head)}</th>' for head in heads)
    title = html.escape(caption)
    # What a narrow window has no room for is scrolled to, with the arrow keys too.
    return (
        f'<div role="region" tabindex="0" aria-label="{title}" style="overflow-x: auto">'
        '<table style="border-collapse: collapse; margin-top: 6px">'
        f'<caption style="text-align: left; font-weight: bold">{title}</caption>'
        f"<thead><tr>{top}</tr></thead><tbody>{rows}</tbody></table></div>"
    )


def _cells_html(words: Sequence[str]) -> str:
    first, *others = (html.escape(word) for word in words)
    cells = "".join(f'<td style="{_CELL}">{word}</td>' for word in others)
    return f'<th scope="row" style="{_CELL}; font-weight: normal">{first}</th>{cells}'


def _bar_html(share: float) -> str:
    """A cell with a bar from the middle: `share` -1..1 of the half."""
    width = 50 * abs(share)
    start, colour = (50, _FOR) if share >= 0 else (50 - width, _AGAINST)
    length = f"margin-left: {start:.1f}%; width: {width:.1f}%; height: 12px; background: {colour}"
    middle = "linear-gradient(#888, #888) center / 1px 100% no-repeat"
    return f'<td style="width: 160px; background: {middle}"><div style="{length}"></div></td>'
