"""Discs and squares, with a shortcut exactly where it was asked for."""

import numpy as np
import pytest
from toys import one_sentence

from helpers.errors import HelpersError
from helpers.pictures.shapes import SHORTCUTS, Shortcut, draw_shapes, draw_shortcut, plant


def test_discs_and_squares_take_turns():
    pictures, labels = draw_shapes(6, seed=1)
    assert pictures.shape == (6, 64, 64, 3) and pictures.dtype == np.float32
    assert labels.tolist() == [0, 1, 0, 1, 0, 1]
    assert pictures.min() >= 0 and pictures.max() <= 255


def test_both_shapes_are_about_as_large():
    pictures, labels = draw_shapes(400, seed=1)
    pale = (pictures.mean(-1) > 145).mean((1, 2))
    assert pale[labels == 0].mean() == pytest.approx(pale[labels == 1].mean(), rel=0.1)


@pytest.mark.parametrize("kind", SHORTCUTS)
@pytest.mark.parametrize(
    ("on", "has"), [("squares", 1), ("discs", 0), ("all", None), ("nobody", 2)]
)
def test_only_those_who_are_named_get_the_shortcut(kind, on, has):
    plain, labels = draw_shapes(8, seed=2)
    made, _ = draw_shapes(8, Shortcut(kind, (30, 40)), on=on, seed=2)
    changed = (plain != made).any((1, 2, 3))
    chosen = np.ones(8, bool) if has is None else labels == has
    np.testing.assert_array_equal(changed, chosen & (kind != "none"))


def test_what_each_shortcut_does():
    plain, _ = draw_shapes(2, seed=3)
    tagged = plant(plain, Shortcut("tag", (5, 9), (1, 2, 3)))
    assert (tagged[:, 5:12, 9:16] == (1, 2, 3)).all()
    outside = np.ones((64, 64), bool)
    outside[5:12, 9:16] = False
    np.testing.assert_array_equal(tagged[:, outside], plain[:, outside])
    tinted = (plant(plain, Shortcut("tint")) - plain).mean((0, 1, 2))
    assert tinted == pytest.approx([14, 0, -14], abs=1)
    blurred = plant(plain, Shortcut("blur"))
    assert blurred.std() < plain.std() and blurred.mean() == pytest.approx(plain.mean(), abs=0.1)


def test_a_drawn_shortcut_is_hidden_but_repeatable():
    assert draw_shortcut(5) == draw_shortcut(5)
    assert {draw_shortcut(seed).kind for seed in range(40)} == set(SHORTCUTS)
    assert len({draw_shortcut(seed, ["tag"]).corner for seed in range(10)}) > 5


@pytest.mark.parametrize("wrong", [{"on": "circles"}, {"count": 0}])
def test_what_cannot_be_drawn_is_refused(wrong):
    with pytest.raises(HelpersError) as error:
        draw_shapes(**({"count": 2} | wrong))
    one_sentence(error)
