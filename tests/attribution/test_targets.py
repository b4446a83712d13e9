"""Which pictures go with which classes, after the rules of the contract."""

import numpy as np
import pytest
from toys import one_sentence

from helpers.attribution.targets import pair_targets
from helpers.classes import register_class_names
from helpers.errors import HelpersError

ONE, THREE = np.zeros((1, 2, 2, 3), np.float32), np.arange(36, dtype=np.float32).reshape(3, 2, 2, 3)


def rows(*targets, units=4):
    table = np.zeros((len(targets), units), np.float32)
    for row, target in enumerate(targets):
        for part in np.atleast_1d(target):
            table[row, part] += 1
    return table


@pytest.mark.parametrize(
    ("target", "expected", "single"),
    [
        (2, rows(2), True),
        (np.int64(2), rows(2), True),
        (np.array(2), rows(2), True),
        ([2], rows(2), False),
        ([2, 0, 3], rows(2, 0, 3), False),
        ((2, 0), rows(2, 0), False),
        (range(4), rows(0, 1, 2, 3), False),
        (np.array([1, 3]), rows(1, 3), False),
        ([[0, 2]], rows([0, 2]), False),
        ([(0, 2), 1], rows([0, 2], 1), False),
        (np.array([[0, 2]]), rows([0, 2]), False),
        ([np.array([0, 2])], rows([0, 2]), False),
        ([[1, 1]], rows([1, 1]), False),
    ],
)
def test_one_picture(target, expected, single):
    pairs = pair_targets(ONE, False, target, 4)
    assert np.array_equal(pairs.targets, expected) and pairs.targets.dtype == np.float32
    assert pairs.pictures.shape == (len(expected), 2, 2, 3)
    assert pairs.single is single
    assert pair_targets(ONE, True, target, 4).single is False


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        (1, rows(1, 1, 1)),
        ([1, 0, 2], rows(1, 0, 2)),
        ([[1, 0], 2, [3, 3]], rows([1, 0], 2, [3, 3])),
    ],
)
def test_a_batch(target, expected):
    pairs = pair_targets(THREE, True, target, 4)
    assert np.array_equal(pairs.targets, expected)
    assert np.array_equal(pairs.pictures, THREE) and pairs.single is False


@pytest.mark.parametrize(
    ("target", "part"),
    [
        ([1], "3 pictures with 1 target"),
        ([[1, 2]], "3 pictures with 1 target"),
        ([1, 2], "3 pictures with 2 target"),
        ([1, 2, 3, 0], "3 pictures with 4 target"),
        ([], "0 target classes"),
        ([[], 1, 2], "list is empty"),
        ([[[1, 2]], 1, 2], "number of a filter"),
        (4, "no filter 4"),
        (-1, "0 to 3"),
        (True, "number of a filter"),
        (1.0, "number of a filter"),
        ("tabby", "number of a filter"),
        (b"\1\2\3", "number of a filter"),
        ({1, 2, 3}, "number of a filter"),
        (np.array([1.0, 2.0, 0.0]), "number of a filter"),
    ],
)
def test_what_does_not_pair(target, part):
    with pytest.raises(HelpersError, match=part) as error:
        pair_targets(THREE, True, target, 4)
    one_sentence(error)


def test_names_and_sums_of_names(small):
    register_class_names(small, ["cat", "dog", "hen"])
    pairs = pair_targets(ONE, False, ["hen", ["cat", "Dog"]], 3, small)
    assert np.array_equal(pairs.targets, [[0, 0, 1], [1, 1, 0]])
    with pytest.raises(HelpersError, match="did you mean dog"):
        pair_targets(ONE, False, ["dogg"], 3, small)
