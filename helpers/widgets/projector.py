"""The bar of the page for the projector: where to go, how large, and full screen."""

from collections.abc import Sequence
from pathlib import Path

import anywidget
import traitlets

__all__ = ["ProjectorBar"]

FRONTEND = Path(__file__).parent / "frontend"


class ProjectorBar(anywidget.AnyWidget):
    """Links to the sections of a page, zoom and full screen, always in sight.

    Parameters
    ----------
    title
        What the browser calls the page.
    sections
        Its headings.
    """

    _esm = FRONTEND / "projector.js"
    _css = FRONTEND / "projector.css"
    title = traitlets.Unicode().tag(sync=True)
    sections = traitlets.List().tag(sync=True)

    def __init__(self, title: str, sections: Sequence[str]) -> None:
        super().__init__(title=title, sections=list(sections))
