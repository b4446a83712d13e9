"""A picture of which parts are hidden, and what that does to the class scores."""

from collections.abc import Sequence

import numpy as np
from PIL import Image
from scipy import special

from helpers.classes import class_index, class_words
from helpers.display import Picture, as_picture
from helpers.models.prediction import class_logits
from helpers.pictures.masking import box_mask, mask_region
from helpers.widgets.frame import Frame, Panel, Row, Table
from helpers.widgets.seen import see

__all__ = ["Masking"]


class Masking:
    """A picture of which parts are hidden, and what that does to the class scores."""

    def __init__(self, model, img: Picture, target: int | str | None = None) -> None:
        self.model, self.seen = model, see(model, img)
        self.words = class_words(model)
        extra = [] if target is None else [class_index(target, model)]
        self._classes = list(dict.fromkeys([*extra, *self.seen.top()]))

    @property
    def size(self) -> tuple[int, int]:
        """Height and width of the network's picture, in whose pixels boxes are given."""
        return self.seen.array.shape[:2]

    def masked(self, boxes: Sequence[Sequence[int]], fill: str | float) -> np.ndarray:
        """The network's picture with all boxes painted over."""
        if not boxes:
            return self.seen.array
        return mask_region(self.seen.array, self._hidden(boxes), fill)

    def _hidden(self, boxes: Sequence[Sequence[int]]) -> np.ndarray:
        masks = [box_mask(box, self.size) for box in boxes]
        return np.logical_or.reduce([np.zeros(self.size, bool), *masks])

    def frame(self, boxes: Sequence[Sequence[int]], fill: str | float) -> Frame:
        """Show the picture that the network gets, and the scores with the change of each."""
        array = self.masked(boxes, fill)
        logits = class_logits(array, self.model)[0][0]
        size = self.seen.picture.size
        picture = Image.fromarray(as_picture(array)).resize(size, Image.Resampling.BICUBIC)
        count = {0: "no box", 1: "one box"}.get(len(boxes), f"{len(boxes)} boxes")
        alt = f"The picture that the network gets, with {count} painted over."
        note = self._note(boxes, logits)
        return Frame([Panel(np.asarray(picture), alt)], note, table=self._table(logits))

    def _table(self, logits: np.ndarray) -> Table:
        after = special.softmax(logits)
        shown = list(dict.fromkeys([*self._classes, int(logits.argmax())]))
        rows = []
        for index in shown:
            change = float(logits[index] - self.seen.logits[index])
            words = (
                f"{self.seen.logits[index]:.1f}",
                f"{logits[index]:.1f}",
                f"{change:+.1f}",
                f"{self.seen.probabilities[index]:.2f} → {after[index]:.2f}",
            )
            rows.append(Row(self.words[index], words, change))
        heads = ("class", "logit before", "now", "change", "probability")
        reach = max(abs(row.value) for row in rows) or 1
        return Table("Class scores; bars: change of the logit", heads, rows, reach)

    def _note(self, boxes: Sequence[Sequence[int]], logits: np.ndarray) -> str:
        hidden, first = self._hidden(boxes).mean(), self.words[self.seen.top(1)[0]]
        now = self.words[int(logits.argmax())]
        choice = f"still {now}" if now == first else f"no longer {first} but {now}"
        return f"Hidden: {hidden:.0%} of the picture. First choice: {choice}."
