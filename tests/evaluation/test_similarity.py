"""How alike two maps are."""

import numpy as np
import pytest

from helpers.errors import HelpersError
from helpers.evaluation import map_similarity

RNG = np.random.default_rng(0)


def test_similarity_of_equal_opposite_and_unrelated_maps():
    first, second = np.random.default_rng(0).standard_normal((2, 32, 32))
    assert map_similarity(first, 3 * first) == pytest.approx((1, 1, 1))
    assert map_similarity(first, -first) == pytest.approx((1, 1, 1))
    assert map_similarity(first, -first, signed=True).spearman == pytest.approx(-1)
    assert map_similarity(first, -first, signed=True).ssim < 0.5
    unrelated = map_similarity(first, second, signed=True)
    assert abs(unrelated.spearman) < 0.1 and 0 < unrelated.ssim < 0.9 and unrelated.hog < 0.5


def test_a_map_that_is_smooth_in_every_cell_is_still_compared():
    ramp = np.tile(np.arange(16.0), (16, 1))
    assert map_similarity(ramp, ramp.T).hog < 0.5


def test_similarity_with_a_constant_map_is_undefined():
    assert np.isnan(map_similarity(np.zeros((16, 16)), np.eye(16))).all()


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: map_similarity(np.ones((4, 4)), np.ones((4, 4))), "8 x 8"),
        (lambda: map_similarity(np.ones((9, 9)), np.ones((8, 9))), "one shape"),
    ],
)
def test_bad_input_is_refused_in_one_sentence(call, message):
    with pytest.raises(HelpersError, match=message):
        call()
