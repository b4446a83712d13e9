"""The scene `farmyard`: two hens (one object) and a rabbit on a lawn before a fence."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from rendering import apart, hen, meshes, stage
from rendering.rabbit import add_rabbit
from rendering.recipe import Layout, Recipe
from rendering.yard import add_yard

OBJECTS = {"hens": "hen", "rabbit": "wood_rabbit"}
PHRASES = {"hens": "a brown hen and a white hen", "rabbit": "a brown rabbit"}
#: Balls (x, y, z, radius) that hold an animal: the two hens count as one object, but they must
#: not cover each other either.
HEN_BALLS = np.array(
    [
        (-0.1, 0, 2.3, 1.25),
        (0.6, 0, 2.25, 1.1),
        (-1.0, 0, 2.6, 0.95),
        (-1.6, 0, 3.4, 0.85),
        (-1.9, 0, 3.9, 0.55),
        (1.05, 0, 3.2, 0.7),
        (1.4, 0, 4.15, 0.5),
        (1.5, 0, 4.5, 0.35),
        (1.9, 0, 4.0, 0.25),
        (0.05, 0.4, 1.0, 0.45),
        (0.05, -0.4, 1.0, 0.45),
        (0.45, 0.45, 0.15, 0.6),
        (0.45, -0.45, 0.15, 0.6),
    ]
)
RABBIT_BALLS = np.array(
    [
        (-0.75, 0, 0.95, 1.05),
        (0.4, 0, 0.95, 0.95),
        (1.1, 0, 1.65, 0.6),
        (1.6, 0, 1.5, 0.3),
        (0.65, 0.3, 2.4, 0.32),
        (0.65, -0.3, 2.4, 0.32),
        (0.45, 0.42, 2.9, 0.3),
        (0.45, -0.42, 2.9, 0.3),
        (1.0, 0, 0.3, 0.5),
        (-1.7, 0, 0.8, 0.4),
    ]
)
ANIMALS = {"brown_hen": HEN_BALLS, "white_hen": HEN_BALLS, "rabbit": RABBIT_BALLS}

HERO: Layout = {
    "camera": {
        "location": [0.0, -17.0, 6.4],
        "target": [0.0, -0.5, 1.6],
        "lens": 63.0,
        "fstop": 0.9,
    },
    "light": {"tilt": 46.0, "turn": 35.0, "strength": 3.6, "warmth": 0.6, "sky": 0.75},
    "placement": {
        "brown_hen": {"at": [-2.75, 1.4], "turn": -30.0},
        "white_hen": {"at": [2.8, 1.9], "turn": 208.0},
        "rabbit": {"at": [0.0, -3.7], "turn": -130.0},
    },
}


def build() -> dict[str, Any]:
    """Model the yard, the animals and the lamps."""
    stage.new_stage()
    add_yard()
    handles = {name: meshes.empty() for name in ANIMALS}
    hen.add_hen(handles["brown_hen"], 1, hen.BROWN, seed=1)
    hen.add_hen(handles["white_hen"], 1, hen.WHITE, seed=2)
    add_rabbit(handles["rabbit"], 2)
    handles["sun"] = stage.add_sun((46, 0, 35), 3.6, 3)
    stage.add_area_light((8, -10, 9), (0, 0, 2), 8, 900, (0.9, 0.95, 1))
    return handles


def place(handles: dict[str, Any], layout: Layout) -> None:
    """Put the animals where the layout says; set sun and sky."""
    for name, spot in layout["placement"].items():
        handles[name].location = (*spot["at"], 0.0)
        handles[name].rotation_euler = (0.0, 0.0, math.radians(spot["turn"]))
    light = layout["light"]
    sun = handles["sun"]
    sun.rotation_euler = (math.radians(light["tilt"]), 0.0, math.radians(light["turn"]))
    sun.data.energy = light["strength"]
    sun.data.color = (1, 1 - 0.11 * light["warmth"], 1 - 0.30 * light["warmth"])
    stage.set_world((0.62, 0.75, 0.95), light["sky"])


def draw(rng: np.random.Generator) -> Layout:
    """Draw layouts until balls around the animals stay apart and in the frame."""
    return apart.draw_apart(rng, _draw_freely, ANIMALS)


def _draw_freely(rng: np.random.Generator) -> Layout:
    """Draw camera, light and placement without asking whether they go together."""
    target = np.array([*rng.uniform(-0.8, 0.8, 2), 1.8])
    where = target + apart.on_sphere(
        rng.uniform(-20, 20), rng.uniform(9, 26), rng.uniform(16.5, 20)
    )
    return {
        "camera": {
            "location": where,
            "target": target,
            "lens": rng.uniform(48, 60),
            "fstop": 0.9,
        },
        "light": {
            "tilt": rng.uniform(28, 60),
            "turn": rng.uniform(-75, 75),
            "strength": rng.uniform(2.6, 4.2),
            "warmth": rng.uniform(0, 1),
            "sky": rng.uniform(0.6, 0.9),
        },
        "placement": {
            name: {"at": rng.uniform((-5, -4.5), (5, 4)), "turn": rng.uniform(0, 360)}
            for name in ANIMALS
        },
    }


RECIPE = Recipe(
    name="farmyard",
    objects=OBJECTS,
    phrases=PHRASES,
    setting="on a lawn in front of a wooden fence",
    build=build,
    place=place,
    hero=HERO,
    draw=draw,
    samples={True: 28, False: 20},
)
