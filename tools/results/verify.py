"""Whether stored rows still follow from code, weights and pictures: compute some and compare.

No hash of the code is compared: a change that cannot change a number then forces no
recomputation, and one that does is found wherever the drawn units reach.
"""

import random
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np

from tools.results.store import as_text, stored_units
from tools.results.units import Unit, rows_of

__all__ = ["SHARE", "differences", "draw"]

SHARE = 10
# Five digits are stored; other processors and numbers of threads round differently.
TOLERANCE = 2e-4

Stored = tuple[Unit, list[dict[str, str]]]


def draw(target: Path, network: str, seed: int = 0) -> list[Stored]:
    """Draw a tenth of the units of every table of a network, one at least."""
    tables: dict[str, list[Stored]] = {}
    for found in stored_units(target, network):
        tables.setdefault(found[0].table, []).append(found)
    rng = random.Random(seed)
    return [one for t in tables.values() for one in rng.sample(t, max(1, len(t) // SHARE))]


def differences(stored: Iterable[Stored]) -> Iterator[str]:
    """Compute units again and yield one sentence per cell that is not what was stored."""
    for unit, rows in stored:
        again = [{key: as_text(value) for key, value in row.items()} for row in rows_of(unit, None)]
        name = "/".join(unit)
        if len(again) != len(rows):
            yield f"{name}: {len(rows)} rows are stored, {len(again)} come out."
            continue
        for column in again[0]:
            was, now = ([row.get(column, "") for row in table] for table in (rows, again))
            if not _same(was, now):
                yield f"{name}: {column} was {', '.join(was)} and comes out as {', '.join(now)}."


def _same(was: list[str], now: list[str]) -> bool:
    try:
        stored, found = (np.array([float(cell or "nan") for cell in cells]) for cells in (was, now))
    except ValueError:
        return was == now
    scale = np.abs(stored[np.isfinite(stored)]).max(initial=0)
    return np.allclose(found, stored, rtol=TOLERANCE, atol=TOLERANCE * scale, equal_nan=True)
