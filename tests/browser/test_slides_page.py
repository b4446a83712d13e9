"""The slides in a browser: the arrow keys lead on and back, and axe finds nothing serious."""

import axe
import pytest

from tools.classroom.slides import slides

SHOWN = """() => [...document.querySelectorAll("section")]
  .findIndex((slide) => Math.abs(slide.getBoundingClientRect().top) < 2)"""
CHECK = """async () => (await axe.run(document, { resultTypes: ["violations"] })).violations
  .filter(({ impact }) => ["serious", "critical"].includes(impact)).map(({ id }) => id)"""

TOO_LARGE = """() => [...document.querySelectorAll("section")]
  .filter((slide) => slide.offsetHeight > innerHeight + 1
    || [...slide.children].some((part) => part.scrollWidth > slide.clientWidth
      || part.tagName === "PRE" && part.scrollWidth > part.clientWidth))
  .map((slide) => slide.innerText.slice(0, 80))"""


@pytest.fixture
def shown(page, tmp_path):
    path = tmp_path / "slides.html"
    path.write_text(slides("A lesson: 90 minutes"), encoding="utf-8")
    page.context.set_offline(True)
    page.set_viewport_size({"width": 1366, "height": 768})
    page.goto(path.as_uri())
    return page


def test_arrow_keys_lead_on_and_back(shown):
    for key, expected in (("ArrowRight", 1), ("PageDown", 2), ("ArrowLeft", 1), ("ArrowUp", 0)):
        shown.keyboard.press(key)
        shown.wait_for_function(f"({SHOWN})() === {expected}")


def test_nothing_serious_and_no_sideways_scrolling(shown):
    checker = axe.source()
    shown.evaluate(checker)
    assert shown.evaluate(CHECK) == []
    assert shown.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_every_slide_fits_on_the_screen(shown):
    assert shown.evaluate(TOO_LARGE) == []
