"""The explorer of several classes."""

import functools
from collections.abc import Sequence

import ipywidgets as widgets

from helpers.widgets.class_view import MOST_CLASSES, ClassMaps
from helpers.widgets.controls import button, class_field, overlay_controls, row
from helpers.widgets.explorer import Explorer
from helpers.widgets.frame import Frame

__all__ = ["ClassExplorer"]


class ClassExplorer(Explorer):
    """Fields for one to four classes, and buttons that put the top five into them."""

    def __init__(
        self, maps: ClassMaps, classes: Sequence[int | str] | None, sigma: float, strength: float
    ) -> None:
        self._maps = maps
        top = [maps.words[index] for index in maps.seen.top()]
        self._fields = self._make_fields(top, top[:2] if classes is None else classes)
        overlay = overlay_controls(sigma, strength)
        buttons = [button(word, functools.partial(self._press, word)) for word in top]
        head = row(widgets.Label("top five:"), *buttons)
        layout = [head, *self._fields.values(), *overlay.values()]
        super().__init__(self._frame, self._fields | overlay, layout)

    def _make_fields(self, top: Sequence[str], classes: Sequence) -> dict[str, widgets.Widget]:
        first = [self._maps.words[index] for index in self._maps.chosen(classes)]
        return {
            f"class_{number}": class_field(f"class {number}", [*top, *self._maps.words], word)
            for number, word in enumerate([*first, *[""] * (MOST_CLASSES - len(first))], 1)
        }

    def _frame(self, sigma: float, strength: float, **classes: str) -> Frame:
        return self._maps.frame(classes.values(), sigma, strength)

    def _press(self, word: str) -> None:
        """Put a class into the first free field, or take it out of the one it is in."""
        taken = word in (field.value for field in self._fields.values())
        given, wanted = (word, "") if taken else ("", word)
        free = [name for name, field in self._fields.items() if field.value == given]
        if free:
            self.set(**{free[0]: wanted})
        else:
            self.say("All four fields are taken: empty one of them first.")
