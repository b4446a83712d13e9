"""The page that needs nothing, as one file from the disk: used by hand and by keyboard."""

import io
import re

import axe
import numpy as np
import pytest
from PIL import Image

from helpers import (
    attribute,
    class_index,
    compute_logits,
    load_image,
    load_scene,
    mask_region,
    to_array,
)
from tools.page.build import SINGLE
from tools.page.export import NETWORKS, rounded_network
from tools.readme_parts import ROOT

STEPS = ("answers", "map", "hide", "court", "mark", "photo")
SERIOUS = """async () => (await axe.run(document, { resultTypes: ["violations"] })).violations
  .filter(({ impact }) => ["serious", "critical"].includes(impact))
  .map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html.slice(0, 160)).join(" | ")}`)"""
READY = "html[data-ready]"
TURNED = 6  # EXIF: stored lying on its side


@pytest.fixture(scope="module")
def model():
    return rounded_network("squeezenet")


@pytest.fixture(scope="module")
def tab(browser, page_files):
    """The single file, opened from the disk without a network, every guess given."""
    context = browser.new_context(viewport={"width": 1366, "height": 768}, offline=True)
    tab = context.new_page()
    tab.set_default_timeout(90_000)
    tab.asked, tab.heard = [], []
    tab.on("request", lambda request: tab.asked.append(request.url))
    tab.on("pageerror", lambda error: tab.heard.append(str(error)))
    tab.on("console", lambda message: tab.heard.append(message.text))
    tab.goto((page_files / SINGLE).as_uri())
    tab.wait_for_selector(READY)
    for step in STEPS:
        tab.locator(f"#{step} .guess button").first.click()
    yield tab
    # It fetched itself, and nothing else: not even what the browser can reach.
    assert [url for url in tab.asked if not url.startswith(("blob:", "data:"))] == tab.asked[:1]
    assert tab.heard == []
    context.close()


def logits(tab, step):
    """Class -> logit of the bars of an experiment."""
    rows = tab.locator(f"#{step} .bars li").evaluate_all(
        "(rows) => rows.map(({dataset}) => [dataset.class, dataset.logit])"
    )
    return {int(index): float(logit) for index, logit in rows}


def wait_for(tab, selector, pattern):
    """Wait until an element's text fits; give the match."""
    from playwright.sync_api import expect

    element = tab.locator(selector)
    expect(element).to_have_text(re.compile(pattern), timeout=90_000)
    return re.search(pattern, element.inner_text())


def number(text):
    return float(text.replace("\N{MINUS SIGN}", "-").replace("+", ""))


def test_the_first_answer_is_that_of_keras(tab, model):
    picture = to_array(load_scene("can_opener").pictures["all"])
    expected = compute_logits(model, picture[None])[0]
    found = logits(tab, "answers")
    assert list(found) == np.argsort(-expected)[:5].tolist()
    for index, logit in found.items():
        assert logit == pytest.approx(expected[index], abs=1e-3)


def test_a_class_is_found_by_keyboard(tab):
    field = tab.locator("#map-class")
    field.focus()
    field.press("ControlOrMeta+a")
    field.type("volc")
    options = tab.locator("#map-class-list [role=option]")
    assert options.all_inner_texts() == ["volcano"]
    field.press("Enter")
    assert field.input_value() == "volcano"
    assert field.get_attribute("aria-expanded") == "false"
    wait_for(tab, "#map .class-score", r"logit is")
    field.press("ControlOrMeta+a")
    field.type("can opener")
    field.press("ArrowDown")
    field.press("Escape")
    assert not tab.locator("#map-class-list").is_visible()
    field.press("ControlOrMeta+a")
    field.type("can open")
    field.press("Enter")
    assert field.input_value() == "can opener"


def test_the_cross_reads_the_map_by_keyboard(tab):
    tab.locator("#map .methods button").first.click()
    cross = tab.locator("#map .cross")
    cross.press("ArrowLeft")
    first = wait_for(tab, "#map .readout", r"(\S+) at 108, 112")
    cross.press("Shift+ArrowUp")
    second = wait_for(tab, "#map .readout", r"(\S+) at 108, 96")
    assert first[1] != second[1]


def test_occlusion_is_drawn_to_its_end_and_right(tab, model):
    tab.locator("#map .methods button[value=occlusion]").click()
    wait_for(tab, "#map .progress", "all 169 places hidden")
    picture = to_array(load_scene("can_opener").pictures["all"])
    expected = attribute(model, picture, "can opener", "occlusion", progress=False)[..., 0]
    label = tab.locator("#map .picture").get_attribute("aria-label")
    peak = float(re.search(r"peak (\S+) logits lost", label)[1])
    assert peak == pytest.approx(expected.max(), rel=0.06)  # two digits are shown
    tab.locator("#map .cross").press("ArrowLeft")
    value, x, y = wait_for(tab, "#map .readout", r"(\S+) at (\d+), (\d+)").groups()
    assert number(value) == pytest.approx(expected[int(y), int(x)], rel=0.06, abs=1e-3)
    ends = tab.locator("#map .ends span").all_inner_texts()
    assert number(ends[0]) == -number(ends[2])
    assert number(ends[1]) == 0
    tab.locator("#map .methods button").first.click()


def test_the_box_is_moved_by_keyboard_and_hand(tab, model):
    box = tab.locator("#hide .box")
    tab.locator("#hide .brightest").click()
    before = box.get_attribute("aria-label")
    box.press("ArrowUp")
    box.press("Shift+ArrowRight")
    moved = box.get_attribute("aria-label")
    left, top, wide, high = map(int, re.findall(r"\d+", moved))
    old = list(map(int, re.findall(r"\d+", before)))
    assert [left, top, wide, high] == [old[0], old[1] - 4, old[2] + 4, old[3]]
    grip = box.bounding_box()
    tab.mouse.move(grip["x"] + 20, grip["y"] + 20)
    tab.mouse.down()
    tab.mouse.move(grip["x"] + 20, grip["y"] - 40, steps=4)
    tab.mouse.up()
    left, top, wide, high = map(int, re.findall(r"\d+", box.get_attribute("aria-label")))
    picture = to_array(load_scene("can_opener").pictures["all"])
    hidden = mask_region(picture, (top, left, top + high, left + wide), "black")
    index = class_index("can opener")
    expected = compute_logits(model, np.stack([picture, hidden]))[:, index]
    cost = f"{expected[1] - expected[0]:+.1f}".replace("-", "\N{MINUS SIGN}")
    wait_for(tab, "#hide .cost b", f"^{re.escape(cost)}$")


def test_the_same_box_elsewhere_says_where_ours_lies(tab):
    tab.locator("#hide .brightest").click()
    tab.locator("#hide .control").click()
    found = wait_for(tab, "#hide .among", r"Lower than at (\d+) of 24 other places")
    assert 0 <= int(found[1]) <= 24
    assert tab.locator("#hide .ghost").count() == 24
    wait_for(tab, "#hide .verdict", "Over the brightest place the box costs")
    tab.locator("#hide .box").press("ArrowLeft")
    wait_for(tab, "#hide .among", "^$")
    assert tab.locator("#hide .ghost").count() == 0


def test_ball_and_hoop_are_switched_off(tab):
    for switch in ("#ball", "#ball", "#hoop"):
        tab.locator(switch).press("Space")
        tab.wait_for_timeout(300)
    tab.locator("#hoop").press("Space")
    wait_for(tab, "#court .verdict", "without the ball .* without the hoop .* without both")
    cells = tab.locator("#court td[data-variant]")
    assert all(re.fullmatch(r"[\d.]+", text) for text in cells.all_inner_texts())


def test_the_mark_and_the_second_network(tab):
    tab.locator("#mark input[value=chinese]").check()
    tab.locator("#mark .second").click()
    wait_for(tab, "#mark tbody", "EfficientNet-Lite0")
    rows = tab.locator("#mark tbody tr").all_inner_texts()
    place = re.findall(r"\d+", rows[1].split("Lite0")[1])
    assert int(place[0]) > 400  # without the mark
    assert int(place[1]) < 50  # with it: the cheat of notebook 12


def photo_bytes(kind):
    """A photograph lying on its side, as cameras store them."""
    image = load_image("chelsea").transpose(Image.Transpose.ROTATE_90)
    exif = image.getexif()
    exif[274] = TURNED
    file = io.BytesIO()
    image.save(file, kind, exif=exif, **({"quality": 92} if kind == "JPEG" else {}))
    return file.getvalue()


@pytest.mark.parametrize("fit", ["squeezed", "middle"])
@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_a_photo_is_turned_and_resized_as_by_pillow(tab, model, kind, fit):
    content = photo_bytes(kind)
    tab.locator(f"#photo input[value={fit}]").check()
    tab.locator("#file").set_input_files(
        {
            "name": f"cat-{fit}.{kind}",
            "mimeType": f"image/{kind.lower()}",
            "buffer": content,
        }
    )
    wait_for(tab, "#photo .note", f"cat-{fit}.{kind}: 451 . 300 pixels")
    picture = to_array(load_image(content), fit={"squeezed": "squash", "middle": "crop"}[fit])
    expected = compute_logits(model, picture[None])[0]
    found = logits(tab, "photo")
    assert next(iter(found)) == expected.argmax()
    for index, logit in found.items():
        assert logit == pytest.approx(expected[index], abs=0.02)


BAD = {
    "empty.jpg": (b"", "empty"),
    "letter.jpg": (b"Dear reader, this is a letter.", "not a picture"),
    "phone.heic": (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", "HEIC"),
    "half.png": (None, "damaged"),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_file_gets_a_sentence(tab, name):
    content, word = BAD[name]
    content = photo_bytes("PNG")[:40] if content is None else content
    tab.locator("#file").set_input_files(
        {"name": name, "mimeType": "application/octet-stream", "buffer": content}
    )
    found = wait_for(tab, "#photo .note", f"{word}")
    assert found
    assert tab.locator("#photo .note").inner_text().endswith(".")


@pytest.mark.parametrize("width", [390, 1366, 1920])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_serious_and_no_sideways_scrolling(tab, width, scheme):
    tab.set_viewport_size({"width": width, "height": 844})
    tab.emulate_media(color_scheme=scheme)
    tab.evaluate(axe.source())
    assert tab.evaluate(SERIOUS) == []
    assert tab.evaluate("document.documentElement.scrollWidth <= innerWidth")
    tab.set_viewport_size({"width": 1366, "height": 768})
    tab.emulate_media(color_scheme="light")


LACKING = {
    "no wasm": ("delete window.WebAssembly", "WebAssembly is missing"),
    "no SIMD": ("WebAssembly.validate = () => false", "has no SIMD"),
    "no unpacking": ("delete window.DecompressionStream", "cannot unpack"),
}


@pytest.mark.parametrize("lack", LACKING)
def test_an_old_browser_gets_a_sentence(browser, page_files, lack):
    script, words = LACKING[lack]
    context = browser.new_context()
    context.add_init_script(script)
    tab = context.new_page()
    tab.goto((page_files / SINGLE).as_uri())
    wait_for(tab, "#trouble", f"{words}.*use a newer browser")
    context.close()


def test_the_second_network_comes_on_wish_alone(browser, page_files, server):
    for path in page_files.iterdir():
        server.files[f"/{path.name}"] = path.read_bytes()
    context = browser.new_context()
    tab = context.new_page()
    tab.goto(f"{server.address}/index.html")
    tab.wait_for_selector(READY, timeout=90_000)
    own = [path for path in server.requests if path != "/favicon.ico"]
    assert "/squeezenet.weights" in own
    assert "/efficientnet-lite0.weights" not in own
    tab.locator("#networks button").last.click()
    tab.wait_for_selector("#networks button[value=efficientnet-lite0][aria-pressed=true]")
    assert server.requests.count("/efficientnet-lite0.weights") == 1
    assert set(NETWORKS) == {"squeezenet", "efficientnet-lite0"}
    context.close()


def test_links_lead_to_notebooks_that_exist(page_files):
    html = (page_files / "index.html").read_text(encoding="utf-8")
    names = re.findall(r'href="\.\./notebooks/([^"]+)\.html"', html)
    assert len(names) >= 8
    for name in names:
        assert name == "index" or (ROOT / "notebooks" / f"{name}.ipynb").is_file(), name
    assert re.findall(r'(?:src|href)="https?:', html) == []


def test_licences_are_inside(page_files):
    html = (page_files / SINGLE).read_text(encoding="utf-8")
    for words in ("Apache License", "forresti/SqueezeNet", "XNNPACK", "two-clause BSD"):
        assert words in html
