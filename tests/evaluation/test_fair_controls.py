"""Every control gets what it must: nothing for what it does not know."""

import numpy as np
import pytest
from synthetic import colour_counter, synthetic_scenes

from helpers import load_scene, scene_names, to_array
from helpers.attribution import attribute, read_map
from helpers.backend import keras
from helpers.errors import HelpersError
from helpers.evaluation import (
    CONTROLS,
    class_contrast,
    control_maps,
    deletion_curve,
    insertion_curve,
    object_shares,
    other_pictures,
    unrelated_classes,
    unrelated_ratios,
)

MODEL = colour_counter()
PICTURE = synthetic_scenes(1)[0].pictures["all"].astype(np.float32)
OTHERS = [scene.pictures["all"].astype(np.float32) for scene in synthetic_scenes(4)[1:]]
CONTRIBUTIONS = read_map(attribute(MODEL, PICTURE, 0, "input_x_gradient"), "signed")


def area(curve, saliency_map, **options):
    return curve(MODEL, PICTURE, 0, saliency_map, score="logit", fill="black", **options).area


def many_classes(count=30):
    pixels = keras.Input((8, 8, 3))
    logits = keras.layers.Dense(count)(keras.layers.Flatten()(pixels))
    return keras.Model(pixels, logits)


def test_controls_are_the_methods_whose_record_says_so():
    assert set(CONTROLS) == {"random_map", "edge_map", "center_map", "uniform_map"}


def test_unrelated_classes_are_drawn_once_each_and_never_among_the_known():
    model = many_classes()
    drawn = unrelated_classes(model, [3, 4], seed=1)
    assert len(set(drawn)) == 10 and not {3, 4} & set(drawn)
    assert drawn == unrelated_classes(model, [3, 4], seed=1) != unrelated_classes(model, [3, 4])
    assert sorted(unrelated_classes(model, [3], 29)) == [n for n in range(30) if n != 3]


@pytest.mark.parametrize("method", ["edge_map", "center_map", "uniform_map"])
def test_a_map_that_does_not_know_the_class_says_nothing_about_it(method):
    picture = np.random.default_rng(0).uniform(0, 255, (8, 8, 3)).astype(np.float32)
    assert class_contrast(many_classes(), picture, 2, method) == pytest.approx(0, abs=1e-9)


def test_what_a_map_says_about_a_class_is_what_it_says_beyond_the_others():
    # Class 0 counts red for and green against; class 1 counts green for.
    found = class_contrast(MODEL, PICTURE, 0, "input_x_gradient", count=1)
    other = read_map(attribute(MODEL, PICTURE, 1, "input_x_gradient"), "signed")
    expected = CONTRIBUTIONS / np.abs(CONTRIBUTIONS).sum() - other / np.abs(other).sum()
    assert found == pytest.approx(expected, abs=1e-6)


def test_unrelated_classes_favour_what_a_method_always_favours():
    picture = np.random.default_rng(0).uniform(0, 255, (8, 8, 3)).astype(np.float32)
    masks = {"left": np.arange(64).reshape(8, 8) % 8 < 3}
    edges = unrelated_ratios(many_classes(), picture, masks, [2], "edge_map")["left"]
    own = object_shares(read_map(attribute(many_classes(), picture, 2, "edge_map")), masks)
    assert edges == pytest.approx([own["left"].ratio] * 10)
    gradients = unrelated_ratios(many_classes(), picture, masks, [2], count=20)["left"]
    assert gradients.std() > 0.01 and gradients.mean() == pytest.approx(1, abs=0.2)


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


def test_bad_input_is_refused_in_one_sentence():
    with pytest.raises(HelpersError, match="Only 1 classes are unrelated"):
        unrelated_classes(MODEL, [0], 2)
