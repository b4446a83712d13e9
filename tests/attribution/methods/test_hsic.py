"""Dependence between cells and the score, against the definition and on scores that are known."""

import numpy as np

from helpers.attribution.methods import hsic as module
from helpers.attribution.registry import attribute
from helpers.backend import keras

SIDE = 6
PICTURE = np.full((SIDE, SIDE, 3), 200, np.float32)


def test_the_closed_form_against_the_definition(rng):
    shown = rng.random((40, 5)) < 0.5
    scores = rng.normal(size=40) + shown @ [3, 0, -1, 0, 0]
    distances = np.abs(scores[:, None] - scores)
    width = np.median(distances[np.triu_indices(40, 1)])
    likeness = np.exp(-(distances**2) / (2 * width**2))
    centring = np.eye(40) - 1 / 40
    for cell, value in enumerate(module._dependence(shown, scores)):
        agree = (shown[:, cell][:, None] == shown[:, cell]).astype(float)
        expected = np.trace(agree @ centring @ likeness @ centring) / 39**2
        np.testing.assert_allclose(value, expected, rtol=1e-9)


def test_cells_that_matter_stand_out_whatever_their_sign():
    pixels = keras.Input((SIDE, SIDE, 3))
    score = 3 * pixels[:, 0, 0, :1] - 3 * pixels[:, 5, 5, :1]
    model = keras.Model(pixels, score)
    found = attribute(model, PICTURE, 0, "hsic", cells=3, fill=0, samples=300)[..., 0]
    cells = found[::2, ::2]
    np.testing.assert_array_equal(np.kron(cells, np.ones((2, 2))), found)
    assert found.min() >= 0
    others = np.delete(cells.ravel(), [0, 8])
    assert min(cells[0, 0], cells[2, 2]) > 5 * others.max()


def test_cells_that_do_nothing_get_a_little_the_less_the_more_is_asked(rng):
    """Its known weakness: no cell gets 0, and no value says which way."""
    floor = []
    for samples in (50, 400):
        shown = rng.random((samples, 10)) < 0.5
        values = module._dependence(shown, 3.0 * shown[:, 0] - 3.0 * shown[:, 1])
        assert values[:2].min() > values[2:].max() > 0
        floor.append(values[2:].mean())
    assert floor[0] > 3 * floor[1]


def test_a_score_that_never_changes_depends_on_nothing():
    assert not module._dependence(np.eye(4) > 0, np.ones(4)).any()
