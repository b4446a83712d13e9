"""A guess before the answer: a question, a few choices, and a count of how often one was right.

Read on paper, on GitHub or without a kernel it is the question, its choices with a box to tick
each, and a line to write on. The answer is never part of it: it stands in the cells below.
"""

import uuid
from collections.abc import Sequence
from typing import Any

import ipywidgets as widgets

from helpers.errors import HelpersError
from helpers.widgets.inputs import Access, Live
from helpers.widgets.markup import guess_html, words_html
from helpers.widgets.published import publish

__all__ = ["NOTED", "Guess", "guess"]

# Question -> whether the first guess at it was right.
NOTED: dict[str, bool] = {}


class Guess:
    """A question with choices; see `guess`.

    Attributes
    ----------
    choice : ipywidgets.RadioButtons
        What is guessed.
    view : ipywidgets.VBox
        All of it as one widget.
    """

    def __init__(self, question: str, choices: Sequence[str], right: int) -> None:
        self._question, self._choices, self._right = question, list(choices), right
        self.choice = widgets.RadioButtons(options=self._choices, value=None)
        self._said = widgets.HTML(words_html("Guess before you run the next cell."))
        self._said.add_class("helpers-note")
        title = widgets.HTML(words_html(question))
        self.view = widgets.VBox([title, self.choice, self._said, Access()])
        self.view.add_class("helpers-explorer")
        self._live = Live(place=f"helpers-still-{uuid.uuid4().hex}", controls=self.view.model_id)
        self.choice.observe(self._note, names="value")

    def _note(self, change: dict[str, Any]) -> None:
        """Count the first guess; whether it was right is told at the next one, not here."""
        before = [right for question, right in NOTED.items() if question != self._question]
        NOTED.setdefault(self._question, change["new"] == self._choices[self._right])
        past = f" Right among the {len(before)} before this one: {sum(before)}." if before else ""
        self._said.value = words_html(f"Noted.{past} Now run the next cell, and compare.")

    def _bundle(self) -> dict[str, Any]:
        words = f"{self._question} {' / '.join(self._choices)}"
        return {
            "text/html": guess_html(self._question, self._choices, self._live.place),
            "text/plain": words,
        }

    def _repr_mimebundle_(self, **_options: Any) -> dict[str, Any]:
        return self.view._repr_mimebundle_() | self._bundle()

    def _ipython_display_(self) -> None:
        publish(self._bundle(), self.view, self._live.place)


def guess(question: str, choices: Sequence[str], right: int) -> Guess:
    """Ask for a guess before the cell that answers it.

    Parameters
    ----------
    question
        One sentence.
    choices
        Two to five answers.
    right
        Number of the right one, from 0. It is compared in the kernel and never shown.

    Returns
    -------
    Guess
        End a cell with it; the next one says how many first guesses before it were right.

    Raises
    ------
    HelpersError
        For another number of choices, or a right one that is none of them.
    """
    if not 2 <= len(choices) <= 5 or len(set(choices)) != len(choices):
        raise HelpersError("A guess has two to five choices, no two of them alike.")
    if not 0 <= right < len(choices):
        raise HelpersError(f"The right choice is a number from 0 to {len(choices) - 1}.")
    return Guess(question, choices, right)
