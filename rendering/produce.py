"""Render the views of a scene, write pictures, masks and the record, and check them again."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import bpy
import numpy as np
from PIL import Image, ImageFilter

from rendering import engine, layouts, stage
from rendering.recipe import Layout, Recipe, Variant, alt_text, hero_variants, view_variants

DATA = Path(__file__).resolve().parent.parent / "data" / "scenes"
HERO = "hero"
SIZE = {True: 448, False: 256}
CHANGE = 8
MARGIN = 3


def view_names() -> list[str]:
    """Names of all views: the hero view and the drawn ones."""
    return [HERO, *(f"view_{i:02d}" for i in range(layouts.VIEW_COUNT))]


class Producer:
    """One scene, modelled once and kept in memory while its views are rendered.

    Parameters
    ----------
    recipe
        The scene.
    data
        Folder of all scenes.
    """

    def __init__(self, recipe: Recipe, data: Path = DATA) -> None:
        self.recipe = recipe
        self.folder = data / recipe.name
        self.handles = recipe.build()
        self._known_masks: dict[Any, np.ndarray] = {}

    def arrange(self, layout: Layout) -> None:
        """Apply a layout: the camera here, everything else in the scene's own `place`."""
        stage.set_camera(**layout["camera"])
        self.recipe.place(self.handles, layout)
        self._known_masks.clear()

    def find_layout(self, view: str) -> tuple[Layout, dict[str, Any]]:
        """Arrange the layout of a view; returns it and the facts of how it came about."""
        if view == HERO:
            self.arrange(self.recipe.hero)
            return self.recipe.hero, {"chosen": True, "seed": None, "rejected": []}
        number, rejected = int(view.removeprefix("view_")), []
        for attempt in range(layouts.ATTEMPTS):
            layout = layouts.draw_layout(self.recipe, number, attempt)
            self.arrange(layout)
            reasons = layouts.reasons_against(self.recipe, *self.masks(SIZE[False]))
            if not reasons:
                seed = layouts.seed_of(self.recipe, number, attempt)
                return layout, {"chosen": False, "seed": seed, "rejected": rejected}
            rejected.append(reasons)
        raise RuntimeError(f"{self.recipe.name}: no layout for {view}; widen what draw() offers")

    def masks(self, size: int) -> tuple[np.ndarray, dict[str, np.ndarray]]:
        """Label mask of everything, and each object's bool mask when it is shown alone."""
        alone = {}
        for name, label in self.recipe.labels.items():
            others = tuple(other for other in self.recipe.objects if other != name)
            alone[name] = self.mask(Variant(others), size) == label
        return self.mask(Variant(), size), alone

    def mask(self, variant: Variant, size: int) -> np.ndarray:
        """Label mask of one variant of the arranged view, uint8 (size, size); kept until moved."""
        background = self.recipe.background_may_cover and not variant.black
        key = (frozenset(variant.hidden), variant.shadow_kept, background, size)
        if key not in self._known_masks:
            self._show(variant, background)
            self._known_masks[key] = engine.render_labels(size)
        return self._known_masks[key]

    def picture(self, variant: Variant, size: int, samples: int) -> np.ndarray:
        """Render one variant of the arranged view; returns uint8 (size, size, 3)."""
        self._show(variant, background=not variant.black)
        with engine.black_world() if variant.black else nullcontext():
            return engine.render_picture(size, samples)

    def _show(self, variant: Variant, background: bool) -> None:
        hidden = {self.recipe.labels[name] for name in variant.hidden}
        engine.show(hidden if background else hidden | {0}, variant.shadow_kept)

    def render_view(self, view: str) -> dict[str, Any]:
        """Render all variants of a view, write the files, return its part of the record."""
        hero = view == HERO
        layout, origin = self.find_layout(view)
        together, alone = self.masks(SIZE[hero])
        pictures = dict(self._write_variants(view, {}))
        return {
            "size": SIZE[hero],
            "samples": self.recipe.samples[hero],
            **origin,
            **layout,
            "objects": _object_facts(self.recipe, together, alone),
            "pictures": pictures,
        }

    def complete_view(self, view: str, given: dict[str, Any]) -> dict[str, Any]:
        """Render the variants that a view's part of the record lacks; returns the whole part."""
        self.arrange(self._given_layout(view, given))
        return {**given, "pictures": dict(self._write_variants(view, given["pictures"]))}

    def _write_variants(
        self, view: str, given: dict[str, Any]
    ) -> Iterator[tuple[str, dict[str, Any]]]:
        size, samples = SIZE[view == HERO], self.recipe.samples[view == HERO]
        variants = (hero_variants if view == HERO else view_variants)(self.recipe)
        known = {variants[name]: facts for name, facts in given.items()}
        # All masks first: Cycles then loads the background only once more, for the pictures.
        masks = {v: self.mask(v, size) for v in variants.values() if v not in known}
        if given:
            everything, labels = self._given_picture(given["all"])
        else:
            everything, labels = self.picture(Variant(), size, samples), masks[Variant()]
        for name, variant in variants.items():
            if variant not in known:
                picture = everything
                if name != "all":
                    picture = self.picture(variant, size, samples)
                known[variant] = {
                    **self._write(f"{view}/{name}", picture, masks[variant]),
                    **self._facts(variant, everything, labels, picture),
                }
            yield name, dict(known[variant])

    def _write(self, stem: str, picture: np.ndarray, mask: np.ndarray) -> dict[str, str]:
        view, name = stem.split("/")
        files = {"file": f"{view}/{name}.webp", "mask": f"{view}/masks/{name}.png"}
        (self.folder / view / "masks").mkdir(parents=True, exist_ok=True)
        image = Image.fromarray(picture)
        image.save(self.folder / files["file"], lossless=True, quality=100, method=6)
        Image.fromarray(mask).save(self.folder / files["mask"], optimize=True)
        return {
            **files,
            "sha256": _sha256(self.folder / files["file"]),
            "mask_sha256": _sha256(self.folder / files["mask"]),
        }

    def _facts(
        self, variant: Variant, everything: np.ndarray, labels: np.ndarray, picture: np.ndarray
    ) -> dict[str, Any]:
        hidden = [self.recipe.labels[name] for name in variant.hidden]
        share = changed_share(everything, picture, np.isin(labels, hidden))
        return {
            "hidden": list(variant.hidden),
            "shadow_kept": variant.shadow_kept,
            "changed_share_elsewhere": None if variant.black else share,
            "alt": alt_text(self.recipe, variant),
        }

    def record(self, views: Iterable[str], missing: bool = False) -> None:
        """Render views and add each to ``scene.json`` as soon as it is done.

        With `missing`, pictures that the record has are left as they are.
        """
        for view in views:
            given = (self._read() or self._frame())["views"].get(view) if missing else None
            part = self.complete_view(view, given) if given else self.render_view(view)
            record = self._read() or self._frame()
            record["views"][view] = part
            record["views"] = {v: record["views"][v] for v in view_names() if v in record["views"]}
            text = json.dumps(record, indent=1, ensure_ascii=False)
            (self.folder / "scene.json").write_text(text + "\n", encoding="utf-8")

    def check(self, view: str, variant: str) -> int:
        """Render one given picture again; returns the number of pixels that differ."""
        given = self._read()["views"][view]
        self.arrange(self._given_layout(view, given))
        wanted = hero_variants(self.recipe)[variant]
        mask = self.mask(wanted, given["size"])
        picture = self.picture(wanted, given["size"], given["samples"])
        old_picture, old_mask = self._given_picture(given["pictures"][variant])
        wrong = (old_picture != picture).any(axis=2) | (old_mask != mask)
        return int(wrong.sum())

    def _given_layout(self, view: str, given: dict[str, Any]) -> Layout:
        if view == HERO:
            return self.recipe.hero
        attempt = len(given["rejected"])
        return layouts.draw_layout(self.recipe, int(view.removeprefix("view_")), attempt)

    def _given_picture(self, facts: dict[str, Any]) -> tuple[np.ndarray, np.ndarray]:
        """Read a stored picture (size, size, 3) and its label mask (size, size)."""
        with Image.open(self.folder / facts["file"]) as picture:
            pixels = np.array(picture.convert("RGB"))
        with Image.open(self.folder / facts["mask"]) as mask:
            return pixels, np.array(mask)

    def _read(self) -> dict[str, Any] | None:
        path = self.folder / "scene.json"
        return json.loads(path.read_text(encoding="utf-8")) if path.exists() else None

    def _frame(self) -> dict[str, Any]:
        objects = {
            name: {"label": label, "imagenet_class": self.recipe.objects[name]}
            for name, label in self.recipe.labels.items()
        }
        return {
            "scene": self.recipe.name,
            "licence": "CC0-1.0",
            "blender": bpy.app.version_string,
            "engine": "Cycles on the CPU, OpenImageDenoise",
            "command": f"python -m rendering {self.recipe.name}",
            "objects": objects,
            "views": {},
        }


def changed_share(before: np.ndarray, after: np.ndarray, removed: np.ndarray) -> float:
    """Share of the pixels away from `removed` that differ by more than 8 grey levels.

    Away means further than 3 pixels, so that the smoothed outline does not count.
    """
    grown = Image.fromarray(removed.astype(np.uint8)).filter(ImageFilter.MaxFilter(2 * MARGIN + 1))
    difference = np.abs(before.astype(int) - after.astype(int)).max(axis=2)
    away = np.array(grown) == 0
    return round(float((difference[away] > CHANGE).mean()), 5)


def _object_facts(
    recipe: Recipe, together: np.ndarray, alone: dict[str, np.ndarray]
) -> dict[str, Any]:
    covered = layouts.coverage(recipe, together, alone)
    return {
        name: {
            "pixels": int((together == label).sum()),
            "pixels_alone": int(alone[name].sum()),
            "covered_by": covered.get(name, {}),
        }
        for name, label in recipe.labels.items()
    }


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
