"""Work that takes long: it moves a bar, leaves the kernel awake, and can be ended in the middle."""

import re

import pytest
from playwright.sync_api import expect


def share(explorer):
    """How much of the bar is filled, 0..1; None while there is no bar."""
    bar = explorer.root.locator(".widget-hprogress")
    if bar.evaluate("bar => getComputedStyle(bar).visibility") != "visible":
        return None
    filled = bar.locator(".progress-bar").evaluate("bar => parseFloat(bar.style.width)")
    return filled / 100


def wait_for_share(explorer, low):
    for _ in range(600):
        if (share(explorer) or 0) >= low:
            return
        explorer.page.wait_for_timeout(50)
    raise AssertionError(f"the bar did not reach {low}")


@pytest.fixture
def methods(play):
    """The explorer of methods at SmoothGrad, and back at the gradient afterwards."""
    explorer = play["methods"]
    explorer.after(explorer.select("method").select_option, "SmoothGrad")
    yield explorer
    explorer.after(explorer.select("method").select_option, "Gradient")


def set_samples(explorer, number):
    """Type the number of samples (each number is computed once, then kept)."""
    explorer.write("samples", f"{number}")
    expect(explorer.slider("samples").locator(".widget-readout")).to_have_text(f"{number}")


def test_cancelled_in_the_middle_while_other_controls_answer_and_then_run_again(play, methods):
    set_samples(methods, 200)
    asked, cancel = methods.state, methods.button("Cancel")
    expect(cancel).to_be_disabled()
    methods.button("Compute").click()
    wait_for_share(methods, 0.02)
    expect(cancel).to_be_enabled()
    # The kernel listens while it computes: another explorer answers before the end.
    smoothing = play.explorers["smoothing"]
    first = smoothing.state
    smoothing.after(smoothing.slide_by_key, "sigma", "ArrowRight")
    assert smoothing.after(smoothing.slide_by_key, "sigma", "ArrowLeft") == first
    assert 0 < share(methods) < 1
    cancelled = methods.after(cancel.click)
    assert cancelled["note"].startswith("Cancelled.")
    assert cancelled["pictures"] == asked["pictures"]
    expect(cancel).to_be_disabled()
    assert share(methods) is None
    play.page.wait_for_timeout(1500)
    assert methods.state == cancelled
    # Ended work left nothing behind, and a later one runs to its end.
    set_samples(methods, 10)
    done = methods.after(methods.press, "Compute", seconds=120)
    if "press Compute" in done["note"]:
        done = methods.wait(lambda state: "computed in" in state["note"], seconds=120)
    assert done["pictures"][1]["caption"] == "SmoothGrad for Egyptian cat"
    assert re.search(r"computed in [\d.]+ m?s", done["note"])
    assert share(methods) is None


def test_what_was_computed_once_comes_back_without_a_button(methods):
    set_samples(methods, 20)
    methods.button("Compute").click()
    done = methods.wait(lambda state: "computed in" in state["note"], seconds=120)
    methods.after(methods.select("method").select_option, "Gradient")
    assert methods.after(methods.select("method").select_option, "SmoothGrad") == done


def test_a_new_piece_of_work_ends_the_one_before(methods):
    set_samples(methods, 190)
    methods.button("Compute").click()
    wait_for_share(methods, 0.01)
    set_samples(methods, 30)
    methods.button("Compute").click()
    done = methods.wait(lambda state: "computed in" in state["note"], seconds=120)
    assert len(done["pictures"]) == 3
    expect(methods.button("Cancel")).to_be_disabled()
