"""The explorer of boxes on a picture."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from helpers.display import data_url, jpeg_bytes
from helpers.errors import HelpersError
from helpers.widgets.controls import button, dropdown, row
from helpers.widgets.explorer import Explorer
from helpers.widgets.frame import Frame
from helpers.widgets.inputs import BoxPad
from helpers.widgets.markup import table_html
from helpers.widgets.mask_view import Masking

__all__ = ["FILLS", "MaskExplorer"]

FILLS = {
    "blur what is there": "blur",
    "mean colour of the picture": "mean",
    "black": "black",
    "white": 255,
}


class MaskExplorer(Explorer):
    """An explorer whose picture is the pad that boxes are drawn on, with a way back."""

    def __init__(self, masking: Masking, boxes: Sequence[Sequence[int]], fill: str | float) -> None:
        first = as_boxes(boxes)
        self._pad, self._history = BoxPad(value=first, size=list(masking.size)), [first]
        self._pad.observe(self._remember, names="value")
        controls = {"boxes": self._pad, "fill": dropdown("hide by", FILLS, fill)}
        buttons = row(button("Undo", self._undo), button("Reset", self._reset))
        super().__init__(masking.frame, controls, [controls["fill"], buttons, self._pad])

    def _remember(self, change: Mapping[str, Any]) -> None:
        if change["new"] != self._history[-1]:
            self._history.append(change["new"])

    def _undo(self) -> None:
        if len(self._history) > 1:
            self._history.pop()
        self._pad.value = self._history[-1]

    def _reset(self) -> None:
        self._pad.value = []

    def _paint(self, frame: Frame) -> None:
        (panel,) = frame.panels
        self._pad.alt, self._pad.picture = panel.alt, data_url(*jpeg_bytes(panel.picture))
        self._screen.value = table_html(frame.table)


def as_boxes(boxes: Sequence[Sequence[int]]) -> list[list[int]]:
    """Boxes as lists of four whole numbers, or one sentence on what they must be."""
    given = list(boxes) if np.iterable(boxes) else [boxes]
    if not all(np.shape(box) == (4,) and np.asarray(box).dtype.kind in "iu" for box in given):
        raise HelpersError(
            "boxes is a list of boxes, each of four whole numbers (top, left, bottom, right)."
        )
    return [[int(edge) for edge in box] for box in given]
