"""The long run: its plan, its units, its tables, and whether what is stored still comes out."""

import importlib
import json
import re
import zlib

import numpy as np
import pytest

from helpers.attribution import attribute, read_map
from helpers.errors import HelpersError
from helpers.evaluation import intervals
from helpers.evaluation.stored_results import FOLDER
from helpers.models import load_model, scores
from tools.results import answers, maps, plan, store, tables, units, verify

NETWORKS = [name for name in plan.NETWORKS if (FOLDER / name / "record.json").is_file()]
# A map of these is quick, and together they look into every room that a number comes from.
SAMPLE = {
    "effects": ("truth",),
    "objects": ("gradient", "guided_backprop", "grad_cam", "edge_map"),
    "grid": ("layer_cam",),
}


def toy_table(folder, network, name, scene, view):
    number = zlib.crc32(f"{network}{name}{scene}{view}".encode()) / 2**32
    yield {"reading": "signed", "share": number, "gap": float("nan")}
    yield {"reading": "absolute", "share": number / 3, "gap": 0.25}


@pytest.fixture
def toy(monkeypatch):
    """Units of a table that costs nothing, with the methods of the plan."""
    monkeypatch.setitem(tables.TABLES, "grid", toy_table)
    return [one for one in units.all_units(["squeezenet"]) if one.table == "grid"][:40]


def test_the_plan_in_words_names_what_the_code_computes():
    text = (FOLDER / "plan.md").read_text(encoding="utf-8")
    slow = [name for group in plan.SLOW for name in group if name not in plan.BASELINES]
    classes = [name for names in plan.TARGETS.values() for name in names]
    for word in (
        *plan.NETWORKS,
        *plan.TARGETS,
        *classes,
        *plan.CONTROL_METHODS,
        *plan.QUICK,
        *slow,
    ):
        assert word in text, word
    assert f"{plan.FIRST_STEPS} steps" in text and f"at most {plan.MOST_STEPS}" in text
    for _, fill in plan.CURVES:
        assert fill in text


def test_quick_methods_on_objects_come_first_and_views_in_turn():
    order = list(units.all_units(["squeezenet"]))
    assert order[0].table == "effects" and len(set(order)) == len(order)
    tables_in_turn = list(dict.fromkeys(unit.table for unit in order))
    assert tables_in_turn[:4] == ["effects", "objects", "others", "classes"]
    gradients = [u.view for u in order if (u.table, u.method) == ("objects", "gradient")]
    assert gradients == sorted(gradients)
    assert sum(u.table == "randomisation" for u in order) < len(plan.TARGETS) * len(order)


def test_a_unit_that_is_kept_is_not_computed_again(toy, tmp_path):
    assert units.compute(toy[0], tmp_path) == 2
    assert units.compute(toy[0], tmp_path) is None


def test_what_was_joined_comes_out_again_and_a_change_is_found(toy, tmp_path, monkeypatch):
    work, target = tmp_path / "work", tmp_path / "results"
    for unit in toy:
        units.compute(unit, work)
    store.join(work, target, [*toy, toy[0]._replace(view="view_11")])
    record = json.loads((target / "squeezenet" / "record.json").read_text())
    assert record["weights"] == store.WEIGHTS["squeezenet"]
    assert sum(row["views"] for row in record["rests_on"]["grid"].values()) == len(toy)
    stored = verify.draw(target, "squeezenet")
    assert len(stored) == len(toy) // verify.SHARE
    assert list(verify.differences(stored)) == []

    def changed(*arguments):
        for row in toy_table(*arguments):
            yield row | {"share": row["share"] * 1.001}

    monkeypatch.setitem(tables.TABLES, "grid", changed)
    assert all("share was" in sentence for sentence in verify.differences(stored))
    assert len(list(verify.differences(stored))) == len(stored)
    monkeypatch.setitem(tables.TABLES, "grid", lambda *_: iter(()))
    assert "2 rows are stored, 0 come out" in next(verify.differences(stored))


def test_a_cell_has_five_digits_or_nothing():
    assert [store.as_text(v) for v in (1 / 3, np.float32(2), np.nan, "hen", 4)] == [
        "0.33333", "2", "", "hen", "4"
    ]  # fmt: skip


def test_unrelated_classes_and_other_pictures_are_drawn_once_and_are_others():
    drawn = tables.unrelated_classes("farmyard", "view_00", "hen")
    assert drawn == tables.unrelated_classes("farmyard", "view_00", "hen") and len(set(drawn)) == 10
    assert drawn != tables.unrelated_classes("farmyard", "view_01", "hen")
    assert not {8, 330} & set(drawn)  # hen and wood_rabbit
    others = tables.drawn_pictures("farmyard", "view_00", "hen", 10)
    assert len(set(others)) == 10 and all(scene != "farmyard" for scene, _, _ in others)


def test_integrated_gradients_takes_the_steps_that_a_small_gap_takes(network, monkeypatch):
    asked = []

    def path_gradient(question, row, start, end, positions, shares):
        asked.append(len(positions))
        # The score grows by 1; the first sum is .22 too large, those in between are right.
        total = 1.22 if len(asked) == 1 else 1
        scores = np.linspace(2, 3, len(positions), dtype=np.float32)
        return np.full_like(end, total / end.size), scores

    monkeypatch.setattr(maps, "path_gradient", path_gradient)
    monkeypatch.setattr(maps, "fill_picture", lambda picture, fill: picture - 1)
    picture = maps.case_of("efficientnet-lite0", "can_opener", "view_00").picture
    found = maps.compute_maps("efficientnet-lite0", "integrated_gradients_blur", picture, 3)
    assert asked == [51, 50, 100, 200] and found.steps == 400
    assert found.gap == pytest.approx(0.22 / 8, rel=1e-3)


def test_doubled_steps_give_what_as_many_steps_at_once_give(network, monkeypatch):
    monkeypatch.setattr(maps, "FIRST_STEPS", 4)
    monkeypatch.setattr(maps, "MOST_STEPS", 16)
    monkeypatch.setattr(maps, "GAP", 0)
    picture = maps.case_of("efficientnet-lite0", "can_opener", "view_00").picture
    found = maps.compute_maps("efficientnet-lite0", "integrated_gradients", picture, "can_opener")
    options = {"steps": 16, "progress": False, "details": True}
    once, told = attribute(
        load_model("efficientnet-lite0"), picture, "can_opener", "integrated_gradients", **options
    )
    owed = told["score"] - told["baseline_score"]
    assert found.steps == 16 and found.gap == pytest.approx(abs(told["completeness_gap"] / owed))
    np.testing.assert_allclose(found.signed, read_map(once, "signed"), atol=1e-4 * once.max())


def test_one_pass_answers_for_both_classes_of_a_scene(network, monkeypatch):
    passes = []

    def compute_logits(model, pictures, *size):
        passes.append(len(pictures))
        return scores.compute_logits(model, pictures, *size)

    monkeypatch.setattr(maps, "compute_logits", compute_logits)
    picture = maps.case_of("efficientnet-lite0", "farmyard", "view_00").picture
    asked = []
    for target in plan.TARGETS["farmyard"]:
        found = maps.compute_maps("efficientnet-lite0", "occlusion", picture, target)
        asked.append(len(passes))
        plain = attribute(load_model("efficientnet-lite0"), picture, target, "occlusion")
        np.testing.assert_allclose(found.signed, plain[..., 0], atol=1e-5)
    assert asked[0] == asked[1] > 0


def test_a_map_is_kept_and_read_back(network, tmp_path):
    asked = tmp_path, "efficientnet-lite0", "grad_cam", "can_opener", "view_00", "can_opener"
    first, again = maps.maps_of(*asked), maps.maps_of(*asked)
    assert np.array_equal(first.signed, again.signed) and np.isnan(again.gap)
    assert len(list(tmp_path.rglob("*.npz"))) == 1


@pytest.mark.parametrize("name", NETWORKS)
def test_a_sample_of_what_is_stored_still_comes_out(name):
    try:
        load_model(name)
    except HelpersError as error:
        pytest.skip(str(error))
    stored = [
        (unit, rows)
        for unit, rows in store.stored_units(FOLDER, name)
        if unit.view == "view_03" and unit.method in SAMPLE.get(unit.table, ())
    ]
    assert list(verify.differences(stored[:: max(1, len(stored) // 8)])) == []


def test_an_unknown_method_is_refused_before_anything_is_computed(monkeypatch, capsys):
    # The import sets it for the whole process; so it is taken back for what other tests start.
    monkeypatch.setenv("TF_ENABLE_ONEDNN_OPTS", "1")
    main = importlib.import_module("tools.results.__main__").main
    monkeypatch.setattr("sys.argv", ["results", "--network", "squeezenet", "--method", "gradeint"])
    with pytest.raises(SystemExit):
        main()
    assert "no method 'gradeint'" in capsys.readouterr().err


def test_the_stored_answers_are_those_that_the_tables_give():
    numbers = r"[-+]?\d+\.\d+"
    stored, given = (FOLDER / "answers.md").read_text(encoding="utf-8"), answers.answers()
    assert re.split(numbers, stored) == re.split(numbers, given)
    found = (np.array(re.findall(numbers, text), float) for text in (stored, given))
    np.testing.assert_allclose(*found, atol=0.011)


def test_a_difference_stands_or_falls_only_by_both_rulers_and_beside_its_family():
    def found(value, p):
        return intervals.Estimate(value, value - 0.1, value + 0.1, p, 72, 6)

    above, below, unsure = found(0.2, 0.001), found(-0.2, 0.999), found(0.2, 0.02)
    differences = {
        "above": {"mass": above, "density": above},
        "below": {"mass": below, "density": below},
        "one of two": {"mass": above, "density": below},
        **{f"unsure {i}": {"mass": unsure, "density": unsure} for i in range(3)},
    }
    verdicts = answers.judged(differences)
    assert verdicts.pop("above") == "stands" and verdicts.pop("below") == "falls"
    assert set(verdicts.values()) == {"open"}
