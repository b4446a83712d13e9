"""Means with their spread, and intervals that hold."""

import numpy as np
import pytest
from scipy import stats

from helpers.errors import HelpersError
from helpers.evaluation import (
    cluster_bootstrap,
    holm,
    macro_mean,
    paired_difference,
    view_values,
)
from helpers.evaluation.rulers import calibration, spearman

SCENES = np.repeat(["can", "ball", "yard", "fruit", "desk", "kitchen"], 12)
RUNS = 1500


def test_cluster_bootstrap_is_wider_than_a_bootstrap_of_rows():
    rng = np.random.default_rng(0)
    views = np.repeat(np.arange(10), 8)
    values = rng.standard_normal(10)[views] + 0.1 * rng.standard_normal(80)
    clustered = cluster_bootstrap(lambda rows: values[rows].mean(), views)
    by_row = cluster_bootstrap(lambda rows: values[rows].mean(), range(80))
    assert clustered[1] - clustered[0] > 2 * (by_row[1] - by_row[0])


def test_strata_keep_their_number_of_clusters():
    strata = ["a"] * 3 + ["b"] * 7
    counts = []
    cluster_bootstrap(lambda rows: counts.append((rows < 3).sum()) or 0.0, range(10), strata)
    assert set(counts) == {3}


def test_one_view_says_nothing_about_the_spread():
    found = cluster_bootstrap(lambda rows: 1.0, [0, 0, 1, 2], ["a", "a", "b", "b"])
    assert np.isnan(found).all()


def test_intervals_cover_the_truth_about_as_often_as_they_say():
    rng, covered = np.random.default_rng(0), 0
    for _ in range(100):
        values = rng.standard_normal(25)
        low, high = cluster_bootstrap(lambda rows: values[rows].mean(), range(25), resamples=200)  # noqa: B023
        covered += low < 0 < high
    assert covered >= 85


def test_every_scene_counts_the_same_however_many_views_it_has():
    found = macro_mean([1, 1, 1, 1, 0, 0], ["a"] * 4 + ["b"] * 2)
    assert (found.value, found.low, found.high) == (0.5, 0.5, 0.5)
    assert (found.n_views, found.n_scenes) == (6, 2)


def test_one_scene_is_an_ordinary_t_interval():
    values = np.random.default_rng(0).standard_normal(9)
    found = macro_mean(values, ["a"] * 9)
    theirs = stats.ttest_1samp(values, 0, alternative="greater")
    assert found.p == pytest.approx(theirs.pvalue)
    interval = stats.ttest_1samp(values, 0).confidence_interval()
    assert (found.low, found.high) == pytest.approx(tuple(interval))


def test_two_scenes_have_the_error_and_freedom_of_welch():
    rng = np.random.default_rng(1)
    first, second = rng.normal(1, 1, 5), rng.normal(0, 3, 9)
    # The mean of a and -b is half of Welch's difference of means.
    found = macro_mean([*first, *-second], ["a"] * 5 + ["b"] * 9)
    theirs = stats.ttest_ind(first, second, equal_var=False, alternative="greater")
    assert found.p == pytest.approx(theirs.pvalue)


def test_what_is_not_defined_is_left_out_and_one_view_says_nothing_about_the_spread():
    found = macro_mean([1, np.nan, 3, 5], ["a"] * 4)
    assert found.value == 3 and found.n_views == 3
    alone = macro_mean([1, 2, 3], ["a", "a", "b"])
    assert alone.value == 2.25 and np.isnan([alone.low, alone.high, alone.p]).all()
    assert macro_mean([np.nan], ["a"]).n_views == 0


def test_what_two_methods_share_cancels_in_their_difference():
    rng = np.random.default_rng(0)
    easy = rng.normal(0, 5, len(SCENES))
    better = easy + rng.normal(1, 0.1, len(SCENES))
    assert paired_difference(better, easy, SCENES).low > 0.9
    assert macro_mean(better, SCENES).low < macro_mean(easy, SCENES).high


def coverage(draw, truth):
    rng, held = np.random.default_rng(0), 0
    for _ in range(RUNS):
        found = macro_mean(np.concatenate(draw(rng)), SCENES)
        held += found.low <= truth <= found.high
    return held / RUNS


# Share of pairs in the right order, and pairs a view, as in the six scenes; then differences of
# two such shares, normal and skewed values.
SHARES, PAIRS = (0.5, 0.92, 0.71, 0.78, 0.6, 0.85), (1, 3, 2, 12, 12, 12)
SPREADS = (1, 0.3, 2, 1.5, 0.7, 1)


@pytest.mark.parametrize(
    ("draw", "truth"),
    [
        (lambda rng: [rng.binomial(k, p, 12) / k for k, p in zip(PAIRS, SHARES)], np.mean(SHARES)),
        (
            lambda rng: [
                (rng.binomial(k, p, 12) - rng.binomial(k, 0.5, 12)) / k
                for k, p in zip(PAIRS, SHARES)
            ],
            np.mean(SHARES) - 0.5,
        ),
        (lambda rng: [rng.normal(0.2, s, 12) for s in SPREADS], 0.2),
        (lambda rng: [rng.gamma(4, s, 12) for s in SPREADS], 4 * np.mean(SPREADS)),
    ],
    ids=["shares", "differences", "normal", "skewed"],
)
def test_of_95_percent_intervals_at_our_n_93_to_97_hold_the_truth(draw, truth):
    assert 0.93 <= coverage(draw, truth) <= 0.97


def test_pseudo_values_of_a_mean_are_the_values_of_views():
    values = np.array([1.0, 2, 4, 8, 16, 32])
    rows = list("aabbcc"), ["s"] * 4 + ["t"] * 2
    found, scenes = view_values(lambda kept: values[kept].mean(), *rows)
    assert found[:2] == pytest.approx([1.5, 6]) and scenes == ["s", "s", "t"]
    assert np.isnan(found[2])


# Objects times classes of a view, in the six scenes.
OBJECTS = (2, 3, 4, 8, 8, 8)


def even_sums(rng, runs, views, objects):
    """Draw what a map gives to objects that keep about their mean from view to view."""
    own = np.random.default_rng(objects).normal(0, 1, objects)
    return own + rng.normal(0, 0.5, (runs, views, objects))


def skewed_sums(rng, runs, views, objects):
    """Draw sums that are never negative, sometimes large, and large together in a view."""
    own = np.random.default_rng(objects).gamma(1, 1, objects)
    return own * rng.gamma(4, 0.25, (runs, views, 1)) * rng.gamma(4, 0.25, (runs, views, objects))


def scene_values(draw, rng, runs, views, objects):
    """Give sums and effects, (runs, views x objects) each; a view moves all its effects alike."""
    sums = draw(rng, runs, views, objects)
    shared = rng.normal(0, 0.5, (runs, views, 1))
    effects = 0.6 * sums + shared + rng.normal(0, 0.8, sums.shape)
    return sums.reshape(runs, -1), effects.reshape(runs, -1)


def slopes(sums, effects):
    """Compute the slope of `calibration` in every row, many times as fast."""
    x = sums - sums.mean(1, keepdims=True)
    return (x * effects).sum(1) / (x * x).sum(1)


def correlations(sums, effects):
    """Compute `spearman` in every row; without ties, ranks are places in the order."""
    x, y = (values.argsort(1).argsort(1) - (values.shape[1] - 1) / 2 for values in (sums, effects))
    return (x * y).sum(1) / (x * x).sum(1)


def pseudo_values(statistic, draw, rng, runs):
    """Give the pseudo-values of the views of six scenes, (runs, 72)."""
    found = []
    for objects in OBJECTS:
        sums, effects = scene_values(draw, rng, runs, 12, objects)
        views = np.repeat(np.arange(12), objects)

        def whole(kept, sums=sums, effects=effects):
            return statistic(sums[:, kept], effects[:, kept])

        found += view_values(whole, views, ["scene"] * len(views))[0]
    return np.transpose(found)


def test_slopes_and_correlations_are_those_of_the_rulers():
    sums, effects = scene_values(skewed_sums, np.random.default_rng(0), 2, 12, 3)
    for number, row in enumerate(zip(sums, effects)):
        assert slopes(sums, effects)[number] == pytest.approx(calibration(*row[::-1]).slope)
        assert correlations(sums, effects)[number] == pytest.approx(spearman(*row))


@pytest.mark.parametrize("draw", [even_sums, skewed_sums], ids=["even", "skewed"])
@pytest.mark.parametrize("statistic", [slopes, correlations])
def test_pseudo_values_of_slopes_and_correlations_cover_them_as_often_at_our_n(statistic, draw):
    rng, runs = np.random.default_rng(0), 1000
    many = [scene_values(draw, rng, 1, 20_000, objects) for objects in OBJECTS]
    truth = np.mean([statistic(*one) for one in many])
    found = [macro_mean(row, SCENES) for row in pseudo_values(statistic, draw, rng, runs)]
    covered = np.mean([one.low <= truth <= one.high for one in found])
    # The share in 1000 runs has a standard error of .7 %.
    assert 0.93 <= covered <= 0.97


def test_holm_by_hand():
    found = holm([0.04, 0.01, np.nan, 0.03, 0.5])
    assert found == pytest.approx([0.09, 0.04, np.nan, 0.09, 0.5], nan_ok=True)
    assert holm([]).size == 0 and holm([0.9, 0.8]).tolist() == [1, 1]


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: macro_mean([1], []), "one scene per value"),
        (lambda: macro_mean([1], ["a"], level=1), "level is"),
        (lambda: paired_difference([1], [1, 2], ["a"]), "same views twice"),
        (lambda: cluster_bootstrap(np.mean, []), "one cluster and one stratum"),
        (lambda: cluster_bootstrap(np.mean, [1], level=2), "level is a share"),
    ],
)
def test_bad_input_is_refused_in_one_sentence(call, message):
    with pytest.raises(HelpersError, match=message):
        call()
