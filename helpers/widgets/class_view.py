"""Maps of one picture for several classes."""

from collections.abc import Iterable, Sequence
from functools import cache

import numpy as np
from scipy import stats

from helpers.attribution.reduction import read_map
from helpers.attribution.registry import attribute, find_method, reading_of
from helpers.attribution.saliency import smooth
from helpers.classes import class_index, class_words
from helpers.display import Picture
from helpers.errors import HelpersError
from helpers.widgets.frame import Frame, map_panels
from helpers.widgets.seen import NARROW, see

__all__ = ["MOST_CLASSES", "ClassMaps"]

MOST_CLASSES = 4


class ClassMaps:
    """Maps of one picture for one to four classes, beside each other on one scale."""

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

    def frame(self, classes: Iterable[str], sigma: float, strength: float) -> Frame:
        """Show the maps of the classes, all in the same colours."""
        indices = self.chosen(classes)
        maps = [smooth(self._map(index), sigma) for index in indices]
        captions = [f"{self.words[index]}: {self.seen.words(index)}" for index in indices]
        unit = find_method(self.method).unit
        panels, scale = map_panels(self.seen.picture, maps, captions, unit, strength)
        return Frame(panels, self._note(indices, maps), scale)

    def _note(self, indices: Sequence[int], maps: Sequence[np.ndarray]) -> str:
        if len(indices) == 1:
            return "Add a second class: do the two maps differ?"
        alike = [
            f"{self.words[index]} {_rank_correlation(maps[0], other)}"
            for index, other in zip(indices[1:], maps[1:])
        ]
        first = self.words[indices[0]]
        return f"Rank correlation with the map for {first} (1 is the same): {', '.join(alike)}."


def _rank_correlation(first: np.ndarray, second: np.ndarray) -> str:
    if np.ptp(first) == 0 or np.ptp(second) == 0:
        return "not defined (a map is constant)"
    return f"{stats.spearmanr(first, second, axis=None).statistic:.2f}"
