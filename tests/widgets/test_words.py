"""How numbers and names are written where a person reads them."""

import pytest

from helpers.attribution.registry import METHODS
from helpers.widgets.words import (
    change,
    first_sentence,
    level,
    method_words,
    time_words,
    view_words,
)


@pytest.mark.parametrize(
    ("value", "told"), [(-0.04, "0.0"), (0.04, "0.0"), (-0.06, "-0.1"), (3, "+3.0")]
)
def test_nothing_has_no_sign(value, told):
    assert change(value) == told
    assert level(value) == told.removeprefix("+")


@pytest.mark.parametrize(
    ("seconds", "told"),
    [(0.00001, "1 ms"), (0.034, "34 ms"), (0.1, "0.1 s"), (9.96, "10.0 s"), (83.4, "83 s")],
)
def test_a_time_is_never_nothing(seconds, told):
    assert time_words(seconds) == told


@pytest.mark.parametrize("method", METHODS)
def test_a_method_is_written_for_people_and_explained_in_a_line(method):
    assert "_" not in method_words(method)
    assert first_sentence(method).endswith(".") and "\n" not in first_sentence(method)


def test_a_method_without_a_title_is_written_as_its_name_says():
    assert method_words("a_new_method") == "A new method"


def test_views():
    assert view_words("hero") == "chosen view" and view_words("view_00") == "drawn view 1"
