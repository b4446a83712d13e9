"""The scene `fruit`: a bunch of bananas, a green apple, a lemon and an orange on a table (cm)."""

from __future__ import annotations

import math
from typing import Any

import bpy  # noqa: F401 (mathutils is only found once bpy is imported)
import numpy as np
from mathutils import Matrix

from rendering import apart, meshes, stage
from rendering.fruit_shapes import add_apple, add_bunch, add_lemon, add_orange, bunch_balls
from rendering.materials import Material, wood
from rendering.recipe import Layout, Recipe

OBJECTS = {"banana": "banana", "apple": "Granny_Smith", "lemon": "lemon", "orange": "orange"}
PHRASES = {
    "banana": "a bunch of three bananas",
    "apple": "a green apple",
    "lemon": "a lemon",
    "orange": "an orange",
}
BALLS = {
    "banana": bunch_balls(),
    "apple": np.array([[0.0, 0.0, 3.4, 3.9], [0.3, 0.1, 6.8, 1.0]]),
    "lemon": np.array([[0.0, 0.0, 2.6, 2.8], [0.0, 2.9, 2.6, 1.3], [0.0, -2.9, 2.6, 1.3]]),
    "orange": np.array([[0.0, 0.0, 3.85, 4.05]]),
}
BOARD = 14.0

HERO: Layout = {
    "camera": {
        "location": [1.0, -37.0, 34.0],
        "target": [0.6, 1.0, 1.5],
        "lens": 56.0,
        "fstop": 5.6,
    },
    "light": {"azimuth": -82.0, "elevation": 36.0, "power": 22000.0, "warmth": 0.4},
    "placement": {
        "banana": {"at": [-4.6, -3.6], "turn": -4.0},
        "apple": {"at": [11.8, 4.8], "turn": 30.0},
        "lemon": {"at": [10.2, -8.4], "turn": 58.0},
        "orange": {"at": [-1.6, 15.4], "turn": 10.0},
    },
}


def build() -> dict[str, Any]:
    """Model the table, the fruit and the lamps."""
    stage.new_stage()
    _add_table()
    makers = (add_bunch, add_apple, add_lemon, add_orange)
    handles = {}
    for label, (name, maker) in enumerate(zip(OBJECTS, makers), start=1):
        handles[name] = meshes.empty()
        maker(handles[name], label)
    handles["key"] = stage.add_area_light((0, 0, 40), (0, 0, 0), 26, 24000)
    stage.add_area_light((10, 42, 38), (0, 4, 2), 22, 7000)
    handles["fill"] = stage.add_area_light((30, -20, 24), (0, 0, 2), 26, 5000, (0.9, 0.95, 1))
    stage.set_world((0.9, 0.95, 1), 0.34)
    return handles


def _add_table() -> None:
    """Lay long boards side by side, each with a tone and a grain of its own."""
    rng = np.random.default_rng(4)
    oak = wood("Table", (0.15, 0.078, 0.036), (0.35, 0.205, 0.105), 0.07, Coat_Weight=0.06)
    _vary_tone(oak)
    for row in range(-5, 8):
        size = (400.0, BOARD - 0.08, 3.0)
        board = meshes.box("Board", size, (0, row * BOARD, -1.5), rounding=0.14, material=oak)
        board.data.transform(Matrix.Translation((rng.uniform(-60, 60), 0, 0)))
    wall = Material("Wall", (0.30, 0.34, 0.36), roughness=0.9)
    meshes.box("Wall", (500, 1, 260), (0, 120, 60), material=wall)


def _vary_tone(material: Material) -> None:
    """Make some boards a little darker than others."""
    base = material.shader.inputs["Base Color"].links[0].from_socket
    chance = material.node("ShaderNodeObjectInfo").outputs["Random"]
    share = material.math("MULTIPLY", chance, 0.4)
    material.feed("Base Color", material.mix(share, base, (0.10, 0.05, 0.022)))


def place(handles: dict[str, Any], layout: Layout) -> None:
    """Put the fruit and the window light where the layout says."""
    for name, spot in layout["placement"].items():
        handles[name].location = (*spot["at"], 0.0)
        handles[name].rotation_euler = (0.0, 0.0, math.radians(spot["turn"]))
    light = layout["light"]
    where = apart.on_sphere(light["azimuth"], light["elevation"], 48)
    stage.aim(handles["key"], where, (0, 0, 2))
    handles["key"].data.energy = light["power"]
    handles["key"].data.color = (1, 1 - 0.09 * light["warmth"], 1 - 0.26 * light["warmth"])
    stage.aim(handles["fill"], where * (-0.8, 1.0, 0.7), (0, 0, 2))


def draw(rng: np.random.Generator) -> Layout:
    """Draw layouts until balls around the fruit stay apart and in the frame."""
    return apart.draw_apart(rng, _draw_freely, BALLS)


def _draw_freely(rng: np.random.Generator) -> Layout:
    """Draw camera, light and placement without asking whether they go together."""
    where = apart.on_sphere(rng.uniform(-40, 40), rng.uniform(34, 62), rng.uniform(42, 54))
    return {
        "camera": {
            "location": where,
            "target": [*rng.uniform(-1.5, 1.5, 2), 1.5],
            "lens": rng.uniform(48, 62),
            "fstop": 5.6,
        },
        "light": {
            "azimuth": rng.uniform(-120, 120),
            "elevation": rng.uniform(28, 60),
            "power": rng.uniform(15000, 26000),
            "warmth": rng.uniform(0, 1),
        },
        "placement": {
            name: {"at": rng.uniform(-12, 12, 2), "turn": rng.uniform(0, 360)} for name in OBJECTS
        },
    }


RECIPE = Recipe(
    name="fruit",
    objects=OBJECTS,
    phrases=PHRASES,
    setting="on a wooden table",
    build=build,
    place=place,
    hero=HERO,
    draw=draw,
    samples={True: 28, False: 20},
)
