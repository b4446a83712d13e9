"""A picture of which parts are hidden, and what that does to the class scores."""

from collections.abc import Sequence
from functools import cache
from typing import NamedTuple

import numpy as np
from PIL import Image
from scipy import ndimage

from helpers.attribution.reduction import read_map
from helpers.attribution.registry import attribute, reading_of
from helpers.attribution.saliency import smooth
from helpers.classes import class_index, class_words
from helpers.display import Picture, as_picture
from helpers.models.prediction import class_logits, probabilities_of
from helpers.pictures.masking import box_mask, mask_region
from helpers.progress import progress_bar
from helpers.widgets.frame import Frame, Panel, Row, Ruler, Table
from helpers.widgets.markup import Strip
from helpers.widgets.seen import see
from helpers.widgets.words import change, level

__all__ = ["Elsewhere", "Masking", "drawn_border", "region_code", "try_words"]

PLACES = 40
# The share of a picture that the outline of its map encloses.
STRONGEST = 0.1
# Blue-green, dark at its edge, so that it is to be seen on any picture.
OUTLINE, EDGE = (0, 230, 200), (0, 0, 0)


class Elsewhere(NamedTuple):
    """What the same box does at drawn places.

    `boxes` (top, left, bottom, right); `changes` of the class's logit, one each; `ours` for the
    reader's own box.
    """

    boxes: list[list[int]]
    changes: np.ndarray
    ours: float

    @property
    def lower(self) -> int:
        """How many of the drawn boxes lower the score more than ours."""
        return int((self.changes < self.ours).sum())

    def words(self, target: str) -> str:
        """Where ours lies among them, in a sentence."""
        low, middle, high = np.quantile(self.changes, (0, 0.5, 1))
        return (
            f"{target}: your box changes the logit by {change(self.ours)}. The same box at "
            f"{len(self.changes)} drawn places changes it by {change(low)} to {change(high)}, "
            f"median {change(middle)}; {self.lower} of them lower it more than yours."
        )

    def strip(self, target: str) -> Strip:
        """All of it along one axis."""
        values = [*self.changes, self.ours, 0.0]
        low, high = float(min(values)), float(max(values))
        span = (high - low) or 1.0

        def at(value: float) -> float:
            return 100 * (float(value) - low) / span

        others = [at(value) for value in self.changes]
        ends = change(low), change(high)
        label = "change of the logit; wide mark: your box"
        return Strip(others, at(self.ours), at(0), *ends, label, self.words(target))


class Masking:
    """A picture of which parts are hidden, and what that does to the class scores.

    Attributes
    ----------
    classes : list of int
        The classes that its table lists, the reader's own first.
    """

    def __init__(self, model, img: Picture, target: int | str | None = None) -> None:
        self.model, self.seen = model, see(model, img)
        self.words = class_words(model)
        extra = [] if target is None else [class_index(target, model)]
        self.classes = list(dict.fromkeys([*extra, *self.seen.top()]))
        self._ruler, self.outline = Ruler(5), cache(self._outline)

    @property
    def size(self) -> tuple[int, int]:
        """Height and width of the network's picture, in whose pixels boxes are given."""
        return self.seen.array.shape[:2]

    @property
    def target(self) -> int:
        """The class that is listed first."""
        return self.classes[0]

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
        note, table = self._note(boxes, logits), self._table(logits)
        return Frame([Panel(np.asarray(picture), alt)], note, tables=[table])

    def _table(self, logits: np.ndarray) -> Table:
        after = probabilities_of(logits, self.model)
        shown = list(dict.fromkeys([*self.classes, int(logits.argmax())]))
        rows = [self._row(index, logits, after) for index in shown]
        heads = ("class", "logit", "change", "probability")
        axis = self._ruler.axis([row.value for row in rows])
        return Table("Class scores; bars: change of the logit", heads, rows, axis)

    def _row(self, index: int, logits: np.ndarray, after: np.ndarray) -> Row:
        difference = float(logits[index] - self.seen.logits[index])
        words = (
            f"{level(self.seen.logits[index])} → {level(logits[index])}",
            change(difference),
            f"{self.seen.probabilities[index]:.2f} → {after[index]:.2f}",
        )
        return Row(self.words[index], words, difference)

    def _note(self, boxes: Sequence[Sequence[int]], logits: np.ndarray) -> str:
        hidden, first = self._hidden(boxes).mean(), self.words[self.seen.top(1)[0]]
        now = self.words[int(logits.argmax())]
        choice = f"still {now}" if now == first else f"no longer {first} but {now}"
        return f"Hidden: {hidden:.0%} of the picture. First choice: {choice}."

    def effect(self, boxes: Sequence[Sequence[int]], fill: str | float) -> float:
        """What hiding these boxes changes in the logit of the first class."""
        logits = class_logits(self.masked(boxes, fill), self.model)[0][0]
        return float(logits[self.target] - self.seen.logits[self.target])

    def elsewhere(
        self, box: Sequence[int], fill: str | float, places: int = PLACES, seed: int = 0
    ) -> Elsewhere:
        """Put the same box to drawn places, each as likely as any other within the picture."""
        drawn = drawn_boxes(box, self.size, places, seed)
        changes = []
        with progress_bar(places, "boxes elsewhere", True) as bar:
            for other in drawn:
                changes.append(self.effect([other], fill))
                bar.update()
        return Elsewhere(drawn, np.array(changes), self.effect([box], fill))

    def _outline(self, method: str, sigma: float = 5.0) -> np.ndarray:
        """The border of the strongest tenth of a map for the first class, uint8 (h, w, 4)."""
        found = attribute(self.model, self.seen.array, self.target, method, progress=False)
        values = smooth(read_map(found, reading_of(method)), sigma)
        width, height = self.seen.picture.size
        large = Image.fromarray(values.astype(np.float32)).resize((width, height))
        inside = np.asarray(large) >= np.quantile(np.asarray(large), 1 - STRONGEST)
        return drawn_border(inside)

    def code(self, boxes: Sequence[Sequence[int]], fill: str | float) -> str:
        """The plain cells that give the scores."""
        return (
            "import numpy as np\n"
            "from helpers import class_logits, class_names, mask_region, show_images, to_array\n\n"
            "# model, img: as they were given to explore_masking\n"
            "array = to_array(img, model)\n"
            f"{region_code('hidden', boxes)}"
            f"masked = mask_region(array, hidden, fill={fill!r}) if hidden.any() else array\n"
            "before, now = (class_logits(picture, model)[0][0] for picture in (array, masked))\n"
            f"for index in {self.classes!r}:\n"
            "    print(class_names(model)[index], before[index].round(1), now[index].round(1))\n"
            'show_images([masked], ["what the network gets"])\n'
        )


def region_code(name: str, boxes: Sequence[Sequence[int]]) -> str:
    """The plain cells that give the region of some boxes in `array`."""
    return (
        f"{name} = np.zeros(array.shape[:2], bool)\n"
        f"for top, left, bottom, right in {[list(box) for box in boxes]!r}:\n"
        f"    {name}[top:bottom, left:right] = True\n"
    )


def drawn_boxes(
    box: Sequence[int], size: tuple[int, int], places: int, seed: int
) -> list[list[int]]:
    """Boxes as large as `box`, at places drawn from a seed."""
    top, left, bottom, right = box
    height, width = bottom - top, right - left
    rng = np.random.default_rng(seed)
    tops = rng.integers(0, size[0] - height + 1, places)
    lefts = rng.integers(0, size[1] - width + 1, places)
    corners = zip(tops.tolist(), lefts.tolist())
    return [[y, x, y + height, x + width] for y, x in corners]


def drawn_border(inside: np.ndarray) -> np.ndarray:
    """Draw the border of a region (h, w), see-through elsewhere: uint8 (h, w, 4)."""
    outer = ndimage.binary_dilation(inside, iterations=3) & ~inside
    line = ndimage.binary_dilation(inside, iterations=2) & ~inside
    drawn = np.zeros((*inside.shape, 4), np.uint8)
    drawn[outer] = (*EDGE, 255)
    drawn[line] = (*OUTLINE, 255)
    return drawn


def try_words(boxes: Sequence[Sequence[int]]) -> str:
    """Boxes in a few words: (top, left, bottom, right) each."""
    return " ".join(str(tuple(box)) for box in boxes) or "no box"
