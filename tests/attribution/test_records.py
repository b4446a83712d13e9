"""One record a method: a new one is a file and a line, and turns up wherever methods do."""

import importlib
import json
import pkgutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from toys import SIDE, lively_classifier, one_sentence

from helpers import attribute, compute_saliency_map, reading_of, report_card
from helpers.attribution import methods
from helpers.attribution.records import Method, Passes
from helpers.attribution.registry import METHODS, find_method, method_options
from helpers.errors import HelpersError
from helpers.evaluation import randomisation_test
from helpers.models.scores import compute_logits
from helpers.widgets import explore_methods, explore_scenes
from helpers.widgets.method_options import Options
from helpers.widgets.method_view import Asked, MethodMaps
from helpers.widgets.networks import Networks

ROOT = Path(__file__).parents[2]
PICTURE = np.random.default_rng(2).uniform(0, 255, (SIDE, SIDE, 3)).astype(np.float32)


def toy(question, *, factor: float = 2.0):
    """Give the picture's contrast to grey, times a factor."""
    return factor * (question.pairs.pictures - 128), {}


@pytest.fixture
def model():
    return lively_classifier(["cat", "cup", "ball", "hen"])


@pytest.fixture
def registered(monkeypatch):
    facts = True, True, False, Passes(scores=30), "absolute", "greys", "Toy et al. 2026"
    monkeypatch.setitem(METHODS, "toy", Method("toy", toy, *facts))


def facts_tables() -> str:
    """Give the source of the cells of notebook 07 that print what each method is."""
    cells = json.loads((ROOT / "notebooks" / "07_comparing_methods.ipynb").read_text("utf-8"))
    sources = ("".join(cell["source"]) for cell in cells["cells"] if cell["cell_type"] == "code")
    return "\n".join(source for source in sources if "for name, method in METHODS" in source)


@pytest.mark.usefixtures("registered")
def test_a_method_of_one_line_turns_up_everywhere(model, capsys):
    expected = 2 * (PICTURE - 128)
    np.testing.assert_array_equal(attribute(model, PICTURE, "cup", "toy"), expected)
    found, details = attribute(model, PICTURE, 1, "toy", details=True, factor=4.0)
    np.testing.assert_array_equal(found, 2 * expected)
    assert details["score"] == pytest.approx(compute_logits(model, PICTURE[None])[0, 1])
    size = np.abs(expected).max(-1)
    np.testing.assert_array_equal(
        compute_saliency_map(model, PICTURE, 1, method="toy", sigma=0), size
    )
    assert reading_of("toy") == "absolute"
    card = report_card(model, PICTURE, "cup", "toy", progress=False)
    assert (card.method, card.reading) == ("toy", "absolute")
    np.testing.assert_array_equal(card.saliency_map, size)
    exec(facts_tables(), {"METHODS": METHODS})
    printed = capsys.readouterr()[0].splitlines()
    row, source = (line for line in printed if line.startswith("toy "))
    assert all(word in row for word in (" no ", "30 scores", "absolute", "greys"))
    assert "Toy et al. 2026" in source


@pytest.mark.usefixtures("registered")
def test_explorers_show_it_with_its_unit_and_source(model):
    picture = PICTURE.astype(np.uint8)
    maps, asked = MethodMaps(Networks(model), {"photo": picture}), Asked("photo", "cup", "toy")
    assert "press Compute" in maps.frame([asked], 0.6).note
    values, _ = maps.compute(asked)
    expected = attribute(model, picture.astype(np.float32), 1, "toy")
    np.testing.assert_allclose(values, np.abs(expected).max(-1))
    frame = maps.frame([replace(asked, sigma=0)], 0.6)
    assert "greys" in frame.scale.label and "Toy et al. 2026" in frame.note
    explorer = explore_methods(model, {"photo": picture}, method="toy")
    assert explorer.controls["method"].value == "toy"


def test_the_explorers_offer_every_method_and_the_options_that_change_its_map(model):
    explorer = explore_methods(model, {"photo": PICTURE.astype(np.uint8)})
    offered = explorer.controls["method"].options
    names = {option[1] if isinstance(option, tuple) else option for option in offered}
    assert names == set(METHODS)
    shown = Options("gradient")
    for method, options in {
        "gradient": {"cutoff": None},
        "lrp": {"rule": "gamma", "gamma": 0.25},
        "lime": {"regions": "grid", "fill": "mean", "seed": 0},
        "blur_ig": {"max_sigma": 50.0},
    }.items():
        assert options.items() <= shown.values(method).items()


@pytest.mark.usefixtures("registered")
def test_the_long_run_computes_it_last_and_in_both_readings(model, monkeypatch):
    maps, plan, units = (
        importlib.import_module(f"tools.results.{name}") for name in ("maps", "plan", "units")
    )
    assert plan.known_methods(("toy", "a plan of another day")) == ["toy"]
    order = list(units.all_units(["squeezenet"]))
    assert {u.table for u in order if u.method == "toy"} > {"objects", "others", "curves", "grid"}
    assert order[-1].method == "toy"
    monkeypatch.setattr(maps, "load_model", lambda name: model)
    found = maps.compute_maps("squeezenet", "toy", PICTURE, "cup")
    np.testing.assert_array_equal(found.absolute, np.abs(2 * (PICTURE - 128)).max(-1))
    np.testing.assert_allclose(found.signed, 2 * (PICTURE - 128).sum(-1), rtol=1e-5, atol=1e-3)


@pytest.mark.parametrize(
    "ask",
    [
        lambda model, name: attribute(model, PICTURE, 0, name),
        lambda model, name: compute_saliency_map(model, PICTURE, 0, method=name),
        lambda model, name: report_card(model, PICTURE, 0, name, progress=False),
        lambda model, name: explore_methods(model, {"photo": PICTURE}, method=name),
        lambda model, name: explore_scenes(model, method=name),
        lambda model, name: randomisation_test(model, PICTURE, 0, [name], progress=False),
        lambda model, name: reading_of(name),
        lambda model, name: find_method(name),
        lambda model, name: method_options(name),
        lambda model, name: METHODS[name],
    ],
)
def test_an_unknown_name_is_answered_with_its_neighbours(model, ask):
    with pytest.raises(HelpersError) as error:
        ask(model, "gradeint")
    assert "'gradeint'; did you mean 'gradient'" in one_sentence(error)


@pytest.mark.parametrize("name", [["gradient"], None, 3, "Zebra"])
def test_what_is_no_name_at_all_is_answered_too(name):
    with pytest.raises(HelpersError) as error:
        find_method(name)
    assert "list(METHODS) gives all" in one_sentence(error)


def test_every_record_is_whole_and_under_its_own_name():
    for name, record in METHODS.items():
        assert record.name == name == record.function.__name__
        assert record.reading in ("signed", "absolute") and record.unit and record.source
        assert record.needs_gradients or not record.passes.gradients
        assert record.is_control == (record.passes == Passes())


def test_every_file_of_methods_is_in_the_registry():
    homes = {record.function.__module__.rpartition(".")[2] for record in METHODS.values()}
    assert homes == {module.name for module in pkgutil.iter_modules(methods.__path__)}


@pytest.mark.parametrize(
    ("passes", "words"),
    [
        (Passes(), "none"),
        (Passes(gradients=1), "1 gradient"),
        (Passes(scores=170), "170 scores"),
        (Passes(1, 1), "1 gradient, 1 score"),
    ],
)
def test_passes_in_words(passes, words):
    assert str(passes) == words
