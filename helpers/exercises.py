"""Friendly checks for the exercises: one `check_exercise_NN` per notebook.

A check takes the reader's function, calls it with small inputs of its own, and returns a
`Feedback` that reads as a sentence. It never raises: a reader who is half-way is not in error.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

State = Literal["Not yet", "Right", "Look again"]


@dataclass(frozen=True)
class Feedback:
    """What a check has to say; a notebook shows it as one line of text.

    Attributes
    ----------
    state
        "Not yet" (the stub still returns None), "Right" or "Look again".
    message
        One or two sentences for the reader.
    """

    state: State
    message: str

    def __repr__(self) -> str:
        return f"{self.state}: {self.message}"


def same(got: Any, expected: Any, tolerance: float = 1e-4) -> bool:
    """Whether an answer equals the expected one: numbers and arrays within a tolerance."""
    if isinstance(expected, str | bool | None):
        return got == expected
    try:
        got, expected = np.asarray(got), np.asarray(expected)
        return got.shape == expected.shape and bool(
            np.allclose(got, expected, rtol=tolerance, atol=tolerance)
        )
    except (TypeError, ValueError):
        return False


def check(
    answer: Callable[..., Any],
    cases: Sequence[tuple[tuple[Any, ...], Any]],
    *,
    hint: str,
    right: str = "that is what we wanted.",
    equal: Callable[[Any, Any], bool] = same,
) -> Feedback:
    """Call a reader's function on each case and say how it went.

    Parameters
    ----------
    answer
        The reader's function.
    cases
        Pairs of (arguments, expected result); arguments is a tuple.
    hint
        Sentence added when a result is not the expected one.
    right
        What to say when every result is.
    equal
        Compares a result with the expected one; numbers within 1e-4 by default.

    Returns
    -------
    Feedback
        Never an exception: one raised by `answer` becomes part of the message.
    """
    if not callable(answer):
        return Feedback("Look again", "hand over the function itself, without brackets after it.")
    for arguments, expected in cases:
        try:
            got = answer(*arguments)
        except Exception as error:  # whatever the reader's code raises is theirs to read
            return Feedback("Look again", f"your function raised {type(error).__name__}: {error}")
        if got is None:
            return Feedback("Not yet", "the function still returns None. Write your answer there.")
        if not equal(got, expected):
            return Feedback("Look again", hint)
    return Feedback("Right", right)


def check_exercise_01(answer) -> Feedback:
    """Exercise of notebook 01: the change of a logit that a gradient promises for a step."""
    gradient = np.arange(12, dtype=float).reshape(2, 2, 3) - 4
    one_pixel = np.zeros((2, 2, 3))
    one_pixel[0, 1, 2] = 3.0
    return check(
        answer,
        [
            ((gradient, one_pixel), 3.0),
            ((gradient, -one_pixel), -3.0),
            ((gradient, gradient), 170.0),
        ],
        hint="multiply each step by the gradient there, with its sign, and add all of them up.",
        right="that is all a gradient says; for small steps it is nearly true.",
    )


def check_exercise_02(answer) -> Feedback:
    """Exercise of notebook 02: cut a map off above a fraction of its peak."""
    values = np.array([[0.0, 1.0], [3.0, 4.0]])
    return check(
        answer,
        [
            ((values, 0.5), np.array([[0.0, 1.0], [2.0, 2.0]])),
            ((values, 1.0), values),
            ((10 * values, 0.25), np.array([[0.0, 10.0], [10.0, 10.0]])),
        ],
        hint="the level is fraction times the largest value; what lies above it becomes the level.",
        right="extreme pixels are tamed, and no pixel falls below a colder one.",
    )


def check_exercise_03(answer) -> Feedback:
    """Exercise of notebook 03: finite-difference slopes along each coordinate."""
    point = np.array([3.0, 4.0])
    kink = np.array([0.5, -2.0, 1.0])
    return check(
        answer,
        [
            ((lambda p: p[0] * p[1] + 2 * p[0], point, 0.01), np.array([6.0, 3.0])),
            ((lambda p: np.maximum(p, 0).sum() + p[0] ** 2, kink, 0.01), np.array([2.0, 0.0, 1.0])),
        ],
        hint="push one number at a time, by h up and by h down, and divide by 2 * h.",
        right="the same slopes as algebra gives, without any algebra.",
    )


def check_exercise_04(answer) -> Feedback:
    """Exercise of notebook 04: mean effect of an object, and in how many views it helps."""
    mixed, against = [7.8, 5.0, 6.0, 4.0], [3.8, 5.5, 3.0, 4.5]
    return check(
        answer,
        [
            ((np.array(mixed), np.array(against)), (1.5, 2)),
            ((np.array([3.7, 2.0]), np.array([11.6, 4.0])), (-4.95, 0)),
        ],
        hint="an effect is the logit with the animal minus the logit without it, view by view; "
        "return their mean and the number of those above 0.",
        right="a mean can hide views in which the sign is the other one; the count tells of them.",
    )


def check_exercise_05(answer) -> Feedback:
    """Exercise of notebook 05: share of the map on an object over its share of the area."""
    flat, corner = np.ones((4, 4)), np.zeros((4, 4), bool)
    corner[:2, :2] = True
    bright = flat.copy()
    bright[:2, :2] = 3.0
    return check(
        answer,
        [((flat, corner), 1.0), ((bright, corner), 2.0), ((bright, ~corner), 2 / 3)],
        hint="divide the map's sum inside by its sum everywhere, then by the mean of the mask.",
        right="1 for a map without preference, more where the map favours the object.",
    )


def check_exercise_06(answer) -> Feedback:
    """Exercise of notebook 06: fill a region with the mean colour of the rest, in a copy."""
    picture = np.arange(48, dtype=float).reshape(4, 4, 3)
    before, mask = picture.copy(), np.zeros((4, 4), bool)
    mask[0] = True
    expected = picture.copy()
    expected[0] = picture[1:].mean((0, 1))
    found = check(
        answer,
        [((picture, mask), expected)],
        hint="the colour is the mean over the pixels outside the mask, for each channel.",
        right="filled, and the picture itself is as it was.",
    )
    if not np.array_equal(picture, before):
        return Feedback("Look again", "the picture itself was changed: work on a copy of it.")
    return found


def check_exercise_07(answer) -> Feedback:
    """Exercise of notebook 07: the completeness gap of attributions."""
    attributions = np.array([[[1.0, 2.0], [-0.5, 0.25]]])
    return check(
        answer,
        [((attributions, 3.0, 0.25), 0.0), ((attributions, 5.0, 1.0), -1.25)],
        hint="add up all attributions, then take away what they owe, score - baseline_score.",
        right="0 means that the account balances.",
    )


def check_exercise_08(answer) -> Feedback:
    """Exercise of notebook 08: the share of a map's strongest pixels that stay among them."""
    values = np.arange(1.0, 21.0).reshape(4, 5)
    half = values.copy()
    half[-1, :2] = 0.0
    return check(
        answer,
        [
            ((values, values, 0.2), 1.0),
            ((values, values[::-1, ::-1], 0.2), 0.0),
            ((values, -values, 0.2), 1.0),
            ((values, half, 0.2), 0.75),
        ],
        hint="take the strongest pixels of each map by size, without the sign, and count those "
        "that are in both; then divide by how many you took.",
        right="a fourth ruler; unrelated maps get about the fraction itself.",
    )


def check_exercise_09(answer) -> Feedback:
    """Exercise of notebook 09: the share of pairs that map and removal order alike."""
    return check(
        answer,
        [
            (([3.0, 1.0, -2.0], [0.5, 0.2, 0.1]), 1.0),
            (([3.0, 1.0, -2.0], [0.2, 0.5, 0.1]), 2 / 3),
            (([3.0, 1.0], [0.2, 0.2]), 0.5),
            (([1.0, 1.0, 0.0], [0.3, 0.4, 0.2]), 1.0),
        ],
        hint="look at each pair once: 1 for the same order, 0 for the other, 0.5 for equal masses; "
        "leave pairs of equal effect out, and take the mean.",
        right="0.5 is guessing, 1 is the order of the removals.",
    )


def check_exercise_10(answer) -> Feedback:
    """Exercise of notebook 10: the Shapley values of two players."""
    return check(
        answer,
        [
            ((0.0, 1.0, 2.0, 3.0), (1.0, 2.0)),
            ((1.0, 1.0, 1.0, 5.0), (2.0, 2.0)),
            ((0.0, 4.0, 4.0, 4.0), (2.0, 2.0)),
        ],
        hint="a player comes first or second: take the mean of what it adds in the two orders.",
        right="the two values add up to what both bring together.",
    )


def check_exercise_11(answer) -> Feedback:
    """Exercise of notebook 11: a tremble of a given size."""
    picture = np.array([[[0.0, 100.0, 255.0], [10.0, 128.0, 250.0]]])
    cases = []
    for size, seed in ((1.0, 0), (20.0, 3)):
        coins = np.random.default_rng(seed).choice([-1, 1], picture.shape)
        cases.append(((picture, size, seed), np.clip(picture + size * coins, 0, 255)))
    return check(
        answer,
        cases,
        hint="add size times the coins, and clip to 0..255.",
        right="nobody sees the first one, and the gradient's map does.",
    )


def check_exercise_12(answer) -> Feedback:
    """Exercise of notebook 12: how far one class rises above the others."""
    before, after = np.array([1.0, 2.0, 3.0]), np.array([4.0, 2.5, 3.5])
    return check(
        answer,
        [
            ((before, after, 0), 2.5),
            ((before, after, 1), -1.25),
            ((before, before, 2), 0.0),
        ],
        hint="subtract before from after; leave the class itself out of the mean of the others.",
        right="a tide that lifts every class lifts none of them by this measure.",
    )


def check_exercise_13(answer) -> Feedback:
    """Exercise of notebook 13: how often a tool finds what was planted."""
    return check(
        answer,
        [
            ((["tag", "tint"], ["tag", "blur"]), 0.5),
            ((["nothing", "nothing", "tag"], ["none", "tint", "tag"]), 2 / 3),
            ((["none"], ["none"]), 1.0),
        ],
        hint='divide the right verdicts by all; "nothing" is right where there is "none".',
        right="count the misses as well as the hits.",
    )


def check_exercise_14(chance) -> Feedback:
    """Exercise of notebook 14: how often a window chosen at random does as well."""
    return check(
        chance,
        [
            ((2.0, [0.5, 1.0, -1.0]), 1 / 4),
            ((1.0, [1.0, 2.0, 0.0]), 3 / 4),
            ((-1.0, [0.0, 0.5]), 1.0),
        ],
        hint="count the controls that fall by as much or more, add 1 for the window itself, and "
        "divide by all of them, itself included.",
        right="so none of 79 controls means 1 in 80, and never 0.",
    )
