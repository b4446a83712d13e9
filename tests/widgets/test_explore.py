"""Explorers answer their controls with what the plain functions compute, off the browser."""

import html
import re

import ipywidgets
import numpy as np
import pytest
from hands import (
    MARKED,
    NAMES,
    PICTURE,
    ROUGH,
    another_value,
    chosen,
    note,
    parts,
    screen,
    shown_image,
)

from helpers import HelpersError
from helpers.attribution import reduction, saliency
from helpers.display import overlay_image
from helpers.widgets import (
    explore,
    smoothing_view,
)
from helpers.widgets.explore import (
    explore_classes,
    explore_masking,
    explore_methods,
    explore_photo,
    explore_scenes,
    explore_smoothing,
    explore_steering,
)
from helpers.widgets.inputs import Access, BoxPad, PhotoInput, Screen, Takeaway, Thumbnails
from helpers.widgets.markup import HINT, pictures_html, tables_html
from helpers.widgets.seen import screen_size

VIEW = "application/vnd.jupyter.widget-view+json"


@pytest.fixture
def explorer():
    return explore_smoothing(PICTURE, ROUGH, "tabby", sigma=2)


def expected(sigma=2.0, reduce="max_abs", strength=0.7):
    saliency_map = saliency.smooth(reduction.reduce_channels(ROUGH, reduce), sigma)
    return saliency_map, overlay_image(screen_size(PICTURE), saliency_map, strength)


def test_the_first_frame_is_what_the_plain_functions_give(explorer):
    saliency_map, overlay = expected()
    (panel,) = explorer.frame.panels
    np.testing.assert_array_equal(panel.picture, overlay)
    assert explorer.frame.scale.limits == pytest.approx((0, saliency_map.max()))
    assert note(explorer).startswith(f"Peak {saliency_map.max():.3g} logit per grey level.")


@pytest.mark.parametrize(
    ("name", "value"), [("sigma", 8.0), ("reduce", "l2"), ("reduce", "sum"), ("strength", 0.2)]
)
def test_every_control_changes_the_picture(explorer, name, value):
    before = shown_image(explorer)
    explorer.controls[name].value = value
    overlay = expected(**{"sigma": 2.0, name: value})[1]
    np.testing.assert_array_equal(explorer.frame.panels[0].picture, overlay)
    assert shown_image(explorer)[1] != before[1]


def test_alt_text_and_note_follow_the_controls(explorer):
    assert shown_image(explorer)[0].startswith("Map for tabby over its picture, sigma 2: strongest")
    explorer.controls["sigma"].value = 7.5
    assert "sigma 7.5:" in shown_image(explorer)[0]
    explorer.controls["reduce"].value = "sum"
    assert re.search(r"<span>-[\d.]+</span><span>logit per grey level</span>", screen(explorer))


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
        return reduction.reduce_channels(attributions, how)

    monkeypatch.setattr(smoothing_view, "reduce_channels", counted)
    explorer = explore_smoothing(PICTURE, ROUGH)
    for sigma in (1, 2, 3):
        explorer.controls["sigma"].value = sigma
    assert calls == ["max_abs"]


def test_all_reductions_can_be_chosen():
    assert set(explore.REDUCTIONS.values()) == set(reduction.REDUCTIONS)


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


# All explorers

BOX = [(1, 1, 4, 5)]

MAKERS = {
    "smoothing": lambda model: explore_smoothing(PICTURE, ROUGH, NAMES[0]),
    "classes": lambda model: explore_classes(model, PICTURE, NAMES[:2]),
    "masking": lambda model: explore_masking(model, PICTURE, NAMES[0], boxes=[(1, 1, 4, 5)]),
    "methods": lambda model: explore_methods(model, {"noise": PICTURE, "dark": PICTURE // 2}),
    "steering": lambda model: explore_steering(
        model, PICTURE, NAMES[0], boxes=[(1, 1, 4, 5)], steered=np.full((8, 8, 3), 99.0)
    ),
    "scenes": lambda model: explore_scenes(model, target_class=NAMES[0]),
    "photo": explore_photo,
}


@pytest.fixture(params=MAKERS)
def any_explorer(request, toy):
    return MAKERS[request.param](toy)


LABELLED = (
    ipywidgets.FloatSlider,
    ipywidgets.IntSlider,
    ipywidgets.Dropdown,
    ipywidgets.Combobox,
    ipywidgets.Checkbox,
    ipywidgets.Button,
    ipywidgets.Text,
    PhotoInput,
    Thumbnails,
)
OTHERS = (
    ipywidgets.Box,
    ipywidgets.HTML,
    ipywidgets.Label,
    ipywidgets.FloatProgress,
    BoxPad,  # its alternative text is tested below
    Access,
    Screen,
    Takeaway,
)


def test_everything_on_the_page_has_a_name(any_explorer):
    for part in parts(any_explorer.view):
        assert isinstance(part, (*LABELLED, *OTHERS)), part
        hidden = getattr(part.layout, "display", None) == "none"
        assert not isinstance(part, LABELLED) or hidden or part.description, part
        if isinstance(part, BoxPad):
            assert part.alt.endswith(("painted over.", "the place for the map."))


def test_every_control_is_on_the_page(any_explorer):
    shown = list(parts(any_explorer.view))
    assert all(control in shown for control in any_explorer.controls.values())


def test_everything_on_the_page_is_escaped(any_explorer):
    bundle = any_explorer._repr_mimebundle_()
    markups = [part.value for part in parts(any_explorer.view) if isinstance(part, ipywidgets.HTML)]
    for markup in [*markups, screen(any_explorer), bundle["text/html"]]:
        assert not any(word in markup for word in MARKED)


def test_a_static_figure_stands_for_every_explorer(any_explorer):
    bundle = any_explorer._repr_mimebundle_()
    assert set(bundle) == {VIEW, "text/html", "text/plain"}
    frame = any_explorer.frame
    shown = pictures_html(frame) + tables_html([*frame.below, *frame.tables])
    assert shown in bundle["text/html"]
    assert any_explorer.frame.note in html.unescape(bundle["text/html"])
    assert HINT in bundle["text/html"]
    assert bundle["text/plain"] == f"Figure: {any_explorer.frame.alt}"
    assert all(panel.alt for panel in any_explorer.frame.panels)


def on_pad(explorer):
    """The picture that boxes are drawn on, and what lies over it."""
    pad = explorer.controls.get("boxes")
    return (pad.picture, pad.outline) if pad else ""


@pytest.mark.parametrize("name", MAKERS)
def test_every_control_changes_the_frame(name, toy):
    explorer = MAKERS[name](toy)
    for label, control in explorer.controls.items():
        if control.layout.display == "none" or (name == "photo" and label == "picture"):
            continue
        before, drawn = screen(explorer), explorer.frame
        picture, value = on_pad(explorer), control.value
        control.value = another_value(control, chosen(explorer))
        assert explorer.frame is not drawn, label
        changed = screen(explorer) != before or on_pad(explorer) != picture
        assert changed, label
        control.value = value


@pytest.mark.parametrize("name", ["classes", "methods", "scenes", "photo"])
def test_a_class_that_does_not_exist_gets_a_suggestion(name, toy):
    explorer = MAKERS[name](toy)
    field = explorer.controls.get("target") or explorer.controls["class_1"]
    before = screen(explorer)
    field.value = "<b>tabbi"
    assert note(explorer).startswith("There is no class '<b>tabbi'")
    field.value = "tabbi"
    assert note(explorer) == "There is no class 'tabbi'; did you mean tabby?"
    field.value = "crane"
    assert note(explorer).startswith("2 classes are called 'crane'")
    assert screen(explorer) == before
    field.value = "crane (3)"
    assert "crane (3)" in screen(explorer)


@pytest.mark.parametrize(
    ("make", "part"),
    [
        (lambda toy: explore_classes(toy, PICTURE, ["tabbi"]), "did you mean tabby"),
        (lambda toy: explore_classes(toy, PICTURE, range(5)), "5 are chosen"),
        (lambda toy: explore_classes(toy, PICTURE, []), "0 are chosen"),
        (lambda toy: explore_classes(toy, PICTURE, method="magic"), "no method 'magic'"),
        (lambda toy: explore_classes(toy, PICTURE, sigma=21), "sigma 0..20"),
        (lambda toy: explore_masking(toy, PICTURE, "tabbi"), "did you mean tabby"),
        (lambda toy: explore_masking(toy, PICTURE, fill="pink"), "fill='pink' is unknown"),
        (lambda toy: explore_masking(toy, PICTURE, boxes=[(0, 0, 9, 9)]), "over the edge"),
        (lambda toy: explore_masking(toy, PICTURE, boxes=(0, 0, 4, 4)), "list of boxes"),
        (lambda toy: explore_masking(toy, PICTURE, boxes=[(0, 0, 4)]), "list of boxes"),
        (lambda toy: explore_masking(toy, PICTURE, boxes=[(0, 0, 4, 4.5)]), "list of boxes"),
        (lambda toy: explore_masking(toy, PICTURE, boxes=3), "list of boxes"),
        (lambda toy: explore_steering(toy, PICTURE, boxes=[]), "Draw a box first"),
        (lambda toy: explore_steering(toy, PICTURE, boxes=[(0, 0, 9, 9)]), "over the edge"),
        (lambda toy: explore_steering(toy, PICTURE, boxes=BOX, limit=0), "limit starts at"),
        (lambda toy: explore_steering(toy, PICTURE, boxes=BOX, steps=7.5), "steps starts at"),
        (lambda toy: explore_steering(toy, PICTURE, "tabbi", boxes=BOX), "did you mean tabby"),
        (lambda toy: explore_steering(toy, PICTURE, boxes=BOX, steered=PICTURE), "8"),
        (lambda toy: explore_methods(toy, {}), "at least one picture"),
        (lambda toy: explore_methods(toy, [PICTURE]), "at least one picture"),
        (lambda toy: explore_methods(toy, {"a": PICTURE}, method="magic"), "no method 'magic'"),
        (lambda toy: explore_methods(toy, {"a": PICTURE}, strength=-1), "strength 0..1"),
        (lambda toy: explore_methods(toy, {"a": "chelsea"}), "shape"),
        (lambda toy: explore_scenes(toy, "cellar"), "no scene 'cellar'"),
        (lambda toy: explore_scenes(toy, view="side"), "no view 'side'"),
        (lambda toy: explore_scenes(toy, method="rise"), "not 'rise'"),
        (lambda toy: explore_scenes(toy, target_class="tabbi"), "did you mean tabby"),
    ],
)
def test_explorers_that_cannot_start(toy, make, part):
    with pytest.raises(HelpersError, match=part):
        make(toy)
