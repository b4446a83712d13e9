"""What a control shows, as HTML from one template, which escapes whatever it is given.

Words stay words (captions, numbers, names), so that they can be enlarged, selected and read
out; panels stand in a row where there is room for it, and below each other where there is not.
"""

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import jinja2
import numpy as np

from helpers.display import NO_DOUBT, alt_text, data_url, jpeg_bytes
from helpers.widgets.frame import Frame, Row, Table
from helpers.widgets.words import method_words, plain

if TYPE_CHECKING:
    from helpers.evaluation import ReportCard

__all__ = [
    "HINT",
    "Strip",
    "card_html",
    "guess_html",
    "hints_html",
    "pictures_html",
    "still_html",
    "strip_html",
    "tables_html",
    "words_html",
]

TEMPLATE = Path(__file__).parent / "frontend" / "markup.html"
HINT = "Run this cell to move it."


class Strip(NamedTuple):
    """Values along an axis, and ours among them; places in per cent of the axis."""

    others: Sequence[float]
    ours: float
    zero: float
    low: str
    high: str
    label: str
    alt: str


@cache
def _macros() -> Any:
    environment = jinja2.Environment(autoescape=True, undefined=jinja2.StrictUndefined)
    environment.filters |= {"url": _url, "number": alt_text.number}
    return environment.from_string(TEMPLATE.read_text(encoding="utf-8")).module


def _url(picture: np.ndarray) -> str:
    return data_url(*jpeg_bytes(picture))


def pictures_html(frame: Frame) -> str:
    """The pictures of a frame, with their captions and scales."""
    return str(_macros().pictures(frame))


def tables_html(tables: Sequence[Table]) -> str:
    """Tables, with a bar at the end of each row if there is an axis for them."""
    return str(_macros().tables(tables))


def still_html(frame: Frame, place: str = "helpers-still", hint: str = HINT) -> str:
    """A frame and its note, for a page without a kernel; `place` is the class of the element."""
    return str(_macros().still(frame, place, hint))


def words_html(sentence: str) -> str:
    """Plain text."""
    return str(_macros().text(sentence))


def guess_html(question: str, choices: Sequence[str], place: str) -> str:
    """A question, its choices with a box each, and a line to write on."""
    return str(_macros().guess(question, choices, place))


def hints_html(title: str, hints: Sequence[tuple[str, str]]) -> str:
    """Names and what they mean, folded away."""
    return str(_macros().hints(title, hints))


def strip_html(strip: Strip) -> str:
    """Thin marks along an axis, and a wide one for ours."""
    return str(_macros().strip(strip))


def card_html(card: "ReportCard") -> str:
    """A report card as a table, and below it in words what speaks against the map."""
    table = Table(
        f"Report card: {method_words(card.method)} for {plain(card.class_name)}",
        ("question", "answer", "to compare with"),
        [Row(name, words) for name, *words in card.rows()],
    )
    return f"{tables_html([table])}{_macros().doubts(card.doubts() or [NO_DOUBT])}"
