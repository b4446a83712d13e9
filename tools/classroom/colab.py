"""A notebook as it is opened on Colab: with its results, and a first code cell that installs."""

import re
import shlex
import subprocess
import tomllib
from urllib.parse import urlsplit

from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell
from packaging.requirements import Requirement

from tools.readme_parts import ROOT

# Other front ends, to which a notebook on Colab cannot change.
FRONT_ENDS = {"jupyterlab", "voila"}
FOLDER = "saliency"
RELATIVE = re.compile(r"\]\((?!https?:|#)([^)\s]+)\)")
NOTE = (
    "**This copy is for Colab**, and comes from [the project]({address}). Run the next cell before "
    "any other: it takes some minutes, and then Colab's session has to be restarted, once."
)
# The helpers are asked for too: after the restart they are there, and nothing is left to do.
INSTALL = """\
# Installs on Colab what the series needs; on other machines it does nothing.
from importlib.util import find_spec

if find_spec("google") and find_spec("google.colab") and not find_spec("helpers"):
    !git clone --quiet --depth 1 {address} {folder}
    %pip install --quiet {needed}
    %pip install --quiet --no-deps --no-build-isolation {source}
    %pip install --quiet --no-deps --no-build-isolation --editable ./{folder}
    print("Now choose Runtime > Restart session, even if Colab does not ask, and go on below.")"""


def for_colab(notebook: NotebookNode, number: str, address: str) -> NotebookNode:
    """The copy for Colab.

    Parameters
    ----------
    notebook : NotebookNode
        As stored; it is changed.
    number : str
        Of the notebook, "01" and so on.
    address : str
        Of the project, from where it can be cloned without a password.

    Returns
    -------
    NotebookNode
    """
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            cell.source = RELATIVE.sub(lambda link: f"]({_address(link[1], address)})", cell.source)
    notebook.cells[1:1] = [
        new_markdown_cell(NOTE.format(address=address), id=f"colab-note-{number}"),
        new_code_cell(install(address), id=f"colab-install-{number}"),
    ]
    return notebook


def _address(link: str, address: str) -> str:
    """Where a link from `notebooks/` leads to when the notebook stands alone."""
    inside = link.removeprefix("../") if link.startswith("../") else f"notebooks/{link}"
    return f"{address}/blob/HEAD/{inside}"


def install(address: str) -> str:
    """The cell that installs, from the dependencies that pyproject.toml names."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    needed = [
        line
        for line in project["project"]["dependencies"]
        if Requirement(line).name not in FRONT_ENDS
    ]
    return INSTALL.format(
        address=shlex.quote(address),
        folder=FOLDER,
        needed=shlex.join(needed),
        source=shlex.join(project["dependency-groups"]["source"]),
    )


def public_address(named: str | None) -> str | None:
    """The https address of the project: as named, else that of the remote `origin`, if it has one.

    A name or a password in it is left out, for copies are handed on.
    """
    parts = urlsplit((named or origin_address()).strip().removesuffix("/").removesuffix(".git"))
    if parts.scheme != "https":
        return None
    return parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()


def origin_address() -> str:
    """Where this checkout came from, in git's words; nothing where git does not know."""
    command = ["git", "remote", "get-url", "origin"]
    try:
        return subprocess.run(command, cwd=ROOT, capture_output=True, text=True).stdout
    except OSError:  # no git here
        return ""
