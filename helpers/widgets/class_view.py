"""Maps of one picture for several classes."""

from collections.abc import Iterable, Sequence
from functools import cache

import numpy as np

from helpers.attribution.reduction import read_map
from helpers.attribution.registry import attribute, find_method, reading_of
from helpers.attribution.saliency import smooth
from helpers.classes import class_index, class_words
from helpers.display import Picture
from helpers.errors import HelpersError
from helpers.evaluation.rulers import spearman
from helpers.widgets.frame import Frame, map_panels, own_scales
from helpers.widgets.seen import NARROW, see, top_table
from helpers.widgets.words import drawn_strength, method_words

__all__ = ["MOST_CLASSES", "ClassMaps", "rank_correlation"]

MOST_CLASSES = 4


class ClassMaps:
    """Maps of one picture for one to four classes, beside each other."""

    def __init__(self, model, img: Picture, method: str = "gradient") -> None:
        self.model, self.method, self.seen = model, method, see(model, img, NARROW)
        self.words = class_words(model)
        self._map = cache(self._compute)

    def _compute(self, index: int) -> np.ndarray:
        attributions = attribute(self.model, self.seen.array, index, self.method, progress=False)
        return read_map(attributions, reading_of(self.method))

    def chosen(self, classes: Iterable[str]) -> list[int]:
        """Indices of the classes that are named, each once."""
        named = [class_index(name, self.model) for name in classes if str(name).strip()]
        indices = list(dict.fromkeys(named))
        if not 1 <= len(indices) <= MOST_CLASSES:
            raise HelpersError(
                f"One to {MOST_CLASSES} classes can be compared, and {len(indices)} are chosen: "
                "type a name, or press one of the top five."
            )
        return indices

    def frame(
        self, classes: Iterable[str], sigma: float, strength: float, scale: str = "one"
    ) -> Frame:
        """Show the maps of the classes, all in the same colours or each in its own."""
        indices = self.chosen(classes)
        maps = [smooth(self._map(index), sigma) for index in indices]
        captions = [f"{self.words[index]}: {self.seen.words(index)}" for index in indices]
        unit, top = find_method(self.method).unit, [top_table(self.seen, self.words)]
        note = self._note(indices, maps)
        if scale == "own":
            asked = [(self.seen.picture, m, c, unit) for m, c in zip(maps, captions)]
            return Frame(own_scales(asked, strength), note, None, below=top)
        panels, shared = map_panels(self.seen.picture, maps, captions, unit, strength)
        return Frame(panels, note, shared, below=top)

    def _note(self, indices: Sequence[int], maps: Sequence[np.ndarray]) -> str:
        if len(indices) == 1:
            return "Add a second class: do the two maps differ?"
        alike = [
            f"{self.words[index]} {rank_correlation(maps[0], other)}"
            for index, other in zip(indices[1:], maps[1:])
        ]
        first, method = self.words[indices[0]], method_words(self.method)
        listed = ", ".join(alike)
        return f"{method}. Rank correlation with the map for {first} (1: same order): {listed}."

    def code(self, classes: Iterable[str], sigma: float, strength: float, scale: str) -> str:
        """The plain cells that give the maps."""
        names = [self.words[index] for index in self.chosen(classes)]
        return (
            "from helpers import (\n    METHODS, attribute, read_map, reading_of, show_maps,\n"
            "    smooth, to_array,\n)\n\n"
            "# model, img: as they were given to explore_classes\n"
            f"names, method = {names!r}, {self.method!r}\n"
            "array = to_array(img, model)\n"
            "found = [attribute(model, array, name, method) for name in names]\n"
            f"maps = [smooth(read_map(a, reading_of(method)), {sigma!r}) for a in found]\n"
            "unit = METHODS[method].unit\n"
            f"show_maps(maps, names, img=img, shared={scale == 'one'}, "
            f"overlay={drawn_strength(strength)!r}, label=unit)\n"
        )


def rank_correlation(first: np.ndarray, second: np.ndarray) -> str:
    """How alike two maps order their pixels, as a number in words."""
    value = spearman(first.ravel(), second.ravel())
    return "not defined (a map is constant)" if np.isnan(value) else f"{value:.2f}"
