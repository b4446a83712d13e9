"""The units of work, in the order of the plan, and where their rows lie until they are joined."""

import json
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from helpers import scene_names
from helpers.pictures.scenes import load_scene
from tools.results.plan import (
    CHECK_VIEWS,
    CONTROL_METHODS,
    GRID_SCENES,
    NETWORKS,
    QUICK,
    SLOW,
    TARGETS,
    VIEWS,
    known_methods,
    later_methods,
)
from tools.results.tables import TABLES

__all__ = ["Unit", "all_units", "compute", "rows_of"]


class Unit(NamedTuple):
    """Some rows of one table: one network, one method, one view of one scene."""

    table: str
    network: str
    method: str
    scene: str
    view: str

    def path(self, folder: Path) -> Path:
        """Give the file that holds the rows until all are joined."""
        place = folder / "rows" / self.network / self.table / self.method
        return place / f"{self.scene}-{self.view}.json"


def all_units(networks=NETWORKS) -> Iterator[Unit]:
    """Yield every unit, the most important ones first."""
    quick = known_methods((*CONTROL_METHODS, *QUICK))
    slow = [*(known_methods(names) for names in SLOW), later_methods()]
    network_methods = known_methods(QUICK)
    for network in networks:
        yield from _units("effects", network, ["truth"])
        yield from _units("objects", network, quick)
    for network in networks:
        yield from _units("others", network, ["random_map", *network_methods])
        yield from _units("classes", network, network_methods)
    for methods in slow[:1]:
        for network in networks:
            yield from _object_tables(network, methods)
    for network in networks:
        yield from _units("grid", network, quick, scenes=GRID_SCENES)
        yield from _units("curves", network, [*quick, *slow[0]])
        yield from _units("randomisation", network, quick, views=VIEWS[:1])
        yield from _units("checks", network, quick, views=CHECK_VIEWS)
    for methods in slow[1:]:
        for network in networks:
            yield from _object_tables(network, methods)
    for methods in slow:
        for network in networks:
            yield from _slow_tables(network, methods, curves=methods is not slow[0])


def compute(unit: Unit, folder: Path) -> int | None:
    """Compute the rows of a unit and keep them; None if they are kept already."""
    path = unit.path(folder)
    if path.is_file():
        return None
    start = time.perf_counter(), time.process_time()
    rows = rows_of(unit, folder / "maps")
    seconds = round(time.perf_counter() - start[0], 2), round(time.process_time() - start[1], 2)
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(f".{os.getpid()}")
    kept = {"seconds": seconds[0], "cpu": seconds[1], "rows": rows}
    partial.write_text(json.dumps(kept, default=float), encoding="utf-8")
    partial.rename(path)
    return len(rows)


def rows_of(unit: Unit, maps: Path | None) -> list[dict]:
    """Compute the rows of a unit, from kept maps or, with None, from new ones."""
    labels = {"scene": unit.scene, "view": unit.view, "method": unit.method}
    found = TABLES[unit.table](maps, unit.network, unit.method, unit.scene, unit.view)
    return [labels | row for row in found]


def _object_tables(network: str, methods: list[str]) -> Iterator[Unit]:
    yield from _units("objects", network, methods)
    yield from _units("others", network, methods)


def _slow_tables(network: str, methods: list[str], curves: bool) -> Iterator[Unit]:
    if curves:
        yield from _units("curves", network, methods)
    yield from _units("grid", network, methods, scenes=GRID_SCENES)
    # A variant of the baseline is no other method there.
    own = [name for name in methods if name in known_methods([name]) and "gradients_" not in name]
    yield from _units("randomisation", network, own, views=VIEWS[:1])
    yield from _units("checks", network, own, views=CHECK_VIEWS)


def _units(table, network, methods, *, scenes=None, views=VIEWS) -> Iterator[Unit]:
    """Yield the units of a table, all scenes and methods of a view before the next view."""
    present = [name for name in scenes or TARGETS if name in scene_names()]
    for view in views:
        for scene in present:
            if view in load_scene(scene).views:
                for method in methods:
                    yield Unit(table, network, method, scene, view)
