"""Controls, a figure that answers them, and a line of text.

An explorer holds no calculation and no drawing of its own: it hands the values of its controls
to one function, which returns a `Frame`. Where no kernel runs (GitHub, an exported page, a
notebook that was only opened) its frame stands there as a static figure.
"""

import contextlib
import threading
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import ipywidgets as widgets

from helpers.errors import HelpersError
from helpers.widgets.frame import Frame
from helpers.widgets.inputs import Access, Live, Screen, Takeaway
from helpers.widgets.markup import pictures_html, still_html, tables_html, words_html
from helpers.widgets.published import publish
from helpers.widgets.saved import figure_file

__all__ = ["Explorer"]

# How long nothing must move before the stored figure follows.
CALM = 1.0


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
        What stands beside the figure; None is all controls below each other.
    lead
        What stands above the figure's own pictures.
    code
        Called as `draw`; returns the plain cells that give what is shown.
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
        lead: Sequence[widgets.Widget] = (),
        code: Callable[..., str] | None = None,
        private: bool = False,
    ) -> None:
        self._draw, self.controls, self._private = draw, dict(controls), private
        self._screen = Screen(lambda x, y: self.frame.spot(x, y))
        self._below, self._tables = Screen(), Screen()
        self._note, self._held, self._code = widgets.HTML(), False, code
        # The end of a job draws in its own thread; who draws last must have seen all controls.
        self._drawing = threading.RLock()
        self._stored, self._timer = None, None
        side = list(self.controls.values()) if layout is None else list(layout)
        self.view = self._arranged(list(lead), side)
        self._live = Live(place=f"helpers-still-{uuid.uuid4().hex}", controls=self.view.model_id)
        self.show(draw(**self.values))
        self._first = self.frame
        for control in self.controls.values():
            control.observe(self._answer, names="value")

    def _arranged(self, lead: list, side: list) -> widgets.VBox:
        """What moves and what it changes beside each other; explorer.css stacks them if need be."""
        self._note.add_class("helpers-note")
        seen = widgets.VBox([*lead, self._screen, self._note, self._below])
        controls = widgets.VBox([*side, self._tables])
        main = widgets.Box([seen, controls])
        for part, name in ((seen, "figure"), (controls, "side"), (main, "main")):
            part.add_class(f"helpers-{name}")
        view = widgets.VBox([main, Takeaway(self._givers()), Access()])
        view.add_class("helpers-explorer")
        return view

    def _givers(self) -> dict[str, Callable[[], Any]]:
        copy = {"Copy the code of this view": self.code} if self._code else {}
        return {**copy, "Save figure": self.figure_file}

    @property
    def values(self) -> dict[str, Any]:
        """The value of every control, by name."""
        return {name: control.value for name, control in self.controls.items()}

    def code(self) -> str:
        """The plain cells that give what is shown."""
        return self._code(**self.values)

    def figure_file(self) -> tuple[str, bytes]:
        """What is shown as (file name, PNG), with its captions, its scale and its line of text."""
        return figure_file(self.frame)

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
        self._store_soon()

    def _paint(self, frame: Frame) -> None:
        self._screen.value = pictures_html(frame)
        self._below.value = tables_html(frame.below)
        self._tables.value = tables_html(frame.tables)

    def _answer(self, _change: Any) -> None:
        if not self._held:
            self.refresh()

    def _bundle(self) -> dict[str, Any]:
        frame = self._first if self._private else self.frame
        return {
            "text/html": still_html(frame, self._live.place),
            "text/plain": f"Figure: {frame.alt}",
        }

    def _repr_mimebundle_(self, **_options: Any) -> dict[str, Any]:
        """The live view, and a static figure for a page without a kernel."""
        return self.view._repr_mimebundle_() | self._bundle()

    def _ipython_display_(self) -> None:
        self._stored = publish(self._bundle(), self.view, self._live.place)

    def _store_soon(self) -> None:
        """Let the stored figure follow once nothing moves any more."""
        if self._stored is None or self._private:
            return
        if self._timer:
            self._timer.cancel()
        self._timer = threading.Timer(CALM, self._store)
        self._timer.daemon = True
        self._timer.start()

    def _store(self) -> None:
        self._stored.update(self._bundle(), raw=True)
