"""Every notebook keeps to the frame of notebooks/_template.md, and every exercise can be solved.

The rules live in tools/nbstyle.py, so that an author can run them on one file. Each of them is
tried here on a notebook that keeps it and on one that breaks it.
"""

import base64
import importlib.util
import io
import re
from pathlib import Path

import nbformat
import pytest
from nbformat import v4
from PIL import Image

from helpers import exercises
from helpers.exercises import check

ROOT = Path(__file__).resolve().parent.parent
NOTEBOOKS = sorted((ROOT / "notebooks").glob("[0-9][0-9]_*.ipynb"))
DEMO = ROOT / "tools" / "demo.ipynb"
PNG = "iVBORw0KGgo="


def tool(name):
    spec = importlib.util.spec_from_file_location(name, ROOT / "tools" / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


nbstyle, nbrefresh = tool("nbstyle"), tool("nbrefresh")


# --- The notebooks of the series ------------------------------------------------------------


@pytest.mark.parametrize("rule", nbstyle.RULES, ids=lambda rule: rule.__name__)
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_rule(path, rule):
    assert list(rule(nbstyle.Notebook(path))) == []


@pytest.mark.parametrize("rule", nbstyle.READING, ids=lambda rule: rule.__name__)
@pytest.mark.parametrize("stem", nbstyle.READ_THROUGH)
def test_rule_on_what_is_read(stem, rule):
    assert list(rule(nbstyle.Notebook(ROOT / "notebooks" / f"{stem}.ipynb"))) == []


@pytest.mark.parametrize("path", [*NOTEBOOKS, DEMO], ids=lambda path: path.stem)
def test_stored_by_the_refresh_script(path):
    assert nbrefresh.is_normalised(path), f"run tools/nbrefresh.py {path.name}"


# What JupyterLab 4.6 looks for in the first output of a folded cell, in its order.
TELLING = (
    "text/html",
    "image/svg+xml",
    "application/pdf",
    "text/markdown",
    "text/plain",
    "application/vnd.jupyter.stderr",
    "application/vnd.jupyter.stdout",
    "text",
)


def placeholder(outputs):
    """The words that JupyterLab shows in place of a cell's folded outputs."""
    first = outputs[0]
    data = first.get("data", {}) or {f"application/vnd.jupyter.{first.get('name')}": first["text"]}
    texts = ("".join(data[kind]) for kind in TELLING if isinstance(data.get(kind), str | list))
    return next((line for line in next(texts, "").split("\n") if line), "")


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_folded_answer_tells_nothing(path):
    folded = [
        placeholder(cell["outputs"])
        for cell in nbstyle.Notebook(path).code
        if cell["metadata"].get("jupyter", {}).get("outputs_hidden")
    ]
    assert folded and set(folded) == {nbrefresh.ANSWER_LINE}


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_the_first_line_of_a_folded_guess_tells_nothing(path):
    folded = [
        nbstyle.source(cell).split("\n")[0]
        for cell in nbstyle.Notebook(path).code
        if cell["metadata"].get("jupyter", {}).get("source_hidden")
    ]
    assert folded and set(folded) == {"guess("}


@pytest.mark.parametrize(
    "rule", [nbstyle.state, nbstyle.links, nbstyle.habits, nbstyle.colour_maps]
)
def test_the_projectors_page_keeps_the_rules_that_are_not_about_teaching(rule):
    assert list(rule(nbstyle.Notebook(DEMO))) == []


def test_every_control_of_the_projectors_page_has_a_stored_figure():
    cells = [
        cell for cell in nbstyle.Notebook(DEMO).code if "\nexplore_" in f"\n{nbstyle.source(cell)}"
    ]
    stored = ["<img alt=" in str(cell["outputs"]) for cell in cells]
    assert len(stored) == 6 and all(stored)


@pytest.mark.parametrize("path", [*NOTEBOOKS, DEMO], ids=lambda path: path.stem)
def test_a_stored_explorer_tells_the_scores_of_the_classes(path):
    stored = [
        str(cell["outputs"])
        for cell in nbstyle.Notebook(path).code
        if "\nexplore_" in f"\n{nbstyle.source(cell)}"
    ]
    assert all("Top five" in shown or "Class scores" in shown for shown in stored)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_stored_line_is_not_broken_within_a_word_on_a_laptop(path):
    printed = [
        line
        for cell in nbstyle.Notebook(path).code
        for output in cell["outputs"]
        for line in "".join(output.get("text", "")).splitlines()
    ]
    assert max(map(len, printed), default=0) <= 110


# JupyterLab shows 914 pixels on a laptop of 1366; words of 14.4 must not shrink below 11.
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_stored_figure_is_read_on_a_laptop(path):
    text = path.read_text(encoding="utf-8")
    widths = [
        Image.open(io.BytesIO(base64.b64decode(picture))).width
        for picture in re.findall(r"base64,([A-Za-z0-9+/=]+)", text)
    ]
    assert max(widths, default=0) <= 914 * 14.4 / 11


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_every_solution_passes_its_check_and_every_stub_waits(path):
    judge_exercises(nbstyle.Notebook(path), exercises)


def judge_exercises(notebook, module):
    for check_name, name in nbstyle.exercises(notebook):
        feedback = getattr(module, check_name)
        stub = function(nbstyle.stub_source(notebook, name), name)
        solution = function(nbstyle.solution_source(notebook, name), name)
        assert feedback(stub).state == "Not yet", f"{check_name} on its stub"
        assert feedback(solution).state == "Right", feedback(solution)


def function(text, name):
    # Annotations of a stub may name modules that its notebook imports elsewhere.
    namespace = {}
    exec("from __future__ import annotations\n" + text, namespace)
    return namespace[name]


# --- A notebook that keeps every rule ------------------------------------------------------

SOLUTION = "def double(x):\n    return 2 * x"


def png_cell(alt="A grey square on a white ground.", tags=()):
    output = v4.new_output("display_data", {"text/html": f'<img alt="{alt}" src="data:,">'})
    return v4.new_code_cell("show(figure)", outputs=[output], metadata={"tags": list(tags)})


def folded(cell):
    cell.metadata.jupyter = {"outputs_hidden": True}
    return cell


def printing(text, tags=("nbval-check-output",)):
    cell = v4.new_code_cell("print(x)", outputs=[v4.new_output("stream", text=text)])
    cell.metadata.tags = list(tags)
    return folded(cell)


def guessing():
    cell = v4.new_code_cell('guess("What?", ["nothing", "8.5", "a lot"], right=1)')
    cell.metadata.jupyter = {"source_hidden": True}
    return cell


def good_notebook():
    md, py = v4.new_markdown_cell, v4.new_code_cell
    nav = "[All notebooks](../README.md) · [Next](02_smoothing.ipynb)"
    cells = [
        md(f"# Make a map\n{nav}"),
        md(
            "## At a glance\n- **Minutes:** 20\n- **Internet:** not needed\n"
            "- **You will be able to:**\n    - double a number"
        ),
        md("## Set-up"),
        py("x = 1"),
    ]
    for number in (1, 2, 3):
        cells += [
            md(f"## {number}. What happens?\nSome words.\n\n☐ **Predict.** What?"),
            guessing(),
            py("x + 1"),
            md("More."),
            printing("tabby 8.5\n"),
            md("More."),
            folded(png_cell()),
            md(
                f"☑ **What you should see.** 8.5.\n\n☒ **What this does not show.** {'word ' * 300}"
            ),
        ]
    folds = "".join(
        f"<details><summary>{n}. Why?</summary>\n\nBecause it is so, always.\n\n</details>\n"
        for n in (1, 2, 3)
    )
    cells += [
        md("## Summary\n- We doubled."),
        md(f"## Three questions\n{folds}"),
        md("## Exercise\nDouble a number."),
        py("def double(x):\n    return None"),
        py("check_exercise_01(double)"),
        md(
            f"<details><summary>Solution</summary>\n\n```python\n{SOLUTION}\n```\n\n</details>",
        ),
        *[md("More.") for _ in range(8)],
        md(nav),
    ]
    return nbrefresh.normalise(v4.new_notebook(cells=cells))


def stored(tmp_path, notebook):
    (tmp_path / "README.md").touch()
    (tmp_path / "docs").mkdir(exist_ok=True)
    (tmp_path / "docs" / "glossary.md").write_text("# Glossary\n\n### Class score\n\n### RISE\n")
    folder = tmp_path / "notebooks"
    folder.mkdir(exist_ok=True)
    (folder / "02_smoothing.ipynb").touch()
    path = folder / "01_kitten_demo.ipynb"
    nbformat.write(notebook, path)
    return path


def test_a_good_notebook_has_no_problems(tmp_path):
    assert nbstyle.problems(stored(tmp_path, good_notebook()), reading=True) == []


# --- One broken notebook for each rule -----------------------------------------------------


def replaced(old, new):
    def change(notebook):
        cells = [cell for cell in notebook.cells if old in cell.source]
        assert cells, f"the good notebook has no {old!r}"
        for cell in cells:
            cell.source = cell.source.replace(old, new)

    return change


def first_code(**fields):
    return lambda notebook: notebook.cells[3].update(fields)


def inserted(*cells, at=4):
    def change(notebook):
        notebook.cells[at:at] = cells

    return change


def outputs(*made):
    return first_code(outputs=list(made))


def closed(notebook):
    """Nothing that a guess is about is folded."""
    for cell in notebook.cells:
        cell.metadata.get("jupyter", {}).pop("outputs_hidden", None)


def half_open(notebook):
    """The printed answers are folded, the figures below them are not."""
    for cell in notebook.cells:
        if cell.cell_type == "code" and cell.source.startswith("show("):
            cell.metadata.pop("jupyter", None)


def told(notebook):
    """Which guess is right stands open."""
    for cell in notebook.cells:
        cell.metadata.get("jupyter", {}).pop("source_hidden", None)


BROKEN = {
    "a marker without its mark": ("marks", replaced("☐ **Predict.**", "**Predict.**")),
    "no guess": ("predictions", replaced("guess(", "ask(")),
    "an open answer": ("predictions", closed),
    "more of an answer open": ("predictions", half_open),
    "a guess that tells": ("predictions", told),
    "no answer in words": ("predictions", replaced("see.** 8.5.", "see.** Something.")),
    "a term without its link": ("glossary", replaced("Some words.", "Class scores.")),
    "a link to another term": (
        "glossary",
        replaced("Some words.", "[Class scores](../docs/glossary.md#rise)."),
    ),
    "a number from nowhere": ("numbers", replaced("Some words.", "It was 77.3.")),
    "title without a verb": ("title", replaced("# Make a map", "# The map")),
    "two titles": ("title", replaced("Some words.", "\n# Make another")),
    "title not first": ("title", inserted(v4.new_markdown_cell("Hello"), at=0)),
    "no next link": ("navigation", replaced("02_smoothing.ipynb", "03_other.ipynb")),
    "dead link": ("links", replaced("Some words.", "[see](nowhere.md)")),
    "no such heading": ("links", replaced("Some words.", "[see](../README.md#nowhere)")),
    "no minutes": ("at_a_glance", replaced("**Minutes:** 20", "**Minutes:** some")),
    "no internet line": ("at_a_glance", replaced("**Internet:**", "Internet:")),
    "no goals": ("at_a_glance", replaced("**You will be able to:**", "Goals")),
    "no summary": ("order", replaced("## Summary", "## In short")),
    "summary at the wrong place": ("order", inserted(v4.new_markdown_cell("## Summary"))),
    "a number left out": ("order", replaced("## 3.", "## 4.")),
    "an answer in small words": (
        "predictions",
        lambda nb: (replaced('"8.5"', '"the 8.5"')(nb), replaced("see.** 8.5.", "see.** The.")(nb)),
    ),
    "no prediction": ("steps", replaced("**Predict.**", "Predict!")),
    "no limits": ("steps", replaced("**What this does not show.**", "Not shown:")),
    "two questions": ("questions", replaced("<summary>3. Why?</summary>", "3. Why?")),
    "an empty answer": ("questions", replaced("Because it is so, always.", "")),
    "no check": ("exercise", replaced("check_exercise_01(double)", "double(2)")),
    "a check of another notebook": (
        "exercise",
        replaced("check_exercise_01", "check_exercise_02"),
    ),
    "a stub that raises": ("exercise", replaced("return None", "raise NotImplementedError")),
    "no solution": ("exercise", replaced("Solution", "Answer")),
    "a long cell": ("length", first_code(source="x = 1\n" * 21)),
    "too few cells": ("length", lambda nb: nb.cells.__delitem__(slice(30, 40))),
    "too few words": ("length", replaced("word " * 300, "")),
    "too big": ("length", outputs(v4.new_output("stream", text="x" * 2_000_000))),
    "a count missing": ("state", first_code(execution_count=None)),
    "counts out of order": ("state", first_code(execution_count=7)),
    "stderr": ("state", outputs(v4.new_output("stream", name="stderr", text="warning"))),
    "an error": (
        "state",
        outputs(v4.new_output("error", ename="E", evalue="", traceback=[])),
    ),
    "widget state": ("state", lambda nb: nb.metadata.update(widgets={})),
    "another kernel": ("state", lambda nb: nb.metadata.kernelspec.update(name="mine")),
    "an empty cell": ("state", first_code(source="")),
    "a bare PNG": ("figures", outputs(v4.new_output("display_data", {"image/png": PNG}))),
    "a short alt": ("figures", inserted(png_cell("a map"), v4.new_markdown_cell("x"))),
    "no alt": ("figures", inserted(png_cell(""), v4.new_markdown_cell("x"))),
    "no words after a figure": ("figures", inserted(png_cell(), v4.new_code_cell("x"))),
    "a short alt in markdown": ("markdown_images", replaced("Some words.", "![map](a.png)")),
    "jet": ("colour_maps", first_code(source='imshow(x, cmap="jet")')),
    "rainbow beside the post": (
        "colour_maps",
        inserted(v4.new_markdown_cell("the post's jet"), v4.new_code_cell("f('rainbow')")),
    ),
    "a dead tag": ("checked_output", inserted(printing(""))),
    "a tag on a picture": (
        "checked_output",
        inserted(png_cell(tags=["nbval-check-output"]), v4.new_markdown_cell("x")),
    ),
    "a raw float": ("checked_output", inserted(printing("0.12345678"))),
    "an address": ("checked_output", inserted(printing("<object at 0x7f00deadbeef>"))),
    "an optional cell that is checked": (
        "checked_output",
        inserted(printing("x", ("skip-output", "nbval-check-output"))),
    ),
    "an optional cell that stores": ("optional_cells", inserted(printing("x", ["skip-output"]))),
    "a trailing semicolon": ("habits", first_code(source="plot(x);")),
    "sys.path": ("habits", first_code(source="import sys\nsys.path.append('..')")),
    "pip": ("habits", first_code(source="%pip install helpers")),
    "a marker comment": ("habits", first_code(source="# NBVAL_CHECK_OUTPUT\nx")),
    "a machine's path": (
        "habits",
        outputs(v4.new_output("stream", text="saved in /home/me/maps")),
    ),
    "terminal codes": ("habits", outputs(v4.new_output("stream", text="\x1b[1mbold"))),
}


@pytest.mark.parametrize(("rule", "break_it"), BROKEN.values(), ids=BROKEN)
def test_a_broken_notebook_is_found(tmp_path, rule, break_it):
    notebook = good_notebook()
    break_it(notebook)
    found = nbstyle.problems(stored(tmp_path, notebook), reading=True)
    assert any(problem.startswith(f"{rule}: ") for problem in found), found


def test_every_rule_has_a_broken_notebook():
    rules = {rule.__name__ for rule in (*nbstyle.RULES, *nbstyle.READING)}
    assert {rule for rule, _ in BROKEN.values()} == rules


@pytest.mark.parametrize(
    "words",
    [
        "It rose to 8.50, +8.5 or 850 %.",
        "In 2017, on 25 November 2026, notebooks 04 to 06 and step 77 of keras-vis 0.4.77 said so.",
        "`x = 77` and EfficientNet-Lite77 are no results, nor does a picture rise.",
        "A [**class score**](../docs/glossary.md#class-score) is one; class scores are many.",
    ],
    ids=["other forms", "places and dates", "names", "a link"],
)
def test_words_that_break_no_rule_on_reading(tmp_path, words):
    notebook = good_notebook()
    replaced("Some words.", words)(notebook)
    assert nbstyle.problems(stored(tmp_path, notebook), reading=True) == []


def test_guesses_do_not_count_as_cells(tmp_path):
    notebook = good_notebook()
    notebook.cells[4:4] = [guessing() for _ in range(40)]
    assert list(nbstyle.length(nbstyle.Notebook(stored(tmp_path, notebook)))) == []


def test_a_term_is_introduced_once_in_the_series(tmp_path):
    notebook = good_notebook()
    replaced("Some words.", "A [class score](../docs/glossary.md#class-score).")(notebook)
    first = stored(tmp_path, notebook)
    replaced("[class score](../docs/glossary.md#class-score)", "class score")(notebook)
    second = first.with_stem("02_smoothing")
    nbformat.write(notebook, second)
    assert list(nbstyle.glossary(nbstyle.Notebook(second))) == []


def test_jet_is_allowed_beside_the_post(tmp_path):
    notebook = good_notebook()
    inserted(v4.new_markdown_cell("The post used jet."), v4.new_code_cell("f('jet')"))(notebook)
    found = nbstyle.problems(stored(tmp_path, notebook))
    assert not any(problem.startswith("colour_maps") for problem in found)


def test_the_command_line_says_what_is_wrong(tmp_path, capsys):
    path = stored(tmp_path, good_notebook())
    assert nbstyle.main([str(path)]) == 0
    notebook = good_notebook()
    first_code(source="plot(x);")(notebook)
    assert nbstyle.main([str(stored(tmp_path, notebook))]) == 1
    assert "habits: code cell 1 ends with ';'" in capsys.readouterr().out


# --- Exercises -----------------------------------------------------------------------------


class Checks:
    """Stands in for helpers.exercises."""

    @staticmethod
    def check_exercise_01(answer):
        return check(answer, [((1,), 2), ((2.5,), 5.0)], hint="twice the number is meant.")


def test_a_solution_that_solves_passes(tmp_path):
    judge_exercises(nbstyle.Notebook(stored(tmp_path, good_notebook())), Checks)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("return 2 * x", "return 3 * x"),
        ("return 2 * x", "return missing"),
        ("return None", "return 2 * x"),
    ],
    ids=["wrong solution", "solution that raises", "stub that gives the answer away"],
)
def test_an_exercise_that_is_not_right_fails(tmp_path, old, new):
    notebook = good_notebook()
    replaced(old, new)(notebook)
    with pytest.raises(AssertionError):
        judge_exercises(nbstyle.Notebook(stored(tmp_path, notebook)), Checks)


def test_feedback_is_one_friendly_line():
    right = Checks.check_exercise_01(lambda x: 2 * x)
    assert (right.state, repr(right)) == ("Right", "Right: that is what we wanted.")
    assert Checks.check_exercise_01(lambda x: None).state == "Not yet"
    assert Checks.check_exercise_01(lambda x: x).message == "twice the number is meant."
    assert "ZeroDivisionError" in Checks.check_exercise_01(lambda x: 1 / 0).message
    assert "without brackets" in Checks.check_exercise_01(4).message


@pytest.mark.parametrize(
    ("got", "expected", "equal"),
    [
        ([1.00001, 2], [1, 2], True),
        ([1.1, 2], [1, 2], False),
        ([1, 2, 3], [1, 2], False),
        ("cat", "cat", True),
        ("cat", 1.0, False),
        (True, True, True),
        ({"a": 1}, 2.0, False),
    ],
)
def test_answers_are_compared_with_a_tolerance(got, expected, equal):
    assert exercises.same(got, expected) is equal


# --- The refresh script --------------------------------------------------------------------


def test_refresh_runs_and_normalises(tmp_path):
    optional = v4.new_code_cell("print('optional')")
    optional.metadata.tags = ["skip-output"]
    notebook = v4.new_notebook(
        cells=[v4.new_code_cell("print('a')\nprint('b')"), v4.new_code_cell("1 + 1"), optional]
    )
    notebook.metadata["widgets"] = {"state": {}}
    path = tmp_path / "try.ipynb"
    nbformat.write(notebook, path)
    assert not nbrefresh.is_normalised(path)
    assert nbrefresh.main([str(path)]) == 0
    run = nbformat.read(path, 4)
    assert [cell.execution_count for cell in run.cells] == [1, 2, 3]
    assert run.cells[0].outputs[0].text == "a\nb\n"
    assert run.cells[1].outputs[0].data["text/plain"] == "2"
    assert run.cells[2].outputs == []
    assert "widgets" not in run.metadata
    assert nbrefresh.main(["--check", str(path)]) == 0


@pytest.mark.parametrize(
    "source", ["1 / 0", "import sys; print('warning', file=sys.stderr)"], ids=["error", "stderr"]
)
def test_refresh_does_not_store_a_notebook_in_trouble(tmp_path, source, capsys):
    path = tmp_path / "try.ipynb"
    nbformat.write(v4.new_notebook(cells=[v4.new_code_cell(source)]), path)
    before = path.read_bytes()
    assert nbrefresh.main([str(path)]) == 1
    assert path.read_bytes() == before
    assert "try.ipynb" in capsys.readouterr().err


def test_offline_refuses_the_network_and_forgets_settings(monkeypatch):
    monkeypatch.setenv("HELPERS_MODEL", "resnet50")
    assert "HELPERS_MODEL" not in nbrefresh.kernel_environment(offline=False)
    env = nbrefresh.kernel_environment(offline=True)
    assert env["https_proxy"] == env["HTTPS_PROXY"] == "http://127.0.0.1:9"


FIGURE = v4.new_output("display_data", {"text/html": '<img alt="7 spots">', "text/plain": "x"})
PRINTED = v4.new_output("stream", text="\n7 spots\n")
VALUE = v4.new_output("execute_result", {"text/plain": "'7 spots'"}, execution_count=1)


@pytest.mark.parametrize("outputs", [[FIGURE], [PRINTED], [VALUE], [PRINTED, FIGURE]])
def test_the_line_in_place_of_a_folded_answer_is_no_line_of_it(outputs):
    cell = v4.new_code_cell("x", outputs=outputs)
    open_cell = v4.new_code_cell("x", outputs=outputs)
    cell.metadata.jupyter = {"outputs_hidden": True}
    assert "7 spots" in placeholder(cell.outputs)
    notebook = v4.new_notebook(cells=[cell, open_cell])
    once = nbrefresh.text_of(nbrefresh.normalise(notebook))
    assert nbrefresh.text_of(nbrefresh.normalise(notebook)) == once
    folded, unfolded = (made.outputs for made in nbformat.reads(once, 4).cells)
    assert placeholder(folded) == nbrefresh.ANSWER_LINE
    assert nbrefresh.answers(folded) == unfolded and len(unfolded) == len(outputs)


def test_a_guess_is_stored_in_lines_of_which_the_first_tells_nothing():
    cell = guessing()
    asked = nbstyle.guess_call(cell)
    notebook = nbrefresh.normalise(v4.new_notebook(cells=[cell]))
    assert cell.source == (
        'guess(\n    "What?",\n    ["nothing", "8.5", "a lot"],\n    right=1,\n)'
    )
    assert nbstyle.guess_call(cell) == asked
    assert nbrefresh.normalise(notebook).cells[0].source == cell.source


def test_a_folded_cell_without_an_answer_has_no_line():
    cell = v4.new_code_cell("x")
    cell.metadata.jupyter = {"outputs_hidden": True}
    assert nbrefresh.normalise(v4.new_notebook(cells=[cell])).cells[0].outputs == []


def test_a_notebook_can_be_put_in_order_without_a_run(tmp_path):
    cell = printing("3\n")
    cell.source = "1 / 0"
    nbformat.write(v4.new_notebook(cells=[cell]), path := tmp_path / "try.ipynb")
    assert nbrefresh.main(["--as-stored", str(path)]) == 0
    line, answer = nbformat.read(path, 4).cells[0].outputs
    assert line.data["text/html"] == nbrefresh.ANSWER_LINE and answer.text == "3\n"


def test_views_of_live_controls_are_dropped():
    view = {nbrefresh.VIEW: {"model_id": "1"}, "text/plain": "bar"}
    cell = v4.new_code_cell(
        "x",
        outputs=[
            v4.new_output("display_data", dict(view)),
            v4.new_output("display_data", view | {"text/html": "<p>static</p>"}),
        ],
    )
    notebook = nbrefresh.normalise(v4.new_notebook(cells=[cell]))
    (kept,) = notebook.cells[0].outputs
    assert set(kept.data) == {"text/html", "text/plain"}
