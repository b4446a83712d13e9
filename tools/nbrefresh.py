"""Run notebooks from top to bottom and store them in a form that makes small diffs.

    python tools/nbrefresh.py notebooks/*.ipynb             restart, run all, normalise, write
    python tools/nbrefresh.py --offline notebooks/*.ipynb   the same, and nothing can be fetched
    python tools/nbrefresh.py --as-stored notebooks/*.ipynb run nothing, normalise, write
    python tools/nbrefresh.py --check notebooks/*.ipynb     only say which file is not normalised

A notebook is written only if every cell ran without an error and without a word on stderr. The
outputs of cells tagged `skip-output` (optional ones, that need the network) are not stored, nor
is the state of a live control: of an explorer its static figure stays, of a progress bar nothing.
A folded answer is stored below a line that tells nothing of it, and the code of a guess, which
names the right one, in several lines: JupyterLab shows the first one of what is folded.
"""

import argparse
import ast
import os
import sys
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError
from nbformat import NotebookNode
from nbformat.v4 import new_output

SKIP_OUTPUT = "skip-output"
VIEW = "application/vnd.jupyter.widget-view+json"
METADATA = {
    "kernelspec": {
        "display_name": "Python 3 (ipykernel)",
        "language": "python",
        "name": "python3",
    },
    # As a kernel of this environment tells it, so that JupyterLab has nothing to change there.
    "language_info": {
        "codemirror_mode": {"name": "ipython", "version": 3},
        "file_extension": ".py",
        "mimetype": "text/x-python",
        "name": "python",
        "nbconvert_exporter": "python",
        "pygments_lexer": "ipython3",
    },
}
# JupyterLab shows the first line of the first output in place of a folded answer: of HTML, as it is
# written. So it is words alone, and true as well where nothing is folded, as on GitHub.
ANSWER_LINE = "The stored answer. Run the cell to compute your own."
LINE_MARK = "answer_line"
KEPT_CELL_METADATA = ("jupyter", "tags")


class RefreshError(Exception):
    """A notebook that may not be stored, and why."""


def kernel_environment(offline: bool) -> dict[str, str]:
    """The environment for a kernel: none of the reader's own settings; offline if asked for."""
    env = {name: value for name, value in os.environ.items() if not name.startswith("HELPERS_")}
    # Text bars are for the reader who waits; stored, they would be noise that differs each time.
    env["TQDM_DISABLE"] = "1"
    if offline:
        # Port 9 is closed, so whatever asks for a proxy is refused at once.
        for name in ("http_proxy", "https_proxy", "ftp_proxy", "all_proxy"):
            env[name] = env[name.upper()] = "http://127.0.0.1:9"
        env["no_proxy"] = env["NO_PROXY"] = "localhost,127.0.0.1"
    return env


def execute(notebook: NotebookNode, folder: Path, offline: bool, timeout: int) -> None:
    """Run all cells in a fresh kernel; outputs land in the notebook."""
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    client = NotebookClient(
        notebook,
        timeout=timeout,
        kernel_name="python3",
        record_timing=False,
        coalesce_streams=True,
        resources={"metadata": {"path": str(folder)}},
    )
    try:
        client.execute(env=kernel_environment(offline))
    except CellExecutionError as error:
        raise RefreshError(f"a cell failed:\n{error}") from None


def _stored(output: NotebookNode, count: int) -> NotebookNode | None:
    """An output as it is stored; None if it is not."""
    if output.output_type == "error" or output.get("name") == "stderr":
        text = output.get("text") or f"{output.get('ename')}: {output.get('evalue')}"
        raise RefreshError(f"code cell {count} wrote to stderr or failed: {text[:300]!r}")
    data = output.get("data", {})
    if data.pop(VIEW, None) is not None and set(data) <= {"text/plain"}:
        return None
    if "execution_count" in output:
        output.execution_count = count
    return output


def answers(outputs: list[dict]) -> list[dict]:
    """The outputs of a cell without the line that stands above a folded answer."""
    return [output for output in outputs if LINE_MARK not in output.get("metadata", {})]


def _told_later(outputs: list[NotebookNode]) -> list[NotebookNode]:
    """Outputs below the line of a folded answer; nothing stays nothing."""
    line = new_output("display_data", {"text/html": ANSWER_LINE}, metadata={LINE_MARK: True})
    return [line, *outputs] if outputs else []


def _outputs(cell: NotebookNode, count: int) -> list[NotebookNode]:
    """The outputs of a cell as they are stored."""
    stored = [_stored(output, count) for output in answers(cell.outputs)]
    if SKIP_OUTPUT in cell.metadata.get("tags", []):
        return []
    kept = [output for output in stored if output is not None]
    folded = cell.metadata.get("jupyter", {}).get("outputs_hidden")
    return _told_later(kept) if folded else kept


def _in_lines(source: str) -> str:
    """A guess whose first line tells nothing, with an argument on each other line."""
    if not source.startswith("guess(") or source.startswith("guess(\n"):
        return source
    call = ast.parse(source).body[0].value
    parts = [ast.get_source_segment(source, part) for part in (*call.args, *call.keywords)]
    return "\n".join(["guess(", *(f"    {part}," for part in parts), ")"])


def normalise(notebook: NotebookNode) -> NotebookNode:
    """Give a notebook, in place, the one form in which it is stored."""
    notebook.metadata = nbformat.from_dict(METADATA)
    notebook.nbformat, notebook.nbformat_minor = 4, 5
    count = 0
    for number, cell in enumerate(notebook.cells, 1):
        cell.id = f"cell-{number:03d}"
        kept = {name: cell.metadata[name] for name in KEPT_CELL_METADATA if name in cell.metadata}
        cell.metadata = nbformat.from_dict(kept)
        if cell.cell_type == "code":
            count += 1
            cell.execution_count = count
            cell.source = _in_lines(cell.source)
            cell.outputs = _outputs(cell, count)
    return notebook


def text_of(notebook: NotebookNode) -> str:
    """The file's text for a notebook."""
    return nbformat.writes(notebook).rstrip("\n") + "\n"


def refresh(path: Path, offline: bool = False, timeout: int = 600, run: bool = True) -> None:
    """Run one notebook, unless it is to stay as stored, and write it back, normalised."""
    notebook = nbformat.read(path, 4)
    if run:
        execute(notebook, path.parent, offline, timeout)
    path.write_text(text_of(normalise(notebook)), encoding="utf-8")


def is_normalised(path: Path) -> bool:
    """Whether a stored notebook has the form that `refresh` writes."""
    stored = path.read_text(encoding="utf-8")
    return text_of(normalise(nbformat.reads(stored, 4))) == stored


def main(arguments: list[str] | None = None) -> int:
    """Refresh or check the notebooks named on the command line; 1 if one is not in order."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("notebooks", nargs="+", type=Path)
    parser.add_argument("--check", action="store_true", help="run nothing, write nothing")
    parser.add_argument("--as-stored", action="store_true", help="run nothing, normalise, write")
    parser.add_argument("--offline", action="store_true", help="refuse the network to the cells")
    parser.add_argument("--timeout", type=int, default=600, help="seconds for one cell")
    options = parser.parse_args(arguments)
    failures = 0
    for path in options.notebooks:
        try:
            if not options.check:
                refresh(path, options.offline, options.timeout, run=not options.as_stored)
            elif not is_normalised(path):
                raise RefreshError("not normalised: run tools/nbrefresh.py --as-stored on it")
            print(f"{path}: in order")
        except RefreshError as error:
            failures += 1
            print(f"{path}: {error}", file=sys.stderr)
    return int(failures > 0)


if __name__ == "__main__":
    sys.exit(main())
