"""Objects that are switched on and off, by hand."""

import ipywidgets
from hands import note, parts, screen

from helpers.pictures.scenes import load_scene, scene_names
from helpers.widgets.explore import explore_scenes


def switches(explorer):
    """The checkboxes that are to be seen, by label."""
    return {
        part.description: part
        for part in parts(explorer.view)
        if isinstance(part, ipywidgets.Checkbox) and part.layout.display != "none"
    }


def test_another_scene_brings_other_objects_and_views(toy):
    explorer = explore_scenes(toy, "can_opener", "view_00")
    drawn = []
    explorer._screen.observe(lambda change: drawn.append(change["new"]), names="value")
    for scene in scene_names()[::-1]:
        next(iter(switches(explorer).values())).value = False
        del drawn[:]
        explorer.controls["scene"].value = scene
        place = load_scene(scene)
        assert list(switches(explorer)) == list(place.objects)
        assert all(box.value for box in switches(explorer).values())
        assert list(explorer.controls["view"].options) == place.views
        assert explorer.controls["view"].value == "hero"
        assert explorer.frame.panels[0].alt == place.alt["all"]
        assert explorer.controls["target"].value in explorer._switches.words
        assert len(drawn) <= 1
    hidden = [p for p in parts(explorer.view) if isinstance(p, ipywidgets.Checkbox)]
    assert len(hidden) == max(len(load_scene(name).objects) for name in scene_names())


def test_objects_are_switched_off_and_on(toy):
    explorer = explore_scenes(toy, "fruit")
    before = screen(explorer)
    place = load_scene("fruit")
    for name in place.objects:
        switches(explorer)[name].value = False
        alt = place.alt[place.variant_without([name])]
        assert explorer.frame.panels[0].alt == alt
        switches(explorer)[name].value = True
    assert screen(explorer) == before
    for box in switches(explorer).values():
        box.value = False
    assert explorer.frame.panels[0].alt == place.alt["empty"]


def test_a_combination_that_was_not_rendered_is_a_sentence(toy):
    explorer = explore_scenes(toy, "fruit", "view_00")
    first, second, *_ = switches(explorer).values()
    first.value = False
    before = screen(explorer)
    second.value = False
    assert "has no picture without" in note(explorer) and screen(explorer) == before
    explorer.controls["view"].value = "hero"
    assert "Class score of" in note(explorer)
