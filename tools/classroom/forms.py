"""A notebook as its student and as its teacher gets it."""

import re

from nbformat import NotebookNode
from nbformat.v4 import new_markdown_cell

from tools.nbrefresh import answers
from tools.readme_parts import for_teachers, routes, rows

GUESS = "**My guess** (press Enter, write, press Shift-Enter): ..."
ANSWER = "*My answer:* ..."
SEEN = "**What you should see.**"
TICKED = "☑ "
AFTERWARDS = f"{TICKED}After you have run it"
# Where words about the cells above end: at the next question, heading, mark or fold.
MARKED = re.compile(r"(?=^(?:#|☐|☑|☒|\*\*|<details))", re.M)
NUMBER = re.compile(r"\d+\.\d+|\d{2,}")
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
    kept = [cell for cell in notebook.cells if SOLUTION not in cell.source]
    notebook.cells, above = [], ""
    for cell, following in zip(kept, [*kept[1:], None]):
        if cell.cell_type == "code":
            above += _printed(cell)
        else:
            cell.source, above = _hushed(cell.source, above), ""
        room = (_asks(cell) and not _offers_choices(following)) or _offers_choices(cell)
        notebook.cells.append(_cleared(cell) if cell.cell_type == "code" else _closed(cell))
        if room:
            notebook.cells.append(_note(GUESS, f"{cell.id}-guess"))
    return notebook


def _asks(cell: NotebookNode) -> bool:
    return cell.cell_type == "markdown" and "**Predict.**" in cell.source


def _offers_choices(cell: NotebookNode | None) -> bool:
    return cell is not None and cell.source.startswith("guess(")


def _cleared(cell: NotebookNode) -> NotebookNode:
    cell.outputs, cell.execution_count = [], None
    return _unfolded(cell)


def _unfolded(cell: NotebookNode) -> NotebookNode:
    """Show the results of a cell from the beginning: JupyterLab reads it here."""
    if cell.cell_type == "code":
        cell.outputs = answers(cell.outputs)
    cell.metadata.get("jupyter", {}).pop("outputs_hidden", None)
    return cell


def _printed(cell: NotebookNode) -> str:
    return "".join(output.get("text", "") for output in cell.outputs)


def _hushed(text: str, above: str) -> str:
    """Fold the paragraphs that repeat a number which the cells above print."""
    words, *rest = MARKED.split(text, maxsplit=1)
    printed = set(NUMBER.findall(above))
    paragraphs = [
        _folded(AFTERWARDS, part) if printed & set(NUMBER.findall(part)) else part
        for part in words.split("\n\n")
    ]
    return "\n\n".join(paragraphs) + "".join(rest)


def _closed(cell: NotebookNode) -> NotebookNode:
    """Fold what tells results, and leave room where answers were."""
    before, mark, seen = cell.source.partition(SEEN)
    if mark:
        title = f"{AFTERWARDS}: what you should see"
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
    for cell in map(_unfolded, notebook.cells):
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
