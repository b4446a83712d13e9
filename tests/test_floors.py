"""The contract of the house: nothing imports upwards or in a circle, and only display draws."""

import ast
import graphlib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

import helpers

ROOT = Path(helpers.__file__).parent
# From the ground up; a room may import from itself and from the floors below it.
FLOORS = (
    {"backend", "classes", "errors", "paths", "progress", "validation"},
    {"pictures"},
    {"models"},
    {"attribution"},
    {"evaluation"},
    {"display"},
    {"widgets"},
    {"check", "claims", "exercises"},
)
# Paths and the error's name alone; the rules behind `lrp`, seen through its tests; parts of
# explorers, seen through theirs.
SEEN_ELSEWHERE = {"errors", "paths"} | {"relevance"} | {
    "controls", "inputs", "method_options", "pace", "projector", "steering_view"
}  # fmt: skip
# Of other people's things, what has no public way for what a test has to see.
FOREIGN = {
    "_Pickler", "_flatten_layers", "_inbound_nodes", "_losses", "_outbound_nodes", "_replace",
}  # fmt: skip
FLOOR_OF = {room: floor for floor, rooms in enumerate(FLOORS) for room in rooms}


def module_name(path: Path) -> str:
    """Give `helpers.room.module`, or `helpers.room` for the room's own `__init__`."""
    parts = path.relative_to(ROOT.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


SOURCES = {module_name(path): path.read_text(encoding="utf-8") for path in ROOT.rglob("*.py")}


def imports(source: str, modules: set[str]) -> Iterator[str]:
    """Every module that a source imports, at its top or within a function."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "the helpers import each other by their full names"
            for alias in node.names:
                whole = f"{node.module}.{alias.name}"
                yield whole if whole in modules else node.module


def graph(sources: dict[str, str]) -> dict[str, set[str]]:
    return {name: set(imports(source, set(sources))) for name, source in sources.items()}


GRAPH = graph(SOURCES)


def room(module: str) -> str:
    return module.split(".")[1] if "." in module else "helpers"


def upward(edges: dict[str, set[str]]) -> list[tuple[str, str]]:
    """The imports that lead to a higher floor; the facade `helpers` lies above all of them."""
    return [
        (name, wanted)
        for name, found in edges.items()
        for wanted in found
        if wanted.split(".")[0] == "helpers"
        and FLOOR_OF.get(room(wanted), len(FLOORS)) > FLOOR_OF.get(room(name), len(FLOORS))
    ]


def test_every_room_has_a_floor():
    assert {room(name) for name in SOURCES} - {"helpers"} == set(FLOOR_OF)


def test_nothing_imports_upwards():
    # The check looks at the house from outside, as a reader does.
    assert [edge for edge in upward(GRAPH) if edge != ("helpers.check", "helpers")] == []


def test_nothing_imports_in_a_circle():
    graphlib.TopologicalSorter(GRAPH).prepare()


@pytest.mark.parametrize("where", ["", "def f():\n    "])
def test_an_upward_import_and_a_circle_are_found(where):
    faulty = {
        "helpers.models.loading": f"{where}from helpers.evaluation import deletion",
        "helpers.evaluation.deletion": f"{where}from helpers.models import loading",
    }
    assert upward(graph(faulty)) == [("helpers.models.loading", "helpers.evaluation.deletion")]
    with pytest.raises(graphlib.CycleError):
        graphlib.TopologicalSorter(graph(faulty)).prepare()


@pytest.mark.parametrize(
    ("library", "owner"),
    [("matplotlib", "display"), ("ipywidgets", "widgets"), ("anywidget", "widgets")],
)
def test_only_one_room_imports_it(library, owner):
    importing = {
        room(name)
        for name, found in GRAPH.items()
        if library in {wanted.split(".")[0] for wanted in found}
    }
    # helpers.check looks whether the packages are there, and uses nothing of them.
    assert importing - {"check"} == {owner}


def test_no_module_is_named_like_what_its_room_exports():
    for name in SOURCES:
        package, _, module = name.rpartition(".")
        if package.count(".") == 1 and not module.startswith("_"):
            exported = SOURCES[package].partition("__all__")[2]
            assert f'"{module}"' not in exported, f"{package}.{module} would be ambiguous"


def test_no_two_rooms_have_a_module_of_one_name():
    names = Counter(name.rpartition(".")[2] for name in SOURCES if name.count(".") > 1)
    assert [name for name, count in names.items() if count > 1] == []


def test_tests_lie_as_the_rooms_do():
    tests = Path(__file__).parent
    places = {path.relative_to(ROOT) for path in ROOT.rglob("*.py") if path.stem != "__init__"}
    lacking = {
        place.stem
        for place in places
        if not (tests / place.parent / f"test_{place.name}").is_file()
    }
    assert lacking <= SEEN_ELSEWHERE


def private_names(source: str) -> Iterator[str]:
    """Every private name that a source takes from something else than itself."""
    for node in ast.walk(ast.parse(source)):
        names = []
        if isinstance(node, ast.Attribute) and getattr(node.value, "id", "") not in ("self", "cls"):
            names = [node.attr]
        elif isinstance(node, ast.Import | ast.ImportFrom):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.Call) and ast.unparse(node.func).endswith("attr"):
            names = [part.value for part in node.args if isinstance(part, ast.Constant)]
        lasts = [str(name).rpartition(".")[2] for name in names]
        yield from (name for name in lasts if name.startswith("_") and not name.endswith("_"))


def test_a_private_name_is_found():
    taken = 'from a import _b\nc._d[0]\nsetattr(e, "_f", 1)\npatch.delattr("g._h")\n'
    own = 'self._i, j.__k__, l._m_(), "_n", _o\n'
    assert {*private_names(taken + own)} == {"_b", "_d", "_f", "_h"}


def test_tests_leave_private_names_alone():
    found = {
        path.name: {*private_names(path.read_text(encoding="utf-8"))} - FOREIGN
        for path in Path(__file__).parent.rglob("*.py")
    }
    assert {name: names for name, names in found.items() if names} == {}


def test_no_module_is_long():
    assert {name for name, source in SOURCES.items() if source.count("\n") > 500} == set()
