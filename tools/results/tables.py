"""The rows of every table: what a method says in one view, and what is true there."""

import zlib
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from helpers import attribute, class_index, load_model, load_scene
from helpers.attribution import READINGS, read_map, reading_of
from helpers.evaluation import (
    CONTROLS,
    Similarity,
    best_iou,
    deletion_curve,
    grid_mosaic,
    grid_pointing_game,
    infidelity,
    insertion_curve,
    max_sensitivity,
    object_effects,
    object_masses,
    order_agreement,
    pointing_game,
    randomisation_stages,
    randomisation_test,
    relevance_mass_accuracy,
    relevance_rank_accuracy,
    sensitivity_n,
)
from helpers.evaluation.league import method_of
from helpers.models.scores import compute_logits
from tools.results.maps import case_of, compute_maps, maps_of
from tools.results.plan import (
    CHECK_VIEWS,
    CURVE_OTHERS,
    CURVE_STEPS,
    CURVES,
    GRID_SCENES,
    OTHERS,
    TARGETS,
    UNRELATED,
    VIEWS,
)

__all__ = ["TABLES", "drawn_pictures", "seen_effects", "unrelated_classes"]

Rows = Iterator[dict]


def effects(folder: Path | None, network: str, name: str, scene: str, view: str) -> Rows:
    """Yield what the removal of every object does to every class of a view."""
    masks = case_of(network, scene, view).masks
    for target in TARGETS[scene]:
        for thing, found in seen_effects(network, scene, view, target).items():
            yield {"target": target, "object": thing, "area": masks[thing].mean()} | found._asdict()


def objects(folder: Path | None, network: str, name: str, scene: str, view: str) -> Rows:
    """Yield what a method gives to every object of a view, in both readings."""
    masks = case_of(network, scene, view).masks
    for target in TARGETS[scene]:
        true = seen_effects(network, scene, view, target)
        maps = maps_of(folder, network, name, scene, view, target)
        for reading in READINGS:
            labels = {"target": target, "reading": reading, "own": int(_is_own(name, reading))}
            for row in _object_rows(getattr(maps, reading), masks, true):
                if row["object"] == next(iter(masks)) and labels["own"]:
                    row |= {"steps": maps.steps, "gap": maps.gap}
                yield labels | row


def classes(folder: Path | None, network: str, name: str, scene: str, view: str) -> Rows:
    """Yield how maps for ten unrelated classes order the objects of a view."""
    case = case_of(network, scene, view)
    for target in TARGETS[scene]:
        drawn = unrelated_classes(scene, view, target)
        found = [compute_maps(network, name, case.picture, number) for number in drawn]
        yield from _control_rows(found, network, scene, view, target)


def others(folder: Path | None, network: str, name: str, scene: str, view: str) -> Rows:
    """Yield how ten of the same method's maps of other scenes order the objects of a view."""
    for target in TARGETS[scene]:
        drawn = drawn_pictures(scene, view, target, OTHERS)
        found = [maps_of(folder, network, name, *picture) for picture in drawn]
        yield from _control_rows(found, network, scene, view, target)


def curves(folder: Path | None, network: str, name: str, scene: str, view: str) -> Rows:
    """Yield deletion and insertion for the first class: this map, and maps of other pictures."""
    target = TARGETS[scene][0]
    # A control is the same for other pictures, or as blind as it is here.
    count = 0 if method_of(name) in CONTROLS else CURVE_OTHERS
    drawn = drawn_pictures(scene, view, target, count)
    mine, *other = (
        getattr(maps_of(folder, network, name, *picture), reading_of(method_of(name)))
        for picture in [(scene, view, target), *drawn]
    )
    picture, options = case_of(network, scene, view).picture, {"score": "logit", "progress": False}
    for kind, fill in CURVES:
        curve = deletion_curve if kind == "deletion" else insertion_curve
        areas = [
            curve(
                load_model(network), picture, target, one, fill=fill, steps=CURVE_STEPS, **options
            ).area
            for one in (mine, *other)
        ]
        row = {"target": target, "kind": kind, "fill": fill, "area": areas[0]}
        yield row | ({"others": np.mean(areas[1:])} if count else {})


def grid(folder: Path | None, network: str, name: str, scene: str, view: str) -> Rows:
    """Yield the grid pointing game of the scene's cell in the mosaic of a view."""
    model = load_model(network)
    pictures = [load_scene(one, view).pictures["all"] for one in GRID_SCENES]
    array = grid_mosaic(pictures, model.input_shape[1:3])
    logits, target = compute_logits(model, array[None])[0], TARGETS[scene][0]
    found = getattr(compute_maps(network, name, array, target), reading_of(method_of(name)))
    yield {
        "target": target,
        "rank": int((logits > logits[class_index(target)]).sum()) + 1,
        "share": grid_pointing_game(found, GRID_SCENES.index(scene)),
    }


def randomisation(folder: Path | None, network: str, name: str, scene: str, view: str) -> Rows:
    """Yield the likeness of maps before and after the network forgot."""
    model, target = load_model(network), TARGETS[scene][0]
    pictures = np.stack([case_of(network, scene, one).picture for one in CHECK_VIEWS])
    for order, stages in _stages(model).items():
        test = randomisation_test(
            model, pictures, target, [method_of(name)], order=order, stages=stages, progress=False
        )
        for reading in READINGS:
            for stage, values in zip(stages, test.values[method_of(name), reading]):
                for one, measures in zip(CHECK_VIEWS, values):
                    labels = {"view": one, "order": order, "stage": stage, "reading": reading}
                    yield labels | dict(zip(Similarity._fields, measures))


def checks(folder: Path | None, network: str, name: str, scene: str, view: str) -> Rows:
    """Yield stability, infidelity and sensitivity-n of the first class of a view."""
    model, target, method = load_model(network), TARGETS[scene][0], method_of(name)
    picture, quiet = case_of(network, scene, view).picture, {"progress": False}
    found = attribute(model, picture, target, method, **quiet)
    reading = reading_of(method)
    local = found.shape[-1] == 3 and reading == "absolute"
    account = found if local else read_map(found, "signed")
    told = infidelity(model, picture, target, account, local=local, **quiet)
    added = sensitivity_n(model, picture, target, read_map(found, reading), n=(40,), **quiet)
    yield {
        "target": target,
        "stability": max_sensitivity(model, picture, target, method, **quiet),
        "infidelity_share": told.share,
        "sensitivity_n": added[40],
    }


TABLES = {
    table.__name__: table
    for table in (effects, objects, classes, others, curves, grid, randomisation, checks)
}


def seen_effects(network: str, scene: str, view: str, target: str) -> dict:
    """Give the true effects of the objects that can be seen."""
    true = object_effects(load_model(network), load_scene(scene, view), target)
    return {thing: true[thing] for thing in case_of(network, scene, view).masks if thing in true}


def _is_own(name: str, reading: str) -> bool:
    return reading == reading_of(method_of(name))


def _object_rows(saliency_map, masks, true) -> Rows:
    masses, densities = (object_masses(saliency_map, masks, q) for q in ("mass", "density"))
    for thing, found in true.items():
        mask = masks[thing]
        yield {
            "object": thing, "area": mask.mean(), "effect": found.effect,
            "mass": masses[thing], "density": densities[thing],
            "sum": float(saliency_map[mask].sum(dtype=float)),
            "pointing": pointing_game(saliency_map, mask),
            "mass_accuracy": relevance_mass_accuracy(saliency_map, mask),
            "rank_accuracy": relevance_rank_accuracy(saliency_map, mask),
            "iou": best_iou(saliency_map, mask),
        }  # fmt: skip


def _control_rows(found, network: str, scene: str, view: str, target: str) -> Rows:
    """Yield the mean agreement of control maps with the effects of a view, in both readings."""
    masks, true = case_of(network, scene, view).masks, seen_effects(network, scene, view, target)
    told = [true[thing].effect for thing in true]
    areas = [masks[thing].mean() for thing in true]
    for reading in READINGS:
        sizes = reading == "absolute"
        masses = [object_masses(getattr(one, reading), masks) for one in found]
        rows = [[mass[thing] for thing in true] for mass in masses]
        agreements = [order_agreement(told, row, areas, sizes=sizes) for row in rows]
        mass, density = np.mean(agreements, axis=0)
        yield {
            "target": target, "reading": reading, "maps": len(found),
            "agreement_mass": mass, "agreement_density": density,
        }  # fmt: skip


def _drawn(*labels: str) -> np.random.Generator:
    return np.random.default_rng(zlib.crc32("/".join(labels).encode()))


def unrelated_classes(scene: str, view: str, target: str) -> list[int]:
    """Draw classes that no object of the scene has."""
    named = [name for name in load_scene(scene, view).objects.values() if name]
    near = {class_index(name) for name in (*named, *TARGETS[scene])}
    far = [number for number in range(1000) if number not in near]
    chosen = _drawn("classes", scene, view, target).choice(far, UNRELATED, replace=False)
    return [int(number) for number in chosen]


def drawn_pictures(scene: str, view: str, target: str, count: int) -> list[tuple]:
    """Draw pictures of the first four scenes, but not of this one, with their classes."""
    pool = [
        (other, seen, one)
        for other in GRID_SCENES
        if other != scene
        for seen in VIEWS
        for one in TARGETS[other]
    ]
    chosen = _drawn("others", scene, view, target).choice(len(pool), count, replace=False)
    return [pool[number] for number in chosen]


def _stages(model) -> dict[str, list[str]]:
    """Give five stages evenly spaced from the top down, and three of them to take alone."""
    names = [stage.name for stage in randomisation_stages(model, by="block")]
    five = [names[number] for number in np.linspace(0, len(names) - 1, 5).round().astype(int)]
    return {"cascading": five, "independent": [five[1], five[2], five[4]]}
