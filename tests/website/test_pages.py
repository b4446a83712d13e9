"""The pages that Sphinx reads: every part of the README on one of them, links between them."""

import json
import re
from pathlib import Path

import pytest

import helpers
from tools.nbrefresh import ANSWER_LINE
from tools.readme_parts import sections
from tools.website import pages

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
HTML = '<img alt="A &quot;spot&quot;" decoding="sync" src="data:image/png;base64,AAEC">'


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    target = tmp_path_factory.mktemp("site") / "pages"
    pages.write_pages(target)
    return target


def test_the_first_page_leads_to_the_page_that_needs_nothing(tmp_path):
    for folder in ("built", "target"):
        (tmp_path / folder).mkdir()
    first = tmp_path / "target/index.md"
    first.write_text("# Series\n\n## A page that needs nothing\n\nWords.\n", encoding="utf-8")
    pages.add_page(tmp_path / "target", tmp_path / "built")  # nothing was built
    assert "href" not in first.read_text(encoding="utf-8")
    (tmp_path / "built/index.html").touch()
    pages.add_page(tmp_path / "target", tmp_path / "built")
    assert '\n<a href="page/index.html">' in first.read_text(encoding="utf-8")
    assert (tmp_path / "target/extra/page/index.html").is_file()


def test_the_readme_has_the_heading_below_which_the_link_stands():
    assert "\n## A page that needs nothing\n" in README


def test_sections_leave_code_alone():
    text = "# Title\n\n## One\na\n```sh\n## no heading\n```\n## Two\nb\n"
    parts = sections(text, 2)
    assert list(parts) == ["", "One", "Two"]
    assert "## no heading" in parts["One"]
    assert pages.raised(parts["One"], 1).startswith("# One\n")
    assert "\n## no heading" in pages.raised(parts["One"], 1)


def test_every_paragraph_of_the_readme_is_on_exactly_one_page():
    found = "\n".join(pages.readme_pages(README).values())
    for line in README.splitlines():
        if line.strip() and not line.startswith(("#", "```", "| ---")):
            assert found.count(line) == README.count(line), line


@pytest.mark.parametrize(
    ("heading", "address"),
    [("A lesson: 90 minutes", "a-lesson-90-minutes"), ("`x` and y", "x-and-y"), ("Top-5", "top-5")],
)
def test_addresses_of_headings(heading, address):
    assert pages.slug(heading) == address


def test_links_lead_to_the_page_with_the_section(tmp_path):
    linker = pages.Linker(tmp_path, pages.readme_pages(README))
    assert linker.relinked("[a](../README.md)", "notebooks/01.ipynb") == "[a](../index.md)"
    routes = "[a](../README.md#without-a-network)"
    assert linker.relinked(routes, "notebooks/01.ipynb") == "[a](../teachers.md#without-a-network)"
    assert linker.relinked("[a](#without-a-network)") == "[a](teachers.md#without-a-network)"
    assert (
        linker.relinked("[a](02_smoothing.ipynb)", "notebooks/01.ipynb")
        == "[a](02_smoothing.ipynb)"
    )
    assert linker.relinked("[a](../rendering)", "data/README.md") == "a"
    assert linker.relinked("[a](data/README.md) b") == "a b"
    assert linker.relinked("[a](#logit)", "docs/glossary.md") == "[a](#logit)"
    assert linker.relinked("[a](https://x.org/y)") == "[a](https://x.org/y)"
    assert linker.relinked("![a](data/readme/teaser.png)") == "![a](data/readme/teaser.png)"
    assert (tmp_path / "data/readme/teaser.png").is_file()


def test_pictures_become_files_and_keep_their_words(tmp_path):
    html = pages.with_files(HTML, tmp_path)
    (file,) = tmp_path.iterdir()
    assert file.read_bytes() == b"\0\1\2" and file.suffix == ".png"
    assert f'src="../_static/{file.name}"' in html and 'alt="A &quot;spot&quot;"' in html


def test_notebooks_are_shown_as_stored(written):
    for path in pages.series():
        stored = json.loads(path.read_text(encoding="utf-8"))["cells"]
        shown = json.loads((written / "notebooks" / path.name).read_text("utf-8"))["cells"]
        code = [cell["source"] for cell in stored if cell["cell_type"] == "code"]
        assert [cell["source"] for cell in shown if cell["cell_type"] == "code"] == code
        assert not any(word in json.dumps(shown) for word in ("data:image", ANSWER_LINE))
        assert (written / "extra/download" / path.name).read_bytes() == path.read_bytes()


def test_the_reference_lists_every_public_name():
    listed = set(re.findall(r"^   (\w+)$", pages.reference(), re.M))
    assert listed == set(helpers.__all__) - {"METHODS"}
    assert set(re.findall(r"^\| `(\w+)` \|", pages.methods(), re.M)) == set(helpers.METHODS)


GLOSSARY = (ROOT / "docs/glossary.md").read_text(encoding="utf-8")


def test_the_glossary_explains_each_term_once_and_briefly():
    terms = re.findall(r"^### (.+)\n\n((?:.+\n)+)", GLOSSARY, re.M)
    assert len(terms) >= 40 and len({term for term, _ in terms}) == len(terms)
    for term, words in terms:
        assert 12 <= len(words.split()) <= 60, term


def test_links_within_the_glossary_lead_to_a_term():
    headings = {pages.slug(heading) for heading in re.findall(r"^#+ (.+)$", GLOSSARY, re.M)}
    assert set(re.findall(r"\]\(#([^)]+)\)", GLOSSARY)) <= headings


def test_a_guess_shows_no_code_and_its_answer_is_folded():
    asked, answer = ({"jupyter": {mark: True}} for mark in ("source_hidden", "outputs_hidden"))
    assert pages.folding_tags({"metadata": asked}) == ["remove-input"]
    assert pages.folding_tags({"metadata": answer}) == ["hide-output"]
    assert pages.folding_tags({"metadata": {"tags": ["x"]}}) == []
