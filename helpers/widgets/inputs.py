"""Inputs and outputs that ipywidgets lacks, as plain browser code in `frontend`.

Boxes on a picture, a photograph that leaves no trace and a figure that tells its values stand on
anywidget: served by the kernel without a build step or the internet. (ipycanvas draws well, but
what it draws is invisible to keyboard and screen reader; these boxes are buttons of the page.)
"""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import anywidget
import traitlets

__all__ = [
    "PHOTO_SIDE",
    "Access",
    "BoxPad",
    "Live",
    "PhotoInput",
    "Screen",
    "Takeaway",
    "Thumbnails",
]

FRONTEND = Path(__file__).parent / "frontend"
PHOTO_SIDE = 1024


class Access(anywidget.AnyWidget):
    """Names for slider handles, a status line that is read out, and the style of it all."""

    _esm = FRONTEND / "access.js"
    _css = FRONTEND / "explorer.css"


class Live(anywidget.AnyWidget):
    """Puts controls in the place of their static figure, while a kernel answers.

    Attributes
    ----------
    place : str
        The class of the figure's element.
    controls : str
        Model id of the widget to put there.
    """

    _esm = FRONTEND / "live.js"
    place = traitlets.Unicode().tag(sync=True)
    controls = traitlets.Unicode().tag(sync=True)


class Screen(anywidget.AnyWidget):
    """Shows HTML that never becomes part of the widget's state, which a notebook can save.

    Parameters
    ----------
    at
        Called with a spot in shares of width and height when one is pointed at, gives the words
        for it; None is a screen without spots.
    """

    _esm = FRONTEND / "screen.js"
    spots = traitlets.Bool(False).tag(sync=True)

    def __init__(self, at: Callable[[float, float], str] | None = None) -> None:
        super().__init__(spots=at is not None)
        self._html, self._at = "", at
        self.on_msg(self._receive)

    def _receive(self, _widget: Any, message: Any, _buffers: Any) -> None:
        if "spot" in message:
            self.send({"words": self._at(*message["spot"])})
        else:
            self.send({"html": self._html})

    @property
    def value(self) -> str:
        """What is shown."""
        return self._html

    @value.setter
    def value(self, markup: str) -> None:
        if markup != self._html:
            self._html = markup
            self.send({"html": markup})


class Takeaway(anywidget.AnyWidget):
    """Buttons that give the reader something to keep; what they give travels as messages.

    Parameters
    ----------
    givers
        Label -> called when it is pressed; gives text to copy, or (file name, bytes) to save.
    """

    _esm = FRONTEND / "take.js"
    labels = traitlets.List().tag(sync=True)

    def __init__(self, givers: Mapping[str, Callable[[], Any]]) -> None:
        super().__init__(labels=list(givers))
        self._givers = givers
        self.on_msg(self._receive)

    def _receive(self, _widget: Any, label: str, _buffers: Any) -> None:
        given = self._givers[label]()
        if isinstance(given, str):
            self.send({"label": label, "text": given})
        else:
            name, content = given
            self.send({"label": label, "name": name}, [content])


class Thumbnails(anywidget.AnyWidget):
    """Small pictures to choose one of, as a group of radio buttons.

    Attributes
    ----------
    value : str
        The name that is chosen.
    options : list of (name, words, address of its picture)
        What there is to choose from.
    description : str
        The name of the group.
    """

    _esm = FRONTEND / "thumbnails.js"
    value = traitlets.Unicode().tag(sync=True)
    options = traitlets.List().tag(sync=True)
    description = traitlets.Unicode().tag(sync=True)


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
    outline : str
        Address of a see-through picture that lies over it; empty is none.
    moving : bool
        Whether a hand holds a box now.
    """

    _esm = FRONTEND / "boxes.js"
    value = traitlets.List().tag(sync=True)
    size = traitlets.List().tag(sync=True)
    picture = traitlets.Unicode().tag(sync=True)
    alt = traitlets.Unicode().tag(sync=True)
    outline = traitlets.Unicode().tag(sync=True)
    moving = traitlets.Bool(False).tag(sync=True)


class PhotoInput(anywidget.AnyWidget):
    """A place for a photograph, of any format and size that a phone makes.

    It is chosen, dropped there or pasted. The browser makes it small before it travels. It comes
    as messages and is never part of the widget's state, which a notebook can save.

    Parameters
    ----------
    chosen
        Called with (name, content of the file).
    refused
        Called with one sentence.
    """

    _esm = FRONTEND / "photo.js"
    description = traitlets.Unicode("Choose a photo").tag(sync=True)
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

    def say(self, sentence: str) -> None:
        """Tell beside the button what is examined; it is not kept in the widget's state."""
        self.send({"say": sentence})
