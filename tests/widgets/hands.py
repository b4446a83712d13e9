"""What the tests of explorers share: a toy network, and hands for the controls."""

import base64
import html
import re
import threading

import ipywidgets
import numpy as np
from toys import lively_classifier

from helpers import attribute
from helpers.attribution.registry import METHODS
from helpers.models.prediction import class_logits
from helpers.progress import progress_bar
from helpers.widgets.inputs import BoxPad, Screen, Thumbnails

PICTURE = np.random.default_rng(1).integers(0, 255, (60, 120, 3), np.uint8)
ROUGH = np.random.default_rng(0).normal(size=(56, 56, 3)).astype(np.float32)
NAMES = ["<b>cat</b>", "tabby", "crane", "crane", "cup", "banana", "lemon", "ball"]
SECONDS = 60
RNG = np.random.default_rng(6)
PHOTO = RNG.integers(0, 255, (30, 45, 3), np.uint8)
OTHER = RNG.integers(0, 255, (40, 20, 3), np.uint8)
MARKED = ("<b>", "<script", "Traceback")


def toy_network():
    """Give a network of 8 x 8 pixels and eight classes, one with a name full of HTML."""
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


def only(explorer, kind):
    """The one part of a kind that is on the page."""
    (found,) = [part for part in parts(explorer.view) if isinstance(part, kind)]
    return found


def note_line(explorer):
    """The part of the page that is the line of text below the figure."""
    (found,) = [
        part
        for part in parts(explorer.view)
        if isinstance(part, ipywidgets.HTML)
        and "helpers-note" in part.get_state("_dom_classes")["_dom_classes"]
    ]
    return found


def note(explorer):
    """The line of text below the figure, and that it is escaped."""
    markup = note_line(explorer).value
    assert not any(word in markup for word in MARKED)
    return html.unescape(markup)


def receive(widget, message, buffers=()):
    """Let a widget get a message as from its half in the browser."""
    data = {"method": "custom", "content": message}
    widget.comm.handle_msg({"content": {"data": data}, "buffers": list(buffers)})


def finish(explorer):
    """Wait for the end of the work that a button started."""
    assert explorer.runner.job.wait(SECONDS)
    assert explorer.runner.bar.layout.visibility == "hidden"
    assert explorer.runner.buttons["Cancel"].disabled


def screens(widget):
    """All HTML that a part of the page shows now, and that it is escaped."""
    markup = "".join(part.value for part in parts(widget) if isinstance(part, Screen))
    assert not any(word in markup for word in MARKED)
    return markup


def screen(explorer):
    """The HTML that answers the controls now, without what is folded away below them."""
    return screens(explorer.view.children[0])


def shown_image(explorer):
    """The first `<img>` that the live view shows now, as (alt, picture file)."""
    alt, data = re.search(r'alt="([^"]*)".*?base64,([^"]*)"', screen(explorer)).groups()
    return alt, base64.b64decode(data)


def another_value(control, taken=()):
    """Some other value than the one that a control has, and than those that are taken."""
    if isinstance(control, ipywidgets.Checkbox):
        return not control.value
    if isinstance(control, Thumbnails):
        return next(name for name, *_ in reversed(control.options) if name != control.value)
    if isinstance(control, (ipywidgets.Dropdown, ipywidgets.Combobox)):
        words = [w[1] if isinstance(w, tuple) else w for w in control.options]
        quick = [w for w in words if w not in METHODS or METHODS[w].is_quick]
        return next(w for w in reversed(quick) if w not in (control.value, *taken))
    if isinstance(control, BoxPad):
        return [*control.value, [5, 5, 8, 8]]
    return control.min if control.value > control.min else control.max


def chosen(explorer):
    return [control.value for name, control in explorer.controls.items() if "class" in name]


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


def logits_of(array, model):
    return class_logits(array, model)[0][0]


def count_attributions(monkeypatch, view):
    """Note (class, method, options) of everything that is computed."""
    calls = []

    def counted(model, array, target, method, **options):
        calls.append((target, method, options))
        return attribute(model, array, target, method, **options)

    monkeypatch.setattr(view, "attribute", counted)
    return calls
