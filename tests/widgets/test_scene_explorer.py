"""Objects that are switched on and off, by hand."""

import ipywidgets
from hands import note, note_line, parts, screen

from helpers.classes import class_words
from helpers.pictures.scenes import load_scene, scene_names
from helpers.widgets.explore import explore_scenes
from helpers.widgets.words import plain


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
    note_line(explorer).observe(lambda change: drawn.append(change["new"]), names="value")
    for scene in scene_names()[::-1]:
        next(iter(switches(explorer).values())).value = False
        del drawn[:]
        explorer.controls["scene"].value = scene
        place = load_scene(scene)
        assert list(switches(explorer)) == [plain(name) for name in place.objects]
        assert all(box.value for box in switches(explorer).values())
        assert [name for name, *_ in explorer.controls["view"].options] == place.views
        assert explorer.controls["view"].value == "hero"
        assert explorer.frame.panels[0].alt == place.alt["all"]
        assert explorer.controls["target"].value in class_words(toy)
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


def ticked(explorer):
    return [name for name, box in switches(explorer).items() if box.value]


def test_ticks_tell_the_truth_where_a_combination_was_not_rendered(toy):
    explorer = explore_scenes(toy, "fruit", "view_00")
    place = load_scene("fruit", "view_00")
    names = list(place.objects)
    switches(explorer)[names[0]].value = False
    switches(explorer)[names[1]].value = False
    assert ticked(explorer) == [names[0], *names[2:]]
    assert explorer.frame.panels[0].alt == place.alt[f"no_{names[1]}"]
    assert f"the {names[0]} is back" in note(explorer)
    switches(explorer)[names[1]].value = True
    assert ticked(explorer) == names and "Class score of" in note(explorer)


def test_another_view_puts_back_what_it_cannot_be_without(toy):
    explorer = explore_scenes(toy, "fruit")
    place = load_scene("fruit", "view_00")
    names = list(place.objects)
    for name in names[:2]:
        switches(explorer)[name].value = False
    explorer.controls["view"].value = "view_00"
    assert ticked(explorer) == names[1:]
    assert explorer.frame.panels[0].alt == place.alt[f"no_{names[0]}"]
    assert "is back" in note(explorer)
