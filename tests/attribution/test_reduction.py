"""From channels to one value a pixel, in either reading."""

import numpy as np
import pytest
from toys import one_sentence

from helpers.attribution.reduction import read_map, reduce_channels
from helpers.errors import HelpersError

PIXEL = np.array([[[3.0, -4.0, 0.0]]])


@pytest.mark.parametrize(
    ("how", "expected"),
    [("max_abs", 4), ("sum_abs", 7), ("mean_abs", 7 / 3), ("l2", 5), ("sum", -1), ("max", -4)],
)
def test_channels_become_one_value(how, expected):
    for attributions in (PIXEL, np.stack([PIXEL, -PIXEL])):
        result = reduce_channels(attributions, how)
        assert result.shape == attributions.shape[:-1] and result.dtype == np.float32
        assert result.ravel()[0] == pytest.approx(expected)
    signed = how in ("sum", "max")
    assert result.ravel()[1] == pytest.approx(-expected if signed else expected)


def test_a_map_without_channels_is_reduced_too():
    assert reduce_channels(np.full((4, 4, 1), -2.0)).tolist() == [[2.0] * 4] * 4


@pytest.mark.parametrize(("shape", "how"), [((4, 4), "max_abs"), ((4, 4, 3), "median")])
def test_what_cannot_be_reduced(shape, how):
    with pytest.raises(HelpersError) as error:
        reduce_channels(np.zeros(shape), how)
    one_sentence(error)


def test_readings():
    attributions = np.array([[[1.0, -3, 1]]])
    assert read_map(attributions, "signed") == -1
    assert read_map(attributions, "absolute") == 3


@pytest.mark.parametrize(
    ("shape", "reading", "says"),
    [((2, 2, 2, 3), "signed", "one picture"), ((2, 2, 3), "loud", "reading is one of")],
)
def test_what_cannot_be_read(shape, reading, says):
    with pytest.raises(HelpersError, match=says):
        read_map(np.ones(shape), reading)
