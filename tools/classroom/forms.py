"""A notebook as its student and as its teacher gets it."""

import re

from nbformat import NotebookNode
from nbformat.v4 import new_markdown_cell

from tools.readme_parts import for_teachers, routes, rows

GUESS = "**My guess** (press Enter, write, press Shift-Enter): ..."
ANSWER = "*My answer:* ..."
SEEN = "**What you should see.**"
TICKED = "☑ "
SOLUTION = "<summary>Solution</summary>"
FOLDED = re.compile(r"<details><summary>(\d\..*?)</summary>.*?</details>", re.DOTALL)


def student(notebook: NotebookNode, number: str) -> NotebookNode:
    """The copy without results.

    Parameters
    ----------
    notebook : NotebookNode
        As stored; it is changed.
    number : str
        Of the notebook, "01" and so on.

    Returns
    -------
    NotebookNode
    """
    cells = []
    for cell in notebook.cells:
        if SOLUTION in cell.source:
            continue
        asks = cell.cell_type == "markdown" and "**Predict.**" in cell.source
        cells.append(_cleared(cell) if cell.cell_type == "code" else _closed(cell))
        if asks:
            cells.append(_note(GUESS, f"{cell.id}-guess"))
    notebook.cells = cells
    return notebook


def _cleared(cell: NotebookNode) -> NotebookNode:
    cell.outputs, cell.execution_count = [], None
    return cell


def _closed(cell: NotebookNode) -> NotebookNode:
    """Fold what tells results, and leave room where answers were."""
    before, mark, seen = cell.source.partition(SEEN)
    if mark:
        title = f"{TICKED}After you have run it: what you should see"
        cell.source = f"{before.removesuffix(TICKED)}{_folded(title, seen)}"
    if cell.source.startswith("## Summary\n"):
        head, _, lines = cell.source.partition("\n")
        cell.source = f"{head}\n{_folded('After the last step', lines)}"
    cell.source = FOLDED.sub(rf"**\1**\n\n{ANSWER}", cell.source)
    return cell


def _folded(title: str, text: str) -> str:
    return f"<details><summary>{title}</summary>\n\n{text.strip()}\n\n</details>"


def _note(text: str, name: str) -> NotebookNode:
    # A name of our own: a random one would differ in every copy.
    return new_markdown_cell(text, id=name[-64:])


def teacher(notebook: NotebookNode, number: str) -> NotebookNode:
    """The copy with everything open, and notes for the lesson on top.

    Parameters
    ----------
    notebook : NotebookNode
        As stored; it is changed.
    number : str
        Of the notebook, "01" and so on.

    Returns
    -------
    NotebookNode
    """
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            cell.source = cell.source.replace("<details>", "<details open>")
    notebook.cells.insert(1, _note(teachers_notes(number), f"for-the-teacher-{number}"))
    return notebook


def teachers_notes(number: str) -> str:
    """Minutes and steps of the routes, and the misconceptions that the notebook answers."""
    lines = ["## For the teacher"]
    for title, (parts, _) in routes().items():
        lines += [
            f"- **{title}**: {part.minutes} minutes, steps {', '.join(map(str, part.steps))}. "
            f"{part.happens}"
            for part in parts
            if part.notebook == number
        ]
        if not any(part.notebook == number for part in parts):
            lines.append(f"- **{title}**: left out.")
    lines += ["", "Misconceptions that it answers:", ""]
    heard = rows(for_teachers()["Misconceptions to expect"])
    answered = [f"- {words} *{answer}*" for words, answer in heard if number in answer]
    return "\n".join([*lines, *(answered or ["- none of the list in particular."])])
