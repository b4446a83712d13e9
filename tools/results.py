"""Compute the slow results that notebooks 08 and 09 read: `python -m tools.results [part ...]`.

Parts: objects (counterfactuals and localisation, with deletion and insertion), grid,
randomisation, checks, league. Raw values go to data/results/*.csv, and record.json says what
they rest on: hashes of the views, of the network's weights and of the code, the options, and
the versions. What is stored already for the same pictures and options is kept, so that a run
can be interrupted and continued; `--fresh` computes everything again.

The sample counts below are smaller than the methods' defaults, so that all of it stays within
about half an hour on two busy cores; the record repeats them, with the seconds of each unit.
Views, targets and options were fixed before any method was scored. After the first tables the
numbers of views for curves, mosaics and the slow methods were raised, because time was left.
"""

import argparse
import csv
import functools
import hashlib
import json
import os
import platform
import sys
import time
import zlib
from collections.abc import Callable, Iterator
from importlib.metadata import version
from pathlib import Path

import numpy as np

from helpers.attribution.reduction import READINGS, read_map
from helpers.attribution.registry import METHODS, attribute, reading_of
from helpers.classes import class_index
from helpers.evaluation import (
    Similarity,
    best_iou,
    completeness,
    deletion_curve,
    grid_mosaic,
    grid_pointing_game,
    infidelity,
    insertion_curve,
    max_sensitivity,
    misplaced_map,
    object_effects,
    object_masses,
    pointing_game,
    randomisation_test,
    relevance_mass_accuracy,
    relevance_rank_accuracy,
    scene_case,
    sensitivity_n,
)
from helpers.evaluation.stored_results import (
    FOLDER,
    scene_inputs,
    stored_faithfulness,
    stored_spread,
)
from helpers.models.efficientnet_lite import SHA256 as WEIGHTS_SHA256
from helpers.models.loading import load_model
from helpers.models.scores import compute_logits
from helpers.pictures.scenes import SCENES, load_scene, scene_names

ROOT = Path(__file__).resolve().parent.parent
# The first target of a scene is the one of parts that look at one class only.
TARGETS = {
    "can_opener": ("can_opener",),
    "basketball": ("basketball",),
    "farmyard": ("hen", "wood_rabbit"),
    "fruit": ("banana", "Granny_Smith"),
}
VIEWS = tuple(f"view_{number:02d}" for number in range(12))
OPTIONS = {
    "smoothgrad": {"samples": 12},
    "vargrad": {"samples": 12},
    "integrated_gradients": {"steps": 16},
    "occlusion": {"stride": 32},
    "rise": {"samples": 100},
    "xrai": {"steps": 5},
}
# Too slow for every view: these see the first views of each scene only.
SLOW, SLOW_VIEWS = ("rise", "xrai"), VIEWS[:3]
CURVE_VIEWS, CURVE_STEPS = VIEWS[:2], 7
CURVES = (
    ("deletion", "black"), ("deletion", "mean"), ("deletion", "blur"), ("insertion", "blur"),
)  # fmt: skip
MOSAIC_VIEWS = VIEWS[:4]
RANDOMISED = ("can_opener", "fruit")
STAGES = {
    "cascading": ("logits", "head", "block12", "block06", "stem"),
    "independent": ("head", "block06", "stem"),
}
PARTS = ("objects", "randomisation", "curves", "grid", "checks", "league")
HERE = ROOT / "helpers" / "evaluation"


def maps_of(model, picture, target, methods) -> Iterator[tuple[str, np.ndarray]]:
    """Yield (method, attributions) of one picture."""
    # Another random map for every picture and class, yet the same in every run.
    seed = zlib.crc32(picture.tobytes()) + class_index(target)
    for method in methods:
        options = {"seed": seed} if method == "random_map" else {}
        options |= OPTIONS.get(method, {})
        yield method, attribute(model, picture, target, method, progress=False, **options)


def methods_for(view: str) -> list[str]:
    """List the methods that look at a view."""
    return [method for method in METHODS if method not in SLOW or view in SLOW_VIEWS]


def objects_of_view(model, name: str, view: str) -> Iterator[tuple[str, dict]]:
    """Yield (table, row): what every method says about every object, and what is true."""
    scene = load_scene(name, view)
    for target in TARGETS[name]:
        case, effects = scene_case(model, scene, target), object_effects(model, scene, target)
        common = {"scene": name, "view": view, "target": target}
        for method, attributions in maps_of(model, case.picture, target, methods_for(view)):
            for reading in READINGS:
                saliency_map, own = read_map(attributions, reading), reading == reading_of(method)
                labels = {**common, "method": method, "reading": reading, "own": int(own)}
                for row in object_rows(saliency_map, case.masks, effects, own):
                    yield "objects", labels | row


def curves_of_view(model, name: str, view: str) -> Iterator[tuple[str, dict]]:
    """Yield deletion and insertion for the first target of a view."""
    scene, target = load_scene(name, view), TARGETS[name][0]
    picture = scene_case(model, scene, target).picture
    methods = methods_for(view if view == VIEWS[0] else "")
    for method, attributions in maps_of(model, picture, target, methods):
        labels = {"scene": name, "view": view, "target": target, "method": method}
        saliency_map = read_map(attributions, reading_of(method))
        for row in curve_rows(model, picture, target, saliency_map):
            yield "curves", labels | row


def object_rows(saliency_map, masks, effects, own: bool) -> Iterator[dict]:
    """Yield one row per object that can be seen."""
    masses, densities = (object_masses(saliency_map, masks, q) for q in ("mass", "density"))
    for name, mask in masks.items():
        found = effects[name]
        row = {
            "object": name, "area": mask.mean(), "effect": found.effect,
            "logit": found.logit_all, "probability": found.probability_all,
            "probability_without": found.probability_without,
            "mass": masses[name], "density": densities[name],
        }  # fmt: skip
        if own:
            row |= {
                "pointing": pointing_game(saliency_map, mask),
                "mass_accuracy": relevance_mass_accuracy(saliency_map, mask),
                "rank_accuracy": relevance_rank_accuracy(saliency_map, mask),
                "iou": best_iou(saliency_map, mask),
            }
        yield row


def curve_rows(model, picture, target, saliency_map) -> Iterator[dict]:
    """Yield areas of deletion and insertion, for the map and for the same map misplaced."""
    options = {"steps": CURVE_STEPS, "score": "logit", "progress": False}
    moved = misplaced_map(saliency_map)
    for kind, fill in CURVES:
        curve = deletion_curve if kind == "deletion" else insertion_curve
        mine, misplaced = (
            curve(model, picture, target, one, fill=fill, **options).area
            for one in (saliency_map, moved)
        )
        gain = misplaced - mine if kind == "deletion" else mine - misplaced
        yield {"kind": kind, "fill": fill, "area": mine, "misplaced": misplaced, "gain": gain}


def mosaic(model, view: str, names: list[str]) -> Iterator[tuple[str, dict]]:
    """Yield the grid pointing game of one mosaic of four scenes."""
    pictures = [load_scene(name, view).pictures["all"] for name in names]
    array = grid_mosaic(pictures, model.input_shape[1:3])
    logits = compute_logits(model, array[None])[0]
    methods = methods_for(view if view == VIEWS[0] else "")
    for cell, name in enumerate(names):
        target = TARGETS[name][0]
        rank = int((logits > logits[class_index(target)]).sum()) + 1
        for method, attributions in maps_of(model, array, target, methods):
            share = grid_pointing_game(read_map(attributions, reading_of(method)), cell)
            yield "grid", {
                "scene": name, "view": view, "target": target, "rank": rank,
                "method": method, "share": share,
            }  # fmt: skip


def randomised(model, order: str, names: list[str]) -> Iterator[tuple[str, dict]]:
    """Yield the similarity of maps before and after randomisation, for the quicker methods."""
    pictures = np.stack([scene_case(model, load_scene(n, "view_00"), 0).picture for n in names])
    targets = [TARGETS[name][0] for name in names]
    methods = [method for method in METHODS if method not in SLOW]
    given = {"stages": STAGES[order], "options": OPTIONS}
    test = randomisation_test(model, pictures, targets, methods, order=order, **given)
    for (method, reading), values in test.values.items():
        for stage, pictures_values in zip(test.stages, values):
            for name, measures in zip(names, pictures_values):
                labels = {"order": order, "stage": stage, "scene": name, "view": "view_00"}
                found = dict(zip(Similarity._fields, measures))
                yield "randomisation", {**labels, "method": method, "reading": reading} | found


def checks(model, name: str) -> Iterator[tuple[str, dict]]:
    """Yield stability, infidelity, sensitivity-n and completeness for one picture of a scene."""
    target, view = TARGETS[name][0], "view_00"
    picture = scene_case(model, load_scene(name, view), target).picture
    fast = [method for method in METHODS if method not in SLOW]
    for method, attributions in maps_of(model, picture, target, fast):
        options, reading = OPTIONS.get(method, {}), reading_of(method)
        quiet = {"progress": False}
        stability = max_sensitivity(model, picture, target, method, copies=2, **quiet, **options)
        local = attributions.shape[-1] == 3 and reading == "absolute"
        account = attributions if local else read_map(attributions, "signed")
        told = infidelity(model, picture, target, account, local=local, samples=24, **quiet)
        sizes = {"n": (40,), "samples": 24}
        added = sensitivity_n(
            model, picture, target, read_map(attributions, reading), **sizes, **quiet
        )
        row = {
            "scene": name, "view": view, "target": target, "method": method,
            "stability": stability, "infidelity_share": told.share,
            "sensitivity_n": added[40], "relative_gap": np.nan,
        }  # fmt: skip
        if method == "integrated_gradients":
            row["relative_gap"] = completeness(
                model, picture, target, method, **quiet, **options
            ).relative
        yield "checks", row


def league() -> Iterator[dict]:
    """Yield one row per method: every question, with means, intervals and numbers."""
    stored = {row["method"] for row in read_rows("objects")}
    yield from (league_row(method) for method in METHODS if method in stored)


def league_row(method: str) -> dict:
    """Give all answers for one method."""
    mass, density, sizes = (
        stored_faithfulness(method, **options)
        for options in ({}, {"quantity": "density"}, {"effect": "absolute"})
    )
    row = {"method": method, "reading": reading_of(method)}
    for suffix, found in {"": mass, "_density": density, "_sizes": sizes}.items():
        for name in ("agreement", "correlation"):
            low, high = found.intervals[name]
            column = name + suffix
            row |= {column: getattr(found, name), f"{column}_low": low, f"{column}_high": high}
    row |= {"sign": mass.sign, "pairs": mass.n_pairs, "views": mass.n_views}
    return row | dict(averages(method))


def averages(method: str) -> Iterator[tuple[str, float]]:
    """Yield the means of the other questions; NaN where a method was not asked."""
    columns = {"grid": ("grid", "share", {})}
    for kind, fill in CURVES:
        columns[f"{kind}_{fill}"] = ("curves", "gain", {"kind": kind, "fill": fill})
    for stage in ("logits", "stem"):
        chosen = {"order": "cascading", "stage": stage, "reading": "absolute"}
        columns[f"likeness_{stage}"] = ("randomisation", "spearman", chosen)
    for name in ("stability", "infidelity_share", "sensitivity_n"):
        columns[name] = ("checks", name, {})
    for column, (part, value, chosen) in columns.items():
        spread = stored_spread(part, value, method=method, **chosen)
        yield column, spread.mean
        yield f"{column}_sd", spread.sd
        yield f"{column}_n", spread.n


def units() -> Iterator[tuple[str, list[str], Callable]]:
    """Yield every unit of work: its name, the views it rests on, and how to compute it."""
    known = [name for name in TARGETS if name in scene_names()]
    views = {name: load_scene(name, first_view(name)).views for name in known}
    for view in VIEWS:
        for name in [name for name in known if view in views[name]]:
            call = functools.partial(objects_of_view, name=name, view=view)
            yield f"objects {name}/{view}", [f"{name}/{view}"], call
    for order in STAGES:
        rests = [f"{name}/view_00" for name in RANDOMISED]
        yield (
            f"randomisation {order}",
            rests,
            functools.partial(randomised, order=order, names=RANDOMISED),
        )
    for view in CURVE_VIEWS:
        for name in [name for name in known if view in views[name]]:
            call = functools.partial(curves_of_view, name=name, view=view)
            yield f"curves {name}/{view}", [f"{name}/{view}"], call
    for view in MOSAIC_VIEWS:
        if len(known) == 4 and all(view in views[name] for name in known):
            call = functools.partial(mosaic, view=view, names=known)
            yield f"grid {view}", [f"{name}/{view}" for name in known], call
    for name in [name for name in known if "view_00" in views[name]]:
        yield f"checks {name}", [f"{name}/view_00"], functools.partial(checks, name=name)


def first_view(name: str) -> str:
    """Give any view of a scene, to read its record."""
    record = json.loads((SCENES / name / "scene.json").read_text(encoding="utf-8"))
    return next(iter(record["views"]))


def compute(parts: list[str], fresh: bool) -> None:
    """Compute what is asked for and not stored yet, and store after every unit."""
    model, record = load_model("efficientnet-lite0"), read_record()
    for unit, views, call in units():
        part = unit.split()[0]
        key = unit_key(part, views)
        done = record["units"].get(unit, {}).get("key") == key
        if part not in parts or (done and not fresh):
            continue
        start, rows = time.perf_counter(), list(call(model))
        for table in {table for table, _ in rows}:
            kept = [row for row in read_rows(table) if row["unit"] != unit]
            kept += [{"unit": unit} | row for name, row in rows if name == table]
            write_rows(table, kept)
        seconds = round(time.perf_counter() - start)
        record["units"][unit] = {"key": key, "seconds": seconds, "code": code_hash()}
        record["inputs"] |= {view: scene_inputs(*view.split("/")) for view in views}
        write_record(record)
        print(f"{unit}: {len(rows)} rows, {seconds} s", flush=True)


def unit_key(part: str, views: list[str]) -> str:
    """Give a hash of all that decides a unit's numbers but the code."""
    inputs = {view: scene_inputs(*view.split("/")) for view in views}
    methods = {view: methods_for(view.split("/")[1]) for view in views if part == "objects"}
    return digest({"inputs": inputs, "methods": methods, "plan": plan(part)})


def plan(part: str) -> dict:
    """Give what was decided before the first score of a part, as it stands in the record."""
    common = {
        "network": "efficientnet-lite0", "weights": WEIGHTS_SHA256, "targets": TARGETS,
        "options": OPTIONS,
    }  # fmt: skip
    own = {
        "curves": {"curves": CURVES, "steps": CURVE_STEPS},
        "randomisation": {"scenes": RANDOMISED, "stages": STAGES},
    }
    return common | own.get(part, {})


def code_hash() -> str:
    """Give the SHA-256 of the code that the numbers come from."""
    attribution = (ROOT / "helpers" / "attribution").rglob("*.py")
    files = sorted([*attribution, *HERE.glob("*.py")])
    return digest([path.read_text(encoding="utf-8") for path in files])


def digest(value) -> str:
    """Give the SHA-256 of a value that JSON can hold."""
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()


def read_record() -> dict:
    """Read the record, or begin one."""
    path = FOLDER / "record.json"
    empty = {"inputs": {}, "units": {}}
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else empty


def write_record(record: dict) -> None:
    """Write the record with what the results rest on now."""
    packages = ("tensorflow", "keras", "numpy", "scipy", "scikit-image")
    record |= {
        "plan": {part: plan(part) for part in PARTS[:-1]},
        "slow_methods": dict.fromkeys(SLOW, SLOW_VIEWS),
        "versions": {"python": platform.python_version()} | {p: version(p) for p in packages},
        "computed": time.strftime("%Y-%m-%d", time.gmtime()),
        "cores": os.cpu_count(),
    }
    text = json.dumps(record, indent=1, sort_keys=True)
    (FOLDER / "record.json").write_text(text + "\n", encoding="utf-8")


def read_rows(table: str) -> list[dict]:
    """Read the rows of a table as text, none if there is no table yet."""
    path = FOLDER / f"{table}.csv"
    if not path.is_file():
        return []
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def write_rows(table: str, rows: list[dict]) -> None:
    """Write a table; numbers with five significant digits, empty where not defined."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    columns = list(dict.fromkeys(key for row in rows for key in row))
    with (FOLDER / f"{table}.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, columns, restval="", lineterminator="\n")
        writer.writeheader()
        writer.writerows({key: as_text(value) for key, value in row.items()} for row in rows)


def as_text(value) -> str:
    """Write a cell."""
    if isinstance(value, (float, np.floating)):
        return f"{value:.5g}" if np.isfinite(value) else ""
    return str(value)


def main() -> int:
    """Run the parts that are asked for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("part", nargs="*", metavar="part", default=[])
    parser.add_argument("--fresh", action="store_true", help="compute what is stored as well")
    asked = parser.parse_args()
    if unknown := set(asked.part) - set(PARTS):
        parser.error(f"there is no part {unknown.pop()!r}; the parts are {', '.join(PARTS)}")
    compute(asked.part or list(PARTS), asked.fresh)
    if "league" in (asked.part or PARTS):
        write_rows("league", list(league()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
