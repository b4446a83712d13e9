"""The explorer of boxes on a picture."""

import functools
import io
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import ipywidgets as widgets
import numpy as np
from PIL import Image

from helpers.attribution.registry import METHODS
from helpers.display import Picture, data_url, jpeg_bytes
from helpers.errors import HelpersError
from helpers.widgets.controls import button, dropdown, network_list, row, show_only
from helpers.widgets.explorer import Explorer
from helpers.widgets.frame import Frame, Row, Table
from helpers.widgets.inputs import BoxPad, Screen, Takeaway
from helpers.widgets.markup import strip_html, tables_html, words_html
from helpers.widgets.mask_view import Elsewhere, Masking, try_words
from helpers.widgets.networks import Networks
from helpers.widgets.runner import Runner
from helpers.widgets.words import method_words

__all__ = ["FILLS", "MaskExplorer"]

FILLS = {
    "blur what is there": "blur",
    "mean colour of the picture": "mean",
    "black": "black",
    "white": 255,
}
KEPT_TRIES = 12
_HEADS = ("boxes (top, left, bottom, right)", "hidden by", "change")


class MaskExplorer(Explorer):
    """An explorer whose picture is the pad that boxes are drawn on, with a way back."""

    def __init__(
        self,
        networks: Networks,
        img: Picture,
        target: int | str | None,
        boxes: Sequence[Sequence[int]],
        fill: str | float,
    ) -> None:
        self._given, self._tries = as_boxes(boxes), []
        self._of = functools.cache(lambda name: Masking(networks[name], img, target))
        masking = self._of(networks.names[0])
        self._pad = BoxPad(value=self._given, size=list(masking.size))
        self._history = [self._given]
        controls = {
            "network": network_list(networks.names),
            "boxes": self._pad,
            "fill": dropdown("hide by", FILLS, fill),
            "outline": dropdown("outline of", _outlines(), ""),
        }
        self.runner = Runner({"One box elsewhere": self._prepare_elsewhere}, self.say)
        self._place, self._log = Screen(), Screen()
        super().__init__(
            self._frame, controls, self._layout(controls), lead=[self._pad], code=self._plain_cells
        )
        show_only(False, self._screen)  # the pad is the picture
        self._pad.observe(self._remember, names=["value", "moving"])

    def _layout(self, controls: Mapping[str, widgets.Widget]) -> list[widgets.Widget]:
        back = [
            button("Undo", self._undo, "one step back"),
            button("Reset", self._reset, "the boxes that were given"),
            button("Clear", self._clear, "no box"),
        ]
        head = [controls[name] for name in ("network", "fill", "outline")]
        return [*head, row(*back), self.runner.view, self._place]

    def _arranged(self, lead: list, side: list) -> widgets.VBox:
        view = super()._arranged(lead, side)
        fold = widgets.Accordion([widgets.VBox([self._log, Takeaway({"Copy the log": self.log})])])
        fold.set_title(0, "Log of tries")
        fold.add_class("helpers-log")
        view.children = [view.children[0], fold, *view.children[1:]]
        return view

    def _frame(self, network: str, boxes: Sequence, fill: str | float, outline: str) -> Frame:
        masking = self._of(network)
        self._pad.outline = _drawn(masking.outline(outline)) if outline else ""
        frame = masking.frame(boxes, fill)
        self._answered = boxes
        return frame

    def _plain_cells(self, network: str, boxes: Sequence, fill: str | float, outline: str) -> str:
        return self._of(network).code(boxes, fill)

    def _paint(self, frame: Frame) -> None:
        (panel,) = frame.panels
        self._pad.alt, self._pad.picture = panel.alt, data_url(*jpeg_bytes(panel.picture))
        self._tables.value = tables_html(frame.tables)

    def _answer(self, event: Any) -> None:
        super()._answer(event)
        if event["owner"] is not self._pad:
            self._note_try()

    def _remember(self, _change: Mapping[str, Any]) -> None:
        """Once a hand lets go: the place is one to go back to, and a try for the log."""
        if self._pad.moving or self._pad.value == self._history[-1]:
            return
        self._history.append(self._pad.value)
        self._place.value = ""
        self._note_try()

    def _note_try(self) -> None:
        row_of_it = self._tried()
        if row_of_it and (not self._tries or self._tries[-1] != row_of_it):
            self._tries.append(row_of_it)
            del self._tries[:-KEPT_TRIES]
            self._log.value = tables_html([Table(self._log_title(), _HEADS, self._tries)])

    def _log_title(self) -> str:
        masking = self._of(self.controls["network"].value)
        return f"Tries, newest last: change of the logit of {masking.words[masking.target]}"

    def _tried(self) -> Row | None:
        if not self._pad.value or self._answered != self._pad.value:
            return None
        words = next(
            label for label, value in FILLS.items() if value == self.controls["fill"].value
        )
        return Row(try_words(self._pad.value), (words, self.frame.tables[0].rows[0].words[1]))

    def log(self) -> str:
        """The tries as text, with tabs between the columns."""
        lines = [_HEADS, *((tried.name, *tried.words) for tried in self._tries)]
        return "\n".join("\t".join(line) for line in lines)

    def _prepare_elsewhere(self) -> tuple[Callable, Callable, str]:
        if not self._pad.value:
            raise HelpersError("Draw a box first: the same box is then put elsewhere.")
        masking = self._of(self.controls["network"].value)
        box, fill = self._pad.value[-1], self.controls["fill"].value
        work = functools.partial(masking.elsewhere, box, fill)
        return work, self._show_elsewhere, "the same box at drawn places"

    def _show_elsewhere(self, found: Elsewhere) -> None:
        masking = self._of(self.controls["network"].value)
        target = masking.words[masking.target]
        self._place.value = strip_html(found.strip(target)) + words_html(found.words(target))

    def _undo(self) -> None:
        if len(self._history) > 1:
            self._history.pop()
        self._put(self._history[-1])

    def _reset(self) -> None:
        self._put(self._given)

    def _clear(self) -> None:
        self._put([])

    def _put(self, boxes: Sequence[Sequence[int]]) -> None:
        self._pad.moving = False
        self._pad.value = boxes


def _outlines() -> dict[str, str]:
    quick = {method_words(name): name for name, record in METHODS.items() if record.is_quick}
    return {"no map": "", **{f"the map by {words}": name for words, name in quick.items()}}


def _drawn(picture: np.ndarray) -> str:
    file = io.BytesIO()
    Image.fromarray(picture).save(file, "PNG")
    return data_url(file.getvalue(), "image/png")


def as_boxes(boxes: Sequence[Sequence[int]]) -> list[list[int]]:
    """Boxes as lists of four whole numbers, or one sentence on what they must be."""
    given = list(boxes) if np.iterable(boxes) else [boxes]
    if not all(np.shape(box) == (4,) and np.asarray(box).dtype.kind in "iu" for box in given):
        raise HelpersError(
            "boxes is a list of boxes, each of four whole numbers (top, left, bottom, right)."
        )
    return [[int(edge) for edge in box] for box in given]
