"""A hen, modelled standing at the origin and looking along +x; about 4.6 units tall."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from rendering import meshes
from rendering.bodies import chain, melt
from rendering.feathers import (
    Tufts,
    feather_material,
    join,
    smoothstep,
    spread_out,
    surface_points,
    tuft_mesh,
    tufts,
    unit,
)
from rendering.materials import Material

Color = tuple[float, float, float]

BODY = [
    ((-0.05, 0, 2.25), (1.35, 0.96, 0.98), 4),
    ((0.62, 0, 2.25), (0.86, 0.86, 0.95), 0),
    ((-0.80, 0, 2.05), (0.72, 0.74, 0.78), 0),
    ((-1.05, 0, 2.62), (0.66, 0.42, 0.52), 38),
    ((0.05, 0.40, 1.45), (0.46, 0.35, 0.58), 0),
    ((0.05, -0.40, 1.45), (0.46, 0.35, 0.58), 0),
]
NECK = [
    (0.72, 0, 2.62, 0.80, 0.70),
    (1.12, 0, 3.12, 0.54, 0.48),
    (1.32, 0, 3.62, 0.36, 0.33),
    (1.42, 0, 4.02, 0.31, 0.27),
]
HEAD = np.array(NECK[-1][:3])
#: The folded wing: an ellipsoid on each side of the body.
WING_CENTRE, WING_RADII, WING_TILT = np.array([-0.12, 0.74, 2.36]), (1.12, 0.34, 0.60), 12.0
#: Rows of wing feathers from the tip to the shoulder: place along the wing, lowest and highest
#: place across it, number, length, half width, how far the row stands off.
WING_ROWS = (
    (-0.30, -0.66, 0.62, 9, 1.30, 0.135, 0.02),
    (-0.02, -0.74, 0.72, 9, 1.16, 0.150, 0.05),
    (0.22, -0.80, 0.80, 10, 0.66, 0.145, 0.08),
    (0.42, -0.78, 0.78, 10, 0.46, 0.130, 0.10),
    (0.58, -0.70, 0.72, 9, 0.38, 0.115, 0.11),
    (0.72, -0.58, 0.62, 8, 0.33, 0.105, 0.12),
    (0.84, -0.42, 0.46, 6, 0.29, 0.095, 0.12),
)


@dataclass(frozen=True)
class Plumage:
    """Colours (linear RGB) of a hen: each kind of feather and its rim."""

    body: Color
    body_rim: Color
    neck: Color
    neck_rim: Color
    wing: Color
    wing_rim: Color
    tail: Color
    tail_rim: Color
    legs: Color = (0.62, 0.40, 0.09)


BROWN = Plumage(
    body=(0.30, 0.085, 0.022),
    body_rim=(0.42, 0.155, 0.05),
    neck=(0.40, 0.115, 0.020),
    neck_rim=(0.62, 0.26, 0.055),
    wing=(0.22, 0.055, 0.014),
    wing_rim=(0.40, 0.15, 0.05),
    tail=(0.035, 0.022, 0.018),
    tail_rim=(0.13, 0.055, 0.025),
)
WHITE = Plumage(
    body=(0.78, 0.75, 0.69),
    body_rim=(0.66, 0.62, 0.56),
    neck=(0.84, 0.80, 0.72),
    neck_rim=(0.74, 0.69, 0.60),
    wing=(0.76, 0.73, 0.67),
    wing_rim=(0.56, 0.52, 0.46),
    tail=(0.76, 0.73, 0.67),
    tail_rim=(0.58, 0.54, 0.48),
)


def add_hen(parent, label: int, plumage: Plumage, seed: int) -> None:
    """Add a hen that moves with ``parent``; ``seed`` varies its feathers."""
    rng = np.random.default_rng(seed)
    common = {"label": label, "parent": parent}
    body = melt("Hen", [*BODY, *_wing_bulges(), *chain(NECK, 14)], 0.055, 9)
    skin = Material("Down", tuple(0.5 * np.array(plumage.body)), roughness=0.9)
    meshes.add(body, material=skin, **common)
    paint = feather_material("Feathers")
    for name, outline, steps, coat in (
        ("Contour", "feather", 7, _contour_feathers(body, plumage, rng)),
        ("Hackle", "hackle", 7, _hackle(body, plumage, rng)),
        ("Wing", "quill", 10, _wings(plumage, rng)),
        ("Tail", "quill", 12, _tail(plumage, rng)),
        ("Coverts", "feather", 9, _tail_coverts(plumage, rng)),
    ):
        meshes.add(tuft_mesh(name, coat, outline, steps=steps), material=paint, **common)
    _add_head(common)
    _add_legs(common, plumage)


def _wing_bulges():
    for side in (-1, 1):
        yield (WING_CENTRE * [1, side, 1], WING_RADII, WING_TILT)


def _shades(color: Color, count: int, rng, spread: float = 0.14) -> np.ndarray:
    """Return ``count`` colours (count, 3): lighter and darker ones, some warmer than others."""
    warm = rng.normal(0, 0.35 * spread, (count, 1)) * np.array([1.0, 0.0, -1.0])
    return np.array(color) * np.exp(rng.normal(0, spread, (count, 1)) + warm)


def _neckness(points: np.ndarray) -> np.ndarray:
    """Return 1 on the neck, 0 on the body, and what is between at the border of the cape."""
    x, _, z = points.T
    return smoothstep(0.55, 0.85, x + 0.62 * (z - 2.75)) * smoothstep(2.55, 2.95, z)


def _face(points: np.ndarray) -> np.ndarray:
    """Return 1 at the head, 0 away from it."""
    return 1 - smoothstep(0.30, 0.75, np.linalg.norm(points - HEAD, axis=1))


def _in_wing(points: np.ndarray) -> np.ndarray:
    """Say which points lie under the folded wing."""
    local = (points - WING_CENTRE * [1, 0, 1]) * [1, 0, 1]
    angle = np.radians(WING_TILT)
    along = local[:, 0] * np.cos(angle) - local[:, 2] * np.sin(angle)
    across = local[:, 0] * np.sin(angle) + local[:, 2] * np.cos(angle)
    oval = (along / WING_RADII[0]) ** 2 + (across / WING_RADII[2]) ** 2
    return (oval < 0.80) & (np.abs(points[:, 1]) > 0.6)


def _contour_feathers(body, plumage: Plumage, rng) -> Tufts:
    """Cover body, breast and thighs; the feathers point back, on the breast also down."""
    points, normals = surface_points(body, 30000, rng)
    fit = (_neckness(points) < 0.6) & ~_in_wing(points)
    points, normals = points[fit], normals[fit]
    thigh = points[:, 2] < 1.55
    kept = spread_out(points, np.where(thigh, 0.08, 0.10))
    p, n, thigh = points[kept], normals[kept], thigh[kept]
    front = smoothstep(-0.3, 1.0, p[:, 0])[:, None]
    flow = (1 - front) * [-1, 0, 0.15] + front * [-0.8, 0, -0.75]
    flow = np.where(thigh[:, None], [-0.45, 0, -1.0], flow) + rng.normal(0, 0.07, p.shape)
    length = np.where(thigh, 0.30, 0.44 - 0.08 * front[:, 0]) * rng.uniform(0.9, 1.1, len(p))
    width = np.where(thigh, 0.10, 0.155 - 0.02 * front[:, 0])
    fluff = smoothstep(-0.4, -1.1, p[:, 0]) * smoothstep(2.2, 1.7, p[:, 2])
    pale = (0.12 * fluff + 0.10 * smoothstep(1.9, 1.3, p[:, 2]))[:, None]
    shades = _shades((1, 1, 1), len(p), rng, 0.12)
    body_color, rim = np.array(plumage.body), np.array(plumage.body_rim)
    colour = (body_color * (1 - pale) + rim * pale) * shades
    return tufts(p, n, flow, length, width, colour, rim * shades, 0.12, 0.11)


def _hackle(body, plumage: Plumage, rng) -> Tufts:
    """Cover the neck with narrow feathers that fall like a cape, the head with tiny ones."""
    points, normals = surface_points(body, 40000, rng)
    fit = _neckness(points) > 0.35
    points, normals = points[fit], normals[fit]
    kept = spread_out(points, 0.075 - 0.042 * _face(points))
    p, n = points[kept], normals[kept]
    flow = np.array([-0.30, 0, -1.0]) + rng.normal(0, 0.06, p.shape)
    flow = np.where((p[:, 2] > HEAD[2])[:, None], [-1.0, 0, -0.25], flow)
    small = 1 - 0.78 * _face(p)
    length = 0.62 * small * rng.uniform(0.85, 1.1, len(p))
    shades = _shades((1, 1, 1), len(p), rng, 0.13)
    deep = 1 - 0.25 * _face(p)[:, None]
    colour, rim = plumage.neck * shades * deep, plumage.neck_rim * shades * deep
    return tufts(p, n, flow, length, 0.070 * (1 - 0.55 * _face(p)), colour, rim, 0.09, 0.09)


def _wing_place(along: np.ndarray, across: np.ndarray, side: int):
    """Return points and normals of the wing's ellipsoid at these places (-1 to 1)."""
    out = np.sqrt(np.clip(1 - along**2 - across**2, 0.02, None))
    angle = np.radians(WING_TILT)
    cos, sin = np.cos(angle), np.sin(angle)
    turn = np.array([[cos, 0, sin], [0, 1, 0], [-sin, 0, cos]])
    local = np.stack([along, side * out, across], 1)
    points = WING_CENTRE * [1, side, 1] + (local * WING_RADII) @ turn.T
    return points, unit((local / WING_RADII) @ turn.T)


def _wings(plumage: Plumage, rng) -> Tufts:
    """Layer both folded wings: flight feathers, then rows of ever smaller coverts."""
    rows = []
    for side in (-1, 1):
        for number, row in enumerate(WING_ROWS):
            rows.append(_wing_row(row, number, side, plumage, rng))
    return join(rows)


def _wing_row(row, number: int, side: int, plumage: Plumage, rng) -> Tufts:
    along, low, high, count, length, width, off = row
    across = np.linspace(low, high, count) + rng.normal(0, 0.012, count)
    reach = along - 0.28 * across**2 + 0.10 * across + rng.normal(0, 0.02, count)
    p, n = _wing_place(reach, across, side)
    n = unit(n * [0.45, 1, 0.6])
    p = p + n * (off + 0.012 * np.arange(count)[:, None])
    flow = np.array([-1.0, -0.10 * side, 0.20]) + 0.10 * across[:, None] * [0, 0, -1.0]
    small = number / (len(WING_ROWS) - 1)
    base = np.array(plumage.wing) * (1 - small) + np.array(plumage.body) * small
    shades = _shades((1, 1, 1), count, rng, 0.09)
    rim = np.array(plumage.wing_rim) * (1 - 0.4 * small) + np.array(plumage.body_rim) * 0.4 * small
    length = length * (1 - 0.10 * np.abs(across))
    return tufts(p, n, flow, length, width, base * shades, rim * shades, 0.015, 0.05)


def _tail(plumage: Plumage, rng) -> Tufts:
    """Return the raised tail: a fan of broad feathers on each side, like a roof."""
    count, fans = 8, []
    t = np.linspace(0, 1, count)
    for side in (-1, 1):
        p = np.stack([-1.18 - 0.12 * t, side * (0.03 + 0.14 * t), 3.02 - 0.36 * t], 1)
        angle = np.radians(74 - 52 * t)
        flow = np.stack([-np.cos(angle), side * (0.02 + 0.15 * t), np.sin(angle)], 1)
        normals = np.stack([0.45 + 0 * t, side + 0 * t, 0.30 + 0.45 * t], 1)
        length = 1.42 - 0.30 * np.abs(t - 0.35)
        shades = _shades((1, 1, 1), count, rng, 0.10)
        rim = plumage.tail_rim * shades
        fans.append(tufts(p, normals, flow, length, 0.20, plumage.tail * shades, rim, 0.03, 0.07))
    return join(fans)


def _tail_coverts(plumage: Plumage, rng) -> Tufts:
    """Return the softer feathers that hide where the tail grows out of the back."""
    count = 90
    t, turn = rng.uniform(0, 1, count), rng.uniform(-1.9, 1.9, count)
    y = 0.36 * np.sin(turn) * (1 - 0.25 * t)
    p = np.stack([-0.75 - 0.62 * t, y, 2.62 + 0.2 * t + 0.42 * np.cos(turn)], 1)
    normals = np.stack([0.30 + 0 * t, np.sin(turn), 0.8 * np.cos(turn) + 0.2], 1)
    rise = 0.45 + 0.35 * np.cos(turn)
    flow = np.stack([-1 + 0 * t, 0.12 * np.sin(turn), rise], 1)
    share = (0.75 * t)[:, None]
    base = np.array(plumage.body) * (1 - share) + np.array(plumage.tail) * share
    shades = _shades((1, 1, 1), count, rng, 0.12)
    rim = np.array(plumage.body_rim) * (1 - share) + np.array(plumage.tail_rim) * share
    return tufts(p, normals, flow, 0.62 + 0.25 * t, 0.15, base * shades, rim * shades, 0.02, 0.09)


def _add_head(common: dict) -> None:
    """Add comb, face, eyes, beak and wattles."""
    head = meshes.empty(tuple(HEAD), parent=common["parent"])
    common = {**common, "parent": head}
    red = Material("Comb", (0.56, 0.018, 0.014), roughness=0.45, Subsurface_Weight=0.15)
    red.set("Subsurface Scale", 0.1)
    red.bump(red.noise(red.coordinates(), 22, 3), 0.4, 0.02)
    _add_comb(red, common)
    for side in (-1, 1):
        face = (0.12, side * 0.150, 0.0)
        meshes.sphere("Face", 0.19, face, (1.05, 0.66, 0.92), 24, material=red, **common)
        lobe = (-0.06, side * 0.235, -0.13)
        meshes.sphere("Lobe", 0.085, lobe, (0.8, 0.45, 1.25), 20, material=red, **common)
        _add_eye(side, common)
        _add_wattle(side, red, common)
    _add_beak(common)


def _add_comb(red: Material, common: dict) -> None:
    """Add a single upright comb with five points."""
    x = [0.36, 0.40, 0.28, 0.24, 0.17, 0.09, 0.04, -0.06, -0.13, -0.19, -0.30, -0.34, -0.52, -0.54,
         -0.42, -0.20, 0.10]  # fmt: skip
    z = [0.06, 0.26, 0.26, 0.44, 0.27, 0.54, 0.30, 0.58, 0.32, 0.54, 0.31, 0.46, 0.34, 0.26,
         0.12, 0.15, 0.13]  # fmt: skip
    outline = meshes.spline_points([*zip(x, z), (x[0], z[0])], 120)[:-1]
    outline = [(a, b + 0.08) for a, b in outline]
    comb = meshes.plate("Comb", outline, 0.08, rounding=0.035, material=red, **common)
    comb.rotation_euler = (np.pi / 2, 0, 0)


def _add_eye(side: int, common: dict) -> None:
    """Add an orange eye with a black pupil; its wet surface mirrors the sky."""
    iris = Material("Eye", roughness=0.04, Coat_Weight=1.0, Coat_Roughness=0.02)
    place = iris.coordinates()
    node = iris.node("ShaderNodeVectorMath", operation="LENGTH")
    flat = iris.node("ShaderNodeVectorMath", operation="MULTIPLY")
    flat.inputs[1].default_value = (1, 0, 1)
    iris.link(place, flat.inputs[0])
    iris.link(flat.outputs[0], node.inputs[0])
    size = iris.math("DIVIDE", node.outputs["Value"], 0.075)
    rings = [(0.52, (0.004, 0.003, 0.003)), (0.60, (0.62, 0.20, 0.02)), (0.92, (0.40, 0.10, 0.01)),
             (1.0, (0.02, 0.01, 0.01))]  # fmt: skip
    iris.feed("Base Color", iris.ramp(size, rings))
    where = (0.14, side * 0.242, 0.055)
    meshes.sphere("Eye", 0.075, where, (1, 0.62, 1), 32, material=iris, **common)
    glint = Material("Glint", (1, 1, 1), Emission_Strength=1.2, Emission_Color=(1, 1, 1, 1))
    spot = (0.165, side * 0.286, 0.085)
    meshes.sphere("Glint", 0.014, spot, (1, 0.5, 1), 12, material=glint, **common)


def _add_wattle(side: int, red: Material, common: dict) -> None:
    """Add one of the two lobes that hang below the beak."""
    profile = [(0.0, 0.22), (0.05, 0.20), (0.09, 0.08), (0.135, -0.08), (0.12, -0.18), (0.0, -0.24)]
    smooth = meshes.spline_points(profile, 24).clip([0, -1], None)
    item = meshes.lathe("Wattle", smooth, 32, 180, material=red, **common)
    item.location, item.scale = (0.27, side * 0.085, -0.30), (1.0, 0.42, 1.1)
    item.rotation_euler = (side * 0.12, -0.12, 0)


def _add_beak(common: dict) -> None:
    """Add the upper beak with its curved tip and the lower one."""
    horn = Material("Beak", (0.60, 0.36, 0.12), roughness=0.35)
    along = horn.ramp(horn.noise(horn.coordinates(), 6, 3), [(0.3, (0.42, 0.23, 0.07)),
                      (0.7, (0.66, 0.42, 0.16))])  # fmt: skip
    horn.feed("Base Color", along)
    upper = [(0.20, 0, 0.02), (0.36, 0, 0.02), (0.50, 0, -0.03), (0.60, 0, -0.12)]
    item = meshes.tube("Beak", upper, [0.135, 0.115, 0.075, 0.008], material=horn, **common)
    item.scale = (1, 0.8, 1)
    lower = [(0.20, 0, -0.09), (0.36, 0, -0.10), (0.50, 0, -0.115)]
    meshes.tube("Beak", lower, [0.09, 0.065, 0.01], material=horn, **common)


def _add_legs(common: dict, plumage: Plumage) -> None:
    """Add scaly shanks, three toes forward, one back, dark claws."""
    scaly = Material("Leg", plumage.legs, roughness=0.5)
    rings = scaly.node("ShaderNodeTexWave", Scale=4.5, Distortion=1.5, bands_direction="Z")
    scaly.link(scaly.coordinates(), rings.inputs["Vector"])
    dark = tuple(0.55 * np.array(plumage.legs))
    scaly.feed("Base Color", scaly.ramp(rings.outputs[0], [(0.1, dark), (0.5, plumage.legs)]))
    scaly.bump(rings.outputs[0], 0.5, 0.03)
    claw = Material("Claw", (0.10, 0.07, 0.045), roughness=0.4)
    for side in (-1, 1):
        y = 0.40 * side
        shank = [(0.10, y, 1.25), (0.0, y, 0.85), (-0.02, y, 0.45), (0.05, y, 0.13)]
        meshes.tube("Shank", shank, [0.17, 0.11, 0.09, 0.105], material=scaly, **common)
        for turn, length in ((-30, 0.60), (0, 0.74), (30, 0.60), (172, 0.36)):
            _add_toe(y, np.radians(turn * side), length, scaly, claw, common)


def _add_toe(y: float, turn: float, length: float, scaly, claw, common: dict) -> None:
    ahead = np.array([np.cos(turn), np.sin(turn), 0])
    root = np.array([0.05, y, 0])
    heights = {0.0: 0.13, 0.4: 0.12, 0.75: 0.08, 1.0: 0.06}
    line = [root + length * s * ahead + [0, 0, h] for s, h in heights.items()]
    meshes.tube("Toe", line, [0.09, 0.07, 0.058, 0.05], material=scaly, **common)
    tip = line[-1]
    nail = [tip, tip + 0.09 * ahead + [0, 0, 0.01], tip + 0.17 * ahead - [0, 0, 0.04]]
    meshes.tube("Claw", nail, [0.045, 0.032, 0.004], material=claw, **common)
