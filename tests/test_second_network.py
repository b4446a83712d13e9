"""Notebooks run through on the second network: whoever sets HELPERS_MODEL meets no error.

Some minutes, so a part of the series runs each time: the notebooks whose cells ask a network
most. `HELPERS_EVERY_NOTEBOOK=1` runs all of them.
"""

import os
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

FOLDER = Path(__file__).resolve().parents[1] / "notebooks"
EVERY = sorted(FOLDER.glob("[0-9][0-9]_*.ipynb"))
LASTING = ("01", "05", "08")


def chosen(path: Path) -> bool:
    return path.name[:2] in LASTING or bool(os.environ.get("HELPERS_EVERY_NOTEBOOK"))


@pytest.mark.parametrize("path", filter(chosen, EVERY), ids=lambda path: path.stem)
def test_a_notebook_runs_through_on_squeezenet(path, monkeypatch):
    monkeypatch.setenv("HELPERS_MODEL", "squeezenet")
    notebook = nbformat.read(path, 4)
    notebook.cells.append(nbformat.v4.new_code_cell("print(load_model().name)"))
    folder = {"metadata": {"path": str(FOLDER)}}
    # A cell that fails raises.
    NotebookClient(notebook, timeout=600, kernel_name="python3", resources=folder).execute()
    assert "squeezenet" in notebook.cells[-1].outputs[0].text
