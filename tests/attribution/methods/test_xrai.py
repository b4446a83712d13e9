"""XRAI: regions, and the order in which they are added."""

import numpy as np
import pytest

from helpers.attribution.methods.xrai import grown_segments, rank_segments
from helpers.attribution.registry import attribute
from helpers.backend import keras

SIDE = 48


def patchwork():
    """Grey with a red square and a blue one."""
    picture = np.full((SIDE, SIDE, 3), 60, np.float32)
    picture[4:20, 4:20] = (220, 40, 40)
    picture[26:44, 26:44] = (40, 40, 220)
    return picture


RED, BLUE = (slice(4, 20),) * 2, (slice(26, 44),) * 2


def mean_of(where):
    pixels = keras.Input((SIDE, SIDE, 3))
    inside = pixels[:, where[0], where[1], :] / 255
    score = keras.ops.mean(inside, (1, 2, 3))
    return keras.Model(pixels, keras.ops.stack([score, -score], -1))


@pytest.mark.parametrize(("where", "other"), [(RED, BLUE), (BLUE, RED)])
def test_xrai_marks_the_region_that_the_score_reads(where, other):
    found, details = attribute(mean_of(where), patchwork(), 0, "xrai", details=True, steps=2)
    assert found.shape == (SIDE, SIDE, 1)
    assert found[where].mean() > 3 * abs(found[other]).mean()
    assert details["pieces"] >= 2 and len(np.unique(found)) <= details["pieces"] + 1


def test_regions_are_added_by_the_density_of_what_they_add():
    values = np.zeros((12, 20), np.float32)
    values[:, :10], values[:, 10:15] = 1, 5
    segments = np.zeros((4, 12, 20), bool)
    segments[0, :, :10], segments[1, :, 5:15] = True, True
    segments[2, :, 10:15], segments[3, :, 19:] = True, True  # the last adds too few pixels
    found, pieces = rank_segments(values, segments)
    # The third comes first; the first then takes all that is left of the second.
    assert pieces == 2
    np.testing.assert_allclose(found[:, 10:15], 5)
    np.testing.assert_allclose(found[:, :10], 1)
    np.testing.assert_allclose(found[:, 15:], 0)


def test_segments_cover_the_picture_and_a_constant_one_is_no_trouble():
    assert grown_segments(patchwork()).any(0).all()
    assert grown_segments(np.full((SIDE, SIDE, 3), 9, np.float32)).any(0).all()
