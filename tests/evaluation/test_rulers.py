"""What maps that are known to the last digit get under every ruler."""

import numpy as np
import pytest
from scipy import stats
from synthetic import colour_counter, synthetic_scenes

from helpers.attribution import read_map
from helpers.attribution.registry import attribute
from helpers.errors import HelpersError
from helpers.evaluation import (
    calibration,
    object_effects,
    object_masses,
    order_agreement,
    scene_case,
    verdict,
)
from helpers.evaluation.rulers import ordered_pairs, spearman

MODEL = colour_counter()
SCENES = synthetic_scenes(40)
CASES = [scene_case(MODEL, scene, 0, view=scene.view) for scene in SCENES]
EFFECTS = [
    {name: found.effect for name, found in object_effects(MODEL, scene, 0).items()}
    for scene in SCENES
]


def agreements(map_of, sizes=False):
    """Give the mean agreement under both rulers, over scenes whose true effects are known."""
    found = []
    for number, (case, effects) in enumerate(zip(CASES, EFFECTS, strict=True)):
        masses = object_masses(map_of(number, case), case.masks)
        areas = [case.masks[name].sum() for name in effects]
        row = list(effects.values()), [masses[name] for name in effects], areas
        found.append(order_agreement(*row, sizes=sizes))
    return np.mean(found, axis=0)


def contributions(number, case, target=0):
    return read_map(attribute(MODEL, case.picture, target, "input_x_gradient"), "signed")


def of_another_picture(number, case):
    return contributions(number, CASES[(number + 1) % len(CASES)])


def painted(number, case):
    """Give every object its true effect, spread evenly over it."""
    return sum(EFFECTS[number][name] * mask / mask.sum() for name, mask in case.masks.items())


def centred(number, case):
    rows, columns = np.indices(case.picture.shape[:2]) - 15.5
    return np.exp(-(rows**2 + columns**2) / (2 * 8**2))


def noise(number, case):
    return np.random.default_rng(number).standard_normal(case.picture.shape[:2])


@pytest.mark.parametrize("map_of", [painted, contributions], ids=["perfect", "additive"])
def test_true_contributions_get_full_marks_under_both_rulers(map_of):
    assert agreements(map_of) == pytest.approx([1, 1])


def test_density_beside_whole_effects_would_have_marked_them_down():
    pairs = []
    for number, case in enumerate(CASES):
        densities = object_masses(contributions(number, case), case.masks, "density")
        names = ["red", "blue"]  # both speak for the class, and are of random size
        effects, given = ([table[name] for name in names] for table in (EFFECTS[number], densities))
        pairs.append(order_agreement(effects, given, [1, 1]).mass)
    assert np.mean(pairs) < 0.95


def test_a_uniform_map_knows_the_area_alone():
    mass, density = agreements(lambda number, case: np.ones(case.picture.shape[:2]))
    assert density == pytest.approx(0.5, abs=0.02)
    assert mass != 0.5 and mass < 0.8


BLIND = pytest.mark.parametrize(
    "map_of", [centred, noise, of_another_picture], ids=["centred", "random", "another picture"]
)


@BLIND
def test_maps_that_know_nothing_of_the_picture_get_about_what_guessing_gets(map_of):
    assert agreements(map_of) == pytest.approx([0.5, 0.5], abs=0.17)


def test_sizes_are_compared_with_sizes():
    # All that sizes can tell: how much an object matters, for or against.
    assert agreements(lambda *one: np.abs(contributions(*one)), sizes=True) == pytest.approx([1, 1])
    assert agreements(lambda *one: np.abs(contributions(*one)))[0] < 1
    assert agreements(lambda *one: -contributions(*one), sizes=True) == pytest.approx([1, 1])
    assert agreements(lambda *one: -contributions(*one)) == pytest.approx([0, 0])


def test_true_contributions_are_calibrated_and_scaled_ones_are_not():
    effects = np.array([list(one.values()) for one in EFFECTS]).ravel()
    said = [
        [contributions(number, case)[mask].sum() for mask in case.masks.values()]
        for number, case in enumerate(CASES)
    ]
    found = calibration(effects, np.ravel(said))
    assert found.slope == pytest.approx(1, abs=1e-4) and found.error < 1e-4
    assert found.n == len(effects) and found.error_of_zero == pytest.approx(abs(effects).mean())
    twice = calibration(effects, 2 * np.ravel(said))
    assert twice.slope == pytest.approx(0.5, abs=1e-4)
    assert twice.error == pytest.approx(twice.error_of_zero, rel=1e-3)
    assert np.isnan(calibration([1, 2], [3, 3]).slope)


def test_a_map_for_another_class_knows_everything_but_the_class():
    # It follows the weights of class 1, which order the colours another way than those of class 0.
    assert max(agreements(lambda *one: contributions(*one, target=1))) < 0.5


@BLIND
def test_maps_that_know_nothing_of_the_picture_promise_worse_than_nothing(map_of):
    effects = np.array([list(one.values()) for one in EFFECTS]).ravel()
    said = [
        [map_of(number, case)[mask].sum() for mask in case.masks.values()]
        for number, case in enumerate(CASES)
    ]
    found = calibration(effects, np.ravel(said))
    # Of 120 objects the slope to a random map has a standard error of about .07.
    assert abs(found.slope) < 0.25 and found.error > found.error_of_zero


def test_worked_example():
    # By mass and by density the first pair is right, and both pairs with -2 are wrong.
    found = order_agreement([3, 1, -2], [0.3, 0.2, 0.5], [4, 1, 1])
    assert found == pytest.approx((1 / 3, 1 / 3))
    assert order_agreement([3, 1], [0.3, 0.2], [4, 1]) == (1, 1)
    assert order_agreement([3, 1], [0.4, 0.1], [4, 1]) == (1, 0.5)
    assert np.isnan(order_agreement([1], [1], [1])).all()
    assert np.isnan(order_agreement([2, 2], [1, 3], [1, 1])).all()


@pytest.mark.parametrize(
    ("intervals", "says"),
    [
        ([(0.1, 0.2), (0.01, 0.5)], "stands"),
        ([(-0.2, -0.1), (-0.5, -0.01)], "falls"),
        ([(0.1, 0.2), (-0.1, 0.5)], "open"),
        ([(0.1, 0.2), (-0.3, -0.1)], "open"),
        ([(0.1, 0.2), (np.nan, np.nan)], "open"),
    ],
)
def test_a_conclusion_stands_only_under_every_ruler(intervals, says):
    assert verdict(intervals) == says


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: order_agreement([1], [1, 2], [1]), "one number of each kind"),
        (lambda: order_agreement([1, np.nan], [1, 2], [1, 1]), "finite"),
        (lambda: order_agreement([1, 2], [1, 2], [1, 0]), "Areas lie above 0"),
        (lambda: calibration([1], [1]), "two objects or more"),
        (lambda: verdict([]), "one interval per ruler"),
    ],
)
def test_bad_input_is_refused_in_one_sentence(call, message):
    with pytest.raises(HelpersError, match=message):
        call()


def test_the_share_of_pairs_in_the_right_order_is_somers_d(rng):
    true, given = rng.integers(0, 5, (2, 30))
    expected = (stats.somersd(true, given).statistic + 1) / 2
    assert ordered_pairs(true, given).mean() == pytest.approx(expected)


@pytest.mark.parametrize("rows", [([1, 2], [2, 1]), ([1, 1, 1], [1, 2, 3])], ids=str)
def test_a_rank_correlation_that_is_not_defined(rows):
    assert np.isnan(spearman(*rows))
