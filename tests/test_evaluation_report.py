"""Many pictures at once, and the report card of one map."""

import numpy as np
import pytest
from PIL import Image

from helpers.backend import keras
from helpers.errors import HelpersError
from helpers.evaluation import (
    Case,
    colour_counter,
    compare_methods,
    deletion_curve,
    pointing_game,
    report_card,
    scene_case,
    synthetic_scenes,
)

MODEL = colour_counter()
SCENES = synthetic_scenes(6)
CASES = [scene_case(MODEL, scene, 0, view=scene.view) for scene in SCENES]


def on_red(trial):
    return pointing_game(trial.saliency_map, trial.case.masks["red"])


def deletion(trial):
    case = trial.case
    curve = deletion_curve(
        trial.model, case.picture, case.target_class, trial.saliency_map, score="logit", steps=8
    )
    return curve.area


def test_methods_are_compared_with_both_controls():
    metrics = {"on red": on_red, "deletion": deletion}
    table = compare_methods(MODEL, CASES, ["input_x_gradient"], metrics, progress=False)
    assert list(table) == ["input_x_gradient", "random_map", "edge_map"]
    assert table["input_x_gradient"]["on red"].mean == 1
    perfect, chance = (table[m]["deletion"] for m in ("input_x_gradient", "random_map"))
    assert perfect.n == 6 and perfect.mean < chance.mean
    assert table["random_map"]["on red"].clusters[0] == ("squares", "0")


def test_every_picture_gets_another_random_map():
    seen = []
    compare_methods(
        MODEL,
        CASES[:2],
        [],
        {"map": lambda t: seen.append(t.saliency_map) or 0},
        progress=False,
    )
    assert not np.array_equal(seen[0], seen[2])


def test_readings_and_options_can_be_chosen():
    lowest = {"lowest": lambda trial: trial.saliency_map.min()}
    chosen = {"readings": {"input_x_gradient": "absolute"}, "progress": False}
    table = compare_methods(MODEL, CASES[:1], ["input_x_gradient"], lowest, **chosen)
    assert table["input_x_gradient"]["lowest"].mean == 0
    fixed = {"options": {"random_map": {"seed": 4}}, "progress": False}
    same = compare_methods(MODEL, CASES[:1] * 2, [], lowest, **fixed)["random_map"]["lowest"]
    assert np.ptp(same.values) == 0


def test_cases_without_a_view_stand_for_themselves():
    case = Case(SCENES[0].pictures["all"], 0)
    found = compare_methods(MODEL, [case, case], [], {"zero": lambda t: 0}, progress=False)
    assert found["edge_map"]["zero"].clusters == (0, 1)


def test_card_of_an_exact_method_has_nothing_to_object_to_its_numbers():
    card = report_card(MODEL, CASES[0].picture, 0, "integrated_gradients", progress=False)
    assert card.class_name == "class 0" and card.completeness_gap == pytest.approx(0, abs=1e-3)
    assert card.deletion < card.misplaced_deletion[0] and card.insertion > card.random_insertion
    assert not any("wrong place" in doubt or "tenth" in doubt for doubt in card.doubts())
    assert card.saliency_map.shape == (32, 32) and card.reading == "signed"
    questions = [row[0] for row in card.rows()]
    assert len(questions) == 8 and all(isinstance(t, str) for row in card.rows() for t in row)


def test_card_of_the_edge_map_says_that_it_ignores_the_network():
    card = report_card(MODEL, CASES[0].picture, 0, "edge_map", progress=False)
    assert card.after_all.spearman == pytest.approx(1) and card.completeness_gap is None
    assert any("what was learned" in doubt for doubt in card.doubts())
    assert "not promised" in [row[1] for row in card.rows()]


def test_card_says_when_the_class_is_not_the_first_choice():
    card = report_card(MODEL, CASES[0].picture, 1, "gradient", progress=False)
    best = int(np.argmax(MODEL(CASES[0].picture[None])[0]))
    assert any("first choice" in doubt for doubt in card.doubts()) == (best != 1)


def test_card_takes_pictures_of_any_size_and_leaves_the_model_alone():
    before = [w.copy() for w in MODEL.get_weights()]
    image = Image.fromarray(SCENES[0].pictures["all"]).resize((50, 40))
    for picture in (image, np.asarray(image), SCENES[0].pictures["all"]):
        card = report_card(MODEL, picture, 0, "input_x_gradient", noisy_copies=1, progress=False)
        assert card.picture.shape == (32, 32, 3)
    assert all(np.array_equal(a, b) for a, b in zip(before, MODEL.get_weights(), strict=True))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: compare_methods(MODEL, [], [], {"a": on_red}), "at least one case"),
        (lambda: compare_methods(MODEL, CASES, ["magic"], {"a": on_red}), "a method is one of"),
        (lambda: report_card(MODEL, CASES[0].picture, 0, controls=1), "controls is a whole"),
        (lambda: report_card(MODEL, CASES[0].picture, 0, "magic"), "no method"),
        (lambda: report_card(keras.Sequential(), CASES[0].picture, 0), "no graph"),
        (lambda: report_card(MODEL, "picture", 0), "needs a picture"),
    ],
)
def test_bad_input_is_refused_in_one_sentence(call, message):
    with pytest.raises(HelpersError, match=message):
        call()
