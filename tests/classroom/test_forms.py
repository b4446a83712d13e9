"""Copies for class: a student finds no result and room to guess, a teacher all of it open."""

import re

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from tools.classroom.copies import copied, series
from tools.classroom.forms import ANSWER, GUESS, student, teacher
from tools.nbrefresh import ANSWER_LINE, answers
from tools.readme_parts import routes

NOTEBOOKS = pytest.mark.parametrize("path", series(), ids=lambda path: path.stem)


def prose(notebook):
    return "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")


def code(notebook):
    return [cell.source for cell in notebook.cells if cell.cell_type == "code"]


@NOTEBOOKS
def test_a_student_s_copy_tells_no_result(path):
    stored, copy = nbformat.read(path, 4), copied(path, student)
    assert code(copy) == code(stored)  # stubs and checks stay
    assert not any(cell.get("outputs") or cell.get("execution_count") for cell in copy.cells)
    text = prose(copy)
    assert "```python\n" not in text.partition("## Exercise")[2]
    assert not re.search(r"^[^\n<]+<details>", text, re.M)  # a fold begins a line of its own
    open_words = re.sub(r"<details>.*?</details>", "", text, flags=re.DOTALL)
    for line in re.findall(r"\*\*What you should see\.\*\* (.+)", prose(stored)):
        assert line not in open_words and line in text
    answers = re.findall(r"<details><summary>\d\..*?</summary>(.*?)</details>", prose(stored), re.S)
    assert len(answers) == 3 and not any(answer.strip() in text for answer in answers)
    assert text.count(ANSWER) == 3


def test_words_that_repeat_a_printed_number_are_folded():
    printed = new_output("stream", text="correlation 0.71")
    text = "Only 0.71.\n\nNow 12 times.\n\n☐ **Predict.** More than 0.71?"
    cells = [new_code_cell("print(r)", outputs=[printed]), new_markdown_cell(text)]
    told = student(new_notebook(cells=cells), "01").cells[1].source
    assert re.sub(r"<details>.*?</details>\n\n", "", told, flags=re.S) == text.partition("\n\n")[2]
    assert "Only 0.71." in told
    assert "rank correlation of 0.7" not in re.sub(
        r"<details>.*?</details>", "", prose(copied(series()[0], student)), flags=re.S
    )


@NOTEBOOKS
def test_a_student_has_room_for_every_guess(path):
    cells = [cell.source for cell in copied(path, student).cells]
    asking = [i for i, source in enumerate(cells) if "**Predict.**" in source]
    # Below the choices where there are any, and not between them and the question.
    places = [i + 1 + cells[i + 1].startswith("guess(") for i in asking]
    assert asking and [i for i, source in enumerate(cells) if source == GUESS] == places


@NOTEBOOKS
def test_a_teacher_s_copy_is_whole_and_open(path):
    stored, copy = nbformat.read(path, 4), copied(path, teacher)
    assert [cell.get("outputs") for cell in copy.cells if cell.cell_type == "code"] == [
        answers(cell.outputs) for cell in stored.cells if cell.cell_type == "code"
    ]
    assert not any(word in nbformat.writes(copy) for word in ("outputs_hidden", ANSWER_LINE))
    assert "<details>" not in prose(copy)
    assert prose(copy).count("<details open>") == prose(stored).count("<details>")


def test_a_teacher_finds_minutes_steps_and_misconceptions():
    notes = copied(series()[0], teacher).cells[1].source
    for title, (parts, _) in routes().items():
        (part,) = (part for part in parts if part.notebook == "01")
        assert f"**{title}**: {part.minutes} minutes" in notes and part.happens in notes
    assert "There is one map" not in notes and "Dark means unused." in notes


def test_copies_are_the_same_twice():
    assert copied(series()[0], student) == copied(series()[0], student)
