"""A photo of the reader's: read in any form, refused in a sentence, and never stored."""

import base64
import html
import json
import re

import ipywidgets
import numpy as np
import pytest
from hands import (
    PICTURE,
    SECONDS,
    Gate,
    finish,
    note,
    only,
    parts,
    press,
    receive,
    screen,
)
from PIL import Image
from toys import picture_bytes

from helpers.widgets import (
    method_view,
)
from helpers.widgets.explore import explore_masking, explore_photo
from helpers.widgets.inputs import PhotoInput, Screen
from helpers.widgets.method_view import Asked, MethodMaps
from helpers.widgets.networks import Networks
from helpers.widgets.seen import screen_size


@pytest.fixture
def photo(toy):
    return explore_photo(toy)


def choose(explorer, content, name="me.jpg", piece=1000):
    """Choose a file as the browser does: in pieces, as messages."""
    count = max(1, -(-len(content) // piece))
    for number in range(count):
        part = memoryview(content[number * piece : (number + 1) * piece])
        message = {"name": name, "piece": number, "pieces": count}
        receive(only(explorer, PhotoInput), message, [part])
    finish(explorer)


def exact(explorer, image):
    np.testing.assert_array_equal(np.asarray(explorer.image), np.asarray(image))


def test_a_photo_is_joined_from_its_pieces_and_examined(photo, toy):
    content = picture_bytes(Image.fromarray(PICTURE))
    choose(photo, content[:2500])  # a first try, of which nothing must remain
    choose(photo, content)
    exact(photo, PICTURE)
    assert photo.controls["picture"].value == "your photo"
    maps = MethodMaps(Networks(toy), {"it": PICTURE})
    assert photo.controls["target"].value == maps.words[maps.seen("it").top(1)[0]]
    assert photo.frame.panels[0].alt == "The picture that the map belongs to: your photo."
    np.testing.assert_array_equal(photo.frame.panels[0].picture, screen_size(PICTURE, 320))


def test_a_file_that_breaks_off_is_forgotten(photo):
    content = picture_bytes(Image.fromarray(PICTURE))
    first = {"name": "a", "piece": 0, "pieces": 2}
    receive(only(photo, PhotoInput), first, [b"half a file"])
    choose(photo, content)
    exact(photo, PICTURE)


def test_a_second_photo_takes_the_place_of_the_first(photo):
    for picture in (PICTURE, PICTURE[:, ::-1] // 2):
        choose(photo, picture_bytes(Image.fromarray(picture)))
        exact(photo, picture)
        np.testing.assert_array_equal(photo.frame.panels[0].picture, screen_size(picture, 320))
        values, _ = photo.maps.compute(Asked("your photo", photo.controls["target"].value))
        fresh = MethodMaps(photo.maps.networks, {"it": picture})
        expected, _ = fresh.compute(Asked("it", photo.controls["target"].value))
        np.testing.assert_array_equal(values, expected)
    assert [name for _, name in photo.controls["picture"].options] == ["chelsea", "your photo"]
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
    receive(only(photo, PhotoInput), {"name": "<b>big.tif", "problem": "too large"})
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
    card = photo.maps.card(Asked("chelsea", "<b>cat</b>"))
    assert "<b>" not in photo.card.value
    markup = html.unescape(photo.card.value)
    assert "Report card: Gradient for <b>cat" in markup
    for row in card.rows():
        assert all(word in markup for word in row)
    assert all(doubt in markup for doubt in card.doubts())
    assert note(photo) == "The report card (Gradient, chelsea) is below."
    choose(photo, picture_bytes(Image.fromarray(PICTURE)))
    assert photo.card.value == ""
    press(photo, "Report card")
    finish(photo)
    photo.controls["sigma"].value = 9
    assert photo.card.value != ""
    photo.controls["method"].value = "edge_map"
    assert photo.card.value == ""


def test_a_photo_that_is_read_while_a_map_is_computed(photo, monkeypatch):
    gate = Gate()
    monkeypatch.setattr(method_view, "attribute", gate)
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


@pytest.fixture
def made():
    """Every widget that is made from now on."""
    widgets = []
    ipywidgets.Widget.on_widget_constructed(widgets.append)
    yield widgets
    ipywidgets.Widget.on_widget_constructed(None)


def test_the_photo_leaves_no_trace(toy, made):
    """Neither the file nor what is shown of it is in any widget's state, or in a static figure."""
    photo = explore_photo(toy)
    fixed = photo._repr_mimebundle_()
    content = picture_bytes(Image.fromarray(PICTURE))
    choose(photo, content, "holiday.png")
    press(photo, "Report card")
    finish(photo)
    shown = re.findall(r'base64,([^"]*)"', screen(photo))
    assert len(shown) == 3  # the photo, the map on it, and the colours
    assert {*parts(photo.view)} < {*made} and len(made) > 20
    state = " ".join(saved_state(widget.get_state()) for widget in made)
    file = base64.b64encode(content).decode()
    for trace in (*shown, file, file[40:400], "base64,", "holiday.png"):
        assert trace not in state
    bundle = photo._repr_mimebundle_()
    assert bundle == fixed and "your photo" not in json.dumps(bundle)
    assert not any(picture in bundle["text/html"] for picture in shown[:2])


def test_what_is_private_travels_as_messages(monkeypatch):
    private = Screen()
    sent = []
    monkeypatch.setattr(private, "send", sent.append)
    private.value = "<p>it</p>"
    receive(private, "ready")
    assert sent == [{"html": "<p>it</p>"}] * 2
    assert "<p>it" not in saved_state(private.get_state())


def test_the_state_that_is_searched_holds_what_is_not_private(toy):
    """The search finds a picture where one may be stored."""
    explorer = explore_masking(toy, PICTURE)
    state = " ".join(saved_state(part.get_state()) for part in parts(explorer.view))
    assert explorer.controls["boxes"].picture in state
