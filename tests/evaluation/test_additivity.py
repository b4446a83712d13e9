"""Sensitivity-n, infidelity and completeness on a linear toy."""

import numpy as np
import pytest
from synthetic import colour_counter, synthetic_scenes

from helpers.attribution import read_map
from helpers.attribution.registry import attribute
from helpers.backend import keras
from helpers.errors import HelpersError
from helpers.evaluation import infidelity, sensitivity_n
from helpers.evaluation.additivity import read_account

MODEL = colour_counter()
PICTURE = synthetic_scenes(1)[0].pictures["all"]
PERFECT = read_map(attribute(MODEL, PICTURE, 0, "input_x_gradient"), "signed")
NOISE = np.random.default_rng(0).standard_normal(PERFECT.shape)


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


def account_of(model, picture, method="integrated_gradients", **options):
    return read_account(attribute(model, picture, 0, method, details=True, **options)[1])


def test_completeness():
    exact = account_of(MODEL, PICTURE, steps=1)
    assert exact.gap == pytest.approx(0, abs=1e-4) and exact.relative < 1e-3
    assert exact.baseline_score == pytest.approx(0, abs=1e-5)
    kinked = keras.Sequential(
        [keras.Input((8, 8, 3)), keras.layers.Flatten(), keras.layers.Dense(1, "relu")]
    )
    kinked.layers[-1].set_weights([np.full((192, 1), 0.01), np.array([-30.0])])
    picture = np.full((8, 8, 3), 40.0, np.float32)
    gaps = [abs(account_of(kinked, picture, steps=steps).gap) for steps in (1, 9, 301)]
    assert gaps[0] > gaps[1] > gaps[2] and gaps[2] < 0.3


def test_completeness_only_where_it_is_promised():
    assert account_of(MODEL, PICTURE, "gradient") is None


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: sensitivity_n(MODEL, PICTURE, 0, NOISE, n=[10**6]), "n lists sizes"),
        (lambda: sensitivity_n(MODEL, PICTURE, 0, NOISE[:9]), "both need one size"),
        (lambda: infidelity(MODEL, PICTURE, 0, NOISE[..., None], local=True), "local=True"),
    ],
)
def test_bad_input_is_refused_in_one_sentence(call, message):
    with pytest.raises(HelpersError, match=message):
        call()
