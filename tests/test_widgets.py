"""Explorers answer their controls with what the plain functions compute."""

import base64
import re

import ipywidgets
import numpy as np
import pytest
from PIL import Image

from helpers import HelpersError, saliency, widgets
from helpers.display import overlay_image
from helpers.widgets import Explorer, Frame, explore_smoothing, screen_size, slider

VIEW = "application/vnd.jupyter.widget-view+json"
PICTURE = np.random.default_rng(1).integers(0, 255, (60, 120, 3), np.uint8)
ROUGH = np.random.default_rng(0).normal(size=(56, 56, 3)).astype(np.float32)


@pytest.fixture
def explorer():
    return explore_smoothing(PICTURE, ROUGH, "tabby", sigma=2)


def shown_image(explorer):
    """The `<img>` that the live view shows now, as (alt, picture file)."""
    (markup,) = [
        child.value
        for child in explorer.view.children
        if isinstance(child, ipywidgets.HTML) and "<img" in child.value
    ]
    alt, data = re.search(r'alt="([^"]*)".*base64,([^"]*)"', markup).groups()
    return alt, base64.b64decode(data)


def expected(sigma=2.0, reduce="max_abs", strength=0.7):
    saliency_map = saliency.smooth(saliency.reduce_channels(ROUGH, reduce), sigma)
    return saliency_map, overlay_image(screen_size(PICTURE), saliency_map, strength)


def test_the_first_frame_is_what_the_plain_functions_give(explorer):
    saliency_map, overlay = expected()
    height = overlay.shape[0]
    np.testing.assert_array_equal(explorer.frame.picture[:height], overlay)
    assert explorer.frame.picture.shape == (height + 20, 480, 3)
    assert explorer.frame.note.startswith(f"Peak {saliency_map.max():.3g} logit per grey level.")


@pytest.mark.parametrize(
    ("name", "value"), [("sigma", 8.0), ("reduce", "l2"), ("reduce", "sum"), ("strength", 0.2)]
)
def test_every_control_changes_the_picture(explorer, name, value):
    before = shown_image(explorer)
    explorer.controls[name].value = value
    overlay = expected(**{"sigma": 2.0, name: value})[1]
    np.testing.assert_array_equal(explorer.frame.picture[: len(overlay)], overlay)
    assert shown_image(explorer)[1] != before[1]


def test_alt_text_and_note_follow_the_controls(explorer):
    assert shown_image(explorer)[0].startswith("Map for tabby over its picture, sigma 2: strongest")
    explorer.controls["sigma"].value = 7.5
    assert "sigma 7.5:" in shown_image(explorer)[0]
    explorer.controls["reduce"].value = "sum"
    assert "Colours: -" in explorer.view.children[-1].value


def test_no_gradient_is_asked_for(explorer, monkeypatch):
    def refuse(*_args, **_options):
        raise AssertionError("the network was asked")

    monkeypatch.setattr(saliency, "attribute", refuse)
    monkeypatch.setattr(saliency, "compute_saliency_map", refuse)
    explorer.controls["sigma"].value = 9
    explorer.controls["reduce"].value = "mean_abs"


def test_channels_are_reduced_once_for_each_choice(monkeypatch):
    calls = []

    def counted(attributions, how):
        calls.append(how)
        return saliency.reduce_channels(attributions, how)

    monkeypatch.setattr(widgets, "reduce_channels", counted)
    explorer = explore_smoothing(PICTURE, ROUGH)
    for sigma in (1, 2, 3):
        explorer.controls["sigma"].value = sigma
    assert calls == ["max_abs"]


def test_every_control_has_a_label(explorer):
    assert all(control.description for control in explorer.controls.values())
    assert set(widgets.REDUCTIONS.values()) == set(saliency.REDUCTIONS)


def test_a_page_without_a_kernel_gets_a_static_figure(explorer):
    explorer.controls["sigma"].value = 4
    bundle = explorer._repr_mimebundle_()
    assert set(bundle) == {VIEW, "text/html", "text/plain"}
    assert "sigma 4:" in bundle["text/html"]
    assert "Peak" in bundle["text/html"]
    assert bundle["text/plain"].startswith("Figure: Map for tabby")
    assert bundle[VIEW]["model_id"] == explorer.view.model_id


def test_text_is_escaped():
    explorer = explore_smoothing(PICTURE, ROUGH, "<b>cat</b>")
    assert "<b>" not in explorer._repr_mimebundle_()["text/html"]


def test_a_helpers_error_becomes_a_sentence_and_the_picture_stays():
    def draw(value):
        if value > 1:
            raise HelpersError("That is <too> much.")
        return Frame(PICTURE, "A picture of coloured noise.", "fine")

    explorer = Explorer(draw, {"value": slider("value", 0, 0, 2, 1)})
    before = shown_image(explorer)
    explorer.controls["value"].value = 2
    assert "That is &lt;too&gt; much." in explorer.view.children[-1].value
    assert shown_image(explorer) == before
    explorer.controls["value"].value = 1
    assert "fine" in explorer.view.children[-1].value


@pytest.mark.parametrize(
    "options",
    [{"sigma": -1}, {"sigma": float("nan")}, {"reduce": "median"}, {"strength": 2}],
    ids=str,
)
def test_a_start_out_of_range_is_one_sentence(options):
    with pytest.raises(HelpersError):
        explore_smoothing(PICTURE, ROUGH, **options)


@pytest.mark.parametrize("attributions", [ROUGH[..., 0], ROUGH[None]], ids=["a map", "a batch"])
def test_other_shapes_than_attributions_are_refused(attributions):
    with pytest.raises(HelpersError, match=r"shape \(h, w, 3\)"):
        explore_smoothing(PICTURE, attributions)


def test_pictures_are_brought_to_one_width():
    assert screen_size(Image.new("RGB", (1024, 576))).size == (480, 270)
    assert screen_size(np.zeros((1, 1000, 3))).size == (480, 1)
