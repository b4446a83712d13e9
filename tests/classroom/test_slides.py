"""Slides: the steps of a route with their questions and figures, and nothing to be fetched."""

import re

import nbformat
import pytest

from tools.classroom.copies import series
from tools.classroom.slides import part_slides, slides, step_cells
from tools.readme_parts import routes

ROUTES = routes()


@pytest.fixture(scope="module", params=ROUTES)
def page(request):
    return request.param, slides(request.param)


def test_nothing_is_fetched(page):
    loaded = re.findall(r'<(?:img|script|link|iframe)[^>]*(?:src|href)="([^"]{1,20})', page[1])
    assert loaded and all(address.startswith("data:image/") for address in loaded)


def test_no_link_leads_to_a_file_that_a_projector_lacks(page):
    assert all(
        link.startswith("https://") for link in re.findall(r'<a [^>]*href="([^"]*)', page[1])
    )


def test_every_guess_has_its_choices(page):
    title, text = page
    for part in ROUTES[title][0]:
        for number in part.steps:
            (path,) = (path for path in series() if path.name.startswith(part.notebook))
            for cell in step_cells(nbformat.read(path, 4).cells, number):
                if cell.source.startswith("guess("):
                    words = cell.outputs[0].data["text/html"]
                    offered = re.findall(r"<li>.*?</li>", "".join(words))
                    assert len(offered) > 1 and all(choice in text for choice in offered)


def test_the_exit_question_does_not_tell_its_answer(page):
    last = page[1].rpartition("<h2>Exit question</h2>")[2]
    assert "?" in last and "(A control" not in last


def test_every_figure_has_words(page):
    images = re.findall(r"<img [^>]*>", page[1])
    assert images and all(re.search(r'alt="[^"]+"', image) for image in images)


def test_every_step_of_the_route_is_there(page):
    title, text = page
    for part in ROUTES[title][0]:
        if part.notebook:
            (path,) = (path for path in series() if path.name.startswith(part.notebook))
            for number in part.steps:
                head = step_cells(nbformat.read(path, 4).cells, number)[0].source.splitlines()[0]
                assert re.sub(r"^## ", "", head).replace('"', "&#34;").replace("'", "&#39;") in text
    assert "Discuss" in text and "Exit question" in text


def test_the_question_comes_before_the_result():
    (part,) = (part for part in ROUTES["A lesson: 90 minutes"][0] if part.notebook == "01")
    shown = [slide for slide in part_slides(part) if slide.title.startswith("1. ")]
    question = next(i for i, slide in enumerate(shown) if "five best guesses" in slide.body)
    result = next(i for i, slide in enumerate(shown) if "Egyptian_cat" in slide.body)
    meaning = next(i for i, slide in enumerate(shown) if "What you should see" in slide.body)
    assert question < result < meaning
