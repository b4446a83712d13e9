"""Clusters of maps, and the window that holds most of one."""

import numpy as np
import pytest
from toys import one_sentence

from helpers.errors import HelpersError
from helpers.evaluation.map_clusters import brightest_window, cluster_maps


def blobs(rng, counts, side=32):
    """Maps with a blob near one of several places, with noise; and where each blob is."""
    places = [(6, 6), (24, 8), (15, 25)]
    truth = np.repeat(np.arange(len(counts)), counts)
    rows, columns = np.mgrid[:side, :side]
    maps = []
    for number in truth:
        row, column = places[number] + rng.normal(0, 1, 2)
        blob = np.exp(-((rows - row) ** 2 + (columns - column) ** 2) / 18)
        maps.append(blob + 0.05 * rng.random((side, side)))
    return np.stack(maps), truth


@pytest.mark.parametrize("clusters", [3, None])
def test_maps_of_three_places_make_three_clusters(rng, clusters):
    maps, truth = blobs(rng, (30, 20, 15))
    order = rng.permutation(len(maps))
    found = cluster_maps(maps[order], clusters)
    # Numbered by size, so the labels themselves are known.
    np.testing.assert_array_equal(found, truth[order])


def test_signs_and_scale_do_not_matter(rng):
    maps, _ = blobs(rng, (20, 15))
    scaled = maps * rng.uniform(0.1, 10, (len(maps), 1, 1)) * -1
    np.testing.assert_array_equal(cluster_maps(maps, 2), cluster_maps(scaled, 2))


@pytest.mark.parametrize(
    ("maps", "options", "words"),
    [
        (np.ones((5, 8, 8)), {}, "5 maps are too few for 10 neighbours"),
        (np.zeros((20, 8, 8)), {}, "0 everywhere"),
        ([np.ones((8, 8)), np.ones((9, 8))], {}, "all of one size"),
        ([], {}, "all of one size"),
        (np.ones((14, 8, 8)), {"clusters": 15}, "cannot make 15 clusters"),
        (np.ones((14, 8, 8)), {"clusters": 0}, "clusters is a whole number"),
    ],
)
def test_what_cannot_be_sorted_is_refused(maps, options, words):
    with pytest.raises(HelpersError, match=words) as error:
        cluster_maps(maps, **options)
    one_sentence(error)


@pytest.mark.parametrize("side", [1, 5, 12])
def test_the_brightest_window_is_the_best_of_all(rng, side):
    values = rng.normal(size=(12, 15))
    sums = {
        (t, x): np.abs(values[t : t + side, x : x + side]).sum()
        for t in range(13 - side)
        for x in range(16 - side)
    }
    top, left = max(sums, key=sums.get)
    assert brightest_window(values, side) == (top, left, top + side, left + side)


def test_a_window_larger_than_the_map_is_refused():
    with pytest.raises(HelpersError, match="does not fit") as error:
        brightest_window(np.ones((4, 9)), 5)
    one_sentence(error)
