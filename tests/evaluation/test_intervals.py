"""Means with their spread, and intervals that hold."""

import numpy as np
import pytest

from helpers.errors import HelpersError
from helpers.evaluation import Spread, cluster_bootstrap


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


def test_spread_leaves_out_what_is_not_defined():
    spread = Spread(np.array([1.0, np.nan, 3.0]), (0, 1, 2), ("s",) * 3)
    assert (spread.mean, spread.n) == (2, 2) and spread.sd == pytest.approx(np.sqrt(2))
    assert str(spread) == "2.000 ± 1.414 (n = 2)"
    assert 1 <= spread.interval()[0] <= spread.interval()[1] <= 3
    empty = Spread(np.array([np.nan]), (0,), (0,))
    assert np.isnan([empty.mean, empty.sd, *empty.interval()]).all()


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: cluster_bootstrap(np.mean, []), "one cluster and one stratum"),
        (lambda: cluster_bootstrap(np.mean, [1], level=2), "level is a share"),
    ],
)
def test_bad_input_is_refused_in_one_sentence(call, message):
    with pytest.raises(HelpersError, match=message):
        call()
