"""The report card of one map."""

import numpy as np
import pytest
from PIL import Image
from synthetic import colour_counter, synthetic_scenes
from toys import small_classifier

from helpers.backend import keras
from helpers.errors import HelpersError
from helpers.evaluation import (
    report_card,
    scene_case,
)
from helpers.models.wrapping import wrap_classifier

MODEL = colour_counter()
SCENES = synthetic_scenes(6)
CASES = [scene_case(MODEL, scene, 0, view=scene.view) for scene in SCENES]


def test_card_of_an_exact_method_has_nothing_to_object_to_its_numbers():
    card = report_card(MODEL, CASES[0].picture, 0, "integrated_gradients", progress=False)
    assert card.class_name == "class 0" and card.completeness_gap == pytest.approx(0, abs=1e-3)
    for name, sign in (("deletion", 1), ("insertion", -1)):
        controls = getattr(card, f"{name}_controls")
        assert set(controls) == {"other pictures", "centre", "uniform"}
        assert all(sign * getattr(card, name) < sign * mean for mean, _ in controls.values())
    assert not any("no better" in doubt or "tenth" in doubt for doubt in card.doubts())
    assert card.saliency_map.shape == (32, 32) and card.reading == "signed"
    questions = [row[0] for row in card.rows()]
    assert len(questions) == 8 and all(isinstance(t, str) for row in card.rows() for t in row)


def test_card_of_the_edge_map_says_that_it_ignores_the_network():
    card = report_card(MODEL, CASES[0].picture, 0, "edge_map", progress=False)
    assert card.after_all.spearman == pytest.approx(1) and card.completeness_gap is None
    assert any("what was learned" in doubt for doubt in card.doubts())
    assert "not promised" in [row[1] for row in card.rows()]


@pytest.mark.parametrize("method", ["center_map", "uniform_map"])
def test_a_card_of_a_control_says_that_it_beats_no_control(method):
    card = report_card(MODEL, CASES[0].picture, 0, method, noisy_copies=1, progress=False)
    doubts = " ".join(card.doubts())
    word = {"center_map": "a hill in the middle", "uniform_map": "chance"}[method]
    assert "Deleting: no better than by its maps of other pictures" in doubts and word in doubts
    assert all(len(doubt) <= 95 for doubt in card.doubts())  # a longer line breaks in JupyterLab
    assert card.deletion_controls["other pictures"][1] == 0  # the same map of every picture


def test_card_says_when_the_class_is_not_the_first_choice():
    card = report_card(MODEL, CASES[0].picture, 1, "gradient", progress=False)
    best = int(np.argmax(MODEL(CASES[0].picture[None])[0]))
    assert any("first choice" in doubt for doubt in card.doubts()) == (best != 1)


@pytest.mark.parametrize(("classes", "head"), [(1, "sigmoid"), (2, "softmax"), (3, "sigmoid")])
def test_a_card_of_a_model_with_few_classes(classes, head):
    model = small_classifier(classes, head, hidden="relu")
    picture = np.random.default_rng(0).uniform(0, 255, model.input_shape[1:]).astype(np.float32)
    quick = {"controls": 2, "noisy_copies": 1, "progress": False}
    card = report_card(wrap_classifier(model), picture, classes - 1, **quick)
    assert card.probability == pytest.approx(model(picture[None]).numpy()[0, -1], rel=1e-4)
    assert card.best_class in {f"class {index}" for index in range(classes)}


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
        (lambda: report_card(MODEL, CASES[0].picture, 0, controls=1), "controls is a whole"),
        (lambda: report_card(MODEL, CASES[0].picture, 0, "magic"), "no method"),
        (lambda: report_card(keras.Sequential(), CASES[0].picture, 0), "no graph"),
        (lambda: report_card(MODEL, "picture", 0), "needs a picture"),
    ],
)
def test_bad_input_is_refused_in_one_sentence(call, message):
    with pytest.raises(HelpersError, match=message):
        call()
