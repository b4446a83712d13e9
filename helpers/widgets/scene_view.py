"""A rendered scene whose objects are there or not: scores, a map, and the true effects."""

import contextlib
from collections.abc import Sequence
from functools import cache

import numpy as np

from helpers.attribution.reduction import read_map
from helpers.attribution.registry import attribute, reading_of
from helpers.attribution.saliency import smooth
from helpers.classes import class_index, class_words
from helpers.errors import HelpersError
from helpers.evaluation import fit_mask, object_shares
from helpers.pictures.scenes import Scene, load_scene
from helpers.widgets.frame import Frame, Panel, Row, Table
from helpers.widgets.seen import NARROW, Seen, one_map, see

__all__ = ["SceneSwitches"]


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

    def _table(self, place: Scene, variant: str, values: np.ndarray, index: int) -> Table:
        masks = {name: fit_mask(place.mask(name, variant), values.shape) for name in place.objects}
        shares = object_shares(values, {name: mask for name, mask in masks.items() if mask.any()})
        effects = self._effects(place, index)
        rows = [
            Row(
                name,
                (f"{shares[name].ratio:.1f} x" if name in shares else "gone", f"{effect:+.1f}"),
                effect,
            )
            for name, effect in effects.items()
        ]
        heads = ("object", "map: share over area", "true effect, logits")
        caption = f"What each object is worth to {self.words[index]} in the full scene"
        reach = max(map(abs, effects.values())) or 1
        return Table(caption, heads, rows, reach)

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
