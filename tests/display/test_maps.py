"""Maps are drawn on scales in real units, shared or each its own."""

import numpy as np
import pytest
from drawings import SPOT, WHITE, drawn
from matplotlib.offsetbox import AnchoredOffsetbox, TextArea
from PIL import Image

from helpers import HelpersError
from helpers.display import overlay_image, show_maps, show_saliency, show_side_by_side

TOP_5 = [[("n1", "tabby", 8.5), ("n2", "Egyptian_cat", 8.1), ("n3", "lynx", 7.0)]]


def test_signed_maps_are_centred_on_zero():
    signed = np.array([[-1.0, 0.0, 0.5]])
    below, zero, above = overlay_image(np.full((1, 3, 3), 128, np.uint8), signed)[0].astype(int)
    assert below[2] > below[0]
    assert above[0] > above[2]
    np.testing.assert_array_equal(zero, [128, 128, 128])
    assert drawn(show_saliency(None, signed)).norm.vmin == -1
    assert drawn(show_saliency(None, signed)).norm.vmax == 1


def test_side_by_side_is_called_as_in_the_post():
    figure = show_side_by_side(Image.fromarray(WHITE), SPOT, TOP_5)
    left, right = figure.axes
    assert left.images[0].get_array().shape == right.images[0].get_array().shape == (40, 60, 3)
    (box,) = [a for a in right.artists if isinstance(a, AnchoredOffsetbox)]
    lines = [text for area in box.findobj(TextArea) for text in area.get_children()]
    assert [line.get_text().strip("▸ ") for line in lines] == ["tabby", "Egyptian cat", "lynx"]
    first, second = lines[:2]
    assert (first.get_color(), first.get_weight()) == ("#B00020", "bold")
    assert second.get_color() == "black"
    assert "tabby, Egyptian_cat, lynx" in figure.alt


def test_side_by_side_without_classes_has_no_box():
    right = show_side_by_side(WHITE, SPOT).axes[1]
    assert not right.artists


def test_side_by_side_draws_what_the_post_displayed():
    figure = show_side_by_side(WHITE, np.array([[127, 255]], np.uint8))
    overlay = figure.axes[1].images[0].get_array()
    assert (overlay[:, 0] == 255).all()  # the post's background, 127, is the low end


@pytest.mark.parametrize("top_5", [["tabby"], [["tabby", "lynx"]], 5])
def test_wrong_top_5_is_one_sentence(top_5):
    with pytest.raises(HelpersError, match="make_prediction"):
        show_side_by_side(WHITE, SPOT, top_5)


def test_the_colour_bar_has_the_unit_and_the_raw_values():
    figure = show_saliency(WHITE, SPOT, label="logit", title="tabby")
    bar = figure.axes[-1]
    assert bar.get_ylabel() == "logit"
    assert bar.get_ylim() == (0, 4)
    np.testing.assert_array_equal(drawn(figure).get_array(), SPOT)
    assert [axes.get_title() for axes in figure.axes[:2]] == ["picture", "tabby"]


def test_saliency_as_an_overlay_keeps_the_picture():
    figure = show_saliency(WHITE, SPOT, overlay=0.5)
    overlay = drawn(figure, 1).get_array()
    assert overlay.shape == WHITE.shape
    assert (overlay[-10:] == 255).all()


@pytest.mark.parametrize("overlay", [0, 0.7])
def test_a_constant_map_is_drawn_and_named(overlay):
    figure = show_saliency(WHITE, np.full((5, 5), 0.25), overlay=overlay)
    assert figure.axes[1].get_xlabel() == "constant map: 0.25 everywhere"
    assert "constant at 0.25" in figure.alt


def test_a_map_of_zeros_is_drawn():
    figure = show_side_by_side(WHITE, np.zeros((5, 5)))
    assert (figure.axes[1].images[0].get_array() == 255).all()
    assert "constant at 0" in figure.alt


def test_maps_side_by_side_share_one_scale():
    figure = show_maps([SPOT, SPOT / 2], ["all", "half"])
    first, second = drawn(figure, 0).norm, drawn(figure, 1).norm
    assert (first.vmin, first.vmax) == (second.vmin, second.vmax) == (0, 4)
    assert sum(not axes.images for axes in figure.axes) == 1  # the one colour bar


def test_maps_of_different_units_have_their_own_scales():
    figure = show_maps([SPOT, SPOT / 2], ["all", "half"], shared=False, img=WHITE)
    assert (drawn(figure, 1).norm.vmax, drawn(figure, 2).norm.vmax) == (4, 2)
    assert drawn(figure, 1).get_extent() == [0, 60, 40, 0]


def test_one_signed_map_centres_all():
    figure = show_maps([SPOT, -SPOT / 2], ["plus", "minus"])
    assert {drawn(figure, i).norm.vmin for i in (0, 1)} == {-4}


def test_limits_set_the_scale():
    assert drawn(show_saliency(None, SPOT, limits=(0, 8))).norm.vmax == 8
