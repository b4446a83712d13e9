"""Time the explorers in a real browser, from the hand to the new picture: `make bench-widgets`.

A JupyterLab of its own runs all of them with EfficientNet-Lite0; Chromium moves a control, and the
page itself takes the time from the event to the moment when the new picture is decoded. The
kernel's part of it, from the message to the frame, is taken in the kernel and counted apart.
"""

import argparse
import itertools
import json
import statistics
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import browsing
import nbformat
from nbformat import v4

FOLDER = Path(__file__).resolve().parent.parent / "build" / "bench"
CELLS = (
    """\
import json, time
from helpers import *
from helpers.widgets.explorer import Explorer
plain = Explorer.refresh
def timed(self):
    start = time.perf_counter()
    plain(self)
    with open("times.jsonl", "a") as file:
        file.write(json.dumps(1000 * (time.perf_counter() - start)) + "\\n")
Explorer.refresh = timed
model, img = load_model(), load_image("chelsea")
array = to_array(img, model)""",
    "explore_smoothing(img, attribute(model, array, 285))",
    "explore_classes(model, img)",
    "explore_methods(model)",
    "explore_masking(model, img, boxes=[(60, 60, 140, 140)])",
    "explore_scenes(model)",
)
WATCH = """root => {
  const seen = () => [...root.querySelectorAll("img:not(.helpers-outline)")];
  const sources = () => seen().map(image => image.src).join();
  const before = sources();
  let start = null;
  const begin = () => { start ??= performance.now(); };
  for (const kind of ["keydown", "change"])
    window.addEventListener(kind, begin, { capture: true, once: true });
  window.answer = new Promise(resolve => {
    const observer = new MutationObserver(async () => {
      if (sources() === before) return;
      observer.disconnect();
      await Promise.all(seen().map(image => image.decode().catch(() => {})));
      resolve(performance.now() - start);
    });
    const what = { subtree: true, childList: true, attributeFilter: ["src"] };
    observer.observe(root, what);
  });
}"""
NEW_CLASSES = (
    "volcano", "banana", "espresso", "lynx", "tabby", "basketball", "can_opener", "goldfish",
    "hammerhead", "ostrich", "bald_eagle", "axolotl", "bullfrog", "triceratops", "scorpion",
    "tarantula", "peacock", "toucan", "koala", "jellyfish", "snail", "flamingo", "pelican",
    "king_penguin", "Chihuahua", "beagle", "whippet", "boxer", "Samoyed", "tiger",
)  # fmt: skip


class Case(NamedTuple):
    """One kind of change: the cell of its explorer, the goal, and how to move, time after time."""

    name: str
    cell: int
    goal: int
    moves: Callable[..., Iterator[Callable[[], None]]]


def by_key(selector: str, *keys: str) -> Callable:
    """Moves that press keys in turn on an element that has the focus."""

    def moves(root):
        element = root.locator(selector).first
        for key in itertools.cycle(keys):
            element.focus()
            yield lambda key=key: element.press(key)

    return moves


def by_choice(label: str, *values: str) -> Callable:
    """Moves that choose values in turn from a list."""

    def moves(root):
        for value in itertools.cycle(values):
            yield lambda value=value: root.get_by_label(label, exact=True).select_option(value)

    return moves


def by_class(label: str) -> Callable:
    """Moves that enter a class which was not asked about before."""

    def moves(root):
        field = root.get_by_role("combobox", name=label, exact=True)
        for name in NEW_CLASSES:
            field.fill(name)
            yield lambda: field.press("Enter")

    return moves


def by_new_method(*methods: str) -> Callable:
    """Moves that ask a quick method for a class which it was not asked about before."""

    def moves(root):
        for name, method in zip(reversed(NEW_CLASSES), itertools.cycle(methods)):
            root.get_by_label("method", exact=True).select_option("Gradient")
            root.get_by_role("combobox", name="class", exact=True).fill(name)
            root.get_by_role("combobox", name="class", exact=True).press("Enter")
            root.page.wait_for_timeout(500)
            yield lambda method=method: root.get_by_label("method", exact=True).select_option(
                method
            )

    return moves


SIGMA = ".widget-slider:has-text('sigma') [role=slider]"
OVERLAY = ".widget-slider:has-text('overlay') [role=slider]"
CASES = (
    Case("smoothing", 1, 100, by_key(SIGMA, "ArrowRight")),
    Case("overlay", 1, 100, by_key(OVERLAY, "ArrowLeft", "ArrowRight")),
    Case("smoothing of two classes", 2, 100, by_key(SIGMA, "ArrowRight")),
    Case("cached method", 3, 100, by_choice("method", "Input × gradient", "Gradient")),
    Case("switch of a scene, cached", 5, 100, by_key("input[type=checkbox]", " ")),
    Case("new class, beside another", 2, 200, by_class("class 2")),
    Case("new class, one map", 3, 200, by_class("class")),
    Case("new quick method", 3, 200, by_new_method("Grad-CAM", "Input × gradient")),
    Case("new box", 4, 200, by_key(".helpers-box", "ArrowRight", "ArrowLeft", "ArrowDown")),
)


def measure(page, root, moves: Iterator, rounds: int, times: Path) -> tuple[list, list]:
    """Milliseconds in the page and in the kernel; the first two moves only warm up."""
    seen, kernel = [], []
    for move in itertools.islice(moves, rounds + 2):
        times.write_text("")
        root.evaluate(WATCH)
        move()
        seen.append(page.evaluate("window.answer"))
        page.wait_for_timeout(100)
        kernel.append(sum(map(json.loads, times.read_text().splitlines())))
    return seen[2:], kernel[2:]


def run(rounds: int) -> list[str]:
    """Measure all cases; gives the rows of a table."""
    from playwright.sync_api import sync_playwright

    rows = [
        "| change | seen, ms: median (90 %) | kernel, ms: median | goal, ms | met |",
        "|" + " --- |" * 5,
    ]
    with tempfile.TemporaryDirectory() as work, tempfile.TemporaryDirectory() as scratch:
        cells = [v4.new_code_cell(source) for source in CELLS]
        kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
        notebook = v4.new_notebook(cells=cells, metadata={"kernelspec": kernel})
        nbformat.write(notebook, Path(work) / "bench.ipynb")
        with browsing.jupyterlab(Path(work), Path(scratch)) as lab, sync_playwright() as playwright:
            chromium = playwright.chromium.launch(
                executable_path=browsing.CHROMIUM, args=[*browsing.CHROMIUM_OPTIONS]
            )
            page = chromium.new_page(viewport={"width": 1280, "height": 1000})
            panel = browsing.open_notebook(page, lab, "bench.ipynb")
            browsing.run_all(page, panel)
            for case in CASES:
                root = panel.locator(".jp-CodeCell").nth(case.cell).locator(".helpers-explorer")
                root.scroll_into_view_if_needed()
                found = measure(page, root, case.moves(root), rounds, Path(work) / "times.jsonl")
                rows.append(row(case, *found))
                print(rows[-1], flush=True)
    return rows


def row(case: Case, seen: list[float], kernel: list[float]) -> str:
    """One line of the table."""
    median, high = statistics.median(seen), statistics.quantiles(seen, n=10)[-1]
    met = "yes" if median < case.goal else "no"
    inside = statistics.median(kernel)
    return f"| {case.name} | {median:.0f} ({high:.0f}) | {inside:.0f} | {case.goal} | {met} |"


def main() -> int:
    """Measure, print, and keep the table in build/bench."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=25, choices=range(5, 29), metavar="5..28")
    rounds = parser.parse_args().rounds
    if browsing.CHROMIUM is None:
        print(f"Not measured: {browsing.NO_CHROMIUM}.")
        return 1
    rows = run(rounds)
    FOLDER.mkdir(parents=True, exist_ok=True)
    (FOLDER / "widgets.md").write_text("\n".join([*rows, ""]), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
