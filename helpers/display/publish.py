"""The one way to a notebook's page: a picture with alternative text.

JupyterLab ignores alternative text in the metadata of `image/png`, so a figure is published as
an HTML `<img>` with an `alt` attribute: JupyterLab (trusted or not), nbconvert and VS Code all
prefer that form, and the picture is stored once.
"""

import base64
import html
import io
from collections.abc import Mapping
from typing import Any

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from PIL import Image

from helpers.errors import HelpersError

Picture = Image.Image | np.ndarray
_DPI = 80
STYLE = {
    "font.size": 13,
    "axes.titlesize": 14,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "legend.frameon": False,
    "image.interpolation": "nearest",
}


class NotebookFigure(Figure):
    """A figure with alternative text, which a notebook shows once per cell.

    Attributes
    ----------
    alt : str
        The alternative text that goes to the page with the picture.
    """

    alt: str = ""
    _shown_in: int | None = None

    def _ipython_display_(self) -> None:
        """Show the figure as value of a cell, unless this cell has shown it already."""
        if self._shown_in != _cell_number():
            show(self)


def _cell_number() -> int | None:
    from IPython import get_ipython

    shell = get_ipython()
    return shell.execution_count if shell else None


def new_figure(width: float, height: float) -> NotebookFigure:
    """A figure of so many inches, as large on the page as its text size is made for."""
    return NotebookFigure(figsize=(width, height), dpi=_DPI, layout="constrained")


def shown(figure: NotebookFigure, alt: str | None, default: str) -> NotebookFigure:
    """Show a figure with the author's alternative text, else with `default`; return it."""
    show(figure, alt or default)
    return figure


def show(figure: Figure, alt: str | None = None) -> None:
    """Put a figure on the page of a notebook, with alternative text.

    Outside a notebook nothing is put anywhere; `figure.savefig(...)` writes a file.

    Parameters
    ----------
    figure
        Any matplotlib figure; one made with pyplot is closed, so that it does not appear twice.
    alt
        What there is to see, in a sentence. The `show_*` functions supply one.

    Raises
    ------
    HelpersError
        If there is no alternative text.
    """
    figure.alt = alt or getattr(figure, "alt", "")
    if not figure.alt.strip():
        raise HelpersError(
            "This figure has no alternative text: give a sentence on what it shows as alt=..."
        )
    _forget_in_pyplot(figure)
    figure._shown_in = _cell_number()
    if figure._shown_in is not None:
        _publish(
            {
                "text/html": picture_html(*figure_bytes(figure), figure.alt),
                "text/plain": f"Figure: {figure.alt}",
            }
        )


def _publish(bundle: Mapping[str, Any]) -> None:
    from IPython.display import display

    display(dict(bundle), raw=True)


def _forget_in_pyplot(figure: Figure) -> None:
    # Only a figure that pyplot made has a manager; the others must not cost its import.
    if figure.canvas.manager is not None:
        from matplotlib import pyplot

        pyplot.close(figure)


def figure_bytes(figure: Figure) -> tuple[bytes, str]:
    """A figure as bytes of a small picture file.

    Returns
    -------
    (bytes, str)
        The file and its mime type: of PNG (exact) and JPEG (smaller where there is a photograph)
        the smaller one. Equal figures give equal bytes on one machine.
    """
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    return picture_bytes(Image.fromarray(np.asarray(canvas.buffer_rgba())).convert("RGB"))


def picture_bytes(picture: Picture) -> tuple[bytes, str]:
    """A picture as bytes of a file and its mime type: PNG or JPEG, whichever is smaller."""
    exact, photographic = _encoded(picture, "PNG"), jpeg_bytes(picture)
    return min(exact, photographic, key=lambda file: len(file[0]))


def jpeg_bytes(picture: Picture) -> tuple[bytes, str]:
    """A picture as bytes of a JPEG file and its mime type: quick enough for a live control."""
    return _encoded(picture, "JPEG", quality=90, subsampling=0)


def _encoded(picture: Picture, kind: str, **options: Any) -> tuple[bytes, str]:
    buffer = io.BytesIO()
    image = picture if isinstance(picture, Image.Image) else Image.fromarray(picture)
    image.save(buffer, kind, **options)
    return buffer.getvalue(), f"image/{kind.lower()}"


def picture_html(data: bytes, mime: str, alt: str) -> str:
    """An `<img>` element that carries its picture and its alternative text.

    Parameters
    ----------
    data, mime
        A picture file and its mime type, as from `picture_bytes`.
    alt
        Alternative text; any character is allowed.
    """
    # Decoded at once, so that a picture which replaces another does not flicker.
    return (
        f'<img alt="{html.escape(alt)}" decoding="sync" '
        f'style="max-width: 100%; height: auto" src="{data_url(data, mime)}">'
    )


def data_url(data: bytes, mime: str) -> str:
    """A picture file as an address that carries the picture itself."""
    return f"data:{mime};base64,{base64.b64encode(data).decode('ascii')}"
