"""What the explorers show: plain classes that turn choices into frames, without any control.

Each holds a network and what was computed with it so far, so that a choice made twice is
answered at once.
"""

import contextlib
import time
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Any, NamedTuple

import numpy as np
from PIL import Image
from scipy import special, stats

from helpers.attribution.reduction import read_map, reduce_channels
from helpers.attribution.registry import attribute, find_method, reading_of
from helpers.attribution.saliency import smooth
from helpers.classes import class_index, class_words
from helpers.display import Picture, alt_text, as_picture
from helpers.errors import HelpersError
from helpers.evaluation import (
    ReportCard,
    fit_mask,
    object_shares,
    report_card,
)
from helpers.models.prediction import class_logits
from helpers.pictures.images import to_array
from helpers.pictures.masking import box_mask, mask_region
from helpers.pictures.scenes import Scene, load_scene
from helpers.widgets.frame_html import Bar, Frame, Panel, Scale, bars_html, map_panels

__all__ = [
    "ClassMaps",
    "Masking",
    "MethodMaps",
    "SceneSwitches",
    "Smoothing",
    "screen_size",
]

WIDTH, NARROW = 480, 320
MOST_CLASSES = 4
KEPT = 64


def screen_size(img: Picture, width: int = WIDTH) -> Image.Image:
    """A picture at the width in which explorers show it, so that every answer is quick."""
    image = Image.fromarray(as_picture(img))
    height = max(1, round(image.height * width / image.width))
    return image.resize((width, height), Image.Resampling.BICUBIC)


class Seen(NamedTuple):
    """A picture as the reader sees it and as the network does."""

    picture: Image.Image
    array: np.ndarray
    logits: np.ndarray

    @property
    def probabilities(self) -> np.ndarray:
        """The softmax of the logits, (n_classes,)."""
        return special.softmax(self.logits)

    def top(self, count: int = 5) -> list[int]:
        """Indices of the classes with the highest logits, best first."""
        return [int(index) for index in np.argsort(-self.logits, kind="stable")[:count]]

    def words(self, index: int) -> str:
        """Logit and probability of a class."""
        return f"logit {self.logits[index]:.1f}, probability {self.probabilities[index]:.2f}"


def see(model, img: Picture, width: int = WIDTH) -> Seen:
    """Show a picture to the network."""
    array = to_array(Image.fromarray(as_picture(img)), model)
    return Seen(screen_size(img, width), array, class_logits(array, model)[0][0])


def one_map(
    seen: Seen, values: np.ndarray, method: str, target: str, strength: float
) -> tuple[list[Panel], Scale]:
    """Lay the map of a method for a class over its picture."""
    caption, unit = f"{method} for {target}", find_method(method).unit
    return map_panels(seen.picture, [values], [caption], unit, strength)


class Smoothing:
    """A map that is computed already, smoothed and laid over its picture."""

    def __init__(self, img: Picture, attributions: np.ndarray, target: str, label: str) -> None:
        self._picture, self._target, self._label = screen_size(img), target, label
        self._reduced = cache(lambda how: reduce_channels(attributions, how))

    def frame(self, sigma: float, reduce: str, strength: float) -> Frame:
        """Show the map, smoothed by `sigma` pixels after its channels were reduced."""
        saliency_map = smooth(self._reduced(reduce), sigma)
        words = f" for {self._target}" if self._target else ""
        caption = f"Map{words} over its picture, sigma {sigma:g}"
        panels, scale = map_panels(self._picture, [saliency_map], [caption], self._label, strength)
        peak = alt_text.number(np.abs(saliency_map).max())
        return Frame(panels, f"Peak {peak} {self._label}.", scale)


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

    def _table(self, logits: np.ndarray) -> str:
        after = special.softmax(logits)
        shown = list(dict.fromkeys([*self._classes, int(logits.argmax())]))
        bars = []
        for index in shown:
            change = float(logits[index] - self.seen.logits[index])
            words = (
                f"{self.seen.logits[index]:.1f}",
                f"{logits[index]:.1f}",
                f"{change:+.1f}",
                f"{self.seen.probabilities[index]:.2f} → {after[index]:.2f}",
            )
            bars.append(Bar(self.words[index], words, change))
        heads = ("class", "logit before", "now", "change", "probability")
        return bars_html("Class scores; bars: change of the logit", heads, bars)

    def _note(self, boxes: Sequence[Sequence[int]], logits: np.ndarray) -> str:
        hidden, first = self._hidden(boxes).mean(), self.words[self.seen.top(1)[0]]
        now = self.words[int(logits.argmax())]
        choice = f"still {now}" if now == first else f"no longer {first} but {now}"
        return f"Hidden: {hidden:.0%} of the picture. First choice: {choice}."


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


class SceneSwitches:
    """A rendered scene whose objects are there or not: scores, a map, and the true effects."""

    def __init__(self, model) -> None:
        self.model, self.words = model, class_words(model)
        self._seen = cache(self._look)
        self._map = cache(self._compute)

    def _look(self, scene: str, view: str, variant: str) -> Seen:
        return see(self.model, load_scene(scene, view).picture(variant), NARROW)

    def _compute(self, scene: str, view: str, variant: str, index: int, method: str):
        array = self._seen(scene, view, variant).array
        found = attribute(self.model, array, index, method, progress=False)
        return read_map(found, reading_of(method))

    def first_class(self, scene: str, view: str) -> str:
        """The class to begin with: an object's own, or else the network's first choice."""
        for name in filter(None, load_scene(scene, view).objects.values()):
            with contextlib.suppress(HelpersError):  # a reader's network knows other classes
                return self.words[class_index(name, self.model)]
        return self.words[self._seen(scene, view, "all").top(1)[0]]

    def frame(
        self,
        scene: str,
        view: str,
        off: Sequence[str],
        target: str,
        method: str,
        sigma: float,
        strength: float,
    ) -> Frame:
        """Show the scene without the objects in `off`, and what each object is worth."""
        place = load_scene(scene, view)
        variant, index = place.variant_without(off), class_index(target, self.model)
        seen = self._seen(scene, view, variant)
        values = self._map(scene, view, variant, index, method)
        panels, scale = one_map(seen, smooth(values, sigma), method, self.words[index], strength)
        picture = Panel(np.asarray(seen.picture), place.alt[variant], seen.words(index))
        note = self._note(scene, view, seen, index)
        return Frame([picture, *panels], note, scale, self._table(place, variant, values, index))

    def _table(self, place: Scene, variant: str, values: np.ndarray, index: int) -> str:
        masks = {name: fit_mask(place.mask(name, variant), values.shape) for name in place.objects}
        shares = object_shares(values, {name: mask for name, mask in masks.items() if mask.any()})
        effects = self._effects(place, index)
        bars = [
            Bar(
                name,
                (f"{shares[name].ratio:.1f} x" if name in shares else "gone", f"{effect:+.1f}"),
                effect,
            )
            for name, effect in effects.items()
        ]
        heads = ("object", "map: share over area", "true effect, logits")
        caption = f"What each object is worth to {self.words[index]} in the full scene"
        return bars_html(caption, heads, bars)

    def _effects(self, place: Scene, index: int) -> dict[str, float]:
        """Class logit of the full scene minus that of the scene without each object."""

        def logit(*gone: str) -> float:
            variant = place.variant_without(gone)
            return float(self._seen(place.name, place.view, variant).logits[index])

        return {name: logit() - logit(name) for name in place.objects}

    def _note(self, scene: str, view: str, seen: Seen, index: int) -> str:
        whole = self._seen(scene, view, "all")
        change = seen.logits[index] - whole.logits[index]
        return (
            f"Class score of {self.words[index]}: logit {seen.logits[index]:.1f} here, "
            f"{whole.logits[index]:.1f} with all objects ({change:+.1f}). "
            f"First choice: {self.words[seen.top(1)[0]]}."
        )
