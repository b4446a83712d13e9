"""Figures say what the numbers say, once, and with words for those who cannot see them."""

import ast
import io
from pathlib import Path

import matplotlib as mpl
import numpy as np
import pytest
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output
from matplotlib import gridspec, pyplot
from matplotlib.offsetbox import AnchoredOffsetbox, TextArea
from PIL import Image

from helpers import HelpersError
from helpers.attribution.saliency import keras_vis_map
from helpers.display import alt_text
from helpers.display import figures as display
from helpers.display.figures import (
    figure_bytes,
    overlay_image,
    picture_bytes,
    picture_html,
    render_img_on_grid,
    show,
    show_bars,
    show_curves,
    show_heatmap,
    show_images,
    show_maps,
    show_masks,
    show_saliency,
    show_side_by_side,
)

HELPERS = Path(display.__file__).parents[1]
WHITE = np.full((40, 60, 3), 255, np.uint8)
SPOT = np.zeros((20, 20))
SPOT[2, 17] = 4.0
TOP_5 = [[("n1", "tabby", 8.5), ("n2", "Egyptian_cat", 8.1), ("n3", "lynx", 7.0)]]


def drawn(figure, panel=-1):
    """The values or the picture in a panel; the axes of colour bars come after the panels."""
    panels = [axes for axes in figure.axes if axes.images]
    return panels[panel].images[0]


# --- One module draws ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("library", "owner"),
    [("matplotlib", "display"), ("ipywidgets", "widgets"), ("anywidget", "widgets")],
)
def test_only_one_package_imports_it(library, owner):
    def imports(path):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [a.name for a in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            if any(name.split(".")[0] == library for name in names):
                return True
        return False

    # helpers.check looks whether the packages are there, and uses nothing of them.
    files = [path for path in HELPERS.rglob("*.py") if path.name != "check.py"]
    assert {path.relative_to(HELPERS).parts[0] for path in files if imports(path)} == {owner}


# --- Showing -------------------------------------------------------------------------------


@pytest.fixture
def shell():
    """A notebook's shell, whose output is captured."""
    shell = InteractiveShell.instance()
    shell.user_ns.update(show=show, show_saliency=show_saliency, spot=SPOT, pyplot=pyplot)

    def run(cell):
        with capture_output() as captured:
            shell.run_cell(cell, store_history=True).raise_error()
        return captured

    yield run
    InteractiveShell.clear_instance()


@pytest.mark.parametrize(
    "cell",
    [
        "show_saliency(None, spot)",
        "show_saliency(None, spot)\nprint('more')",
        "figure = show_saliency(None, spot)\nfigure",
        "show(pyplot.subplots()[0], alt='An empty square with two axes.')",
    ],
)
def test_a_cell_shows_a_figure_once(shell, cell):
    (output,) = shell(cell).outputs
    assert set(output.data) == {"text/html", "text/plain"}
    assert output.data["text/html"].startswith('<img alt="')


def test_a_later_cell_shows_it_again(shell):
    assert len(shell("figure = show_saliency(None, spot)").outputs) == 1
    assert len(shell("figure").outputs) == 1


def test_outside_a_notebook_nothing_is_printed(capsys):
    show_saliency(None, SPOT)
    assert capsys.readouterr().out == ""


def test_alt_text_is_the_authors_or_made_from_the_data():
    assert show_saliency(None, SPOT, alt="A bright spot.").alt == "A bright spot."
    assert show_saliency(None, SPOT).alt == (
        "Saliency map: strongest in the upper right, peak 4 logit per grey level."
    )


def test_a_figure_without_alt_text_is_refused():
    with pytest.raises(HelpersError, match="alt="):
        show(pyplot.figure())
    pyplot.close("all")


def test_a_figure_of_pyplot_is_closed():
    figure = pyplot.figure()
    show(figure, alt="Nothing at all, on white.")
    assert figure.number not in pyplot.get_fignums()


def test_alt_text_is_escaped():
    assert 'alt="&lt;&quot;a&quot; &amp; b&gt;"' in picture_html(b"x", "image/png", '<"a" & b>')


def test_a_chart_is_stored_exactly_and_a_photograph_small():
    assert picture_bytes(WHITE)[1] == "image/png"
    noise = np.random.default_rng(0).integers(0, 255, (90, 90, 3), np.uint8)
    data, mime = picture_bytes(noise)
    assert mime == "image/jpeg"
    assert Image.open(io.BytesIO(data)).size == (90, 90)


def test_equal_figures_give_equal_bytes():
    first, again = (figure_bytes(show_saliency(WHITE, SPOT))[0] for _ in range(2))
    assert first == again
    assert b"matplotlib" not in first


# --- The overlay ---------------------------------------------------------------------------


def test_the_map_is_stretched_over_the_picture():
    picture = Image.new("RGB", (1024, 576))
    halves = np.repeat([[0.0, 1.0]], 224, axis=0)
    overlay = overlay_image(picture, halves)
    assert overlay.shape == (576, 1024, 3)
    assert overlay.dtype == np.uint8
    assert (overlay[:, :200] == 0).all()
    assert overlay[:, -200:].max() > 100


def test_a_weak_map_leaves_the_grey_picture_and_a_strong_one_its_colour():
    ramp = np.array([[0.0, 0.5, 1.0]])
    picture = np.full((1, 3, 3), 200, np.uint8)
    colours = 255 * mpl.colormaps["magma"]([0, 127, 255])[:, :3]
    overlay = overlay_image(picture, ramp, strength=1, cmap="magma")[0]
    np.testing.assert_array_equal(overlay[0], [200, 200, 200])
    np.testing.assert_allclose(overlay[1], (200 + colours[1]) / 2, atol=1)
    np.testing.assert_allclose(overlay[2], colours[2], atol=1)


def test_the_picture_shines_through_the_strongest_spot():
    dark, light = (np.full((4, 4, 3), grey, np.uint8) for grey in (50, 150))
    ones = np.ones((4, 4))
    step = overlay_image(light, ones).astype(int) - overlay_image(dark, ones)
    assert (step >= 29).all()  # 30 % of the 100 grey levels between the two


def test_strength_nought_draws_no_map():
    np.testing.assert_array_equal(overlay_image(WHITE, SPOT, strength=0), WHITE)


def test_signed_maps_are_centred_on_zero():
    signed = np.array([[-1.0, 0.0, 0.5]])
    below, zero, above = overlay_image(np.full((1, 3, 3), 128, np.uint8), signed)[0].astype(int)
    assert below[2] > below[0]
    assert above[0] > above[2]
    np.testing.assert_array_equal(zero, [128, 128, 128])
    assert drawn(show_saliency(None, signed)).norm.vmin == -1
    assert drawn(show_saliency(None, signed)).norm.vmax == 1


# --- Maps ----------------------------------------------------------------------------------


def test_side_by_side_is_called_as_in_the_post():
    figure = show_side_by_side(Image.fromarray(WHITE), SPOT, TOP_5)
    left, right = figure.axes
    assert left.images[0].get_array().shape == right.images[0].get_array().shape == (40, 60, 3)
    (box,) = [a for a in right.artists if isinstance(a, AnchoredOffsetbox)]
    lines = [area._text for area in box.findobj(TextArea)]
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


def test_render_img_on_grid_works_in_pyplot_and_in_a_figure():
    axes = render_img_on_grid(WHITE, 1, gridspec.GridSpec(1, 2, wspace=0.0))
    assert axes.figure is pyplot.gcf()
    assert len(axes.get_xticks()) == len(axes.get_yticks()) == 0
    pyplot.close("all")
    figure = mpl.figure.Figure()
    assert render_img_on_grid(WHITE, 0, gridspec.GridSpec(1, 1, figure=figure)).figure is figure


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


def test_many_maps_go_into_rows():
    figure = show_maps([SPOT] * 5, list("abcde"), columns=3)
    assert sum(bool(axes.images) for axes in figure.axes) == 5
    assert sum(not axes.axison for axes in figure.axes) == 1


def test_leading_and_trailing_axes_of_one_are_dropped():
    for shape in [(1, 20, 20), (20, 20, 1), (1, 20, 20, 1)]:
        image = drawn(show_saliency(None, SPOT.reshape(shape)))
        np.testing.assert_array_equal(image.get_array(), SPOT)
    assert overlay_image(WHITE[None].astype(float), SPOT).shape == WHITE.shape


@pytest.mark.parametrize(
    ("saliency_map", "word"),
    [
        (np.full((4, 4), np.nan), "NaN"),
        (np.full((4, 4), np.inf), "infinite"),
        (np.zeros((4, 4, 3)), "reduce_channels"),
        (np.zeros((2, 4, 4)), "show_maps"),
        (np.zeros((0, 4)), "shape"),
        (np.zeros(4), "shape"),
    ],
)
def test_a_map_that_cannot_be_drawn_is_one_sentence(saliency_map, word):
    for draw in (show_saliency, show_side_by_side, overlay_image):
        with pytest.raises(HelpersError, match=word):
            draw(WHITE, saliency_map)


@pytest.mark.parametrize(
    ("picture", "word"),
    [
        (np.zeros((4, 4)), "shape"),
        (np.zeros((4, 4, 4)), "shape"),
        (np.full((4, 4, 3), np.nan), "NaN"),
        (np.full((4, 4, 3), 300.0), "255"),
        (np.random.default_rng(0).random((4, 4, 3)), "0..1"),
    ],
)
def test_a_picture_that_cannot_be_drawn_is_one_sentence(picture, word):
    for draw in (show_saliency, show_side_by_side, overlay_image):
        with pytest.raises(HelpersError, match=word):
            draw(picture, SPOT)


@pytest.mark.parametrize("name", ["jet", "hsv", "no_such_map"])
def test_a_colour_map_that_misleads_is_refused(name):
    with pytest.raises(HelpersError, match="viridis"):
        show_saliency(WHITE, SPOT, cmap=name)


@pytest.mark.parametrize(
    "options", [{"strength": 1.5}, {"strength": float("nan")}, {"limits": (1, 1)}]
)
def test_options_out_of_range_are_refused(options):
    with pytest.raises(HelpersError):
        overlay_image(WHITE, SPOT, **options)


def test_limits_set_the_scale():
    assert drawn(show_saliency(None, SPOT, limits=(0, 8))).norm.vmax == 8


@pytest.mark.parametrize(
    ("limits", "extend"),
    [((0, 4), "neither"), ((0, 3), "max"), ((1, 4), "min"), ((1, 3), "both")],
)
def test_a_colour_bar_is_pointed_where_values_lie_beyond_it(limits, extend):
    bar = show_saliency(None, SPOT, limits=limits).axes[-1]
    assert bar._colorbar.extend == extend


def test_the_posts_blue_channel_is_matplotlibs():
    strengths = np.linspace(0, 1, 2001).reshape(1, -1)
    # As keras-vis scaled them, in float32 as our gradients are.
    jet = (255 * mpl.colormaps["jet"](strengths / (1 + 1e-7))[..., 2]).astype(np.uint8)
    ours = keras_vis_map(strengths[..., None])
    assert ours.dtype == np.uint8
    np.testing.assert_array_equal(ours, jet)


# --- Pictures and masks --------------------------------------------------------------------


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


# --- Charts --------------------------------------------------------------------------------


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


@pytest.mark.parametrize("matrix", [np.zeros((2, 3)), np.full((2, 2), np.nan)])
def test_heatmap_needs_a_number_for_each_pair_of_names(matrix):
    with pytest.raises(HelpersError, match="names"):
        show_heatmap(matrix, ["a", "b"], ["c", "d"])


# --- Words ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("at", "words"),
    [
        ((0, 0), "upper left"),
        ((4, 4), "centre"),
        ((4, 8), "middle right"),
        ((8, 4), "lower centre"),
    ],
)
def test_the_place_of_the_peak_is_named(at, words):
    peak = np.zeros((9, 9))
    peak[at] = -3
    assert alt_text.place_of_peak(peak) == words


def test_long_lists_are_counted_not_read_out():
    assert alt_text.listing(list("abcd"), most=2) == "a; b; and 2 more"
