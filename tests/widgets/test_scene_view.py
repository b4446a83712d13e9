"""What a scene shows are the true effects."""

import itertools

import numpy as np
import pytest
from hands import (
    logits_of,
)

from helpers import HelpersError
from helpers.evaluation import object_effects
from helpers.pictures.images import to_array
from helpers.pictures.scenes import load_scene
from helpers.widgets import scene_view
from helpers.widgets.markup import still_html
from helpers.widgets.scene_view import SceneSwitches
from helpers.widgets.seen import screen_size
from helpers.widgets.words import change


def numbers_in(table):
    """Object -> (share over area, effect), as the table says."""
    return {row.name: tuple(row.words) for row in table.rows}


@pytest.fixture(scope="module")
def switches(seer):
    return SceneSwitches(seer)


@pytest.mark.parametrize(("scene", "view"), [("can_opener", "hero"), ("fruit", "view_00")])
def test_the_effects_are_those_of_the_evaluation(switches, seer, scene, view):
    place = load_scene(scene, view)
    frame = switches.frame(scene, view, [], "mug", "gradient", 2, 0.7)
    expected = object_effects(seer, place, "mug")
    found = numbers_in(frame.tables[0])
    assert list(found) == list(place.objects)
    for name, (share, effect) in found.items():
        assert float(effect) == pytest.approx(expected[name].effect, abs=0.051)
        assert share.endswith(" ×")
    np.testing.assert_array_equal(frame.panels[0].picture, screen_size(place.picture("all"), 320))
    assert frame.panels[0].alt == place.alt["all"]
    assert frame.panels[1].caption == "Gradient for mug" and "with all objects." in frame.note


def test_an_object_that_is_switched_off(switches, seer):
    place = load_scene("can_opener")
    gone = list(place.objects)[1]
    variant = place.variant_without([gone])
    frame = switches.frame("can_opener", "hero", [gone], "mug", "gradient", 0, 0.7)
    np.testing.assert_array_equal(frame.panels[0].picture, screen_size(place.picture(variant), 320))
    array = to_array(place.picture(variant), seer)
    here, whole = logits_of(array, seer)[1], logits_of(to_array(place.picture(), seer), seer)[1]
    assert (
        f"logit {here:.1f} here, {whole:.1f} with all objects ({change(here - whole)})"
        in frame.note
    )
    full = numbers_in(switches.frame("can_opener", "hero", [], "mug", "gradient", 0, 0.7).tables[0])
    now = numbers_in(frame.tables[0])
    assert now[gone][0] == "gone"
    assert {name: effect for name, (_, effect) in now.items()} == {
        name: effect for name, (_, effect) in full.items()
    }


def test_every_combination_of_the_hero_views(switches):
    for scene in ("can_opener", "fruit"):
        objects = list(load_scene(scene).objects)
        for count in range(len(objects) + 1):
            for off in itertools.combinations(objects, count):
                frame = switches.frame(scene, "hero", off, "mug", "edge_map", 0, 0.7)
                assert [numbers_in(frame.tables[0])[name][0] for name in off] == ["gone"] * count


def test_a_combination_that_was_not_rendered(switches):
    off = list(load_scene("can_opener").objects)[:2]
    with pytest.raises(HelpersError, match="has no picture without"):
        switches.frame("can_opener", "view_00", off, "mug", "gradient", 0, 0.7)


def test_scene_names_are_escaped(switches):
    frame = switches.frame("fruit", "hero", [], "<b>cat</b>", "gradient", 0, 0.7)
    assert "<b>" not in still_html(frame) and "&lt;b&gt;cat" in still_html(frame)


def test_the_class_to_begin_with(switches, toy):
    assert switches.first_class("can_opener", "hero") == "can opener"
    strange = SceneSwitches(toy)
    place = load_scene("can_opener")
    best = int(logits_of(to_array(place.picture(), toy), toy).argmax())
    assert strange.first_class("can_opener", "hero") == strange.words[best]


def test_of_a_scene_nothing_is_computed_twice(switches, monkeypatch):
    switches.frame("fruit", "hero", [], "tray", "gradient", 0, 0.7)
    monkeypatch.setattr(scene_view, "attribute", None)
    monkeypatch.setattr(scene_view, "see", None)
    switches.frame("fruit", "hero", [], "tray", "gradient", 4, 0.2)
