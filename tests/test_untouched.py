"""The reader's model is the same, byte for byte, after everything that a notebook can ask."""

import inspect

import numpy as np
import pytest
from PIL import Image
from toys import QUICK, restless_classifier, state_of

import helpers
from helpers import METHODS, attribute, wrap_classifier
from helpers.errors import HelpersError
from helpers.evaluation import max_sensitivity
from helpers.models import loading

SIDE, SCENE = 16, "can_opener"
PICTURE = np.random.default_rng(0).uniform(0, 255, (SIDE, SIDE, 3)).astype(np.float32)
IMAGE, MAP = Image.fromarray(PICTURE.astype(np.uint8)), PICTURE[..., 0]
CORNER = np.pad(np.ones((4, 4), bool), ((0, SIDE - 4), (0, SIDE - 4)))


def views():
    return helpers.scene_views(SCENE)[:2]


# What is asked of the wrapped model w, by the names of what notebooks import.
USES = {
    "attribute": lambda w: attribute(w, PICTURE, 1, layer_idx="conv"),
    "compute_saliency_map": lambda w: helpers.compute_saliency_map(w, PICTURE, ["a", "b"]),
    "visualize_class": lambda w: helpers.visualize_class(w, 1, steps=2, progress=False),
    "class_index": lambda w: helpers.class_index("b", w),
    "class_names": lambda w: helpers.class_names(w),
    "class_logits": lambda w: helpers.class_logits(PICTURE, w),
    "class_probabilities": lambda w: helpers.class_probabilities(PICTURE, w),
    "compute_logits": lambda w: helpers.compute_logits(w, PICTURE[None]),
    "make_prediction": lambda w: helpers.make_prediction(PICTURE, w),
    "wrap_classifier": lambda w: wrap_classifier(w, preprocess=lambda x: x / 2)(PICTURE[None]),
    "to_array": lambda w: helpers.to_array(IMAGE, w),
    "load_folder": lambda w: helpers.load_folder(loading.__file__.rsplit("/", 1)[0], w),
    "clone_classifier": lambda w: helpers.clone_classifier(w)(PICTURE[None]),
    "randomisation_stages": lambda w: helpers.randomisation_stages(w),
    "randomisation_test": lambda w: helpers.randomisation_test(
        w, PICTURE, 1, ["gradient", "grad_cam"], by="layer", progress=False
    ),
    "randomise_weights": lambda w: helpers.randomise_weights(helpers.clone_classifier(w), [0, 1]),
    "manipulate_map": lambda w: helpers.manipulate_map(
        w, PICTURE, 1, CORNER, steps=2, progress=False
    ),
    "report_card": lambda w: helpers.report_card(w, IMAGE, 1, controls=2, noisy_copies=1),
    "deletion_curve": lambda w: helpers.deletion_curve(w, PICTURE, 1, MAP, steps=2),
    "scene_case": lambda w: helpers.scene_case(w, helpers.load_scene(SCENE), 1),
    "object_effects": lambda w: helpers.object_effects(w, helpers.load_scene(SCENE), 1),
    "effects_over_views": lambda w: helpers.effects_over_views(w, SCENE, 1, views()),
    "object_areas": lambda w: helpers.object_areas(w, SCENE, views()),
    "object_ratios": lambda w: helpers.object_ratios(w, SCENE, 1, views()),
    "variant_scores": lambda w: helpers.variant_scores(w, SCENE, 1, "all", views()),
    "explore_smoothing": lambda w: helpers.explore_smoothing(IMAGE, PICTURE, "b", model=w).frame,
    "explore_classes": lambda w: helpers.explore_classes(w, IMAGE).frame,
    "explore_masking": lambda w: helpers.explore_masking(w, IMAGE, boxes=[(2, 2, 9, 9)]).frame,
    "explore_methods": lambda w: helpers.explore_methods(w, {"mine": IMAGE}).frame,
    "explore_steering": lambda w: helpers.explore_steering(w, IMAGE, boxes=[(2, 2, 9, 9)]).frame,
    "explore_scenes": lambda w: helpers.explore_scenes(w).frame,
    "explore_photo": lambda w: helpers.explore_photo(w).frame,
    "max_sensitivity": lambda w: max_sensitivity(w, PICTURE, 1, "gradient", copies=1),
}


def test_nothing_that_takes_a_model_is_left_out():
    names = [name for name in dir(helpers) if inspect.isfunction(getattr(helpers, name, None))]
    asked = {n for n in names if "model" in inspect.signature(getattr(helpers, n)).parameters}
    assert asked - set(USES) == set(), "write in USES how they are asked"


def test_nothing_in_the_readers_model_changes():
    model = restless_classifier(SIDE)
    model.layers[1].trainable = False
    before = state_of(model)
    wrapped = wrap_classifier(model, class_names=["a", "b", "c"])
    for method in METHODS:
        attribute(wrapped, PICTURE, 1, method, **QUICK.get(method, {}))
        assert state_of(model) == before, method
    for name, use in USES.items():
        try:
            use(wrapped)
        except HelpersError:
            assert name == "load_folder"  # there is no picture in it
        assert state_of(model) == before, name
    with pytest.raises(HelpersError, match="use wrap_classifier"):
        attribute(model, PICTURE, 1)
    assert state_of(model) == before
