"""Every control of every explorer, moved by mouse and by keyboard; we look at what the page shows.

Lists and fields with completion open a window of the browser's own that no test can click into:
by mouse such a list is set as Playwright does it (`select_option`), a field is clicked and typed.
"""

import re

import pytest
from playwright.sync_api import expect

PEAK = re.compile(r"Peak (\S+) logit")


def peak(state):
    return float(PEAK.search(state["note"])[1])


def caption(state):
    return state["pictures"][0]["caption"]


# --- explore_smoothing ---------------------------------------------------------------------


@pytest.mark.parametrize("hand", ["mouse", "keyboard"])
def test_less_sigma_gives_a_higher_peak_and_back_gives_the_first_picture(play, hand):
    explorer, others = play["smoothing"], play.others("smoothing")
    first = explorer.state
    if hand == "mouse":
        rough = explorer.after(explorer.slide_by_mouse, "sigma", -0.1)
        explorer.slide_by_mouse("sigma", 0.25)
    else:
        rough = explorer.after(explorer.slide_by_key, "sigma", "Home")
        explorer.slide_by_key("sigma", "ArrowRight", 10)
    assert peak(rough) > 2 * peak(first)
    assert caption(rough).endswith("sigma 0")
    explorer.wait(lambda state: state == first)
    assert explorer.reading("sigma") == 5
    assert play.others("smoothing") == others


@pytest.mark.parametrize("hand", ["mouse", "keyboard"])
def test_an_overlay_of_nothing_shows_the_picture_itself(play, hand):
    explorer = play["smoothing"]
    first = explorer.state
    if hand == "mouse":
        bare = explorer.after(explorer.slide_by_mouse, "overlay", -0.1)
        explorer.slide_by_mouse("overlay", 0.7)
    else:
        bare = explorer.after(explorer.slide_by_key, "overlay", "Home")
        explorer.slide_by_key("overlay", "ArrowRight", 14)
    assert bare["pictures"][0]["src"] != first["pictures"][0]["src"]
    assert peak(bare) == peak(first)
    explorer.wait(lambda state: state == first)


def test_channels_with_sign_have_a_scale_around_zero(play):
    explorer = play["smoothing"]
    first, channels = explorer.state, explorer.select("channels")
    signed = explorer.after(channels.select_option, label="sum, with sign (sum)")
    assert signed["pictures"][1]["alt"].startswith("Colours from -")
    channels.focus()
    back = explorer.after(channels.press, "Home")
    assert back == first


def test_a_number_can_be_typed_instead_of_sliding(play):
    explorer = play["smoothing"]
    first = explorer.state
    assert caption(explorer.after(explorer.write, "sigma", "12")).endswith("sigma 12")
    assert explorer.after(explorer.write, "sigma", "5") == first


# --- explore_classes -----------------------------------------------------------------------


@pytest.mark.parametrize("key", ["mouse", "Enter", " "])
def test_a_button_of_the_top_five_adds_a_map_and_takes_it_away(play, key):
    explorer, others = play["classes"], play.others("classes")
    first = explorer.state

    def press():
        return explorer.button("tabby").click() if key == "mouse" else explorer.press("tabby", key)

    added = explorer.after(press)
    assert [words["src"] for words in added["pictures"][:2]] == [
        words["src"] for words in first["pictures"][:2]
    ]
    assert added["pictures"][2]["caption"].startswith("tabby: logit")
    assert re.search(r"tiger cat 0\.\d\d, tabby 0\.\d\d", added["note"])
    assert explorer.after(press) == first
    assert play.others("classes") == others


@pytest.mark.parametrize("hand", ["mouse", "keyboard"])
def test_another_class_changes_its_own_map_only(play, hand):
    explorer = play["classes"]
    first, field = explorer.state, explorer.field("class 2")

    def write(words):
        if hand == "keyboard":
            return explorer.type_class("class 2", words)
        field.click(click_count=3)
        field.fill(words)
        return explorer.field("class 1").click()  # leaving the field is an answer too

    other = explorer.after(write, "lynx")
    assert other["pictures"][0] == first["pictures"][0]
    assert other["pictures"][1]["src"] != first["pictures"][1]["src"]
    assert other["pictures"][1]["caption"].startswith("lynx: logit")
    assert explorer.after(write, "tiger cat") == first


def test_a_field_completes_from_the_top_five_and_all_classes(play):
    explorer = play["classes"]
    offered = explorer.field("class 3").evaluate(
        "field => [...field.list.options].map(option => option.value)"
    )
    assert offered[:2] == ["Egyptian cat", "tiger cat"]
    assert {"can opener", "volcano"} < set(offered)
    assert len(offered) > 990


def test_a_wrong_name_gets_a_sentence_with_a_suggestion_and_the_figure_stays(play):
    explorer = play["classes"]
    first = explorer.state
    wrong = explorer.after(explorer.type_class, "class 2", "tigger cat")
    assert wrong["pictures"] == first["pictures"]
    assert "tigger cat" in wrong["note"] and re.search("tiger.cat", wrong["note"])
    expect(explorer.root.locator(".helpers-note")).to_have_attribute("role", "status")
    assert explorer.after(explorer.type_class, "class 2", "tiger cat") == first


def test_sliders_of_the_class_maps_move_all_maps(play):
    explorer = play["classes"]
    first = explorer.state
    for label, key, way_back in [("sigma", "ArrowRight", "ArrowLeft"),
                                 ("overlay", "ArrowLeft", "ArrowRight")]:  # fmt: skip
        moved = explorer.after(explorer.slide_by_key, label, key)
        for before, after in zip(first["pictures"][:2], moved["pictures"][:2]):
            assert before["src"] != after["src"]
        assert explorer.after(explorer.slide_by_key, label, way_back) == first
    moved = explorer.after(explorer.slide_by_mouse, "sigma", 0.5)
    assert moved["pictures"][1]["src"] != first["pictures"][1]["src"]
    assert explorer.after(explorer.slide_by_mouse, "sigma", 0.25) == first


# --- explore_methods -----------------------------------------------------------------------


@pytest.mark.parametrize("hand", ["mouse", "keyboard"])
def test_another_method_draws_another_map_beside_the_same_picture(play, hand):
    explorer, others = play["methods"], play.others("methods")
    first, method = explorer.state, explorer.select("method")
    if hand == "mouse":
        other = explorer.after(method.select_option, "Input × gradient")
        back = explorer.after(method.select_option, "Gradient")
    else:
        method.focus()
        other = explorer.after(play.page.keyboard.type, "input")
        back = explorer.after(play.page.keyboard.press, "Home")
    assert other["pictures"][0] == first["pictures"][0]
    assert other["pictures"][1]["caption"] == "Input × gradient for Egyptian cat"
    assert other["pictures"][1]["src"] != first["pictures"][1]["src"]
    assert back == first
    assert play.others("methods") == others


def test_another_picture_brings_its_own_class_and_back(play):
    explorer = play["methods"]
    first, picture = explorer.state, explorer.select("picture")
    other = explorer.after(picture.select_option, "coffee")
    assert other["pictures"][0]["alt"] == "The picture that the map belongs to: coffee."
    assert other["pictures"][1]["caption"].startswith("Gradient for ")
    expect(explorer.field("class")).not_to_have_value("Egyptian cat")
    picture.focus()
    assert explorer.after(play.page.keyboard.press, "Home") == first
    expect(explorer.field("class")).to_have_value("Egyptian cat")


def test_class_and_sliders_of_the_methods(play):
    explorer = play["methods"]
    first = explorer.state
    other = explorer.after(explorer.type_class, "class", "tabby")
    assert other["pictures"][0]["src"] == first["pictures"][0]["src"]
    assert other["pictures"][0]["caption"] != first["pictures"][0]["caption"]
    assert other["pictures"][1]["caption"] == "Gradient for tabby"
    assert explorer.after(explorer.type_class, "class", "Egyptian cat") == first
    for label, share in (("sigma", 0.5), ("overlay", 0.2)):
        moved = explorer.after(explorer.slide_by_mouse, label, share)
        assert moved["pictures"][0] == first["pictures"][0]
        assert moved["pictures"][1]["src"] != first["pictures"][1]["src"]
        start = {"sigma": 0.25, "overlay": 0.7}[label]
        assert explorer.after(explorer.slide_by_mouse, label, start) == first
        assert explorer.after(explorer.slide_by_key, label, "ArrowLeft") != first
        assert explorer.after(explorer.slide_by_key, label, "ArrowRight") == first


def test_every_method_shows_its_own_options_and_says_what_to_do(play):
    explorer = play["methods"]
    first, method = explorer.state, explorer.select("method")
    names = method.locator("option").all_inner_texts()
    assert len(names) >= 12
    for name in ("SmoothGrad", "Integrated Gradients", "Occlusion", "RISE"):
        state = explorer.after(method.select_option, name)
        assert state["note"].startswith(f"{name} takes about ")
        assert "press Compute" in state["note"]
        # The map that was there keeps its place, under its own name.
        assert state["pictures"][1]["src"] == first["pictures"][1]["src"]
        assert state["pictures"][1]["caption"].startswith("Still Gradient for Egyptian cat")
    expect(explorer.slider("cells a side")).to_be_visible()
    expect(explorer.slider("noise")).to_be_hidden()
    assert explorer.after(method.select_option, "Gradient") == first


def options_of(explorer):
    """Labels of the sliders that belong to the method chosen."""
    labels = explorer.root.locator(".widget-slider:visible .widget-label").all_inner_texts()
    return [label for label in labels if label not in ("sigma (pixels)", "overlay")]


@pytest.mark.parametrize(
    "name", ["SmoothGrad", "VarGrad", "Integrated Gradients", "Occlusion", "RISE", "XRAI"]
)
def test_every_option_moves_by_mouse_and_by_keyboard(play, name):
    explorer = play["methods"]
    first, method = explorer.state, explorer.select("method")
    explorer.after(method.select_option, name)
    for label in options_of(explorer):
        start = explorer.reading(label)
        explorer.slide_by_key(label, "Home")
        lowest = explorer.reading(label)
        explorer.slide_by_key(label, "ArrowRight")
        stepped = explorer.reading(label)
        explorer.slide_by_mouse(label, 0.6)
        assert lowest < stepped < explorer.reading(label)
        explorer.write(label, f"{start:g}")
        assert explorer.reading(label) == start
    assert "press Compute" in explorer.note
    assert explorer.after(method.select_option, "Gradient") == first


@pytest.mark.parametrize(
    ("name", "label", "words"),
    [
        ("SmoothGrad", "average", "squared"),
        ("Integrated Gradients", "baseline", "blur"),
        ("Occlusion", "fill", "black"),
    ],
)
def test_lists_of_options_by_mouse_and_by_keyboard(play, name, label, words):
    explorer = play["methods"]
    first, method = explorer.state, explorer.select("method")
    explorer.after(method.select_option, name)
    options = explorer.select(label)
    options.select_option(label=words)
    expect(options.locator("option:checked")).to_have_text(words)
    options.focus()
    options.press("Home")
    expect(options.locator("option:checked")).not_to_have_text(words)
    assert explorer.after(method.select_option, "Gradient") == first


def test_another_seed_draws_another_random_map(play):
    explorer = play["methods"]
    first, method = explorer.state, explorer.select("method")
    dice = explorer.after(method.select_option, "Random map")
    other = explorer.after(explorer.slide_by_key, "seed", "ArrowRight")
    assert other["pictures"][1]["src"] != dice["pictures"][1]["src"]
    back = explorer.after(explorer.slide_by_mouse, "seed", -0.1)
    assert back["pictures"] == dice["pictures"]
    assert explorer.after(method.select_option, "Gradient") == first


# --- explore_scenes ------------------------------------------------------------------------


def score(state):
    return float(re.search(r"logit (\S+) (?:here|with)", state["note"])[1])


@pytest.mark.parametrize("hand", ["mouse", "keyboard"])
def test_without_the_opener_the_class_score_of_can_opener_falls(play, hand):
    explorer, others = play["scenes"], play.others("scenes")
    first, box = explorer.state, explorer.root.get_by_role("checkbox", name="opener", exact=True)

    def switch():
        if hand == "mouse":
            return box.click()
        box.focus()
        return box.press(" ")

    without = explorer.after(switch)
    effect = float(first["rows"]["opener"][1])
    assert score(without) == pytest.approx(score(first) - effect, abs=0.11)
    assert effect > 1
    assert without["rows"]["opener"][0] == "gone"
    assert without["pictures"][0]["src"] != first["pictures"][0]["src"]
    assert without["pictures"][0]["alt"] != first["pictures"][0]["alt"]
    assert without["pictures"][1]["src"] != first["pictures"][1]["src"]
    assert explorer.after(switch) == first
    assert play.others("scenes") == others


def test_another_scene_brings_its_own_objects_views_and_class(play):
    explorer = play["scenes"]
    first = explorer.state
    other = explorer.after(explorer.thumbnail("basketball").click)
    assert {"ball", "hoop"} <= set(other["rows"])
    expect(explorer.field("class")).to_have_value("basketball")
    expect(explorer.root.get_by_role("checkbox", name="ball", exact=True)).to_be_checked()
    expect(explorer.root.get_by_role("checkbox", name="opener", exact=True)).to_have_count(0)
    explorer.thumbnail("basketball").focus()
    assert explorer.after(play.page.keyboard.press, "ArrowRight") == first


def test_view_class_method_and_sliders_of_a_scene(play):
    explorer = play["scenes"]
    first, method = explorer.state, explorer.select("method")
    other = explorer.after(explorer.thumbnail("view_00").click)
    assert other["pictures"][0]["src"] != first["pictures"][0]["src"]
    explorer.thumbnail("view_00").focus()
    assert explorer.after(play.page.keyboard.press, "ArrowLeft") == first
    other = explorer.after(method.select_option, "Grad-CAM")
    assert other["pictures"][0] == first["pictures"][0]
    assert other["pictures"][1]["caption"] == "Grad-CAM for can opener"
    method.focus()
    assert explorer.after(play.page.keyboard.type, "Gradient") == first
    other = explorer.after(explorer.type_class, "class", "screwdriver")
    assert "score of screwdriver" in other["note"]
    assert explorer.after(explorer.type_class, "class", "can opener") == first
    for label in ("sigma", "overlay"):
        other = explorer.after(explorer.slide_by_key, label, "ArrowLeft")
        assert other["pictures"][0] == first["pictures"][0]
        assert other["pictures"][1]["src"] != first["pictures"][1]["src"]
        assert explorer.after(explorer.slide_by_key, label, "ArrowRight") == first
        share = {"sigma": (0.6, 0.25), "overlay": (0.3, 0.7)}[label]
        other = explorer.after(explorer.slide_by_mouse, label, share[0])
        assert other["pictures"][1]["src"] != first["pictures"][1]["src"]
        assert explorer.after(explorer.slide_by_mouse, label, share[1]) == first
