"""Every control gets what it must: nothing for what it does not know."""

import numpy as np
import pytest
from synthetic import colour_counter, synthetic_scenes

from helpers import load_scene, scene_names, to_array
from helpers.attribution import attribute, read_map
from helpers.backend import keras
from helpers.evaluation import (
    CONTROLS,
    control_maps,
    deletion_curve,
    insertion_curve,
    other_pictures,
)

MODEL = colour_counter()
PICTURE = synthetic_scenes(1)[0].pictures["all"].astype(np.float32)
OTHERS = [scene.pictures["all"].astype(np.float32) for scene in synthetic_scenes(4)[1:]]
CONTRIBUTIONS = read_map(attribute(MODEL, PICTURE, 0, "input_x_gradient"), "signed")


def area(curve, saliency_map, **options):
    return curve(MODEL, PICTURE, 0, saliency_map, score="logit", fill="black", **options).area


def test_controls_are_the_methods_whose_record_says_so():
    assert set(CONTROLS) == {"random_map", "edge_map", "center_map", "uniform_map"}


def test_other_pictures_are_of_other_scenes_and_of_the_models_size():
    drawn = other_pictures(MODEL, 4)
    assert [one.shape for one in drawn] == [(32, 32, 3)] * 4
    assert len({one.tobytes() for one in drawn}) == 4
    assert np.array_equal(drawn[0], other_pictures(MODEL, 4)[0])
    known = {name: set(load_scene(name).objects.values()) - {None} for name in scene_names()}
    away = set().union(*(classes for name, classes in known.items() if name != "fruit"))
    fruit = [load_scene("fruit", view).pictures["all"] for view in load_scene("fruit").views]
    sizes = {to_array(picture, MODEL).tobytes() for picture in fruit}
    assert {one.tobytes() for one in other_pictures(MODEL, 2, without=away)} <= sizes


@pytest.mark.parametrize("channels", [1, 4])
def test_models_of_other_channels_get_pictures_as_well(channels):
    pixels = keras.Input((16, 24, channels))
    model = keras.Model(pixels, keras.layers.Dense(3)(keras.layers.Flatten()(pixels)))
    (one,) = other_pictures(model, 1)
    assert one.shape == (16, 24, channels) and one.min() >= 0 and np.ptp(one) > 20


def test_the_uniform_map_gets_what_chance_gets():
    (uniform,) = control_maps(MODEL, 0, "input_x_gradient", OTHERS)["uniform"]
    ends = deletion_curve(MODEL, PICTURE, 0, CONTRIBUTIONS, score="logit").scores[[0, -1]]
    for curve in (deletion_curve, insertion_curve):
        found = [area(curve, uniform, seed=seed) for seed in range(20)]
        assert np.mean(found) == pytest.approx(ends.mean(), abs=0.05 * np.ptp(ends))


def test_a_map_that_knows_the_picture_beats_every_control_and_the_controls_do_not():
    controls = control_maps(MODEL, 0, "input_x_gradient", OTHERS)
    assert {name: len(maps) for name, maps in controls.items()} == {
        "other pictures": 3, "centre": 1, "uniform": 1
    }  # fmt: skip
    mine = area(deletion_curve, CONTRIBUTIONS)
    others = {
        key: np.mean([area(deletion_curve, m) for m in maps]) for key, maps in controls.items()
    }
    assert mine < min(others.values())
    # A centred hill against itself gains nothing, however well the centre may do.
    (hill,) = controls["centre"]
    (same,) = control_maps(MODEL, 0, "center_map", OTHERS)["other pictures"][:1]
    assert np.array_equal(hill, same) and area(deletion_curve, hill) == area(deletion_curve, same)


def test_maps_of_other_pictures_are_the_methods_own():
    first = control_maps(MODEL, 0, "input_x_gradient", OTHERS)["other pictures"][0]
    own = read_map(attribute(MODEL, OTHERS[0], 0, "input_x_gradient"), "signed")
    assert first == pytest.approx(own) and not np.allclose(first, CONTRIBUTIONS)
