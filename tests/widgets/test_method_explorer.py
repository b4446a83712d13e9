"""Methods and their options under the reader's hand, and long work that can be ended."""

import html

import numpy as np
import pytest
from hands import PICTURE, SECONDS, Gate, another_value, finish, note, press, screen

from helpers import attribute
from helpers.attribution.registry import METHODS, method_options
from helpers.widgets import method_view
from helpers.widgets.explore import explore_methods
from helpers.widgets.method_view import MethodMaps
from helpers.widgets.networks import Networks


@pytest.fixture
def methods(toy):
    return explore_methods(toy, {"noise": PICTURE, "dark": PICTURE // 2})


def options_of(explorer, method):
    return explorer.options.controls[method]


def test_a_new_picture_begins_with_its_first_choice(methods, toy):
    methods.controls["picture"].value = "dark"
    maps = MethodMaps(Networks(toy), {"dark": PICTURE // 2})
    top = [maps.words[index] for index in maps.seen("dark").top()]
    assert methods.controls["target"].value == top[0]
    assert list(methods.controls["target"].options[:5]) == top
    assert set(methods.controls["target"].options) == set(maps.words)
    assert methods.frame.panels[0].alt == "The picture that the map belongs to: dark."


def test_a_slow_method_waits_for_its_button(methods):
    methods.controls["method"].value = "smoothgrad"
    assert "press Compute" in note(methods)
    assert "waits for Compute" in methods.frame.panels[1].caption
    press(methods, "Compute")
    finish(methods)
    assert note(methods).startswith("SmoothGrad (Smilkov et al. 2017), computed in ")
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

    monkeypatch.setattr(method_view, "attribute", counted)
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

    monkeypatch.setattr(method_view, "attribute", noted)
    controls, defaults = options_of(methods, method), method_options(method)
    not_for_readers = {"layer", "batch_size", "progress", "baselines"}
    assert set(controls) == set(defaults) - not_for_readers
    assert methods.options.values(method) == {name: defaults[name] for name in controls}
    assert all(control.description for control in controls.values())
    assert all(getattr(control, "index", 0) is not None for control in controls.values())
    methods.controls["method"].value = method
    shown = methods.options.view.children
    assert list(shown[: len(controls)]) == list(controls.values())
    words = [made.tooltip for made in controls.values()]
    assert all(words) and all(word in html.unescape(shown[-1].value) for word in words)
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
    monkeypatch.setattr(method_view, "attribute", broken)
    press(methods, "Compute")
    finish(methods)
    assert "error of its own (RuntimeError: <b>the card is full</b>)" in note(methods)


@pytest.fixture
def waiting(methods, monkeypatch):
    """Give an explorer in the middle of a computation, and its gate."""
    gate = Gate()
    monkeypatch.setattr(method_view, "attribute", gate)
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


def test_the_bar_keeps_its_name_when_the_method_is_changed(waiting):
    methods, gate = waiting
    runner, asked = methods.runner, methods.controls["target"].value
    methods.controls["method"].value = "gradient"
    for told in (runner.name.value, runner.bar.tooltip):
        assert f"RISE for {asked}" in html.unescape(told)
    gate.go.set()
    finish(methods)
    assert "RISE" not in runner.name.value


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
    monkeypatch.setattr(method_view, "attribute", Gate(stop=99))
    press(methods, "Compute")
    finish(methods)
    assert len(methods.frame.panels) == 2


def test_a_second_press_ends_the_first_run(waiting, monkeypatch):
    methods, gate = waiting
    first = methods.runner.job
    monkeypatch.setattr(method_view, "attribute", Gate(stop=99))
    press(methods, "Compute")
    finish(methods)
    assert methods.runner.job is not first and len(methods.frame.panels) == 2
    shown = note(methods)
    gate.go.set()
    assert first.wait(SECONDS)
    assert gate.steps == gate.stop + 1 and note(methods) == shown
