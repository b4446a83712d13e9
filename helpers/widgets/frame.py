"""What an explorer shows for one setting of its controls: pictures, a scale, a table, a line."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from helpers.display import alt_text, bar_picture, map_limits, overlay_image

__all__ = ["Frame", "Panel", "Row", "Scale", "Table", "map_panels"]


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

    @property
    def strip(self) -> np.ndarray:
        """The colours from the low end to the high one, uint8 (14, 256, 3)."""
        return np.repeat(bar_picture(self.limits, self.strength), 14, 0)


class Row(NamedTuple):
    """One row of a table.

    Attributes
    ----------
    name : str
        What the row is about.
    words : sequence of str
        The cells after the name.
    value : float
        Length and direction of the bar at its end, if the table has bars.
    """

    name: str
    words: Sequence[str]
    value: float = 0.0


@dataclass(frozen=True)
class Table:
    """Words in rows, and a bar in each: to the right for more than zero, else to the left.

    Attributes
    ----------
    caption : str
        Says what the table is about, and the unit of the bars.
    heads : sequence of str
        Heads of the columns before the bar.
    rows : sequence of Row
        The rows.
    reach : float
        The value at both ends of the bars' scale; 0 is a table without bars.
    """

    caption: str
    heads: Sequence[str]
    rows: Sequence[Row]
    reach: float = 0.0


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
    table : Table, optional
        What stands below.
    """

    panels: Sequence[Panel]
    note: str
    scale: Scale | None = None
    table: Table | None = None

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
