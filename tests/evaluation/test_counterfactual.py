"""Counterfactual faithfulness: known answers pass, wrong ones fail, controls get chance."""

import numpy as np
import pytest
from synthetic import colour_counter, synthetic_scenes

from helpers.attribution import read_map, reading_of
from helpers.attribution.registry import attribute
from helpers.errors import HelpersError
from helpers.evaluation import (
    Ranking,
    counterfactual_faithfulness,
    object_effects,
    object_masses,
    scene_case,
)

MODEL = colour_counter()
SCENES = synthetic_scenes(12)
FEW = {"resamples": 100}


def rankings(method, reading=None, quantity="mass", change=lambda m: m):
    found = []
    for number, scene in enumerate(SCENES):
        case = scene_case(MODEL, scene, 0, view=scene.view)
        options = {"seed": number} if method == "random_map" else {}
        attributions = attribute(MODEL, case.picture, 0, method, **options)
        saliency_map = change(read_map(attributions, reading or reading_of(method)))
        masses = object_masses(saliency_map, case.masks, quantity)
        effects = object_effects(MODEL, scene, 0)
        names = list(masses)
        ranking = [effects[n].effect for n in names], [masses[n] for n in names]
        found.append(Ranking(*ranking, case.cluster, case.stratum))
    return found


def judge(*arguments, **options):
    return counterfactual_faithfulness(rankings(*arguments, **options), **FEW)


def test_effects_are_those_on_paper():
    scene = SCENES[0]
    effects = object_effects(MODEL, scene, 0)
    for name, weight in {"red": 3, "green": -2, "blue": 1}.items():
        layer = scene.pictures["all"].astype(float) - scene.pictures[f"no_{name}"]
        expected = weight * layer.sum() / (32 * 32 * 2.55)
        assert effects[name].effect == pytest.approx(expected, rel=1e-4)
    assert effects["red"].probability_without < effects["red"].probability_all


@pytest.mark.parametrize("method", ["input_x_gradient", "integrated_gradients"])
def test_a_perfect_method_passes(method):
    found = judge(method)
    assert found.agreement == 1 and found.sign == 1 and found.correlation > 0.9
    assert found.intervals["agreement"] == (1, 1)
    assert (found.n_objects, found.n_pairs, found.n_pictures, found.n_views) == (36, 36, 12, 12)


def test_the_opposite_fails():
    found = judge("input_x_gradient", change=np.negative)
    assert found.agreement == 0 and found.sign == 0 and found.correlation < -0.9


def test_sizes_alone_cannot_tell_for_from_against():
    signed, sizes = judge("input_x_gradient"), judge("input_x_gradient", reading="absolute")
    assert sizes.agreement < signed.agreement and np.isnan(sizes.sign)
    matters = counterfactual_faithfulness(
        rankings("input_x_gradient", reading="absolute"), effect="absolute", **FEW
    )
    assert matters.agreement == 1


@pytest.mark.parametrize("method", ["edge_map", "gradient"])
def test_methods_that_do_not_know_the_objects_fail(method):
    # The gradient of a linear model is the same at every pixel: all it sees is area.
    assert judge(method).agreement < 0.75
    density = judge(method, quantity="density")
    assert density.agreement < 0.75


def test_a_constant_map_has_density_one_everywhere_and_so_guesses():
    guessed = rankings("gradient", quantity="density")
    found = counterfactual_faithfulness(guessed, **FEW)
    masses = [mass for ranking in guessed for mass in ranking.masses]
    assert masses == pytest.approx([1] * len(masses), abs=1e-3)
    assert found.intervals["agreement"][0] < 0.7


def test_random_maps_get_chance():
    rng = np.random.default_rng(0)
    chance = [
        Ranking(rng.standard_normal(3), rng.standard_normal(3), view, "s") for view in range(300)
    ]
    found = counterfactual_faithfulness(chance, **FEW)
    assert found.agreement == pytest.approx(0.5, abs=0.06)
    assert found.correlation == pytest.approx(0, abs=0.1)
    assert found.sign == pytest.approx(0.5, abs=0.06)
    low, high = found.intervals["correlation"]
    assert low < 0 < high


def test_worked_example():
    # Pairs: (3, 1) alike, (3, -2) alike, (1, -2) the other way round; then one tie of masses.
    two = [Ranking([3, 1, -2], [0.5, 0.1, 0.2], "a"), Ranking([2, 1], [0.3, 0.3], "b")]
    found = counterfactual_faithfulness(two, **FEW)
    assert found.agreement == pytest.approx((1 + 1 + 0 + 0.5) / 4)
    assert np.isnan(found.sign) and found.n_pairs == 4 and found.n_views == 2


def test_pairs_of_equal_effect_are_left_out():
    found = counterfactual_faithfulness([Ranking([1, 1, 0], [0.2, 0.9, 0.1])], **FEW)
    assert found.n_pairs == 2 and found.agreement == 1


def test_objects_that_cover_nothing_are_left_out():
    masks = {"seen": np.eye(4, dtype=bool), "gone": np.zeros((4, 4), bool)}
    assert object_masses(np.ones((4, 4)), masks) == {"seen": 0.25}
    assert object_masses(np.zeros((4, 4)), masks) == {"seen": 0}
    assert object_masses(np.ones((4, 4)), masks, "density") == {"seen": 1}


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: counterfactual_faithfulness([]), "needs objects"),
        (lambda: counterfactual_faithfulness([Ranking([1], [1, 2])]), "one of each"),
        (lambda: counterfactual_faithfulness([Ranking([1, np.nan], [1, 2])]), "finite"),
        (lambda: counterfactual_faithfulness([Ranking([1], [1])]), "nothing is ranked"),
        (lambda: counterfactual_faithfulness([], effect="loud"), "effect is one of"),
        (lambda: object_masses(np.ones((4, 4)), {}, "weight"), "quantity is one of"),
    ],
)
def test_bad_input_is_refused_in_one_sentence(call, message):
    with pytest.raises(HelpersError, match=message):
        call()


def test_scenes_without_counterfactuals_are_refused():
    scene = SCENES[0]
    bare = type(scene)("bare", "0", {"all": scene.pictures["all"]}, scene.masks)
    with pytest.raises(HelpersError, match="no_<object>"):
        object_effects(MODEL, bare, 0)
