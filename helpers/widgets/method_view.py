"""Maps of several pictures by all methods; each is computed once."""

import time
from collections import Counter
from collections.abc import Mapping
from typing import Any

import numpy as np

from helpers.attribution.reduction import read_map
from helpers.attribution.registry import attribute, find_method, reading_of
from helpers.attribution.saliency import smooth
from helpers.classes import class_index, class_words
from helpers.display import Picture
from helpers.evaluation import ReportCard, report_card
from helpers.widgets.frame import Frame, Panel
from helpers.widgets.seen import NARROW, Seen, one_map, see

__all__ = ["MethodMaps"]

KEPT = 64


class MethodMaps:
    """Maps of several pictures by all methods; each is computed once."""

    def __init__(self, model, pictures: Mapping[str, Picture]) -> None:
        self.model, self.words = model, class_words(model)
        self.pictures = dict(pictures)
        # Part of every key: work on the old picture may still end after `put`.
        self._editions = Counter()
        self._seen: dict[tuple, Seen] = {}
        self._maps: dict[tuple, tuple[np.ndarray, float]] = {}

    def put(self, name: str, img: Picture) -> None:
        """Add a picture, or put another one in the place of one of that name."""
        self.pictures[name] = img
        self._editions[name] += 1
        self._seen = {key: seen for key, seen in self._seen.items() if key[0] != name}
        self._maps = {key: found for key, found in self._maps.items() if key[0] != name}

    def seen(self, name: str) -> Seen:
        """A picture as the network sees it."""
        key = name, self._editions[name]
        seen = self._seen.get(key)
        if seen is None:
            seen = self._seen[key] = see(self.model, self.pictures[name], NARROW)
        return seen

    def compute(
        self, name: str, target: str, method: str, options: Mapping[str, Any]
    ) -> tuple[np.ndarray, float]:
        """Compute a map, unless it is there; give it, (h, w), and the seconds that it took."""
        key = self._key(name, target, method, options)
        if key in self._maps:
            return self._maps[key]
        start = time.perf_counter()
        array, index = self.seen(name).array, class_index(target, self.model)
        found = attribute(self.model, array, index, method, **options)
        values = read_map(found, reading_of(method)).astype(np.float32)
        if len(self._maps) >= KEPT:
            self._maps.pop(next(iter(self._maps)))
        self._maps[key] = made = values, time.perf_counter() - start
        return made

    def _key(self, name: str, target: str, method: str, options: Mapping[str, Any]) -> tuple:
        index = class_index(target, self.model)
        return name, self._editions[name], index, method, *sorted(options.items())

    def frame(
        self,
        name: str,
        target: str,
        method: str,
        options: Mapping[str, Any],
        sigma: float,
        strength: float,
    ) -> Frame:
        """Show a map beside its picture; of one that takes long and is not there, how to get it."""
        index, seen = class_index(target, self.model), self.seen(name)
        picture = Panel(
            np.asarray(seen.picture),
            f"The picture that the map belongs to: {name}.",
            seen.words(index),
        )
        there = self._key(name, target, method, options) in self._maps
        record = find_method(method)
        if not (there or record.is_quick):
            cost = f"{method} takes {record.passes} with its defaults"
            return Frame([picture], f"{cost}: press Compute.")
        values, seconds = self.compute(name, target, method, options)
        panels, scale = one_map(seen, smooth(values, sigma), method, self.words[index], strength)
        note = f"{method} ({record.source}), computed in {seconds:.1f} s."
        return Frame([picture, *panels], note, scale)

    def card(self, name: str, target: str, method: str) -> ReportCard:
        """Examine a map, by the defaults of its method."""
        return report_card(self.model, self.seen(name).array, target, method)
