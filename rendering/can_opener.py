"""A tin of tomatoes and a can opener on a wooden table. Units: centimetres."""

from __future__ import annotations

import math
from typing import Any

import bpy
import numpy as np

from rendering import meshes, stage
from rendering.materials import Material, wood
from rendering.meshes import box, cylinder, empty, lathe, plate, spline_points, tube
from rendering.recipe import Layout, Recipe

CAN, OPENER = 1, 2
RADIUS = 3.75
LABEL_BOTTOM, LABEL_TOP = 1.15, 9.9
THICKNESS = 0.16
FSTOP = 0.12


def build() -> dict[str, Any]:
    """Model table, wall, tin, opener and lamps; returns what `place` moves."""
    stage.new_stage(exposure=0.35)
    table = wood("table", (0.115, 0.048, 0.018), (0.30, 0.15, 0.065), 0.1, roughness=0.38)
    table.set("Coat Weight", 0.12)
    box("table", (700, 260, 2), (0, -10, -1), material=table)
    plaster = Material("wall", (0.62, 0.66, 0.66), roughness=0.9)
    box("wall", (900, 1, 300), (0, 120, 140), material=plaster)
    can, opener = empty(), empty()
    _build_can(can)
    _build_opener(empty((0, 5.8, 0.66), parent=opener))
    return {"can": can, "opener": opener, **_build_lamps()}


def _build_lamps() -> dict[str, bpy.types.Object]:
    spot = (0, 0, 2)
    return {
        "key": stage.add_area_light((-25, -10, 38), spot, 22, 21000, (1, 0.95, 0.88)),
        "fill": stage.add_area_light((28, 5, 26), spot, 14, 5000, (0.9, 0.95, 1)),
        "back": stage.add_area_light((0, 32, 34), spot, 22, 9000),
    }


def place(handles: dict[str, Any], layout: Layout) -> None:
    """Move tin and opener, aim and dim the lamps."""
    for name in ("can", "opener"):
        x, y, turn = layout["placement"][name]
        handles[name].location = (x, y, 0)
        handles[name].rotation_euler = (0, 0, math.radians(turn))
    light = layout["light"]
    for name in ("key", "fill", "back"):
        stage.aim(handles[name], light[name]["location"], (0, 0, 2))
        handles[name].data.energy = light[name]["power"]
    stage.set_world((0.9, 0.95, 1), light["world"])


HERO: Layout = {
    "camera": {
        "location": [3.0, -41.0, 30.0],
        "target": [1.1, -0.9, 2.4],
        "lens": 58.0,
        "fstop": FSTOP,
        "focus": [0.0, -1.0, 3.0],
    },
    "light": {
        "key": {"location": [-25.0, -10.0, 38.0], "power": 21000.0},
        "fill": {"location": [28.0, 5.0, 26.0], "power": 5000.0},
        "back": {"location": [0.0, 32.0, 34.0], "power": 9000.0},
        "world": 0.3,
    },
    "placement": {"can": [-6.0, 3.2, 4.0], "opener": [4.6, -4.2, 38.0]},
}


def draw(rng: np.random.Generator) -> Layout:
    """Draw camera, lamps and the places of tin and opener; turns are in degrees."""
    azimuth = rng.uniform(-40, 40)
    can = [rng.uniform(-9, 9), rng.uniform(-7, 8), azimuth + rng.uniform(-50, 50)]
    opener = [rng.uniform(-9, 9), rng.uniform(-9, 8), rng.uniform(0, 360)]
    target = [(can[0] + opener[0]) / 2, (can[1] + opener[1]) / 2, 2.5]
    target = (np.array(target) + rng.uniform(-1.5, 1.5, 3)).tolist()
    location = _orbit(target, azimuth, rng.uniform(28, 55), rng.uniform(44, 62))
    return {
        "camera": {
            "location": location,
            "target": target,
            "lens": rng.uniform(48, 60),
            "fstop": FSTOP,
            "focus": target,
        },
        "light": _draw_light(rng),
        "placement": {"can": can, "opener": opener},
    }


def _draw_light(rng: np.random.Generator) -> Layout:
    spot = (0, 0, 2)
    side = rng.choice([-1, 1])
    return {
        "key": {
            "location": _orbit(spot, side * rng.uniform(20, 100), rng.uniform(40, 65), 46),
            "power": rng.uniform(14000, 24000),
        },
        "fill": {
            "location": _orbit(spot, -side * rng.uniform(60, 110), rng.uniform(30, 50), 38),
            "power": rng.uniform(2500, 7000),
        },
        "back": {
            "location": _orbit(spot, 180 + rng.uniform(-40, 40), rng.uniform(40, 55), 46),
            "power": rng.uniform(4000, 11000),
        },
        "world": rng.uniform(0.2, 0.4),
    }


def _orbit(centre, azimuth: float, elevation: float, distance: float) -> list[float]:
    """Point at `distance` from `centre`; azimuth 0 is the viewer's side, in degrees."""
    a, e = math.radians(azimuth), math.radians(elevation)
    step = np.array([math.sin(a) * math.cos(e), -math.cos(a) * math.cos(e), math.sin(e)])
    return (np.asarray(centre, float) + distance * step).tolist()


def _build_can(parent: bpy.types.Object) -> None:
    tin = Material("tin", (0.72, 0.71, 0.68), 1, 0.28)
    lathe("can", _can_profile(), 128, 40, label=CAN, material=tin, parent=parent)
    _build_label(parent)
    ink = Material("ink", (0.95, 0.9, 0.8))
    for side in (0.25, 0.75):
        words = meshes.text("words", "TOMATO", 1.75, spacing=1.15)
        _wrap(words, side)
        meshes.add(words, CAN, ink, parent)


def _can_profile() -> list[tuple[float, float]]:
    foot = [(0, 0.35), (3.2, 0.35), (3.3, 0.15), (3.55, 0), (3.85, 0.1), (3.9, 0.3), (3.8, 0.5)]
    side = [(RADIUS - 0.02, 0.6), (RADIUS - 0.02, 1.0)]
    for z in np.arange(1.3, 10, 1.0):
        side += [(RADIUS - 0.03, z), (RADIUS - 0.1, z + 0.25), (RADIUS - 0.03, z + 0.5)]
    rim = [(3.73, 10.4), (3.8, 10.5), (3.93, 10.65), (3.93, 10.9), (3.85, 11), (3.7, 11)]
    inside = [(3.6, 10.85), (3.55, 10.5), (3.4, 10.4), (3.2, 10.5), (3.05, 10.5), (2.9, 10.42)]
    lid = [(2.3, 10.42), (2.2, 10.5), (2.1, 10.42), (1.4, 10.42), (1.3, 10.48), (1.2, 10.42)]
    return [*foot, *side, *rim, *inside, *lid, (0, 10.42)]


def _build_label(parent: bpy.types.Object) -> None:
    steps = 160
    turns = np.repeat(np.linspace(0, 2 * np.pi, steps + 1), 2)
    heights = np.tile([LABEL_BOTTOM, LABEL_TOP], steps + 1)
    around = (RADIUS + 0.015) * np.stack([np.cos(turns), np.sin(turns)], 1)
    faces = [(2 * i, 2 * i + 2, 2 * i + 3, 2 * i + 1) for i in range(steps)]
    paper = Material("paper", roughness=0.42, Coat_Weight=0.25)
    paper.feed("Base Color", paper.node("ShaderNodeTexImage", image=_label_image()).outputs[0])
    item = meshes.mesh(
        "paper",
        np.column_stack([around, heights]),
        faces,
        meshes.SMOOTH,
        label=CAN,
        material=paper,
        parent=parent,
    )
    layer = item.data.uv_layers.new(name="UVMap")
    for corner, uv in zip(item.data.loops, layer.data):
        uv.uv = (corner.vertex_index // 2 / steps, corner.vertex_index % 2)


def _wrap(words: bpy.types.Mesh, side: float) -> None:
    """Bend flat type around the tin; `side` is a turn of 0..1."""
    for vertex in words.vertices:
        angle = 2 * math.pi * side + vertex.co.x / 3.78
        height = 6.75 + vertex.co.y
        vertex.co = (3.785 * math.cos(angle), 3.785 * math.sin(angle), height)


def _label_image(width: int = 1024, height: int = 384) -> bpy.types.Image:
    u, v = np.meshgrid(np.linspace(0, 1, width), np.linspace(0, 1, height))
    pixels = np.empty((height, width, 3))
    pixels[:] = (0.88, 0.72, 0.18)
    pixels[(v < 0.13) | (v > 0.87)] = (0.55, 0.03, 0.03)
    pixels[(np.abs(v - 0.15) < 0.012) | (np.abs(v - 0.85) < 0.012)] = (0.95, 0.9, 0.8)
    pixels[(v > 0.60) & (v < 0.82)] = (0.05, 0.22, 0.08)
    for side in (0.25, 0.75):
        _paint_tomato(pixels, (u - side) * 2 * math.pi * RADIUS, (v - 0.37) * 8.6)
    image = bpy.data.images.new("label", width, height)
    rgba = np.concatenate([pixels, np.ones((height, width, 1))], 2)
    image.pixels.foreach_set(rgba.astype(np.float32).ravel())
    image.pack()
    return image


def _paint_tomato(pixels: np.ndarray, x: np.ndarray, y: np.ndarray) -> None:
    """Paint a tomato about (0, 0); `x` and `y` are centimetres on the paper."""
    radius, angle = np.hypot(x / 1.12, y), np.arctan2(y, x)
    fruit = radius < 1.75 * (1 + 0.03 * np.cos(5 * angle))
    shine = np.clip(1 - np.hypot(x / 1.12 + 0.5, y - 0.6) / 2.8, 0, 1)[..., None]
    red = np.array([0.45, 0.015, 0.01]) + shine * np.array([0.45, 0.12, 0.06])
    pixels[fruit] = red[fruit]
    pixels[fruit & (np.hypot(x + 0.65, y - 0.75) < 0.22)] = (0.98, 0.75, 0.65)
    stem_y = (y - 1.35) * 1.8
    leaf = 0.42 + 0.55 * np.abs(np.cos(2.5 * np.arctan2(stem_y, x)))
    pixels[np.hypot(x, stem_y) < leaf] = (0.08, 0.33, 0.06)


def _build_opener(parent: bpy.types.Object) -> None:
    steel = _brushed_steel()
    chrome = Material("chrome", (0.75, 0.76, 0.78), 1, 0.12)
    grip = Material("grip", (0.012, 0.012, 0.013), 0, 0.38)
    grip.bump(grip.noise(grip.coordinates(), 30, 2), 0.06, 0.02)
    common = {"label": OPENER, "parent": parent}
    _build_arms({**common, "material": steel})
    for side, z in ((1, 0.0), (-1, 0.2)):
        _build_grip(side, z, {**common, "material": grip})
    bolt = {**common, "material": chrome}
    cylinder("pivot", 0.55, 0.5, (0, -0.15, 0.2), rounding=0.1, **bolt)
    cylinder("rivet", 0.3, 0.55, (0.75, -1.35, 0.15), rounding=0.08, **bolt)
    _build_wheels(chrome, steel, common)
    _build_key({**common, "material": grip})


def _brushed_steel() -> Material:
    steel = Material("steel", (0.50, 0.51, 0.53), 1, 0.27)
    steel.bump(steel.noise(steel.coordinates(scale=(1, 30, 1)), 3, 3), 0.03, 0.02)
    return steel


def _build_arms(common: dict[str, Any]) -> None:
    path = np.array([(-0.5, 2.6), (0.1, 0.6), (1.0, -2), (1.9, -5), (2.5, -9), (2.7, -14)])
    lower, upper = [1.5, 2.3, 2.0, 1.5, 1.3, 1.3], [1.7, 2.5, 2.0, 1.5, 1.3, 1.3]
    plate("arm", _strip(path, lower), THICKNESS, rounding=0.05, **common)
    mirrored = _strip(path * (-1, 1), upper)
    hook = _arc(0.95, -160, 110, 20) + _arc(0.5, 110, -150, 16)
    for name, outline in (("arm", mirrored), ("hook", hook)):
        plate(name, outline, THICKNESS, rounding=0.05, **common).location.z = 0.2


def _arc(radius: float, start: float, end: float, count: int) -> list[tuple[float, float]]:
    angles = np.radians(np.linspace(start, end, count))
    return [(0.55 + radius * math.cos(a), 3.35 + radius * math.sin(a)) for a in angles]


def _strip(path: np.ndarray, widths: list[float], count: int = 40) -> list[tuple[float, float]]:
    """Outline of a band of varying width along a path, with round ends."""
    line = spline_points(path, count)
    along = np.gradient(line, axis=0)
    along /= np.linalg.norm(along, axis=1)[:, None]
    across = np.stack([-along[:, 1], along[:, 0]], 1)
    half = np.interp(np.linspace(0, 1, count), np.linspace(0, 1, len(widths)), widths) / 2
    across *= half[:, None]
    turn = np.linspace(0, np.pi, 9)[1:-1, None]
    end = line[-1] + np.cos(turn) * across[-1] + np.sin(turn) * along[-1] * half[-1]
    start = line[0] - np.cos(turn) * across[0] - np.sin(turn) * along[0] * half[0]
    return np.concatenate([line + across, end, (line - across)[::-1], start]).tolist()


def _build_grip(side: int, z: float, common: dict[str, Any]) -> None:
    knots = [(1.75, -4.3), (2.35, -7), (2.75, -10), (2.75, -13), (2.55, -15.6)]
    path = spline_points(np.array(knots) * (side, 1), 14)
    radii = [0.55, 0.86, 0.88, 0.86, 0.84, 0.84, 0.84, 0.85, 0.86, 0.88, 0.9, 0.9, 0.8, 0.45]
    item = tube("grip", [(x, y, 0) for x, y in path], radii, resolution=8, **common)
    item.scale, item.location.z = (1, 1, 0.72), z


def _build_wheels(chrome: Material, steel: Material, common: dict[str, Any]) -> None:
    dark = Material("dark", (0.25, 0.25, 0.26), 1, 0.35)
    gear = plate("gear", _gear_outline(), 0.3, material=dark, **common)
    gear.location = (-0.15, 1.35, 0.55)
    blade = [(0, -0.1), (0.6, -0.1), (1.15, 0), (0.6, 0.1), (0, 0.1)]
    lathe("wheel", blade, 72, 20, material=chrome, **common).location = (0.9, 1.75, 0.42)
    cylinder("pin", 0.32, 0.36, (0.9, 1.75, 0.46), rounding=0.06, material=steel, **common)
    cylinder("axle", 0.34, 1.5, (-0.15, 1.35, 1.1), rounding=0.06, material=chrome, **common)


def _gear_outline(teeth: int = 24) -> list[tuple[float, float]]:
    tooth = np.array([(0.95, 0.0), (1.09, 0.3), (1.09, 0.6), (0.95, 0.9)])
    radius = np.tile(tooth[:, 0], teeth)
    angle = 2 * np.pi * (np.repeat(np.arange(teeth), 4) + np.tile(tooth[:, 1], teeth)) / teeth
    return np.stack([radius * np.cos(angle), radius * np.sin(angle)], 1).tolist()


def _build_key(common: dict[str, Any]) -> None:
    axis = empty((-0.15, 1.35, 1.9), (90, 0, 35), common["parent"])
    knots = np.array(
        [
            *[(0.25, -0.55), (1.2, -0.95), (2.6, -1.25), (3.5, -0.95), (3.85, 0)],
            *[(3.5, 0.95), (2.6, 1.2), (1.2, 0.75), (0.25, 0.5)],
        ]
    )
    right = spline_points(knots, 32)
    left = spline_points(knots * (-1, 1), 32)[::-1]
    turn = np.linspace(0, 2 * np.pi, 24, endpoint=False)
    holes = [
        np.stack([side * 2.3 + 0.85 * np.cos(turn), 0.42 * np.sin(turn)], 1) for side in (1, -1)
    ]
    outline = np.concatenate([right, left])
    plate("key", outline, 0.34, holes=holes, rounding=0.1, **{**common, "parent": axis})


RECIPE = Recipe(
    name="can_opener",
    objects={"can": None, "opener": "can_opener"},
    phrases={"can": "a tin of tomatoes", "opener": "a can opener"},
    setting="on a wooden table",
    build=build,
    place=place,
    hero=HERO,
    draw=draw,
    minimum_share=0.02,
)
