"""The README's routes for teachers: minutes that add up, and steps that exist."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
ROUTES = re.findall(
    r"^### ([^\n]+): (\d+) minutes\n(.*?)(?=^###)", README, re.MULTILINE | re.DOTALL
)
SECTION = re.search(r"^### Misconceptions.*?^###", README, re.MULTILINE | re.DOTALL)[0]


def rows(table: str) -> list[list[str]]:
    """Cells of the rows of a Markdown table, without its head."""
    lines = [line for line in table.splitlines() if line.startswith("|")][2:]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def steps_of(number: str) -> set[int]:
    """Numbers of the steps of a notebook, from its headings."""
    (notebook,) = (ROOT / "notebooks").glob(f"{number}_*.ipynb")
    return {int(step) for step in re.findall(r'"## (\d+)\. ', notebook.read_text(encoding="utf-8"))}


def test_there_are_two_routes():
    assert [minutes for _, minutes, _ in ROUTES] == ["90", "240"]


@pytest.mark.parametrize(("title", "minutes", "text"), ROUTES)
def test_minutes_add_up(title, minutes, text):
    assert sum(int(row[0]) for row in rows(text)) == int(minutes)


@pytest.mark.parametrize(("title", "minutes", "text"), ROUTES)
def test_steps_of_a_route_exist(title, minutes, text):
    for _, notebook, steps, _ in rows(text):
        if steps:
            assert {int(step) for step in steps.split(",")} <= steps_of(notebook), notebook


def test_steps_that_answer_a_misconception_exist():
    answers = re.findall(r"(\d\d), steps? (\d+(?: and \d+)?)", SECTION)
    assert len(answers) >= len(rows(SECTION))
    for notebook, steps in answers:
        assert {int(step) for step in steps.split(" and ")} <= steps_of(notebook), notebook
