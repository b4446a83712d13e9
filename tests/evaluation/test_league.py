"""The league, from tables whose answers are known by hand."""

import csv

import numpy as np
import pytest
from scipy import ndimage

from helpers.attribution import read_map
from helpers.attribution.registry import attribute, method_options
from helpers.backend import keras
from helpers.errors import HelpersError
from helpers.evaluation import league, stored_results
from helpers.evaluation.rulers import RULERS
from helpers.models.scores import compute_logits
from helpers.pictures.fills import fill_picture

NETWORK = "efficientnet-lite0"
VIEWS = [(scene, f"view_{n:02d}") for scene in ("yard", "fruit") for n in range(6)]
EFFECTS, AREAS = {"hens": 4.0, "cup": -1.0}, {"hens": 0.2, "cup": 0.1}


def object_rows(method, reading, own, mass_of):
    for number, (scene, view) in enumerate(VIEWS):
        for thing, effect in EFFECTS.items():
            mass = mass_of(number, thing)
            yield {
                "scene": scene, "view": view, "method": method, "target": "hen",
                "reading": reading, "own": own, "object": thing, "area": AREAS[thing],
                "effect": effect, "mass": mass, "density": mass / AREAS[thing], "sum": 2 * mass,
            }  # fmt: skip


def control_rows(method, reading, agreement):
    for number, (scene, view) in enumerate(VIEWS):
        value = agreement + 0.01 * (-1) ** number
        yield {
            "scene": scene, "view": view, "method": method, "target": "hen", "reading": reading,
            "maps": 10, "agreement_mass": value, "agreement_density": value,
        }  # fmt: skip


def curve_rows(method, area, others):
    for number, (scene, view) in enumerate(VIEWS):
        yield {
            "scene": scene, "view": view, "method": method, "kind": "deletion", "fill": "black",
            "area": area + number, "others": "" if others is None else others + number,
        }  # fmt: skip


def true(number, thing):
    return EFFECTS[thing] / 2


def coin(number, thing):
    return EFFECTS[thing] * (-1) ** (number // 2)


@pytest.fixture(autouse=True)
def stored(tmp_path, monkeypatch):
    """Store: occlusion is right, Grad-CAM a coin, edges a coin, random maps a coin."""
    tables = {
        "objects": [
            *object_rows("occlusion", "signed", 1, true),
            *object_rows("occlusion", "absolute", 0, lambda n, thing: abs(EFFECTS[thing])),
            *object_rows("grad_cam", "signed", 1, coin),
            *object_rows("edge_map", "signed", 1, coin),
            *object_rows("deconvnet", "signed", 0, coin),
            *object_rows("random_map", "signed", 1, true),
        ],
        "others": [
            *control_rows("occlusion", "signed", 0.5), *control_rows("random_map", "signed", 0.5),
        ],
        "curves": [
            *curve_rows("occlusion", 1, 4), *curve_rows("center_map", 2, None),
            *curve_rows("uniform_map", 0, None),
        ],
        "classes": list(control_rows("occlusion", "signed", 0.6)),
    }  # fmt: skip
    monkeypatch.setattr(stored_results, "FOLDER", tmp_path)
    (tmp_path / NETWORK).mkdir()
    for table, rows in tables.items():
        with (tmp_path / NETWORK / f"{table}.csv").open("w", newline="") as file:
            writer = csv.DictWriter(file, list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)


def test_every_map_is_compared_with_its_own_truth():
    found = league.stored_agreements(NETWORK)
    for reading in ("signed", "absolute"):
        assert set(found["occlusion", reading, ""]["mass"].values()) == {1}
    coins = found["grad_cam", "signed", ""]["density"]
    assert list(coins) == VIEWS and list(coins.values()) == [1, 1, 0, 0, 1, 1, 0, 0, 1, 1, 0, 0]


def test_a_method_that_is_right_beats_every_control_under_both_rulers():
    places = {(place.method, place.ruler): place for place in league.league_places(NETWORK)}
    assert {method for method, _ in places} == {"occlusion", "grad_cam"}
    for ruler in RULERS:
        first = places["occlusion", ruler]
        assert first.agreement.value == 1 and first.scenes == {"yard": 1, "fruit": 1}
        assert set(first.differences) == {
            "edge_map", "deconvnet", "random_map", "other pictures", "unrelated classes"
        }  # fmt: skip
        assert first.differences["unrelated classes"].value == pytest.approx(0.4)
        assert first.control in ("edge_map", "deconvnet") and first.lead.low > 0
        assert first.p > first.lead.p  # corrected
        assert places["grad_cam", ruler].lead.value <= 0
    verdicts = league.league_verdicts(places.values())
    assert verdicts == {"occlusion": "stands", "grad_cam": "open"}


def test_a_p_value_that_does_not_survive_the_correction_leaves_it_open():
    places = [p for p in league.league_places(NETWORK) if p.method == "occlusion"]
    assert league.league_verdicts([places[0]._replace(p=0.06), places[1]]) == {"occlusion": "open"}


@pytest.mark.parametrize("missing", ["other pictures", "unrelated classes"])
def test_a_method_whose_own_control_maps_are_not_stored_cannot_stand(missing):
    agreements = league.stored_agreements(NETWORK)
    del agreements["occlusion", "signed", missing]
    places = [p for p in league.league_places(NETWORK, agreements) if p.method == "occlusion"]
    assert all(place.lead.low > 0 and place.p < 0.05 for place in places)
    assert league.league_verdicts(places) == {"occlusion": "open"}


def test_a_method_that_falls_is_below_one_control_though_it_may_be_above_another():
    agreements = league.stored_agreements(NETWORK)
    for name, value in {"edge_map": 0.75, "lime": 0.6}.items():
        agreements[name, "signed", ""] = {ruler: dict.fromkeys(VIEWS, value) for ruler in RULERS}
    places = [p for p in league.league_places(NETWORK, agreements) if p.method == "lime"]
    assert all(place.control == "edge_map" and place.lead.high < 0 for place in places)
    assert all(place.differences["random_map"].low > 0 for place in places)
    # That its own control maps are missing does not save it, nor does any correction.
    assert all("other pictures" not in place.differences and place.p == 1 for place in places)
    assert league.league_verdicts(places) == {"lime": "falls"}
    above = places[1].differences | {"edge_map": places[1].differences["random_map"]}
    assert league.league_verdicts([places[0], places[1]._replace(differences=above)]) == {
        "lime": "open"
    }


def test_random_maps_count_with_the_mean_of_ten():
    found = league.stored_agreements(NETWORK)
    assert np.mean(list(found["random_map", "signed", ""]["mass"].values())) == pytest.approx(0.5)


def test_numbers_by_view_and_differences_over_the_views_that_both_have():
    found = league.stored_numbers("objects", "mass", NETWORK, object="hens", reading="signed")
    assert found["occlusion"]["yard", "view_00"] == 2
    part = {key: value - 1 for key, value in found["occlusion"].items() if key[0] == "yard"}
    assert league.compare_views(found["occlusion"], part).value == 1
    assert league.compare_views(found["occlusion"], part).n_views == 6


def test_gains_are_over_each_control_and_controls_have_none():
    found = league.stored_gains(NETWORK, "deletion", "black")
    assert list(found) == ["occlusion"]
    gains = {control: gain.value for control, gain in found["occlusion"].items()}
    assert gains == {"other pictures": 3, "centre": 1, "uniform": -1}
    with pytest.raises(HelpersError, match="kind is one of"):
        league.stored_gains(NETWORK, "erasure", "black")


def test_calibration_of_a_map_whose_sums_are_the_effects(monkeypatch):
    monkeypatch.setitem(league.IN_LOGITS, "occlusion", 1)
    found = league.stored_calibration(NETWORK, "occlusion")
    assert found["slope"].value == pytest.approx(1) and found["error"].value == 0
    assert found["error_of_zero"].value == found["gain"].value == 2.5
    monkeypatch.setitem(league.IN_LOGITS, "occlusion", 2)
    assert league.stored_calibration(NETWORK, "occlusion")["slope"].value == pytest.approx(0.5)
    with pytest.raises(HelpersError, match="does not add up to logits"):
        league.stored_calibration(NETWORK, "grad_cam")
    with pytest.raises(HelpersError, match="Nothing is stored for 'lrp'"):
        league.stored_calibration(NETWORK, "lrp")


def test_correlation_within_scenes():
    assert league.stored_correlation(NETWORK, "occlusion").value == pytest.approx(1)
    assert abs(league.stored_correlation(NETWORK, "grad_cam", "density").value) < 0.5


SIDE = 112
# Of the two parts that the network looks at, `REGION` holds the first with all patches that touch
# it; LIME's and KernelSHAP's cells of 16 x 16 pixels lie inside or outside of it.
SEEN, REGION = (slice(32, 48), slice(80, 96)), (slice(16, 64), slice(16, 64))
PICTURE, *OTHERS = np.random.default_rng(0).uniform(0, 255, (3, SIDE, SIDE, 3)).astype("f4")
PICTURE[SEEN[0], SEEN[0]] *= 0.3  # so that it differs from every absence
# Where absence is not black; for expected gradients one of several pictures.
ABSENCE = {
    "integrated_gradients_mean": [fill_picture(PICTURE, "mean")],
    "integrated_gradients_blur": [fill_picture(PICTURE, "blur")],
    "lime": [fill_picture(PICTURE, "mean")],
    "kernel_shap": [fill_picture(PICTURE, "mean")],
    "occlusion": [fill_picture(PICTURE, "mean")],
    "expected_gradients": OTHERS,
    "blur_ig": [ndimage.gaussian_filter(PICTURE, 50, mode="constant", axes=(0, 1))],
}
# Few steps and samples are enough for a linear network; baselines are what the names say.
OPTIONS = {
    "integrated_gradients": {"steps": 2},
    "integrated_gradients_mean": {"steps": 2, "baseline": "mean"},
    "integrated_gradients_blur": {"steps": 2, "baseline": "blur"},
    "expected_gradients": {"samples": 4, "baselines": OTHERS},
    "blur_ig": {"steps": 4},
    "lime": {"samples": 300},
    "kernel_shap": {"samples": 150},
}


@pytest.fixture(scope="module")
def looks_twice():
    """Give a linear network without biases, whose logits hang on the two parts in `SEEN` alone."""
    weights, rng = np.zeros((SIDE, SIDE, 3, 2), np.float32), np.random.default_rng(1)
    for part in SEEN:
        weights[part, part] = rng.normal(0.001, 0.003, (16, 16, 3, 2))
    layers = keras.layers.Flatten(), keras.layers.Dense(2, use_bias=False)
    model = keras.Sequential([keras.Input((SIDE, SIDE, 3)), *layers])
    model.set_weights([weights.reshape(-1, 2)])
    return model


def promised(model, name, where, **options):
    """Sum a map over a region, in what the league takes for logits."""
    options = {"progress": False, **OPTIONS.get(name, {}), **options}
    found = attribute(model, PICTURE, 0, league.method_of(name), **options)
    return read_map(found, "signed")[where].sum() * league.IN_LOGITS[name]


def cost(model, name, where):
    """Measure what the logit loses where a region is replaced by the method's own absence."""
    pictures = [PICTURE]
    for absence in ABSENCE.get(name, [np.zeros_like(PICTURE)]):
        pictures.append(PICTURE.copy())
        pictures[-1][where] = absence[where]
    whole, *without = compute_logits(model, np.stack(pictures))[:, 0]
    return whole - np.mean(without)


@pytest.mark.parametrize("name", [name for name in league.IN_LOGITS if name != "lrp"])
def test_sums_of_maps_are_the_logits_that_a_region_costs(looks_twice, name):
    # LIME's ridge pulls its coefficients towards 0: by 4 % with so few samples.
    tolerance = 0.06 if name == "lime" else 1e-4
    expected = cost(looks_twice, name, REGION)
    assert abs(expected) > 5  # else there would be nothing to be right about
    assert promised(looks_twice, name, REGION) == pytest.approx(expected, rel=tolerance)


def test_relevance_adds_up_to_the_logit_and_by_region_with_epsilon_alone(looks_twice):
    # Gamma favours what has the sign of the score: it moves relevance between regions, and
    # keeps the account of the whole picture.
    whole, expected = (slice(None),) * 2, cost(looks_twice, "lrp", REGION)
    assert promised(looks_twice, "lrp", whole) == pytest.approx(
        cost(looks_twice, "lrp", whole), rel=1e-4
    )
    assert promised(looks_twice, "lrp", REGION, rule="epsilon") == pytest.approx(expected, rel=1e-4)
    assert promised(looks_twice, "lrp", REGION) != pytest.approx(expected, rel=1e-3)


def test_occlusion_is_taken_by_the_area_of_its_default_patch():
    assert method_options("occlusion")["patch"] ** 2 * league.IN_LOGITS["occlusion"] == 1
