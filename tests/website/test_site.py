"""The built site: complete, with links that lead somewhere, and nothing fetched from outside."""

import json
import re
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote

import pytest

ROOT = Path(__file__).resolve().parents[2]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("[0-9][0-9]_*.ipynb"))


class Page(HTMLParser):
    """What a page links to, what it loads, its anchors, and its pictures without words."""

    def __init__(self, path: Path):
        super().__init__()
        self.links, self.loaded, self.anchors, self.wordless, self.folded = [], [], set(), [], 0
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag, attributes):
        found = dict(attributes)
        self.anchors.update(filter(None, (found.get("id"), found.get("name"))))
        self.folded += tag == "details"
        if tag == "a" and "href" in found:
            self.links.append(found["href"])
        elif tag in ("img", "script", "link", "iframe"):
            self.loaded += filter(None, (found.get("src"), found.get("href")))
        if tag == "img" and not found.get("alt"):
            self.wordless.append(found.get("src"))


@pytest.fixture(scope="module")
def pages(site):
    """The pages of the site by their path; the theme's own templates are no pages."""
    return {path: Page(path) for path in site.rglob("*.html") if "_static" not in path.parts}


def test_there_is_a_page_for_everything(site):
    names = ["index", "install", "troubleshooting", "teachers", "misconceptions", "docs/glossary"]
    names += ["developers", "CONTRIBUTING", "reference/index", "reference/methods", "search"]
    names += [f"notebooks/{path.stem}" for path in NOTEBOOKS]
    assert [name for name in names if not (site / f"{name}.html").is_file()] == []


def test_every_link_leads_somewhere(pages):
    lost = []
    for path, page in pages.items():
        for address in (*page.links, *page.loaded):
            if re.match(r"\w+:", address):
                continue
            file, _, anchor = unquote(address).partition("#")
            target = (path.parent / file.partition("?")[0]).resolve() if file else path
            known = pages.get(target)
            if not target.exists() or (anchor and known and anchor not in known.anchors):
                lost.append(f"{path.name}: {address}")
    assert lost == []


def test_nothing_is_loaded_from_outside(pages):
    outside = {a for page in pages.values() for a in page.loaded if re.match(r"(\w+:)?//", a)}
    assert outside == set()


def test_every_picture_has_words(pages):
    assert {src for page in pages.values() for src in page.wordless} == set()


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_is_whole(path, site, pages):
    notebook = json.loads(path.read_text(encoding="utf-8"))
    outputs = [output for cell in notebook["cells"] for output in cell.get("outputs", [])]
    html = "".join("".join(output.get("data", {}).get("text/html", "")) for output in outputs)
    prose = "".join("".join(c["source"]) for c in notebook["cells"] if c["cell_type"] != "code")
    built = site / "notebooks" / f"{path.stem}.html"
    shown = built.read_text(encoding="utf-8")
    for alt in re.findall(r'<img alt="([^"]+)"', html):
        assert f'alt="{alt}"' in shown
    assert pages[built].folded >= prose.count("<details>")
    assert (site / "download" / path.name).read_bytes() == path.read_bytes()
    assert f'download href="../download/{path.name}"' in shown
