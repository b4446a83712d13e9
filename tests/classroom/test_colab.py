"""Copies for Colab: the first code cell installs what is needed there, and here does nothing."""

import shlex
import tomllib
from functools import partial
from types import SimpleNamespace

import nbformat
import pytest
from IPython.core.inputtransformer2 import TransformerManager
from packaging.requirements import Requirement

from tools.classroom import colab
from tools.classroom.copies import copied, series
from tools.classroom.forms import student, teacher
from tools.classroom.grading import graded
from tools.readme_parts import ROOT

ADDRESS = "https://example.org/us/maps"
for_colab = partial(colab.for_colab, address=ADDRESS)
INSTALL = colab.install(ADDRESS)
NOTEBOOKS = pytest.mark.parametrize("path", series(), ids=lambda path: path.stem)


def code(notebook):
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def commands():
    """What the cell asks IPython to run, without running it."""
    ran = []
    shell = SimpleNamespace(system=ran.append, run_line_magic=lambda *words: ran.append(words))
    exec(TransformerManager().transform_cell(INSTALL), {"get_ipython": lambda: shell})
    return ran


@NOTEBOOKS
def test_the_cell_is_the_first_one_and_the_rest_is_as_stored(path):
    stored, copy = code(nbformat.read(path, 4)), code(copied(path, for_colab))
    assert copy[0].source == INSTALL and not copy[0].outputs
    assert copy[1:] == stored


@NOTEBOOKS
def test_no_link_needs_a_file_beside_the_copy(path):
    words = [c.source for c in copied(path, for_colab).cells if c.cell_type == "markdown"]
    assert not colab.RELATIVE.findall("\n".join(words))
    inside = [
        link.split("#")[0].split(")")[0]
        for text in words
        for link in text.split(f"]({ADDRESS}/blob/HEAD/")[1:]
    ]
    assert inside and all((ROOT / name).is_file() for name in inside)


@NOTEBOOKS
@pytest.mark.parametrize("make", [student, teacher, graded], ids=lambda make: make.__name__)
def test_other_copies_know_nothing_of_colab(path, make):
    assert "colab" not in nbformat.writes(copied(path, make)).lower()


def test_here_the_cell_does_nothing(capsys):
    assert commands() == []
    assert capsys.readouterr().out == ""


def test_on_colab_it_installs_every_dependency_but_other_front_ends(monkeypatch, capsys):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: name != "helpers")
    clone, needed, source, own = commands()
    assert clone == f"git clone --quiet --depth 1 {ADDRESS} saliency"
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    asked = {Requirement(word) for word in shlex.split(needed[1])[2:]}
    named = {Requirement(line) for line in project["project"]["dependencies"]}
    assert {line.name for line in named - asked} == {"jupyterlab", "voila"} and asked <= named
    assert source == (
        "pip",
        "install --quiet --no-deps --no-build-isolation "
        + project["dependency-groups"]["source"][0],
    )
    assert own[1].endswith("--no-deps --no-build-isolation --editable ./saliency")
    assert "Restart session" in capsys.readouterr().out


def test_after_the_restart_nothing_is_left_to_do(monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: True)
    assert commands() == []


def test_an_address_is_https_and_tells_no_secret(monkeypatch):
    origin = "git@example.org:us/maps.git\n"
    monkeypatch.setattr(colab, "origin_address", lambda: origin)
    assert colab.public_address(None) is None
    assert colab.public_address(f"{ADDRESS}/") == ADDRESS
    origin = "https://me:secret@example.org/us/maps.git\n"
    assert colab.public_address(None) == ADDRESS
