"""Views drawn from a seed and accepted or rejected by geometry alone. No Blender in here.

A view is known by its number. Attempt ``k`` at view ``i`` of a scene has a random generator of
its own, so an accepted layout can be drawn again without repeating the rejected ones. A layout
is judged by label masks only; no classifier is asked, neither here nor later.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping

import numpy as np

from rendering.recipe import Layout, Recipe

SEED = 20261123
VIEW_COUNT = 12
ATTEMPTS = 200
BORDER = 2


def seed_of(recipe: Recipe, view: int, attempt: int) -> list[int]:
    """Entropy of one attempt: a common seed, the scene's name, the view, the attempt."""
    return [SEED, zlib.crc32(recipe.name.encode()), view, attempt]


def draw_layout(recipe: Recipe, view: int, attempt: int) -> Layout:
    """Draw the layout of one attempt, rounded so that the record can hold it exactly."""
    return _rounded(recipe.draw(np.random.default_rng(seed_of(recipe, view, attempt))))


def _rounded(value):
    if isinstance(value, dict):
        return {key: _rounded(item) for key, item in value.items()}
    if isinstance(value, (list, tuple, np.ndarray)):
        return [_rounded(item) for item in value]
    if isinstance(value, (float, np.floating)):
        return round(float(value), 4)
    return int(value) if isinstance(value, np.integer) else value


def coverage(
    recipe: Recipe, together: np.ndarray, alone: Mapping[str, np.ndarray]
) -> dict[str, dict[str, int]]:
    """Count the pixels of each object that other objects cover.

    Parameters
    ----------
    recipe
        The scene.
    together
        Label mask with everything shown, shape (h, w).
    alone
        Object name to the bool mask of that object shown alone, shape (h, w).

    Returns
    -------
    dict
        Object covered to {object in front: number of pixels}; objects not covered are left out.
    """
    names = {label: name for name, label in recipe.labels.items()}
    covered = {}
    for name, mask in alone.items():
        labels, counts = np.unique(together[mask], return_counts=True)
        found = {names.get(int(k), "background"): int(n) for k, n in zip(labels, counts)}
        found.pop(name, None)
        if found:
            covered[name] = found
    return covered


def reasons_against(
    recipe: Recipe, together: np.ndarray, alone: Mapping[str, np.ndarray]
) -> list[str]:
    """Say why a layout is rejected; an empty list accepts it."""
    reasons = []
    for behind, fronts in coverage(recipe, together, alone).items():
        bad = [front for front in fronts if (front, behind) not in recipe.in_front]
        reasons += [f"{front} covers {behind}" for front in bad]
    for name, mask in alone.items():
        if name not in recipe.may_leave_frame and _touches_border(mask):
            reasons.append(f"{name} leaves the frame")
        if mask.mean() < recipe.minimum_share:
            reasons.append(f"{name} is too small")
    return reasons


def _touches_border(mask: np.ndarray) -> bool:
    inner = mask[BORDER:-BORDER, BORDER:-BORDER]
    return int(mask.sum()) != int(inner.sum())
