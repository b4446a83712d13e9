"""The scene `desk`: a keyboard, a mouse, a monitor and a mug of coffee on a desk (cm)."""

from __future__ import annotations

import math
from typing import Any

import bpy  # noqa: F401 (mathutils is only found once bpy is imported)
import numpy as np

from rendering import apart, meshes, stage
from rendering.apart import box_of_balls
from rendering.desk_shapes import PANEL, PANEL_BOTTOM, add_monitor, add_mouse, add_mug
from rendering.keyboard import DEPTH, WIDTH, add_keyboard
from rendering.materials import Material, wood
from rendering.recipe import Layout, Recipe

OBJECTS = {
    "keyboard": "computer_keyboard",
    "mouse": "mouse",
    "monitor": "monitor",
    "mug": "coffee_mug",
}
PHRASES = {
    "keyboard": "a keyboard with white and grey keys",
    "mouse": "a black computer mouse",
    "monitor": "a switched-on monitor",
    "mug": "a teal mug of coffee",
}


BALLS = {
    "keyboard": box_of_balls((-WIDTH / 2, -DEPTH / 2, 0), (WIDTH / 2, DEPTH / 2, 2.4), 1.4),
    "mouse": np.array([[0.0, y, 1.6, 3.7] for y in (-2.8, 0.0, 2.8)]),
    "monitor": np.concatenate(
        [
            box_of_balls((-PANEL[0] / 2, 0, PANEL_BOTTOM), (PANEL[0] / 2, 4, 32.0), 2.0),
            box_of_balls((-10, -5.5, 0), (10, 8.5, 1), 1.4),
        ]
    ),
    "mug": np.array([[0.0, 0.0, 3.2, 4.3], [0.0, 0.0, 5.6, 4.3], [5.6, 0.0, 5.2, 2.6]]),
}

HERO: Layout = {
    "camera": {
        "location": [7.0, -96.0, 62.0],
        "target": [1.0, -1.0, 12.0],
        "lens": 63.0,
        "fstop": 1.6,
        "focus": [0.0, -6.0, 4.0],
    },
    "light": {"azimuth": -68.0, "elevation": 42.0, "power": 95000.0, "warmth": 0.3},
    "placement": {
        "keyboard": {"at": [-6.0, -11.5], "turn": -3.0},
        "mouse": {"at": [17.5, -11.5], "turn": 10.0},
        "monitor": {"at": [-5.0, 12.0], "turn": 5.0},
        "mug": {"at": [19.5, 7.0], "turn": -28.0},
    },
}


def build() -> dict[str, Any]:
    """Model the desk, what stands on it and the lamps."""
    stage.new_stage()
    _add_room()
    makers = (add_keyboard, add_mouse, add_monitor, add_mug)
    handles = {}
    for label, (name, maker) in enumerate(zip(OBJECTS, makers), start=1):
        handles[name] = meshes.empty()
        maker(handles[name], label)
    handles["key"] = stage.add_area_light((0, 0, 90), (0, 0, 0), 60, 90000)
    handles["fill"] = stage.add_area_light((60, -40, 60), (0, 0, 2), 50, 20000, (0.9, 0.95, 1))
    stage.set_world((0.9, 0.95, 1), 0.38)
    return handles


def _add_room() -> None:
    """Lay the desk top in front of a painted wall."""
    ash = wood("Desk", (0.40, 0.27, 0.15), (0.56, 0.41, 0.26), 0.05, roughness=0.42)
    ash.set("Coat Weight", 0.08)
    meshes.box("Desk", (300, 170, 3), (0, -25, -1.5), rounding=0.25, material=ash)
    paint = Material("Wall", (0.36, 0.43, 0.44), roughness=0.9)
    paint.bump(paint.noise(paint.coordinates(), 0.8, 5), 0.12, 0.3)
    meshes.box("Wall", (600, 1, 400), (0, 66, 40), material=paint)


def place(handles: dict[str, Any], layout: Layout) -> None:
    """Put the things and the window light where the layout says."""
    for name, spot in layout["placement"].items():
        handles[name].location = (*spot["at"], 0.0)
        handles[name].rotation_euler = (0.0, 0.0, math.radians(spot["turn"]))
    light = layout["light"]
    where = apart.on_sphere(light["azimuth"], light["elevation"], 95)
    stage.aim(handles["key"], where, (0, 0, 4))
    handles["key"].data.energy = light["power"]
    handles["key"].data.color = (1, 1 - 0.07 * light["warmth"], 1 - 0.2 * light["warmth"])
    stage.aim(handles["fill"], where * (-0.8, 1.0, 0.8), (0, 0, 2))


def draw(rng: np.random.Generator) -> Layout:
    """Draw layouts until balls around the things stay apart and in the frame."""
    return apart.draw_apart(rng, _draw_freely, BALLS)


def _draw_freely(rng: np.random.Generator) -> Layout:
    """Draw camera, light and placement without asking whether they go together."""
    where = apart.on_sphere(rng.uniform(-35, 35), rng.uniform(26, 48), rng.uniform(98, 118))
    target = [*rng.uniform(-3, 3, 2), rng.uniform(8, 13)]
    return {
        "camera": {
            "location": where + [0, 0, 8],
            "target": target,
            "lens": rng.uniform(60, 73),
            "fstop": 1.6,
            "focus": [0.0, -3.0, 4.0],
        },
        "light": {
            "azimuth": rng.uniform(-110, 110),
            "elevation": rng.uniform(30, 60),
            "power": rng.uniform(70000, 115000),
            "warmth": rng.uniform(0, 1),
        },
        "placement": {
            "keyboard": _spot(rng, (-12, -20), (12, 0), 25),
            "mouse": _spot(rng, (-26, -20), (26, 6), 40),
            "monitor": _spot(rng, (-11, 5), (11, 18), 20),
            "mug": _spot(rng, (-27, -20), (27, 16), 180),
        },
    }


def _spot(rng: np.random.Generator, low, high, turn: float) -> dict[str, Any]:
    return {"at": rng.uniform(low, high), "turn": rng.uniform(-turn, turn)}


RECIPE = Recipe(
    name="desk",
    objects=OBJECTS,
    phrases=PHRASES,
    setting="on a wooden desk in front of a wall",
    build=build,
    place=place,
    hero=HERO,
    draw=draw,
    samples={True: 28, False: 20},
)
