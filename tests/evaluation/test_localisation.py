"""Localisation: perfect and wrong maps, ties, and the values of blind guessing."""

import numpy as np
import pytest

from helpers.errors import HelpersError
from helpers.evaluation import (
    best_iou,
    grid_cell,
    grid_mosaic,
    grid_pointing_game,
    object_shares,
    pointing_game,
    relevance_mass_accuracy,
    relevance_rank_accuracy,
)

METRICS = [pointing_game, relevance_mass_accuracy, relevance_rank_accuracy, best_iou]
SHAPE = (20, 30)
MASK = np.zeros(SHAPE, bool)
MASK[5:11, 10:20] = True
AREA = MASK.mean()


@pytest.mark.parametrize("metric", METRICS)
def test_perfect_map_gets_one(metric):
    assert metric(MASK.astype(float), MASK) == 1


@pytest.mark.parametrize("metric", METRICS[:3])
def test_map_beside_the_object_gets_zero(metric):
    assert metric((~MASK).astype(float), MASK) == 0


@pytest.mark.parametrize("metric", METRICS)
def test_constant_map_gets_the_share_of_the_area(metric):
    assert metric(np.ones(SHAPE), MASK) == pytest.approx(AREA)


@pytest.mark.parametrize("metric", METRICS)
def test_random_maps_get_about_the_share_of_the_area(metric):
    rng = np.random.default_rng(1)
    values = [metric(rng.standard_normal(SHAPE), MASK) for _ in range(400)]
    # best_iou may cut at the best place, so it stays somewhat above the area.
    assert np.mean(values) == pytest.approx(AREA, abs=0.035)
    assert metric is not best_iou or min(values) >= AREA - 1e-9


@pytest.mark.parametrize("metric", METRICS)
def test_better_maps_score_higher(metric):
    noise = np.random.default_rng(0).uniform(0, 1, SHAPE)
    better, plain, worse = (metric(noise + shift * MASK, MASK) for shift in (3, 0, -3))
    assert better > plain >= worse


def test_worked_example():
    values = np.array([[4.0, 3, 2], [1, 0, -5]])
    mask = np.array([[True, False, True], [False, False, False]])
    assert pointing_game(values, mask) == 1
    assert relevance_mass_accuracy(values, mask) == pytest.approx(6 / 10)
    assert relevance_rank_accuracy(values, mask) == 1 / 2
    # thresholds 4, 3, 2, 1, 0, -5 give 1/2, 1/3, 2/3, 2/4, 2/5, 2/6
    assert best_iou(values, mask) == pytest.approx(2 / 3)
    share = object_shares(values, {"it": mask})["it"]
    assert share == pytest.approx((6 / 15, 2 / 6, 1.2))
    assert object_shares(values, {"it": ~mask}, "signed")["it"].share == pytest.approx(-1 / 15)
    assert object_shares(values, {"it": ~mask}, "positive")["it"].share == pytest.approx(4 / 10)


def test_ties_at_the_last_rank_count_with_their_share():
    mask = np.array([[True, True, False, False]])
    assert relevance_rank_accuracy(np.array([[1.0, 0, 0, 0]]), mask) == pytest.approx(
        (1 + 1 / 3) / 2
    )


def test_maps_of_nothing_are_undefined():
    assert np.isnan(relevance_mass_accuracy(np.zeros(SHAPE), MASK))
    assert np.isnan(relevance_mass_accuracy(-np.ones(SHAPE), MASK))


def test_grid_pointing_game():
    values = np.zeros((8, 8))
    values[:4, 4:] = 2
    values[4:, 4:] = -7
    assert [grid_pointing_game(values, cell) for cell in range(4)] == [0, 1, 0, 0]
    rng = np.random.default_rng(0)
    noise = [grid_pointing_game(rng.standard_normal((8, 8)), 2) for _ in range(300)]
    assert np.mean(noise) == pytest.approx(0.25, abs=0.02)


def test_mosaic_puts_pictures_where_the_cells_say():
    pictures = [np.full((6, 6, 3), level, np.float32) for level in (10, 20, 30, 40)]
    mosaic = grid_mosaic(pictures, (8, 8))
    assert mosaic.shape == (8, 8, 3) and mosaic.dtype == np.float32
    for index, level in enumerate((10, 20, 30, 40)):
        assert (mosaic[grid_cell((8, 8), index)] == level).all()
    assert sum(grid_cell((8, 8), i).astype(int) for i in range(4)).min() == 1


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: pointing_game(np.ones((2, 2, 3)), MASK), "one array of numbers"),
        (lambda: pointing_game(np.full(SHAPE, np.nan), MASK), "NaN"),
        (lambda: pointing_game(np.ones((4, 4)), MASK), "fit_mask"),
        (lambda: pointing_game(np.ones(SHAPE), np.zeros(SHAPE, bool)), "empty"),
        (lambda: pointing_game(np.ones(SHAPE), np.full(SHAPE, 0.5)), "True on the object"),
        (lambda: object_shares(np.ones(SHAPE), {"a": MASK}, "odd"), "part is one of"),
        (lambda: grid_mosaic([np.zeros((4, 4, 3))] * 3, (8, 8)), "needs 4 pictures"),
        (lambda: grid_mosaic([np.zeros((4, 4, 3))] * 4, (9, 8)), "sides that 2"),
        (lambda: grid_cell((8, 8), 4), "no cell 4"),
    ],
)
def test_bad_input_is_refused_in_one_sentence(call, message):
    with pytest.raises(HelpersError, match=message):
        call()
