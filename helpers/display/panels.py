"""Panels of a figure: pictures, maps, outlines and colour bars, one at a time or in rows."""

from collections.abc import Mapping, Sequence
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize
from matplotlib.gridspec import GridSpec

from helpers.display import alt_text
from helpers.display.overlay import as_picture
from helpers.display.publish import STYLE, NotebookFigure, Picture, new_figure, shown
from helpers.errors import HelpersError
from helpers.validation import as_mask

# Okabe and Ito (2008): told apart with every common form of colour blindness.
PALETTE = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
LINES = ("-", "--", "-.", ":")
RED = "#B00020"
# Values below the scale, values above it -> which ends of the colour bar are pointed.
_EXTEND = {
    (False, False): "neither",
    (True, False): "min",
    (False, True): "max",
    (True, True): "both",
}


def bare(axes: Axes) -> Axes:
    """Axes without ticks and frame; a label below stays possible."""
    axes.set_xticks([])
    axes.set_yticks([])
    axes.spines[:].set_visible(False)
    return axes


def draw_picture(axes: Axes, picture: np.ndarray, title: str | None = None) -> Axes:
    """A picture without ticks and frame."""
    axes.imshow(picture)
    if title:
        axes.set_title(title)
    return bare(axes)


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
    return draw_picture(figure.add_subplot(grid[pos]), as_picture(img))


def say_constant(axes: Axes, saliency_map: np.ndarray) -> None:
    """Words below a map that has one value everywhere, because it looks like a fault."""
    if saliency_map.min() == saliency_map.max():
        axes.set_xlabel(f"constant map: {alt_text.number(saliency_map.flat[0])} everywhere")


def draw_map(
    axes: Axes, saliency_map: np.ndarray, picture: np.ndarray | None, cmap: str, norm: Normalize
) -> None:
    """A map in its colours, stretched to the shape of its picture where there is one."""
    height, width = saliency_map.shape if picture is None else picture.shape[:2]
    axes.imshow(saliency_map, cmap=cmap, norm=norm, extent=(0, width, height, 0))
    say_constant(bare(axes), saliency_map)


def draw_bar(
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


def check_titles(titles: Sequence[str], things: Sequence[Any], what: str) -> list[str]:
    """The titles as text, after a look whether each thing has one."""
    if not len(things) or len(titles) != len(things):
        raise HelpersError(
            f"There are {len(things)} {what} and {len(titles)} titles: give one title to each."
        )
    return [str(title) for title in titles]


def panel_grid(
    count: int, columns: int | None, shape: tuple[int, ...], extra: float
) -> tuple[NotebookFigure, list[Axes]]:
    """A figure with panels for pictures of one shape, in rows of at most `columns`."""
    columns = min(count, columns or 4)
    rows = -(-count // columns)
    width = min(4.3, 11.0 / columns)
    figure = new_figure(width * columns + extra, (width * shape[0] / shape[1] + 0.45) * rows)
    axes = list(figure.subplots(rows, columns, squeeze=False).flat)
    for unused in axes[count:]:
        unused.set_axis_off()
    return figure, axes[:count]


@mpl.rc_context(STYLE)
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
    titles = check_titles(titles, images, "pictures")
    pictures = [as_picture(img) for img in images]
    figure, axes = panel_grid(len(pictures), columns, pictures[0].shape, 0.0)
    for panel, picture, title in zip(axes, pictures, titles, strict=True):
        draw_picture(panel, picture, title)
    return shown(
        figure, alt, f"Pictures side by side, with these titles: {alt_text.listing(titles)}."
    )


@mpl.rc_context(STYLE)
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
    masks = {name: as_mask(mask) for name, mask in masks.items()}
    _check_masks(masks, picture.shape[:2])
    figure = new_figure(7.5, 5.4 * picture.shape[0] / picture.shape[1] + 0.4)
    axes = draw_picture(figure.subplots(), picture, title)
    for i, (name, mask) in enumerate(masks.items()):
        _draw_outline(axes, name, mask, i)
    axes.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0), handlelength=2.5)
    return shown(figure, alt, alt_text.describe_masks(masks))


def _check_masks(masks: Mapping[str, np.ndarray], size: tuple[int, ...]) -> None:
    if not masks:
        raise HelpersError("There is no mask to draw: give at least one, as name -> mask (h, w).")
    for name, mask in masks.items():
        if mask.shape != size:
            raise HelpersError(
                f"Masks need the size of the picture, {size}: {name!r} has {mask.shape}."
            )


def _draw_outline(axes: Axes, name: str, mask: np.ndarray, i: int) -> None:
    colour, line = PALETTE[i % len(PALETTE)], LINES[i % len(LINES)]
    if mask.any():
        # A white line below keeps the outline visible on any picture.
        axes.contour(mask, levels=[0.5], colors="white", linewidths=5)
        axes.contour(mask, levels=[0.5], linewidths=2.5, colors=[colour], linestyles=[line])
    axes.plot([], [], color=colour, linestyle=line, lw=2.5, label=name)
