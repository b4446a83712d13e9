"""Drawing: the only package that imports matplotlib.

Every `show_*` function draws arrays that somebody else computed, shows the figure at once and
returns it. A figure reaches the page through `show` alone, which gives it alternative text.
"""

from helpers.display.cards import NO_DOUBT, show_report_card
from helpers.display.charts import show_bar_panels, show_bars, show_curves, show_heatmap
from helpers.display.maps import GRADIENT_UNIT, show_maps, show_saliency, show_side_by_side
from helpers.display.overlay import as_picture, bar_picture, map_image, map_limits, overlay_image
from helpers.display.panels import render_img_on_grid, show_images, show_masks
from helpers.display.publish import (
    NotebookFigure,
    Picture,
    data_url,
    figure_bytes,
    jpeg_bytes,
    picture_bytes,
    picture_html,
    show,
)
from helpers.display.sheets import panel_sheet

__all__ = [
    "GRADIENT_UNIT",
    "NO_DOUBT",
    "NotebookFigure",
    "Picture",
    "as_picture",
    "bar_picture",
    "data_url",
    "figure_bytes",
    "jpeg_bytes",
    "map_image",
    "map_limits",
    "overlay_image",
    "panel_sheet",
    "picture_bytes",
    "picture_html",
    "render_img_on_grid",
    "show",
    "show_bar_panels",
    "show_bars",
    "show_curves",
    "show_heatmap",
    "show_images",
    "show_maps",
    "show_masks",
    "show_report_card",
    "show_saliency",
    "show_side_by_side",
]
