"""What the explorers show is what the plain functions give, on toy networks."""

import itertools
import re
import threading

import numpy as np
import pytest
from PIL import Image
from toys import SIDE, lively_classifier, one_sentence

from helpers import attribute, read_map
from helpers.attribution.registry import METHODS
from helpers.attribution.saliency import smooth
from helpers.backend import keras
from helpers.classes import register_class_names
from helpers.display import GRADIENT_UNIT, overlay_image
from helpers.errors import HelpersError
from helpers.evaluation import object_effects
from helpers.models.prediction import class_logits
from helpers.pictures.images import to_array
from helpers.pictures.masking import box_mask, mask_region
from helpers.pictures.scenes import load_scene
from helpers.widgets import views as explorations
from helpers.widgets.views import (
    ClassMaps,
    Masking,
    MethodMaps,
    SceneSwitches,
    Smoothing,
    screen_size,
)

NAMES = ["<b>cat</b>", "tabby", "crane", "crane", "cup", "banana", "lemon", "ball"]
RNG = np.random.default_rng(6)
PHOTO = RNG.integers(0, 255, (30, 45, 3), np.uint8)
OTHER = RNG.integers(0, 255, (40, 20, 3), np.uint8)


@pytest.fixture(scope="module")
def toy():
    """A network of 8 x 8 pixels and eight classes, two of which share their name."""
    return lively_classifier(NAMES)


@pytest.fixture(scope="module")
def seer():
    """A network of 64 x 64 pixels, so that the objects of a scene can be seen, with 4 classes."""
    keras.utils.set_random_seed(3)
    pixels = keras.Input((64, 64, 3))
    x = keras.layers.Conv2D(6, 5, strides=2, activation="tanh")(pixels / 255)
    x = keras.layers.GlobalMaxPooling2D()(x)
    model = keras.Model(pixels, keras.layers.Dense(4)(x), name="seer")
    register_class_names(model, ["can opener", "mug", "<b>cat</b>", "tray"])
    return model


def logits_of(array, model):
    return class_logits(array, model)[0][0]


def first_map(model, target, method="gradient", photo=PHOTO):
    reading = "absolute" if method == "gradient" else "signed"
    return read_map(attribute(model, to_array(photo, model), target, method), reading)


# Pictures and methods


def test_pictures_are_brought_to_one_width():
    assert screen_size(Image.new("RGB", (1024, 576))).size == (480, 270)
    assert screen_size(np.zeros((1, 1000, 3))).size == (480, 1)
    assert screen_size(PHOTO, 90).size == (90, 60)


def test_what_takes_one_pass_is_quick():
    slow = {"smoothgrad", "vargrad", "integrated_gradients", "occlusion", "rise", "xrai"}
    assert {name for name, record in METHODS.items() if not record.is_quick} == slow


def test_what_is_seen_of_a_picture(toy):
    seen = MethodMaps(toy, {"it": PHOTO}).seen("it")
    expected = logits_of(to_array(PHOTO, toy), toy)
    np.testing.assert_array_equal(seen.logits, expected)
    assert seen.top() == list(np.argsort(-expected)[:5])
    assert seen.probabilities.sum() == pytest.approx(1)
    best = seen.top(1)[0]
    assert seen.words(best).startswith(f"logit {expected[best]:.1f}, probability 0.")


def test_something_that_is_no_picture(toy):
    for make in (ClassMaps, Masking):
        with pytest.raises(HelpersError, match=r"shape \(h, w, 3\)") as error:
            make(toy, PHOTO[..., 0])
        one_sentence(error)


# Smoothing


def test_smoothing_shows_the_smoothed_map():
    rough = RNG.normal(size=(8, 8, 3))
    frame = Smoothing(PHOTO, rough, "<b>cat</b>", "logit").frame(2, "sum", 0.5)
    values = smooth(rough.sum(-1), 2)
    np.testing.assert_array_equal(
        frame.panels[0].picture, overlay_image(screen_size(PHOTO), values, 0.5)
    )
    assert frame.panels[0].caption == "Map for <b>cat</b> over its picture, sigma 2"
    assert frame.note == f"Peak {np.abs(values).max():.3g} logit."
    assert frame.scale.limits == pytest.approx((-np.abs(values).max(), np.abs(values).max()))
    assert "for" not in Smoothing(PHOTO, rough, "", "logit").frame(2, "sum", 0.5).panels[0].caption


# Classes


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
    assert frame.scale.limits == (0, 1) and frame.scale.label == "no unit"
    assert not [warning for warning in recwarn if "constant" in str(warning.message).lower()]


def test_a_class_map_is_computed_once(toy, monkeypatch):
    calls = count_attributions(monkeypatch)
    maps = ClassMaps(toy, PHOTO)
    for sigma in (0, 1, 2):
        maps.frame(["tabby", "cup"], sigma, 0.7)
    assert [call[0] for call in calls] == [1, 4]


def count_attributions(monkeypatch):
    """Note (class, method, options) of everything that is computed."""
    calls = []

    def counted(model, array, target, method, **options):
        calls.append((target, method, options))
        return attribute(model, array, target, method, **options)

    monkeypatch.setattr(explorations, "attribute", counted)
    return calls


# Masking


@pytest.fixture(scope="module")
def masking(toy):
    return Masking(toy, PHOTO)


BOXES = [[0, 0, 4, 4], [2, 2, 6, 7]]


@pytest.mark.parametrize("fill", ["blur", "mean", "black", 255])
@pytest.mark.parametrize("boxes", [BOXES[:1], BOXES], ids=["one", "overlapping"])
def test_masking_asks_the_network_about_the_masked_picture(masking, toy, boxes, fill):
    array = to_array(PHOTO, toy)
    union = np.logical_or.reduce([box_mask(box, (SIDE, SIDE)) for box in boxes])
    expected = mask_region(array, union, fill)
    np.testing.assert_array_equal(masking.masked(boxes, fill), expected)
    frame = masking.frame(boxes, fill)
    before, after = logits_of(array, toy), logits_of(expected, toy)
    for index in masking.seen.top():
        name = re.escape(masking.words[index].replace("<", "&lt;").replace(">", "&gt;"))
        numbers = [
            f"{before[index]:.1f}",
            f"{after[index]:.1f}",
            f"{after[index] - before[index]:+.1f}",
        ]
        cells = "".join(f"<td[^>]*>{re.escape(number)}</td>" for number in numbers)
        assert re.search(f"{name}</th>{cells}", frame.table), (name, numbers)
    assert frame.note.startswith(f"Hidden: {union.mean():.0%} of the picture.")
    assert f"{ {1: 'one box', 2: '2 boxes'}[len(boxes)] } painted over" in frame.alt
    shown = Image.fromarray(np.rint(expected).astype(np.uint8)).resize((480, 320), 3)
    np.testing.assert_array_equal(frame.panels[0].picture, shown)


def test_without_a_box_nothing_changes(masking):
    frame = masking.frame([], "blur")
    assert "Hidden: 0%" in frame.note and "still" in frame.note and "no box" in frame.alt
    changes = re.findall(r">([+-]\d+\.\d)</td><td[^>]*>\d\.\d\d →", frame.table)
    assert changes == ["+0.0"] * 5


def test_a_new_first_choice_is_named_and_listed(toy):
    masking = Masking(toy, PHOTO)
    rivals = [
        [top, left, top + size, left + size]
        for size in (4, 6, 8)
        for top, left in itertools.product(range(9 - size), repeat=2)
    ]
    first = masking.seen.top(1)[0]
    for box, fill in itertools.product(rivals, ("black", 255)):
        best = int(logits_of(masking.masked([box], fill), toy).argmax())
        if best != first:
            break
    masking._classes = [first]
    frame = masking.frame([box], fill)
    names = masking.words[first], masking.words[best]
    assert f"no longer {names[0]} but {names[1]}." in frame.note
    assert len(re.findall('scope="row"', frame.table)) == 2


def test_a_class_of_ones_own_is_listed_first(toy):
    last = int(np.argmin(logits_of(to_array(PHOTO, toy), toy)))
    masking = Masking(toy, PHOTO, last)
    rows = re.findall('scope="row"[^>]*>(.*?)<', masking.frame([], 0).table)
    assert rows[0] == masking.words[last] and len(rows) == 6


@pytest.mark.parametrize("box", [[-1, 0, 3, 3], [0, 0, 9, 3], [3, 3, 3, 6]], ids=str)
def test_a_box_outside_of_the_picture(masking, box):
    with pytest.raises(HelpersError, match="empty or reaches over the edge") as error:
        masking.frame([[0, 0, 2, 2], box], "blur")
    one_sentence(error)


# Methods


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
    values = read_map(attribute(toy, to_array(PHOTO, toy), 1, method), how)
    expected = overlay_image(screen_size(PHOTO, 320), smooth(values, 0.5), 0.6)
    np.testing.assert_allclose(panel.picture, expected, atol=1)


def test_a_slow_method_waits_to_be_computed(maps, monkeypatch):
    calls = count_attributions(monkeypatch)
    asked = "photo", "tabby", "smoothgrad", {"samples": 12}
    frame = maps.frame(*asked, 0, 0.7)
    assert len(frame.panels) == 1 and frame.scale is None and calls == []
    assert frame.note == "smoothgrad takes 50 gradients with its defaults: press Compute."
    maps.compute(*asked)
    assert len(maps.frame(*asked, 0, 0.7).panels) == 2
    assert len(maps.frame("photo", "tabby", "smoothgrad", {"samples": 13}, 0, 0.7).panels) == 1
    assert calls == [(1, "smoothgrad", {"samples": 12})]


def test_a_map_is_computed_once_for_each_question(maps, monkeypatch):
    calls = count_attributions(monkeypatch)
    for target in ("tabby", " Tabby"):
        for sigma in (0, 3):
            maps.frame("photo", target, "gradient", {}, sigma, 0.7)
    assert calls == [(1, "gradient", {})]
    for other in (("other", "tabby", "gradient"), ("photo", "cup", "gradient")):
        maps.frame(*other, {}, 0, 0.7)
    assert len(calls) == 3


def test_the_oldest_map_is_forgotten(maps, monkeypatch):
    monkeypatch.setattr(explorations, "KEPT", 2)
    calls = count_attributions(monkeypatch)
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

    monkeypatch.setattr(explorations, "attribute", late)
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


# Scenes


def numbers_in(table):
    """Object -> (share over area, effect), as the table says."""
    row = r'scope="row"[^>]*>(.*?)</th><td[^>]*>(.*?)</td><td[^>]*>(.*?)</td>'
    return {name: (share, effect) for name, share, effect in re.findall(row, table)}


@pytest.fixture(scope="module")
def switches(seer):
    return SceneSwitches(seer)


@pytest.mark.parametrize(("scene", "view"), [("can_opener", "hero"), ("fruit", "view_00")])
def test_the_effects_are_those_of_the_evaluation(switches, seer, scene, view):
    place = load_scene(scene, view)
    frame = switches.frame(scene, view, [], "mug", "gradient", 2, 0.7)
    expected = object_effects(seer, place, "mug")
    found = numbers_in(frame.table)
    assert list(found) == list(place.objects)
    for name, (share, effect) in found.items():
        assert float(effect) == pytest.approx(expected[name].effect, abs=0.051)
        assert share.endswith(" x")
    np.testing.assert_array_equal(frame.panels[0].picture, screen_size(place.picture("all"), 320))
    assert frame.panels[0].alt == place.alt["all"]
    assert frame.panels[1].caption == "gradient for mug" and "(+0.0)" in frame.note


def test_an_object_that_is_switched_off(switches, seer):
    place = load_scene("can_opener")
    gone = list(place.objects)[1]
    variant = place.variant_without([gone])
    frame = switches.frame("can_opener", "hero", [gone], "mug", "gradient", 0, 0.7)
    np.testing.assert_array_equal(frame.panels[0].picture, screen_size(place.picture(variant), 320))
    array = to_array(place.picture(variant), seer)
    here, whole = logits_of(array, seer)[1], logits_of(to_array(place.picture(), seer), seer)[1]
    assert (
        f"logit {here:.1f} here, {whole:.1f} with all objects ({here - whole:+.1f})" in frame.note
    )
    full = numbers_in(switches.frame("can_opener", "hero", [], "mug", "gradient", 0, 0.7).table)
    now = numbers_in(frame.table)
    assert now[gone][0] == "gone"
    assert {name: effect for name, (_, effect) in now.items()} == {
        name: effect for name, (_, effect) in full.items()
    }


def test_every_combination_of_the_hero_views(switches):
    for scene in ("can_opener", "fruit"):
        objects = list(load_scene(scene).objects)
        for count in range(len(objects) + 1):
            for off in itertools.combinations(objects, count):
                frame = switches.frame(scene, "hero", off, "mug", "edge_map", 0, 0.7)
                assert [numbers_in(frame.table)[name][0] for name in off] == ["gone"] * count


def test_a_combination_that_was_not_rendered(switches):
    off = list(load_scene("can_opener").objects)[:2]
    with pytest.raises(HelpersError, match="has no picture without"):
        switches.frame("can_opener", "view_00", off, "mug", "gradient", 0, 0.7)


def test_scene_names_are_escaped(switches):
    frame = switches.frame("fruit", "hero", [], "<b>cat</b>", "gradient", 0, 0.7)
    assert "<b>" not in frame.table and "&lt;b&gt;cat" in frame.table


def test_the_class_to_begin_with(switches, toy):
    assert switches.first_class("can_opener", "hero") == "can opener"
    strange = SceneSwitches(toy)
    place = load_scene("can_opener")
    best = int(logits_of(to_array(place.picture(), toy), toy).argmax())
    assert strange.first_class("can_opener", "hero") == strange.words[best]


def test_of_a_scene_nothing_is_computed_twice(switches, monkeypatch):
    switches.frame("fruit", "hero", [], "tray", "gradient", 0, 0.7)
    monkeypatch.setattr(explorations, "attribute", None)
    monkeypatch.setattr(explorations, "class_logits", None)
    switches.frame("fruit", "hero", [], "tray", "gradient", 4, 0.2)
