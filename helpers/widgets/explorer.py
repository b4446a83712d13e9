"""Controls, a figure that answers them, and a line of text.

An explorer holds no calculation and no drawing of its own: it hands the values of its controls
to one function, which returns a `Frame`. Where no kernel runs (GitHub, an exported page, a
notebook that was only opened) its frame stands there as a static figure.
"""

import contextlib
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import ipywidgets as widgets

from helpers.errors import HelpersError
from helpers.widgets.frame import Frame
from helpers.widgets.inputs import Access, PrivateScreen
from helpers.widgets.markup import frame_html, still_html, words_html

__all__ = ["Explorer"]


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
        self._screen = PrivateScreen() if private else widgets.HTML()
        self._note, self._held = widgets.HTML(), False
        # The end of a job draws in its own thread; who draws last must have seen all controls.
        self._drawing = threading.RLock()
        self._note.add_class("helpers-note")
        top = self.controls.values() if layout is None else layout
        self.view = widgets.VBox([*top, self._screen, self._note, Access()])
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
        self._note.value = words_html(sentence)

    def show(self, frame: Frame) -> None:
        """Put a frame on the page."""
        self.frame = frame
        self._paint(frame)
        self.say(frame.note)

    def _paint(self, frame: Frame) -> None:
        self._screen.value = frame_html(frame)

    def _answer(self, _change: Any) -> None:
        if not self._held:
            self.refresh()

    def _repr_mimebundle_(self, **_options: Any) -> dict[str, Any]:
        """The live view, and a static figure for a page without a kernel."""
        frame = self._first if self._private else self.frame
        words = {"text/html": still_html(frame), "text/plain": f"Figure: {frame.alt}"}
        return self.view._repr_mimebundle_() | words
