"""What a cell publishes: the figure alone where outputs are stored, and both forms elsewhere."""

import threading

import ipywidgets
import pytest
from hands import PICTURE, ROUGH

from helpers.widgets import explorer as explorers
from helpers.widgets.explore import explore_smoothing
from helpers.widgets.published import publish

VIEW = "application/vnd.jupyter.widget-view+json"


@pytest.fixture
def shown(monkeypatch):
    """What `display` was called with."""
    calls = []

    class Handle:
        def update(self, bundle, **_options):
            calls.append((bundle, {"update": True}))

    def display(bundle, **options):
        calls.append((bundle, options))
        return Handle()

    monkeypatch.setattr("IPython.display.display", display)
    return calls


@pytest.mark.parametrize(
    ("session", "stored"),
    [("notebooks/01.ipynb", True), ("", False), ("01-jvsc-5e5a0.ipynb", False)],
)
def test_a_widget_is_published_only_where_it_is_not_stored(shown, monkeypatch, session, stored):
    monkeypatch.setenv("JPY_SESSION_NAME", session)
    handle = publish({"text/html": "<p>it</p>"}, ipywidgets.HTML(), "place")
    ((bundle, options),) = shown
    assert (VIEW in bundle) != stored and bundle["text/html"] == "<p>it</p>"
    assert (handle is not None) == stored and (options.get("display_id") == "place") == stored


def test_the_stored_figure_follows_once_nothing_moves(shown, monkeypatch):
    monkeypatch.setenv("JPY_SESSION_NAME", "notebooks/01.ipynb")
    monkeypatch.setattr(explorers, "CALM", 0.05)
    explorer = explore_smoothing(PICTURE, ROUGH, "tabby", sigma=2)
    explorer._ipython_display_()
    before = set(threading.enumerate())
    for sigma in (3, 4, 5):
        explorer.controls["sigma"].value = sigma
    for timer in set(threading.enumerate()) - before:
        timer.join(30)
    (first, _), *later = shown
    assert "sigma 2:" in first["text/html"]
    assert [options for _, options in later] == [{"update": True}]
    assert "sigma 5:" in later[0][0]["text/html"]
