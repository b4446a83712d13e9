"""A rendered scene whose objects are there or not: scores, a map, and the true effects."""

import contextlib
from collections.abc import Sequence
from functools import cache

import numpy as np

from helpers.attribution.reduction import read_map
from helpers.attribution.registry import attribute, find_method, reading_of
from helpers.attribution.saliency import smooth
from helpers.classes import class_index, class_words
from helpers.errors import HelpersError
from helpers.evaluation import object_shares
from helpers.pictures.masking import fit_mask
from helpers.pictures.scenes import Scene, load_scene
from helpers.widgets.frame import Frame, Panel, Row, Ruler, Table, map_panels
from helpers.widgets.seen import NARROW, Seen, see, top_table
from helpers.widgets.words import change, drawn_strength, level, method_words, plain

__all__ = ["SceneSwitches"]


class SceneSwitches:
    """A rendered scene whose objects are there or not: scores, a map, and the true effects."""

    def __init__(self, model) -> None:
        self.model, self.words = model, class_words(model)
        self._seen = cache(self._look)
        self._map = cache(self._compute)
        self._regions = cache(self._fit)
        self._ruler = cache(lambda _scene, _index: Ruler(2))

    def _look(self, scene: str, view: str, variant: str) -> Seen:
        return see(self.model, load_scene(scene, view).picture(variant), NARROW)

    def _compute(self, scene: str, view: str, variant: str, index: int, method: str):
        array = self._seen(scene, view, variant).array
        found = attribute(self.model, array, index, method, progress=False)
        return read_map(found, reading_of(method))

    def _fit(self, scene: str, view: str, variant: str, shape: tuple[int, int]) -> dict:
        place = load_scene(scene, view)
        return {name: fit_mask(place.mask(name, variant), shape) for name in place.objects}

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
        caption, unit = f"{method_words(method)} for {self.words[index]}", find_method(method).unit
        maps = [smooth(values, sigma)]
        panels, scale = map_panels(seen.picture, maps, [caption], unit, strength)
        picture = Panel(np.asarray(seen.picture), place.alt[variant], seen.words(index))
        note, table = self._note(place, seen, index), self._table(place, variant, values, index)
        top = top_table(seen, self.words)
        return Frame([picture, *panels], note, scale, [table], [top])

    def _table(self, place: Scene, variant: str, values: np.ndarray, index: int) -> Table:
        masks = self._regions(place.name, place.view, variant, values.shape)
        shares = object_shares(values, {name: mask for name, mask in masks.items() if mask.any()})
        effects = self._effects(place, index)
        rows = [
            Row(
                plain(name),
                (f"{level(shares[name].ratio)} ×" if name in shares else "gone", change(effect)),
                effect,
            )
            for name, effect in effects.items()
        ]
        heads = ("object", "map: share ÷ area", "true effect")
        caption = f"What each object is worth to {self.words[index]}; bars: true effect in logits"
        axis = self._ruler(place.name, index).axis(list(effects.values()))
        return Table(caption, heads, rows, axis)

    def _effects(self, place: Scene, index: int) -> dict[str, float]:
        """Class logit of the full scene minus that of the scene without each object."""

        def logit(*gone: str) -> float:
            variant = place.variant_without(gone)
            return float(self._seen(place.name, place.view, variant).logits[index])

        return {name: logit() - logit(name) for name in place.objects}

    def _note(self, place: Scene, seen: Seen, index: int) -> str:
        whole = self._seen(place.name, place.view, "all")
        words = f"Class score of {self.words[index]}: logit {level(seen.logits[index])}"
        if seen is whole:
            words += " with all objects"
        else:
            difference = change(seen.logits[index] - whole.logits[index])
            words += f" here, {level(whole.logits[index])} with all objects ({difference})"
        return f"{words}. First choice: {self.words[seen.top(1)[0]]}."

    def code(
        self,
        scene: str,
        view: str,
        off: Sequence[str],
        target: str,
        method: str,
        sigma: float,
        strength: float,
    ) -> str:
        """The plain cells that give the map and the effects."""
        name = self.words[class_index(target, self.model)]
        return (
            "from helpers import (\n"
            "    METHODS, attribute, load_scene, object_effects, read_map, reading_of,\n"
            "    show_saliency, smooth, to_array,\n"
            ")\n\n"
            "# model: as it was given to explore_scenes\n"
            f"scene, method = load_scene({scene!r}, {view!r}), {method!r}\n"
            f"picture = scene.picture(scene.variant_without({list(off)!r}))\n"
            f"found = attribute(model, to_array(picture, model), {name!r}, method)\n"
            f"saliency_map = smooth(read_map(found, reading_of(method)), {sigma!r})\n"
            f"unit = METHODS[method].unit\n"
            "show_saliency(picture, saliency_map, label=unit, "
            f"overlay={drawn_strength(strength)!r})\n"
            f"for name, found in object_effects(model, scene, {name!r}).items():\n"
            "    print(name, round(found.effect, 1))\n"
        )
