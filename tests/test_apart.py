"""Balls projected to the picture: cases with a paper answer, and layouts that must be refused."""

import numpy as np
import pytest

from rendering import apart

CAMERA = {"location": [0.0, -10.0, 0.0], "target": [0.0, 0.0, 0.0], "lens": 36.0, "fstop": 2.8}


def test_projection_has_the_paper_answer():
    # A 36 mm lens on a 36 mm sensor: half the frame is half the distance, here 5 units.
    balls = np.array([[0, 0, 0, 1], [5, 0, 0, 1], [0, 10, 5, 1]], float)
    expected = [[0, 0, 0.2], [1, 0, 0.2], [0, 0.5, 0.1]]
    np.testing.assert_allclose(apart.project(balls, CAMERA), expected, atol=1e-12)


@pytest.mark.parametrize(("x", "answer"), [(0.70, True), (0.78, False), (-0.78, False)])
def test_inside_keeps_the_margin(x, answer):
    assert apart.inside(np.array([[x, 0.0, 0.2]])) is answer


def test_a_ball_behind_another_is_not_apart():
    near, far = (apart.project(np.array([[x, y, 0.0, 1.0]]), CAMERA) for x, y in ((0, 0), (0, 8)))
    aside = apart.project(np.array([[4.0, 0.0, 0.0, 1.0]]), CAMERA)
    assert not apart.apart([near, far])
    assert apart.apart([near, aside])


def test_three_groups_are_compared_pair_by_pair():
    left, right, middle = (np.array([[x, 0.0, 0.1]]) for x in (-0.5, 0.5, 0.45))
    assert apart.apart([left, right])
    assert not apart.apart([left, right, middle])


def test_turning_and_shifting_keep_height_and_radius():
    turned = apart.turned(np.array([[2.0, 0.0, 3.0, 0.5]]), 90.0, [1.0, 1.0])
    np.testing.assert_allclose(turned, [[1.0, 3.0, 3.0, 0.5]], atol=1e-12)


def test_angles_start_towards_minus_y():
    np.testing.assert_allclose(apart.on_sphere(0, 0, 2), [0, -2, 0], atol=1e-12)
    np.testing.assert_allclose(apart.on_sphere(90, 30, 2), [3**0.5, 0, 1], atol=1e-12)


def test_a_box_is_filled_with_balls_that_leave_no_gap():
    low, high = np.array([-3.0, 0.0, 0.0]), np.array([3.0, 5.0, 0.5])
    balls = apart.box_of_balls(low, high, 1.0)
    assert (balls[:, 3] == 1).all()
    assert (balls[:, :3] >= low).all() and (balls[:, :3] <= high).all()
    rng = np.random.default_rng(0)
    inner = rng.uniform(low + [0.5, 0.5, 0], high - [0.5, 0.5, 0], (500, 3))
    nearest = np.linalg.norm(inner[:, None] - balls[None, :, :3], axis=2).min(axis=1)
    assert nearest.max() < 1.05


def test_the_first_layout_whose_things_stay_apart_is_drawn():
    ball = np.array([[0.0, 0.0, 0.0, 1.0]])
    places = iter([([0, 0], [0, 3]), ([-9, 0], [2, 0]), ([-2, 0], [2, 0]), ([-3, 0], [3, 0])])

    def draw_freely(_):
        placement = {name: {"at": at, "turn": 0.0} for name, at in zip("ab", next(places))}
        return {"camera": CAMERA, "placement": placement}

    layout = apart.draw_apart(np.random.default_rng(0), draw_freely, {"a": ball, "b": ball})
    assert [layout["placement"][name]["at"] for name in "ab"] == [[-2, 0], [2, 0]]
