"""Fail when less than 90 % of the helpers' lines, or of their branches, were run by the tests.

pytest-cov's own floor adds lines and branches up, so that one could hide the other.

usage: python tools/coverage_floor.py [report.json]      (`coverage json` writes the report)
"""

import json
import sys
from pathlib import Path

FLOOR = 90.0


def shares(totals: dict[str, float]) -> dict[str, float]:
    """Give the percentage of lines and of branches from a report's totals."""
    counts = {
        "lines": (totals["covered_lines"], totals["num_statements"]),
        "branches": (totals["covered_branches"], totals["num_branches"]),
    }
    return {name: 100 * covered / max(number, 1) for name, (covered, number) in counts.items()}


def main(report: str = "build/coverage.json") -> int:
    """Print both percentages; 1 if either is below the floor."""
    found = shares(json.loads(Path(report).read_text(encoding="utf-8"))["totals"])
    print("Coverage of the helpers: " + ", ".join(f"{v:.1f} % of {k}" for k, v in found.items()))
    return int(min(found.values()) < FLOOR)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
