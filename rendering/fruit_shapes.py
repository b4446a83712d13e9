"""Bananas, an apple, a lemon and an orange; each is modelled at the origin on z = 0 (cm)."""

from __future__ import annotations

import math

import bpy  # noqa: F401 (mathutils is only found once bpy is imported)
import numpy as np
from mathutils import Matrix

from rendering import meshes
from rendering.materials import Material, Socket

#: The bananas of a bunch: turn about the crown, tilt about their length (degrees), lift (cm).
FINGERS = ((0.0, 0.0, 0.0), (19.0, -14.0, 0.3), (37.0, -30.0, 1.2))
CROWN = np.array([-8.1, 5.0, 0.0])
MIDDLE = np.array([-1.8, 2.6, 0.0])
REST = 1.95


def _finger_line(steps: int) -> np.ndarray:
    """Return the curved centre line (steps, 3) of a banana, from the crown to the tip."""
    t = np.linspace(0, 1, steps)
    angle, reach = np.radians(-62 + 124 * t), 9.2 + 0.92 * t
    return np.stack([reach * np.sin(angle), 9.2 - reach * np.cos(angle), 0 * t], 1)


def _finger_matrix(turn: float, tilt: float, lift: float) -> Matrix:
    """Return the place of one banana of the bunch: swung about the crown, then lifted."""
    swing = Matrix.Rotation(math.radians(turn), 4, "Z") @ Matrix.Rotation(
        math.radians(tilt), 4, "X"
    )
    return (
        Matrix.Translation(tuple(CROWN - MIDDLE + [0, 0, REST + lift]))
        @ swing
        @ Matrix.Translation(tuple(-CROWN))
    )


def bunch_balls(steps: int = 14) -> np.ndarray:
    """Return balls (n, 4) that hold the bunch, for layouts."""
    line = np.concatenate([_finger_line(steps), np.ones((steps, 1))], 1)
    centres = [line @ np.array(_finger_matrix(*finger)).T for finger in FINGERS]
    balls = np.concatenate(centres)
    balls[:, 3] = 2.05
    return balls


def add_bunch(parent, label: int) -> None:
    """Add three bananas that meet at a crown."""
    skin = _banana_skin()
    for number, finger in enumerate(FINGERS):
        item = _add_finger(number, label=label, material=skin, parent=parent)
        item.matrix_local = _finger_matrix(*finger)
    bark = Material("Crown", (0.11, 0.075, 0.02), roughness=0.8)
    bark.bump(bark.noise(bark.coordinates(), 3, 4), 0.5, 0.1)
    middle = CROWN - MIDDLE + [-0.25, 0.25, REST + 0.45]
    scale = (0.85, 0.8, 1.25)
    meshes.sphere("Crown", 0.95, middle, scale, 32, label=label, material=bark, parent=parent)


def _add_finger(number: int, **common):
    """Add one banana: five soft ridges about the centre line, thin at stem and tip."""
    steps, around = 80, 60
    t = np.linspace(0, 1, steps)
    line = _finger_line(steps)
    ahead = np.gradient(line, axis=0)
    ahead /= np.linalg.norm(ahead, axis=1, keepdims=True)
    up = np.tile([0.0, 0.0, 1.0], (steps, 1))
    side = np.cross(up, ahead)
    angle = np.linspace(0, 2 * np.pi, around, endpoint=False) + 0.13 * number
    ridges = 1 + 0.055 * np.cos(5 * angle) - 0.012 * np.cos(10 * angle)
    spoke = np.cos(angle)[:, None] * side[:, None] + np.sin(angle)[:, None] * up[:, None]
    vertices = line[:, None] + (_girth(t)[:, None] * ridges)[..., None] * spoke
    item = meshes.loft("Banana", vertices, **common)
    along = item.data.attributes.new("along", "FLOAT", "POINT")
    along.data.foreach_set("value", np.repeat(t, around).astype(np.float32))
    return item


def _girth(t: np.ndarray) -> np.ndarray:
    """Return the radius of a banana along its length, without kinks."""
    at = [0, 0.03, 0.10, 0.17, 0.26, 0.45, 0.62, 0.80, 0.90, 0.955, 0.985, 1]
    radius = [0.62, 0.50, 0.50, 0.75, 1.50, 1.85, 1.88, 1.65, 1.15, 0.58, 0.42, 0.36]
    weights = np.hanning(9)
    rough = np.pad(np.interp(t, at, radius), 4, "edge")
    return np.convolve(rough, weights / weights.sum(), "valid")


def _banana_skin() -> Material:
    """Return ripe yellow with greenish stem, dark tip and brown specks."""
    skin = Material("Banana", roughness=0.42, Subsurface_Weight=0.12, Subsurface_Scale=0.4)
    yellow = skin.ramp(
        skin.attribute("along"),
        [
            (0.0, (0.10, 0.06, 0.02)),
            (0.025, (0.30, 0.28, 0.04)),
            (0.13, (0.50, 0.45, 0.05)),
            (0.28, (0.78, 0.52, 0.035)),
            (0.85, (0.80, 0.53, 0.04)),
            (0.94, (0.52, 0.44, 0.06)),
            (0.975, (0.06, 0.035, 0.015)),
            (1.0, (0.02, 0.012, 0.008)),
        ],
    )
    place = skin.coordinates()
    specks = _threshold(skin, skin.noise(place, 2.6, 6, 0.7), 0.63, 0.70, 0.75)
    patches = _threshold(skin, skin.noise(place, 0.5, 3), 0.5, 0.75, 0.35)
    tinted = skin.mix(patches, yellow, (0.62, 0.44, 0.05))
    skin.feed("Base Color", skin.mix(specks, tinted, (0.13, 0.060, 0.015)))
    skin.bump(skin.noise(place, 9, 3), 0.08, 0.05)
    return skin


def _threshold(material: Material, value: Socket, low: float, high: float, strength: float):
    """Return a socket that rises from 0 where `value` is `low` to `strength` at `high`."""
    grey = material.ramp(value, [(low, (0, 0, 0)), (high, (1, 1, 1))])
    return material.math("MULTIPLY", grey, strength)


def _voronoi(material: Material, vector: Socket, scale: float, feature: str = "F1") -> Socket:
    """Return the distance to the nearest of many random points."""
    node = material.node("ShaderNodeTexVoronoi", feature=feature, Scale=scale)
    material.link(vector, node.inputs["Vector"])
    return node.outputs["Distance"]


def add_apple(parent, label: int) -> None:
    """Add a green apple with five weak lobes, dimples above and below and a stem."""
    latitude = np.linspace(-np.pi / 2, np.pi / 2, 60)
    radius = 3.75 * np.cos(latitude).clip(0) ** 0.82 * (1 + 0.05 * np.sin(latitude))
    dimple = 1.15 * np.exp(-((radius / 1.05) ** 2)) * np.where(latitude > 0, 1, -0.62)
    profile = np.stack([radius, 3.55 * np.sin(latitude) - dimple], 1)
    tilt = meshes.empty((0, 0, 3.45), (6, 4, 30), parent)
    common = {"label": label, "parent": tilt}
    item = meshes.lathe("Apple", profile, 120, 180, material=_apple_skin(), **common)
    _add_lobes(item.data, 5, 0.018, 4.0)
    bark = Material("Stem", (0.10, 0.055, 0.025), roughness=0.8)
    line = [(0, 0, 2.15), (0.02, 0, 2.85), (0.25, 0.1, 3.55), (0.6, 0.2, 4.05)]
    meshes.tube("Stem", line, [0.16, 0.14, 0.15, 0.22], material=bark, **common)


def _add_lobes(data, count: int, depth: float, height: float) -> None:
    """Swell a turned shape `count` times around, most at its ends."""
    vertices = np.empty(3 * len(data.vertices), np.float32)
    data.vertices.foreach_get("co", vertices)
    x, y, z = vertices.reshape(-1, 3).T
    angle = np.arctan2(y, x)
    swell = 1 + depth * np.cos(count * angle) * (0.3 + np.abs(z) / height)
    moved = np.stack([x * swell, y * swell, z * (1 + 0.4 * depth * np.cos(angle))], 1)
    data.vertices.foreach_set("co", moved.astype(np.float32).ravel())
    data.update()


def _apple_skin() -> Material:
    """Return glossy green with pale dots."""
    skin = Material("Apple", roughness=0.26, Coat_Weight=0.35, Coat_Roughness=0.12)
    skin.set("Subsurface Weight", 0.1)
    place = skin.coordinates()
    green = skin.ramp(
        skin.noise(place, 0.35, 3), [(0.3, (0.20, 0.38, 0.03)), (0.7, (0.36, 0.52, 0.07))]
    )
    dots = skin.ramp(_voronoi(skin, place, 2.4), [(0.07, (1, 1, 1)), (0.12, (0, 0, 0))])
    faint = skin.math("MULTIPLY", dots, 0.45)
    skin.feed("Base Color", skin.mix(faint, green, (0.70, 0.75, 0.45)))
    return skin


def _citrus_peel(name: str, dark, light, pores: float) -> Material:
    """Return waxy peel with pores."""
    peel = Material(name, roughness=0.36, Coat_Weight=0.15)
    peel.set("Subsurface Weight", 0.12)
    peel.set("Subsurface Scale", 0.4)
    place = peel.coordinates()
    peel.feed("Base Color", peel.ramp(peel.noise(place, 0.4, 3), [(0.3, dark), (0.7, light)]))
    cells = _voronoi(peel, place, pores, "SMOOTH_F1")
    peel.bump(peel.ramp(cells, [(0, (0, 0, 0)), (0.45, (1, 1, 1))]), 0.35, 0.10)
    return peel


def add_lemon(parent, label: int) -> None:
    """Add a lemon lying on its side, its length along y, with a nipple at both ends."""
    u = np.linspace(-1, 1, 70)
    height = 3.55 * u
    body = 2.65 * (1 - np.abs(u) ** 2.3).clip(0) ** 0.62
    nipple = 0.62 * np.sqrt(np.clip(1 - ((np.abs(height) - 3.5) / 0.62) ** 2, 0, 1))
    radius = np.maximum(body, nipple)
    radius[[0, -1]] = 0
    profile = np.stack([radius, np.where(np.abs(u) > 0.985, 1.1 * height, height)], 1)
    peel = _citrus_peel("Lemon", (0.78, 0.56, 0.02), (0.86, 0.68, 0.05), 3.2)
    lying = meshes.empty((0, 0, 2.62), (88, 0, 0), parent)
    item = meshes.lathe("Lemon", profile, 120, 180, label=label, material=peel, parent=lying)
    _add_lobes(item.data, 3, 0.01, 4.0)


def add_orange(parent, label: int) -> None:
    """Add an orange with a dimple and a calyx."""
    latitude = np.linspace(-np.pi / 2, np.pi / 2, 64)
    radius = 4.0 * np.cos(latitude).clip(0)
    dimple = np.where(latitude > 0, 0.35 * np.exp(-((radius / 0.7) ** 2)), 0)
    radius[[0, -1]] = 0
    profile = np.stack([radius, 3.85 * np.sin(latitude) - dimple], 1)
    peel = _citrus_peel("Orange", (0.80, 0.22, 0.008), (0.88, 0.30, 0.015), 2.6)
    tilt = meshes.empty((0, 0, 3.85), (10, -14, 0), parent)
    common = {"label": label, "parent": tilt}
    meshes.lathe("Orange", profile, 120, 180, material=peel, **common)
    green = Material("Calyx", (0.16, 0.18, 0.05), roughness=0.8)
    points = [(0.28 + 0.20 * (i % 2), i * math.pi / 5) for i in range(10)]
    star = [(reach * math.cos(angle), reach * math.sin(angle)) for reach, angle in points]
    calyx = meshes.plate("Calyx", star, 0.12, rounding=0.03, material=green, **common)
    calyx.location.z = 3.57
