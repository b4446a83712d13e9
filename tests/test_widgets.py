"""Explorers answer their controls with what the plain functions compute, off the browser."""

import base64
import html
import json
import re
import threading

import ipywidgets
import numpy as np
import pytest
from ipywidgets.widgets.widget import _instances
from PIL import Image
from toys import lively_classifier, picture_bytes

from helpers import HelpersError, attribute
from helpers.attribution import reduction, saliency
from helpers.attribution.registry import METHODS, method_options
from helpers.display import jpeg_bytes, overlay_image
from helpers.pictures.scenes import load_scene, scene_names
from helpers.progress import progress_bar
from helpers.widgets import explore as widgets
from helpers.widgets import views as explorations
from helpers.widgets.explore import (
    Explorer,
    Frame,
    Runner,
    explore_classes,
    explore_masking,
    explore_methods,
    explore_photo,
    explore_scenes,
    explore_smoothing,
    slider,
)
from helpers.widgets.frame_html import Panel, frame_html
from helpers.widgets.views import screen_size

VIEW = "application/vnd.jupyter.widget-view+json"
PICTURE = np.random.default_rng(1).integers(0, 255, (60, 120, 3), np.uint8)
ROUGH = np.random.default_rng(0).normal(size=(56, 56, 3)).astype(np.float32)
NAMES = ["<b>cat</b>", "tabby", "crane", "crane", "cup", "banana", "lemon", "ball"]
SECONDS = 60
MARKED = ("<b>", "<script", "Traceback")


@pytest.fixture(scope="module")
def toy():
    """A network of 8 x 8 pixels and eight classes, one of them with a name full of HTML."""
    return lively_classifier(NAMES)


def parts(widget):
    """A widget and all that stand inside of it."""
    yield widget
    for child in getattr(widget, "children", ()):
        yield from parts(child)


def press(explorer, label):
    """Press the button of this label that is on the page."""
    (found,) = [
        part
        for part in parts(explorer.view)
        if isinstance(part, ipywidgets.Button) and part.description == label
    ]
    assert not found.disabled
    found.click()


def note(explorer):
    """The line of text below the figure, and that it is escaped."""
    markup = explorer._note.value
    assert not any(word in markup for word in MARKED)
    return html.unescape(markup)


def finish(explorer):
    """Wait for the end of the work that a button started."""
    assert explorer.runner.job.wait(SECONDS)
    assert explorer.runner.bar.layout.visibility == "hidden"
    assert explorer.runner.buttons["Cancel"].disabled


@pytest.fixture
def explorer():
    return explore_smoothing(PICTURE, ROUGH, "tabby", sigma=2)


def screen(explorer):
    """The HTML that the live view shows now."""
    markup = explorer._screen.value
    assert not any(word in markup for word in MARKED)
    return markup


def shown_image(explorer):
    """The first `<img>` that the live view shows now, as (alt, picture file)."""
    alt, data = re.search(r'alt="([^"]*)".*?base64,([^"]*)"', screen(explorer)).groups()
    return alt, base64.b64decode(data)


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

    monkeypatch.setattr(explorations, "reduce_channels", counted)
    explorer = explore_smoothing(PICTURE, ROUGH)
    for sigma in (1, 2, 3):
        explorer.controls["sigma"].value = sigma
    assert calls == ["max_abs"]


def test_all_reductions_can_be_chosen():
    assert set(widgets.REDUCTIONS.values()) == set(reduction.REDUCTIONS)


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
        return Frame([Panel(PICTURE, "A picture of coloured noise.")], "fine")

    explorer = Explorer(draw, {"value": slider("value", 0, 0, 2, 1)})
    before = shown_image(explorer)
    explorer.controls["value"].value = 2
    assert note(explorer) == "That is <too> much."
    assert shown_image(explorer) == before
    explorer.controls["value"].value = 1
    assert note(explorer) == "fine"


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


def test_several_controls_are_answered_once():
    drawn = []

    def draw(**values):
        drawn.append(values)
        return Frame([Panel(PICTURE, "A picture.")], "fine")

    explorer = Explorer(draw, {name: slider(name, 0, 0, 2, 1) for name in "ab"})
    with explorer.hold():
        explorer.set(a=1, b=2)
        explorer.controls["a"].value = 2
    assert drawn == [{"a": 0, "b": 0}, {"a": 2, "b": 2}]


def test_who_draws_last_has_seen_all_controls():
    """A slow drawing in a thread must not be shown over a later one."""
    slow, go = threading.Event(), threading.Event()

    def draw(value):
        if threading.current_thread() is not threading.main_thread():
            slow.set()
            assert go.wait(SECONDS)
        return Frame([Panel(PICTURE, "A picture.")], f"{value:g}")

    explorer = Explorer(draw, {"value": slider("value", 0, 0, 2, 1)})
    thread = threading.Thread(target=explorer.refresh)
    thread.start()
    assert slow.wait(SECONDS)
    threading.Timer(0.05, go.set).start()
    explorer.controls["value"].value = 2
    thread.join(SECONDS)
    assert note(explorer) == "2"


# All explorers


MAKERS = {
    "smoothing": lambda model: explore_smoothing(PICTURE, ROUGH, NAMES[0]),
    "classes": lambda model: explore_classes(model, PICTURE, NAMES[:2]),
    "masking": lambda model: explore_masking(model, PICTURE, NAMES[0], boxes=[(1, 1, 4, 5)]),
    "methods": lambda model: explore_methods(model, {"noise": PICTURE, "dark": PICTURE // 2}),
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
    widgets.PhotoInput,
)
OTHERS = (
    ipywidgets.Box,
    ipywidgets.HTML,
    ipywidgets.Label,
    ipywidgets.FloatProgress,
    widgets.BoxPad,  # its alternative text is tested below
    widgets._Access,
    widgets._PrivateScreen,
)


def test_everything_on_the_page_has_a_name(any_explorer):
    for part in parts(any_explorer.view):
        assert isinstance(part, (*LABELLED, *OTHERS)), part
        hidden = getattr(part.layout, "display", None) == "none"
        assert not isinstance(part, LABELLED) or hidden or part.description, part
        if isinstance(part, widgets.BoxPad):
            assert part.alt.endswith("painted over.")


def test_every_control_is_on_the_page(any_explorer):
    shown = list(parts(any_explorer.view))
    assert all(control in shown for control in any_explorer.controls.values())


def test_everything_on_the_page_is_escaped(any_explorer):
    bundle = any_explorer._repr_mimebundle_()
    markups = [part.value for part in parts(any_explorer.view) if isinstance(part, ipywidgets.HTML)]
    for markup in [*markups, any_explorer._screen.value, bundle["text/html"]]:
        assert not any(word in markup for word in MARKED)


def test_a_static_figure_stands_for_every_explorer(any_explorer):
    bundle = any_explorer._repr_mimebundle_()
    assert set(bundle) == {VIEW, "text/html", "text/plain"}
    assert bundle["text/html"].startswith(frame_html(any_explorer.frame))
    assert html.escape(any_explorer.frame.note) in bundle["text/html"]
    assert bundle["text/plain"] == f"Figure: {any_explorer.frame.alt}"
    assert all(panel.alt for panel in any_explorer.frame.panels)


def another_value(control, taken=()):
    """Some other value than the one that a control has, and than those that are taken."""
    if isinstance(control, ipywidgets.Checkbox):
        return not control.value
    if isinstance(control, (ipywidgets.Dropdown, ipywidgets.Combobox)):
        words = [w[1] if isinstance(w, tuple) else w for w in control.options]
        quick = [w for w in words if w not in METHODS or METHODS[w].is_quick]
        return next(w for w in reversed(quick) if w not in (control.value, *taken))
    if isinstance(control, widgets.BoxPad):
        return [*control.value, [5, 5, 8, 8]]
    return control.min if control.value > control.min else control.max


@pytest.mark.parametrize("name", MAKERS)
def test_every_control_changes_the_frame(name, toy):
    explorer = MAKERS[name](toy)
    for label, control in explorer.controls.items():
        if control.layout.display == "none" or (name == "photo" and label == "picture"):
            continue
        before, drawn = screen(explorer), explorer.frame
        picture, value = getattr(control, "picture", ""), control.value
        control.value = another_value(control, chosen(explorer))
        assert explorer.frame is not drawn, label
        changed = screen(explorer) != before or getattr(control, "picture", "") != picture
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
        (lambda toy: explore_methods(toy, {}), "at least one picture"),
        (lambda toy: explore_methods(toy, [PICTURE]), "at least one picture"),
        (lambda toy: explore_methods(toy, {"a": PICTURE}, method="magic"), "no method 'magic'"),
        (lambda toy: explore_methods(toy, {"a": PICTURE}, strength=-1), "strength 0..1"),
        (lambda toy: explore_methods(toy, {"a": "chelsea"}), "shape"),
        (lambda toy: explore_scenes(toy, "kitchen"), "no scene 'kitchen'"),
        (lambda toy: explore_scenes(toy, view="side"), "no view 'side'"),
        (lambda toy: explore_scenes(toy, method="rise"), "not 'rise'"),
        (lambda toy: explore_scenes(toy, target_class="tabbi"), "did you mean tabby"),
    ],
)
def test_explorers_that_cannot_start(toy, make, part):
    with pytest.raises(HelpersError, match=part):
        make(toy)


# Classes


@pytest.fixture
def classes(toy):
    return explore_classes(toy, PICTURE, ["tabby", "cup"])


def chosen(explorer):
    return [control.value for name, control in explorer.controls.items() if "class" in name]


def test_it_starts_with_the_first_two_choices(toy):
    explorer = explore_classes(toy, PICTURE)
    first, second, *empty = chosen(explorer)
    best = explorations.ClassMaps(toy, PICTURE)
    assert [first, second] == [best.words[index] for index in best.seen.top(2)]
    assert empty == ["", ""] and len(explorer.frame.panels) == 2
    assert chosen(explore_classes(toy, PICTURE, "cup")) == ["cup", "", "", ""]
    assert chosen(explore_classes(toy, PICTURE, 3)) == ["crane (3)", "", "", ""]


def test_no_class_at_all_and_the_same_class_twice(classes):
    before = screen(classes)
    classes.set(class_1="", class_2="")
    assert "0 are chosen" in note(classes) and screen(classes) == before
    classes.set(class_1="cup", class_3="Cup")
    assert len(classes.frame.panels) == 1 and "second class" in note(classes)


def test_the_top_five_are_buttons_that_toggle(toy):
    explorer = explore_classes(toy, PICTURE)
    maps = explorations.ClassMaps(toy, PICTURE)
    top = [maps.words[index] for index in maps.seen.top()]
    press(explorer, top[0])
    assert chosen(explorer) == ["", top[1], "", ""]
    for word in (top[2], top[3], top[4]):
        press(explorer, word)
    assert chosen(explorer) == [top[2], top[1], top[3], top[4]]
    assert len(explorer.frame.panels) == 4
    press(explorer, top[0])
    assert "All four fields are taken" in note(explorer)
    press(explorer, top[1])
    assert len(explorer.frame.panels) == 3
    assert list(explorer.controls["class_1"].options[:5]) == top


# Masking


@pytest.fixture
def masking(toy):
    return explore_masking(toy, PICTURE, "cup")


def test_boxes_are_undone_one_by_one_and_reset(masking):
    pad, first, second = masking.controls["boxes"], [[0, 0, 4, 4]], [[0, 0, 4, 4], [4, 4, 8, 8]]
    press(masking, "Undo")
    assert pad.value == []
    pad.value, untouched = first, pad.picture
    one = pad.picture
    assert one != untouched
    pad.value = second
    press(masking, "Undo")
    assert pad.value == first and pad.picture == one
    press(masking, "Reset")
    assert pad.value == [] and pad.picture == untouched and "Hidden: 0%" in note(masking)
    press(masking, "Undo")
    assert pad.value == first
    press(masking, "Undo")
    press(masking, "Undo")
    assert pad.value == [] and pad.picture == untouched


def test_the_first_boxes_can_be_reset_and_come_back(toy):
    explorer = explore_masking(toy, PICTURE, boxes=np.array([[0, 0, 4, 4]]))
    assert explorer.controls["boxes"].value == [[0, 0, 4, 4]] and "25%" in note(explorer)
    press(explorer, "Reset")
    press(explorer, "Undo")
    assert explorer.controls["boxes"].value == [[0, 0, 4, 4]] and "25%" in note(explorer)


def test_a_box_outside_is_a_sentence_and_can_be_undone(masking):
    pad = masking.controls["boxes"]
    picture, table = pad.picture, screen(masking)
    pad.value = [[0, 0, 4, 99]]
    assert "reaches over the edge" in note(masking)
    assert (pad.picture, screen(masking)) == (picture, table)
    press(masking, "Undo")
    assert pad.value == [] and "Hidden: 0%" in note(masking)


def test_every_fill_shows_another_picture(masking):
    pad = masking.controls["boxes"]
    pad.value = [[0, 0, 4, 4]]
    shown = set()
    for fill in widgets.FILLS.values():
        masking.controls["fill"].value = fill
        shown.add(pad.picture)
        (panel,) = masking.frame.panels
        data, mime = jpeg_bytes(panel.picture)
        assert pad.picture == f"data:{mime};base64,{base64.b64encode(data).decode()}"
    assert len(shown) == len(widgets.FILLS)
    assert pad.size == [8, 8] and "one box" in pad.alt


def test_the_picture_travels_once_for_each_answer(masking):
    sent = []
    masking.controls["fill"].value = "black"
    masking._screen.observe(lambda change: sent.append(change["new"]), names="value")
    masking.controls["boxes"].value = [[0, 0, 4, 4]]
    assert len(sent) == 1 and "<img" not in sent[0]


# Methods


@pytest.fixture
def methods(toy):
    return explore_methods(toy, {"noise": PICTURE, "dark": PICTURE // 2})


def options_of(explorer, method):
    return explorer._options._of[method]


def test_a_new_picture_begins_with_its_first_choice(methods, toy):
    methods.controls["picture"].value = "dark"
    maps = explorations.MethodMaps(toy, {"dark": PICTURE // 2})
    top = [maps.words[index] for index in maps.seen("dark").top()]
    assert methods.controls["target"].value == top[0]
    assert list(methods.controls["target"].options[:5]) == top
    assert set(methods.controls["target"].options) == set(maps.words)
    assert methods.frame.panels[0].alt == "The picture that the map belongs to: dark."


def test_a_slow_method_waits_for_its_button(methods):
    methods.controls["method"].value = "smoothgrad"
    assert "press Compute" in note(methods) and len(methods.frame.panels) == 1
    press(methods, "Compute")
    finish(methods)
    assert note(methods).startswith("smoothgrad (Smilkov et al. 2017), computed in ")
    assert len(methods.frame.panels) == 2
    methods.controls["sigma"].value = 2
    assert len(methods.frame.panels) == 2
    options_of(methods, "smoothgrad")["samples"].value = 20
    assert "press Compute" in note(methods)
    options_of(methods, "smoothgrad")["samples"].value = 50
    assert len(methods.frame.panels) == 2


def test_a_slow_method_can_be_the_first(toy):
    explorer = explore_methods(toy, {"noise": PICTURE}, method="integrated_gradients")
    assert len(explorer.frame.panels) == 2


def test_what_was_computed_is_not_computed_again(methods, monkeypatch):
    calls = []

    def counted(*arguments, **options):
        calls.append(arguments[3])
        return attribute(*arguments, **options)

    monkeypatch.setattr(explorations, "attribute", counted)
    methods.controls["method"].value = "vargrad"
    for _ in range(2):
        press(methods, "Compute")
        finish(methods)
    methods.controls["method"].value = "gradient"
    methods.controls["method"].value = "vargrad"
    assert calls == ["vargrad"] and len(methods.frame.panels) == 2


@pytest.mark.parametrize("method", METHODS)
def test_options_start_with_their_defaults_and_reach_the_method(methods, method, monkeypatch):
    asked = []

    def noted(model, array, target, method, **options):
        asked.append((method, options))
        return np.ones((8, 8, 1), np.float32)

    monkeypatch.setattr(explorations, "attribute", noted)
    controls, defaults = options_of(methods, method), method_options(method)
    not_for_readers = {"layer", "batch_size", "progress"}
    assert set(controls) == set(defaults) - not_for_readers
    assert {name: control.value for name, control in controls.items()} == {
        name: defaults[name] for name in controls
    }
    assert all(control.description for control in controls.values())
    methods.controls["method"].value = method
    assert set(methods._options.view.children) == set(controls.values())
    methods.controls["target"].value = another_value(methods.controls["target"])
    for control in controls.values():
        control.value = another_value(control)
    press(methods, "Compute")
    finish(methods)
    changed = {name: control.value for name, control in controls.items()}
    assert asked[-1] == (method, changed)
    assert all(changed[name] != defaults[name] for name in changed)


def test_options_that_do_not_fit_are_a_sentence(methods):
    methods.controls["method"].value = "occlusion"
    press(methods, "Compute")
    finish(methods)
    assert "A patch of 32 pixels does not fit" in note(methods)
    methods.controls["target"].value = "tabbi"
    press(methods, "Compute")
    finish(methods)
    assert "did you mean tabby" in note(methods)


def test_an_unexpected_error_is_a_sentence(methods, monkeypatch):
    def broken(*_arguments, **_options):
        raise RuntimeError("<b>the card is full</b>\nand more")

    methods.controls["method"].value = "smoothgrad"
    monkeypatch.setattr(explorations, "attribute", broken)
    press(methods, "Compute")
    finish(methods)
    assert "error of its own (RuntimeError: <b>the card is full</b>)" in note(methods)


# Long work


class Gate:
    """Work that waits at a given step, until it is let go."""

    def __init__(self, count=4, stop=2):
        self.count, self.stop, self.steps = count, stop, 0
        self.reached, self.go = threading.Event(), threading.Event()

    def __call__(self, *_arguments, **_options):
        with progress_bar(self.count, "gate", progress=True) as bar:
            for number in range(self.count):
                if number == self.stop:
                    self.reached.set()
                    assert self.go.wait(SECONDS)
                self.steps += 1
                bar.update()
        return np.ones((8, 8, 1), np.float32)


@pytest.fixture
def waiting(methods, monkeypatch):
    """Give an explorer in the middle of a computation, and its gate."""
    gate = Gate()
    monkeypatch.setattr(explorations, "attribute", gate)
    methods.controls["method"].value = "rise"
    press(methods, "Compute")
    assert gate.reached.wait(SECONDS)
    yield methods, gate
    gate.go.set()
    assert methods.runner.job.wait(SECONDS)


def test_progress_is_to_be_seen_and_controls_stay_awake(waiting):
    methods, gate = waiting
    runner = methods.runner
    assert runner.bar.value == 0.5 and runner.bar.layout.visibility == "visible"
    assert not runner.buttons["Cancel"].disabled
    methods.controls["sigma"].value = 9
    assert "press Compute" in note(methods)
    gate.go.set()
    finish(methods)
    assert len(methods.frame.panels) == 2 and "sigma" not in note(methods)


def test_cancel_in_the_middle_of_a_run(waiting, monkeypatch):
    methods, gate = waiting
    before, job = screen(methods), methods.runner.job
    press(methods, "Cancel")
    assert note(methods).startswith("Cancelled.")
    assert methods.runner.bar.layout.visibility == "hidden"
    gate.go.set()
    assert job.wait(SECONDS)
    assert gate.steps == gate.stop + 1  # the step that was under way, and no other
    assert note(methods).startswith("Cancelled.") and screen(methods) == before
    monkeypatch.setattr(explorations, "attribute", Gate(stop=99))
    press(methods, "Compute")
    finish(methods)
    assert len(methods.frame.panels) == 2


def test_a_second_press_ends_the_first_run(waiting, monkeypatch):
    methods, gate = waiting
    first = methods.runner.job
    monkeypatch.setattr(explorations, "attribute", Gate(stop=99))
    press(methods, "Compute")
    finish(methods)
    assert methods.runner.job is not first and len(methods.frame.panels) == 2
    shown = note(methods)
    gate.go.set()
    assert first.wait(SECONDS)
    assert gate.steps == gate.stop + 1 and note(methods) == shown


def test_a_runner_says_why_there_is_nothing_to_do():
    def prepare():
        raise HelpersError("Choose something.")

    said = []
    runner = Runner({"Go": prepare}, said.append)
    runner.buttons["Go"].click()
    assert said == ["Choose something."] and runner.job is None


def test_the_bar_moves_in_steps_that_can_be_seen():
    moves = []
    runner = Runner({}, moves.append)
    runner.bar.observe(lambda change: moves.append(change["new"]), names="value")

    def work():
        with progress_bar(10_000, "work", progress=True) as bar:
            for _ in range(10_000):
                bar.update()

    runner.start(work, lambda _: None)
    assert runner.job.wait(SECONDS)
    assert 90 < len(moves) <= 102


# Scenes


def switches(explorer):
    """The checkboxes that are to be seen, by label."""
    return {
        part.description: part
        for part in parts(explorer.view)
        if isinstance(part, ipywidgets.Checkbox) and part.layout.display != "none"
    }


def test_another_scene_brings_other_objects_and_views(toy):
    explorer = explore_scenes(toy, "can_opener", "view_00")
    drawn = []
    explorer._screen.observe(lambda change: drawn.append(change["new"]), names="value")
    for scene in scene_names()[::-1]:
        next(iter(switches(explorer).values())).value = False
        del drawn[:]
        explorer.controls["scene"].value = scene
        place = load_scene(scene)
        assert list(switches(explorer)) == list(place.objects)
        assert all(box.value for box in switches(explorer).values())
        assert list(explorer.controls["view"].options) == place.views
        assert explorer.controls["view"].value == "hero"
        assert explorer.frame.panels[0].alt == place.alt["all"]
        assert explorer.controls["target"].value in explorer._switches.words
        assert len(drawn) <= 1
    hidden = [p for p in parts(explorer.view) if isinstance(p, ipywidgets.Checkbox)]
    assert len(hidden) == max(len(load_scene(name).objects) for name in scene_names())


def test_objects_are_switched_off_and_on(toy):
    explorer = explore_scenes(toy, "fruit")
    before = screen(explorer)
    place = load_scene("fruit")
    for name in place.objects:
        switches(explorer)[name].value = False
        alt = place.alt[place.variant_without([name])]
        assert explorer.frame.panels[0].alt == alt
        switches(explorer)[name].value = True
    assert screen(explorer) == before
    for box in switches(explorer).values():
        box.value = False
    assert explorer.frame.panels[0].alt == place.alt["empty"]


def test_a_combination_that_was_not_rendered_is_a_sentence(toy):
    explorer = explore_scenes(toy, "fruit", "view_00")
    first, second, *_ = switches(explorer).values()
    first.value = False
    before = screen(explorer)
    second.value = False
    assert "has no picture without" in note(explorer) and screen(explorer) == before
    explorer.controls["view"].value = "hero"
    assert "Class score of" in note(explorer)


# A photo


@pytest.fixture
def photo(toy):
    return explore_photo(toy)


def choose(explorer, content, name="me.jpg", piece=1000):
    """Choose a file as the browser does: in pieces, as messages."""
    count = max(1, -(-len(content) // piece))
    for number in range(count):
        part = memoryview(content[number * piece : (number + 1) * piece])
        message = {"name": name, "piece": number, "pieces": count}
        explorer._input._handle_custom_msg(message, [part])
    finish(explorer)


def exact(explorer, image):
    np.testing.assert_array_equal(np.asarray(explorer.image), np.asarray(image))


def test_a_photo_is_joined_from_its_pieces_and_examined(photo, toy):
    content = picture_bytes(Image.fromarray(PICTURE))
    choose(photo, content[:2500])  # a first try, of which nothing must remain
    choose(photo, content)
    exact(photo, PICTURE)
    assert photo.controls["picture"].value == "your photo"
    maps = explorations.MethodMaps(toy, {"it": PICTURE})
    assert photo.controls["target"].value == maps.words[maps.seen("it").top(1)[0]]
    assert photo.frame.panels[0].alt == "The picture that the map belongs to: your photo."
    np.testing.assert_array_equal(photo.frame.panels[0].picture, screen_size(PICTURE, 320))


def test_a_file_that_breaks_off_is_forgotten(photo):
    content = picture_bytes(Image.fromarray(PICTURE))
    photo._input._handle_custom_msg({"name": "a", "piece": 0, "pieces": 2}, [b"half a file"])
    choose(photo, content)
    exact(photo, PICTURE)


def test_a_second_photo_takes_the_place_of_the_first(photo):
    for picture in (PICTURE, PICTURE[:, ::-1] // 2):
        choose(photo, picture_bytes(Image.fromarray(picture)))
        exact(photo, picture)
        np.testing.assert_array_equal(photo.frame.panels[0].picture, screen_size(picture, 320))
        values, _ = photo.maps.compute("your photo", photo.controls["target"].value, "gradient", {})
        fresh = explorations.MethodMaps(photo.maps.model, {"it": picture})
        expected, _ = fresh.compute("it", photo.controls["target"].value, "gradient", {})
        np.testing.assert_array_equal(values, expected)
    assert list(photo.controls["picture"].options) == ["chelsea", "your photo"]
    photo.controls["picture"].value = "chelsea"
    assert photo.image.size == (451, 300)


@pytest.mark.parametrize(
    ("content", "part"),
    [
        (b"", "The picture <b>me.jpg is empty"),
        (b"Dear diary", "The file <b>me.jpg is not a picture"),
        (picture_bytes(Image.fromarray(PICTURE), "JPEG")[:700], "The picture <b>me.jpg is damaged"),
    ],
    ids=["empty", "text", "half"],
)
def test_a_bad_file_is_a_sentence_that_names_it(photo, content, part):
    before = screen(photo)
    choose(photo, content, "<b>me.jpg")
    assert note(photo).startswith(part) and screen(photo) == before
    choose(photo, picture_bytes(Image.fromarray(PICTURE)))
    assert "computed in" in note(photo)


def test_a_file_that_the_browser_refuses(photo):
    photo._input._handle_custom_msg({"name": "<b>big.tif", "problem": "too large"}, [])
    assert note(photo) == "The file <b>big.tif is too large: give a picture below 64 MB."


def test_a_photo_is_turned_upright_and_made_small(photo):
    turned = Image.Exif()
    turned[274] = 6
    wide = Image.new("RGB", (3000, 1500), "red")
    wide.paste("blue", (0, 0, 1500, 1500))
    choose(photo, picture_bytes(wide, "JPEG", exif=turned), piece=10**6)
    assert photo.image.size == (512, 1024)
    assert photo.image.getpixel((256, 100))[2] > 200  # the left half lies on top
    assert photo.image.getpixel((256, 900))[0] > 200


def test_a_photo_of_an_iphone(photo):
    even = Image.fromarray(PICTURE).resize((64, 48))
    choose(photo, picture_bytes(even, "HEIF", quality=95), "IMG_0001.HEIC")
    assert photo.image.size == (64, 48) and photo.image.mode == "RGB"


def test_an_address(photo, server, tmp_path, monkeypatch):
    monkeypatch.setenv("HELPERS_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    server.files["/me.png"] = picture_bytes(Image.fromarray(PICTURE))
    photo.address.value = f" {server.address}/me.png "
    press(photo, "Fetch the address")
    finish(photo)
    exact(photo, PICTURE)
    assert photo.address.value == "" and not list(tmp_path.rglob("*"))


@pytest.mark.parametrize(
    "address", ["", "me.png", "file:///etc/passwd", "ftp://x/y.png", "chelsea"]
)
def test_other_addresses_are_refused(photo, address):
    photo.address.value = address
    press(photo, "Fetch the address")
    assert note(photo) == "An address of a picture begins with http:// or https://."
    assert photo.runner.job is None


def test_an_address_that_does_not_answer(photo, server, refused):
    server.files["/page.png"] = b"<html>"
    for address, part in (
        (f"{server.address}/gone.png", "could not be fetched (404"),
        (f"{refused}/me.png", "could not be fetched (no answer)"),
        (f"{server.address}/page.png", "is not a picture"),
    ):
        photo.address.value = address
        press(photo, "Fetch the address")
        finish(photo)
        assert part in note(photo) and photo.address.value == address
        assert photo.controls["picture"].value == "chelsea"


def test_the_report_card_is_that_of_what_is_chosen(photo, toy):
    photo.controls["target"].value = "<b>cat</b>"
    press(photo, "Report card")
    finish(photo)
    card = photo.maps.card("chelsea", "<b>cat</b>", "gradient")
    markup = photo.card.value
    assert "<b>" not in markup and "Report card: gradient for &lt;b&gt;cat" in markup
    for row in card.rows():
        assert all(html.escape(word) in markup for word in row)
    assert all(html.escape(doubt) in markup for doubt in card.doubts())
    assert note(photo) == "The report card for chelsea is below."
    choose(photo, picture_bytes(Image.fromarray(PICTURE)))
    assert photo.card.value == ""


def test_a_photo_that_is_read_while_a_map_is_computed(photo, monkeypatch):
    gate = Gate()
    monkeypatch.setattr(explorations, "attribute", gate)
    photo.controls["method"].value = "rise"
    press(photo, "Compute")
    assert gate.reached.wait(SECONDS)
    first = photo.runner.job
    choose(photo, picture_bytes(Image.fromarray(PICTURE)))
    gate.go.set()
    assert first.wait(SECONDS)
    exact(photo, PICTURE)
    assert "press Compute" in note(photo) and gate.steps == gate.stop + 1


def saved_state(value):
    """Everything inside of a widget's state, as one text; bytes as base64."""
    if isinstance(value, (bytes, bytearray, memoryview)):
        return base64.b64encode(bytes(value)).decode()
    if isinstance(value, dict):
        return " ".join(f"{key} {saved_state(part)}" for key, part in value.items())
    if isinstance(value, (list, tuple)):
        return " ".join(map(saved_state, value))
    return str(value)


def test_the_photo_leaves_no_trace(toy):
    """Neither the file nor what is shown of it is in any widget's state, or in a static figure."""
    others = set(_instances)
    photo = explore_photo(toy)
    fixed = photo._repr_mimebundle_()
    content = picture_bytes(Image.fromarray(PICTURE))
    choose(photo, content, "holiday.png")
    press(photo, "Report card")
    finish(photo)
    shown = re.findall(r'base64,([^"]*)"', screen(photo))
    assert len(shown) == 3  # the photo, the map on it, and the colours
    mine = [widget for key, widget in _instances.items() if key not in others]
    assert photo._screen in mine and photo._input in mine and len(mine) > 20
    state = " ".join(saved_state(widget.get_state()) for widget in mine)
    file = base64.b64encode(content).decode()
    for trace in (*shown, file, file[40:400], "data:image", "holiday.png"):
        assert trace not in state
    bundle = photo._repr_mimebundle_()
    assert bundle == fixed and "your photo" not in json.dumps(bundle)
    assert not any(picture in bundle["text/html"] for picture in shown[:2])


def test_what_is_private_travels_as_messages(monkeypatch):
    private = widgets._PrivateScreen()
    sent = []
    monkeypatch.setattr(private, "send", sent.append)
    private.value = "<p>it</p>"
    private._handle_custom_msg("ready", [])
    assert sent == [{"html": "<p>it</p>"}] * 2
    assert "<p>it" not in saved_state(private.get_state())


def test_the_state_that_is_searched_holds_what_is_not_private(toy):
    """The search finds a picture where one may be stored."""
    explorer = explore_methods(toy, {"noise": PICTURE})
    state = " ".join(saved_state(part.get_state()) for part in parts(explorer.view))
    assert re.findall(r'base64,([^"]*)"', screen(explorer))[0] in state
