"""Maps of several pictures by all methods, of several networks; each is computed once."""

import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache

import numpy as np
from PIL import Image

from helpers.attribution.reduction import read_map
from helpers.attribution.registry import attribute, find_method, reading_of
from helpers.attribution.saliency import smooth
from helpers.classes import class_index, class_words
from helpers.display import Picture
from helpers.evaluation import ReportCard, report_card
from helpers.widgets.class_view import rank_correlation
from helpers.widgets.frame import (
    Frame,
    Panel,
    Scale,
    blank_panel,
    map_panel,
    map_panels,
    own_scales,
)
from helpers.widgets.method_cells import PEAKS, Asked, method_cells
from helpers.widgets.networks import BUNDLED, Networks
from helpers.widgets.pace import expected_seconds, pace
from helpers.widgets.seen import NARROW, Seen, see, top_table
from helpers.widgets.words import method_words, plain, time_words

__all__ = ["SHOWN", "Asked", "MethodMaps"]

KEPT = 64
SHOWN = ("beside each other", "wipe", "difference")


class MethodMaps:
    """Maps of several pictures by all methods; each is computed once."""

    def __init__(self, networks: Networks, pictures: Mapping[str, Picture]) -> None:
        self.networks, self.pictures = networks, dict(pictures)
        self._words = cache(lambda network: class_words(networks[network]))
        self._index = cache(lambda target, network: class_index(target, networks[network]))
        self.words = self._words(networks.names[0])
        # Part of every key: work on the old picture may still end after `put`.
        self._editions = Counter()
        self._seen: dict[tuple, Seen] = {}
        self._maps: dict[tuple, tuple[np.ndarray, float]] = {}
        self._last: dict[str, Panel] = {}
        self._paces: dict[str, tuple[float, float]] = {}

    def put(self, name: str, img: Picture) -> None:
        """Add a picture, or put another one in the place of one of that name."""
        self.pictures[name] = img
        self._editions[name] += 1
        self._seen = {key: seen for key, seen in self._seen.items() if key[0] != name}
        self._maps = {key: found for key, found in self._maps.items() if key[0] != name}
        self._last.pop(name, None)

    def name(self, asked: Asked) -> str:
        """The name of the network that is asked."""
        return asked.network or self.networks.names[0]

    def network(self, asked: Asked):
        """The network that is asked."""
        return self.networks[self.name(asked)]

    def seen(self, name: str, network: str | None = None) -> Seen:
        """A picture as a network sees it."""
        network = network or self.networks.names[0]
        key = name, self._editions[name], network
        seen = self._seen.get(key)
        if seen is None:
            model = self.networks[network]
            seen = self._seen[key] = see(model, self.pictures[name], NARROW)
        return seen

    def index(self, asked: Asked) -> int:
        """The class that is asked about."""
        return self._index(asked.target, self.name(asked))

    def _names(self, asked: Asked) -> list[str]:
        return self._words(self.name(asked))

    def compute(self, asked: Asked) -> tuple[np.ndarray, float]:
        """Compute a map, unless it is there; give it, (h, w), and the seconds that it took."""
        key = self._key(asked)
        if key in self._maps:
            return self._maps[key]
        start = time.perf_counter()
        array = self.seen(asked.picture, asked.network).array
        target = self.index(asked)
        found = attribute(self.network(asked), array, target, asked.method, **asked.options)
        values = read_map(found, reading_of(asked.method)).astype(np.float32)
        if len(self._maps) >= KEPT:
            self._maps.pop(next(iter(self._maps)))
        self._maps[key] = made = values, time.perf_counter() - start
        return made

    def _key(self, asked: Asked) -> tuple:
        edition, options = self._editions[asked.picture], sorted(asked.options.items())
        return asked.picture, edition, self.name(asked), self.index(asked), asked.method, *options

    def is_there(self, asked: Asked) -> bool:
        """Whether a map takes no time: it was computed already, or its method is quick."""
        return find_method(asked.method).is_quick or self._key(asked) in self._maps

    def frame(
        self, questions: Sequence[Asked], strength: float, shown: str = SHOWN[0], scale: str = "one"
    ) -> Frame:
        """Show the maps of one or two questions; of one that takes long, how to get it."""
        first = questions[0]
        seen = self.seen(first.picture, first.network)
        top = [top_table(seen, self._names(first))]
        missing = [asked for asked in questions if not self.is_there(asked)]
        if missing:
            panels = [self._picture(first), *map(self._waiting, questions)]
            return Frame(panels, self._price(missing[0]), below=top)
        if len(questions) > 1 and shown == "difference":
            return self._difference(questions, strength, top)
        panels, shared = self._panels(questions, strength, scale)
        self._last[first.picture] = replace(panels[0], scale=panels[0].scale or shared)
        alike = {(asked.picture, asked.network) for asked in questions}
        lead = [self._picture(first)] if len(alike) == 1 else []
        wipe = len(questions) > 1 and shown == "wipe"
        return Frame([*lead, *panels], self._note(questions), shared, (), top, wipe)

    def _picture(self, asked: Asked) -> Panel:
        seen = self.seen(asked.picture, asked.network)
        alt = f"The picture that the map belongs to: {plain(asked.picture)}."
        return Panel(np.asarray(seen.picture), alt, seen.words(self.index(asked)))

    def _waiting(self, asked: Asked) -> Panel:
        """The map that was shown last keeps its place, and says whose it is."""
        wanted = f"{method_words(asked.method)} waits for Compute"
        if self.is_there(asked):
            values = smooth(self.compute(asked)[0], asked.sigma)
            return own_scales([self._piece(asked, values)], 0.7)[0]
        before = self._last.get(asked.picture)
        if before is None:
            return blank_panel(self.seen(asked.picture, asked.network).picture, wanted)
        return replace(before, caption=f"Still {before.caption.removeprefix('Still ')}; {wanted}")

    def _piece(self, asked: Asked, values: np.ndarray) -> tuple:
        picture = self.seen(asked.picture, asked.network).picture
        return picture, values, self.caption(asked), find_method(asked.method).unit

    def caption(self, asked: Asked) -> str:
        """Method, class, and what else a question asks."""
        words = f"{method_words(asked.method)} for {self._names(asked)[self.index(asked)]}"
        network = self.name(asked)
        return words if network == self.networks.names[0] else f"{words}, {network}"

    def _smoothed(self, questions: Sequence[Asked]) -> list[np.ndarray]:
        return [smooth(self.compute(asked)[0], asked.sigma) for asked in questions]

    def _captions(self, questions: Sequence[Asked]) -> list[str]:
        """Captions, with whatever else tells two questions apart."""
        said = [self.caption(asked) for asked in questions]
        if len({asked.sigma for asked in questions}) > 1:
            said = [f"{words}, sigma {asked.sigma:g}" for words, asked in zip(said, questions)]
        if len({asked.picture for asked in questions}) > 1:
            said = [f"{words}, {plain(asked.picture)}" for words, asked in zip(said, questions)]
        return said

    def _panels(self, questions: Sequence[Asked], strength: float, scale: str):
        maps, captions = self._smoothed(questions), self._captions(questions)
        units = {find_method(asked.method).unit for asked in questions}
        if scale == "one" and len(units) == 1:
            limits = map_panels(
                self.seen(questions[0].picture, questions[0].network).picture,
                maps, captions, units.pop(), strength,
            )[1]  # fmt: skip
            pictures = [self.seen(asked.picture, asked.network).picture for asked in questions]
            panels = [map_panel(p, m, c, limits) for p, m, c in zip(pictures, maps, captions)]
            return panels, limits
        pieces = [self._piece(asked, values) for asked, values in zip(questions, maps)]
        named = [(p, m, c, u) for (p, m, _, u), c in zip(pieces, captions)]
        return own_scales(named, strength), None

    def _difference(self, questions: Sequence[Asked], strength: float, top: list) -> Frame:
        """The first map minus the second, each in shares of its own largest value."""
        first, second = self._smoothed(questions)
        second = _as_large(second, first.shape)
        shares = _in_shares(first) - _in_shares(second)
        words = " minus ".join(self._captions(questions))
        limit = float(np.abs(shares).max()) or 1.0
        unit = Scale((-limit, limit), PEAKS, strength)
        picture = self.seen(questions[0].picture, questions[0].network).picture
        panel = map_panel(picture, shares, words, unit)
        return Frame([self._picture(questions[0]), panel], self._note(questions), unit, below=top)

    def _note(self, questions: Sequence[Asked]) -> str:
        if len(questions) == 1:
            (asked,) = questions
            seconds, source = self.compute(asked)[1], find_method(asked.method).source
            return f"{method_words(asked.method)} ({source}), computed in {time_words(seconds)}."
        first, second = self._smoothed(questions)
        units = {find_method(asked.method).unit for asked in questions}
        own = " Their units differ, so each map has its own scale." if len(units) > 1 else ""
        same = rank_correlation(first, _as_large(second, first.shape))
        return f"Rank correlation of the two maps (1: same order): {same}.{own}"

    def _price(self, asked: Asked) -> str:
        seconds = time_words(self.seconds(asked))
        return f"{method_words(asked.method)} takes about {seconds} on this machine: press Compute."

    def seconds(self, asked: Asked) -> float:
        """What a map will take on this machine."""
        network = self.name(asked)
        if network not in self._paces:
            array = self.seen(asked.picture, network).array
            self._paces[network] = pace(self.networks[network], array)
        return expected_seconds(asked.method, asked.options, *self._paces[network])

    def card(self, asked: Asked) -> ReportCard:
        """Examine a map, by the defaults of its method."""
        array = self.seen(asked.picture, asked.network).array
        return report_card(self.network(asked), array, self.index(asked), asked.method)

    def code(
        self, questions: Sequence[Asked], strength: float, shown: str = SHOWN[0], scale: str = "one"
    ) -> str:
        """The plain cells that give the maps."""
        classes = [self._names(one)[self.index(one)] for one in questions]
        asked = [replace(one, network=self._code_name(one.network)) for one in questions]
        return method_cells(asked, classes, self._captions(questions), strength, shown, scale)

    def _code_name(self, network: str | None) -> str | None:
        """A network that a cell can load by name, or else None for the reader's own first one."""
        own = self.networks.names[0]
        return None if network in (None, own) and own not in BUNDLED else network or own


def _as_large(values: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    if values.shape == shape:
        return values
    return np.asarray(Image.fromarray(values.astype(np.float32)).resize(shape[::-1]))


def _in_shares(values: np.ndarray) -> np.ndarray:
    return values / (np.abs(values).max() or 1.0)
