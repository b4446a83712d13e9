"""What an explorer shows for one setting of its controls: pictures, scales, tables, a line."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

import numpy as np
from PIL import Image

from helpers.display import Picture, alt_text, as_picture, bar_picture, map_image, map_limits
from helpers.display import overlay_image as overlay

__all__ = ["Frame", "Panel", "Row", "Ruler", "Scale", "Table", "map_panels"]


@dataclass(frozen=True)
class Scale:
    """What the colours of overlays mean.

    Attributes
    ----------
    limits : tuple of two floats
        Values at both ends; the ends of a signed scale lie equally far from zero.
    label : str
        Their unit.
    strength : float
        Of the overlay, 0..1; at 1 there is the map alone.
    """

    limits: tuple[float, float]
    label: str
    strength: float

    @property
    def strip(self) -> np.ndarray:
        """The colours from the low end to the high one, uint8 (14, 256, 3)."""
        if self.strength < 1:
            return np.repeat(bar_picture(self.limits, self.strength), 14, 0)
        return map_image(np.linspace(*self.limits, 256)[None], (256, 14), self.limits)


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
    values : numpy.ndarray, optional
        The map (a, b) that it shows, so that its value at a spot can be told.
    scale : Scale, optional
        Of its own, where panels beside each other do not share one.
    """

    picture: np.ndarray
    alt: str
    caption: str = ""
    values: np.ndarray | None = None
    scale: Scale | None = None

    @property
    def aspect(self) -> float:
        """Width over height."""
        return self.picture.shape[1] / self.picture.shape[0]

    @property
    def unit(self) -> str:
        """The unit of its own scale, as it stands after a value."""
        return f" ({self.scale.label})" if self.scale else ""

    def at(self, x: float, y: float) -> float:
        """The value at a spot, given in shares of width and height."""
        height, width = self.values.shape
        return float(self.values[min(int(y * height), height - 1), min(int(x * width), width - 1)])


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
    """Words in rows, and a bar in each, drawn from the zero of one axis.

    Attributes
    ----------
    caption : str
        Says what the table is about, and the unit of the bars.
    heads : sequence of str
        Heads of the columns before the bar.
    rows : sequence of Row
        The rows.
    axis : tuple of two floats, optional
        The values at both ends of the bars' axis; None is a table without bars.
    """

    caption: str
    heads: Sequence[str]
    rows: Sequence[Row]
    axis: tuple[float, float] | None = None

    def span(self, value: float) -> tuple[float, float]:
        """Where a bar begins and how long it is, in per cent of the axis."""
        low, high = self.axis
        ends = sorted(100 * (np.clip(v, low, high) - low) / (high - low) for v in (0.0, value))
        return ends[0], ends[1] - ends[0]


class Ruler:
    """The axis of bars that a hand moves: it grows when it must, and never shrinks.

    So two bars that one after the other are equally long mean the same change.
    """

    _STEPS = (1, 2, 5)

    def __init__(self, least: float = 5.0) -> None:
        self._reach = least

    def axis(self, values: Sequence[float]) -> tuple[float, float]:
        """The two ends, equally far from zero, between which all values so far lie."""
        largest = max(map(abs, values), default=0.0)
        while self._reach < largest:
            power = 10 ** np.floor(np.log10(self._reach * 1.0001))
            step = self._reach / power
            following = next((s for s in self._STEPS if s > step * 1.01), 10)
            self._reach = float(following * power)
        return -self._reach, self._reach


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
        The meaning of the colours, if all panels share it.
    tables : sequence of Table
        What stands beside the pictures.
    below : sequence of Table
        What stands below the pictures.
    wipe : bool
        Whether the last two panels lie on each other, to be wiped from one to the other.
    """

    panels: Sequence[Panel]
    note: str
    scale: Scale | None = None
    tables: Sequence[Table] = field(default=())
    below: Sequence[Table] = field(default=())
    wipe: bool = False

    @property
    def alt(self) -> str:
        """The alternative texts of all panels."""
        return " ".join(panel.alt for panel in self.panels)

    def spot(self, x: float, y: float) -> str:
        """What the maps say at a spot, given in shares of width and height."""
        told = [
            f"{panel.caption or 'map'}: {alt_text.number(panel.at(x, y))}{panel.unit}"
            for panel in self.panels
            if panel.values is not None
        ]
        where = f"{x:.0%} from the left, {y:.0%} from the top"
        unit = f" ({self.scale.label})" if self.scale and told else ""
        return f"{where}. {'; '.join(told)}{unit}".rstrip(". ") + "."


def map_panels(
    img: Picture,
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
        Of the overlay, 0..1; at 1 there is the map alone.

    Returns
    -------
    (list of Panel, Scale)
        The panels, and the scale that they share.
    """
    scale = Scale(map_limits(maps), label, strength)
    panels = [
        map_panel(img, values, caption, scale)
        for values, caption in zip(maps, captions, strict=True)
    ]
    return panels, scale


def map_panel(img: Picture, values: np.ndarray, caption: str, scale: Scale) -> Panel:
    """Lay one map over its picture, on a given scale."""
    alt = f"{caption}: {alt_text.describe_map(values, scale.label)}."
    return Panel(_cover(img, values, scale), alt, caption, values)


def own_scales(panels: Sequence[tuple[Picture, np.ndarray, str, str]], strength: float):
    """Lay maps over pictures, each on a scale of its own; (picture, map, caption, unit) each."""
    made = []
    for img, values, caption, label in panels:
        scale = Scale(map_limits([values]), label, strength)
        made.append(replace(map_panel(img, values, caption, scale), scale=scale))
    return made


def _cover(img: Picture, values: np.ndarray, scale: Scale) -> np.ndarray:
    if scale.strength != 1:
        return overlay(img, values, scale.strength, limits=scale.limits)
    height, width = as_picture(img).shape[:2]
    return map_image(values, (width, height), scale.limits)


def blank_panel(img: Picture, caption: str) -> Panel:
    """A place that is kept for a map which is not computed yet: the picture, faint and grey.

    Of a middle grey, so that it is no slab on a white page and none on a dark one.
    """
    grey = Image.fromarray(as_picture(img)).convert("L").convert("RGB")
    return Panel(104 + np.asarray(grey) // 6, f"{caption}.", caption)
