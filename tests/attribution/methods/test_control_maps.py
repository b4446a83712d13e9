"""The controls: edges, chance, the middle of the frame, the area."""

import numpy as np
import pytest

from helpers.attribution.registry import attribute
from helpers.backend import keras

SIDE = 48


def red_square():
    """Grey with a red square."""
    picture = np.full((SIDE, SIDE, 3), 60, np.float32)
    picture[4:20, 4:20] = (220, 40, 40)
    return picture


def mean_and_its_negative():
    pixels = keras.Input((SIDE, SIDE, 3))
    score = keras.ops.mean(pixels / 255, (1, 2, 3))
    return keras.Model(pixels, keras.ops.stack([score, -score], -1))


def test_edges_stand_where_brightness_changes_and_ignore_the_class():
    found = attribute(mean_and_its_negative(), red_square(), [0, 1], "edge_map")
    np.testing.assert_array_equal(found[0], found[1])
    assert found[0][6:18, 6:18].max() < 1e-4 and found[0][4, 10] > 5


def test_edges_of_a_grey_picture_are_those_of_the_same_picture_in_colours():
    grey = red_square()[..., :1]
    pixels = keras.Input((SIDE, SIDE, 1))
    model = keras.Model(pixels, keras.layers.GlobalAveragePooling2D()(pixels))
    found = attribute(model, grey, 0, "edge_map")
    expected = attribute(mean_and_its_negative(), np.repeat(grey, 3, -1), 0, "edge_map")
    np.testing.assert_allclose(found, expected, atol=1e-3)


def test_random_maps_are_standard_normal():
    found = attribute(mean_and_its_negative(), red_square(), [0, 1], "random_map", seed=3)
    assert abs(found.mean()) < 0.05 and found.std() == pytest.approx(1, abs=0.05)
    assert abs(np.corrcoef(found[0].ravel(), found[1].ravel())[0, 1]) < 0.1


def test_the_centre_map_is_a_hill_in_the_middle_that_fits_the_frame():
    pixels = keras.Input((6, 12, 3))
    model = keras.Model(pixels, keras.layers.GlobalAveragePooling2D()(pixels))
    picture = np.full((6, 12, 3), 9.0)
    found = attribute(model, [picture, 2 * picture], 0, "center_map")
    assert found.shape == (2, 6, 12, 1) and np.array_equal(found[0], found[1])
    hill = found[0, ..., 0]
    assert np.array_equal(hill, hill[::-1]) and np.array_equal(hill, hill[:, ::-1])
    assert hill[2:4, 5:7].min() == hill.max() and hill[0, 0] == hill.min()
    down, across = (hill[2, 5] / hill[where] for where in ((0, 5), (2, 2)))
    assert down == pytest.approx(np.exp(8 * ((2.5 / 6) ** 2 - (0.5 / 6) ** 2)), rel=1e-5)
    assert across == pytest.approx(np.exp(8 * ((3.5 / 12) ** 2 - (0.5 / 12) ** 2)), rel=1e-5)


def test_the_uniform_map_holds_the_area():
    found = attribute(mean_and_its_negative(), red_square(), [0, 1], "uniform_map")
    assert found.shape == (2, SIDE, SIDE, 1) and (found == 1).all()
