"""Compute the stored results: `python -m tools.results`; see `data/results/plan.md`.

What is computed lies in a folder of its own (`build/results`), so that a run can be stopped at
any time and continued; `--join` writes it to `data/results/<network>/*.csv` with the record,
`--answers` answers the plan's questions from these tables, and `--check` computes a drawn tenth of
every table again and compares.
"""

import argparse
import os
import sys
import time
from collections.abc import Iterable
from pathlib import Path

# TensorFlow chooses its kernels by the processor, and other kernels round otherwise; these take
# half the time in batches. It reads the setting once, when helpers imports it.
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")

from helpers.evaluation.stored_results import FOLDER as RESULTS
from helpers.evaluation.stored_results import stale_results
from tools.results.answers import answers
from tools.results.plan import NETWORKS
from tools.results.store import join
from tools.results.tables import TABLES
from tools.results.units import Unit, all_units, compute
from tools.results.verify import differences, draw

FOLDER = Path(__file__).resolve().parents[2] / "build" / "results"


def run(folder: Path, units: Iterable[Unit], minutes: float) -> None:
    """Compute what is not there yet, in the order of the plan, until the time is up."""
    end = time.monotonic() + 60 * minutes
    for unit in units:
        if time.monotonic() > end:
            print("time is up", flush=True)
            return
        count = compute(unit, folder)
        if count is not None:
            print(time.strftime("%H:%M:%S"), *unit, count, flush=True)


def check(networks: list[str], seed: int) -> int:
    """Compute a drawn tenth of every table again; give the number of columns that differ."""
    wrong = 0
    for network in networks:
        drawn, before = draw(RESULTS, network, seed), wrong
        for view in stale_results(network):
            print(f"{network}: the pictures of {view} are others than those computed from")
            wrong += 1
        for number, stored in enumerate(drawn, 1):
            found = list(differences([stored]))
            print(f"{number}/{len(drawn)}", *stored[0], *found, sep="  ", flush=True)
            wrong += len(found)
        print(f"{network}: {len(drawn)} drawn units computed again, {wrong - before} differences")
    return wrong


def main() -> int:
    """Run, join, answer or check."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--folder", type=Path, default=FOLDER, help="where the work is kept")
    parser.add_argument("--network", nargs="*", default=list(NETWORKS), choices=NETWORKS)
    parser.add_argument("--table", nargs="*", default=list(TABLES), choices=TABLES)
    parser.add_argument("--method", nargs="*", help="only these; all of the plan if not given")
    parser.add_argument("--minutes", type=float, default=float("inf"), help="stop after so many")
    parser.add_argument("--join", action="store_true", help="write what is there as tables")
    parser.add_argument("--answers", action="store_true", help="write data/results/answers.md")
    parser.add_argument("--check", action="store_true", help="compute a tenth again, compare")
    parser.add_argument("--seed", type=int, default=0, help="of the drawn tenth")
    asked = parser.parse_args()
    if asked.check:
        return min(check(asked.network, asked.seed), 1)
    if asked.answers:
        (RESULTS / "answers.md").write_text(answers(), encoding="utf-8")
        return 0
    if asked.join:
        join(asked.folder, RESULTS, list(all_units(asked.network)))
        return 0
    units = list(all_units(asked.network))
    for unknown in {*(asked.method or ())} - {unit.method for unit in units}:
        parser.error(f"the run has no method {unknown!r}: see helpers.METHODS and plan.md")
    chosen = [
        unit
        for unit in units
        if unit.table in asked.table and unit.method in (asked.method or unit.method)
    ]
    run(asked.folder, chosen, asked.minutes)
    return 0


if __name__ == "__main__":
    sys.exit(main())
