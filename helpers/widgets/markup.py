"""What a control shows, as HTML from one template, which escapes whatever it is given.

Words stay words (captions, numbers, names), so that they can be enlarged, selected and read
out; panels stand in a row where there is room for it, and below each other where there is not.
"""

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jinja2
import numpy as np

from helpers.display import NO_DOUBT, alt_text, data_url, jpeg_bytes
from helpers.widgets.frame import Frame, Row, Table

if TYPE_CHECKING:
    from helpers.evaluation import ReportCard

__all__ = ["card_html", "frame_html", "still_html", "table_html", "words_html"]

TEMPLATE = Path(__file__).parent / "frontend" / "markup.html"


@cache
def _macros() -> Any:
    environment = jinja2.Environment(autoescape=True, undefined=jinja2.StrictUndefined)
    environment.filters |= {"url": _url, "number": alt_text.number}
    return environment.from_string(TEMPLATE.read_text(encoding="utf-8")).module


def _url(picture: np.ndarray) -> str:
    return data_url(*jpeg_bytes(picture))


def frame_html(frame: Frame) -> str:
    """A frame without its note."""
    return str(_macros().frame(frame))


def still_html(frame: Frame) -> str:
    """A frame and its note, for a page without a kernel."""
    return str(_macros().still(frame))


def table_html(table: Table) -> str:
    """A table, with a bar at the end of each row if there is a scale for them."""
    return str(_macros().table(table))


def words_html(sentence: str) -> str:
    """Plain text."""
    return str(_macros().words(sentence))


def card_html(card: "ReportCard") -> str:
    """A report card as a table, and below it in words what speaks against the map."""
    table = Table(
        f"Report card: {card.method} for {card.class_name}",
        ("question", "answer", "to compare with"),
        [Row(name, words) for name, *words in card.rows()],
    )
    doubts = card.doubts() or [NO_DOUBT]
    return f"{table_html(table)}{_macros().doubts(doubts)}"
