"""Pictures, outlines and colour bars stand where they should and carry their titles."""

import matplotlib as mpl
import numpy as np
import pytest
from drawings import SPOT, WHITE
from matplotlib import gridspec, pyplot
from PIL import Image

from helpers import HelpersError
from helpers.display import render_img_on_grid, show_images, show_maps, show_masks, show_saliency


def test_render_img_on_grid_works_in_pyplot_and_in_a_figure():
    axes = render_img_on_grid(WHITE, 1, gridspec.GridSpec(1, 2, wspace=0.0))
    assert axes.figure is pyplot.gcf()
    assert len(axes.get_xticks()) == len(axes.get_yticks()) == 0
    pyplot.close("all")
    figure = mpl.figure.Figure()
    assert render_img_on_grid(WHITE, 0, gridspec.GridSpec(1, 1, figure=figure)).figure is figure


@pytest.mark.parametrize(
    ("limits", "ends"),
    [((0, 4), set()), ((0, 3), {"above"}), ((1, 4), {"below"}), ((1, 3), {"above", "below"})],
)
def test_a_colour_bar_is_pointed_where_values_lie_beyond_it(limits, ends):
    bar = show_saliency(None, SPOT, limits=limits).axes[-1]
    heights = [point.get_path().vertices[:, 1] for point in bar.patches]
    assert {"below" if rows.min() < 0 else "above" for rows in heights} == ends
    assert all(rows.min() < 0 or rows.max() > 1 for rows in heights)


def test_many_maps_go_into_rows():
    figure = show_maps([SPOT] * 5, list("abcde"), columns=3)
    assert sum(bool(axes.images) for axes in figure.axes) == 5
    assert sum(not axes.axison for axes in figure.axes) == 1


def test_images_keep_their_titles_and_values():
    figure = show_images([WHITE, Image.new("L", (30, 30), 7)], ["white", "grey"])
    assert [axes.get_title() for axes in figure.axes] == ["white", "grey"]
    assert (figure.axes[1].images[0].get_array() == 7).all()


@pytest.mark.parametrize("titles", [["one"], []])
def test_each_picture_needs_a_title(titles):
    with pytest.raises(HelpersError, match="title"):
        show_images([WHITE, WHITE], titles)
    with pytest.raises(HelpersError, match="title"):
        show_maps([SPOT, SPOT], titles)


def test_masks_are_outlined_and_described():
    ball = np.zeros((40, 60), bool)
    ball[:10, 45:] = True
    figure = show_masks(WHITE, {"ball": ball, "hoop": ~ball & False}, title="two objects")
    assert [text.get_text() for text in figure.axes[0].get_legend().get_texts()] == ["ball", "hoop"]
    assert figure.alt == (
        "Picture with the outlines of ball (6% of the picture, upper right); "
        "hoop (not in the picture)."
    )


@pytest.mark.parametrize("masks", [{}, {"ball": np.ones((3, 3), bool)}])
def test_masks_of_another_size_are_refused(masks):
    with pytest.raises(HelpersError, match=r"[Mm]ask"):
        show_masks(WHITE, masks)
