"""The stored results of the long runs: reading them, and telling whether they are still true.

`python -m tools.results` computes them once. Raw values are stored, one row per picture, class and
method, so that every mean and interval in a notebook is computed where it is read.
"""

import csv
import functools
import hashlib
import json
from collections.abc import Iterator
from pathlib import Path

from helpers.errors import HelpersError
from helpers.evaluation.counterfactual import (
    Faithfulness,
    Ranking,
    counterfactual_faithfulness,
)
from helpers.paths import DATA

__all__ = [
    "load_results",
    "results_record",
    "scene_inputs",
    "stale_results",
    "stored_faithfulness",
]

FOLDER = DATA / "results"


def load_results(part: str, network: str | None = None) -> list[dict]:
    """Read one table of stored results.

    Parameters
    ----------
    part : str
        Name of a table, such as "objects".
    network : str, optional
        A network of `data/results/plan.md`, such as "squeezenet". None: a table that belongs to
        none of them, "blind_sets".

    Returns
    -------
    list of dict
        One per row; numbers as float, empty cells as NaN, everything else as text.

    Raises
    ------
    HelpersError
        When there is no such table.
    """
    folder = FOLDER / (network or "")
    path = folder / f"{part}.csv"
    if not path.is_file():
        known = ", ".join(sorted(p.stem for p in folder.glob("*.csv"))) or "none"
        raise HelpersError(
            f"There is no stored table {part!r}; there are {known}. "
            "`python -m tools.results` computes them."
        )
    return [dict(row) for row in _rows(path, path.stat().st_mtime_ns)]


def results_record(network: str) -> dict:
    """Read how the stored results came about: inputs, options, machine, time.

    Parameters
    ----------
    network : str
        As for `load_results`.

    Returns
    -------
    dict
        `rests_on[table][method]` tells the number of views.

    Raises
    ------
    HelpersError
        When there is no record.
    """
    path = FOLDER / network / "record.json"
    if not path.is_file():
        raise HelpersError(
            f"The record {path} is missing; `python -m tools.results` writes it with the results."
        )
    return json.loads(path.read_text(encoding="utf-8"))


def scene_inputs(scene: str, view: str) -> str:
    """Give the SHA-256 of all that is on record about a view, its pictures' hashes included."""
    from helpers.pictures.scenes import load_scene

    record = json.dumps(load_scene(scene, view).record, sort_keys=True)
    return hashlib.sha256(record.encode()).hexdigest()


def stale_results(network: str) -> list[str]:
    """List the views whose stored results rest on other pictures than those in `data/scenes`.

    Whether the code still gives these numbers, `python -m tools.results --check` finds out.

    Parameters
    ----------
    network : str
        As for `load_results`.

    Returns
    -------
    list of str
        "scene/view"; empty when all stored results are still true of the stored pictures.
    """
    return [
        name
        for name, sha256 in results_record(network)["inputs"].items()
        if scene_inputs(*name.split("/")) != sha256
    ]


def stored_faithfulness(
    method: str,
    network: str,
    *,
    reading: str | None = None,
    quantity: str = "mass",
    effect: str = "signed",
    scenes: tuple[str, ...] = (),
    **options,
) -> Faithfulness:
    """Compute counterfactual faithfulness of a method from the stored table "objects".

    Parameters
    ----------
    method, network : str
        A method of the table; the network as for `load_results`.
    reading : {"absolute", "signed"}, optional
        None means the method's own, see `reading_of`.
    quantity : {"mass", "density"}
        See `object_masses`.
    effect : {"signed", "absolute"}
        See `counterfactual_faithfulness`, which also takes the `options`.
    scenes : tuple of str
        Only these scenes; empty means all.

    Returns
    -------
    Faithfulness

    Raises
    ------
    HelpersError
        When nothing is stored for this choice.
    """
    found = list(_rankings(method, network, reading, quantity, scenes))
    if not found:
        raise HelpersError(f"Nothing is stored for {method!r} read as {reading or 'its own'}.")
    return counterfactual_faithfulness(found, effect=effect, **options)


@functools.lru_cache(maxsize=8)
def _rows(path: Path, changed: int) -> list[dict]:
    """Read a table once, as long as it does not change: they have tens of thousands of rows."""
    with path.open(encoding="utf-8", newline="") as file:
        return [{key: _value(text) for key, text in row.items()} for row in csv.DictReader(file)]


def _rankings(method, network, reading, quantity, scenes) -> Iterator[Ranking]:
    groups: dict[tuple, list[dict]] = {}
    for row in load_results("objects", network):
        mine = row["own"] == 1 if reading is None else row["reading"] == reading
        if row["method"] == method and mine and (not scenes or row["scene"] in scenes):
            groups.setdefault((row["scene"], row["view"], row["target"]), []).append(row)
    for (scene, view, _), rows in groups.items():
        effects, masses = ([row[key] for row in rows] for key in ("effect", quantity))
        yield Ranking(effects, masses, (scene, view), scene)


def _value(text: str) -> float | str:
    if not text:
        return float("nan")
    try:
        return float(text)
    except ValueError:
        return text
