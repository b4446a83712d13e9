"""The explorer of methods, their options, and two of them beside each other."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import ipywidgets as widgets

from helpers.attribution.registry import METHODS, find_method
from helpers.widgets.controls import (
    SCALES,
    class_field,
    dropdown,
    network_list,
    overlay_controls,
    show_only,
    slider,
    words_below,
)
from helpers.widgets.explorer import Explorer
from helpers.widgets.frame import Frame
from helpers.widgets.markup import words_html
from helpers.widgets.method_options import Options
from helpers.widgets.method_view import SHOWN, Asked, MethodMaps
from helpers.widgets.runner import Runner
from helpers.widgets.words import first_sentence, method_words, plain

__all__ = ["MethodExplorer"]

# What the second map differs in -> the control that says so.
_OTHERS = {
    "no other map": "",
    "another method": "other_method",
    "another class": "other_target",
    "another picture": "other_picture",
    "another sigma": "other_sigma",
    "another network": "other_network",
}


class MethodExplorer(Explorer):
    """Picture, class, method and its options; what takes long waits for a button.

    Attributes
    ----------
    options : Options
        `options.controls[method]` are the controls of a method's options, by name.
    maps : MethodMaps
        What is computed.
    runner : Runner
        The buttons of what takes long.
    """

    def __init__(
        self, maps: MethodMaps, method: str, sigma: float, strength: float, *, private: bool = False
    ) -> None:
        self.maps, self.options = maps, Options(method)
        first = next(iter(maps.pictures))
        word = self._first_class(first)
        overlay = overlay_controls(sigma, strength)
        controls = {**self._questions(first, word, method), **overlay, **self._seconds(word)}
        self.runner = Runner(self._works(), self.say)
        self._line = words_below(words_html(first_sentence(method)))
        start = Asked(first, word, method, self.options.values(method), sigma)
        maps.compute(start)
        # Before the explorer's own observers, so that it draws what belongs together.
        controls["picture"].observe(self._show_classes, names="value")
        controls["method"].observe(self._show_method, names="value")
        controls["compare"].observe(self._show_other, names="value")
        layout = self._layout(controls)
        super().__init__(self._frame, controls, layout, code=self._plain_cells, private=private)
        self.options.observe(self._answer)

    def _questions(self, picture: str, word: str, method: str) -> dict[str, widgets.Widget]:
        names = self.maps.networks.names
        return {
            "network": network_list(names),
            "picture": dropdown("picture", self._picture_names(), picture),
            "target": class_field("class", self.maps.words, word),
            "method": dropdown("method", _method_names(), method),
        }

    def _seconds(self, word: str) -> dict[str, widgets.Widget]:
        """What the second map differs in; only what is chosen is to be seen."""
        names, pictures = self.maps.networks.names, self._picture_names()
        others = {label: name for label, name in _OTHERS.items() if self._can_differ(name)}
        made = {
            "compare": dropdown("beside it", others, ""),
            "other_method": dropdown("2nd method", _method_names(), "grad_cam"),
            "other_target": class_field("2nd class", self.maps.words, word),
            "other_picture": dropdown("2nd picture", pictures, [*pictures.values()][-1]),
            "other_sigma": slider("2nd sigma", 0, 0, 20, 0.5),
            "other_network": dropdown("2nd network", {name: name for name in names}, names[-1]),
            "shown": dropdown("shown", {words: words for words in SHOWN}, SHOWN[0]),
            "scale": dropdown("scale", SCALES, "one"),
        }
        show_only(False, *(made[name] for name in list(made)[1:]))
        return made

    def _can_differ(self, name: str) -> bool:
        few = {"other_network": self.maps.networks.names, "other_picture": self.maps.pictures}
        return name not in few or len(few[name]) > 1

    def _picture_names(self) -> dict[str, str]:
        return {plain(name): name for name in self.maps.pictures}

    def _works(self) -> dict[str, Callable]:
        return {"Compute": self._prepare_map}

    def _layout(self, controls: Mapping[str, widgets.Widget]) -> list[widgets.Widget]:
        head = [controls[name] for name in ("network", "picture", "target", "method")]
        rest = [control for name, control in controls.items() if control not in head]
        return [*head, self._line, self.options.view, self.runner.view, *rest]

    def _first_class(self, picture: str) -> str:
        return self.maps.words[self.maps.seen(picture).top(1)[0]]

    def _show_classes(self, change: Mapping[str, Any]) -> None:
        """Offer the top five of a new picture first, and begin with the best."""
        top = [self.maps.words[index] for index in self.maps.seen(change["new"]).top()]
        options = tuple(dict.fromkeys([*top, *self.maps.words]))
        for name, word in (("target", top[0]), ("other_target", top[min(1, len(top) - 1)])):
            self.controls[name].options, self.controls[name].value = options, word

    def _show_method(self, change: Mapping[str, Any]) -> None:
        self.options.show(change["new"])
        self._line.value = words_html(first_sentence(change["new"]))

    def _show_other(self, change: Mapping[str, Any]) -> None:
        for name in filter(None, _OTHERS.values()):
            show_only(name == change["new"], self.controls[name])
        show_only(bool(change["new"]), self.controls["shown"], self.controls["scale"])

    def questions(self, **values: Any) -> list[Asked]:
        """What the controls ask: one map, or two that differ in one thing."""
        options = self.options.values(values["method"])
        names = ("picture", "target", "method")
        first = Asked(
            *(values[name] for name in names), options, values["sigma"], values["network"]
        )
        differs = values["compare"]
        if not differs:
            return [first]
        part, value = differs.removeprefix("other_"), values[differs]
        changed = {part: value}
        if part == "method" and value != first.method:
            changed["options"] = self.options.values(value)
        return [first, replace(first, **changed)]

    def _frame(self, **values: Any) -> Frame:
        asked = self.questions(**values)
        return self.maps.frame(asked, values["strength"], values["shown"], values["scale"])

    def _plain_cells(self, **values: Any) -> str:
        asked = self.questions(**values)
        return self.maps.code(asked, values["strength"], values["shown"], values["scale"])

    def _prepare_map(self) -> tuple[Callable, Callable, str]:
        asked = self.questions(**self.values)

        def work() -> None:
            for question in asked:
                self.maps.compute(question)

        slow = [a for a in asked if not find_method(a.method).is_quick] or asked
        return work, lambda _: self.refresh(), self.maps.caption(slow[0])


def _method_names() -> dict[str, str]:
    return {method_words(name): name for name in METHODS}
