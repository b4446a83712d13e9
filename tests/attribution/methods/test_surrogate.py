"""LIME and Shapley values on games whose answer stands on paper."""

import math

import numpy as np
import pytest
from toys import one_sentence

from helpers.attribution.methods import surrogate
from helpers.attribution.registry import attribute
from helpers.backend import keras
from helpers.errors import HelpersError

SIDE = 6
PICTURE = np.full((SIDE, SIDE, 3), 200, np.float32)
QUARTERS = np.kron([[0, 1], [2, 3]], np.ones((3, 3), int))
# Each corner is in a region of its own, and there are too many to ask about all subsets.
SIXTEEN = np.arange(SIDE**2).reshape(SIDE, SIDE) % 16


class Game(keras.Layer):
    """From which quarters show (200) or hide (0) to 3a + b - 2d + 4ab + 6abc, and to a + b."""

    def call(self, pixels):
        a, b, c, d = (pixels[:, row, column, 0] / 200 for row in (0, 5) for column in (0, 5))
        return keras.ops.stack([3 * a + b - 2 * d + 4 * a * b + 6 * a * b * c, a + b], -1)


def game(side=SIDE):
    pixels = keras.Input((side, side, 3))
    return keras.Model(pixels, Game()(pixels))


@pytest.fixture
def asked(monkeypatch):
    """Note the regions and the subsets that are to be scored, all of which get 0."""
    calls = []

    def noted(question, picture, filled, labels, row, shown, batch_size, bar):
        calls.append((labels, shown))
        return np.zeros(len(shown))

    monkeypatch.setattr(surrogate, "region_scores", noted)
    return calls


# A product is shared evenly by those who take part.
SHAPLEY = np.array([3 + 2 + 2, 1 + 2 + 2, 2, -2])


@pytest.mark.parametrize("regions", [QUARTERS, QUARTERS * 7 + 3, "grid"])
def test_shapley_values_of_a_game(regions):
    options = {"regions": regions, "cells": 2, "fill": 0, "samples": 16}
    found, details = attribute(game(), PICTURE, 0, "kernel_shap", details=True, **options)
    np.testing.assert_allclose(details["region_values"], SHAPLEY, atol=1e-5)
    np.testing.assert_allclose(np.bincount(QUARTERS.ravel(), found.ravel()), SHAPLEY, atol=1e-4)
    assert details["exact"] and details["score"] == pytest.approx(12, abs=1e-5)
    assert abs(details["completeness_gap"]) < 1e-4 and details["baseline_score"] == 0


def test_masks_leave_the_rest_of_the_picture_shown():
    masks = np.stack([QUARTERS == 1, QUARTERS == 2])
    options = {"regions": masks, "fill": 0, "samples": 4}
    found, details = attribute(game(), PICTURE, 0, "kernel_shap", details=True, **options)
    # With a and d shown: b + 4b + 6bc.
    np.testing.assert_allclose(details["region_values"], [5 + 3, 3], atol=1e-5)
    assert not found[(QUARTERS == 0) | (QUARTERS == 3)].any()
    assert details["baseline_score"] == pytest.approx(1)


def test_draws_come_near_the_exact_value_and_balance_always():
    options = {"regions": QUARTERS, "fill": 0}
    for samples, limit in ((14, 3.0), (15, 3.0)):
        _, found = attribute(
            game(), PICTURE, 0, "kernel_shap", details=True, samples=samples, **options
        )
        assert not found["exact"] and abs(found["completeness_gap"]) < 1e-3
        assert np.abs(found["region_values"] - SHAPLEY).max() < limit
    many = {"regions": SIXTEEN, "fill": 0, "samples": 40_000, "batch_size": 4000}
    _, found = attribute(game(), PICTURE, 0, "kernel_shap", details=True, **many)
    expected = np.zeros(16)
    expected[SIXTEEN[[0, 0, -1, -1], [0, -1, 0, -1]]] = SHAPLEY
    assert not found["exact"]
    np.testing.assert_allclose(found["region_values"], expected, atol=0.1)


def test_subsets_are_drawn_by_the_shapley_kernel_with_their_complements(asked):
    attribute(game(), PICTURE, 0, "kernel_shap", regions=SIXTEEN, samples=30_002, seed=1)
    (_, ends), (_, drawn) = asked
    assert ends.sum(1).tolist() == [0, 16] and len(drawn) == 30_000
    assert np.array_equal(drawn[::2], ~drawn[1::2])
    found = np.bincount(drawn.sum(1), minlength=17)[1:16] / len(drawn)
    sizes, ways = range(1, 16), [math.comb(16, size) for size in range(1, 16)]
    kernel = np.array([15 / (way * s * (16 - s)) * way for s, way in zip(sizes, ways)])
    np.testing.assert_allclose(found, kernel / kernel.sum(), atol=0.02)


def test_lime_of_a_sum_is_its_terms_but_for_the_penalty():
    options = {"regions": QUARTERS, "fill": 0, "samples": 4000}
    _, found = attribute(game(), PICTURE, 1, "lime", details=True, **options)
    np.testing.assert_allclose(found["region_values"], [1, 1, 0, 0], atol=5e-3)
    assert found["r_squared"] > 0.999
    _, found = attribute(game(), PICTURE, 0, "lime", details=True, **options)
    assert found["r_squared"] < 0.99


def test_lime_answers_for_its_fill_its_regions_and_its_seed():
    """What it is known for: hidden by its own colour a region counts for nothing."""

    def values(**options):
        options = {"regions": QUARTERS, "fill": 0, "samples": 400, **options}
        return attribute(game(), PICTURE, 0, "lime", details=True, **options)[1]["region_values"]

    assert np.abs(values()).max() > 1
    np.testing.assert_allclose(values(fill="mean"), 0, atol=1e-5)
    assert len(values(regions="grid", cells=1)) == 1
    few, many = (
        np.std([values(samples=n, seed=seed) for seed in range(6)], 0).max() for n in (12, 400)
    )
    assert few > 3 * many > 0


def test_shapley_values_of_few_scores_are_far_off_and_balance_all_the_same():
    options = {"regions": QUARTERS, "fill": 0, "samples": 6, "details": True}
    found = [attribute(game(), PICTURE, 0, "kernel_shap", seed=n, **options)[1] for n in range(6)]
    assert max(abs(details["completeness_gap"]) for details in found) < 1e-3
    errors = [np.abs(details["region_values"] - SHAPLEY).max() for details in found]
    assert np.mean(errors) > 0.5


def test_lime_against_its_normal_equations():
    shown = np.random.default_rng(2).random((30, 4)) < 0.5
    shown[0] = True
    a, b, c, d = shown.T.astype(float)
    scores = 3 * a + b - 2 * d + 4 * a * b + 6 * a * b * c
    weights = np.sqrt(np.exp(-(((1 - np.sqrt(shown.mean(1))) / 0.25) ** 2)))
    design = np.column_stack([np.ones(30), shown])
    penalty = np.diag([0.0, 1, 1, 1, 1])
    both = np.linalg.solve(design.T * weights @ design + penalty, design.T * weights @ scores)
    options = {"regions": QUARTERS, "fill": 0, "samples": 30, "seed": 2, "details": True}
    _, found = attribute(game(), PICTURE, 0, "lime", **options)
    np.testing.assert_allclose(found["region_values"], both[1:], rtol=1e-5)


def test_superpixels_follow_the_picture(asked):
    picture = np.zeros((24, 24, 3), np.float32)
    picture[:, 12:] = 255
    attribute(game(24), picture, 0, "lime", regions="slic", cells=2, samples=4)
    ((labels, _),) = asked
    assert labels.shape == (24, 24)
    assert not set(labels[:, :12].ravel()) & set(labels[:, 12:].ravel())


@pytest.mark.parametrize("method", ["lime", "kernel_shap"])
@pytest.mark.parametrize(
    "regions",
    [
        "circles",
        np.zeros((3, 3), int),
        np.ones((2, SIDE, SIDE), bool),
        np.zeros((1, SIDE, SIDE), bool),
        3,
    ],
)
def test_what_is_no_partition(method, regions):
    with pytest.raises(HelpersError, match="regions is one of") as error:
        attribute(game(), PICTURE, 0, method, regions=regions)
    one_sentence(error)
