"""Maps of all methods are those of the plain functions, each computed once."""

import threading

import numpy as np
import pytest
from hands import OTHER, PHOTO, count_attributions
from toys import one_sentence

from helpers import HelpersError, attribute
from helpers.attribution.reduction import read_map
from helpers.attribution.registry import METHODS
from helpers.attribution.saliency import smooth
from helpers.display import overlay_image
from helpers.pictures.images import to_array
from helpers.widgets import method_view
from helpers.widgets.method_view import MethodMaps
from helpers.widgets.seen import screen_size


@pytest.fixture
def maps(toy):
    return MethodMaps(toy, {"photo": PHOTO, "other": OTHER})


QUICK = [name for name, record in METHODS.items() if record.is_quick]


@pytest.mark.parametrize("method", QUICK)
def test_a_quick_method_is_there_at_once(maps, toy, method):
    frame = maps.frame("photo", "tabby", method, {}, 0.5, 0.6)
    assert "press Compute" not in frame.note and METHODS[method].source in frame.note
    picture, panel = frame.panels
    assert panel.caption == f"{method} for tabby"
    assert (
        picture.caption.startswith("logit ")
        and picture.alt == "The picture that the map belongs to: photo."
    )
    np.testing.assert_array_equal(picture.picture, screen_size(PHOTO, 320))
    sizes = {"gradient", "deconvnet", "guided_backprop", "guided_grad_cam"}
    how = "absolute" if method in sizes else "signed"
    values = read_map(attribute(toy, to_array(PHOTO, toy), 1, method), how).astype(np.float32)
    expected = overlay_image(screen_size(PHOTO, 320), smooth(values, 0.5), 0.6)
    np.testing.assert_allclose(panel.picture, expected, atol=1)


def test_a_slow_method_waits_to_be_computed(maps, monkeypatch):
    calls = count_attributions(monkeypatch, method_view)
    asked = "photo", "tabby", "smoothgrad", {"samples": 12}
    frame = maps.frame(*asked, 0, 0.7)
    assert len(frame.panels) == 1 and frame.scale is None and calls == []
    assert frame.note == "smoothgrad takes 50 gradients with its defaults: press Compute."
    maps.compute(*asked)
    assert len(maps.frame(*asked, 0, 0.7).panels) == 2
    assert len(maps.frame("photo", "tabby", "smoothgrad", {"samples": 13}, 0, 0.7).panels) == 1
    assert calls == [(1, "smoothgrad", {"samples": 12})]


def test_a_map_is_computed_once_for_each_question(maps, monkeypatch):
    calls = count_attributions(monkeypatch, method_view)
    for target in ("tabby", " Tabby"):
        for sigma in (0, 3):
            maps.frame("photo", target, "gradient", {}, sigma, 0.7)
    assert calls == [(1, "gradient", {})]
    for other in (("other", "tabby", "gradient"), ("photo", "cup", "gradient")):
        maps.frame(*other, {}, 0, 0.7)
    assert len(calls) == 3


def test_the_oldest_map_is_forgotten(maps, monkeypatch):
    monkeypatch.setattr(method_view, "KEPT", 2)
    calls = count_attributions(monkeypatch, method_view)
    for target in ("tabby", "cup", "ball", "ball", "cup", "tabby"):
        maps.compute("photo", target, "gradient", {})
    assert [call[0] for call in calls] == [1, 4, 7, 1]


def test_another_picture_of_the_same_name(maps, toy):
    asked = "photo", "tabby", "gradient", {}
    before, _ = maps.compute(*asked)
    kept, _ = maps.compute("other", *asked[1:])
    maps.put("photo", OTHER)
    np.testing.assert_array_equal(maps.compute(*asked)[0], kept)
    assert not np.array_equal(before, kept)
    np.testing.assert_array_equal(maps.seen("photo").array, to_array(OTHER, toy))


def test_work_on_the_old_picture_that_ends_late_spoils_nothing(maps, monkeypatch):
    asked = "photo", "tabby", "gradient", {}
    going, go = threading.Event(), threading.Event()

    def late(*arguments, **options):
        going.set()
        assert go.wait(30)
        return attribute(*arguments, **options)

    monkeypatch.setattr(method_view, "attribute", late)
    thread = threading.Thread(target=maps.compute, args=asked)
    thread.start()
    assert going.wait(30)
    maps.put("photo", OTHER)
    go.set()
    thread.join(30)
    np.testing.assert_array_equal(maps.compute(*asked)[0], maps.compute("other", *asked[1:])[0])


def test_methods_refuse_in_one_sentence(maps):
    for asked, part in (
        (("photo", "tabbi", "gradient", {}), "did you mean tabby"),
        (("photo", "tabby", "occlusion", {"patch": 99}), "does not fit"),
        (("photo", "tabby", "occlusion", {"patch": 2, "stride": 3}), "at most the patch"),
    ):
        with pytest.raises(HelpersError, match=part) as error:
            maps.compute(*asked)
        one_sentence(error)


def test_the_report_card_is_about_the_question(maps):
    card = maps.card("photo", "crane (3)", "input_x_gradient")
    assert (card.method, card.class_name) == ("input_x_gradient", "crane")
    assert card.logit == pytest.approx(maps.seen("photo").logits[3], abs=1e-4)
