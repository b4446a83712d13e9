"""The built site in a browser: on a laptop and a phone, in light and dark, for everybody."""

import axe
import pytest

CHECK = """async () => (await axe.run(document, { resultTypes: ["violations"] })).violations
  .filter(({ impact }) => ["serious", "critical"].includes(impact))
  .map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html.slice(0, 160)).join(" | ")}`)"""
# The header hides what sticks out, so that nothing scrolls.
BUTTONS_INSIDE = """() => [...document.querySelectorAll(".bd-header button")]
  .every((button) => button.getBoundingClientRect().right <= innerWidth)"""
PAGES = ("index", "teachers", "docs/glossary", "reference/index", "reference/methods")
PAGES += ("notebooks/01_kitten_demo", "notebooks/07_comparing_methods", "notebooks/index")


@pytest.fixture(params=[(1366, "light"), (390, "light"), (390, "dark")], ids=str)
def reader(request, browser):
    width, scheme = request.param
    context = browser.new_context(viewport={"width": width, "height": 800}, color_scheme=scheme)
    context.set_offline(True)
    yield context.new_page()
    context.close()


def test_nothing_serious_and_no_sideways_scrolling(reader, site):
    checker = axe.source()
    for name in PAGES:
        reader.goto((site / f"{name}.html").as_uri())
        reader.evaluate(checker)
        assert reader.evaluate(CHECK) == [], name
        assert reader.evaluate("document.documentElement.scrollWidth <= innerWidth"), name
        assert reader.evaluate(BUTTONS_INSIDE), name


def test_pictures_keep_their_colours_in_the_dark(reader, site):
    reader.goto((site / "notebooks/01_kitten_demo.html").as_uri())
    filters = "() => [...document.querySelectorAll('img')].map((e) => getComputedStyle(e).filter)"
    assert set(reader.evaluate(filters)) == {"none"}


def test_search_finds_a_page(reader, site):
    reader.goto((site / "search.html").as_uri() + "?q=saturation")
    reader.get_by_role("link", name="Glossary").first.wait_for()
