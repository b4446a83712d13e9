"""Say where a notebook leaves the frame that `notebooks/_template.md` describes.

    python tools/nbstyle.py notebooks/*.ipynb
    python tools/nbstyle.py --reading notebooks/07*.ipynb    the rules on prose, wherever they hold

Each rule is a function from a notebook to sentences, one for each thing that is wrong. The
tests run every rule on every notebook (tests/test_notebook_style.py).
"""

import ast
import json
import re
import statistics
import sys
from collections.abc import Callable, Iterator
from functools import cached_property
from pathlib import Path

from bs4 import BeautifulSoup, SoupStrainer

# The order of the series; a notebook that is added later gets its place here.
SERIES = (
    "01_kitten_demo",
    "02_smoothing",
    "03_gradients_by_hand",
    "04_several_objects",
    "05_context_clues",
    "06_distraction",
    "07_comparing_methods",
    "08_sanity_checks",
    "09_measuring_faithfulness",
    "10_several_causes",
    "11_breaking_maps",
    "12_real_cheats",
    "13_hidden_cheats",
    "14_your_own_photo",
)
VERBS = frozenset(
    """Ask Break Build Catch Check Compare Compute Count Derive Draw Explain Explore Find Follow
    Hide Hunt Judge Learn Look Make Measure Meet Move Play Predict Prove Put Question Read
    Run Score See Share Show Smooth Spot Take Tell Test Try Trust Uncover Understand Use
    Watch Weigh Work Write""".split()  # noqa: SIM905 (a list of them would fill a page)
)
CHECKED, SKIPPED = "nbval-check-output", "skip-output"
LINE_MARK = "answer_line"  # of tools/nbrefresh.py, on the line above a folded answer
# Below a guess: the next one, and a control, which shows what it showed when it was stored.
SHOWN_OPEN = r"guess\(|.*\bexplore_\w+\("
COLOUR_MAPS = re.compile(
    r"""["'](jet|rainbow|gist_rainbow|hsv|prism|flag|nipy_spectral|gist_ncar|turbo|Spectral|terrain"""
    r"""|gist_earth|gist_stern|hot|cool|spring|summer|autumn|winter|brg|CMRmap|gnuplot2?)(_r)?["']"""
    r"""|\bcm\.(jet|rainbow|hsv|prism|turbo)\b"""
)
MACHINE_PATH = re.compile(r"(?<![\w./])/(home|root|Users|work|tmp|mnt|opt)/\w|\b[A-Z]:\\\w")
LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)")
MARKDOWN_IMAGE = re.compile(r"!\[([^\]]*)\]\(")
CHECK_CALL = re.compile(r"^check_exercise_(\d\d)[a-z]?\((\w+)\)", re.M)
SOLUTION = re.compile(r"<details>\s*<summary>Solution[^<]*</summary>(.*?)</details>", re.S)
FENCE = re.compile(r"```python\n(.*?)```", re.S)
PREDICT, SEEN, LIMITS = "**Predict.**", "**What you should see.**", "**What this does not show.**"
STEP = (PREDICT, "<code>", SEEN, LIMITS)
# What a reader does, finds, and must not conclude: an empty box, a ticked one, a crossed one.
MARKS = {PREDICT: "☐ ", SEEN: "☑ ", LIMITS: "☒ "}
# These notebooks keep the rules on prose too (READING below); a stem is added when it does.
READ_THROUGH = SERIES
# Numbers in prose that no cell prints, because they are somebody else's, and whose they are.
QUOTED = {
    # The post's list for its kitten; bytes' range; two networks on that kitten, which is not ours.
    "01_kitten_demo": "8.5 8.50 8.18 7.80 7.17 6.79 255 .41 .36",
    # Two networks on the post's photographs.
    "05_context_clues": ".99 .97 .90 .85",
    "06_distraction": ".54 .45 .57 .42",
}
# Terms that are everyday words as well, and as such need no link: what they are said as.
SAID_AS = {
    "Activation": r"(?<!linear )activations?(?! maps?)",
    "Attribution": r"attributions?",
    "Channel reduction": r"channel reduction|reduce channels",
    "Effect of an object": r"effect of (?:an|the) \w+|\*\*effect\*\*",
    "Filter": r"(?:network's|layer's|convolutional) filters?|activation maps?",
    "Fill": r"fills?(?! in)",
    "Layer": r"layers?",
    "Mass and density": r"densit(?:y|ies)",
    "Standard deviation": r"standard deviations?|sd",
    "Reading": r"\*\*readings?\*\*",
    "Top-5": r"top[- ](?:5|five)",
}
# Words that any answer holds, so that they answer no question.
SMALL = frozenset(
    """an and as at but by for from in is it its of on or than that the to what
    with""".split()  # noqa: SIM905 (as above)
)
NUMBER = re.compile(
    r"(?<![\w.,/])[+-]?(?:\d+\.\d+|\.?\d+)(?:e[+-]?\d+)?(?:(?=\s?%)|(?![\w/]|\.\d|-\w))"
)
# Places in the series, versions, dates and the numbers of a list are no results.
PLACES = re.compile(
    r"\b[Nn]otebooks? \d\d(?:(?:, | and | to )\d\d)*|\b[Ss]teps? \d+(?:(?:, | and | to )\d+)*"
    r"|\b(?:19|20)\d\d\b|\b\d{1,2} [A-Z][a-z]+ (?=20)|\b\d+\.\d+\.\d+\b|^#+ \d+\.|<summary>\d\."
    r"|\*\*Minutes:\*\* \d+|arXiv:[\d.]+|https?://\S+",
    re.M,
)


class Notebook:
    """A stored notebook and the views on it that the rules share."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.raw = path.read_text(encoding="utf-8")
        self.json = json.loads(self.raw)
        self.cells = self.json["cells"]

    @cached_property
    def code(self) -> list[dict]:
        """The code cells."""
        return [cell for cell in self.cells if cell["cell_type"] == "code"]

    @cached_property
    def prose(self) -> str:
        """All markdown, cells divided by empty lines."""
        return "\n\n".join(source(c) for c in self.cells if c["cell_type"] == "markdown")

    @cached_property
    def sections(self) -> dict[str, str]:
        """Heading of level 2 -> its text, in which each code cell is the word <code>."""
        texts = ["<code>" if c["cell_type"] == "code" else source(c) for c in self.cells]
        parts = re.split(r"^## (.+)$", "\n\n".join(texts), flags=re.M)
        return {heading.strip(): text for heading, text in zip(parts[1::2], parts[2::2])}


def source(cell: dict) -> str:
    """The text of a cell, a string or a list of lines in the file."""
    return "".join(cell["source"])


def tags(cell: dict) -> list[str]:
    """The tags of a cell."""
    return cell["metadata"].get("tags", [])


def printed(cell: dict) -> str:
    """What a cell printed, and its value as text."""
    return "".join(
        "".join(output.get("text", "")) + "".join(output.get("data", {}).get("text/plain", ""))
        for output in cell["outputs"]
    )


def image_alts(markup: str) -> list[str]:
    """The alternative text of every `<img>` in a piece of HTML, "" where there is none."""
    images = BeautifulSoup(markup, "html.parser", parse_only=SoupStrainer("img"))
    return [image.get("alt", "") for image in images("img")]


def figure_alts(cell: dict) -> list[str]:
    """The alternative text of every picture that a cell stores as HTML."""
    return [
        alt
        for output in cell["outputs"]
        for alt in image_alts("".join(output.get("data", {}).get("text/html", "")))
    ]


def stub_source(nb: Notebook, name: str) -> str | None:
    """The definition of function `name` in the notebook's code, or None."""
    for cell in nb.code:
        lines = [line for line in source(cell).splitlines() if not line.startswith(("%", "!"))]
        text = "\n".join(lines)
        for node in ast.parse(text).body:
            if isinstance(node, ast.FunctionDef) and node.name == name:
                return ast.get_source_segment(text, node)
    return None


def exercises(nb: Notebook) -> list[tuple[str, str]]:
    """(name of the check, name of the reader's function) of every exercise."""
    return [
        (match[0].split("(")[0], match[2])
        for cell in nb.code
        for match in CHECK_CALL.finditer(source(cell))
    ]


def solution_source(nb: Notebook, name: str) -> str | None:
    """The folded solution that defines function `name`, or None."""
    for folded in SOLUTION.finditer(nb.prose):
        for fence in FENCE.finditer(folded[1]):
            if re.search(rf"^def {name}\(", fence[1], re.M):
                return fence[1]
    return None


# --- The rules -----------------------------------------------------------------------------


def title(nb: Notebook) -> Iterator[str]:
    """One H1, in the first cell, that starts with a verb."""
    headings = re.findall(r"^# (.+)$", re.sub(r"```.*?```", "", nb.prose, flags=re.S), re.M)
    if len(headings) != 1 or not source(nb.cells[0]).startswith("# "):
        yield f"needs exactly one H1, at the top of the first cell, not {headings}"
        return
    words = re.sub(r"^\d+\s*\W*\s*", "", headings[0]).split()
    if not words or words[0] not in VERBS:
        yield f"the title starts with a verb (see VERBS in tools/nbstyle.py), not {headings[0]!r}"


def navigation(nb: Notebook) -> Iterator[str]:
    """First and last cell lead to the neighbours and to the README."""
    place = SERIES.index(nb.path.stem) if nb.path.stem in SERIES else None
    if place is None:
        yield "is not in SERIES of tools/nbstyle.py"
        return
    neighbours = [*SERIES[max(place - 1, 0) : place], *SERIES[place + 1 : place + 2]]
    wanted = {"../README.md", *(f"{stem}.ipynb" for stem in neighbours)}
    for which, cell in (("first", nb.cells[0]), ("last", nb.cells[-1])):
        for target in sorted(wanted - set(LINK.findall(source(cell)))):
            yield f"the {which} cell has no link to {target}"


def links(nb: Notebook) -> Iterator[str]:
    """Links to files lead somewhere, and to a heading of a Markdown file if they name one."""
    for target in dict.fromkeys(LINK.findall(nb.prose)):
        file, _, anchor = target.partition("#")
        path = nb.path.parent / file
        if not file or re.match(r"[a-z]+:", target):
            continue
        if not path.exists():
            yield f"the link to {target} leads nowhere"
        elif anchor and path.suffix == ".md" and anchor not in headings(path):
            yield f"the link to {target} finds no such heading"


def slug(heading: str) -> str:
    """The address of a heading within its page, as code hosts and MyST write it."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-")


def headings(path: Path) -> set[str]:
    """The addresses of the headings of a Markdown file."""
    return set(map(slug, re.findall(r"^#+ (.+)$", path.read_text(encoding="utf-8"), re.M)))


def at_a_glance(nb: Notebook) -> Iterator[str]:
    """Minutes, internet and goals at the top."""
    text = nb.sections.get("At a glance", "")
    for marker in (
        r"\*\*Minutes:\*\* \d+",
        r"\*\*Internet:\*\* \w",
        r"\*\*You will be able to:\*\*",
    ):
        if not re.search(marker, text):
            yield f"'## At a glance' has nothing like {marker}"


def order(nb: Notebook) -> Iterator[str]:
    """The fixed sections are there, in their order, with steps 1..n between."""
    steps = [heading for heading in nb.sections if re.match(r"\d+\. ", heading)]
    if len(steps) < 3 or [int(s.split(".")[0]) for s in steps] != list(range(1, len(steps) + 1)):
        yield f"needs three steps or more, '## 1. ...' and so on, not {steps}"
    frame = ["At a glance", "Set-up", *steps, "Summary", "Three questions", "Exercise"]
    if [heading for heading in nb.sections if heading in frame] != frame:
        yield f"needs the sections {frame}, in this order, but has {list(nb.sections)}"


def steps(nb: Notebook) -> Iterator[str]:
    """Each step: predict, run, what you should see, what this does not show."""
    for heading, text in nb.sections.items():
        if not re.match(r"\d+\. ", heading):
            continue
        at = 0
        for marker in STEP:
            at = text.find(marker, at)
            if at < 0:
                yield f"'{heading}' lacks {marker}, or has it too early"
                break


def questions(nb: Notebook) -> Iterator[str]:
    """Three questions with folded answers."""
    text = nb.sections.get("Three questions", "")
    folds = re.findall(r"<details>\s*<summary>([^<]*\?)\s*</summary>(.*?)</details>", text, re.S)
    if len(folds) != 3 or any(len(answer.split()) < 5 for _, answer in folds):
        yield f"needs three questions, each with a folded answer in words; found {len(folds)}"


def exercise(nb: Notebook) -> Iterator[str]:
    """A stub, its check, and its folded solution."""
    found = exercises(nb)
    if not found:
        yield "has no exercise: a line like check_exercise_NN(my_function)"
    for check, name in found:
        stub = stub_source(nb, name)
        if not check.startswith(f"check_exercise_{nb.path.name[:2]}"):
            yield f"{check} belongs to another notebook"
        if stub is None or not stub.rstrip().endswith("return None"):
            yield f"the stub {name} is to be a function that ends with 'return None'"
        if solution_source(nb, name) is None:
            yield f"no folded 'Solution' defines {name} in a fenced python block"


def length(nb: Notebook) -> Iterator[str]:
    """Cells, lines, words and bytes within their budget; a guess counts as no cell."""
    cells = [cell for cell in nb.cells if guess_call(cell) is None]
    lines = [sum(bool(line.strip()) for line in source(cell).splitlines()) for cell in nb.code]
    longest = max((len(source(cell).splitlines()) for cell in nb.code), default=0)
    words = len(re.sub(r"```.*?```|<[^>]*>|\(http[^)]*\)", "", nb.prose, flags=re.S).split())
    if not 35 <= len(cells) <= 65:
        yield f"has {len(cells)} cells, not 35 to 65"
    if not 900 <= words <= 2200:
        yield f"has {words} words, not 900 to 2200"
    if lines and (longest > 20 or statistics.median(lines) > 5):
        median = statistics.median(lines)
        yield f"has code cells of {longest} lines (at most 20), median {median} (at most 5)"
    if len(nb.raw.encode()) >= 2_000_000:
        yield f"has {len(nb.raw.encode()) / 1e6:.1f} MB, not under 2"


def state(nb: Notebook) -> Iterator[str]:
    """Restarted and run from top to bottom, without an error, a warning or widget state."""
    counts = [cell["execution_count"] for cell in nb.code]
    if counts != list(range(1, len(counts) + 1)):
        yield f"has execution counts {counts}: run tools/nbrefresh.py"
    if "widgets" in nb.json["metadata"] or "widget-view+json" in nb.raw:
        yield "stores the state of widgets"
    if nb.json["metadata"].get("kernelspec", {}).get("name") != "python3":
        yield "names another kernel than python3"
    for number, cell in enumerate(nb.code, 1):
        if not source(cell).strip():
            yield f"code cell {number} is empty"
        for output in cell["outputs"]:
            if output["output_type"] == "error" or output.get("name") == "stderr":
                yield f"code cell {number} stores an error or a warning"


def figures(nb: Notebook) -> Iterator[str]:
    """Every stored picture has alternative text, and markdown after it."""
    for number, cell in enumerate(nb.cells):
        if cell["cell_type"] != "code":
            continue
        kinds = {kind for output in cell["outputs"] for kind in output.get("data", {})}
        if bare := sorted(kind for kind in kinds if kind.startswith("image/")):
            yield f"cell {number} stores {bare}, whose alternative text JupyterLab ignores"
        alts = figure_alts(cell)
        yield from (f"cell {number}: too short alt text {a!r}" for a in alts if len(a.split()) < 5)
        follower = nb.cells[number + 1] if number + 1 < len(nb.cells) else {}
        if alts and follower.get("cell_type") != "markdown":
            yield f"cell {number} shows a figure, and no markdown comes after it"


def markdown_images(nb: Notebook) -> Iterator[str]:
    """Pictures in the prose have alternative text too."""
    alts = [*MARKDOWN_IMAGE.findall(nb.prose), *image_alts(nb.prose)]
    yield from (f"too short alt text in markdown: {a!r}" for a in alts if len(a.split()) < 5)


def colour_maps(nb: Notebook) -> Iterator[str]:
    """No colour map that misleads, but for jet beside prose on the post's use of it."""
    for number, cell in enumerate(nb.cells):
        match = cell["cell_type"] == "code" and COLOUR_MAPS.search(source(cell))
        if not match:
            continue
        beside = nb.cells[max(number - 1, 0) : number + 2]
        prose = " ".join(source(c) for c in beside if c["cell_type"] == "markdown").lower()
        if "jet" not in match[0] or "jet" not in prose or "post" not in prose:
            yield f"cell {number} uses {match[0]}, with no word beside it on the post's jet"


def checked_output(nb: Notebook) -> Iterator[str]:
    """Every tag for nbval is alive, and on text that is equal on every machine."""
    for number, cell in enumerate(nb.code, 1):
        if CHECKED not in tags(cell):
            continue
        own = [output for output in cell["outputs"] if LINE_MARK not in output.get("metadata", {})]
        kinds = {kind for output in own for kind in output.get("data", {})}
        if cell["execution_count"] is None or not printed(cell).strip():
            yield f"code cell {number} is tagged {CHECKED} and has no text to check"
        if others := sorted(kinds - {"text/plain"}):
            yield f"code cell {number} is tagged {CHECKED} and stores {others}"
        if raw := re.search(r"\d\.\d{7,}|\d\.\d+e-\d+|0x[0-9a-f]{6,}", printed(cell)):
            yield f"code cell {number} is tagged {CHECKED} and prints {raw[0]}: round it"
        if SKIPPED in tags(cell):
            yield f"code cell {number} is tagged {CHECKED} and {SKIPPED}"


def optional_cells(nb: Notebook) -> Iterator[str]:
    """An optional cell stores nothing."""
    for number, cell in enumerate(nb.code, 1):
        if SKIPPED in tags(cell) and cell["outputs"]:
            yield f"code cell {number} is tagged {SKIPPED} and stores output"


def habits(nb: Notebook) -> Iterator[str]:
    """Nothing that breaks tests, other machines or reading."""
    habits = {
        r";\s*\Z": "ends with ';'",
        r"\bsys\.path\b": "touches sys.path",
        r"\b(pip|conda|mamba)\s+install\b": "installs packages",
        r"#\s*(NBVAL|PYTEST)_": "has a marker comment: use a tag",
    }
    for number, cell in enumerate(nb.code, 1):
        text = source(cell).rstrip()
        for pattern, what in habits.items():
            if re.search(pattern, text):
                yield f"code cell {number} {what}"
        if found := MACHINE_PATH.search(text + "\n" + printed(cell)):
            yield f"code cell {number} holds a path of one machine: {found[0]}..."
        if "\x1b[" in printed(cell) or "\b" in printed(cell):
            yield f"code cell {number} stores terminal codes"


# --- Rules on what a reader meets, word by word ---------------------------------------------


def marks(nb: Notebook) -> Iterator[str]:
    """What to do, what was found and what not to conclude look different at a glance."""
    for marker, mark in MARKS.items():
        bare = len(re.findall(rf"(?<!{mark}){re.escape(marker)}", nb.prose))
        if bare:
            yield f"{bare} x {marker} without its mark {mark.strip()}"


def guess_call(cell: dict) -> tuple[str, list[str], int] | None:
    """(question, choices, number of the right one) of a cell that asks for a guess, or None."""
    if cell["cell_type"] != "code" or "guess(" not in source(cell):
        return None
    for node in ast.walk(ast.parse(source(cell))):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "guess":
            given = [ast.literal_eval(part) for part in node.args]
            given += [ast.literal_eval(part.value) for part in node.keywords]
            return given[0], given[1], given[2]
    return None


def predictions(nb: Notebook) -> Iterator[str]:
    """Every prediction stops the reader with a guess, and is answered in words afterwards."""
    for number, cell in enumerate(nb.cells):
        if cell["cell_type"] == "markdown" and PREDICT in source(cell):
            after = nb.cells[number + 1 : number + 2]
            asked = guess_call(after[0]) if after else None
            if asked is None:
                yield f"cell {number} predicts, and no guess(...) comes next"
            else:
                yield from (
                    f"cell {number + 1} {wrong}" for wrong in _guess(nb, number + 1, *asked)
                )


def _guess(nb: Notebook, at: int, _question: str, choices: list[str], right: int) -> Iterator[str]:
    rest = nb.cells[at + 1 :]
    seen = next((i for i, c in enumerate(rest) if SEEN in source(c)), None)
    if not nb.cells[at]["metadata"].get("jupyter", {}).get("source_hidden"):
        yield "shows which guess is right: its metadata need jupyter.source_hidden"
    if seen is None:
        yield "is never answered"
        return
    folds = [bool(c["metadata"].get("jupyter", {}).get("outputs_hidden")) for c in rest[:seen]]
    if not any(folds):
        yield "has its answer open below it: that cell's metadata need jupyter.outputs_hidden"
        return
    first = folds.index(True)
    for c, folded in zip(rest[first:seen], folds[first:]):
        if c.get("outputs") and not folded and not re.match(SHOWN_OPEN, source(c), re.S):
            yield f"has more of its answer open below it: {source(c)[:40]!r}"
    others = words_of(" ".join(c for i, c in enumerate(choices) if i != right))
    own = words_of(choices[right]) - others - SMALL
    answer = words_of(source(rest[seen]).partition(SEEN)[2].partition(LIMITS)[0])
    if not own & answer:
        yield f"is not answered: the next {SEEN} says none of {sorted(own)}"


def words_of(text: str) -> set[str]:
    """The words of a text, by their beginnings, and its numbers."""
    return {word[:6] for word in re.findall(r"[a-z]{2,}|\d*\.?\d+", text.lower())}


def spoken(nb: Notebook) -> str:
    """The prose that explains: no headings, goals, code, markup or addresses.

    A link to the glossary becomes ⟦heading's address|words⟧.
    """
    goals = nb.sections.get("At a glance")
    text = re.sub(
        r"```.*?```|`[^`]*`|^#+ [^\n]*$|^[^\n]*\[All notebooks\][^\n]*$",
        "",
        nb.prose,
        flags=re.S | re.M,
    )
    if goals:
        text = text.replace(re.sub(r"```.*?```|`[^`]*`", "", goals, flags=re.S), "")
    text = re.sub(r"\[([^\]]*)\]\([^)\s]*glossary\.md#([^)\s]*)\)", r"⟦\2|\1⟧", text)
    text = re.sub(r"\[([^\]]*)\]\([^)\s]*\)", r"\1", text)
    return re.sub(r"<[^>]*>", "", text)


def said_as(term: str) -> re.Pattern:
    """How a term of the glossary is found in a text; RISE is no rise."""
    plain = r"[\s-]+".join(map(re.escape, re.split(r"[\s-]+", term)))
    plain = f"{plain[:-1]}(?:y|ies)" if plain.endswith("y") else f"{plain}(?:s|es)?"
    return re.compile(
        rf"(?<![\w⟦])(?:{SAID_AS.get(term, plain)})(?!\w|\|)",
        0 if term.isupper() else re.I,
    )


def glossary(nb: Notebook) -> Iterator[str]:
    """The first use of a term in the series leads to its line in the glossary."""
    page = nb.path.parent.parent / "docs" / "glossary.md"
    if not page.exists() or nb.path.stem not in SERIES:
        return
    earlier = [nb.path.parent / f"{stem}.ipynb" for stem in SERIES[: SERIES.index(nb.path.stem)]]
    known = "\n".join(spoken(Notebook(path)) for path in earlier if path.exists())
    text = spoken(nb)
    for term in re.findall(r"^### (.+)$", page.read_text(encoding="utf-8"), re.M):
        first = said_as(term).search(text)
        if first and not said_as(term).search(known):
            opened = text.rfind("⟦", 0, first.start())
            inside = text.find("⟧", opened, first.start()) < 0 if opened >= 0 else False
            if not (inside and text.startswith(f"⟦{slug(term)}|", opened)):
                where = text[max(first.start() - 30, 0) : first.end() + 20].replace("\n", " ")
                yield f"first use of {term!r} does not lead to the glossary: ...{where}..."


def numbers(nb: Notebook) -> Iterator[str]:
    """Every number in prose is printed by a cell, stands in code, or is quoted."""
    own = known_numbers(nb) | numbers_in(QUOTED.get(nb.path.stem, ""))
    text = re.sub(r"```.*?```|`[^`]*`|\]\([^)\s]*\)", " ", nb.prose, flags=re.S)
    for paragraph in text.split("\n\n"):
        named = set(
            re.findall(r"\b\d\d\b", " ".join(re.findall(r"[Nn]otebooks? [\d, andto]+", paragraph)))
        )
        known = own.union(*(known_numbers(other) for other in _notebooks(nb, named)))
        paragraph = re.sub(r"<[^>]*>", " ", PLACES.sub(" ", paragraph))
        for found in NUMBER.finditer(paragraph):
            value = abs(float(found[0]))
            percent = paragraph[found.end() :].lstrip().startswith("%")
            if value not in known and not (percent and round(value / 100, 9) in known):
                near = paragraph[max(found.start() - 40, 0) : found.end() + 25].replace("\n", " ")
                yield f"no cell prints {found[0]}: ...{near}..."


def _notebooks(nb: Notebook, numbers: set[str]) -> list[Notebook]:
    """Other notebooks of the same folder, by number."""
    return [
        Notebook(path)
        for path in sorted(nb.path.parent.glob("[0-9][0-9]_*.ipynb"))
        if path.name[:2] in numbers and path != nb.path
    ]


def numbers_in(text: str) -> set[float]:
    """All numbers of a text, without their signs."""
    return {float(number) for number in re.findall(r"\d*\.?\d+(?:e[+-]?\d+)?", text)}


def known_numbers(nb: Notebook) -> set[float]:
    """What the cells of a notebook hold, print and describe."""
    parts = [source(cell) + "\n" + printed(cell) for cell in nb.code]
    for output in (output for cell in nb.code for output in cell["outputs"]):
        parts.append(
            re.sub(r'src="[^"]*"', "", "".join(output.get("data", {}).get("text/html", "")))
        )
    return numbers_in("\n".join(parts))


READING = (marks, predictions, glossary, numbers)
RULES: tuple[Callable[[Notebook], Iterator[str]], ...] = (
    title,
    navigation,
    links,
    at_a_glance,
    order,
    steps,
    questions,
    exercise,
    length,
    state,
    figures,
    markdown_images,
    colour_maps,
    checked_output,
    optional_cells,
    habits,
)


def problems(path: Path, reading: bool | None = None) -> list[str]:
    """Everything that the rules find in one notebook; those on prose where they hold, or always."""
    nb = Notebook(path)
    on_prose = path.stem in READ_THROUGH if reading is None else reading
    rules = (*RULES, *READING) if on_prose else RULES
    return [f"{rule.__name__}: {problem}" for rule in rules for problem in rule(nb)]


def main(arguments: list[str]) -> int:
    """Print the problems of each notebook; 1 if there are any."""
    reading = True if "--reading" in arguments else None
    paths = [path for path in arguments if path != "--reading"]
    found = {path: problems(Path(path), reading) for path in paths}
    for path, sentences in found.items():
        print(f"{path}: {len(sentences) or 'no'} problem{'s' * (len(sentences) != 1)}")
        for sentence in sentences:
            print(f"  {sentence}")
    return int(any(found.values()))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
