"""Maps of all methods are those of the plain functions, each computed once."""

import re
import threading
from dataclasses import replace

import numpy as np
import pytest
from hands import NAMES, OTHER, PHOTO, count_attributions
from toys import lively_classifier, one_sentence

from helpers import HelpersError, attribute
from helpers.attribution.reduction import read_map
from helpers.attribution.registry import METHODS, reading_of
from helpers.attribution.saliency import smooth
from helpers.display import GRADIENT_UNIT, overlay_image
from helpers.pictures.images import to_array
from helpers.widgets import method_view
from helpers.widgets.method_view import Asked, MethodMaps
from helpers.widgets.networks import Networks
from helpers.widgets.pace import expected_seconds
from helpers.widgets.seen import screen_size
from helpers.widgets.words import method_words


@pytest.fixture
def maps(toy):
    return MethodMaps(Networks(toy), {"photo": PHOTO, "other": OTHER})


QUICK = [name for name, record in METHODS.items() if record.is_quick]
SMOOTHGRAD = Asked("photo", "tabby", "smoothgrad", {"samples": 12}, 0)


@pytest.mark.parametrize("method", QUICK)
def test_a_quick_method_is_there_at_once(maps, toy, method):
    frame = maps.frame([Asked("photo", "tabby", method, {}, 0.5)], 0.6)
    assert "press Compute" not in frame.note and METHODS[method].source in frame.note
    picture, panel = frame.panels
    assert panel.caption == f"{method_words(method)} for tabby"
    assert picture.caption.startswith("logit ")
    assert picture.alt == "The picture that the map belongs to: photo."
    np.testing.assert_array_equal(picture.picture, screen_size(PHOTO, 320))
    found = attribute(toy, to_array(PHOTO, toy), 1, method)
    values = smooth(read_map(found, reading_of(method)).astype(np.float32), 0.5)
    expected = overlay_image(screen_size(PHOTO, 320), values, 0.6)
    np.testing.assert_allclose(panel.picture, expected, atol=1)
    np.testing.assert_allclose(panel.values, values, rtol=1e-5, atol=1e-9)


def test_the_overlay_at_its_end_is_the_map_alone(maps):
    asked = Asked("photo", "tabby", "random_map")
    maps.put("other", 255 - PHOTO)
    both = asked, replace(asked, picture="other")
    first, second = (maps.frame([question], 1).panels[1].picture for question in both)
    np.testing.assert_array_equal(first, second)


def test_a_slow_method_waits_to_be_computed_and_the_last_map_keeps_its_place(maps, monkeypatch):
    calls = count_attributions(monkeypatch, method_view)
    (_, blank) = maps.frame([SMOOTHGRAD], 0.7).panels
    assert calls == [] and blank.values is None
    assert blank.caption == "SmoothGrad waits for Compute"
    shown = maps.frame([Asked("photo", "tabby", "gradient", {}, 0)], 0.7)
    frame = maps.frame([SMOOTHGRAD], 0.7)
    assert frame.scale is None and len(calls) == 1
    assert frame.panels[1].scale == shown.scale
    assert re.fullmatch(
        r"SmoothGrad takes about [\d.]+ m?s on this machine: press Compute.", frame.note
    )
    np.testing.assert_array_equal(frame.panels[1].picture, shown.panels[1].picture)
    assert frame.panels[1].caption == "Still Gradient for tabby; SmoothGrad waits for Compute"
    maps.compute(SMOOTHGRAD)
    assert maps.frame([SMOOTHGRAD], 0.7).panels[1].caption == "SmoothGrad for tabby"
    other = replace(SMOOTHGRAD, options={"samples": 13})
    assert "waits for Compute" in maps.frame([other], 0.7).panels[1].caption
    assert calls[1:] == [(1, "smoothgrad", {"samples": 12})]


def test_a_map_is_computed_once_for_each_question(maps, monkeypatch):
    calls = count_attributions(monkeypatch, method_view)
    for target in ("tabby", " Tabby"):
        for sigma in (0, 3):
            maps.frame([Asked("photo", target, "gradient", {}, sigma)], 0.7)
    assert calls == [(1, "gradient", {})]
    for other in (Asked("other", "tabby"), Asked("photo", "cup")):
        maps.frame([other], 0.7)
    assert len(calls) == 3


def test_the_oldest_map_is_forgotten(maps, monkeypatch):
    monkeypatch.setattr(method_view, "KEPT", 2)
    calls = count_attributions(monkeypatch, method_view)
    for target in ("tabby", "cup", "ball", "ball", "cup", "tabby"):
        maps.compute(Asked("photo", target))
    assert [call[0] for call in calls] == [1, 4, 7, 1]


def test_another_picture_of_the_same_name(maps, toy):
    asked = Asked("photo", "tabby")
    before, _ = maps.compute(asked)
    kept, _ = maps.compute(Asked("other", "tabby"))
    maps.put("photo", OTHER)
    np.testing.assert_array_equal(maps.compute(asked)[0], kept)
    assert not np.array_equal(before, kept)
    np.testing.assert_array_equal(maps.seen("photo").array, to_array(OTHER, toy))


def test_work_on_the_old_picture_that_ends_late_spoils_nothing(maps, monkeypatch):
    asked = Asked("photo", "tabby")
    going, go = threading.Event(), threading.Event()

    def late(*arguments, **options):
        going.set()
        assert go.wait(30)
        return attribute(*arguments, **options)

    monkeypatch.setattr(method_view, "attribute", late)
    thread = threading.Thread(target=maps.compute, args=[asked])
    thread.start()
    assert going.wait(30)
    maps.put("photo", OTHER)
    go.set()
    thread.join(30)
    other = maps.compute(Asked("other", "tabby"))[0]
    np.testing.assert_array_equal(maps.compute(asked)[0], other)


@pytest.mark.parametrize(
    ("asked", "part"),
    [
        (Asked("photo", "tabbi"), "did you mean tabby"),
        (Asked("photo", "tabby", "occlusion", {"patch": 99}), "does not fit"),
        (Asked("photo", "tabby", "occlusion", {"patch": 2, "stride": 3}), "at most the patch"),
    ],
)
def test_methods_refuse_in_one_sentence(maps, asked, part):
    with pytest.raises(HelpersError, match=part) as error:
        maps.compute(asked)
    one_sentence(error)


def test_the_report_card_is_about_the_question(maps):
    card = maps.card(Asked("photo", "crane (3)", "input_x_gradient"))
    assert (card.method, card.class_name) == ("input_x_gradient", "crane")
    assert card.logit == pytest.approx(maps.seen("photo").logits[3], abs=1e-4)


# Two maps


def two(**changes):
    first = Asked("photo", "tabby", "gradient", {}, 1)
    return [first, replace(first, **changes)]


@pytest.mark.parametrize(
    "changes", [{"method": "guided_backprop"}, {"target": "cup"}, {"sigma": 0}], ids=str
)
def test_two_maps_of_one_unit_share_a_scale(maps, changes):
    asked = two(**changes)
    frame = maps.frame(asked, 0.7)
    _, first, second = frame.panels
    limit = max(np.abs(panel.values).max() for panel in (first, second))
    assert frame.scale.limits == pytest.approx((0, limit)) and first.scale is None
    assert first.caption != second.caption and not frame.wipe
    assert frame.note.startswith("Rank correlation of the two maps (1: same order): ")
    own = maps.frame(asked, 0.7, scale="own")
    assert own.scale is None
    for panel in own.panels[1:]:
        assert panel.scale.limits == pytest.approx((0, np.abs(panel.values).max()))


def test_units_that_differ_never_share_a_scale(maps):
    frame = maps.frame(two(method="grad_cam"), 0.7)
    assert frame.scale is None and all(panel.scale for panel in frame.panels[1:])
    assert "each map has its own scale" in frame.note
    assert {panel.scale.label for panel in frame.panels[1:]} == {
        GRADIENT_UNIT,
        "relative strength",
    }


def test_two_pictures_stand_without_a_third(maps):
    frame = maps.frame(two(picture="other"), 0.7)
    assert [panel.caption for panel in frame.panels] == [
        "Gradient for tabby, photo",
        "Gradient for tabby, other",
    ]
    sizes = [panel.picture.shape for panel in frame.panels]
    assert sizes[0] != sizes[1]


def test_two_networks(toy, maps):
    other = lively_classifier([*NAMES[::-1]])
    maps = MethodMaps(Networks(toy, {"toy": toy, "other": other}), {"photo": PHOTO})
    frame = maps.frame(two(network="other"), 0.7)
    captions = [panel.caption for panel in frame.panels]
    assert captions == ["Gradient for tabby", "Gradient for tabby, other"]
    expected = read_map(attribute(other, to_array(PHOTO, other), "tabby"), "absolute")
    np.testing.assert_allclose(frame.panels[1].values, smooth(expected, 1), rtol=1e-5)


def test_a_difference_is_in_shares_of_each_peak(maps):
    asked = two(method="grad_cam")
    frame = maps.frame(asked, 0.7, "difference")
    first, second = (smooth(maps.compute(question)[0], 1) for question in asked)
    expected = first / np.abs(first).max() - second / np.abs(second).max()
    np.testing.assert_allclose(frame.panels[1].values, expected, atol=1e-6)
    assert frame.scale.label == "shares of each map's peak"
    assert frame.scale.limits == pytest.approx((-np.abs(expected).max(), np.abs(expected).max()))
    assert maps.frame(asked, 0.7, "wipe").wipe


def test_the_time_of_a_map_follows_its_options():
    def seconds(options):
        return expected_seconds("smoothgrad", options, 0.1, 0.05)

    assert seconds({"samples": 50}) == pytest.approx(5)
    assert seconds({"samples": 100}) == pytest.approx(10)
    coarse = expected_seconds("occlusion", {"stride": 32}, 0.1, 0.05)
    assert expected_seconds("occlusion", {"stride": 16}, 0.1, 0.05) == pytest.approx(4 * coarse)
