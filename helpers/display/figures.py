"""Drawing: the only module that imports matplotlib.

Every `show_*` function draws arrays that somebody else computed, shows the figure at once and
returns it. A figure reaches the page through `show` alone, which gives it alternative text.
JupyterLab ignores alternative text in the metadata of `image/png`, so the picture is published
as an HTML `<img>` with an `alt` attribute: JupyterLab (trusted or not), nbconvert and VS Code
all prefer that form, and the picture is stored once.
"""

import base64
import functools
import html
import io
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.cm import ScalarMappable
from matplotlib.colors import ListedColormap, Normalize
from matplotlib.figure import Figure
from matplotlib.gridspec import GridSpec
from matplotlib.offsetbox import AnchoredOffsetbox, TextArea, VPacker
from PIL import Image

from helpers.display import alt_text
from helpers.errors import HelpersError

if TYPE_CHECKING:
    from helpers.evaluation import ReportCard

Picture = Image.Image | np.ndarray
GRADIENT_UNIT = "logit per grey level"
COLOUR_MAPS = ("viridis", "magma", "cividis", "gray")
DIVERGING = "RdBu_r"
# Okabe and Ito (2008): told apart with every common form of colour blindness.
PALETTE = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
_LINES = ("-", "--", "-.", ":")
_MARKERS = "osD^vPX"
_HATCHES = ("", "//", "..", "xx", "--")
_RED = "#B00020"
# Values below the scale, values above it -> which ends of the colour bar are pointed.
_EXTEND = {
    (False, False): "neither",
    (True, False): "min",
    (False, True): "max",
    (True, True): "both",
}
_DPI = 80
NO_DOUBT = "No doubt found; but one picture proves no method right."
_STYLE = {
    "font.size": 13,
    "axes.titlesize": 14,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "legend.frameon": False,
    "image.interpolation": "nearest",
}


# --- Showing -------------------------------------------------------------------------------


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


def _finish(figure: NotebookFigure, alt: str | None, default: str) -> NotebookFigure:
    show(figure, alt or default)
    return figure


def _figure(width: float, height: float) -> NotebookFigure:
    return NotebookFigure(figsize=(width, height), dpi=_DPI, layout="constrained")


# --- Checking what is to be drawn ----------------------------------------------------------


def as_picture(img: Picture) -> np.ndarray:
    """A picture, PIL or array (h, w, 3) with values 0..255, as uint8 (h, w, 3)."""
    if isinstance(img, Image.Image):
        return np.asarray(img.convert("RGB"))
    array = np.asarray(img)
    if array.ndim == 4 and len(array) == 1:
        array = array[0]
    if array.ndim != 3 or array.shape[-1] != 3 or 0 in array.shape:
        raise HelpersError(
            f"A picture to draw needs the shape (h, w, 3), but this has {array.shape}."
        )
    if array.dtype == np.uint8:
        return array
    if not np.isfinite(array).all() or array.min() < 0 or array.max() > 255:
        raise HelpersError(
            "A picture to draw needs values from 0 to 255: this has others, NaN or infinite ones."
        )
    if array.max() <= 1 and array.min() < array.max():
        raise HelpersError("This picture looks like 0..1: multiply it by 255 before you draw it.")
    return np.rint(array).astype(np.uint8)


def _as_map(saliency_map: np.ndarray) -> np.ndarray:
    """A map as float64 (h, w); leading or trailing axes of length one are dropped."""
    array = np.asarray(saliency_map, dtype=np.float64)
    if array.ndim in (3, 4) and array.shape[-1] == 1:
        array = array[..., 0]
    if array.ndim == 3 and len(array) == 1:
        array = array[0]
    if array.ndim != 2 or 0 in array.shape:
        raise HelpersError(
            f"A map to draw needs the shape (h, w), but this has {array.shape}: "
            "reduce its channels with reduce_channels, and draw several maps with show_maps."
        )
    if not np.isfinite(array).all():
        raise HelpersError(
            "This map has NaN or infinite values, so it cannot be drawn: "
            "look for where they came from."
        )
    return array


def _check_titles(titles: Sequence[str], things: Sequence[Any], what: str) -> list[str]:
    if not len(things) or len(titles) != len(things):
        raise HelpersError(
            f"There are {len(things)} {what} and {len(titles)} titles: give one title to each."
        )
    return [str(title) for title in titles]


def _check_strength(strength: float) -> float:
    if not 0 <= strength <= 1:
        raise HelpersError(f"The strength of an overlay goes from 0 to 1, but this is {strength}.")
    return float(strength)


# --- Colours -------------------------------------------------------------------------------


@functools.lru_cache(maxsize=8)
def _table(cmap: str) -> np.ndarray:
    """The 256 colours of a colour map, float32 (256, 3) in 0..255."""
    if cmap not in (*COLOUR_MAPS, DIVERGING):
        raise HelpersError(
            f"The colour map {cmap!r} is not for maps: choose one of {', '.join(COLOUR_MAPS)} "
            f"(or {DIVERGING} for signed values), whose steps look as large as they are."
        )
    return (255 * mpl.colormaps[cmap](np.arange(256))[:, :3]).astype(np.float32)


def map_limits(
    maps: Sequence[np.ndarray], limits: tuple[float, float] | None = None
) -> tuple[float, float]:
    """The ends of a scale: from 0 up, or centred on zero when a value is negative."""
    if limits is not None:
        low, high = limits
        if not low < high:
            raise HelpersError(
                f"The limits of a scale need a lower and a higher value, but these are {limits}."
            )
        return float(low), float(high)
    largest = max(float(np.abs(m).max()) for m in maps) or 1.0
    return (-largest if min(m.min() for m in maps) < 0 else 0.0), largest


def _colours(limits: tuple[float, float], cmap: str | None) -> tuple[str, Normalize]:
    """The colour map for a scale, and the scale itself."""
    centred = limits[0] == -limits[1]
    name = DIVERGING if centred else cmap or "viridis"
    _table(name)
    return name, Normalize(*limits)


def _weights(values: np.ndarray, limits: tuple[float, float]) -> np.ndarray:
    """How strongly a value is to cover the picture, 0..1: its distance from 0 or the low end."""
    low, high = limits
    zero = 0.0 if low == -high else low
    return np.clip(np.abs(values - zero) / (high - zero), 0, 1)


def _blend(
    picture: np.ndarray, values: np.ndarray, limits: tuple[float, float], strength: float, cmap: str
) -> np.ndarray:
    """Lay the colours of `values` (h, w) over the greys of a picture (h, w, 3); uint8."""
    low, high = limits
    index = np.clip((values - low) * (255 / (high - low)), 0, 255).astype(np.uint8)
    grey = np.asarray(Image.fromarray(picture).convert("L"), np.float32)[..., None]
    weight = (strength * _weights(values, limits)).astype(np.float32)[..., None]
    return np.rint(grey + weight * (_table(cmap)[index] - grey)).astype(np.uint8)


def overlay_image(
    img: Picture,
    saliency_map: np.ndarray,
    strength: float = 0.7,
    cmap: str = "viridis",
    limits: tuple[float, float] | None = None,
) -> np.ndarray:
    """Lay a map over a picture without hiding it.

    The picture turns grey, so that every colour belongs to the map; where the map is weak the
    picture is untouched, and where it is strong the picture still shines through.

    Parameters
    ----------
    img
        The picture, PIL or array (h, w, 3), values 0..255.
    saliency_map
        Shape (a, b), any units; stretched to the size of the picture.
    strength
        How much the strongest value of the map covers, from 0 (not at all) to 1 (fully).
    cmap
        "viridis", "magma", "cividis" or "gray". A map with negative values is drawn in red
        (positive) and blue (negative), centred on zero.
    limits
        Lowest and highest value of the scale; None is 0 to the largest value.

    Returns
    -------
    numpy.ndarray
        uint8 (h, w, 3), the size of the picture.

    Raises
    ------
    HelpersError
        On anything that cannot be drawn: wrong shapes, NaN, an unknown colour map.
    """
    picture, values = as_picture(img), _as_map(saliency_map)
    limits = map_limits([values], limits)
    cmap, _ = _colours(limits, cmap)
    size = picture.shape[1], picture.shape[0]
    stretched = Image.fromarray(values.astype(np.float32)).resize(size, Image.Resampling.BILINEAR)
    return _blend(picture, np.asarray(stretched), limits, _check_strength(strength), cmap)


def _bar_colours(cmap: str, limits: tuple[float, float], strength: float) -> np.ndarray:
    """The 256 colours of an overlay, uint8 (256, 3), as they look over a middle grey."""
    values = np.linspace(*limits, 256)[None]
    return _blend(np.full((1, 256, 3), 128, np.uint8), values, limits, strength, cmap)[0]


def bar_picture(limits: tuple[float, float], strength: float, cmap: str = "viridis") -> np.ndarray:
    """The colours of an overlay from the low end of its scale to the high one.

    Parameters
    ----------
    limits, strength, cmap
        As in `overlay_image`.

    Returns
    -------
    numpy.ndarray
        uint8 (1, 256, 3).
    """
    return _bar_colours(_colours(limits, cmap)[0], limits, strength)[None]


# --- Pictures and maps ---------------------------------------------------------------------


def _bare(axes: Axes) -> Axes:
    """Axes without ticks and frame; a label below stays possible."""
    axes.set_xticks([])
    axes.set_yticks([])
    axes.spines[:].set_visible(False)
    return axes


def _draw_picture(axes: Axes, picture: np.ndarray, title: str | None = None) -> Axes:
    axes.imshow(picture)
    if title:
        axes.set_title(title)
    return _bare(axes)


def render_img_on_grid(img: Picture, pos: int, grid: GridSpec) -> Axes:
    """Draw a picture into one cell of a grid, as the post does.

    Parameters
    ----------
    img
        PIL picture, or array (h, w, 3) with values 0..255; it keeps its own aspect.
    pos
        Number of the cell.
    grid
        The grid; without a figure of its own it belongs to pyplot's current one.

    Returns
    -------
    matplotlib.axes.Axes
        The axes, without ticks. `show(axes.figure, alt=...)` puts the figure on the page.
    """
    figure = grid.figure
    if figure is None:
        from matplotlib import pyplot

        figure = pyplot.gcf()
    return _draw_picture(figure.add_subplot(grid[pos]), as_picture(img))


def _list_classes(axes: Axes, names: Sequence[str]) -> None:
    """The class names in a rounded box, the first one bold, red and marked."""
    lines = [
        TextArea(
            f"{'▸' if first else '  '} {name}",
            textprops={
                "color": _RED if first else "black",
                "weight": "bold" if first else "normal",
            },
        )
        for first, name in ((i == 0, name.replace("_", " ")) for i, name in enumerate(names))
    ]
    box = AnchoredOffsetbox("lower left", child=VPacker(children=lines, pad=0, sep=2), pad=0.3)
    box.patch.set(boxstyle="round,pad=0.2", facecolor="white", alpha=0.85, edgecolor="0.6")
    axes.add_artist(box)


def _names_of(top_5: Sequence[Sequence[tuple]] | None) -> list[str]:
    if not top_5:
        return []
    try:
        return [str(name) for _, name, _ in top_5[0]]
    except (TypeError, ValueError):
        raise HelpersError(
            "top_5 is not what make_prediction returns: "
            "hand over its second result, [[(id, name, score), ...]]."
        ) from None


def _say_constant(axes: Axes, saliency_map: np.ndarray) -> None:
    if saliency_map.min() == saliency_map.max():
        axes.set_xlabel(f"constant map: {alt_text.number(saliency_map.flat[0])} everywhere")


@mpl.rc_context(_STYLE)
def show_side_by_side(
    img: Picture,
    saliency_map: np.ndarray,
    top_5: Sequence[Sequence[tuple]] | None = None,
    *,
    strength: float = 0.7,
    cmap: str = "viridis",
    alt: str | None = None,
) -> NotebookFigure:
    """Show a picture and, beside it, its map laid over it, as the post does.

    The scale runs from the lowest to the highest value of this one map, as in the post; for
    values that can be compared use `show_saliency` or `show_maps`.

    Parameters
    ----------
    img
        PIL picture or array (h, w, 3), values 0..255, of any size and aspect.
    saliency_map
        Shape (a, b), any units; stretched over the picture.
    top_5
        Second result of `make_prediction`: its names are listed, the first one in red.
    strength, cmap
        As in `overlay_image`.
    alt
        Alternative text; None makes a sentence from the data.

    Returns
    -------
    matplotlib.figure.Figure
        The figure, already shown; `.alt` holds its alternative text.

    Raises
    ------
    HelpersError
        If something cannot be drawn.
    """
    picture, values, names = as_picture(img), _as_map(saliency_map), _names_of(top_5)
    low, high = values.min(), values.max()
    limits = (low, high) if 0 <= low < high else None
    figure = _figure(9.2, 4.6 * picture.shape[0] / picture.shape[1] + 0.1)
    grid = GridSpec(1, 2, figure=figure, wspace=0.0)
    render_img_on_grid(picture, 0, grid)
    axes = render_img_on_grid(overlay_image(picture, values, strength, cmap, limits), 1, grid)
    _say_constant(axes, values)
    if names:
        _list_classes(axes, names)
    return _finish(figure, alt, alt_text.describe_side_by_side(values, names))


def _draw_map(
    axes: Axes, saliency_map: np.ndarray, picture: np.ndarray | None, cmap: str, norm: Normalize
) -> None:
    """A map in its colours, stretched to the shape of its picture where there is one."""
    height, width = saliency_map.shape if picture is None else picture.shape[:2]
    axes.imshow(saliency_map, cmap=cmap, norm=norm, extent=(0, width, height, 0))
    _say_constant(_bare(axes), saliency_map)


def _draw_bar(
    axes: Sequence[Axes], cmap: Any, norm: Normalize, label: str, values: Sequence[np.ndarray]
) -> None:
    """A colour bar beside the axes; pointed where values lie beyond its end."""
    low, high = min(v.min() for v in values), max(v.max() for v in values)
    bar = axes[0].figure.colorbar(
        ScalarMappable(norm, cmap),
        ax=axes,
        label=label,
        extend=_EXTEND[bool(low < norm.vmin), bool(high > norm.vmax)],
        shrink=0.85,
        aspect=25,
    )
    bar.ax.yaxis.set_major_formatter(lambda value, _: alt_text.number(value))


@mpl.rc_context(_STYLE)
def show_saliency(
    img: Picture | None,
    saliency_map: np.ndarray,
    *,
    title: str | None = None,
    label: str = GRADIENT_UNIT,
    overlay: float = 0.0,
    cmap: str | None = None,
    limits: tuple[float, float] | None = None,
    alt: str | None = None,
) -> NotebookFigure:
    """Show a map with a colour bar in real units, beside its picture.

    Parameters
    ----------
    img
        The picture, PIL or array (h, w, 3) with values 0..255; None shows the map alone.
    saliency_map
        Shape (a, b); stretched to the picture's aspect. With negative values the colours are
        centred on zero, blue below and red above.
    title
        Title of the map.
    label
        Unit of the values, written beside the colour bar.
    overlay
        0 draws the plain map; up to 1 lays it over the picture that strongly.
    cmap
        "viridis" (default), "magma", "cividis" or "gray", for a map without negative values.
    limits
        Lowest and highest value of the scale; None is 0 to the largest value.
    alt
        Alternative text; None makes a sentence from the data.

    Returns
    -------
    matplotlib.figure.Figure
        The figure, already shown; `.alt` holds its alternative text.

    Raises
    ------
    HelpersError
        If something cannot be drawn: wrong shapes, NaN, an unknown colour map.
    """
    values, picture = _as_map(saliency_map), None if img is None else as_picture(img)
    name, norm = _colours(ends := map_limits([values], limits), cmap)
    height, width = values.shape if picture is None else picture.shape[:2]
    panels = 1 if picture is None else 2
    figure = _figure(4.3 * panels + 1.2, 4.3 * height / width + 0.5)
    axes = figure.subplots(1, panels, squeeze=False)[0]
    if picture is not None:
        _draw_picture(axes[0], picture, "picture")
    if _check_strength(overlay) and picture is not None:
        _draw_picture(axes[-1], overlay_image(picture, values, overlay, name, ends))
        _say_constant(axes[-1], values)
        name = ListedColormap(_bar_colours(name, ends, overlay) / 255)
    else:
        _draw_map(axes[-1], values, picture, name, norm)
    axes[-1].set_title(title or "saliency map")
    _draw_bar(axes, name, norm, label, [values])
    return _finish(
        figure, alt, f"{title or 'Saliency map'}: {alt_text.describe_map(values, label)}."
    )


def _panels(
    count: int, columns: int | None, shape: tuple[int, ...], extra: float
) -> tuple[NotebookFigure, list[Axes]]:
    """A figure with panels for pictures of one shape, in rows of at most `columns`."""
    columns = min(count, columns or 4)
    rows = -(-count // columns)
    width = min(4.3, 11.0 / columns)
    figure = _figure(width * columns + extra, (width * shape[0] / shape[1] + 0.45) * rows)
    axes = list(figure.subplots(rows, columns, squeeze=False).flat)
    for unused in axes[count:]:
        unused.set_axis_off()
    return figure, axes[:count]


@mpl.rc_context(_STYLE)
def show_maps(
    maps: Sequence[np.ndarray],
    titles: Sequence[str],
    *,
    img: Picture | None = None,
    label: str = GRADIENT_UNIT,
    shared: bool = True,
    cmap: str | None = None,
    limits: tuple[float, float] | None = None,
    columns: int | None = None,
    alt: str | None = None,
) -> NotebookFigure:
    """Show several maps side by side on one scale, with one colour bar.

    Parameters
    ----------
    maps
        Maps of shape (a, b); when one value is negative, all are centred on zero.
    titles
        One for each map.
    img
        Picture drawn first, as a further panel; the maps are stretched to its aspect.
    label
        Unit of the values, written beside the colour bar.
    shared
        False gives each map its own scale and bar, for maps whose units differ.
    cmap, limits
        As in `show_saliency`.
    columns
        Panels in a row, 4 by default.
    alt
        Alternative text; None makes a sentence from the data.

    Returns
    -------
    matplotlib.figure.Figure
        The figure, already shown; `.alt` holds its alternative text.

    Raises
    ------
    HelpersError
        If something cannot be drawn, or maps and titles differ in number.
    """
    values, titles = [_as_map(m) for m in maps], _check_titles(titles, maps, "maps")
    picture = None if img is None else as_picture(img)
    shape = values[0].shape if picture is None else picture.shape
    extra = 1.2 if shared else 1.2 * min(len(maps), columns or 4)
    figure, axes = _panels(len(maps) + (picture is not None), columns, shape, extra)
    if picture is not None:
        _draw_picture(axes[0], picture, "picture")
    for panel, saliency_map, title in zip(axes[-len(maps) :], values, titles, strict=True):
        name, norm = _colours(map_limits(values if shared else [saliency_map], limits), cmap)
        _draw_map(panel, saliency_map, picture, name, norm)
        panel.set_title(title)
        if not shared:
            _draw_bar([panel], name, norm, label, [saliency_map])
    if shared:
        _draw_bar(axes, name, norm, label, values)
    return _finish(figure, alt, alt_text.describe_maps(values, titles, label))


@mpl.rc_context(_STYLE)
def show_images(
    images: Sequence[Picture],
    titles: Sequence[str],
    *,
    columns: int | None = None,
    alt: str | None = None,
) -> NotebookFigure:
    """Show pictures side by side.

    Parameters
    ----------
    images
        PIL pictures or arrays (h, w, 3) with values 0..255; each keeps its own aspect.
    titles
        One for each picture.
    columns
        Pictures in a row, 4 by default.
    alt
        Alternative text; None lists the titles, which says little: give a sentence.

    Returns
    -------
    matplotlib.figure.Figure
        The figure, already shown; `.alt` holds its alternative text.

    Raises
    ------
    HelpersError
        If something is no picture, or pictures and titles differ in number.
    """
    titles = _check_titles(titles, images, "pictures")
    pictures = [as_picture(img) for img in images]
    figure, axes = _panels(len(pictures), columns, pictures[0].shape, 0.0)
    for panel, picture, title in zip(axes, pictures, titles, strict=True):
        _draw_picture(panel, picture, title)
    return _finish(
        figure, alt, f"Pictures side by side, with these titles: {alt_text.listing(titles)}."
    )


@mpl.rc_context(_STYLE)
def show_masks(
    img: Picture,
    masks: Mapping[str, np.ndarray],
    *,
    title: str | None = None,
    alt: str | None = None,
) -> NotebookFigure:
    """Show a picture with the outlines of objects.

    Parameters
    ----------
    img
        PIL picture or array (h, w, 3), values 0..255.
    masks
        Name of each object -> bool (h, w), of the size of the picture.
    title
        Title of the picture.
    alt
        Alternative text; None says how much each object covers, and where.

    Returns
    -------
    matplotlib.figure.Figure
        The figure, already shown; `.alt` holds its alternative text.

    Raises
    ------
    HelpersError
        If a mask has another size than the picture, or there is none.
    """
    picture = as_picture(img)
    masks = {name: np.asarray(mask, bool) for name, mask in masks.items()}
    wrong = [name for name, mask in masks.items() if mask.shape != picture.shape[:2]]
    if wrong or not masks:
        raise HelpersError(
            f"Masks need the size of the picture, {picture.shape[:2]}: "
            + (
                f"{wrong[0]!r} has {masks[wrong[0]].shape}."
                if wrong
                else "there is no mask at all."
            )
        )
    figure = _figure(7.5, 5.4 * picture.shape[0] / picture.shape[1] + 0.4)
    axes = _draw_picture(figure.subplots(), picture, title)
    for i, (name, mask) in enumerate(masks.items()):
        _draw_outline(axes, name, mask, i)
    axes.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0), handlelength=2.5)
    return _finish(figure, alt, alt_text.describe_masks(masks))


def _draw_outline(axes: Axes, name: str, mask: np.ndarray, i: int) -> None:
    style = {"colors": [PALETTE[i % len(PALETTE)]], "linestyles": [_LINES[i % len(_LINES)]]}
    if mask.any():
        # A white line below keeps the outline visible on any picture.
        axes.contour(mask, levels=[0.5], colors="white", linewidths=5)
        axes.contour(mask, levels=[0.5], linewidths=2.5, **style)
    axes.plot(
        [], [], color=style["colors"][0], linestyle=style["linestyles"][0], lw=2.5, label=name
    )


# --- Charts --------------------------------------------------------------------------------


@mpl.rc_context(_STYLE)
def show_bars(
    names: Sequence[str],
    values: Sequence[float] | Mapping[str, Sequence[float]],
    *,
    label: str = "logit",
    title: str | None = None,
    alt: str | None = None,
) -> NotebookFigure:
    """Show one value for each name as a horizontal bar, or several values to compare.

    Parameters
    ----------
    names
        Names of the bars, from top to bottom, for example classes.
    values
        One number for each name; or title of a series -> one number for each name.
    label
        What the numbers are, and their unit.
    title
        Title of the chart.
    alt
        Alternative text; None reads the numbers out.

    Returns
    -------
    matplotlib.figure.Figure
        The figure, already shown; `.alt` holds its alternative text.

    Raises
    ------
    HelpersError
        If a series has another length than the names, or there is no name.
    """
    series = values if isinstance(values, Mapping) else {"": values}
    for one in series.values():
        _check_titles(names, one, "values")
    figure = _figure(8.0, 1.1 + 0.42 * len(names) * max(1.0, 0.6 * len(series)))
    axes = figure.subplots()
    thickness = 0.8 / len(series)
    for i, (series_title, numbers) in enumerate(series.items()):
        where = np.arange(len(names)) + (i - (len(series) - 1) / 2) * thickness
        style = {"color": PALETTE[i % len(PALETTE)], "hatch": _HATCHES[i % len(_HATCHES)]}
        bars = axes.barh(
            where, numbers, thickness * 0.92, label=series_title, edgecolor="white", **style
        )
        axes.bar_label(bars, [alt_text.number(v) for v in numbers], padding=3, fontsize=11)
    _finish_bars(axes, [str(name).replace("_", " ") for name in names], label, title)
    if len(series) > 1:
        axes.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0))
    return _finish(figure, alt, alt_text.describe_bars(names, series, label))


def _finish_bars(axes: Axes, names: Sequence[str], label: str, title: str | None) -> None:
    axes.set_yticks(range(len(names)), names)
    axes.invert_yaxis()
    axes.margins(x=0.15)
    axes.axvline(0, color="black", lw=0.8)
    axes.set(xlabel=label, title=title or "")


@mpl.rc_context(_STYLE)
def show_curves(
    curves: Mapping[str, Sequence[Sequence[float]]],
    *,
    x: str,
    y: str,
    title: str | None = None,
    alt: str | None = None,
) -> NotebookFigure:
    """Show lines, with a band of uncertainty where one is given.

    Parameters
    ----------
    curves
        Name of each line -> (xs, ys), or (xs, ys, lows, highs) for a band from low to high.
    x, y
        What the axes stand for, and their units.
    title
        Title of the chart.
    alt
        Alternative text; None says where each line starts and ends.

    Returns
    -------
    matplotlib.figure.Figure
        The figure, already shown; `.alt` holds its alternative text.

    Raises
    ------
    HelpersError
        If a line has parts of different lengths, or there is no line.
    """
    for name, parts in curves.items():
        if len(parts) not in (2, 4) or len({len(part) for part in parts}) != 1 or not len(parts[0]):
            raise HelpersError(
                f"The line {name!r} needs (xs, ys) or (xs, ys, lows, highs), all of one length."
            )
    if not curves:
        raise HelpersError("There is no line to draw: give at least one, as name -> (xs, ys).")
    figure = _figure(8.5, 4.4)
    axes = figure.subplots()
    for i, (name, (xs, ys, *band)) in enumerate(curves.items()):
        colour = PALETTE[i % len(PALETTE)]
        marker = _MARKERS[i % len(_MARKERS)]
        axes.plot(
            xs,
            ys,
            _LINES[i % len(_LINES)],
            color=colour,
            lw=2.2,
            label=name,
            marker=marker,
            markevery=max(1, len(xs) // 10),
        )
        if band:
            axes.fill_between(xs, *band, color=colour, alpha=0.2, lw=0)
    axes.set(xlabel=x, ylabel=y, title=title or "")
    axes.grid(alpha=0.3)
    axes.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0))
    return _finish(figure, alt, alt_text.describe_curves(curves, x, y))


@mpl.rc_context(_STYLE)
def show_heatmap(
    matrix: np.ndarray,
    row_names: Sequence[str],
    col_names: Sequence[str],
    *,
    label: str = "correlation",
    title: str | None = None,
    limits: tuple[float, float] | None = None,
    cmap: str | None = None,
    alt: str | None = None,
) -> NotebookFigure:
    """Show a table of numbers as coloured cells, each with its number.

    Parameters
    ----------
    matrix
        Shape (rows, columns); NaN cells stay empty.
    row_names, col_names
        One for each row, one for each column.
    label
        What the numbers are, and their unit.
    title
        Title of the table.
    limits
        Ends of the scale; None is 0 to the largest number, or centred on zero.
    cmap
        As in `show_saliency`.
    alt
        Alternative text; None names the largest and the smallest entry.

    Returns
    -------
    matplotlib.figure.Figure
        The figure, already shown; `.alt` holds its alternative text.

    Raises
    ------
    HelpersError
        If the names do not fit the matrix, or it holds no number at all.
    """
    matrix = np.asarray(matrix, np.float64)
    if matrix.shape != (len(row_names), len(col_names)) or not np.isfinite(matrix).any():
        raise HelpersError(
            f"A table of {len(row_names)} by {len(col_names)} names needs as many numbers, "
            f"but this has {matrix.shape}, or no finite number at all."
        )
    name, norm = _colours(map_limits([np.nan_to_num(matrix)], limits), cmap)
    figure = _figure(3.4 + 1.0 * len(col_names), 1.9 + 0.55 * len(row_names))
    axes = figure.subplots()
    axes.imshow(matrix, cmap=name, norm=norm, aspect="auto")
    _write_cells(axes, matrix, name, norm)
    axes.set_xticks(range(len(col_names)), col_names, rotation=30, ha="right")
    axes.set_yticks(range(len(row_names)), row_names)
    axes.set_title(title or "")
    _draw_bar([axes], name, norm, label, [matrix[np.isfinite(matrix)]])
    return _finish(figure, alt, alt_text.describe_matrix(matrix, row_names, col_names))


def _write_cells(axes: Axes, matrix: np.ndarray, cmap: str, norm: Normalize) -> None:
    """The numbers in the cells, black or white, whichever is easier to read there."""
    for (row, column), value in np.ndenumerate(matrix):
        if np.isfinite(value):
            red, green, blue, _ = mpl.colormaps[cmap](norm(value))
            light = 0.299 * red + 0.587 * green + 0.114 * blue > 0.5
            axes.text(
                column,
                row,
                f"{value:.2f}".replace("-0.00", "0.00"),
                ha="center",
                va="center",
                color="black" if light else "white",
            )


# --- The report card -----------------------------------------------------------------------


@mpl.rc_context(_STYLE)
def show_report_card(card: "ReportCard", *, alt: str | None = None) -> NotebookFigure:
    """Show a map beside its picture, and below them what the map can stand on.

    Parameters
    ----------
    card
        From `helpers.report_card`.
    alt
        Alternative text; None reads the table and the doubts out.

    Returns
    -------
    matplotlib.figure.Figure
        The figure, already shown; `.alt` holds its alternative text.
    """
    values = card.saliency_map
    # One pixel in a thousand may lie beyond the scale, or single peaks would fade the rest.
    high = float(np.quantile(np.abs(values), 0.999)) or 1.0
    ends = (-high if values.min() < 0 else 0.0, high)
    name, norm = _colours(ends, None)
    heights = (
        4.0 * values.shape[0] / values.shape[1],
        0.3 * (len(card.rows()) + 1) + 0.24 * len(card.doubts()) + 0.2,
    )
    figure = _figure(9.4, sum(heights))
    upper, lower = figure.subfigures(2, 1, height_ratios=heights)
    axes = upper.subplots(1, 2)
    _draw_picture(axes[0], as_picture(card.picture), card.class_name.replace("_", " "))
    _draw_map(axes[1], values, None, name, norm)
    axes[1].set_title(f"{card.method}, {card.reading}")
    _draw_bar(axes, name, norm, "unit of the method", [values])
    _draw_card(lower.subplots(), card)
    words = "; ".join(f"{question}: {value} ({beside})" for question, value, beside in card.rows())
    doubts = " ".join(card.doubts()) or NO_DOUBT
    return _finish(figure, alt, f"Report card of {card.method}. {words}. {doubts}")


def _draw_card(axes: Axes, card: "ReportCard") -> None:
    """The table of a report card, and its doubts below in words."""
    axes.set_axis_off()
    table = axes.table(
        card.rows(), colLabels=("question", "answer", "to compare with"), loc="upper center",
        cellLoc="left", colLoc="left", colWidths=(0.33, 0.27, 0.4), edges="horizontal",
    )  # fmt: skip
    table.auto_set_font_size(False)
    table.set_fontsize(11)
    table.scale(1, 1.3)
    style = {"va": "bottom", "fontsize": 11, "color": _RED if card.doubts() else "black"}
    axes.text(0, 0, "\n".join(card.doubts()) or NO_DOUBT, transform=axes.transAxes, **style)
