"""The scene `kitchen`: a frying pan, a teapot, a wooden spoon and a spatula on a worktop (cm)."""

from __future__ import annotations

import math
from typing import Any

import bpy  # noqa: F401 (mathutils is only found once bpy is imported)
import numpy as np

from rendering import apart, meshes, stage
from rendering.kitchen_shapes import add_pan, add_spatula, add_spoon, add_teapot
from rendering.materials import Material
from rendering.recipe import Layout, Recipe

OBJECTS = {
    "pan": "frying_pan",
    "teapot": "teapot",
    "spoon": "wooden_spoon",
    "spatula": "spatula",
}
PHRASES = {
    "pan": "a frying pan",
    "teapot": "a blue teapot",
    "spoon": "a wooden spoon",
    "spatula": "a slotted steel spatula",
}


def _row(start: float, stop: float, height: float, radius: float) -> np.ndarray:
    """Return balls (n, 4) in a row along x."""
    count = 2 + int(abs(stop - start) / radius)
    return np.array([[x, 0.0, height, radius] for x in np.linspace(start, stop, count)])


BALLS = {
    "pan": np.concatenate([[[0.0, 0.0, 2.3, 12.2]], _row(13, 28.8, 6.2, 2.0)]),
    "teapot": np.concatenate(
        [
            [[0.0, 0.0, 5.0, 7.4], [0.0, 0.0, 10.5, 3.6]],
            [[8.0, 0.0, 5.5, 2.6], [11.2, 0.0, 8.8, 1.7], [-8.6, 0.0, 6.0, 3.4]],
        ]
    ),
    "spoon": np.concatenate([_row(-13.8, 6, 0.8, 1.0), [[10.2, 0.0, 1.0, 4.4]]]),
    "spatula": np.concatenate(
        [_row(-15, 4, 1.2, 1.6), [[x, y, 0.2, 3.0] for x in (8.0, 13.2) for y in (-1.7, 1.7)]]
    ),
}

HERO: Layout = {
    "camera": {
        "location": [3.0, -82.0, 62.0],
        "target": [1.0, 1.5, 2.0],
        "lens": 60.0,
        "fstop": 2.0,
    },
    "light": {"azimuth": -72.0, "elevation": 40.0, "power": 60000.0, "warmth": 0.4},
    "placement": {
        "pan": {"at": [-10.5, -3.0], "turn": 122.0},
        "teapot": {"at": [12.5, 13.0], "turn": 18.0},
        "spoon": {"at": [14.0, -7.0], "turn": 28.0},
        "spatula": {"at": [5.0, -19.5], "turn": 9.0},
    },
}


def build() -> dict[str, Any]:
    """Model the worktop, what lies on it and the lamps."""
    stage.new_stage()
    _add_room()
    makers = (add_pan, add_teapot, add_spoon, add_spatula)
    handles = {}
    for label, (name, maker) in enumerate(zip(OBJECTS, makers), start=1):
        handles[name] = meshes.empty()
        maker(handles[name], label)
    handles["key"] = stage.add_area_light((0, 0, 80), (0, 0, 0), 46, 60000)
    stage.add_area_light((15, 50, 70), (0, 4, 2), 36, 16000)
    handles["fill"] = stage.add_area_light((50, -40, 50), (0, 0, 2), 46, 14000, (0.9, 0.95, 1))
    stage.set_world((0.9, 0.95, 1), 0.36)
    return handles


def _add_room() -> None:
    """Lay a stone worktop in front of a tiled wall."""
    meshes.box("Worktop", (320, 150, 4), (0, -20, -2), rounding=0.3, material=_stone())
    meshes.box("Wall", (400, 2, 240), (0, 56, 80), material=_tiles())


def _stone() -> Material:
    """Return pale polished stone with dark and light grains."""
    stone = Material("Stone", roughness=0.28, Coat_Weight=0.1)
    place = stone.coordinates()
    clouds = stone.noise(place, 0.10, 5, 0.6)
    base = stone.ramp(clouds, [(0.3, (0.50, 0.485, 0.455)), (0.7, (0.62, 0.605, 0.575))])
    grains = stone.ramp(stone.noise(place, 2.2, 3, 0.7), [(0.60, (0, 0, 0)), (0.66, (1, 1, 1))])
    faint = stone.math("MULTIPLY", grains, 0.55)
    stone.feed("Base Color", stone.mix(faint, base, (0.24, 0.22, 0.20)))
    return stone


def _tiles() -> Material:
    """Return glazed tiles, sage green, in a running bond with pale grout."""
    tiles = Material("Tiles", roughness=0.16)
    # The bricks run in x and y: the wall is turned so that its height is y.
    place = tiles.coordinates(rotation=(-math.pi / 2, 0, 0))
    bricks = tiles.node(
        "ShaderNodeTexBrick",
        Scale=1.0,
        Mortar_Size=0.22,
        Mortar_Smooth=0.3,
        Brick_Width=16.0,
        Row_Height=8.0,
        Color1=(0.30, 0.40, 0.35, 1),
        Color2=(0.36, 0.46, 0.40, 1),
        Mortar=(0.55, 0.54, 0.50, 1),
    )
    tiles.link(place, bricks.inputs["Vector"])
    tiles.feed("Base Color", bricks.outputs["Color"])
    tiles.bump(bricks.outputs["Fac"], 0.5, 0.2, invert=True)
    return tiles


def place(handles: dict[str, Any], layout: Layout) -> None:
    """Put the things and the window light where the layout says."""
    for name, spot in layout["placement"].items():
        handles[name].location = (*spot["at"], 0.0)
        handles[name].rotation_euler = (0.0, 0.0, math.radians(spot["turn"]))
    light = layout["light"]
    where = apart.on_sphere(light["azimuth"], light["elevation"], 80)
    stage.aim(handles["key"], where, (0, 0, 2))
    handles["key"].data.energy = light["power"]
    handles["key"].data.color = (1, 1 - 0.08 * light["warmth"], 1 - 0.23 * light["warmth"])
    stage.aim(handles["fill"], where * (-0.8, 1.0, 0.8), (0, 0, 2))


def draw(rng: np.random.Generator) -> Layout:
    """Draw layouts until balls around the things stay apart and in the frame."""
    return apart.draw_apart(rng, _draw_freely, BALLS)


def _draw_freely(rng: np.random.Generator) -> Layout:
    """Draw camera, light and placement without asking whether they go together."""
    where = apart.on_sphere(rng.uniform(-35, 35), rng.uniform(36, 62), rng.uniform(95, 112))
    return {
        "camera": {
            "location": where,
            "target": [*rng.uniform(-2, 2, 2), 2.0],
            "lens": rng.uniform(57, 68),
            "fstop": 2.0,
        },
        "light": {
            "azimuth": rng.uniform(-120, 120),
            "elevation": rng.uniform(30, 60),
            "power": rng.uniform(45000, 75000),
            "warmth": rng.uniform(0, 1),
        },
        "placement": {
            name: {"at": rng.uniform(-24, 24, 2), "turn": rng.uniform(0, 360)} for name in OBJECTS
        },
    }


RECIPE = Recipe(
    name="kitchen",
    objects=OBJECTS,
    phrases=PHRASES,
    setting="on a stone worktop in front of a tiled wall",
    build=build,
    place=place,
    hero=HERO,
    draw=draw,
    samples={True: 24, False: 16},
)
