"""What a control shows, as HTML: pictures with words, one scale, bars, and nothing unescaped."""

import base64
import io
import re
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image

from helpers.display import NO_DOUBT, bar_picture
from helpers.widgets.frame import Frame, Panel, Row, Scale, Table
from helpers.widgets.markup import (
    Strip,
    card_html,
    pictures_html,
    still_html,
    strip_html,
    tables_html,
    words_html,
)

RNG = np.random.default_rng(4)
PICTURE = RNG.integers(0, 255, (24, 36, 3), np.uint8)
FAINT, STRONG = RNG.uniform(0, 1, (6, 6)), RNG.uniform(0, 5, (6, 6))
EVIL = '<b>"cat"</b>'
ESCAPED = "&lt;b&gt;&#34;cat&#34;&lt;/b&gt;"


def pictures_in(markup):
    """The (alt, picture) of every `<img>`."""
    found = re.findall(r'<img alt="([^"]*)"[^>]*base64,([^"]*)"', markup)
    return [(alt, np.asarray(Image.open(io.BytesIO(base64.b64decode(d))))) for alt, d in found]


def bars_in(markup):
    """Where every bar begins and how long it is, in per cent of its cell; and its colour."""
    style = r"margin-left: ([\d.]+)%; width: ([\d.]+)%; height: 12px; background: (#\w+)"
    return [(float(a), float(b), colour) for a, b, colour in re.findall(style, markup)]


def test_a_frame_shows_its_panels_and_then_its_scale_and_table():
    panels = [Panel(PICTURE, "One.", "first"), Panel(PICTURE[:, :12], "Two.")]
    frame = Frame(panels, "a note", Scale((-2, 2), "logit", 0.7), tables=[Table("it", ("h",), [])])
    markup = still_html(frame)
    (alt, first), (_, second), (strip_alt, strip) = pictures_in(markup)
    assert alt == "One." and first.shape == (24, 36, 3) and second.shape == (24, 12, 3)
    assert np.abs(first - np.float64(PICTURE)).mean() < 12
    assert strip_alt == "Colours from -2 to 2."
    assert np.abs(strip - np.float64(bar_picture((-2, 2), 0.7))).mean() < 3
    assert re.findall("<span>(.*?)</span>", markup) == ["-2", "logit", "2"]
    assert markup.count("<figcaption>") == 1 and "<figcaption>first</figcaption>" in markup
    tables = tables_html(frame.tables)
    assert f"{pictures_html(frame)}{tables}<p>a note</p>" in markup
    assert frame.alt == "One. Two."


def test_a_frame_without_maps_has_no_scale():
    assert "<span>" not in still_html(Frame([Panel(PICTURE, "One.")], ""))


def test_bars_go_right_for_more_and_left_for_less():
    rows = [Row("up", ("1",), 2.0), Row("down", ("2",), -4.0), Row("still", ("3",), 0.0)]
    markup = tables_html([Table("Scores", ("class", "logit"), rows, (-4, 4))])
    up, down, still = bars_in(markup)
    assert up[:2] == (50, 25) and down[:2] == (0, 50) and still[:2] == (50, 0)
    assert up[2] != down[2]
    assert re.findall('<th scope="col"[^>]*>(.*?)</th>', markup)[:2] == ["class", "logit"]
    assert re.findall("<span>(.*?)</span>", markup) == ["-4", "0", "4"]
    assert re.findall('<th scope="row"[^>]*>(.*?)</th>', markup) == ["up", "down", "still"]
    assert re.search("<caption[^>]*>Scores</caption>", markup)


def test_a_bar_of_nothing_and_a_table_without_bars():
    nothing = Table("c", ("h",), [Row("zero", (), 0.0)], (-1, 1))
    assert bars_in(tables_html([nothing])) == [(50, 0, "#D6604D")]
    assert bars_in(tables_html([Table("c", ("h",), [Row("zero", (), 1.0)])])) == []
    assert "<tbody></tbody>" in tables_html([Table("c", ("h",), [])])


def luminance(colour):
    """Relative luminance (WCAG 2) of #rrggbb."""
    shares = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [s / 12.92 if s <= 0.04045 else ((s + 0.055) / 1.055) ** 2.4 for s in shares]
    return sum(w * s for w, s in zip((0.2126, 0.7152, 0.0722), linear))


@pytest.mark.parametrize("ground", ["#ffffff", "#111111"])
def test_bars_are_seen_on_a_light_and_on_a_dark_page(ground):
    rows = [Row("up", (), 1.0), Row("down", (), -1.0)]
    for _, _, colour in bars_in(tables_html([Table("c", (), rows, (-2, 2))])):
        low, high = sorted(map(luminance, (colour, ground)))
        assert (high + 0.05) / (low + 0.05) >= 3


def test_a_report_card_shows_its_rows_and_doubts():
    rows = [("deletion", "0.31", "misplaced 0.4"), ("class score", "logit 2", "probability 0.3")]
    card = SimpleNamespace(method="rise", class_name="tabby", rows=lambda: rows)
    card.doubts = lambda: ["It hardly changes.", "It misses a part."]
    markup = card_html(card)
    assert "Report card: RISE for tabby" in markup
    assert all(word in markup for row in rows for word in row)
    assert re.findall("<li>(.*?)</li>", markup) == card.doubts()
    card.doubts = lambda: []
    assert re.findall("<li>(.*?)</li>", card_html(card)) == [NO_DOUBT]


def test_everything_that_is_said_is_escaped():
    panel, scale = Panel(PICTURE, EVIL, EVIL), Scale((0, 1), EVIL, 0.5)
    card = SimpleNamespace(method=EVIL, class_name=EVIL)
    card.rows, card.doubts = lambda: [(EVIL, EVIL, EVIL)], lambda: [EVIL]
    for markup, count in (
        (pictures_html(Frame([panel], EVIL, scale)), 3),
        (tables_html([Table(EVIL, (EVIL,), [Row(EVIL, (EVIL,), 1)], (0, 1))]), 5),
        (card_html(card), 8),
        (still_html(Frame([panel], EVIL), EVIL, EVIL), 5),
        (words_html(EVIL), 1),
        (strip_html(Strip([1.0], 2.0, 3.0, EVIL, EVIL, EVIL, EVIL)), 4),
    ):
        assert "<b>" not in markup and markup.count(ESCAPED) == count
