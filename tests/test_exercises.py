"""The checks of the exercises accept an answer, and answer a wrong one with a hint."""

import numpy as np
import pytest

from helpers import exercises


def state(number, answer):
    return getattr(exercises, f"check_exercise_{number}")(answer).state


# --- Notebook 01: the change that a gradient promises --------------------------------------


def test_01_accepts_the_sum_of_steps_times_slopes():
    assert state("01", lambda gradient, change: np.vdot(gradient, change)) == "Right"


@pytest.mark.parametrize(
    "answer",
    [
        lambda gradient, change: np.abs(gradient * change).sum(),
        lambda gradient, change: (gradient * change).mean(),
        lambda gradient, change: gradient * change,
        lambda gradient, change: change.sum(),
    ],
    ids=["without sign", "mean", "not added up", "without slopes"],
)
def test_01_refuses(answer):
    assert state("01", answer) == "Look again"


def test_01_waits_for_the_stub():
    assert state("01", lambda gradient, change: None) == "Not yet"


# --- Notebook 02: clip a map at a fraction of its peak -------------------------------------


def test_02_accepts_a_clip_at_a_fraction_of_the_peak():
    assert state("02", lambda m, fraction: np.clip(m, None, fraction * m.max())) == "Right"


@pytest.mark.parametrize(
    "answer",
    [
        lambda m, fraction: np.minimum(m, fraction),
        lambda m, fraction: np.where(m > fraction * m.max(), 0, m),
        lambda m, fraction: np.minimum(m / m.max(), fraction),
        lambda m, fraction: fraction * m,
    ],
    ids=["not a fraction of the peak", "hottest made coldest", "rescaled", "scaled"],
)
def test_02_refuses(answer):
    assert state("02", answer) == "Look again"


def test_02_waits_for_the_stub():
    assert state("02", lambda m, fraction: None) == "Not yet"


# --- Notebook 08: the strongest pixels that stay strong ------------------------------------


def top_pixels(values, fraction):
    count = round(fraction * values.size)
    return set(np.argsort(-np.abs(values), axis=None)[:count].tolist())


def overlap(before, after, fraction):
    first, second = top_pixels(before, fraction), top_pixels(after, fraction)
    return len(first & second) / len(first)


def test_08_accepts_the_share_of_strongest_pixels_that_stay():
    assert state("08", overlap) == "Right"


@pytest.mark.parametrize(
    "answer",
    [
        lambda before, after, fraction: float(np.corrcoef(before.ravel(), after.ravel())[0, 1]),
        lambda before, after, fraction: overlap(before - before.min(), after - after.min(), 0.2),
        lambda before, after, fraction: overlap(before, after, fraction) * 4,
    ],
    ids=["correlation", "with sign", "count"],
)
def test_08_refuses(answer):
    assert state("08", answer) == "Look again"


def test_08_waits_for_the_stub():
    assert state("08", lambda before, after, fraction: None) == "Not yet"


# --- Notebook 09: pairs of objects in the same order ---------------------------------------


def pair_points(effects, masses):
    signs = [
        np.sign(np.subtract.outer(v, v))[np.tril_indices(len(v), -1)] for v in (effects, masses)
    ]
    return (signs[0] * signs[1] + 1) / 2, signs[0] != 0


def agreement(effects, masses):
    points, told = pair_points(effects, masses)
    return points[told].mean()


def test_09_accepts_the_share_of_pairs_ordered_alike():
    assert state("09", agreement) == "Right"


@pytest.mark.parametrize(
    "answer",
    [
        lambda effects, masses: pair_points(effects, masses)[0].mean(),
        lambda effects, masses: 2 * agreement(effects, masses) - 1,
        lambda effects, masses: float(np.floor(pair_points(effects, masses)[0]).mean()),
    ],
    ids=["equal effects kept", "tau", "ties count nothing"],
)
def test_09_refuses(answer):
    assert state("09", answer) == "Look again"


def test_09_waits_for_the_stub():
    assert state("09", lambda effects, masses: None) == "Not yet"


# --- 10 to 13 -------------------------------------------------------------------------------


def two_players(nothing, a, b, both):
    return (a - nothing + both - b) / 2, (b - nothing + both - a) / 2


def tremble(picture, size, seed):
    coins = np.random.default_rng(seed).choice([-1, 1], picture.shape)
    return np.clip(picture + size * coins, 0, 255)


def hit_rate(verdicts, truths):
    return np.mean([(v, t) == ("nothing", "none") or v == t for v, t in zip(verdicts, truths)])


def own_rise(before, after, index):
    rise = after - before
    return rise[index] - np.delete(rise, index).mean()


@pytest.mark.parametrize(
    ("number", "answer"), [("10", two_players), ("11", tremble), ("13", hit_rate), ("12", own_rise)]
)
def test_the_solution_is_right(number, answer):
    assert state(number, answer) == "Right"


@pytest.mark.parametrize(
    ("number", "answer"),
    [
        ("10", lambda nothing, a, b, both: (both - b, both - a)),
        ("10", lambda nothing, a, b, both: (a - nothing, b - nothing)),
        ("11", lambda picture, size, seed: picture + size),
        ("11", lambda picture, size, seed: tremble(picture, 2 * size, seed)),
        ("13", lambda verdicts, truths: np.mean([v == t for v, t in zip(verdicts, truths)])),
        ("13", lambda verdicts, truths: 1.0),
        ("12", lambda before, after, index: (after - before)[index]),
        ("12", lambda before, after, index: (after - before)[index] - (after - before).mean()),
    ],
)
def test_a_near_miss_is_not(number, answer):
    assert state(number, answer) == "Look again"


# --- Notebook 04: the effect of an animal over several views -------------------------------


def effect_04(with_it, without):
    effects = np.asarray(with_it) - np.asarray(without)
    return effects.mean(), (effects > 0).sum()


def test_04_accepts_mean_and_count():
    assert state("04", effect_04) == "Right"


@pytest.mark.parametrize(
    "answer",
    [
        lambda with_it, without: effect_04(without, with_it),
        lambda with_it, without: (np.abs(with_it - without).mean(), (with_it > without).sum()),
        lambda with_it, without: ((with_it - without).mean(), (with_it > without).mean()),
        lambda with_it, without: (with_it - without).mean(),
    ],
    ids=["the wrong way round", "without sign", "share for count", "no count"],
)
def test_04_refuses(answer):
    assert state("04", answer) == "Look again"
