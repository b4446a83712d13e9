"""What a scene module declares: a :class:`Recipe`. No Blender in here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import combinations
from typing import Any

import numpy as np

Layout = dict[str, Any]


@dataclass(frozen=True)
class Variant:
    """One picture of a view.

    Attributes
    ----------
    hidden
        Names of the objects that the camera does not see.
    shadow_kept
        The hidden objects still cast shadows, reflect and bounce light.
    black
        Everything but the shown objects is black and there is no background light.
    """

    hidden: tuple[str, ...] = ()
    shadow_kept: bool = False
    black: bool = False


@dataclass(frozen=True)
class Recipe:
    """How to build, lay out and describe one scene.

    Attributes
    ----------
    name
        Name of the scene and of its folder.
    objects
        Object name to ImageNet class name (Keras' spelling) or None. The n-th has label n in
        the masks, counted from 1; 0 is the background.
    phrases
        Object name to the words that alternative texts use, for example "a can opener".
    setting
        Words for the place, for example "on a wooden table".
    build
        Models everything once and returns the handles that `place` moves.
    place
        Applies a layout to the handles: camera, light, placement.
    hero
        The chosen layout of the hero view.
    draw
        Draws a layout from a random generator; pure arithmetic, no rendering, no network.
    in_front
        Pairs (front, behind) that may overlap in the picture.
    may_leave_frame
        Objects that the edge of the picture may cut.
    background_may_cover
        Background (grass, for example) stands before the objects. False spares the masks the
        rendering of a large background.
    minimum_share
        Smallest share of the picture that each object must fill in a drawn view.
    samples
        Samples a pixel: of the hero view under True, of drawn views under False.
    extra_variants
        More hero pictures than `all`, `no_*`, `only_*`, `no_*_shadow_kept` and `empty`.
    """

    name: str
    objects: Mapping[str, str | None]
    phrases: Mapping[str, str]
    setting: str
    build: Callable[[], dict[str, Any]]
    place: Callable[[dict[str, Any], Layout], None]
    hero: Layout
    draw: Callable[[np.random.Generator], Layout]
    in_front: frozenset[tuple[str, str]] = frozenset()
    may_leave_frame: frozenset[str] = frozenset()
    background_may_cover: bool = True
    minimum_share: float = 0.01
    samples: Mapping[bool, int] = field(default_factory=lambda: {True: 40, False: 24})
    extra_variants: Mapping[str, Variant] = field(default_factory=dict)

    @property
    def labels(self) -> dict[str, int]:
        """Object name to mask label."""
        return {name: label for label, name in enumerate(self.objects, start=1)}


def view_variants(recipe: Recipe) -> dict[str, Variant]:
    """Variants of a drawn view: everything, and each object removed."""
    removed = {f"no_{name}": Variant((name,)) for name in recipe.objects}
    return {"all": Variant(), **removed}


def hero_variants(recipe: Recipe) -> dict[str, Variant]:
    """Variants of the hero view: every set of objects removed, and removals that keep the shadow.

    `only_<object>` is the same picture as the removal of all the others, and shares its file.
    """
    names = list(recipe.objects)
    alone = {f"only_{n}": Variant(tuple(m for m in names if m != n)) for n in names}
    kept = {f"no_{n}_shadow_kept": Variant((n,), shadow_kept=True) for n in names}
    extra = recipe.extra_variants
    return {**view_variants(recipe), **alone, **kept, **extra, **_several_removed(names)}


def _several_removed(names: list[str]) -> dict[str, Variant]:
    """Name every set of two or more objects that is removed; `empty` is left of all of them."""
    some = [gone for count in range(2, len(names)) for gone in combinations(names, count)]
    named = {"_".join(f"no_{name}" for name in gone): Variant(gone) for gone in some}
    return {**named, "empty": Variant(tuple(names))}


def alt_text(recipe: Recipe, variant: Variant) -> str:
    """Say in one or two sentences what a picture shows and what was taken away."""
    shown = [recipe.phrases[n] for n in recipe.objects if n not in variant.hidden]
    place = "on a black background" if variant.black else recipe.setting
    text = f"Rendered picture: {_enumerate(shown) or 'nothing'} {place}."
    if variant.hidden and not variant.black:
        gone = _enumerate([recipe.phrases[n] for n in variant.hidden])
        shadow = "; shadow and reflected light are kept" if variant.shadow_kept else ""
        text += f" Removed from the scene: {gone}{shadow}."
    return text


def _enumerate(words: list[str]) -> str:
    return " and ".join(filter(None, [", ".join(words[:-1]), *words[-1:]]))
