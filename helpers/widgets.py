"""Explorers: controls over plain functions. The only module that imports ipywidgets.

An explorer never draws with matplotlib and holds no calculation of its own: it hands the values
of its controls to one function, which returns a `Frame`. Where no kernel runs (GitHub, an
exported page, a notebook that was only opened) its first frame stands there as a static figure.
"""

import functools
import html
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import ipywidgets as widgets
import numpy as np
from PIL import Image

from helpers import alt_text
from helpers.display import (
    GRADIENT_UNIT,
    Picture,
    as_picture,
    jpeg_bytes,
    overlay_with_scale,
    picture_html,
)
from helpers.errors import HelpersError
from helpers.saliency import reduce_channels, smooth

REDUCTIONS = {
    "largest of the three, without sign (max_abs)": "max_abs",
    "sum of the three, without sign (sum_abs)": "sum_abs",
    "mean of the three, without sign (mean_abs)": "mean_abs",
    "length of the three as a vector (l2)": "l2",
    "sum, with sign (sum)": "sum",
    "largest, with its sign (max)": "max",
}
_WIDTH = 480
_WIDE = {"width": "32em", "max_width": "100%"}
_LABELLED = {"description_width": "9em"}


@dataclass(frozen=True)
class Frame:
    """What an explorer shows for one setting of its controls.

    Attributes
    ----------
    picture
        uint8 (h, w, 3).
    alt
        Alternative text of the picture.
    note
        The line below it: values, units, what to look at. Plain text.
    """

    picture: np.ndarray
    alt: str
    note: str


class Explorer:
    """Controls, a picture that answers them, and a line of text below it.

    End a cell with an explorer to show it. A `HelpersError` becomes the line of text, and the
    picture stays as it was.

    Parameters
    ----------
    draw
        Called with the value of every control under its name; returns a `Frame`.
    controls
        Name of each argument of `draw` -> control, in the order of the page.

    Attributes
    ----------
    controls : dict of str to ipywidgets.Widget
        The controls, by name.
    frame : Frame
        What is shown now.
    view : ipywidgets.VBox
        All of it as one widget, for a page of several.
    """

    def __init__(self, draw: Callable[..., Frame], controls: Mapping[str, widgets.Widget]) -> None:
        self._draw = draw
        self.controls = dict(controls)
        self.frame = draw(**self.values)
        self._picture, self._note = widgets.HTML(), widgets.HTML()
        self.view = widgets.VBox([*self.controls.values(), self._picture, self._note])
        self.view.add_class("helpers-explorer")
        self._show(self.frame)
        for control in self.controls.values():
            control.observe(self._answer, names="value")

    @property
    def values(self) -> dict[str, Any]:
        """The value of every control, by name."""
        return {name: control.value for name, control in self.controls.items()}

    def _answer(self, _change: Any) -> None:
        try:
            self._show(self._draw(**self.values))
        except HelpersError as error:
            self._note.value = _status(str(error))

    def _show(self, frame: Frame) -> None:
        self.frame = frame
        self._picture.value = _live_picture(frame)
        self._note.value = _status(frame.note)

    def _repr_mimebundle_(self, **_options: Any) -> dict[str, Any]:
        """The live view, and a static figure for a page without a kernel."""
        static = f"{_live_picture(self.frame)}<p>{html.escape(self.frame.note)}</p>"
        words = {"text/html": static, "text/plain": f"Figure: {self.frame.alt}"}
        return self.view._repr_mimebundle_() | words


def _live_picture(frame: Frame) -> str:
    return picture_html(*jpeg_bytes(frame.picture), frame.alt)


def _status(text: str) -> str:
    return f'<div role="status">{html.escape(text)}</div>'


def slider(label: str, value: float, low: float, high: float, step: float) -> widgets.FloatSlider:
    """A labelled slider, wide enough for a projector."""
    return widgets.FloatSlider(
        value, min=low, max=high, step=step, description=label, style=_LABELLED, layout=_WIDE
    )


def dropdown(label: str, options: Mapping[str, Any], value: Any) -> widgets.Dropdown:
    """A labelled list to choose from; options are words -> value."""
    return widgets.Dropdown(
        options=list(options.items()), value=value, description=label, style=_LABELLED, layout=_WIDE
    )


def screen_size(img: Picture, width: int = _WIDTH) -> Image.Image:
    """A picture at the width in which explorers show it, so that every answer is quick."""
    image = Image.fromarray(as_picture(img))
    height = max(1, round(image.height * width / image.width))
    return image.resize((width, height), Image.Resampling.BICUBIC)


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
    _check_start(sigma, reduce, strength)
    picture = screen_size(img)
    reduced = functools.cache(functools.partial(reduce_channels, attributions))

    def draw(sigma: float, reduce: str, strength: float) -> Frame:
        saliency_map = smooth(reduced(reduce), sigma)
        overlay, ends = overlay_with_scale(picture, saliency_map, strength)
        return Frame(overlay, *_smoothing_words(saliency_map, ends, sigma, target, label))

    controls = {
        "sigma": slider("sigma (pixels)", sigma, 0, 20, 0.5),
        "reduce": dropdown("channels", REDUCTIONS, reduce),
        "strength": slider("overlay", strength, 0, 1, 0.05),
    }
    return Explorer(draw, controls)


def _check_start(sigma: float, reduce: str, strength: float) -> None:
    if reduce not in REDUCTIONS.values():
        raise HelpersError(f"reduce={reduce!r} is unknown: use {', '.join(REDUCTIONS.values())}.")
    if not (0 <= sigma <= 20 and 0 <= strength <= 1):
        raise HelpersError(
            f"The controls start at sigma 0..20 and strength 0..1, not {sigma} and {strength}."
        )


def _smoothing_words(
    saliency_map: np.ndarray, ends: tuple[float, float], sigma: float, target: str, label: str
) -> tuple[str, str]:
    """Alternative text and note for a smoothed map."""
    words = f" for {target}" if target else ""
    shape = alt_text.describe_map(saliency_map, label)
    alt = f"Map{words} over its picture, sigma {sigma:g}: {shape}."
    low, high = (alt_text.number(end) for end in ends)
    return (
        alt,
        f"Peak {alt_text.number(np.abs(saliency_map).max())} {label}. Colours: {low} to {high}.",
    )
