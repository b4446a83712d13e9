"""Stability under faint noise on a linear toy."""

import numpy as np
import pytest
from synthetic import colour_counter, synthetic_scenes

from helpers.errors import HelpersError
from helpers.evaluation import (
    max_sensitivity,
)

MODEL = colour_counter()
PICTURE = synthetic_scenes(1)[0].pictures["all"]


def test_stability_of_a_linear_gradient_is_perfect():
    assert max_sensitivity(MODEL, PICTURE, 0, "gradient", copies=2) == pytest.approx(0, abs=1e-6)
    assert max_sensitivity(MODEL, PICTURE, 0, "random_map", copies=2) == 0
    smaller, larger = (
        max_sensitivity(MODEL, PICTURE, 0, "input_x_gradient", radius=r, copies=2) for r in (1, 20)
    )
    assert 0 < smaller < larger


def test_the_methods_own_options_reach_it():
    options = {"copies": 1, "samples": 3, "noise": 0.1}
    assert max_sensitivity(MODEL, PICTURE, 0, "smoothgrad", **options) < 1e-5


def test_stability_of_an_empty_map_is_undefined():
    black = np.zeros_like(PICTURE)
    assert np.isnan(max_sensitivity(MODEL, black, 0, "input_x_gradient", copies=1))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: max_sensitivity(MODEL, PICTURE, 0, radius=0), "radius is a number"),
    ],
)
def test_bad_input_is_refused_in_one_sentence(call, message):
    with pytest.raises(HelpersError, match=message):
        call()
