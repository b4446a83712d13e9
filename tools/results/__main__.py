"""Compute the stored results: `python -m tools.results`; see `data/results/plan.md`.

What is computed lies in a folder of its own (`build/results`), so that a run can be stopped at
any time and continued; `--join` writes it to `data/results/<network>/*.csv` with the record, and
`--check` computes a drawn tenth of every table again and compares.
"""

import argparse
import sys
import time
from pathlib import Path

from tools.results.plan import NETWORKS
from tools.results.units import all_units, compute

FOLDER = Path(__file__).resolve().parents[2] / "build" / "results"


def run(folder: Path, networks: list[str], minutes: float) -> None:
    """Compute what is not there yet, in the order of the plan, until the time is up."""
    end = time.monotonic() + 60 * minutes
    for unit in all_units(networks):
        if time.monotonic() > end:
            print("time is up", flush=True)
            return
        count = compute(unit, folder)
        if count is not None:
            print(time.strftime("%H:%M:%S"), *unit, count, flush=True)


def main() -> int:
    """Run, join or check."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--folder", type=Path, default=FOLDER, help="where the work is kept")
    parser.add_argument("--network", nargs="*", default=list(NETWORKS), choices=NETWORKS)
    parser.add_argument("--minutes", type=float, default=float("inf"), help="stop after so many")
    asked = parser.parse_args()
    run(asked.folder, asked.network, asked.minutes)
    return 0


if __name__ == "__main__":
    sys.exit(main())
