"""A compact keyboard with white keys, modelled at the origin on z = 0 (cm)."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from rendering import meshes
from rendering.materials import Material

PITCH, GAP = 1.9, 0.11
KEY_HEIGHT, INSET = 0.78, 0.2
WIDTH, DEPTH = 31.8, 12.8
FRONT, BACK = 0.95, 1.95
SLOPE = math.degrees(math.atan2(BACK - FRONT, DEPTH))
#: Rows from the back to the front: (legend, width in units of one key).
ROWS = (
    [("Esc", 1), *[(f"F{n}", 1) for n in range(1, 13)], ("Prt", 1), ("Ins", 1), ("Del", 1)],
    [(word, 1) for word in "`1234567890-="] + [("Back", 2), ("Home", 1)],
    [("Tab", 1.5), *[(word, 1) for word in "QWERTYUIOP[]"], ("\\", 1.5), ("End", 1)],
    [("Caps", 1.75), *[(word, 1) for word in "ASDFGHJKL;'"], ("Enter", 2.25), ("PgU", 1)],
    [("Shift", 2.25), *[(w, 1) for w in "ZXCVBNM,./"], ("Shift", 1.75), ("^", 1), ("PgD", 1)],
    [("Ctrl", 1.25), ("Win", 1.25), ("Alt", 1.25), ("", 6.25), ("Alt", 1), ("Fn", 1)]
    + [("Ctrl", 1), ("<", 1), ("v", 1), (">", 1)],
)


def add_keyboard(parent, label: int) -> None:
    """Add the case, the keys and their legends."""
    common = {"label": label, "parent": parent}
    _add_case(common)
    deck = meshes.empty((0, 0, (FRONT + BACK) / 2 - 0.12), (SLOPE, 0, 0), parent)
    on_deck = {"label": label, "parent": deck}
    white = Material("Key", (0.74, 0.74, 0.71), roughness=0.42)
    grey = Material("Modifier", (0.30, 0.32, 0.35), roughness=0.42)
    accent = Material("Accent", (0.72, 0.16, 0.03), roughness=0.42)
    keys = list(_keys())
    for name, material in (("white", white), ("grey", grey), ("accent", accent)):
        _add_keys([key for key in keys if _tone(key[0]) == name], material, on_deck)
    dark = Material("Legend", (0.03, 0.03, 0.035), roughness=0.6)
    light = Material("Pale legend", (0.85, 0.85, 0.82), roughness=0.6)
    _add_legends([key for key in keys if _tone(key[0]) == "white"], dark, on_deck)
    _add_legends([key for key in keys if _tone(key[0]) != "white"], light, on_deck)


def _keys():
    """Yield (legend, middle x, middle y, width) of each key, in cm."""
    for number, row in enumerate(ROWS):
        left = -8.0
        for legend, units in row:
            y = (2.5 - number) * PITCH
            yield legend, (left + units / 2) * PITCH, y, units * PITCH - GAP
            left += units


def _tone(legend: str) -> str:
    """Name the colour of a key: letters and digits are white, most others grey."""
    if legend in ("Esc", "Enter"):
        return "accent"
    plain = len(legend) < 2 and legend not in ("^", "<", "v", ">")
    return "white" if plain or legend in ("F5", "F6", "F7", "F8") else "grey"


def _add_case(common: dict[str, Any]) -> None:
    """Add the wedge that the keys stand on, and its feet."""
    shell = Material("Case", (0.62, 0.63, 0.65), 0.85, 0.34)
    x, y = WIDTH / 2, DEPTH / 2
    corners = [
        *[(-x, -y, 0.12), (x, -y, 0.12), (x, y, 0.12), (-x, y, 0.12)],
        *[(-x, -y, FRONT), (x, -y, FRONT), (x, y, BACK), (-x, y, BACK)],
    ]
    sides = [(0, 1, 5, 4), (1, 2, 6, 5), (2, 3, 7, 6), (3, 0, 4, 7)]
    faces = [(3, 2, 1, 0), (4, 5, 6, 7), *sides]
    case = meshes.mesh("Case", corners, faces, material=shell, **common)
    meshes.bevel(case, 0.3, 5)
    rubber = Material("Foot", (0.02, 0.02, 0.02), roughness=0.8)
    for side in (-1, 1):
        for end in (-1, 1):
            where = (side * (x - 2), end * (y - 1.2), 0.1)
            meshes.cylinder("Foot", 0.6, 0.2, where, steps=24, material=rubber, **common)


def _add_keys(keys, material: Material, common: dict[str, Any]) -> None:
    """Add keys of one colour as one mesh: caps that narrow towards the top."""
    corners, faces = [], []
    for number, (_, x, y, width) in enumerate(keys):
        corners += _cap(x, y, width)
        sides = [(i, (i + 1) % 4, 4 + (i + 1) % 4, 4 + i) for i in range(4)]
        for face in [(3, 2, 1, 0), (4, 5, 6, 7), *sides]:
            faces.append([8 * number + corner for corner in face])
    item = meshes.mesh("Keys", corners, faces, material=material, **common)
    meshes.bevel(item, 0.11, 3)


def _cap(x: float, y: float, width: float) -> list[tuple[float, float, float]]:
    """Return the eight corners of a key cap; its top sits a little towards the back."""
    half, deep = width / 2, (PITCH - GAP) / 2
    around = ((-1, -1), (1, -1), (1, 1), (-1, 1))
    bottom = [(x + a * half, y + b * deep, 0.0) for a, b in around]
    top = [
        (x + a * (half - INSET), y + b * (deep - INSET) + 0.08, KEY_HEIGHT + 0.12)
        for a, b in around
    ]
    return bottom + top


def _add_legends(keys, ink: Material, common: dict[str, Any]) -> None:
    """Print the legends of some keys, as one mesh."""
    vertices, faces = [], []
    for legend, x, y, _ in keys:
        if not legend:
            continue
        size = 0.85 if len(legend) == 1 else 0.46
        words = meshes.text("Legend", legend, size)
        shift = len(vertices)
        vertices += [
            (x + v.co.x, y - 0.2 * size + v.co.y, KEY_HEIGHT + 0.126) for v in words.vertices
        ]
        faces += [[shift + corner for corner in face.vertices] for face in words.polygons]
    meshes.mesh("Legends", np.array(vertices), faces, material=ink, **common)
