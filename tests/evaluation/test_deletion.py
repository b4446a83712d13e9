"""Deletion and insertion on a linear toy."""

import numpy as np
import pytest
from synthetic import colour_counter, synthetic_scenes

from helpers.attribution import read_map
from helpers.attribution.registry import attribute
from helpers.errors import HelpersError
from helpers.evaluation import (
    deletion_curve,
    insertion_curve,
    misplaced_map,
    rank_pixels,
)

MODEL = colour_counter()
PICTURE = synthetic_scenes(1)[0].pictures["all"]
PERFECT = read_map(attribute(MODEL, PICTURE, 0, "input_x_gradient"), "signed")
NOISE = np.random.default_rng(0).standard_normal(PERFECT.shape)


def area(curve, saliency_map, **options):
    return curve(MODEL, PICTURE, 0, saliency_map, score="logit", **options).area


def test_perfect_order_wins_and_the_reverse_loses():
    deletion = [area(deletion_curve, m) for m in (PERFECT, NOISE, -PERFECT)]
    insertion = [area(insertion_curve, m, fill="black") for m in (PERFECT, NOISE, -PERFECT)]
    assert deletion == sorted(deletion) and insertion == sorted(insertion, reverse=True)


def test_random_order_gets_the_mean_of_the_two_ends_on_a_linear_model():
    ends = deletion_curve(MODEL, PICTURE, 0, PERFECT, score="logit").scores[[0, -1]]
    areas = [
        area(deletion_curve, np.random.default_rng(i).standard_normal(PERFECT.shape))
        for i in range(20)
    ]
    assert np.mean(areas) == pytest.approx(ends.mean(), abs=0.05 * np.ptp(ends))
    # A constant map is all ties, which come in random order and not row by row.
    ties = [area(deletion_curve, np.ones(PERFECT.shape), seed=seed) for seed in range(20)]
    assert np.mean(ties) == pytest.approx(ends.mean(), abs=0.05 * np.ptp(ends))


def test_curves_start_and_end_where_they_should():
    deletion = deletion_curve(MODEL, PICTURE, 0, NOISE, steps=4, score="logit", fill="mean")
    insertion = insertion_curve(MODEL, PICTURE, 0, -NOISE, steps=4, score="logit", fill="mean")
    logit = float(MODEL(PICTURE[None].astype(np.float32))[0, 0])
    assert deletion.fractions.tolist() == [0, 0.25, 0.5, 0.75, 1]
    assert deletion.scores[0] == pytest.approx(logit, abs=1e-4)
    # Deleting from the weakest up is inserting from the strongest down, backwards.
    assert deletion.scores[::-1] == pytest.approx(insertion.scores, abs=1e-4)


def test_batches_change_nothing():
    runs = [area(deletion_curve, NOISE, batch_size=size) for size in (1, 5, 64)]
    assert runs == pytest.approx([runs[0]] * 3, rel=1e-6)


def test_probability_is_the_papers_score():
    curve = deletion_curve(MODEL, PICTURE, 0, PERFECT)
    assert curve.score == "probability" and curve.scores.min() >= 0 and curve.scores.max() <= 1


def test_misplaced_map_keeps_the_values_and_loses_the_place():
    moved = misplaced_map(PERFECT, seed=3)
    assert np.array_equal(np.sort(moved, None), np.sort(PERFECT, None))
    assert abs(np.corrcoef(moved.ravel(), PERFECT.ravel())[0, 1]) < 0.5


def test_rank_pixels_is_a_permutation_with_the_strongest_first():
    ranks = rank_pixels(np.array([[1.0, 5], [5, 0]]))
    assert sorted(ranks.ravel()) == [0, 1, 2, 3]
    assert {ranks[0, 1], ranks[1, 0]} == {0, 1} and ranks[1, 1] == 3


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: deletion_curve(MODEL, PICTURE, 0, NOISE[:5]), "both need one size"),
        (lambda: deletion_curve(MODEL, PICTURE, 0, NOISE, fill="pink"), "fill is one of"),
        (lambda: deletion_curve(MODEL, PICTURE, 0, NOISE, fill=300), "fill is one of"),
        (lambda: deletion_curve(MODEL, PICTURE, 0, NOISE, steps=0), "steps is a whole number"),
        (lambda: deletion_curve(MODEL, PICTURE, 0, NOISE, score="loss"), "score is one of"),
        (lambda: deletion_curve(MODEL, [PICTURE] * 2, 0, NOISE), "one picture at a time"),
        (lambda: deletion_curve(MODEL, PICTURE, 7, NOISE), "no class 7"),
        (lambda: deletion_curve("model", PICTURE, 0, NOISE), "keras.Model such as"),
    ],
)
def test_bad_input_is_refused_in_one_sentence(call, message):
    with pytest.raises(HelpersError, match=message):
        call()
