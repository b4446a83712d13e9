"""Bars, lines and tables have the length, place and numbers of what they show."""

import itertools

import numpy as np
import pytest

from helpers import METHODS, HelpersError, method_words
from helpers.display import show_bar_panels, show_bars, show_curves, show_heatmap


def test_bars_have_the_length_of_their_numbers():
    figure = show_bars(["tabby", "tiger_cat"], [8.5, -1])
    bars = [patch.get_width() for patch in figure.axes[0].patches]
    assert bars == [8.5, -1]
    assert figure.alt == "Bar chart of logit: tabby 8.5; tiger_cat -1."


def test_bars_to_compare_differ_in_more_than_colour():
    figure = show_bars(["tabby"], {"untouched": [8], "ball hidden": [3]}, title="logits")
    first, second = figure.axes[0].patches
    assert first.get_hatch() != second.get_hatch()
    assert figure.alt == "Bar chart of logit: tabby 8 untouched, 3 ball hidden."


def test_bars_need_one_number_each():
    with pytest.raises(HelpersError):
        show_bars(["tabby"], [1, 2])


def test_panels_have_their_own_unit_their_whiskers_and_one_decimal():
    panels = {"share": ([1.25, -0.04], [0.3, 0.2], 1), "effect in logits": ([2, 3], [0.5, 1])}
    figure = show_bar_panels(["the_tin", "opener"], panels, whiskers="sd of 12 views")
    share, effect = figure.axes
    assert [patch.get_width() for patch in share.patches] == [1.25, -0.04]
    assert [text.get_text() for text in share.texts] == ["1.2", "0.0"]
    assert [axes.get_xlabel() for axes in figure.axes] == list(panels)
    ends = effect.containers[0][2][0].get_segments()
    np.testing.assert_allclose([end[:, 0] for end in ends], [[1.5, 2.5], [2, 4]])
    assert any(list(line.get_xdata()) == [1, 1] for line in share.lines)
    assert "sd of 12 views" in figure.get_suptitle()
    assert figure.alt == (
        "Bars with whiskers (sd of 12 views). share: the tin 1.2 ± 0.3; opener 0.0 ± 0.2. "
        "effect in logits: the tin 2.0 ± 0.5; opener 3.0 ± 1.0."
    )


@pytest.mark.parametrize("panels", [{}, {"a": ([1], [1, 2])}, {"a": ([1, 2], [1])}])
def test_panels_need_one_value_and_one_spread_each(panels):
    with pytest.raises(HelpersError):
        show_bar_panels(["one", "two"], panels)


def test_a_logarithmic_axis_refuses_what_has_no_logarithm():
    assert (
        show_curves({"a": ([1, 2], [1, 0.1])}, x="x", y="y", log=True).axes[0].get_yscale() == "log"
    )
    with pytest.raises(HelpersError, match="0 or less"):
        show_curves({"a": ([1, 2], [1, 0])}, x="x", y="y", log=True)


def test_curves_have_bands_and_different_lines():
    xs, ys = [0, 0.5, 1], [1, 0.4, 0.1]
    figure = show_curves(
        {"gradient": (xs, ys, [0.9, 0.3, 0], [1.1, 0.5, 0.2]), "random": (xs, ys)}, x="share", y="p"
    )
    first, second = figure.axes[0].lines
    assert first.get_linestyle() != second.get_linestyle()
    assert len(figure.axes[0].collections) == 1
    assert figure.alt.startswith("Line chart of p against share: gradient goes from 1 at 0 to 0.1")


@pytest.mark.parametrize(
    "curves", [{}, {"a": ([1, 2], [1])}, {"a": ([1], [1], [1])}, {"a": ([], [])}]
)
def test_curves_need_equal_lengths(curves):
    with pytest.raises(HelpersError):
        show_curves(curves, x="x", y="y")


def test_heatmap_writes_its_numbers():
    matrix = np.array([[1.0, -0.5], [np.nan, -0.001]])
    figure = show_heatmap(matrix, ["a", "b"], ["c", "d"])
    assert [text.get_text() for text in figure.axes[0].texts] == ["1.00", "-0.50", "0.00"]
    assert figure.alt == (
        "Coloured table of 2 rows by 2 columns: largest 1 for a and c; smallest -0.5 for a and d."
    )


@pytest.mark.parametrize("count", [2, 7, 12, 13, 23])
def test_numbers_of_neighbouring_columns_do_not_touch(count):
    names = [f"column_{i}" for i in range(count)]
    figure = show_heatmap(np.full((2, count), -0.84), ["a", "b"], names)
    figure.canvas.draw()
    boxes = [text.get_window_extent() for text in figure.axes[0].texts[:count]]
    assert all(left.x1 < right.x0 for left, right in itertools.pairwise(boxes))


# How wide JupyterLab shows a figure on a laptop of 1366 pixels, beside the list of files.
LAPTOP = 914


def test_a_table_of_all_methods_is_read_where_it_is_shown():
    names = [method_words(name) for name in METHODS]
    figure = show_heatmap(np.full((len(names), len(names)), -0.84), names, names)
    width = figure.get_figwidth() * figure.dpi
    pixels = figure.dpi / 72 * min(1, LAPTOP / width)
    texts = [*figure.axes[0].texts, *figure.axes[0].get_xticklabels()]
    assert min(text.get_fontsize() for text in texts) * pixels >= 11
    figure.canvas.draw()
    first, second, *_ = figure.axes[0].get_xticklabels()
    apart = second.get_window_extent().x1 - first.get_window_extent().x1
    assert apart * np.sin(np.radians(first.get_rotation())) >= first.get_fontsize() * pixels


@pytest.mark.parametrize("matrix", [np.zeros((2, 3)), np.full((2, 2), np.nan)])
def test_heatmap_needs_a_number_for_each_pair_of_names(matrix):
    with pytest.raises(HelpersError, match="names"):
        show_heatmap(matrix, ["a", "b"], ["c", "d"])
