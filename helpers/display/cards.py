"""The report card of a map as a figure."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes

from helpers.attribution.records import method_words
from helpers.attribution.registry import find_method
from helpers.display.overlay import as_picture, colour_scale
from helpers.display.panels import RED, draw_bar, draw_map, draw_picture
from helpers.display.publish import STYLE, NotebookFigure, new_figure, shown

if TYPE_CHECKING:
    from helpers.evaluation import ReportCard

NO_DOUBT = "No doubt found; but one picture proves no method right."


@mpl.rc_context(STYLE)
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
    height, width = card.saliency_map.shape
    heights = (
        4.0 * height / width,
        0.3 * (len(card.rows()) + 1) + 0.24 * len(card.doubts()) + 0.2,
    )
    figure = new_figure(9.4, sum(heights))
    upper, lower = figure.subfigures(2, 1, height_ratios=heights)
    _draw_card_map(upper.subplots(1, 2), card)
    _draw_card_table(lower.subplots(), card)
    return shown(figure, alt, _describe_card(card))


def _describe_card(card: "ReportCard") -> str:
    words = "; ".join(f"{question}: {value} ({beside})" for question, value, beside in card.rows())
    doubts = " ".join(card.doubts()) or NO_DOUBT
    return f"Report card of {method_words(card.method)}. {words}. {doubts}"


def _draw_card_map(axes: Sequence[Axes], card: "ReportCard") -> None:
    """The picture of a report card, and its map beside it."""
    values = card.saliency_map
    # One pixel in a thousand may lie beyond the scale, or single peaks would fade the rest.
    high = float(np.quantile(np.abs(values), 0.999)) or 1.0
    scale = colour_scale((-high if values.min() < 0 else 0.0, high), None)
    draw_picture(axes[0], as_picture(card.picture), card.class_name.replace("_", " "))
    draw_map(axes[1], values, None, *scale)
    axes[1].set_title(f"{method_words(card.method)}, {card.reading}")
    draw_bar(axes, *scale, find_method(card.method).unit, [values])


def _draw_card_table(axes: Axes, card: "ReportCard") -> None:
    """The table of a report card, and its doubts below in words."""
    axes.set_axis_off()
    table = axes.table(
        card.rows(), colLabels=("question", "answer", "to compare with"), loc="upper center",
        cellLoc="left", colLoc="left", colWidths=(0.3, 0.2, 0.5), edges="horizontal",
    )  # fmt: skip
    table.auto_set_font_size(False)
    table.set_fontsize(11)
    table.scale(1, 1.3)
    style = {"va": "bottom", "fontsize": 11, "color": RED if card.doubts() else "black"}
    axes.text(0, 0, "\n".join(card.doubts()) or NO_DOUBT, transform=axes.transAxes, **style)
