"""Slides for a route through the notebooks, from their own words and figures.

A page in itself: pictures and program are inside, so that a projector needs no network. First the
question, then what came out, then what it means, each on a slide of its own.
"""

import base64
import html
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import jinja2
import nbformat
from nbconvert.filters import markdown2html
from nbformat import NotebookNode

from tools.readme_parts import ROOT, Part, readme, routes

TEMPLATES = jinja2.FileSystemLoader(Path(__file__).parent)
IMAGE = re.compile(r"<img [^>]*>")
# What is asked last; answers in brackets behind it are the teacher's.
CLOSING = re.compile(
    r"^\*(Discuss|Exit question):\* (.+?)(?:\s\([^()]+\))?(?:\n\n|\s*\Z)", re.M | re.S
)
LINK = re.compile(r"\[([^\]]+)\]\((?!https?:)[^)]+\)")
CHOICES = re.compile(r"<ul.*?</ul>", re.DOTALL)
PREDICT, SEEN = "**Predict.**", "**What you should see.**"


class Slide(NamedTuple):
    """One screen: a title, HTML below it, and a line above that says where we are."""

    title: str
    body: str = ""
    where: str = ""


def slides(route: str) -> str:
    """Make the page of slides for a route.

    Parameters
    ----------
    route : str
        Its title in the README.

    Returns
    -------
    str
        HTML that loads nothing.
    """
    parts, text = routes()[route]
    shown = [Slide("Where the Machines Are Looking", f"<p>{html.escape(route)}</p>{teaser()}")]
    for part in parts:
        shown += part_slides(part)
    shown += [Slide(title, in_html(words)) for title, words in CLOSING.findall(text)]
    environment = jinja2.Environment(loader=TEMPLATES, autoescape=True)
    return environment.get_template("slides.html").render(title=f"Slides: {route}", slides=shown)


def teaser() -> str:
    """The picture on top of the README, with its words."""
    words, place = re.search(r"!\[(.+?)\]\((.+?)\)", readme()).groups()
    data = base64.b64encode((ROOT / place).read_bytes()).decode()
    return f'<figure><img alt="{html.escape(words)}" src="data:image/png;base64,{data}"></figure>'


def in_html(markdown: str) -> str:
    """Words of a notebook or of the README, without links to files that a page alone lacks."""
    return markdown2html(LINK.sub(r"\1", markdown))


def part_slides(part: Part) -> Iterator[Slide]:
    """The slides of one row of a route."""
    minutes = f"{part.minutes} minutes"
    if not part.notebook:
        yield Slide(minutes, in_html(part.happens))
        return
    (path,) = (ROOT / "notebooks").glob(f"{part.notebook}_*.ipynb")
    cells = nbformat.read(path, 4).cells
    name = cells[0].source.splitlines()[0][2:]
    yield Slide(name, in_html(part.happens), f"Notebook {part.notebook} · {minutes}")
    for number in part.steps:
        yield from step_slides(step_cells(cells, number), f"{part.notebook} · {name}")


def step_cells(cells: list[NotebookNode], number: int) -> list[NotebookNode]:
    """The cells of a step, from its heading to the next one."""
    heads = [i for i, cell in enumerate(cells) if cell.source.startswith("## ")]
    (start,) = (i for i in heads if cells[i].source.startswith(f"## {number}. "))
    return cells[start : next(i for i in [*heads, len(cells)] if i > start)]


def step_slides(cells: list[NotebookNode], where: str) -> Iterator[Slide]:
    """Each question, each result and each explanation of a step."""
    title = cells[0].source.splitlines()[0].partition(" ")[2]
    for cell, following in zip(cells, [*cells[1:], None]):
        if cell.cell_type == "code":
            yield from (Slide(title, body, where) for body in results(cell))
            continue
        if SEEN in cell.source:
            # The same cell may go on with the next question, under a heading of its own.
            answer = cell.source.partition(SEEN)[2].partition("\n### ")[0]
            yield Slide(title, in_html(SEEN + answer), where)
        if PREDICT in cell.source:
            question = in_html(cell.source.partition(PREDICT)[2].strip())
            yield Slide(title, question + choices(following), where)


def choices(cell: NotebookNode | None) -> str:
    """What a guess offers, if that is what the cell asks for."""
    if cell is None or not cell.source.startswith("guess("):
        return ""
    (output,) = cell.outputs
    return CHOICES.search("".join(output.data["text/html"]))[0]


def results(cell: NotebookNode) -> Iterator[str]:
    """What a cell printed, and each figure that it showed, as HTML."""
    for output in cell.outputs:
        if output.output_type == "stream" and output.text.strip():
            yield printed(output.text.rstrip())
        images = IMAGE.findall("".join(output.get("data", {}).get("text/html", "")))
        if images:
            yield f"<figure>{''.join(images)}</figure>"


def printed(text: str) -> str:
    """What was printed, in letters as large as the screen allows for its lines and columns."""
    lines = text.splitlines()
    size = f"--lines: {len(lines)}; --columns: {max(map(len, lines))}"
    return f'<pre tabindex="0" style="{size}">{html.escape(text)}</pre>'
