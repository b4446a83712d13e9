"""The explorer of methods and their options."""

import functools
from collections.abc import Callable, Mapping
from typing import Any

import ipywidgets as widgets

from helpers.attribution.registry import METHODS, method_options
from helpers.widgets.controls import class_field, dropdown, overlay_controls, slider, whole_slider
from helpers.widgets.explorer import Explorer
from helpers.widgets.frame import Frame
from helpers.widgets.method_view import MethodMaps
from helpers.widgets.runner import Runner

__all__ = ["MethodExplorer"]

_AVERAGES = {"with sign": "signed", "without sign": "absolute", "squared": "squared"}
_BASELINES = {word: word for word in ("black", "white", "mean", "blur")}
_PATCHES = {"mean colour": "mean", "black": 0, "white": 255}
# Name of an option -> its control, for the value that it starts with.
_OPTION_CONTROLS: dict[str, Callable[[Any], widgets.Widget]] = {
    "samples": lambda value: whole_slider("samples", value, 10, max(200, value), 10),
    "noise": lambda value: slider("noise (share)", value, 0, 0.5, 0.05),
    "average": lambda value: dropdown("average", _AVERAGES, value),
    "steps": lambda value: whole_slider("steps", value, 5, 200, 5),
    "baseline": lambda value: dropdown("baseline", _BASELINES, value),
    "patch": lambda value: whole_slider("patch (pixels)", value, 8, 96, 8),
    "stride": lambda value: whole_slider("stride (pixels)", value, 8, 96, 8),
    "fill": lambda value: dropdown("fill", _PATCHES, value),
    "cells": lambda value: whole_slider("cells a side", value, 3, 15, 1),
    "keep": lambda value: slider("keep (share)", value, 0.1, 0.9, 0.1),
    "seed": lambda value: whole_slider("seed", value, 0, 20, 1),
}


class _Options:
    """The controls of all methods' options; those of one method are to be seen at a time."""

    def __init__(self, method: str) -> None:
        self._of = {name: self._controls(name) for name in METHODS}
        self.view = widgets.VBox()
        self.show(method)

    def _controls(self, method: str) -> dict[str, widgets.Widget]:
        return {
            name: _OPTION_CONTROLS[name](value)
            for name, value in method_options(method).items()
            if name in _OPTION_CONTROLS
        }

    def show(self, method: str) -> None:
        """Bring the controls of a method to the page."""
        self.view.children = tuple(self._of[method].values())

    def values(self, method: str) -> dict[str, Any]:
        """The options of a method as they are set."""
        return {name: control.value for name, control in self._of[method].items()}

    def observe(self, answer: Callable[[Any], None]) -> None:
        """Call a function when any option changes."""
        for controls in self._of.values():
            for control in controls.values():
                control.observe(answer, names="value")


class MethodExplorer(Explorer):
    """Picture, class, method and its options; what takes long waits for a button."""

    def __init__(
        self, maps: MethodMaps, method: str, sigma: float, strength: float, *, private: bool = False
    ) -> None:
        self.maps, self._options = maps, _Options(method)
        first = next(iter(maps.pictures))
        controls = {
            "picture": dropdown("picture", {name: name for name in maps.pictures}, first),
            "target": class_field("class", maps.words, self._first_class(first)),
            "method": dropdown("method", {name: name for name in METHODS}, method),
            **overlay_controls(sigma, strength),
        }
        self.runner = Runner(self._works(), self.say)
        maps.compute(first, controls["target"].value, method, self._options.values(method))
        # Before the explorer's own observers, so that it draws what belongs together.
        controls["picture"].observe(self._show_classes, names="value")
        controls["method"].observe(lambda change: self._options.show(change["new"]), names="value")
        super().__init__(self._frame, controls, self._layout(controls), private=private)
        self._options.observe(self._answer)

    def _works(self) -> dict[str, Callable]:
        return {"Compute": self._prepare_map}

    def _layout(self, controls: Mapping[str, widgets.Widget]) -> list[widgets.Widget]:
        overlay = controls["sigma"], controls["strength"]
        head = controls["picture"], controls["target"], controls["method"]
        return [*head, self._options.view, self.runner.view, *overlay]

    def _first_class(self, picture: str) -> str:
        return self.maps.words[self.maps.seen(picture).top(1)[0]]

    def _show_classes(self, change: Mapping[str, Any]) -> None:
        """Offer the top five of a new picture first, and begin with the best."""
        top = [self.maps.words[index] for index in self.maps.seen(change["new"]).top()]
        self.controls["target"].options = tuple(dict.fromkeys([*top, *self.maps.words]))
        self.controls["target"].value = top[0]

    def _frame(
        self, picture: str, target: str, method: str, sigma: float, strength: float
    ) -> Frame:
        options = self._options.values(method)
        return self.maps.frame(picture, target, method, options, sigma, strength)

    def _prepare_map(self) -> tuple[Callable, Callable]:
        asked = [self.controls[name].value for name in ("picture", "target", "method")]
        work = functools.partial(self.maps.compute, *asked, self._options.values(asked[-1]))
        return work, lambda _: self.refresh()
