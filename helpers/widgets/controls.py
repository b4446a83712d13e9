"""Sliders, lists and buttons of one size, each with its label."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import ipywidgets as widgets

from helpers.errors import HelpersError

__all__ = [
    "LABELLED",
    "SCALES",
    "WIDE",
    "button",
    "class_field",
    "dropdown",
    "network_list",
    "overlay_controls",
    "row",
    "show_only",
    "slider",
    "whole_slider",
    "words_below",
]

# As wide as their column, but not so wide that a hand must travel far; explorer.css does the rest.
WIDE = {"width": "auto", "max_width": "34em"}
LABELLED = {"description_width": "7.5em"}
SCALES = {"one for all maps": "one", "each map its own": "own"}


def slider(label: str, value: float, low: float, high: float, step: float) -> widgets.FloatSlider:
    """A labelled slider, wide enough for a projector."""
    return widgets.FloatSlider(
        value, min=low, max=high, step=step, description=label, style=LABELLED, layout=WIDE
    )


def whole_slider(label: str, value: int, low: int, high: int, step: int) -> widgets.IntSlider:
    """A labelled slider for whole numbers, which answers when it is let go."""
    return widgets.IntSlider(
        value, min=low, max=high, step=step, description=label, style=LABELLED, layout=WIDE,
        continuous_update=False,
    )  # fmt: skip


def dropdown(label: str, options: Mapping[str, Any], value: Any) -> widgets.Dropdown:
    """A labelled list to choose from; options are words -> value."""
    return widgets.Dropdown(
        options=list(options.items()), value=value, description=label, style=LABELLED, layout=WIDE
    )


def class_field(label: str, words: Sequence[str], value: str) -> widgets.Combobox:
    """A field for the name of a class: type to complete it, or empty it to see all."""
    return widgets.Combobox(
        value=value, options=tuple(words), description=label, placeholder="type a class",
        continuous_update=False, style=LABELLED, layout=WIDE,
    )  # fmt: skip


def button(label: str, pressed: Callable[[], Any], hint: str = "") -> widgets.Button:
    """A button that is as wide as its label."""
    made = widgets.Button(description=label, layout={"width": "auto"}, tooltip=hint)
    made.on_click(lambda _: pressed())
    return made


def words_below(text: str) -> widgets.HTML:
    """A line of small text below a control."""
    made = widgets.HTML(text)
    made.add_class("helpers-words")
    return made


def show_only(wanted: bool, *parts: widgets.Widget) -> None:
    """Bring controls to the page, or take them from it."""
    for part in parts:
        part.layout.display = None if wanted else "none"


def network_list(names: Sequence[str]) -> widgets.Dropdown:
    """A list of networks; with one network there is nothing to choose and nothing to see."""
    made = dropdown("network", {name: name for name in names}, names[0])
    show_only(len(names) > 1, made)
    return made


def row(*children: widgets.Widget) -> widgets.HBox:
    """Widgets beside each other, in as many lines as the window needs."""
    return widgets.HBox(children, layout={"flex_flow": "row wrap"})


def overlay_controls(sigma: float, strength: float) -> dict[str, widgets.Widget]:
    """The two sliders that every map has."""
    if not (0 <= sigma <= 20 and 0 <= strength <= 1):
        raise HelpersError(
            f"The controls start at sigma 0..20 and strength 0..1, not {sigma} and {strength}."
        )
    return {
        "sigma": slider("sigma (pixels)", sigma, 0, 20, 0.5),
        "strength": slider("overlay", strength, 0, 1, 0.05),
    }
