"""A basketball in the air before hoop and board, in an arena with a crowd. Units: metres.

The rim is a circle about (0, 0, 3.05); the board stands behind it at y = 0.42.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import bmesh
import bpy
import numpy as np

from rendering import meshes, stage
from rendering.materials import Material
from rendering.meshes import box, sphere, tube
from rendering.recipe import Layout, Recipe, Variant

BALL, HOOP, BOARD = 1, 2, 3
BALL_RADIUS = 0.122
RIM_RADIUS, RIM_HEIGHT = 0.2286, 3.05
BOARD_Y, BOARD_SIZE = 0.42, (1.8, 1.05)
BOARD_CENTRE = RIM_HEIGHT + 0.375
NET_LENGTH, NET_CORDS = 0.43, 12
LAMPS = {
    "left": {"size": 3.0, "color": (1, 0.97, 0.92), "target": (0, 0, 3)},
    "right": {"size": 3.0, "color": (0.95, 0.97, 1), "target": (0, 0, 3)},
    "stands": {"size": 8.0, "color": (1, 1, 1), "target": (0, 8, 1)},
    "board": {"size": 2.0, "color": (1, 1, 1), "target": (0, 0, 3.2)},
}
CLOTHES = [
    *[(0.22, 0.03, 0.03), (0.03, 0.05, 0.15), (0.35, 0.35, 0.34)],
    *[(0.02, 0.02, 0.025), (0.22, 0.16, 0.08), (0.06, 0.10, 0.08)],
]
SKINS = [(0.55, 0.33, 0.22), (0.22, 0.11, 0.06), (0.65, 0.42, 0.3)]
HAIRS = [(0.02, 0.015, 0.01), (0.10, 0.05, 0.02), (0.25, 0.17, 0.08)]
# Body, head and hair: radii, height above the seat, colours to choose from.
PERSON = [
    ((0.25, 0.175, 0.325), 0.0, CLOTHES),
    ((0.102, 0.12, 0.132), 0.46, SKINS),
    ((0.112, 0.125, 0.10), 0.53, HAIRS),
]


def build() -> dict[str, Any]:
    """Model ball, hoop, board, arena and lamps; returns what `place` moves."""
    stage.new_stage(exposure=-0.1)
    _build_hoop()
    _build_board()
    _build_court()
    _build_stands()
    lamps = {
        name: stage.add_area_light((0, 0, 9), lamp["target"], lamp["size"], 1, lamp["color"])
        for name, lamp in LAMPS.items()
    }
    return {"ball": _build_ball(), **lamps}


def place(handles: dict[str, Any], layout: Layout) -> None:
    """Move and turn the ball, aim and dim the lamps."""
    ball = layout["placement"]["ball"]
    handles["ball"].location = ball["location"]
    handles["ball"].rotation_euler = [math.radians(a) for a in ball["rotation"]]
    light = layout["light"]
    for name, lamp in LAMPS.items():
        stage.aim(handles[name], light[name]["location"], lamp["target"])
        handles[name].data.energy = light[name]["power"]
    stage.set_world((0.5, 0.55, 0.65), light["world"])


HERO: Layout = {
    "camera": {
        "location": [-0.42, -1.5, 2.62],
        "target": [0.02, 0.0, 3.06],
        "lens": 40.0,
        "fstop": 1.0,
        "focus": [0.0, -0.1, 3.2],
    },
    "light": {
        "left": {"location": [-4.0, -5.0, 7.0], "power": 900.0},
        "right": {"location": [5.0, -3.0, 6.5], "power": 500.0},
        "stands": {"location": [0.0, -1.0, 9.0], "power": 1500.0},
        "board": {"location": [1.0, 4.0, 6.5], "power": 350.0},
        "world": 0.25,
    },
    "placement": {"ball": {"location": [0.03, -0.12, 3.27], "rotation": [20.0, 25.0, 35.0]}},
}


def draw(rng: np.random.Generator) -> Layout:
    """Draw camera, lamps and the place of the ball; turns are in degrees."""
    ball = [rng.uniform(-0.65, 0.65), rng.uniform(-0.7, 0.2), rng.uniform(2.75, 3.8)]
    middle = np.array([ball[0] / 2, ball[1] / 2, (ball[2] + 2.9) / 2])
    target = (middle + rng.uniform(-0.12, 0.12, 3)).tolist()
    azimuth, elevation = rng.uniform(-50, 50), rng.uniform(-35, 25)
    return {
        "camera": {
            "location": _orbit(target, azimuth, elevation, rng.uniform(1.4, 2.8)),
            "target": target,
            "lens": rng.uniform(36, 46),
            "fstop": rng.uniform(0.9, 1.6),
            "focus": [ball[0] / 2, ball[1] / 2, 3.0],
        },
        "light": _draw_light(rng),
        "placement": {"ball": {"location": ball, "rotation": rng.uniform(0, 360, 3)}},
    }


def _draw_light(rng: np.random.Generator) -> Layout:
    return {
        "left": {
            "location": rng.uniform((-6, -6, 5.5), (-2, -2, 8)),
            "power": rng.uniform(500, 1200),
        },
        "right": {
            "location": rng.uniform((2, -6, 5.5), (6, -2, 8)),
            "power": rng.uniform(300, 900),
        },
        "stands": {"location": (0, -1, 9), "power": rng.uniform(800, 2200)},
        "board": {
            "location": rng.uniform((-2, 3, 6), (2, 5, 7)),
            "power": rng.uniform(200, 500),
        },
        "world": rng.uniform(0.15, 0.35),
    }


def _orbit(centre, azimuth: float, elevation: float, distance: float) -> list[float]:
    """Point at `distance` from `centre`; azimuth 0 faces the board, in degrees."""
    a, e = math.radians(azimuth), math.radians(elevation)
    step = np.array([math.sin(a) * math.cos(e), -math.cos(a) * math.cos(e), math.sin(e)])
    return (np.asarray(centre) + distance * step).tolist()


def _build_ball() -> bpy.types.Object:
    work = bmesh.new()
    bmesh.ops.create_icosphere(work, subdivisions=7, radius=1)
    data = bpy.data.meshes.new("ball")
    work.to_mesh(data)
    work.free()
    points = np.empty(3 * len(data.vertices), np.float32)
    data.vertices.foreach_get("co", points)
    points = points.reshape(-1, 3)
    seam = _seam(points)
    points *= BALL_RADIUS * (1 - 0.018 * seam)[:, None]
    data.vertices.foreach_set("co", points.ravel())
    data.attributes.new("seam", "FLOAT", "POINT").data.foreach_set("value", seam)
    data.shade_smooth()
    return meshes.add(data, BALL, _leather())


def _seam(points: np.ndarray) -> np.ndarray:
    """1 in the eight-panel seams of a unit sphere, 0 on the leather; returns float32 (n,)."""
    x, _, z = points.T
    bow = np.abs(np.abs(x) - (0.50 + 0.55 * z * z)) / np.sqrt(1 + (1.1 * z) ** 2)
    distance = np.minimum(np.minimum(np.abs(x), np.abs(z)), bow)
    depth = 1 - np.clip((distance - 0.018) / 0.012, 0, 1)
    return (depth * depth * (3 - 2 * depth)).astype(np.float32)


def _leather() -> Material:
    leather = Material("leather", roughness=0.52)
    place, seam = leather.coordinates(), leather.attribute("seam")
    stains = leather.noise(place, 14)
    color = leather.ramp(stains, [(0.3, (0.42, 0.085, 0.014)), (0.7, (0.58, 0.14, 0.025))])
    leather.feed("Base Color", leather.mix(seam, color, (0.012, 0.010, 0.010)))
    pebbles = leather.node("ShaderNodeTexVoronoi", Scale=520)
    leather.link(place, pebbles.inputs["Vector"])
    grain = leather.math("MULTIPLY", pebbles.outputs["Distance"], leather.math("SUBTRACT", 1, seam))
    leather.bump(grain, 0.55, 0.0012, invert=True)
    return leather


def _build_hoop() -> None:
    steel = {
        "label": HOOP,
        "material": Material("rim", (0.75, 0.10, 0.02), 0, 0.35, Coat_Weight=0.5),
    }
    turn = np.linspace(0, 2 * np.pi, 48, endpoint=False)
    circle = np.stack([np.cos(turn), np.sin(turn)], 1) * RIM_RADIUS
    tube("rim", [(x, y, RIM_HEIGHT) for x, y in circle], 0.0125, cyclic=True, **steel)
    box("bracket", (0.13, 0.17, 0.02), (0, 0.31, 3.045), rounding=0.006, **steel)
    box("bracket", (0.16, 0.03, 0.14), (0, BOARD_Y - 0.03, 3.0), rounding=0.006, **steel)
    for side in (-1, 1):
        stay = [(0.05, BOARD_Y - 0.03, 2.95), (0.07, 0.28, 2.99), (0.12, 0.2, 3.045)]
        tube("stay", np.array(stay) * (side, 1, 1), 0.008, **steel)
    _build_net({"label": HOOP, "material": Material("cord", (0.85, 0.84, 0.80), 0, 0.8)})


def _build_net(cord: dict[str, Any]) -> None:
    """Two families of spiral cords, with knots where they cross."""
    down = np.linspace(0, 1, 26)
    for k in range(NET_CORDS):
        for side in (-1, 1):
            points = _net_point(k + 2 * side * down, down)
            tube("net", points, 0.0042, smooth=False, resolution=2, **cord)
        for row in range(1, 5):
            at = _net_point(np.array([k + 0.5 * (row % 2)]), np.array([row / 4]))[0]
            sphere("knot", 0.0075, at, steps=10, **cord)


def _net_point(cord: np.ndarray, down: np.ndarray) -> np.ndarray:
    """Points of the net: `cord` counts around, `down` runs from 0 (rim) to 1; returns (n, 3)."""
    radius = 0.225 - 0.085 * (1 - (1 - down) ** 2) + 0.012 * np.sin(6 * down)
    angle = 2 * np.pi * cord / NET_CORDS
    height = RIM_HEIGHT - 0.01 - NET_LENGTH * down
    return np.stack([radius * np.cos(angle), radius * np.sin(angle), height], 1)


def _build_board() -> None:
    width, height = BOARD_SIZE
    box("board", (width, 0.02, height), (0, BOARD_Y, BOARD_CENTRE), label=BOARD, material=_glass())
    paint = Material("paint", (0.8, 0.8, 0.8), 0, 0.4)
    _build_frame(0.61, 0.46, RIM_HEIGHT + 0.26, BOARD_Y - 0.022, paint)
    _build_frame(width, height, BOARD_CENTRE, BOARD_Y - 0.0221, paint)
    iron = {"label": BOARD, "material": Material("post", (0.03, 0.035, 0.05), 0, 0.4)}
    box("arm", (0.14, 1.6, 0.14), (0, BOARD_Y + 0.85, 3.2), rounding=0.02, **iron)
    box("arm", (0.1, 1.7, 0.1), (0, BOARD_Y + 0.85, 2.85), (-14, 0, 0), 0.02, **iron)
    box("post", (0.22, 0.22, 3.4), (0, BOARD_Y + 1.75, 1.7), rounding=0.03, **iron)
    foam = Material("pad", (0.02, 0.05, 0.28), 0, 0.45)
    where = (0, BOARD_Y + 1.75, 0.95)
    box("pad", (0.4, 0.4, 1.9), where, rounding=0.06, label=BOARD, material=foam)


def _glass() -> Material:
    glass = Material("glass", (0.55, 0.6, 0.65), 0, 0.05)
    clear = glass.node("ShaderNodeBsdfTransparent")
    mix = glass.node("ShaderNodeMixShader", Fac=0.22)
    glass.link(clear.outputs[0], mix.inputs[1])
    glass.link(glass.shader.outputs[0], mix.inputs[2])
    glass.link(mix.outputs[0], glass.tree.nodes["Material Output"].inputs["Surface"])
    return glass


def _build_frame(width: float, height: float, z: float, y: float, paint: Material) -> None:
    thickness = 0.05
    upright = (thickness, 0.006, height)
    across = (width - 2 * thickness, 0.006, thickness)
    for side in (-1, 1):
        x = side * (width - thickness) / 2
        box("frame", upright, (x, y, z), label=BOARD, material=paint)
        edge = z + side * (height - thickness) / 2
        box("frame", across, (0, y, edge), label=BOARD, material=paint)


def _build_court() -> None:
    box("court", (40, 40, 0.2), (0, -6, -0.1), material=_parquet())
    key = Material("key", (0.05, 0.10, 0.35), 0, 0.3)
    box("key", (4.9, 5.8, 0.004), (0, -1.6, 0.002), material=key)
    line = Material("line", (0.85, 0.85, 0.85), 0, 0.4)
    for x in (-2.45, 2.45):
        box("line", (0.06, 5.8, 0.006), (x, -1.6, 0.003), material=line)
    for width, y in ((15, 1.3), (4.9, -4.5)):
        box("line", (width, 0.06, 0.006), (0, y, 0.003), material=line)


def _parquet() -> Material:
    parquet = Material("court", roughness=0.22, Coat_Weight=0.4)
    bricks = parquet.node(
        "ShaderNodeTexBrick",
        Scale=1.2,
        Mortar_Size=0.004,
        Brick_Width=1.1,
        Row_Height=0.09,
        Color1=(0.52, 0.30, 0.12, 1),
        Color2=(0.62, 0.38, 0.17, 1),
        Mortar=(0.3, 0.16, 0.06, 1),
    )
    parquet.link(parquet.coordinates(), bricks.inputs["Vector"])
    parquet.feed("Base Color", bricks.outputs["Color"])
    return parquet


def _build_stands() -> None:
    concrete = Material("stand", (0.05, 0.055, 0.07), 0, 0.8)
    for row in range(12):
        box("step", (60, 0.9, 0.3), (0, 9 + row * 0.9, 0.5 + row * 0.55), material=concrete)
    rng = np.random.default_rng(3)
    _build_crowd(rng)
    box("wall", (80, 1, 30), (0, 22, 10), material=Material("wall", (0.04, 0.045, 0.06), 0, 0.9))
    _build_lights(rng)


def _build_crowd(rng: np.random.Generator) -> None:
    """All people as one mesh with a colour per vertex, which Cycles updates far faster."""
    ball, faces = _coarse_sphere(10)
    points, colors = [], []
    for seat in _seats(rng):
        lean = rng.normal(0, 0.03, 3)
        for size, height, palette in PERSON:
            points.append(ball * size + seat + lean + (0, 0, height))
            colors.append(np.tile((*palette[rng.integers(len(palette))], 1), (len(ball), 1)))
    shift = len(ball) * np.arange(len(points))[:, None, None]
    cloth = Material("crowd", roughness=0.9)
    cloth.feed("Base Color", cloth.color_attribute("dye"))
    item = meshes.mesh(
        "crowd",
        np.concatenate(points),
        (faces + shift).reshape(-1, 4).tolist(),
        meshes.SMOOTH,
        material=cloth,
    )
    layer = item.data.attributes.new("dye", "FLOAT_COLOR", "POINT")
    layer.data.foreach_set("color", np.concatenate(colors).astype(np.float32).ravel())


def _coarse_sphere(steps: int) -> tuple[np.ndarray, np.ndarray]:
    """Vertices (n, 3) and quads (m, 4) of a unit sphere that is open at a tiny pole hole."""
    around = np.linspace(0, 2 * np.pi, steps, endpoint=False)
    down = np.linspace(0.05, np.pi - 0.05, steps // 2 + 1)[:, None]
    x, y = np.sin(down) * np.cos(around), np.sin(down) * np.sin(around)
    z = np.broadcast_to(np.cos(down), x.shape)
    number = np.arange(x.size).reshape(x.shape)
    upper, lower = number[:-1], number[1:]
    quads = [upper, lower, np.roll(lower, -1, 1), np.roll(upper, -1, 1)]
    return np.stack([x, y, z], 2).reshape(-1, 3), np.stack(quads, 2).reshape(-1, 4)


def _seats(rng: np.random.Generator) -> Iterator[np.ndarray]:
    for row in range(12):
        for x in np.arange(-27, 27, 0.62):
            if rng.random() > 0.12:
                yield np.array([x + rng.normal(0, 0.06), 9 + row * 0.9, 1.0 + row * 0.55])


def _build_lights(rng: np.random.Generator) -> None:
    band = Material("band", (0.02, 0.02, 0.02))
    band.set("Emission Color", (0.15, 0.35, 0.9, 1))
    band.set("Emission Strength", 1.2)
    box("band", (60, 0.2, 0.5), (0, 20, 8.6), material=band)
    glow = Material("glow", (1, 1, 1))
    glow.set("Emission Color", (1, 0.97, 0.9, 1))
    glow.set("Emission Strength", 25)
    for x in np.arange(-15, 16, 3.0):
        for y, z in ((19, 11.5), (21, 13.0)):
            box("glow", (0.5, 0.1, 0.35), (x + rng.normal(0, 0.2), y, z), material=glow)


RECIPE = Recipe(
    name="basketball",
    objects={"ball": "basketball", "hoop": None, "board": None},
    phrases={
        "ball": "an orange basketball in the air",
        "hoop": "a red rim with a white net",
        "board": "a glass backboard on its post",
    },
    setting="in an arena with a blurred crowd",
    build=build,
    place=place,
    hero=HERO,
    draw=draw,
    in_front=frozenset({("ball", "board"), ("hoop", "board")}),
    may_leave_frame=frozenset({"board"}),
    background_may_cover=False,
    minimum_share=0.012,
    samples={True: 32, False: 16},
    extra_variants={"ball_on_black": Variant(("hoop", "board"), black=True)},
)
