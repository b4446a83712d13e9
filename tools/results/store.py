"""Where the results lie for good: `data/results/<network>/*.csv`, and what they rest on."""

import csv
import json
import os
import platform
import time
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

import numpy as np

from helpers.attribution.registry import method_options
from helpers.evaluation.league import method_of
from helpers.evaluation.stored_results import scene_inputs
from helpers.models import efficientnet_lite, squeezenet
from tools.results import plan
from tools.results.tables import TABLES
from tools.results.units import Unit

__all__ = ["as_text", "join", "stored_units"]

WEIGHTS = {"efficientnet-lite0": efficientnet_lite.SHA256, "squeezenet": squeezenet.SHA256}
PACKAGES = ("tensorflow", "keras", "numpy", "scipy", "scikit-image")


def join(folder: Path, target: Path, units: list[Unit]) -> None:
    """Write the rows that are there as one table each, and the record of what they rest on.

    Parameters
    ----------
    folder : Path
        Where `units.compute` keeps its work.
    target : Path
        `data/results`.
    units : list of Unit
        In the order of the rows; units that are not computed yet are left out.
    """
    for network in dict.fromkeys(unit.network for unit in units):
        mine = [unit for unit in units if unit.network == network and unit.path(folder).is_file()]
        kept = {unit: json.loads(unit.path(folder).read_text(encoding="utf-8")) for unit in mine}
        for table in TABLES:
            rows = [row for unit in mine if unit.table == table for row in kept[unit]["rows"]]
            if rows:
                _write(target / network / f"{table}.csv", rows)
        if mine:
            text = json.dumps(_record(network, kept), indent=1, sort_keys=True)
            (target / network / "record.json").write_text(text + "\n", encoding="utf-8")


def stored_units(target: Path, network: str) -> Iterator[tuple[Unit, list[dict[str, str]]]]:
    """Yield every stored unit with its rows, cells as text."""
    for table in TABLES:
        path, found = target / network / f"{table}.csv", {}
        if path.is_file():
            with path.open(encoding="utf-8", newline="") as file:
                for row in csv.DictReader(file):
                    # Randomisation looks at several views at once, and stands under the first.
                    view = plan.VIEWS[0] if table == "randomisation" else row["view"]
                    unit = Unit(table, network, row["method"], row["scene"], view)
                    found.setdefault(unit, []).append(row)
        yield from found.items()


def as_text(value) -> str:
    """Write a cell: numbers with five significant digits, nothing where not defined."""
    if isinstance(value, (float, np.floating)):
        return f"{value:.5g}" if np.isfinite(value) else ""
    return str(value)


def _write(path: Path, rows: list[dict]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    columns = list(dict.fromkeys(key for row in rows for key in row))
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, columns, restval="", lineterminator="\n")
        writer.writeheader()
        writer.writerows({key: as_text(value) for key, value in row.items()} for row in rows)


def _record(network: str, kept: dict[Unit, dict]) -> dict:
    """Tell what decides the numbers, and on how many views every method rests."""
    methods = sorted({unit.method for unit in kept} - {"truth"})
    views = sorted({f"{unit.scene}/{unit.view}" for unit in kept})
    return {
        "network": network,
        "weights": WEIGHTS[network],
        "inputs": {view: scene_inputs(*view.split("/")) for view in views},
        "targets": {scene: plan.TARGETS[scene] for scene in sorted({u.scene for u in kept})},
        "options": {name: _options(name) for name in methods},
        "versions": {"python": platform.python_version()} | {p: version(p) for p in PACKAGES},
        "computed": time.strftime("%Y-%m-%d", time.gmtime()),
        "cores": os.cpu_count(),
        "rests_on": _rests_on(kept),
    }


def _options(name: str) -> dict:
    """Give the options that a map was computed with."""
    options = {
        key: value
        for key, value in method_options(method_of(name)).items()
        if key not in ("batch_size", "progress", "seed")
    }
    if method_of(name) == "integrated_gradients":
        options["steps"] = f"{plan.FIRST_STEPS}, doubled until the gap is below {plan.GAP:.0%}"
        options["baseline"] = plan.BASELINES.get(name, "black")
    return {key: value if _is_plain(value) else repr(value) for key, value in options.items()}


def _is_plain(value) -> bool:
    return value is None or isinstance(value, (str, int, float, bool))


def _rests_on(kept: dict[Unit, dict]) -> dict[str, dict]:
    """Count views, scenes and seconds of every table and method."""
    found: dict[str, dict] = {}
    for unit, work in kept.items():
        empty = {"views": 0, "scenes": [], "seconds": 0.0, "cpu_seconds": 0.0}
        row = found.setdefault(unit.table, {}).setdefault(unit.method, empty)
        row["views"] += len({line["view"] for line in work["rows"]})
        row["scenes"] = sorted({*row["scenes"], unit.scene})
        row["seconds"] = round(row["seconds"] + work["seconds"], 1)
        row["cpu_seconds"] = round(row["cpu_seconds"] + work["cpu"], 1)
    return found
