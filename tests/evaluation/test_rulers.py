"""What maps that are known to the last digit get under every ruler."""

import functools
import types

import numpy as np
import pytest
from scipy import stats
from synthetic import colour_counter, synthetic_scenes

from helpers.attribution import READINGS, read_map
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
from tools.results import maps, tables

MODEL = colour_counter()
# With 300 scenes of three pairs an agreement that is .5 has a standard error of about .02.
SCENES = synthetic_scenes(300)
CASES = [scene_case(MODEL, scene, 0, view=scene.view) for scene in SCENES]
EFFECTS = [
    {name: found.effect for name, found in object_effects(MODEL, scene, 0).items()}
    for scene in SCENES
]
SIZE = CASES[0].picture.shape[:2]


def agreements(map_of, sizes=False):
    """Give the mean agreement under both rulers, over scenes whose true effects are known."""
    found = []
    for number, (case, effects) in enumerate(zip(CASES, EFFECTS, strict=True)):
        masses = object_masses(map_of(number, case), case.masks)
        areas = [case.masks[name].sum() for name in effects]
        row = list(effects.values()), [masses[name] for name in effects], areas
        found.append(order_agreement(*row, sizes=sizes))
    return np.mean(found, axis=0)


def calibrated(map_of, factor=1.0):
    """Compare the sums of a map, times a factor, with the true effects of all scenes."""
    said = [
        map_of(number, case)[case.masks[name]].sum()
        for number, (case, effects) in enumerate(zip(CASES, EFFECTS, strict=True))
        for name in effects
    ]
    return calibration(
        np.concatenate([list(one.values()) for one in EFFECTS]), factor * np.array(said)
    )


@functools.cache
def maps_by(method, target=0):
    """Compute the maps of all scenes by a method, at once."""
    pictures = np.stack([case.picture for case in CASES])
    return attribute(MODEL, pictures, [target] * len(CASES), method, progress=False)


def contributions(number, case, target=0):
    return read_map(maps_by("input_x_gradient", target)[number], "signed")


def of_another_picture(number, case):
    return contributions((number + 1) % len(CASES), case)


def painted(number, case):
    """Give every object its true effect, spread evenly over it."""
    return sum(EFFECTS[number][name] * mask / mask.sum() for name, mask in case.masks.items())


def uniform(number, case):
    return np.ones(SIZE)


def centred(number, case):
    rows, columns = np.indices(SIZE) - 15.5
    return np.exp(-(rows**2 + columns**2) / (2 * 8**2))


def noise(number, case):
    return np.random.default_rng(number).standard_normal(SIZE)


def edges(number, case):
    return read_map(maps_by("edge_map")[number], "signed")


TRUE = pytest.mark.parametrize("map_of", [painted, contributions], ids=["perfect", "additive"])


@TRUE
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


BLIND = pytest.mark.parametrize(
    "map_of",
    [uniform, centred, noise, of_another_picture],
    ids=["uniform", "centred", "random", "another picture"],
)


@BLIND
def test_maps_that_know_nothing_of_the_picture_get_about_what_guessing_gets(map_of):
    assert agreements(map_of) == pytest.approx([0.5, 0.5], abs=0.08)


@pytest.mark.parametrize(
    ("map_of", "mass"),
    [(uniform, 0.67), (centred, 0.65), (noise, 0.55), (of_another_picture, 0.54)],
    ids=["uniform", "centred", "random", "another picture"],
)
def test_by_size_and_mass_guessing_gets_more_than_half_as_larger_objects_have_larger_effects(
    map_of, mass
):
    # Any map has more mass on more pixels, an even one most surely. Density takes the area out.
    assert agreements(map_of, sizes=True) == pytest.approx([mass, 0.5], abs=0.05)


def test_edges_order_colours_as_eyes_do_and_not_as_the_network_does():
    # No guess at all: to eyes green is lighter than red and red lighter than blue, the network
    # counts red, blue and green as 3, 1 and -2. One of three pairs is in its order, by size two.
    def lightness(number, case):
        order = {"green": 100, "red": 10, "blue": 1}
        return sum(order[name] * mask for name, mask in case.masks.items())

    signed, by_size = agreements(edges), agreements(edges, sizes=True)
    assert signed == pytest.approx([1 / 3, 1 / 3], abs=0.04)
    assert by_size == pytest.approx([2 / 3, 2 / 3], abs=0.08)
    assert signed == pytest.approx(agreements(lightness), abs=0.05)
    assert by_size == pytest.approx(agreements(lightness, sizes=True), abs=0.05)


def test_deconvnet_where_it_never_sees_the_picture_gets_what_any_fixed_map_gets(network, chelsea):
    pictures = np.stack([chelsea, chelsea[::-1, ::-1]])
    first, second = attribute(network, pictures, [281, 281], "deconvnet")
    np.testing.assert_allclose(first, second, rtol=1e-3, atol=1e-4 * np.abs(first).max())
    signed, sizes = (_shrunk(read_map(first, reading)) for reading in ("signed", "absolute"))
    assert agreements(lambda *_: signed) == pytest.approx([0.5, 0.5], abs=0.08)
    even = agreements(uniform, sizes=True)
    assert agreements(lambda *_: sizes, sizes=True) == pytest.approx(even, abs=0.08)


def _shrunk(saliency_map):
    """Average over blocks, so that a map of 224 x 224 fits the synthetic scenes."""
    height, width = SIZE
    blocks = saliency_map.reshape(height, len(saliency_map) // height, width, -1)
    return blocks.mean((1, 3))


def test_sizes_are_compared_with_sizes():
    # All that sizes can tell: how much an object matters, for or against.
    # Two effects of one size, for and against, are a pair that rounding decides.
    full = pytest.approx([1, 1], abs=0.002)
    assert agreements(lambda *one: np.abs(contributions(*one)), sizes=True) == full
    assert agreements(lambda *one: np.abs(contributions(*one)))[0] < 1
    assert agreements(lambda *one: -contributions(*one), sizes=True) == full
    assert agreements(lambda *one: -contributions(*one)) == pytest.approx([0, 0])


@TRUE
def test_true_contributions_are_calibrated_and_scaled_ones_are_not(map_of):
    found = calibrated(map_of)
    assert found.slope == pytest.approx(1, abs=1e-4) and found.error < 1e-4
    effects = [effect for one in EFFECTS for effect in one.values()]
    assert found.n == len(effects) and found.error_of_zero == pytest.approx(np.abs(effects).mean())
    twice = calibrated(map_of, 2)
    assert twice.slope == pytest.approx(0.5, abs=1e-4)
    assert twice.error == pytest.approx(twice.error_of_zero, rel=1e-3)
    assert np.isnan(calibration([1, 2], [3, 3]).slope)


def test_a_map_for_another_class_knows_everything_but_the_class():
    # It follows the weights of class 1, which order the colours another way than those of class 0.
    assert max(agreements(lambda *one: contributions(*one, target=1))) < 0.5


@pytest.mark.parametrize(
    ("map_of", "error"),
    [(uniform, 7), (centred, 2.4), (noise, 1.15)],
    ids=["uniform", "centred", "random"],
)
def test_maps_that_know_nothing_of_the_picture_promise_worse_than_nothing(map_of, error):
    # How much worse depends on the unit: only a map of logits can be calibrated.
    found = calibrated(map_of)
    assert found.slope == pytest.approx(0, abs=0.15)
    assert found.error == pytest.approx(error * found.error_of_zero, rel=0.05)


def test_true_logits_of_another_picture_promise_what_nothing_promises():
    # One other picture per scene leaves the slope a standard error of .1, so ten, as in the plan.
    found = [
        calibrated(
            lambda number, case, step=step: contributions((number + step) % len(CASES), case)
        )
        for step in range(1, 11)
    ]
    assert np.mean([one.slope for one in found]) == pytest.approx(0, abs=0.15)
    ratios = [one.error / one.error_of_zero for one in found]
    assert np.mean(ratios) == pytest.approx(1, abs=0.05)


@pytest.fixture
def squares(monkeypatch):
    """Let the tables of the stored run see one of the synthetic scenes and its network."""
    for module in (maps, tables):
        monkeypatch.setattr(module, "case_of", lambda network, scene, view: CASES[0])
    monkeypatch.setattr(maps, "load_model", lambda network: MODEL)
    effects = {name: types.SimpleNamespace(effect=e) for name, e in EFFECTS[0].items()}
    monkeypatch.setattr(tables, "seen_effects", lambda *asked: effects)
    monkeypatch.setitem(tables.TARGETS, "squares", (0,))
    monkeypatch.setattr(tables, "unrelated_classes", lambda *asked: [1, 1])


def own_agreement(method, reading):
    rows = [
        row
        for row in tables.objects(None, "toy", method, "squares", "0")
        if row["reading"] == reading
    ]
    columns = ([row[name] for row in rows] for name in ("effect", "mass", "area"))
    return order_agreement(*columns, sizes=reading == "absolute")


def unrelated_agreement(method, reading):
    (row,) = (
        row
        for row in tables.classes(None, "toy", method, "squares", "0")
        if row["reading"] == reading
    )
    return row["agreement_mass"], row["agreement_density"]


@pytest.mark.parametrize("reading", READINGS)
@pytest.mark.parametrize("method", ["edge_map", "center_map"])
def test_a_map_that_does_not_know_the_class_gets_the_same_for_unrelated_classes(
    squares, method, reading
):
    assert own_agreement(method, reading) == pytest.approx(unrelated_agreement(method, reading))


def test_a_map_that_knows_the_class_gets_less_for_unrelated_classes(squares):
    assert own_agreement("input_x_gradient", "signed") == (1, 1)
    assert max(unrelated_agreement("input_x_gradient", "signed")) < 0.5


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
