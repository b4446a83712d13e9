"""Controls for the options of methods, with a line that explains each."""

from collections.abc import Callable
from typing import Any

import ipywidgets as widgets

from helpers.attribution.registry import METHODS, method_options
from helpers.widgets.controls import dropdown, slider, whole_slider
from helpers.widgets.markup import hints_html

__all__ = ["Options"]

_AVERAGES = {"with sign": "signed", "without sign": "absolute", "squared": "squared"}
_BASELINES = {word: word for word in ("black", "white", "mean", "blur")}
_REGIONS = {"cells of a grid": "grid", "segments of one colour": "slic"}
_PATCHES = {"mean colour": "mean", "black": 0, "white": 255}
# A list with the value None shows nothing; `Options.values` gives None for it.
_ALL = "all"
_FREQUENCIES = {_ALL: _ALL, "up to 32 cycles": 32, "up to 16 cycles": 16, "up to 8 cycles": 8}
_EPSILONS = (1e-6, 1e-3, 0.01, 0.1)
# Name of an option -> its control, for the value that it starts with.
_CONTROLS: dict[str, Callable[[Any], widgets.Widget]] = {
    "samples": lambda value: whole_slider("samples", value, 10, max(200, value), 10),
    "noise": lambda value: slider("noise (share)", value, 0, 0.5, 0.05),
    "average": lambda value: dropdown("average", _AVERAGES, value),
    "steps": lambda value: whole_slider("steps", value, 5, 200, 5),
    "baseline": lambda value: dropdown("baseline", _BASELINES, value),
    "patch": lambda value: whole_slider("patch (pixels)", value, 8, 96, 8),
    "stride": lambda value: whole_slider("stride (pixels)", value, 8, 96, 8),
    "fill": lambda value: dropdown("fill", _PATCHES, value),
    "max_sigma": lambda value: slider("strongest blur", value, 10, 100, 10),
    "regions": lambda value: dropdown("regions", _REGIONS, value),
    "width": lambda value: slider("kernel width", value, 0.05, 1, 0.05),
    "cells": lambda value: whole_slider("cells a side", value, 3, 15, 1),
    "keep": lambda value: slider("keep (share)", value, 0.1, 0.9, 0.1),
    "cutoff": lambda value: dropdown("frequencies", _FREQUENCIES, value or _ALL),
    "rule": lambda value: dropdown("rule", {"gamma": "gamma", "epsilon": "epsilon"}, value),
    "gamma": lambda value: slider("gamma", value, 0, 2, 0.05),
    "epsilon": lambda value: dropdown("epsilon", {f"{e:g}": e for e in _EPSILONS}, value),
    "seed": lambda value: whole_slider("seed", value, 0, 20, 1),
}
_HINTS = {
    "samples": "How many noisy or masked copies of the picture are asked about.",
    "noise": "Standard deviation of the noise, as a share of the picture's range of values.",
    "average": "Whether the maps of the copies are averaged with or without their sign.",
    "steps": "How many steps lead from the baseline to the picture.",
    "baseline": "The picture that stands for nothing.",
    "patch": "Side of the square that is hidden.",
    "stride": "How far the square moves each time; smaller takes longer.",
    "fill": "What the square is filled with.",
    "max_sigma": "Standard deviation of the blur that the path starts from, in pixels.",
    "regions": "What is hidden together: cells of a grid, or segments found by their colour.",
    "width": "How near to the whole picture a masked copy has to be, to weigh much.",
    "cells": "Cells of the coarse masks, along each side.",
    "keep": "The share of cells that stays visible in each mask.",
    "cutoff": "How fine the pattern of the map may be: cycles along a side of the picture.",
    "rule": "Whether what speaks for a unit counts more (gamma), or everything alike (epsilon).",
    "gamma": "How much more it counts; the rule epsilon ignores this.",
    "epsilon": "What steadies the division; whatever it takes is lost to the pixels.",
    "seed": "The start of the random numbers: the same seed gives the same map.",
}


class Options:
    """The controls of all methods' options; those of one method are to be seen at a time.

    Attributes
    ----------
    controls : dict of str to dict
        Method -> its option -> the control.
    view : ipywidgets.VBox
        Those of one method, and what they mean.
    """

    def __init__(self, method: str) -> None:
        self.controls = {name: self._made(name) for name in METHODS}
        self.view = widgets.VBox()
        self.show(method)

    def _made(self, method: str) -> dict[str, widgets.Widget]:
        made = {}
        for name, value in method_options(method).items():
            if name in _CONTROLS:
                made[name] = _CONTROLS[name](value)
                made[name].tooltip = _HINTS.get(name, "")
        return made

    def show(self, method: str) -> None:
        """Bring the controls of a method to the page."""
        controls = self.controls[method]
        hints = [(made.description, made.tooltip) for made in controls.values()]
        fold = [widgets.HTML(hints_html("What the options do", hints))] if hints else []
        self.view.children = (*controls.values(), *fold)

    def values(self, method: str) -> dict[str, Any]:
        """The options of a method as they are set."""
        values = {name: control.value for name, control in self.controls[method].items()}
        return {name: None if value == _ALL else value for name, value in values.items()}

    def observe(self, answer: Callable[[Any], None]) -> None:
        """Call a function when any option changes."""
        for controls in self.controls.values():
            for control in controls.values():
                control.observe(answer, names="value")
