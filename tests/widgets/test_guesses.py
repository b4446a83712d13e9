"""A guess is noted, counted once, and never answered before the cell that answers it."""

import pytest
from hands import note

from helpers import HelpersError, guess
from helpers.widgets import guesses

ASKED = "Which map is <b>brighter</b>?", ["left", "right", "both"]


@pytest.fixture(autouse=True)
def no_guess_yet(monkeypatch):
    monkeypatch.setattr(guesses, "NOTED", {})


def test_the_first_guess_counts_and_is_told_at_the_next_question():
    first = guess(*ASKED, right=1)
    first.choice.value = "right"
    assert note(first) == "Noted. Now run the next cell, and compare."
    first.choice.value = "left"
    second = guess("And now?", ["yes", "no"], right=0)
    second.choice.value = "no"
    assert "Right among the 1 before this one: 1." in note(second)
    third = guess("And then?", ["yes", "no"], right=0)
    third.choice.value = "yes"
    assert "Right among the 2 before this one: 1." in note(third)


def test_on_paper_it_is_the_question_its_choices_and_a_line_without_the_answer():
    asked = (guess(*ASKED, right=right) for right in (0, 2))
    one, other = (made._repr_mimebundle_()["text/html"] for made in asked)
    strip = [markup[markup.index(" style=") :] for markup in (one, other)]
    assert strip[0] == strip[1]
    assert all(f"☐ {choice}" in one for choice in ASKED[1]) and "My guess, and why: ___" in one
    assert "<b>" not in one


@pytest.mark.parametrize(
    ("choices", "right", "part"),
    [(["a"], 0, "two to five"), (["a", "a"], 0, "alike"), (["a", "b"], 2, "from 0 to 1")],
)
def test_guesses_that_cannot_be_asked(choices, right, part):
    with pytest.raises(HelpersError, match=part):
        guess("What?", choices, right)
