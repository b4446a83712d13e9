"""Maps of several classes are those of the plain functions, on one scale."""

import numpy as np
import pytest
from hands import PHOTO, count_attributions, logits_of
from toys import one_sentence

from helpers import HelpersError, attribute
from helpers.attribution.reduction import read_map
from helpers.attribution.saliency import smooth
from helpers.display import GRADIENT_UNIT, overlay_image
from helpers.pictures.images import to_array
from helpers.widgets import class_view
from helpers.widgets.class_view import ClassMaps
from helpers.widgets.seen import screen_size


def first_map(model, target, method="gradient", photo=PHOTO):
    reading = "absolute" if method == "gradient" else "signed"
    return read_map(attribute(model, to_array(photo, model), target, method), reading)


def test_classes_share_the_scale_of_the_largest_value(toy):
    frame = ClassMaps(toy, PHOTO).frame(["tabby", "cup", "", "crane (3)"], 1.5, 0.6)
    maps = [smooth(first_map(toy, index), 1.5) for index in (1, 4, 3)]
    assert frame.scale.limits == pytest.approx((0, max(m.max() for m in maps)))
    assert frame.scale.label == GRADIENT_UNIT
    for panel, values in zip(frame.panels, maps, strict=True):
        expected = overlay_image(screen_size(PHOTO, 320), values, 0.6, limits=frame.scale.limits)
        np.testing.assert_allclose(panel.picture, expected, atol=1)
    logits = logits_of(to_array(PHOTO, toy), toy)
    captions = [panel.caption for panel in frame.panels]
    assert captions[2].startswith(f"crane (3): logit {logits[3]:.1f}, probability ")
    ranks = [np.argsort(np.argsort(m.ravel())) for m in maps]
    for name, other in (("cup", ranks[1]), ("crane (3)", ranks[2])):
        assert f"{name} {np.corrcoef(ranks[0], other)[0, 1]:.2f}" in frame.note
    assert "the map for tabby" in frame.note


def test_one_class_asks_for_a_second(toy):
    frame = ClassMaps(toy, PHOTO, "input_x_gradient").frame(["tabby"], 0, 0.7)
    assert "second class" in frame.note and frame.scale.label == "logit"


def test_a_class_that_is_named_twice_is_shown_once(toy):
    maps = ClassMaps(toy, PHOTO)
    assert maps.chosen(["tabby", "Tabby", " tabby ", "", "cup"]) == [1, 4]
    assert maps.chosen([4, "cup"]) == [4]


@pytest.mark.parametrize(
    ("classes", "part"),
    [
        (["", " "], "0 are chosen"),
        (["tabby", "cup", "ball", "lemon", "banana"], "5 are chosen"),
        (["tabbi"], "did you mean tabby"),
        (["crane"], "choose 2 or 3"),
    ],
    ids=str,
)
def test_classes_that_cannot_be_shown(toy, classes, part):
    with pytest.raises(HelpersError, match=part) as error:
        ClassMaps(toy, PHOTO).frame(classes, 0, 0.7)
    one_sentence(error)


def test_maps_without_ranks(toy, recwarn):
    frame = ClassMaps(toy, np.full((9, 9, 3), 90, np.uint8), "edge_map").frame([0, 1], 0, 0.7)
    assert frame.note.endswith("tabby not defined (a map is constant).")
    assert frame.scale.limits == (0, 1) and frame.scale.label == "relative strength"
    assert not [warning for warning in recwarn if "constant" in str(warning.message).lower()]


def test_a_class_map_is_computed_once(toy, monkeypatch):
    calls = count_attributions(monkeypatch, class_view)
    maps = ClassMaps(toy, PHOTO)
    for sigma in (0, 1, 2):
        maps.frame(["tabby", "cup"], sigma, 0.7)
    assert [call[0] for call in calls] == [1, 4]
