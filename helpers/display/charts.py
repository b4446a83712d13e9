"""Charts of numbers: bars, lines and tables. Each figure is shown and returned."""

from collections.abc import Mapping, Sequence

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import Normalize

from helpers.display import alt_text
from helpers.display.overlay import colour_scale, map_limits
from helpers.display.panels import LINES, PALETTE, check_titles, draw_bar
from helpers.display.publish import STYLE, NotebookFigure, new_figure, shown
from helpers.errors import HelpersError

_MARKERS = "osD^vPX"
_HATCHES = ("", "//", "..", "xx", "--")


@mpl.rc_context(STYLE)
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
        check_titles(names, one, "values")
    figure = new_figure(8.0, 1.1 + 0.42 * len(names) * max(1.0, 0.6 * len(series)))
    axes = figure.subplots()
    for i, series_title in enumerate(series):
        _draw_series(axes, series[series_title], series_title, i, len(series))
    _finish_bars(axes, [str(name).replace("_", " ") for name in names], label, title)
    if len(series) > 1:
        axes.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0))
    return shown(figure, alt, alt_text.describe_bars(names, series, label))


def _draw_series(axes: Axes, numbers: Sequence[float], title: str, i: int, count: int) -> None:
    """The bars of the i-th of `count` series, beside those of the others."""
    thickness = 0.8 / count
    where = np.arange(len(numbers)) + (i - (count - 1) / 2) * thickness
    style = {"color": PALETTE[i % len(PALETTE)], "hatch": _HATCHES[i % len(_HATCHES)]}
    bars = axes.barh(where, numbers, thickness * 0.92, label=title, edgecolor="white", **style)
    axes.bar_label(bars, [alt_text.number(v) for v in numbers], padding=3, fontsize=11)


def _finish_bars(axes: Axes, names: Sequence[str], label: str, title: str | None) -> None:
    axes.set_yticks(range(len(names)), names)
    axes.invert_yaxis()
    axes.margins(x=0.15)
    axes.axvline(0, color="black", lw=0.8)
    axes.set(xlabel=label, title=title or "")


@mpl.rc_context(STYLE)
def show_bar_panels(
    names: Sequence[str],
    panels: Mapping[str, Sequence[Sequence[float]]],
    *,
    whiskers: str = "standard deviation",
    alt: str | None = None,
) -> NotebookFigure:
    """Show several quantities of the same things side by side, each with its own unit and spread.

    Parameters
    ----------
    names
        Names of the bars, from top to bottom.
    panels
        What a panel shows and its unit -> (values, spreads), or (values, spreads, reference): a
        broken line stands at the reference, a value that means something.
    whiskers
        What the spreads are; it stands in the figure.
    alt
        Alternative text; None reads the numbers out.

    Returns
    -------
    matplotlib.figure.Figure
        The figure, already shown; `.alt` holds its alternative text. Numbers have one decimal.

    Raises
    ------
    HelpersError
        If values or spreads differ in number from the names, or there is no name or no panel.
    """
    if not panels:
        raise HelpersError("There is no panel to draw: give at least one, as what -> numbers.")
    for values, spreads, *_ in panels.values():
        check_titles(names, values, "values")
        check_titles(names, spreads, "spreads")
    words = [str(name).replace("_", " ") for name in names]
    figure = new_figure(5.4 * len(panels), 1.7 + 0.5 * len(names))
    for i, (label, parts) in enumerate(panels.items()):
        _draw_bar_panel(figure.add_subplot(1, len(panels), i + 1), words, label, i, *parts)
    figure.suptitle(f"whiskers: {whiskers}", fontsize=12)
    return shown(figure, alt, alt_text.describe_bar_panels(words, panels, whiskers))


def _draw_bar_panel(
    axes: Axes,
    names: Sequence[str],
    label: str,
    i: int,
    values: Sequence[float],
    spreads: Sequence[float],
    reference: float | None = None,
) -> None:
    """The i-th panel: bars with whiskers, and their numbers where no whisker crosses them."""
    style = {"color": PALETTE[i % len(PALETTE)], "hatch": _HATCHES[i % len(_HATCHES)]}
    bars = axes.barh(range(len(values)), values, 0.62, xerr=spreads, capsize=5, alpha=0.85, **style)
    ground = {"facecolor": "white", "edgecolor": "none", "pad": 1}
    axes.bar_label(bars, [alt_text.one_decimal(v) for v in values], padding=5, bbox=ground)
    _finish_bars(axes, names, label, None)
    axes.margins(x=0.25)
    if reference is not None:
        axes.axvline(reference, color="black", lw=1.2, ls="--")


@mpl.rc_context(STYLE)
def show_curves(
    curves: Mapping[str, Sequence[Sequence[float]]],
    *,
    x: str,
    y: str,
    log: bool = False,
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
    log
        True draws y on a logarithmic axis: equal steps upwards are equal factors.
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
        If a line has parts of different lengths, there is no line, or a value has no logarithm.
    """
    _check_curves(curves)
    if log and any(np.min(ys) <= 0 for _, ys, *_ in curves.values()):
        raise HelpersError("A logarithmic axis has no place for 0 or less: use log=False.")
    figure = new_figure(8.5, 4.4)
    axes = figure.subplots()
    for i, (name, parts) in enumerate(curves.items()):
        _draw_curve(axes, name, i, *parts)
    axes.set(xlabel=x, ylabel=y, title=title or "", yscale="log" if log else "linear")
    axes.grid(alpha=0.3)
    axes.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0))
    return shown(figure, alt, alt_text.describe_curves(curves, x, y))


def _check_curves(curves: Mapping[str, Sequence[Sequence[float]]]) -> None:
    if not curves:
        raise HelpersError("There is no line to draw: give at least one, as name -> (xs, ys).")
    for name, parts in curves.items():
        if len(parts) not in (2, 4) or len({len(part) for part in parts}) != 1 or not len(parts[0]):
            raise HelpersError(
                f"The line {name!r} needs (xs, ys) or (xs, ys, lows, highs), all of one length."
            )


def _draw_curve(
    axes: Axes, name: str, i: int, xs: Sequence[float], ys: Sequence[float], *band: Sequence[float]
) -> None:
    """The i-th line, told apart by colour, dashes and marker."""
    style = {"color": PALETTE[i % len(PALETTE)], "linestyle": LINES[i % len(LINES)]}
    marks = {"marker": _MARKERS[i % len(_MARKERS)], "markevery": max(1, len(xs) // 10)}
    axes.plot(xs, ys, lw=2.2, label=name, **style, **marks)
    if band:
        axes.fill_between(xs, *band, color=style["color"], alpha=0.2, lw=0)


@mpl.rc_context(STYLE)
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
        Shape (rows, columns); NaN cells stay empty. The numbers are written with two decimals;
        in a table of many narrow columns with one, so that neighbours do not touch.
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
    matrix = _as_table(matrix, (len(row_names), len(col_names)))
    name, norm = colour_scale(map_limits([np.nan_to_num(matrix)], limits), cmap)
    # Many columns become narrow ones: a wider figure would be shrunk until nobody can read it.
    cell = min(1.0, 7.6 / len(col_names))
    figure = new_figure(3.4 + cell * len(col_names), 1.9 + 0.55 * len(row_names))
    axes = figure.subplots()
    axes.imshow(matrix, cmap=name, norm=norm, aspect="auto")
    size, decimals, turn = (13, 2, 30) if cell > 0.6 else (10, 1, 45)
    _write_cells(axes, matrix, name, norm, size, decimals)
    columns, rows = (
        [str(name).replace("_", " ") for name in names] for names in (col_names, row_names)
    )
    axes.set_xticks(range(len(columns)), columns, rotation=turn, ha="right")
    axes.set_yticks(range(len(rows)), rows)
    axes.set_title(title or "")
    draw_bar([axes], name, norm, label, [matrix[np.isfinite(matrix)]])
    return shown(figure, alt, alt_text.describe_matrix(matrix, row_names, col_names))


def _as_table(matrix: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    table = np.asarray(matrix, np.float64)
    if table.shape != shape:
        raise HelpersError(
            f"A table with names for {shape[0]} rows and {shape[1]} columns needs numbers of that "
            f"shape, but this has {table.shape}: give one name to each row and each column."
        )
    if not np.isfinite(table).any():
        raise HelpersError(
            "This table holds no finite number, so the names alone would be drawn: "
            "look for where its NaN values came from."
        )
    return table


def _write_cells(
    axes: Axes, matrix: np.ndarray, cmap: str, norm: Normalize, size: float, decimals: int
) -> None:
    """The numbers in the cells, black or white, whichever is easier to read there."""
    for (row, column), value in np.ndenumerate(matrix):
        if np.isfinite(value):
            light = np.dot(mpl.colormaps[cmap](norm(value))[:3], (0.299, 0.587, 0.114)) > 0.5
            words = f"{value:z.{decimals}f}"  # z: no minus before a rounded zero
            colour = "black" if light else "white"
            axes.text(column, row, words, ha="center", va="center", color=colour, fontsize=size)
