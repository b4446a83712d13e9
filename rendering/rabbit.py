"""A sitting rabbit, modelled at the origin and looking along +x; about 3 units tall."""

from __future__ import annotations

import math

import bpy  # noqa: F401 (mathutils is only found once bpy is imported)
import numpy as np
from mathutils import Euler, Matrix

from rendering import meshes
from rendering.bodies import melt
from rendering.feathers import quad_mesh, smoothstep, surface_points, unit
from rendering.fur import Coat, add_fur, fur_material
from rendering.materials import Material

BROWN = np.array([0.31, 0.205, 0.125])
RUFOUS = np.array([0.40, 0.21, 0.095])
DARK = np.array([0.13, 0.085, 0.055])
CREAM = np.array([0.62, 0.53, 0.43])
WHITE = np.array([0.80, 0.77, 0.72])

EYE = np.array([1.24, 0.315, 1.78])
NOSE = np.array([1.66, 0.0, 1.54])
PAIRED = [
    ((-0.62, 0.50, 0.78), (0.70, 0.34, 0.64), -12),
    ((-0.30, 0.56, 0.42), (0.50, 0.27, 0.36), 0),
    ((0.12, 0.60, 0.14), (0.56, 0.17, 0.14), 0),
    ((0.80, 0.25, 0.50), (0.20, 0.18, 0.50), -6),
    ((0.96, 0.25, 0.12), (0.28, 0.15, 0.12), 0),
    ((1.18, 0.17, 1.52), (0.27, 0.21, 0.24), 0),
    ((1.47, 0.085, 1.46), (0.17, 0.13, 0.13), 0),
]
SINGLE = [
    ((-0.78, 0, 0.98), (0.90, 0.72, 0.90), -8),
    ((-0.22, 0, 1.08), (0.90, 0.68, 0.84), 6),
    ((0.42, 0, 0.95), (0.64, 0.55, 0.68), 0),
    ((0.70, 0, 1.28), (0.44, 0.40, 0.44), -30),
    ((1.04, 0, 1.72), (0.42, 0.35, 0.38), 14),
    ((1.34, 0, 1.60), (0.29, 0.23, 0.25), 16),
    ((1.54, 0, 1.53), (0.14, 0.13, 0.12), 0),
    ((0.95, 0, 1.10), (0.28, 0.34, 0.34), 0),
]
TAIL = ((-1.66, 0, 0.80), (0.26, 0.24, 0.27), 0)
EAR_LENGTH = 1.12


def add_rabbit(parent, label: int, seed: int = 5) -> None:
    """Add a rabbit that moves with ``parent``."""
    rng = np.random.default_rng(seed)
    common = {"label": label, "parent": parent}
    body = melt("Rabbit", [*SINGLE, *_mirrored(PAIRED), TAIL], 0.05, 7)
    skin = Material("Skin", tuple(0.6 * BROWN), roughness=0.9)
    meshes.add(body, material=skin, **common)
    fur = fur_material("Fur")
    add_fur("Fur", _body_coat(body, 95000, rng), 0.0075, fur, rng, **common)
    for side in (-1, 1):
        _add_ear(side, skin, fur, rng, common)
        _add_eye(side, common)
        _add_whiskers(side, rng, common)
    _add_nose(common)


def _mirrored(parts):
    for (x, y, z), radii, tilt in parts:
        for side in (-1, 1):
            yield ((x, side * y, z), radii, tilt)


def _near(points: np.ndarray, centre: np.ndarray, inner: float, outer: float) -> np.ndarray:
    """Return 1 within ``inner`` of a centre or its mirror image, 0 beyond ``outer``."""
    folded = points.copy()
    folded[:, 1] = np.abs(folded[:, 1])
    return smoothstep(outer, inner, np.linalg.norm(folded - centre, axis=1))


def _blotches(points: np.ndarray, rng) -> np.ndarray:
    """Return slow variation (n,) of brightness over the body, about 1."""
    waves = rng.normal(0, 2.4, (12, 3))
    phases = rng.uniform(0, 2 * np.pi, 12)
    return 1 + 0.05 * np.cos(points @ waves.T + phases).sum(1)


def _blend(first: np.ndarray, second: np.ndarray, share: np.ndarray) -> np.ndarray:
    """Mix vectors or colours: rows (n, 3), all `first` where ``share`` (n,) is 0."""
    return first * (1 - share[:, None]) + second * share[:, None]


def _body_coat(body, count: int, rng) -> Coat:
    """Draw the hairs of body, head and legs."""
    p, n = surface_points(body, count, rng)
    x, _, z = p.T
    head = smoothstep(0.85, 1.05, x + 0.55 * (z - 1.5)) * smoothstep(1.15, 1.35, z)
    legs = smoothstep(0.42, 0.22, z) * (1 - head)
    flow = _blend(np.array([-1.0, 0, -0.50]), np.array([-1.0, 0, 0.22]), head)
    flow = _blend(flow, np.array([0.5, 0, -0.5]), legs) + rng.normal(0, 0.22, p.shape)
    length = 0.19 * (1 - 0.60 * head) * (1 - 0.55 * legs)
    length *= 1 - 0.55 * _near(p, NOSE, 0.18, 0.45)
    length *= 1 - 0.92 * _near(p, EYE, 0.09, 0.19)
    tail = smoothstep(-1.40, -1.58, x) * smoothstep(1.25, 1.05, z)
    length = (length + 0.07 * tail) * rng.uniform(0.75, 1.25, count)
    return Coat(p, n, flow, length, _body_colours(p, n, head, legs, tail, rng))


def _body_colours(p, n, head, legs, tail, rng) -> np.ndarray:
    """Paint: brown back, rufous nape, pale belly, eye ring and muzzle, white under the tail."""
    x, _, z = p.T
    back = smoothstep(1.2, 1.9, z) * (1 - head) * smoothstep(0.1, 0.8, n[:, 2])
    nape = _near(p, np.array([0.62, 0.0, 1.62]), 0.15, 0.50)
    belly = smoothstep(0.62, 0.28, z) * smoothstep(0.45, -0.1, n[:, 2]) * (1 - 0.7 * legs)
    chin = head * smoothstep(1.52, 1.32, z)
    muzzle = 0.65 * _near(p, np.array([1.56, 0.12, 1.44]), 0.06, 0.24)
    ring = 0.85 * _near(p, EYE, 0.14, 0.26)
    bridge = 0.35 * head * smoothstep(0.5, 0.9, n[:, 2]) * smoothstep(1.05, 1.35, x)
    colour = np.tile(BROWN, (len(p), 1))
    for paint, share in (
        (DARK, 0.35 * back),
        (RUFOUS, nape),
        (RUFOUS, 0.35 * legs),
        (CREAM, 0.85 * belly),
        (DARK, bridge),
        (CREAM, 0.8 * chin),
        (CREAM, muzzle),
        (CREAM, ring),
        (WHITE, tail),
    ):
        colour = _blend(colour, paint, share)
    agouti = np.exp(rng.normal(0, 0.26, (len(p), 1)))
    return colour * agouti * _blotches(p, rng)[:, None]


def _ear_width(t: np.ndarray) -> np.ndarray:
    """Return the half width of an ear along its length (0 root, 1 tip)."""
    at = [0, 0.12, 0.3, 0.55, 0.8, 0.93, 1]
    return np.interp(t, at, [0.12, 0.15, 0.20, 0.225, 0.17, 0.09, 0.012])


def _ear_grid(front: bool) -> tuple[np.ndarray, np.ndarray]:
    """Return vertices and faces of one side of an ear: a hollow leaf that opens to +x."""
    rows, columns = 28, 13
    t, v = np.meshgrid(np.linspace(0, 1, rows), np.linspace(-1, 1, columns), indexing="ij")
    width = _ear_width(t)
    hollow = (0.55 + 0.9 * (1 - t)) * width
    x = hollow * v**2 - 0.10 * t**2 + (0.0 if front else -0.035 * (1 - v**4))
    y = width * np.sin(1.25 * v) / math.sin(1.25)
    places = np.stack([x, y, EAR_LENGTH * t], -1).reshape(-1, 3)
    i, j = np.meshgrid(np.arange(rows - 1), np.arange(columns - 1), indexing="ij")
    a = (i * columns + j).ravel()
    faces = np.stack([a, a + columns, a + columns + 1, a + 1], 1)
    return places, faces[:, ::-1] if front else faces


def _add_ear(side: int, skin: Material, fur: Material, rng, common: dict) -> None:
    """Add an ear: pink and nearly bare in front, furred behind and at its rim."""
    turn = Euler((math.radians(-13 * side), math.radians(-20), math.radians(30 * side)))
    place = Matrix.Translation((0.86, 0.15 * side, 1.96)) @ turn.to_matrix().to_4x4()
    handle = meshes.empty(parent=common["parent"])
    handle.matrix_local = place
    common = {**common, "parent": handle}
    inner = quad_mesh("Ear", *_ear_grid(front=True))
    meshes.add(inner, material=_ear_material(), **common)
    outer = quad_mesh("Ear", *_ear_grid(front=False))
    meshes.add(outer, material=skin, **common)
    add_fur("Fur", _ear_coat(outer, 9000, 1.0, rng), 0.006, fur, rng, **common)
    add_fur("Fur", _ear_coat(inner, 5000, 0.0, rng), 0.004, fur, rng, **common)


def _ear_coat(surface, count: int, behind: float, rng) -> Coat:
    """Draw the hairs of one side of an ear; in front only near the rim and the root."""
    p, n = surface_points(surface, count, rng)
    t = p[:, 2] / EAR_LENGTH
    rim = smoothstep(0.66, 0.95, np.abs(p[:, 1]) / _ear_width(t))
    kept = rng.random(count) < np.maximum(behind, np.maximum(rim, smoothstep(0.16, 0.0, t)))
    p, n, t, rim = p[kept], n[kept], t[kept], rim[kept]
    flow = np.stack([0 * t, 0.35 * np.sign(p[:, 1]) * rim, 1 + 0 * t], 1)
    flow += rng.normal(0, 0.16, p.shape)
    base = BROWN * behind + CREAM * (1 - behind)
    colour = _blend(_blend(base, CREAM, 0.55 * rim), DARK, 0.7 * smoothstep(0.82, 0.99, t))
    colour = colour * np.exp(rng.normal(0, 0.24, (len(p), 1)))
    return Coat(p, n, flow, 0.065 * rng.uniform(0.7, 1.3, len(p)), colour)


def _ear_material() -> Material:
    """Return thin pink skin, deeper in the middle."""
    pink = Material("Inner ear", roughness=0.6, Subsurface_Weight=0.3, Subsurface_Scale=0.1)
    node = pink.node("ShaderNodeSeparateXYZ")
    pink.link(pink.coordinates(), node.inputs[0])
    across = pink.math("MULTIPLY", pink.math("ABSOLUTE", node.outputs["Y"], 0.0), 4.5)
    veins = pink.noise(pink.coordinates(scale=(4, 4, 1)), 3.0, 5, 0.6, 0.8)
    shade = pink.math("ADD", across, pink.math("MULTIPLY", veins, 0.35))
    tones = [(0.1, (0.50, 0.215, 0.185)), (0.9, (0.66, 0.42, 0.36))]
    pink.feed("Base Color", pink.ramp(shade, tones))
    return pink


def _add_eye(side: int, common: dict) -> None:
    """Add a large dark eye with a glint."""
    eye = Material("Eye", (0.018, 0.008, 0.005), roughness=0.04, Coat_Weight=1.0)
    where = EYE * [1, side, 1]
    socket = where - [0, 0.03 * side, 0]
    meshes.sphere("Eye", 0.115, socket, (1, 0.75, 1), 32, material=eye, **common)
    lid = Material("Lid", (0.045, 0.028, 0.02), roughness=0.7)
    turn = np.linspace(0, 2 * np.pi, 24, endpoint=False)
    ring = [where + [0.118 * np.cos(a), -0.012 * side, 0.112 * np.sin(a)] for a in turn]
    meshes.tube("Lid", ring, 0.017, cyclic=True, material=lid, **common)
    glint = Material("Glint", (1, 1, 1), Emission_Strength=1.2, Emission_Color=(1, 1, 1, 1))
    spot = where + [0.035, 0.048 * side, 0.045]
    meshes.sphere("Glint", 0.021, spot, (1, 0.5, 1), 12, material=glint, **common)


def _add_nose(common: dict) -> None:
    """Add the nose and the cleft below it."""
    pink = Material("Nose", (0.42, 0.20, 0.17), roughness=0.5, Subsurface_Weight=0.2)
    meshes.sphere("Nose", 0.062, NOSE, (0.55, 1.15, 0.72), 24, material=pink, **common)
    dark = Material("Mouth", (0.05, 0.025, 0.02), roughness=0.8)
    for side in (-1, 1):
        slit = NOSE + np.array([0.022, 0.035 * side, -0.004])
        meshes.sphere("Nostril", 0.016, slit, (0.5, 1.2, 0.6), 12, material=dark, **common)
        corner = [-0.03, 0.05 * side, -0.14]
        cleft = [NOSE + step for step in ([0.02, 0, -0.04], [0.005, 0, -0.09], corner)]
        meshes.tube("Mouth", cleft, [0.009, 0.010, 0.004], material=dark, **common)


def _add_whiskers(side: int, rng, common: dict) -> None:
    """Add long thin whiskers that bend back."""
    hair = Material("Whisker", (0.75, 0.72, 0.68), roughness=0.5)
    for number in range(6):
        root = np.array([1.50 - 0.03 * (number % 3), 0.13 * side, 1.50 - 0.025 * number])
        reach = rng.uniform(0.55, 0.8)
        out = unit(np.array([[0.15, side, rng.uniform(-0.35, 0.25)]]))[0]
        line = [root, root + 0.5 * reach * out, root + reach * out + [-0.20, 0, -0.10]]
        meshes.tube("Whisker", line, [0.005, 0.004, 0.001], resolution=2, material=hair, **common)
