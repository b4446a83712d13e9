"""Maps with their pictures, and scales in real units. Each figure is shown and returned."""

from collections.abc import Sequence

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import ListedColormap, Normalize
from matplotlib.gridspec import GridSpec
from matplotlib.offsetbox import AnchoredOffsetbox, TextArea, VPacker

from helpers.display import alt_text
from helpers.display.overlay import (
    as_map,
    as_picture,
    bar_colours,
    check_strength,
    colour_scale,
    map_limits,
    overlay_image,
)
from helpers.display.panels import (
    RED,
    check_titles,
    draw_bar,
    draw_map,
    draw_picture,
    panel_grid,
    render_img_on_grid,
    say_constant,
)
from helpers.display.publish import STYLE, NotebookFigure, Picture, new_figure, shown
from helpers.errors import HelpersError

GRADIENT_UNIT = "logit per grey level"


def _list_classes(axes: Axes, names: Sequence[str]) -> None:
    """The class names in a rounded box, the first one bold, red and marked."""
    best, *others = (name.replace("_", " ") for name in names)
    lines = [TextArea(f"▸ {best}", textprops={"color": RED, "weight": "bold"})]
    lines += [TextArea(f"   {name}", textprops={"color": "black"}) for name in others]
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


@mpl.rc_context(STYLE)
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
    picture, values, names = as_picture(img), as_map(saliency_map), _names_of(top_5)
    low, high = values.min(), values.max()
    limits = (low, high) if 0 <= low < high else None
    figure = new_figure(9.2, 4.6 * picture.shape[0] / picture.shape[1] + 0.1)
    grid = GridSpec(1, 2, figure=figure, wspace=0.0)
    render_img_on_grid(picture, 0, grid)
    axes = render_img_on_grid(overlay_image(picture, values, strength, cmap, limits), 1, grid)
    say_constant(axes, values)
    if names:
        _list_classes(axes, names)
    return shown(figure, alt, alt_text.describe_side_by_side(values, names))


@mpl.rc_context(STYLE)
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
    values, picture = as_map(saliency_map), None if img is None else as_picture(img)
    name, norm = colour_scale(map_limits([values], limits), cmap)
    height, width = values.shape if picture is None else picture.shape[:2]
    panels = 1 if picture is None else 2
    figure = new_figure(4.3 * panels + 1.2, 4.3 * height / width + 0.5)
    axes = figure.subplots(1, panels, squeeze=False)[0]
    if picture is not None:
        draw_picture(axes[0], picture, "picture")
    bar = _draw_on_one_scale(axes[-1:], [values], picture, overlay, name, norm)
    axes[-1].set_title(title or "saliency map")
    draw_bar(axes, bar, norm, label, [values])
    return shown(figure, alt, f"{title or 'Saliency map'}: {alt_text.describe_map(values, label)}.")


@mpl.rc_context(STYLE)
def show_maps(
    maps: Sequence[np.ndarray],
    titles: Sequence[str],
    *,
    img: Picture | None = None,
    label: str = GRADIENT_UNIT,
    shared: bool = True,
    overlay: float = 0.0,
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
    overlay, cmap, limits
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
    values, titles = [as_map(m) for m in maps], check_titles(titles, maps, "maps")
    picture = None if img is None else as_picture(img)
    shape = values[0].shape if picture is None else picture.shape
    extra = 1.2 if shared else 1.2 * min(len(maps), columns or 4)
    figure, axes = panel_grid(len(maps) + (picture is not None), columns, shape, extra)
    if picture is not None:
        draw_picture(axes[0], picture, "picture")
    panels = axes[-len(maps) :]
    groups = [(axes, panels, values)]
    if not shared:
        groups = [([panel], [panel], [one]) for panel, one in zip(panels, values, strict=True)]
    for beside, where, group in groups:
        name, norm = colour_scale(map_limits(group, limits), cmap)
        bar = _draw_on_one_scale(where, group, picture, overlay, name, norm)
        draw_bar(beside, bar, norm, label, group)
    for panel, title in zip(panels, titles, strict=True):
        panel.set_title(title)
    return shown(figure, alt, alt_text.describe_maps(values, titles, label))


def _draw_on_one_scale(
    panels: Sequence[Axes],
    maps: Sequence[np.ndarray],
    picture: np.ndarray | None,
    strength: float,
    cmap: str,
    norm: Normalize,
) -> str | ListedColormap:
    """Maps, plain or laid over their picture; give the colours that they take there."""
    if not check_strength(strength) or picture is None:
        for axes, one in zip(panels, maps, strict=True):
            draw_map(axes, one, picture, cmap, norm)
        return cmap
    limits = norm.vmin, norm.vmax
    for axes, one in zip(panels, maps, strict=True):
        draw_picture(axes, overlay_image(picture, one, strength, cmap, limits))
        say_constant(axes, one)
    return ListedColormap(bar_colours(cmap, limits, strength) / 255)
