"""A student's and a teacher's copy of every notebook, and slides, all from the one source.

usage: python -m tools.classroom.copies [FOLDER] [--address https://...]      (build/copies)

Students get the notebooks without results: outputs, solutions and answers are gone, what should be
seen is folded, there is room for guesses, and the checks stay. Teachers get everything open, with
the minutes of the routes and the misconceptions that each notebook answers. `colab` holds the
notebooks as they are, with a first cell that installs them there; `--address` says where the
project lies in public, if that is not its remote `origin`. `nbgrader` holds the source of a course
for who grades with it (nbgrader is no part of our environment).
"""

import argparse
import shutil
from collections.abc import Callable
from functools import partial
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from tools.classroom.colab import for_colab, public_address
from tools.classroom.forms import student, teacher
from tools.classroom.grading import SETTINGS, graded
from tools.classroom.slides import slides
from tools.readme_parts import ROOT, ROUTE, readme, routes, sections, series

# As a student sees the series; the README itself tells the results.
STUDENTS_PAGE = """# {title}

Open the notebooks in this order. Write your guess down at every **Predict** before you run the cell
below it. [The glossary](docs/glossary.md) explains the terms.

{table}"""


def copied(path: Path, make: Callable[[NotebookNode, str], NotebookNode]) -> NotebookNode:
    """A copy of a notebook, of the kind that `make` makes, checked against the format."""
    copy = make(nbformat.read(path, 4), path.name[:2])
    nbformat.validate(copy)
    return copy


def write_notebooks(folder: Path, make: Callable[[NotebookNode, str], NotebookNode]) -> None:
    """Write one kind of copies into a folder of their own."""
    folder.mkdir(parents=True)
    for path in series():
        nbformat.write(copied(path, make), folder / path.name)


def write_copies(folder: Path, make: Callable[[NotebookNode, str], NotebookNode]) -> None:
    """Write one kind of copies with the glossary beside them, to which they link."""
    write_notebooks(folder / "notebooks", make)
    (folder / "docs").mkdir()
    shutil.copy(ROOT / "docs/glossary.md", folder / "docs")


def write_colab(folder: Path, named: str | None) -> None:
    """Write the copies for Colab, if it is known where the project can be cloned from."""
    address = public_address(named)
    if address:
        write_notebooks(folder, partial(for_colab, address=address))
    else:
        print(
            "Copies for Colab were left out: they need an https address from which the project can "
            'be cloned, as in ARGS="--address https://...".'
        )


def write_course(folder: Path) -> None:
    """Write the source of a course for nbgrader: an assignment for each notebook."""
    folder.mkdir(parents=True)
    (folder / "nbgrader_config.py").write_text(SETTINGS, encoding="utf-8")
    for path in series():
        assignment = folder / "source" / path.stem
        assignment.mkdir(parents=True)
        nbformat.write(copied(path, graded), assignment / path.name)


def write_students_page(folder: Path) -> None:
    """Write the page to which the notebooks' link "All notebooks" leads a student."""
    table = sections(readme(), 2)["The notebooks"].partition("-->\n")[2].partition("<!--")[0]
    page = STUDENTS_PAGE.format(title=readme().splitlines()[0][2:], table=table)
    (folder / "README.md").write_text(page, encoding="utf-8")


def main() -> None:
    """Write every kind of copy, and the slides of every route."""
    parser = argparse.ArgumentParser(prog="copies")
    parser.add_argument("folder", nargs="?", default="build/copies")
    parser.add_argument("--address", help="where the project lies in public, https://...")
    chosen = parser.parse_args()
    target = ROOT / chosen.folder
    shutil.rmtree(target, ignore_errors=True)
    write_copies(target / "student", student)
    write_students_page(target / "student")
    write_copies(target / "teacher", teacher)
    shutil.copy(ROOT / "README.md", target / "teacher")
    shutil.copytree(ROOT / "data/readme", target / "teacher/data/readme")
    write_course(target / "nbgrader")
    write_colab(target / "colab", chosen.address)
    for title in routes():
        page = target / f"slides-{ROUTE.fullmatch(title)[2]}-minutes.html"
        page.write_text(slides(title), encoding="utf-8")
    print(f"Copies for students and teachers, and slides: {target}")


if __name__ == "__main__":
    main()
