"""Buttons that start long work off the main thread."""

import functools
from collections.abc import Callable, Mapping
from typing import Any

import ipywidgets as widgets

from helpers.errors import HelpersError
from helpers.widgets.controls import button, row
from helpers.widgets.jobs import Job
from helpers.widgets.markup import words_html

__all__ = ["Runner"]


class Runner:
    """Buttons that start long work off the main thread, a bar, and a button that ends it.

    One piece of work at a time: a new one ends the one before.

    Parameters
    ----------
    works
        Label of a button -> called when it is pressed, returns (work, what to do with its
        result, name of the work); a `HelpersError` says why there is nothing to do.
    failed
        Called with one sentence.

    Attributes
    ----------
    buttons : dict of str to ipywidgets.Button
        By label; "Cancel" among them.
    job : Job or None
        The latest piece of work.
    name : ipywidgets.HTML
        What the bar is about.
    view : ipywidgets.HBox
        All of it.
    """

    def __init__(
        self,
        works: Mapping[str, Callable[[], tuple[Callable, Callable, str]]],
        failed: Callable[[str], None],
    ) -> None:
        self._failed, self.job = failed, None
        self.buttons = {
            label: button(label, functools.partial(self._press, works[label])) for label in works
        }
        self.buttons["Cancel"] = button("Cancel", self._cancel)
        self.bar = widgets.FloatProgress(0, min=0, max=1, layout={"width": "6em"})
        # What the bar is about: other controls can be moved while it runs.
        self.name = widgets.HTML(layout={"max_width": "100%"})
        self._set_running(False)
        self.view = row(*self.buttons.values(), self.bar, self.name)

    def start(self, work: Callable[[], Any], done: Callable[[Any], None], name: str = "") -> None:
        """Begin a piece of work; `done` gets its result."""
        if self.job:
            self.job.cancel()
        self._set_running(True, name)
        self.job = Job(work, self._report, self._ending(done), self._ending(self._failed)).start()

    def _press(self, prepare: Callable[[], tuple[Callable, Callable, str]]) -> None:
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

    def _set_running(self, running: bool, name: str = "") -> None:
        self.bar.value, self.name.value = 0, words_html(name)
        self.bar.tooltip = name
        self.bar.layout.visibility = "visible" if running else "hidden"
        self.buttons["Cancel"].disabled = not running
