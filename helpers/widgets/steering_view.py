"""A picture whose map is moved to a place, and what that did to map and score."""

from collections.abc import Sequence
from functools import cache

import numpy as np
from PIL import Image

from helpers.attribution.saliency import smooth
from helpers.classes import class_index, class_words
from helpers.display import GRADIENT_UNIT, Picture
from helpers.errors import HelpersError
from helpers.evaluation import MapMove, judge_move, manipulate_map
from helpers.models.scores import as_picture
from helpers.pictures.masking import box_mask
from helpers.widgets.frame import Frame, Panel, Row, Table, blank_panel, own_scales
from helpers.widgets.mask_view import drawn_border, region_code
from helpers.widgets.seen import NARROW, see, top_table
from helpers.widgets.words import level

__all__ = ["Steering"]

Boxes = Sequence[Sequence[int]]


class Steering:
    """A picture, the pictures that were steered from it, and the maps of both."""

    def __init__(self, model, img: Picture, target: int | str | None = None) -> None:
        self.model, self.seen = model, see(model, img, NARROW)
        self.words = class_words(model)
        self.target = self.seen.top(1)[0] if target is None else class_index(target, model)
        self._steered: dict[tuple, np.ndarray] = {}
        # By what is asked; moving a box back shows at once what was computed for it.
        self._moves = cache(self._judged)

    @property
    def size(self) -> tuple[int, int]:
        """Height and width of the network's picture, in whose pixels boxes are given."""
        return self.seen.array.shape[:2]

    def region(self, boxes: Boxes) -> np.ndarray:
        """The place where the map is to go, bool (h, w)."""
        if not boxes:
            raise HelpersError("Draw a box first: it says where the map is to go.")
        return np.logical_or.reduce([box_mask(box, self.size) for box in boxes])

    def keep(self, boxes: Boxes, limit: int, steps: int, steered: np.ndarray) -> None:
        """Take a picture that was steered there already."""
        self.region(boxes)
        self._steered[_key(boxes, limit, steps)] = as_picture(steered, self.model)

    def move(self, boxes: Boxes, limit: int, steps: int) -> None:
        """Steer the picture, unless that was done."""
        region, key = self.region(boxes), _key(boxes, limit, steps)
        if key not in self._steered:
            found = manipulate_map(
                self.model, self.seen.array, self.target, region, limit=limit, steps=steps
            )
            self._steered[key] = found.picture

    def _judged(self, key: tuple, is_steered: bool) -> MapMove:
        after = self._steered[key] if is_steered else self.seen.array
        return judge_move(self.model, self.seen.array, after, self.target, self.region(key[0]))

    def frame(self, boxes: Boxes, limit: int, steps: int, sigma: float, strength: float) -> Frame:
        """Show the place, the map before, and the map after if it was moved there."""
        key, region = _key(boxes, limit, steps), self.region(boxes)
        is_steered = key in self._steered
        move = self._moves(key, is_steered)
        asked = f"{steps} steps, at most {limit} grey levels"
        captions = ["Map, untouched", f"Map, moved: {asked}"][: 1 + is_steered]
        # Each on its own scale: a map that was pushed into one place would blank the other out.
        shown = [
            (self.seen.picture, smooth(values, sigma), caption, GRADIENT_UNIT)
            for values, caption in zip(move.maps, captions)
        ]
        panels = own_scales(shown, strength)
        if not is_steered:
            panels.append(blank_panel(self.seen.picture, f"Move the map: {asked}"))
        note = self._note(move, region, is_steered)
        table, top = self._table(move, is_steered), top_table(self.seen, self.words)
        return Frame([self._place(region), *panels], note, None, [table], [top])

    def _place(self, region: np.ndarray) -> Panel:
        border = Image.fromarray(drawn_border(region)).resize(self.seen.picture.size)
        marked = self.seen.picture.convert("RGBA")
        marked.alpha_composite(border)
        alt = f"The picture, and on {region.mean():.0%} of it the place for the map."
        return Panel(np.asarray(marked.convert("RGB")), alt, "The place")

    def _table(self, move: MapMove, is_steered: bool) -> Table:
        logit = f"logit of {self.words[self.target]}"
        rows = {
            "share of the map in the place": [f"{share:.2f}" for share in move.shares],
            logit: [level(score) for score in move.scores],
        }
        shown = [
            Row(name, [first, last if is_steered else ""]) for name, (first, last) in rows.items()
        ]
        return Table("On the network itself", ("", "untouched", "moved"), shown)

    def _note(self, move: MapMove, region: np.ndarray, is_steered: bool) -> str:
        place = f"The place is {region.mean():.2f} of the picture"
        if not is_steered:
            return (
                f"{place}. Press Move the map: a minute or two, and at first the bar stands still."
            )
        before, after = move.shares
        return (
            f"{place}; it holds {after:.2f} of the map, {before:.2f} before. "
            f"No pixel value moved by more than {move.largest_change:.0f} grey levels."
        )

    def code(self, boxes: Boxes, limit: int, steps: int, sigma: float) -> str:
        """The plain cells that give the maps and the numbers."""
        return (
            "import numpy as np\n\n"
            "from helpers import manipulate_map, show_maps, smooth, to_array\n"
            "from helpers.evaluation import judge_move\n\n"
            "# model, img: as they were given to explore_steering\n"
            "array = to_array(img, model)\n"
            f"{region_code('place', boxes)}"
            f"moved = manipulate_map(\n    model, array, {self.target}, place, "
            f"limit={limit}, steps={steps}\n)\n"
            f"found = judge_move(model, array, moved.picture, {self.target}, place)\n"
            f"maps = [smooth(values, {sigma!r}) for values in found.maps]\n"
            'show_maps(maps, ["untouched", "moved"], img=img)\n'
            "print(found.shares, found.scores)\n"
        )


def _key(boxes: Boxes, limit: int, steps: int) -> tuple:
    return tuple(sorted(tuple(map(int, box)) for box in boxes)), limit, steps
