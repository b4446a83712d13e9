"""Inputs and outputs that ipywidgets lacks, as plain browser code in `frontend`.

Boxes on a picture and a photograph that leaves no trace stand on anywidget: served by the kernel
without a build step or the internet. (ipycanvas draws well, but what it draws is invisible to
keyboard and screen reader; these boxes are buttons of the page.)
"""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import anywidget
import traitlets

__all__ = ["PHOTO_SIDE", "Access", "BoxPad", "PhotoInput", "PrivateScreen"]

FRONTEND = Path(__file__).parent / "frontend"
PHOTO_SIDE = 1024


class Access(anywidget.AnyWidget):
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


class PrivateScreen(anywidget.AnyWidget):
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
