"""What objects are worth, on a toy scene whose answer is known on paper."""

from types import MappingProxyType

import numpy as np
import pytest

from helpers.backend import keras
from helpers.evaluation import object_effects
from helpers.evaluation import view_effects as effects
from helpers.evaluation.stored_results import load_results
from helpers.evaluation.view_effects import (
    ViewEffects,
    both_rulers,
    effects_over_views,
    headline,
    object_areas,
    object_ratios,
    scene_views,
)
from helpers.pictures.scenes import load_scene


class ToyScene:
    """Left half is object `left`, right half `right`; removing one blackens its half."""

    objects = MappingProxyType({"left": None, "right": None})
    views = ("hero", "view_00", "view_01")

    def __init__(self, brightness):
        whole = np.full((8, 8, 3), brightness, np.uint8)
        no_left, no_right = whole.copy(), whole.copy()
        no_left[:, :4], no_right[:, 4:] = 0, 0
        self.pictures = {"all": whole, "no_left": no_left, "no_right": no_right}

    def mask(self, name, variant="all"):
        mask = np.zeros((8, 8), bool)
        mask[:, :4] = True
        return mask if name == "left" else ~mask


@pytest.fixture
def toy(monkeypatch):
    """A linear model that weighs the left half +2 and the right half -1, and its scene."""
    brightness = {"hero": 10, "view_00": 100, "view_01": 200}
    monkeypatch.setattr(
        effects, "load_scene", lambda scene, view="hero": ToyScene(brightness[view])
    )
    inputs = keras.Input((8, 8, 3))
    dense = keras.layers.Dense(2, use_bias=False)
    model = keras.Model(inputs, dense(keras.layers.Flatten()(inputs)))
    weights = np.zeros((8, 8, 3, 2), np.float32)
    weights[:, :4, :, 1], weights[:, 4:, :, 1] = 2 / 96, -1 / 96
    dense.set_weights([weights.reshape(-1, 2)])
    return model


def test_effects_are_the_removed_sums(toy):
    found = effects_over_views(toy, "toy", 1)
    assert found["left"].logits == pytest.approx([200, 400], rel=1e-4)
    assert found["right"].logits == pytest.approx([-100, -200], rel=1e-4)
    assert found["left"].mean == pytest.approx(300, rel=1e-4)
    assert (found["left"].helps, found["right"].helps) == (2, 0)
    assert "raises the score in 2 of 2 views" in str(found["left"])


def test_views_leave_out_the_chosen_one(toy):
    assert scene_views("toy") == ["view_00", "view_01"]


def test_one_view_has_no_spread():
    assert np.isnan(ViewEffects("left", np.array([1.0]), np.array([0.1])).sd)


def test_ratios_of_a_linear_model_are_its_weights(toy):
    ratios = object_ratios(toy, "toy", 1)
    assert ratios["left"] == pytest.approx([4 / 3, 4 / 3])
    assert ratios["right"] == pytest.approx([2 / 3, 2 / 3])


def test_areas_are_those_of_the_masks_and_turn_ratios_into_shares(toy):
    areas = object_areas(toy, "toy")
    assert areas["left"] == pytest.approx([0.5, 0.5])
    ratios = object_ratios(toy, "toy", 1)
    assert sum(ratios[name] * areas[name] for name in areas) == pytest.approx([1, 1])


def test_both_rulers_compare_like_with_like():
    # A map that hands effects out as mass: right by both rulers, and by no mixture of them.
    logits = {"ball": np.array([2.0, 1.0]), "hoop": np.array([5.0, 8.0])}
    areas = {"ball": np.array([0.01, 0.02]), "hoop": np.array([0.05, 0.04])}
    effects = {name: ViewEffects(name, values, values) for name, values in logits.items()}
    ratios = {name: logits[name] / 20 / areas[name] for name in logits}
    found = both_rulers(effects, ratios, areas)
    for name in logits:
        mass, effect = (side[name] for side in found["mass"])
        density, per_area = (side[name] for side in found["density"])
        assert mass == pytest.approx(5 * logits[name])
        assert effect == pytest.approx(logits[name])
        assert density == pytest.approx(5 * per_area)
        assert per_area == pytest.approx(logits[name] / areas[name] / 100)


@pytest.mark.parametrize(
    ("worth", "ratios", "says"),
    [
        ({"ball": 2.0, "hoop": 5.0}, {"ball": 3.0, "hoop": 0.6}, "disagree"),
        ({"ball": 5.0, "hoop": 2.0}, {"ball": 3.0, "hoop": 0.6}, "they agree"),
        ({"ball": -1.0, "hoop": 0.0}, {"ball": 3.0, "hoop": 0.6}, "no object raises"),
    ],
)
def test_headline_follows_the_result_whichever_way_it_falls(worth, ratios, says):
    sentence = headline(worth, ratios)
    assert says in sentence
    assert sentence.startswith("For its size, the map favours the ball most (3.0 x its area)")


def test_headline_compares_like_with_like():
    # The hoop is worth more, and covers more: for its size it is the ball that costs most.
    effects, areas = {"ball": 2.0, "hoop": 5.0}, {"ball": 1.0, "hoop": 4.0}
    per_area = {name: effects[name] / areas[name] for name in effects}
    sentence = headline(per_area, {"ball": 3.0, "hoop": 0.6})
    assert (
        "ball costs most for its size (2.0 logits per 1 % of the picture): they agree" in sentence
    )


@pytest.mark.parametrize("scene", ["basketball", "can_opener", "farmyard", "fruit"])
def test_stored_effects_are_reproduced_from_the_pictures(scene, network):
    stored = {
        (row["target"], row["object"]): row["effect"]
        for row in load_results("objects", "efficientnet-lite0")
        if (row["scene"], row["view"], row["method"]) == (scene, "view_00", "gradient")
    }
    assert stored
    for target in {target for target, _ in stored}:
        found = object_effects(network, load_scene(scene, "view_00"), target)
        for name, effect in found.items():
            assert effect.effect == pytest.approx(stored[target, name], abs=0.02)
