"""The form for nbgrader: the hidden line passes the solution and fails the empty stub."""

import re

import pytest

from helpers import exercises
from tools.classroom.copies import copied, series
from tools.classroom.grading import STUB, graded

REGION = r" *### BEGIN {0}\n.*?### END {0}\n?"


def marked(notebook):
    cells = {
        c.metadata["nbgrader"]["grade_id"]: c for c in notebook.cells if "nbgrader" in c.metadata
    }
    (exercise,) = (cells[name] for name in cells if name.startswith("exercise"))
    (check,) = (cells[name] for name in cells if name.startswith("check"))
    return exercise, check


@pytest.mark.parametrize("path", series(), ids=lambda path: path.stem)
def test_the_solution_passes_and_the_stub_fails(path):
    exercise, check = marked(copied(path, graded))
    names = {name: check for name, check in vars(exercises).items() if "check_" in name}
    exec(f"{exercise.source}\n{check.source}", {**names})
    released = re.sub(REGION.format("SOLUTION"), "    return None\n", exercise.source, flags=re.S)
    assert STUB.search(released)
    with pytest.raises(AssertionError):
        exec(f"{released}\n{check.source}", {**names})


def test_what_is_released_hides_the_verdict():
    _, check = marked(copied(series()[0], graded))
    shown = re.sub(REGION.format("HIDDEN TESTS"), "", check.source, flags=re.S)
    assert shown.strip() == "check_exercise_01(promised_change)"
