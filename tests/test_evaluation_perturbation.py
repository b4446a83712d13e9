"""Deletion, insertion, sensitivity-n, infidelity, completeness and stability on linear toys."""

import numpy as np
import pytest

from helpers.attribution.registry import attribute
from helpers.backend import keras
from helpers.errors import HelpersError
from helpers.evaluation import (
    colour_counter,
    completeness,
    deletion_curve,
    infidelity,
    insertion_curve,
    max_sensitivity,
    misplaced_map,
    rank_pixels,
    read_map,
    sensitivity_n,
    synthetic_scenes,
)
from helpers.evaluation.scoring import fill_picture

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


def test_fills():
    picture = PICTURE.astype(np.float32)
    assert not fill_picture(picture, "black").any()
    assert np.allclose(fill_picture(picture, "mean"), picture.mean((0, 1)))
    assert fill_picture(picture, "blur").std() < picture.std()
    assert (fill_picture(picture, 127) == 127).all()


def test_misplaced_map_keeps_the_values_and_loses_the_place():
    moved = misplaced_map(PERFECT, seed=3)
    assert np.array_equal(np.sort(moved, None), np.sort(PERFECT, None))
    assert abs(np.corrcoef(moved.ravel(), PERFECT.ravel())[0, 1]) < 0.5


def test_rank_pixels_is_a_permutation_with_the_strongest_first():
    ranks = rank_pixels(np.array([[1.0, 5], [5, 0]]))
    assert sorted(ranks.ravel()) == [0, 1, 2, 3]
    assert {ranks[0, 1], ranks[1, 0]} == {0, 1} and ranks[1, 1] == 3


def test_sensitivity_n_is_one_for_exact_contributions():
    found = sensitivity_n(MODEL, PICTURE, 0, PERFECT, cell=4, samples=10)
    assert list(found.values()) == pytest.approx([1.0] * len(found), abs=1e-4)
    wrong = sensitivity_n(MODEL, PICTURE, 0, -PERFECT, cell=4, samples=10)
    assert list(wrong.values()) == pytest.approx([-1.0] * len(wrong), abs=1e-4)


def test_sensitivity_n_is_near_zero_for_chance_and_undefined_for_a_constant():
    values = []
    for seed in range(8):
        noise = np.random.default_rng(seed).standard_normal(PERFECT.shape)
        values += sensitivity_n(MODEL, PICTURE, 0, noise, n=[8], cell=4, seed=seed).values()
    assert abs(np.mean(values)) < 0.35
    assert np.isnan(sensitivity_n(MODEL, PICTURE, 0, PERFECT * 0, n=[8], cell=4)[8])


def test_infidelity_is_zero_for_exact_accounts():
    assert infidelity(MODEL, PICTURE, 0, PERFECT).raw == pytest.approx(0, abs=1e-6)
    gradient = attribute(MODEL, PICTURE, 0, "gradient")
    assert infidelity(MODEL, PICTURE, 0, gradient, local=True).raw == pytest.approx(0, abs=1e-6)


def test_infidelity_of_chance_and_of_the_opposite():
    assert infidelity(MODEL, PICTURE, 0, 1000 * PERFECT).share == pytest.approx(0, abs=1e-6)
    noise = infidelity(MODEL, PICTURE, 0, NOISE)
    assert noise.share > 0.5 and noise.raw > 100 * infidelity(MODEL, PICTURE, 0, PERFECT).raw
    # Read backwards is no excuse: the best multiple may not be negative.
    assert infidelity(MODEL, PICTURE, 0, -PERFECT).share == 1
    assert infidelity(MODEL, PICTURE, 0, NOISE * 0).scale == 0


def test_completeness():
    exact = completeness(MODEL, PICTURE, 0, "integrated_gradients", steps=1)
    assert exact.gap == pytest.approx(0, abs=1e-4) and exact.relative < 1e-3
    assert exact.baseline_score == pytest.approx(0, abs=1e-5)
    kinked = keras.Sequential(
        [keras.Input((8, 8, 3)), keras.layers.Flatten(), keras.layers.Dense(1, "relu")]
    )
    kinked.layers[-1].set_weights([np.full((192, 1), 0.01), np.array([-30.0])])
    picture = np.full((8, 8, 3), 40.0, np.float32)
    gaps = [abs(completeness(kinked, picture, 0, steps=steps).gap) for steps in (1, 9, 301)]
    assert gaps[0] > gaps[1] > gaps[2] and gaps[2] < 0.3


def test_completeness_only_where_it_is_promised():
    with pytest.raises(HelpersError, match="does not promise"):
        completeness(MODEL, PICTURE, 0, "gradient")


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
        (lambda: deletion_curve(MODEL, PICTURE, 0, NOISE[:5]), "both need one size"),
        (lambda: deletion_curve(MODEL, PICTURE, 0, NOISE, fill="pink"), "fill is one of"),
        (lambda: deletion_curve(MODEL, PICTURE, 0, NOISE, fill=300), "fill is one of"),
        (lambda: deletion_curve(MODEL, PICTURE, 0, NOISE, steps=0), "steps is a whole number"),
        (lambda: deletion_curve(MODEL, PICTURE, 0, NOISE, score="loss"), "score is one of"),
        (lambda: deletion_curve(MODEL, [PICTURE] * 2, 0, NOISE), "one picture at a time"),
        (lambda: deletion_curve(MODEL, PICTURE, 7, NOISE), "no class 7"),
        (lambda: deletion_curve("model", PICTURE, 0, NOISE), "a model such as"),
        (lambda: sensitivity_n(MODEL, PICTURE, 0, NOISE, n=[10**6]), "n lists sizes"),
        (lambda: sensitivity_n(MODEL, PICTURE, 0, NOISE[:9]), "both need one size"),
        (lambda: infidelity(MODEL, PICTURE, 0, NOISE[..., None], local=True), "local=True"),
        (lambda: max_sensitivity(MODEL, PICTURE, 0, radius=0), "radius is a number"),
    ],
)
def test_bad_input_is_refused_in_one_sentence(call, message):
    with pytest.raises(HelpersError, match=message):
        call()
