"""The explorer of classes, under the reader's hand."""

import pytest
from hands import PICTURE, chosen, note, press, screen

from helpers.widgets.class_view import ClassMaps
from helpers.widgets.explore import explore_classes


@pytest.fixture
def classes(toy):
    return explore_classes(toy, PICTURE, ["tabby", "cup"])


def test_it_starts_with_the_first_two_choices(toy):
    explorer = explore_classes(toy, PICTURE)
    first, second, *empty = chosen(explorer)
    best = ClassMaps(toy, PICTURE)
    assert [first, second] == [best.words[index] for index in best.seen.top(2)]
    assert empty == ["", ""] and len(explorer.frame.panels) == 2
    assert chosen(explore_classes(toy, PICTURE, "cup")) == ["cup", "", "", ""]
    assert chosen(explore_classes(toy, PICTURE, 3)) == ["crane (3)", "", "", ""]


def test_no_class_at_all_and_the_same_class_twice(classes):
    before = screen(classes)
    classes.set(class_1="", class_2="")
    assert "0 are chosen" in note(classes) and screen(classes) == before
    classes.set(class_1="cup", class_3="Cup")
    assert len(classes.frame.panels) == 1 and "second class" in note(classes)


def test_the_top_five_are_buttons_that_toggle(toy):
    explorer = explore_classes(toy, PICTURE)
    maps = ClassMaps(toy, PICTURE)
    top = [maps.words[index] for index in maps.seen.top()]
    press(explorer, top[0])
    assert chosen(explorer) == ["", top[1], "", ""]
    for word in (top[2], top[3], top[4]):
        press(explorer, word)
    assert chosen(explorer) == [top[2], top[1], top[3], top[4]]
    assert len(explorer.frame.panels) == 4
    press(explorer, top[0])
    assert "All four fields are taken" in note(explorer)
    press(explorer, top[1])
    assert len(explorer.frame.panels) == 3
    assert list(explorer.controls["class_1"].options[:5]) == top
