"""Words made from data say where and how much."""

import numpy as np
import pytest

from helpers.display import alt_text


@pytest.mark.parametrize(
    ("at", "words"),
    [
        ((0, 0), "upper left"),
        ((4, 4), "centre"),
        ((4, 8), "middle right"),
        ((8, 4), "lower centre"),
    ],
)
def test_the_place_of_the_peak_is_named(at, words):
    peak = np.zeros((9, 9))
    peak[at] = -3
    assert alt_text.place_of_peak(peak) == words


def test_long_lists_are_counted_not_read_out():
    assert alt_text.listing(list("abcd"), most=2) == "a; b; and 2 more"
