"""The maps that every table rests on, kept in a folder so that a run can be continued."""

import functools
import os
import zlib
from pathlib import Path
from typing import NamedTuple

import numpy as np

from helpers import attribute, class_index, load_model, load_scene
from helpers.attribution import READINGS, read_map
from helpers.evaluation import scene_case
from helpers.evaluation.league import method_of
from tools.results.plan import (
    BASELINES,
    FIRST_STEPS,
    GAP,
    MOST_STEPS,
    TARGETS,
)

__all__ = ["Maps", "case_of", "compute_maps", "maps_of"]


class Maps(NamedTuple):
    """One picture, one class, one method: the map in both readings, and what it took.

    `signed` and `absolute` float32 (h, w); `steps` and `gap` (relative) of Integrated
    Gradients, else NaN.
    """

    signed: np.ndarray
    absolute: np.ndarray
    steps: float = float("nan")
    gap: float = float("nan")


@functools.lru_cache(maxsize=64)
def case_of(network: str, scene: str, view: str):
    """Give the picture and the masks of a view, at a network's size."""
    return scene_case(load_model(network), load_scene(scene, view), TARGETS[scene][0], view)


def maps_of(folder: Path | None, network: str, name: str, scene: str, view: str, target: str):
    """Read a map that is kept, or compute it and keep it; without a folder just compute it."""
    picture = case_of(network, scene, view).picture
    if folder is None:
        return compute_maps(network, name, picture, target)
    path = folder / network / name / f"{scene}-{view}-{target}.npz"
    if path.is_file():
        with np.load(path) as kept:
            return Maps(*(kept[field][()] for field in Maps._fields))
    found = compute_maps(network, name, picture, target)
    path.parent.mkdir(parents=True, exist_ok=True)
    # Several runs may work side by side.
    partial = path.with_suffix(f".{os.getpid()}.npz")
    np.savez(partial, **found._asdict())
    partial.rename(path)
    return found


def compute_maps(network: str, name: str, picture: np.ndarray, target) -> Maps:
    """Compute a map in both readings, with the method's own defaults."""
    model, method = load_model(network), method_of(name)
    if method == "integrated_gradients":
        return _integrated(model, picture, target, BASELINES.get(name, "black"))
    # Another random map for every picture and class, yet the same in every run.
    seed = zlib.crc32(picture.tobytes()) + class_index(target)
    options = {"seed": seed} if method == "random_map" else {}
    return _read(attribute(model, picture, target, method, progress=False, **options))


def _integrated(model, picture, target, baseline: str) -> Maps:
    """Double the steps until the gap is small enough, as the plan says."""
    steps = FIRST_STEPS
    while True:
        options = {"steps": steps, "baseline": baseline, "progress": False, "details": True}
        found, told = attribute(model, picture, target, "integrated_gradients", **options)
        owed = abs(float(told["score"]) - float(told["baseline_score"]))
        gap = abs(float(told["completeness_gap"])) / owed
        if gap < GAP or steps >= MOST_STEPS:
            return _read(found)._replace(steps=steps, gap=gap)
        steps *= 2


def _read(attributions: np.ndarray) -> Maps:
    return Maps(**{reading: read_map(attributions, reading).astype("f4") for reading in READINGS})
