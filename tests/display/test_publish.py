"""A figure reaches the page once, with words for those who cannot see it."""

import io

import numpy as np
import pytest
from drawings import SPOT, WHITE
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output
from matplotlib import pyplot
from PIL import Image

from helpers import HelpersError
from helpers.display import figure_bytes, picture_bytes, picture_html, show, show_saliency


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
