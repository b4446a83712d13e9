"""The farmyard without animals: worn lawn, board fence, shrubs behind it."""

from __future__ import annotations

import numpy as np

from rendering import meshes
from rendering.feathers import Tufts, leaf_material, tuft_mesh, tufts
from rendering.materials import Material, wood

GREENS = np.array([[0.15, 0.26, 0.05], [0.20, 0.31, 0.07], [0.26, 0.30, 0.09], [0.36, 0.33, 0.14]])
SHRUBS = ((-34, 27, 9.5), (-24, 26, 11), (-15, 24, 9), (-6, 27, 11), (4, 25, 9.5), (14, 26, 10.5),
          (24, 25, 9.5), (34, 27, 11))  # fmt: skip


def add_yard() -> None:
    """Add ground, grass, fence and shrubs; the animals stand around the origin."""
    rng = np.random.default_rng(9)
    _add_soil()
    green = leaf_material("Grass")
    for count, area, height in (
        (46000, ((-11, 11), (-13, 10)), 0.30),
        (22000, ((-24, 24), (8, 18)), 0.50),
        (7000, ((-34, 34), (15, 17)), 0.95),
    ):
        blades = _blades(count, *area, height, rng)
        meshes.add(tuft_mesh("Grass", blades, "blade", 0.0, 4), material=green)
    _add_fence(rng)
    leaves = leaf_material("Leaves")
    for centre in SHRUBS:
        shrub = _shrub(np.array(centre, float), 4200, rng)
        meshes.add(tuft_mesh("Shrub", shrub, "feather", 0.1, 4), material=leaves)


def _add_soil() -> None:
    """Add brown ground with patches of moss."""
    soil = Material("Soil", roughness=0.95)
    place = soil.coordinates()
    stops = [(0.3, (0.10, 0.066, 0.038)), (0.55, (0.19, 0.135, 0.08)), (0.75, (0.10, 0.125, 0.04))]
    soil.feed("Base Color", soil.ramp(soil.noise(place, 0.8, 8, 0.6), stops))
    soil.bump(soil.noise(place, 6, 8, 0.7), 0.8, 0.15)
    corners = [(-90, -40, 0), (90, -40, 0), (90, 120, 0), (-90, 120, 0)]
    meshes.mesh("Soil", corners, [(0, 1, 2, 3)], material=soil)


def _waves(x: np.ndarray, y: np.ndarray, rng) -> np.ndarray:
    """Return slow random variation over the ground, about 0, mostly within -1 to 1."""
    kx, ky = rng.normal(0, 0.8, (2, 14))
    phase = rng.uniform(0, 2 * np.pi, 14)
    return np.cos(x[:, None] * kx + y[:, None] * ky + phase).sum(1) / 3.5


def _blades(count: int, xs, ys, height: float, rng) -> Tufts:
    """Draw blades of grass over a rectangle, thinner and yellower in places."""
    x, y = rng.uniform(*xs, count), rng.uniform(*ys, count)
    lush = _waves(x, y, rng)
    kept = rng.random(count) < 0.75 + 0.35 * lush
    x, y, lush = x[kept], y[kept], lush[kept]
    count, angle = len(x), rng.uniform(0, 2 * np.pi, len(x))
    normals = np.stack([np.cos(angle), np.sin(angle), np.zeros(count)], 1)
    flow = np.stack([*rng.normal(0, 0.35, (2, count)), np.ones(count)], 1)
    kind = np.clip((1.4 - lush + rng.normal(0, 0.7, count)).astype(int), 0, len(GREENS) - 1)
    colours = GREENS[kind] * np.exp(rng.normal(0, 0.18, (count, 1)))
    tall = height * rng.uniform(0.5, 1.3, count) * (1 + 0.25 * lush)
    wide = 0.030 + 0.012 * (height > 0.4)
    roots = np.stack([x, y, np.zeros(count)], 1)
    lift, curl = rng.uniform(0, 0.2, count), rng.uniform(0.1, 0.7, count)
    return tufts(roots, normals, flow, tall, wide, colours, None, lift, curl)


def _add_fence(rng) -> None:
    """Add weathered boards on two rails."""
    grey = wood("Fence", (0.19, 0.135, 0.09), (0.36, 0.275, 0.195), 0.35, 2, roughness=0.8)
    base = grey.shader.inputs["Base Color"].links[0].from_socket
    chance = grey.node("ShaderNodeObjectInfo").outputs["Random"]
    grey.feed("Base Color", grey.mix(grey.math("MULTIPLY", chance, 0.45), base, (0.14, 0.12, 0.10)))
    for x in np.arange(-40, 40, 1.15):
        height, out, lean = rng.normal(6.4, 0.12), rng.normal(17, 0.03), rng.normal(0, 0.8)
        place, turn = (x, out, height / 2), (0, lean, 0)
        meshes.box("Board", (1.02, 0.14, height), place, turn, rounding=0.04, material=grey)
    for z in (1.6, 5.2):
        meshes.box("Rail", (82, 0.2, 0.5), (0, 16.8, z), rounding=0.04, material=grey)


def _shrub(centre: np.ndarray, count: int, rng) -> Tufts:
    """Draw the leaves of a shrub, most of them near its outside."""
    out = rng.normal(size=(count, 3))
    out /= np.linalg.norm(out, axis=1, keepdims=True)
    roots = centre + out * [6.0, 3.0, 4.2] * rng.uniform(0.75, 1.05, (count, 1))
    colours = np.array([0.10, 0.21, 0.045]) * np.exp(rng.normal(0, 0.3, (count, 1)))
    return tufts(roots, out, rng.normal(size=(count, 3)), 0.8, 0.25, colours)
