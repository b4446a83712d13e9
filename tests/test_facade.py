"""`helpers` itself: what notebooks need is importable from it, at once and by its own name."""

import ast
import json
from pathlib import Path

import pytest

import helpers

ROOT = Path(helpers.__file__).parents[1]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
# The rest is either the framework or belongs to one notebook alone.
APART = {"helpers.backend", "helpers.claims", "helpers.exercises"}


def imported_names(path: Path) -> set[str]:
    """The names that a notebook imports from the helpers, at whatever depth."""
    notebook = json.loads(path.read_text(encoding="utf-8"))
    cells = [c["source"] for c in notebook["cells"] if c["cell_type"] == "code"]
    nodes = [node for cell in cells for node in ast.walk(ast.parse("".join(cell)))]
    return {
        alias.name
        for node in nodes
        if isinstance(node, ast.ImportFrom) and node.module.split(".")[0] == "helpers"
        for alias in node.names
        if node.module not in APART
    }


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_what_a_notebook_imports_is_importable_from_helpers(path):
    assert imported_names(path) <= set(helpers.__all__)


@pytest.mark.parametrize("name", helpers.__all__)
def test_every_name_of_the_stub_is_there(name):
    found = getattr(helpers, name)
    assert getattr(found, "__name__", name) == name


def test_no_name_is_also_a_room():
    rooms = {path.stem for path in (ROOT / "helpers").iterdir()}
    assert rooms.isdisjoint(helpers.__all__)


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no_such_name"):
        helpers.no_such_name  # noqa: B018
