"""The maps that every table rests on, kept in a folder so that a run can be continued."""

import functools
import os
import zlib
from pathlib import Path
from typing import NamedTuple

import numpy as np

from helpers import METHODS, attribute, class_index, load_model, load_scene
from helpers.attribution import READINGS, read_map
from helpers.attribution.methods.integrated_gradients import (
    completeness_gap,
    path_gradient,
    trapezoids,
)
from helpers.attribution.question import BATCH_SIZE, Question, ask
from helpers.attribution.registry import method_options
from helpers.evaluation import scene_case
from helpers.evaluation.league import method_of
from helpers.models.scores import compute_logits
from helpers.pictures.fills import fill_picture
from tools.results.plan import (
    BASELINES,
    CONTROL_METHODS,
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
    options = {"progress": False}
    if method == "random_map":
        # Another one for every picture and class, yet the same in every run.
        options["seed"] = zlib.crc32(picture.tobytes()) + class_index(target)
    if METHODS[method].needs_gradients or method in CONTROL_METHODS:
        return _read(attribute(model, picture, target, method, **options))
    question = _OnePass(**vars(ask(model, picture, target)))
    known = {name: value for name, value in options.items() if name in method_options(method)}
    return _read(METHODS[method].function(question, **known)[0][0])


class _OnePass(Question):
    """A question that takes its scores from logits that are kept.

    The methods that only ask for scores ask about the same pictures for every class, so that
    one pass answers for all of them.
    """

    def scores(self, pictures, targets, batch_size=BATCH_SIZE):
        pictures = np.asarray(pictures, np.float32)
        logits = _logits(self.model, pictures.tobytes(), pictures.shape, batch_size)
        return (logits * targets).sum(-1)


# A method asks in up to 200 batches, 3 MB each, before it asks about the next class.
@functools.lru_cache(maxsize=300)
def _logits(model, pixels: bytes, shape: tuple[int, ...], batch_size: int) -> np.ndarray:
    return compute_logits(model, np.frombuffer(pixels, np.float32).reshape(shape), batch_size)


def _integrated(model, picture, target, baseline: str) -> Maps:
    """Double the steps until the gap is small enough, as the plan says.

    The trapezoid rule has asked about every second point before, and only asks about the rest.
    """
    question, start = ask(model, picture, target), fill_picture(picture, baseline)
    row, steps = question.pairs.targets[0], FIRST_STEPS
    mean, scores = path_gradient(question, row, start, picture, *trapezoids(steps))
    while True:
        found = mean * (picture - start)
        gap = float(completeness_gap(found[None], scores[-1:], scores[:1])[0])
        share = abs(gap) / abs(float(scores[-1]) - float(scores[0]))
        if share < GAP or steps >= MOST_STEPS:
            return _read(found)._replace(steps=steps, gap=share)
        middles = ((np.arange(steps) + 0.5) / steps).astype(np.float32)
        shares = np.full(steps, 1 / steps, np.float32)
        between, _ = path_gradient(question, row, start, picture, middles, shares)
        mean, steps = (mean + between) / 2, 2 * steps


def _read(attributions: np.ndarray) -> Maps:
    return Maps(**{reading: read_map(attributions, reading).astype("f4") for reading in READINGS})
