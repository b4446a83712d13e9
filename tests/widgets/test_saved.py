"""What a saved figure tells: method, class, scale, and the line below."""

import io

import numpy as np
from hands import PHOTO
from PIL import Image

from helpers.widgets import saved
from helpers.widgets.frame import Frame, Panel, map_panels, own_scales


def told(frame, monkeypatch):
    """What is written into the file."""
    written = []
    monkeypatch.setattr(saved, "panel_sheet", lambda *arguments: written.extend(arguments) or b"")
    name, _ = saved.figure_file(frame)
    return name, *written[1:]


def test_maps_tell_method_class_and_scale(monkeypatch):
    maps = np.random.default_rng(0).random((2, 4, 4))
    captions = ["Grad-CAM for cup", "LRP for cup"]
    panels, scale = map_panels(PHOTO, maps, captions, "logit", 0.7)
    name, words, note, shared = told(Frame(panels, "A line.", scale), monkeypatch)
    assert (name, words, note) == ("Grad_CAM_for_cup.png", captions, "A line.")
    assert shared == (scale.limits, "logit", 0.7)


def test_a_scale_of_its_own_stands_below_each_map(monkeypatch):
    values = np.full((4, 4), 0.25)
    panels = own_scales([(PHOTO, values, "Gradient for cup", "logit")], 0.7)
    _, words, _, shared = told(Frame(panels, ""), monkeypatch)
    assert words == ["Gradient for cup\nscale 0 to 0.25 logit"] and shared is None


def test_a_picture_without_a_caption_is_described(monkeypatch):
    frame = Frame([Panel(np.zeros((8, 8, 3), np.uint8), "The cup, its handle hidden.")], "A line.")
    name, content = saved.figure_file(frame)
    assert name == "figure.png" and Image.open(io.BytesIO(content)).format == "PNG"
    assert told(frame, monkeypatch)[1] == ["The cup, its handle hidden."]
