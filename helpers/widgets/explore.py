"""Explorers: controls over plain functions. The only module that imports ipywidgets.

An explorer holds no calculation and no drawing of its own: it hands the values of its controls
to one function, which returns a `Frame`. Where no kernel runs (GitHub, an exported page, a
notebook that was only opened) its first frame stands there as a static figure.

Sliders and lists are those of ipywidgets. The two inputs that it lacks, boxes on a picture and
a photograph that leaves no trace, stand on anywidget: plain browser code in `frontend`, served
by the kernel without a build step or the internet. (ipycanvas draws well, but what it draws is
invisible to keyboard and screen reader; these boxes are buttons of the page.)
"""

import contextlib
import functools
import html
import io
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import anywidget
import ipywidgets as widgets
import numpy as np
import traitlets
from PIL import Image

from helpers.attribution.registry import METHODS, find_method, method_options
from helpers.classes import class_index, class_words
from helpers.display import GRADIENT_UNIT, Picture, data_url, jpeg_bytes
from helpers.errors import HelpersError
from helpers.evaluation import ReportCard
from helpers.models.loading import load_model
from helpers.pictures.images import load_image
from helpers.pictures.scenes import load_scene, scene_names
from helpers.widgets import frame_html as live
from helpers.widgets.frame_html import Frame
from helpers.widgets.jobs import Job
from helpers.widgets.views import (
    MOST_CLASSES,
    ClassMaps,
    Masking,
    MethodMaps,
    SceneSwitches,
    Smoothing,
)

FRONTEND = Path(__file__).parent / "frontend"
REDUCTIONS = {
    "largest, without sign (max_abs)": "max_abs",
    "sum, without sign (sum_abs)": "sum_abs",
    "mean, without sign (mean_abs)": "mean_abs",
    "length as a vector (l2)": "l2",
    "sum, with sign (sum)": "sum",
    "largest, with its sign (max)": "max",
}
FILLS = {
    "blur what is there": "blur",
    "mean colour of the picture": "mean",
    "black": "black",
    "white": 255,
}
# Controls have a margin of 2 pixels on each side.
_WIDE = {"width": "32em", "max_width": "calc(100% - 4px)"}
_LABELLED = {"description_width": "9em"}
PHOTO = "your photo"
PHOTO_SIDE = 1024


# --- Controls ------------------------------------------------------------------------------


def slider(label: str, value: float, low: float, high: float, step: float) -> widgets.FloatSlider:
    """A labelled slider, wide enough for a projector."""
    return widgets.FloatSlider(
        value, min=low, max=high, step=step, description=label, style=_LABELLED, layout=_WIDE
    )


def whole_slider(label: str, value: int, low: int, high: int, step: int) -> widgets.IntSlider:
    """A labelled slider for whole numbers, which answers when it is let go."""
    return widgets.IntSlider(
        value, min=low, max=high, step=step, description=label, style=_LABELLED, layout=_WIDE,
        continuous_update=False,
    )  # fmt: skip


def dropdown(label: str, options: Mapping[str, Any], value: Any) -> widgets.Dropdown:
    """A labelled list to choose from; options are words -> value."""
    return widgets.Dropdown(
        options=list(options.items()), value=value, description=label, style=_LABELLED, layout=_WIDE
    )


def class_field(label: str, words: Sequence[str], value: str) -> widgets.Combobox:
    """A field for the name of a class: type to complete it, or empty it to see all."""
    return widgets.Combobox(
        value=value, options=tuple(words), description=label, placeholder="type a class",
        continuous_update=False, style=_LABELLED, layout=_WIDE,
    )  # fmt: skip


def button(label: str, pressed: Callable[[], Any]) -> widgets.Button:
    """A button that is as wide as its label."""
    made = widgets.Button(description=label, layout={"width": "auto"})
    made.on_click(lambda _: pressed())
    return made


def row(*children: widgets.Widget) -> widgets.HBox:
    """Widgets beside each other, in as many lines as the window needs."""
    return widgets.HBox(children, layout={"flex_flow": "row wrap"})


class _Access(anywidget.AnyWidget):
    """Names for slider handles and a status line that is read out; nothing to be seen."""

    _esm = FRONTEND / "access.js"


class BoxPad(anywidget.AnyWidget):
    """A picture on which boxes are drawn with mouse, finger or keyboard.

    Attributes
    ----------
    value : list of list of int
        The boxes (top, left, bottom, right), in pixels of `size`.
    size : list of int
        Height and width that the picture stands for.
    picture, alt : str
        Address of the picture (a data URL) and its alternative text.
    """

    _esm = FRONTEND / "boxes.js"
    _css = FRONTEND / "boxes.css"
    value = traitlets.List().tag(sync=True)
    size = traitlets.List().tag(sync=True)
    picture = traitlets.Unicode().tag(sync=True)
    alt = traitlets.Unicode().tag(sync=True)


class PhotoInput(anywidget.AnyWidget):
    """A field to choose a photograph, of any format and size that a phone makes.

    The browser makes it small before it travels. It comes as messages and is never part of the
    widget's state, which a notebook can save.

    Parameters
    ----------
    chosen
        Called with (name, content of the file).
    refused
        Called with one sentence.
    """

    _esm = FRONTEND / "photo.js"
    description = traitlets.Unicode("photo (a file) ").tag(sync=True)
    side = traitlets.Int(PHOTO_SIDE).tag(sync=True)

    def __init__(self, chosen: Callable[[str, bytes], Any], refused: Callable[[str], Any]) -> None:
        super().__init__()
        self._chosen, self._refused, self._pieces = chosen, refused, []
        self.on_msg(self._receive)

    def _receive(self, _widget: Any, message: Mapping[str, Any], buffers: Sequence[Any]) -> None:
        name = message["name"]
        if "problem" in message:
            self._refused(f"The file {name} is {message['problem']}: give a picture below 64 MB.")
            return
        self._pieces = [*(self._pieces if message["piece"] else []), *map(bytes, buffers)]
        if message["piece"] + 1 == message["pieces"]:
            content, self._pieces = b"".join(self._pieces), []
            self._chosen(name, content)


class _PrivateScreen(anywidget.AnyWidget):
    """Shows HTML that never becomes part of the widget's state, which a notebook can save."""

    _esm = FRONTEND / "screen.js"

    def __init__(self) -> None:
        super().__init__()
        self._html = ""
        self.on_msg(lambda *_: self.send({"html": self._html}))

    @property
    def value(self) -> str:
        """What is shown."""
        return self._html

    @value.setter
    def value(self, markup: str) -> None:
        self._html = markup
        self.send({"html": markup})


# --- The explorer --------------------------------------------------------------------------


class Explorer:
    """Controls, a figure that answers them, and a line of text below it.

    End a cell with an explorer to show it. A `HelpersError` becomes the line of text, and the
    figure stays as it was.

    Parameters
    ----------
    draw
        Called with the value of every control under its name; returns a `Frame`.
    controls
        Name of each argument of `draw` -> control, in the order of the page.
    layout
        What stands above the figure; None is all controls below each other.
    private
        Whether the figure must never be stored; its static form is then the first frame.

    Attributes
    ----------
    controls : dict of str to ipywidgets.Widget
        The controls, by name.
    frame : Frame
        What is shown now.
    view : ipywidgets.VBox
        All of it as one widget, for a page of several.
    """

    def __init__(
        self,
        draw: Callable[..., Frame],
        controls: Mapping[str, widgets.Widget],
        layout: Sequence[widgets.Widget] | None = None,
        *,
        private: bool = False,
    ) -> None:
        self._draw, self.controls, self._private = draw, dict(controls), private
        self._screen = _PrivateScreen() if private else widgets.HTML()
        self._note, self._held = widgets.HTML(), False
        # The end of a job draws in its own thread; who draws last must have seen all controls.
        self._drawing = threading.RLock()
        self._note.add_class("helpers-note")
        top = self.controls.values() if layout is None else layout
        self.view = widgets.VBox([*top, self._screen, self._note, _Access()])
        self.view.add_class("helpers-explorer")
        self.show(draw(**self.values))
        self._first = self.frame
        for control in self.controls.values():
            control.observe(self._answer, names="value")

    @property
    def values(self) -> dict[str, Any]:
        """The value of every control, by name."""
        return {name: control.value for name, control in self.controls.items()}

    def set(self, **values: Any) -> None:
        """Set several controls, and answer once."""
        with self.hold():
            for name, value in values.items():
                self.controls[name].value = value

    @contextlib.contextmanager
    def hold(self) -> Iterator[None]:
        """Change controls inside of this `with`, and answer once at its end."""
        if self._held:
            yield
            return
        self._held = True
        try:
            yield
        finally:
            self._held = False
        self.refresh()

    def refresh(self) -> None:
        """Draw what the controls say now."""
        with self._drawing:
            try:
                self.show(self._draw(**self.values))
            except HelpersError as error:
                self.say(str(error))

    def say(self, sentence: str) -> None:
        """Put a sentence below the figure."""
        self._note.value = html.escape(sentence)

    def show(self, frame: Frame) -> None:
        """Put a frame on the page."""
        self.frame = frame
        self._paint(frame)
        self.say(frame.note)

    def _paint(self, frame: Frame) -> None:
        self._screen.value = live.frame_html(frame)

    def _answer(self, _change: Any) -> None:
        if not self._held:
            self.refresh()

    def _repr_mimebundle_(self, **_options: Any) -> dict[str, Any]:
        """The live view, and a static figure for a page without a kernel."""
        frame = self._first if self._private else self.frame
        static = f"{live.frame_html(frame)}<p>{html.escape(frame.note)}</p>"
        words = {"text/html": static, "text/plain": f"Figure: {frame.alt}"}
        return self.view._repr_mimebundle_() | words


class Runner:
    """Buttons that start long work off the main thread, a bar, and a button that ends it.

    One piece of work at a time: a new one ends the one before.

    Parameters
    ----------
    works
        Label of a button -> called when it is pressed, returns (work, what to do with its
        result); a `HelpersError` says why there is nothing to do.
    failed
        Called with one sentence.

    Attributes
    ----------
    buttons : dict of str to ipywidgets.Button
        By label; "Cancel" among them.
    job : Job or None
        The latest piece of work.
    view : ipywidgets.HBox
        Buttons and bar.
    """

    def __init__(
        self,
        works: Mapping[str, Callable[[], tuple[Callable, Callable]]],
        failed: Callable[[str], None],
    ) -> None:
        self._failed, self.job = failed, None
        self.buttons = {
            label: button(label, functools.partial(self._press, works[label])) for label in works
        }
        self.buttons["Cancel"] = button("Cancel", self._cancel)
        self.buttons["Cancel"].disabled = True
        self.bar = widgets.FloatProgress(0, min=0, max=1, layout={"width": "12em"})
        self.bar.layout.visibility = "hidden"
        self.view = row(*self.buttons.values(), self.bar)

    def start(self, work: Callable[[], Any], done: Callable[[Any], None]) -> None:
        """Begin a piece of work; `done` gets its result."""
        if self.job:
            self.job.cancel()
        self._set_running(True)
        self.job = Job(work, self._report, self._ending(done), self._ending(self._failed)).start()

    def _press(self, prepare: Callable[[], tuple[Callable, Callable]]) -> None:
        try:
            self.start(*prepare())
        except HelpersError as error:
            self._failed(str(error))

    def _cancel(self) -> None:
        self.job.cancel()
        self._set_running(False)
        self._failed("Cancelled. What was shown before still stands.")

    def _ending(self, tell: Callable[[Any], None]) -> Callable[[Any], None]:
        def end(found: Any) -> None:
            self._set_running(False)
            tell(found)

        return end

    def _report(self, share: float) -> None:
        # A message for each per cent is enough for the eye.
        if abs(share - self.bar.value) >= 0.01:
            self.bar.value = share

    def _set_running(self, running: bool) -> None:
        self.bar.value = 0
        self.bar.layout.visibility = "visible" if running else "hidden"
        self.buttons["Cancel"].disabled = not running


# --- Explorers -----------------------------------------------------------------------------


def explore_smoothing(
    img: Picture,
    attributions: np.ndarray,
    target: str = "",
    *,
    sigma: float = 5.0,
    reduce: str = "max_abs",
    strength: float = 0.7,
    label: str = GRADIENT_UNIT,
) -> Explorer:
    """Move sigma, the reduction of channels and the overlay of a map that is computed already.

    Nothing is asked of the network: `reduce_channels`, `smooth` and `overlay_image` do it all.

    Parameters
    ----------
    img
        The picture, PIL or array (h, w, 3) with values 0..255.
    attributions
        Signed attributions (a, b, 3), for example from `attribute`.
    target
        Name of the class, for the text.
    sigma, reduce, strength
        Where the controls start: 0..20 pixels of the map; a name from `REDUCTIONS`; 0..1.
    label
        Unit of the attributions.

    Returns
    -------
    Explorer
        End a cell with it.

    Raises
    ------
    HelpersError
        If the attributions are no (a, b, 3) array, or a control cannot start there.
    """
    attributions = np.asarray(attributions)
    if attributions.ndim != 3:
        raise HelpersError(
            "explore_smoothing needs the attributions of one picture, shape (h, w, 3), "
            f"not {attributions.shape}: attribute(model, array, target_class) gives them."
        )
    if reduce not in REDUCTIONS.values():
        raise HelpersError(f"reduce={reduce!r} is unknown: use {', '.join(REDUCTIONS.values())}.")
    sigma_and_strength = _overlay_controls(sigma, strength)
    controls = {"reduce": dropdown("channels", REDUCTIONS, reduce), **sigma_and_strength}
    return Explorer(Smoothing(img, attributions, target, label).frame, controls)


def _overlay_controls(sigma: float, strength: float) -> dict[str, widgets.Widget]:
    """The two sliders that every map has."""
    if not (0 <= sigma <= 20 and 0 <= strength <= 1):
        raise HelpersError(
            f"The controls start at sigma 0..20 and strength 0..1, not {sigma} and {strength}."
        )
    return {
        "sigma": slider("sigma (pixels)", sigma, 0, 20, 0.5),
        "strength": slider("overlay", strength, 0, 1, 0.05),
    }


def explore_classes(
    model,
    img: Picture,
    classes: Sequence[int | str] | None = None,
    *,
    method: str = "gradient",
    sigma: float = 5.0,
    strength: float = 0.7,
) -> Explorer:
    """Compare the maps of one to four classes for one picture, all on one scale.

    Type a class with completion, or press one of the top five.

    Parameters
    ----------
    model : keras.Model
        From `load_model` or `wrap_classifier`.
    img
        The picture, PIL or array (h, w, 3) with values 0..255, of any size.
    classes
        Where it starts: one to four classes by index, name or WordNet id; None is the network's
        first two choices.
    method
        A method of `attribute`, with its defaults.
    sigma, strength
        Where the controls start: 0..20 pixels of the map; 0..1.

    Returns
    -------
    Explorer
        End a cell with it.

    Raises
    ------
    HelpersError
        For an unknown class or method, or a control that cannot start there.
    """
    maps = ClassMaps(model, img, method)
    classes = [classes] if isinstance(classes, (int, str)) else classes
    top = [maps.words[index] for index in maps.seen.top()]
    first = [maps.words[index] for index in maps.chosen(top[:2] if classes is None else classes)]
    start = [*first, *[""] * (MOST_CLASSES - len(first))]
    fields = {
        f"class_{number}": class_field(f"class {number}", [*top, *maps.words], word)
        for number, word in enumerate(start, 1)
    }
    overlay = _overlay_controls(sigma, strength)

    def draw(sigma: float, strength: float, **classes: str) -> Frame:
        return maps.frame(classes.values(), sigma, strength)

    def press(word: str) -> None:
        """Put a class into the first free field, or take it out of the one it is in."""
        given, wanted = (word, "") if word in (f.value for f in fields.values()) else ("", word)
        free = [name for name, field in fields.items() if field.value == given]
        if free:
            explorer.set(**{free[0]: wanted})
        else:
            explorer.say("All four fields are taken: empty one of them first.")

    buttons = [button(word, functools.partial(press, word)) for word in top]
    layout = [row(widgets.Label("top five:"), *buttons), *fields.values(), *overlay.values()]
    explorer = Explorer(draw, fields | overlay, layout)
    return explorer


class _MaskExplorer(Explorer):
    """An explorer whose picture is the pad that boxes are drawn on."""

    def _paint(self, frame: Frame) -> None:
        pad, (panel,) = self.controls["boxes"], frame.panels
        pad.alt, pad.picture = panel.alt, data_url(*jpeg_bytes(panel.picture))
        self._screen.value = frame.table


def explore_masking(
    model,
    img: Picture,
    target_class: int | str | None = None,
    *,
    boxes: Sequence[Sequence[int]] = (),
    fill: str | float = "blur",
) -> Explorer:
    """Draw boxes over a picture, and see what hiding them does to the class scores.

    Draw, move and size boxes with mouse, finger or keyboard. The picture is the one that the
    network gets, in its own resolution.

    Parameters
    ----------
    model : keras.Model
        From `load_model` or `wrap_classifier`.
    img
        The picture, PIL or array (h, w, 3) with values 0..255, of any size.
    target_class
        A class to list above the top five of the untouched picture.
    boxes
        Boxes to start with: (top, left, bottom, right) in pixels of the network's picture.
    fill
        What covers a box at the start: a value of `FILLS`.

    Returns
    -------
    Explorer
        End a cell with it. `.controls["boxes"].value` are the boxes, for `mask_region`.

    Raises
    ------
    HelpersError
        For an unknown class or fill, or a box outside of the picture.
    """
    if fill not in FILLS.values():
        raise HelpersError(f"fill={fill!r} is unknown: use one of {list(FILLS.values())}.")
    masking, first = Masking(model, img, target_class), _as_boxes(boxes)
    pad = BoxPad(value=first, size=list(masking.size))
    controls = {"boxes": pad, "fill": dropdown("hide by", FILLS, fill)}
    history = [first]

    def remember(change: Mapping[str, Any]) -> None:
        if change["new"] != history[-1]:
            history.append(change["new"])

    def undo() -> None:
        if len(history) > 1:
            history.pop()
        pad.value = history[-1]

    def reset() -> None:
        pad.value = []

    pad.observe(remember, names="value")
    buttons = row(button("Undo", undo), button("Reset", reset))
    return _MaskExplorer(masking.frame, controls, [controls["fill"], buttons, pad])


def _as_boxes(boxes: Sequence[Sequence[int]]) -> list[list[int]]:
    given = list(boxes) if np.iterable(boxes) else [boxes]
    if not all(np.shape(box) == (4,) and np.asarray(box).dtype.kind in "iu" for box in given):
        raise HelpersError(
            "boxes is a list of boxes, each of four whole numbers (top, left, bottom, right)."
        )
    return [[int(edge) for edge in box] for box in given]


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


class _MethodExplorer(Explorer):
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
            **_overlay_controls(sigma, strength),
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


def explore_methods(
    model,
    pictures: Mapping[str, Picture] | None = None,
    *,
    method: str = "gradient",
    sigma: float = 5.0,
    strength: float = 0.7,
) -> Explorer:
    """Put pictures and classes through every method, with its options.

    A map of one gradient or one score comes at once. One that takes longer is computed when
    "Compute" is pressed, off the main thread, with a bar, and can be cancelled in the middle.
    What was computed once is there at once.

    Parameters
    ----------
    model : keras.Model
        From `load_model` or `wrap_classifier`.
    pictures
        Name -> picture, PIL or array (h, w, 3) with values 0..255. None is the cat, the cup
        and the rendered scenes.
    method
        Where it starts.
    sigma, strength
        Where the controls start: 0..20 pixels of the map; 0..1.

    Returns
    -------
    Explorer
        End a cell with it.

    Raises
    ------
    HelpersError
        For an unknown method, no picture, or a control that cannot start there.
    """
    find_method(method)
    pictures = _example_pictures() if pictures is None else pictures
    if not isinstance(pictures, Mapping) or not pictures:
        raise HelpersError("explore_methods needs at least one picture: give {name: picture}.")
    return _MethodExplorer(MethodMaps(model, pictures), method, sigma, strength)


def _example_pictures() -> dict[str, Picture]:
    scenes = {name: load_scene(name).picture("all") for name in scene_names()}
    return {"chelsea": load_image("chelsea"), "coffee": load_image("coffee"), **scenes}


class _SceneExplorer(Explorer):
    """Switches for the objects of a scene; another scene brings other switches."""

    def __init__(
        self, switches: SceneSwitches, scene: str, view: str, method: str, target: str | None
    ) -> None:
        self._switches = switches
        self._boxes = [
            widgets.Checkbox(True, indent=False, layout={"width": "auto"})
            for _ in range(_most_objects())
        ]
        quick = {name: name for name, record in METHODS.items() if record.is_quick}
        controls = {
            "scene": dropdown("scene", {name: name for name in scene_names()}, scene),
            "view": dropdown("view", {name: name for name in load_scene(scene).views}, view),
            **{f"on_{number}": box for number, box in enumerate(self._boxes)},
            "target": class_field(
                "class", switches.words, target or switches.first_class(scene, view)
            ),
            "method": dropdown("method", quick, method),
            **_overlay_controls(5.0, 0.7),
        }
        self._label_boxes(scene)
        head, tail = list(controls.values())[:2], list(controls.values())[-4:]
        layout = [*head, row(widgets.Label("in the picture:"), *self._boxes), *tail]
        super().__init__(self._frame, controls, layout)
        controls["scene"].observe(self._enter, names="value")

    def _answer(self, change: Any) -> None:
        # Another scene brings other views and objects first; `_enter` draws it then.
        if change["owner"] is not self.controls["scene"]:
            super()._answer(change)

    def _enter(self, change: Mapping[str, Any]) -> None:
        with self.hold():
            self.controls["view"].options = load_scene(change["new"]).views
            self._label_boxes(change["new"])
            self.controls["target"].value = self._switches.first_class(change["new"], "hero")

    def _label_boxes(self, scene: str) -> None:
        names = list(load_scene(scene).objects)
        for number, box in enumerate(self._boxes):
            box.value, there = True, number < len(names)
            box.description = names[number] if there else ""
            box.layout.display = "" if there else "none"

    def _frame(
        self, scene: str, view: str, target: str, method: str, sigma: float, strength: float,
        **on: bool,
    ) -> Frame:  # fmt: skip
        objects = load_scene(scene, view).objects
        off = [name for name, there in zip(objects, on.values()) if not there]
        return self._switches.frame(scene, view, off, target, method, sigma, strength)


def _most_objects() -> int:
    return max(len(load_scene(name).objects) for name in scene_names())


def explore_scenes(
    model,
    scene: str = "can_opener",
    view: str = "hero",
    target_class: int | str | None = None,
    *,
    method: str = "gradient",
) -> Explorer:
    """Switch the objects of a rendered scene on and off: scores, map and true effects.

    Parameters
    ----------
    model : keras.Model
        From `load_model` or `wrap_classifier`.
    scene, view
        Where it starts, as for `load_scene`. The hero views know every combination of objects;
        the drawn ones lack at most one object at a time.
    target_class
        The class to begin with, by index, name or WordNet id; None is that of the first object
        that has one.
    method
        Where it starts: a method that needs one gradient or one score.

    Returns
    -------
    Explorer
        End a cell with it.

    Raises
    ------
    HelpersError
        For an unknown scene, view, class or method.
    """
    load_scene(scene, view)
    if not find_method(method).is_quick:
        quick = ", ".join(name for name, record in METHODS.items() if record.is_quick)
        raise HelpersError(f"explore_scenes starts with one of {quick}, not {method!r}.")
    words = class_words(model)
    target = None if target_class is None else words[class_index(target_class, model)]
    return _SceneExplorer(SceneSwitches(model), scene, view, method, target)


class _PhotoExplorer(_MethodExplorer):
    """The methods on a photo of the reader's, which leaves no trace, with the report card."""

    def __init__(self, maps: MethodMaps) -> None:
        self._input = PhotoInput(self._take_file, self.say)
        self.address = widgets.Text(
            description="or address", placeholder="https://", style=_LABELLED, layout=_WIDE
        )
        self.card = widgets.HTML()
        super().__init__(maps, "gradient", 5.0, 0.7, private=True)
        self.view.children = [*self.view.children, self.card]

    @property
    def image(self) -> Image.Image:
        """The picture that is examined now, at most 1024 pixels wide and high, RGB."""
        return self.maps.pictures[self.controls["picture"].value]

    def _works(self) -> dict[str, Callable]:
        return {
            "Fetch the address": self._prepare_fetch,
            **super()._works(),
            "Report card": self._prepare_card,
        }

    def _layout(self, controls: Mapping[str, widgets.Widget]) -> list[widgets.Widget]:
        return [self._input, self.address, *super()._layout(controls)]

    def _prepare_fetch(self) -> tuple[Callable, Callable]:
        address = self.address.value.strip()
        if not address.startswith(("http://", "https://")):
            raise HelpersError("An address of a picture begins with http:// or https://.")
        return lambda: _small(load_image(address)), self._take

    def _prepare_card(self) -> tuple[Callable, Callable]:
        asked = [self.controls[name].value for name in ("picture", "target", "method")]
        show = functools.partial(self._show_card, asked[0])
        return functools.partial(self.maps.card, *asked), show

    def _show_card(self, picture: str, card: ReportCard) -> None:
        self.card.value = live.card_html(card)
        self.say(f"The report card for {picture} is below.")

    def _show_classes(self, change: Mapping[str, Any]) -> None:
        self.card.value = ""  # it was about another picture
        super()._show_classes(change)

    def _take_file(self, name: str, content: bytes) -> None:
        file = io.BytesIO(content)
        file.name = name  # a refusal names it
        self.runner.start(lambda: _small(load_image(file)), self._take)

    def _take(self, image: Image.Image) -> None:
        with self.hold():
            self.maps.put(PHOTO, image)
            # A saved notebook must not say where the photo can be found.
            self.address.value, field = "", self.controls["picture"]
            if PHOTO not in field.options:
                field.options = [*self.maps.pictures]
            field.value = PHOTO
            self._show_classes({"new": PHOTO})


def _small(image: Image.Image) -> Image.Image:
    image.thumbnail((PHOTO_SIDE, PHOTO_SIDE))
    return image


def explore_photo(model=None) -> Explorer:
    """Examine a photo of your own: the classes, a map by any method, and the report card.

    The photo goes to the kernel and nowhere else (on a hub, the kernel is on the hub's machine).
    It is made small, kept in memory only, and never stored in the notebook: neither as a figure
    nor as state of a control. It begins with the cat, which is also what a reader without a
    kernel sees.

    Parameters
    ----------
    model : keras.Model, optional
        From `load_model` or `wrap_classifier`; None is `load_model()`.

    Returns
    -------
    Explorer
        End a cell with it. `.image` is the photo, for cells of your own; what such cells show
        is stored with the notebook when you save it.
    """
    model = load_model() if model is None else model
    return _PhotoExplorer(MethodMaps(model, {"chelsea": load_image("chelsea")}))
