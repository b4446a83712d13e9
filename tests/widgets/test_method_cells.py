"""The code of a view, run as a reader would run it, gives what the view shows."""

import inspect

import numpy as np
import pytest
from hands import NAMES, PHOTO, PICTURE, ROUGH, logits_of
from PIL import Image
from toys import lively_classifier

import helpers
from helpers import (
    explore_classes,
    explore_masking,
    explore_methods,
    explore_scenes,
    explore_smoothing,
)
from helpers.pictures.images import to_array
from helpers.widgets.mask_view import Masking

OTHERS = {"photo": Image.fromarray(PHOTO), "wide": Image.fromarray(PICTURE)}


@pytest.fixture
def run(monkeypatch):
    """Run code with the names that it asks for; gives what was drawn, and the names after it."""
    drawn = []

    def noted(name):
        show = getattr(helpers, name)
        signature = inspect.signature(show)

        def draw(*given, **options):
            drawn.append(signature.bind(*given, **options).arguments)
            return show(*given, **options)

        return draw

    for name in ("show_maps", "show_saliency", "show_images"):
        monkeypatch.setattr(helpers, name, noted(name), raising=False)

    def run(explorer, **names):
        drawn.clear()
        exec(explorer.code(), names)
        return list(drawn), names

    return run


def maps_in(drawn):
    return [one for call in drawn for one in call.get("maps", [call.get("saliency_map")])]


def titles_in(drawn):
    return [one for call in drawn for one in call.get("titles", [call.get("title")])]


def shown_maps(explorer):
    return [panel for panel in explorer.frame.panels if panel.values is not None]


def same(drawn, explorer):
    """The maps, their words and their strength are those of the view."""
    panels = shown_maps(explorer)
    assert len(maps_in(drawn)) == len(panels)
    for found, panel in zip(maps_in(drawn), panels):
        np.testing.assert_allclose(found, panel.values, rtol=1e-4, atol=1e-6)
    strength = explorer.controls["strength"].value
    assert {call["overlay"] for call in drawn} == {0.0 if strength == 1 else strength}


def test_smoothing(run):
    explorer = explore_smoothing(PICTURE, ROUGH, "cat", sigma=3, label="logit")
    given = {"img": PICTURE, "attributions": ROUGH}
    same(run(explorer, **given)[0], explorer)
    explorer.set(shown="wipe", other=1, reduce="sum", scale="own", strength=1)
    drawn, _ = run(explorer, **given)
    same(drawn, explorer)
    assert drawn[0]["shared"] is False and drawn[0]["label"] == "logit"


@pytest.mark.parametrize("scale", ["one", "own"])
def test_classes(toy, run, scale):
    explorer = explore_classes(toy, PICTURE, ["tabby", "cup"], sigma=1)
    explorer.set(scale=scale)
    drawn, _ = run(explorer, model=toy, img=PICTURE)
    same(drawn, explorer)
    assert titles_in(drawn) == ["tabby", "cup"] and drawn[0]["shared"] is (scale == "one")


@pytest.mark.parametrize("boxes", [[], [[0, 0, 4, 4]], [[0, 0, 4, 4], [2, 2, 6, 7]]], ids=len)
@pytest.mark.parametrize("fill", ["blur", 255])
def test_masking(toy, run, boxes, fill, capsys):
    explorer = explore_masking(toy, PHOTO, "ball", boxes=boxes, fill=fill)
    drawn, after = run(explorer, model=toy, img=PHOTO)
    masking = Masking(toy, PHOTO)
    np.testing.assert_array_equal(drawn[0]["images"][0], masking.masked(boxes, fill))
    lines = capsys.readouterr().out.splitlines()
    table = explorer.frame.tables[0].rows[: len(lines)]
    assert len(lines) == 6
    np.testing.assert_allclose(
        after["now"] - after["before"],
        logits_of(masking.masked(boxes, fill), toy) - logits_of(to_array(PHOTO, toy), toy),
        atol=1e-5,
    )
    for line, row in zip(lines, table):
        assert line.startswith(row.name.removesuffix(" (2)"))


@pytest.mark.parametrize("shown", ["beside each other", "wipe", "difference"])
@pytest.mark.parametrize(
    "second",
    [
        {},
        {"compare": "other_method", "other_method": "guided_backprop"},
        {"compare": "other_method", "other_method": "grad_cam"},
        {"compare": "other_target", "other_target": "cup"},
        {"compare": "other_picture", "other_picture": "wide"},
        {"compare": "other_sigma", "other_sigma": 3.0},
        {"compare": "other_network", "other_network": "other"},
    ],
    ids=lambda second: second.get("compare", "one"),
)
def test_methods(toy, run, second, shown):
    networks = {toy.name: toy, "other": lively_classifier([*NAMES[::-1]])}
    explorer = explore_methods(toy, OTHERS, sigma=1, networks=networks)
    explorer.set(target="tabby", shown=shown, **second)
    drawn, _ = run(explorer, model=toy, networks=networks, pictures=OTHERS)
    same(drawn, explorer)
    captions = [panel.caption for panel in shown_maps(explorer)]
    assert titles_in(drawn) == captions
    if explorer.frame.scale and "limits" in drawn[0]:
        assert drawn[0]["limits"] == pytest.approx(explorer.frame.scale.limits)


def test_methods_that_wait_have_code_too(toy):
    explorer = explore_methods(toy, OTHERS)
    explorer.set(method="smoothgrad")
    compile(explorer.code(), "view", "exec")
    assert "samples=" in explorer.code()


def test_bundled_networks_and_pictures_are_loaded_by_name(monkeypatch):
    code = helpers.widgets.method_cells.method_cells
    asked = helpers.widgets.method_view.Asked
    one = code([asked("coffee", "cup", network="squeezenet")], ["cup"], ["it"], 0.7, "", "one")
    assert "load_model('squeezenet'), load_image('coffee')" in one and "# model" not in one


def test_scenes(seer, run, capsys):
    explorer = explore_scenes(seer, "can_opener", "hero", "mug")
    explorer.set(on_1=False, sigma=2, strength=0.4)
    drawn, _ = run(explorer, model=seer)
    same(drawn, explorer)
    np.testing.assert_array_equal(
        np.asarray(drawn[0]["img"]),
        np.asarray(helpers.load_scene("can_opener").picture("no_opener")),
    )
    told = dict(line.rsplit(" ", 1) for line in capsys.readouterr().out.splitlines())
    effects = {row.name: float(row.words[1]) for row in explorer.frame.tables[0].rows}
    assert {name: float(number) for name, number in told.items()} == effects
