"""The explorer of several classes."""

import functools
from collections.abc import Sequence
from typing import Any

import ipywidgets as widgets

from helpers.display import Picture
from helpers.widgets.class_view import MOST_CLASSES, ClassMaps
from helpers.widgets.controls import (
    SCALES,
    button,
    class_field,
    dropdown,
    network_list,
    overlay_controls,
    row,
)
from helpers.widgets.explorer import Explorer
from helpers.widgets.frame import Frame
from helpers.widgets.networks import Networks

__all__ = ["ClassExplorer"]


class ClassExplorer(Explorer):
    """Fields for one to four classes, and buttons that put the top five into them."""

    def __init__(
        self,
        networks: Networks,
        img: Picture,
        method: str,
        classes: Sequence[int | str] | None,
        sigma: float,
        strength: float,
    ) -> None:
        self._of = functools.cache(lambda name: ClassMaps(networks[name], img, method))
        maps = self._of(networks.names[0])
        top = [maps.words[index] for index in maps.seen.top()]
        self._fields = _fields(maps, top, top[:2] if classes is None else classes)
        controls = {
            "network": network_list(networks.names),
            **self._fields,
            **overlay_controls(sigma, strength),
            "scale": dropdown("scale", SCALES, "one"),
        }
        buttons = [button(word, functools.partial(self._press, word)) for word in top]
        head = row(widgets.Label("top five:"), *buttons)
        super().__init__(self._frame, controls, [head, *controls.values()], code=self._plain_cells)

    def _frame(
        self, network: str, sigma: float, strength: float, scale: str, **classes: str
    ) -> Frame:
        return self._of(network).frame(classes.values(), sigma, strength, scale)

    def _plain_cells(self, network: str, sigma: float, strength: float, scale: str, **classes: Any):
        return self._of(network).code(classes.values(), sigma, strength, scale)

    def _press(self, word: str) -> None:
        """Put a class into the first free field, or take it out of the one it is in."""
        taken = word in (field.value for field in self._fields.values())
        given, wanted = (word, "") if taken else ("", word)
        free = [name for name, field in self._fields.items() if field.value == given]
        if free:
            self.set(**{free[0]: wanted})
        else:
            self.say("All four fields are taken: empty one of them first.")


def _fields(maps: ClassMaps, top: Sequence[str], classes: Sequence) -> dict[str, widgets.Widget]:
    first = [maps.words[index] for index in maps.chosen(classes)]
    return {
        f"class_{number}": class_field(f"class {number}", [*top, *maps.words], word)
        for number, word in enumerate([*first, *[""] * (MOST_CLASSES - len(first))], 1)
    }
