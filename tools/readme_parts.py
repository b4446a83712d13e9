"""README.md read by a program: its sections, the tables and routes in them, and the series."""

import re
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[1]
ROUTE = re.compile(r"(.+): (\d+) minutes")


class Part(NamedTuple):
    """A row of a route: what is done with one notebook, or without any."""

    minutes: str
    notebook: str
    steps: list[int]
    happens: str


def series() -> list[Path]:
    """The notebooks, in order."""
    return sorted((ROOT / "notebooks").glob("[0-9][0-9]_*.ipynb"))


def sections(markdown: str, level: int) -> dict[str, str]:
    """Split a text at its headings of one level: title -> heading and what stands below it."""
    parts, title, fenced = {"": []}, "", False
    for line in markdown.splitlines():
        fenced ^= line.startswith("```")
        if line.startswith("#" * level + " ") and not fenced:
            title = line[level:].strip()
            parts[title] = []
        parts[title].append(line)
    return {title: "\n".join(lines).strip() + "\n" for title, lines in parts.items()}


def readme() -> str:
    """The text of README.md."""
    return (ROOT / "README.md").read_text(encoding="utf-8")


def rows(markdown: str) -> list[list[str]]:
    """Cells of the rows of a Markdown table, without its head."""
    lines = [line for line in markdown.splitlines() if line.startswith("|")][2:]
    return [[cell.strip() for cell in line.strip().strip("|").split("|")] for line in lines]


def for_teachers() -> dict[str, str]:
    """The README's part for teachers, by its sections."""
    return sections(sections(readme(), 2)["For teachers"], 3)


def routes() -> dict[str, tuple[list[Part], str]]:
    """Title of each route -> its parts, and its whole text."""
    return {
        title: ([_part(row) for row in rows(text)], text)
        for title, text in for_teachers().items()
        if ROUTE.fullmatch(title)
    }


def _part(row: list[str]) -> Part:
    minutes, notebook, steps, happens = row
    return Part(minutes, notebook, [int(step) for step in re.findall(r"\d+", steps)], happens)
