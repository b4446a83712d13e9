"""The reader says where the map shall go, and is told what it took."""

import numpy as np
import pytest
from hands import NAMES, PICTURE, finish, note, press, screen, screens
from toys import small_classifier

from helpers.attribution.registry import attribute
from helpers.evaluation import manipulate_map
from helpers.widgets.explore import explore_steering
from helpers.widgets.steering_view import Steering

BOX = [1, 1, 4, 5]


@pytest.fixture
def steering(toy):
    return explore_steering(toy, PICTURE, NAMES[4], boxes=[BOX], steps=10, limit=9)


def cells(explorer, row):
    return explorer.frame.tables[0].rows[row].words


def test_what_the_place_holds_is_told_at_once(steering, toy):
    view = Steering(toy, PICTURE)
    sizes = np.abs(attribute(toy, view.seen.array, NAMES[4])).max(-1)
    assert cells(steering, 0) == [f"{sizes[1:4, 1:5].sum() / sizes.sum():.2f}", ""]
    steering.controls["boxes"].value = [BOX, [6, 6, 8, 8]]
    both = sizes[1:4, 1:5].sum() + sizes[6:, 6:].sum()
    assert cells(steering, 0) == [f"{both / sizes.sum():.2f}", ""]
    assert "Press Move the map" in note(steering)


def test_the_map_is_moved_when_asked_and_kept(steering, toy):
    press(steering, "Move the map")
    finish(steering)
    view = Steering(toy, PICTURE)
    array, region = view.seen.array, view.region([BOX])
    own = manipulate_map(toy, array, NAMES[4], region, limit=9, steps=10, progress=False).picture
    after = np.abs(attribute(toy, own, NAMES[4])).max(-1)
    assert cells(steering, 0)[1] == f"{after[region].sum() / after.sum():.2f}"
    assert cells(steering, 1)[1] == f"{float(toy(own[None])[0, 4]):.1f}"
    before, now = cells(steering, 0)
    assert f"it holds {now} of the map, {before} before. No pixel" in note(steering)
    shown = screen(steering)
    steering.controls["boxes"].value = [[0, 0, 4, 4]]
    assert cells(steering, 0)[1] == "" and screen(steering) != shown
    steering.controls["boxes"].value = [BOX]
    assert screen(steering) == shown


def test_what_was_steered_before_is_there_from_the_start(toy):
    given = np.full((8, 8, 3), 99.0)
    explorer = explore_steering(toy, PICTURE, NAMES[4], boxes=[BOX], steered=given)
    assert cells(explorer, 1)[1] == f"{float(toy(given[None].astype('float32'))[0, 4]):.1f}"
    assert len(explorer.frame.panels) == 3 and "Press" not in note(explorer)


def test_without_a_place_or_without_relus_it_is_one_sentence(steering):
    drawn = screen(steering)
    steering.controls["boxes"].value = []
    assert note(steering) == "Draw a box first: it says where the map is to go."
    press(steering, "Move the map")
    assert note(steering).startswith("Draw a box first") and screen(steering) == drawn
    linear = explore_steering(small_classifier(), PICTURE, 0, boxes=[BOX], steps=10)
    press(linear, "Move the map")
    assert linear.runner.job.wait(60)
    assert "no ReLU" in note(linear)


def test_the_plain_cells_give_what_is_shown(steering, toy):
    press(steering, "Move the map")
    finish(steering)
    names = {"model": toy, "img": PICTURE}
    exec(steering.code(), names)
    assert [f"{share:.2f}" for share in names["found"].shares] == list(cells(steering, 0))


def test_the_pad_and_the_maps_stand_on_their_sides(steering):
    seen, side = steering.view.children[0].children
    assert steering.controls["boxes"] in seen.children and "<figure" not in screens(seen)
    assert screens(side.children[0]).count("<figure") == screens(side).count("<figure") == 2
