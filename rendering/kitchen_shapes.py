"""A frying pan, a teapot, a wooden spoon and a spatula, modelled at the origin on z = 0 (cm)."""

from __future__ import annotations

import math
from typing import Any

import bpy  # noqa: F401 (mathutils is only found once bpy is imported)
import numpy as np

from rendering import meshes
from rendering.materials import Material, wood
from rendering.meshes import cylinder, lathe, loft, plate, sphere, spline_points, sweep

PAN_RADIUS, PAN_DEPTH = 11.6, 4.5
PAN_REACH = 29.5
SPOON_LENGTH = 29.0
SPATULA_LENGTH = 32.0


def add_pan(parent, label: int) -> None:
    """Add a frying pan with its handle towards +x."""
    common = {"label": label, "parent": parent}
    metal = _brushed_aluminium()
    outside = [(0, 0.05), (8.0, 0.05), (8.1, 0), (8.5, 0), (8.9, 0.2), (9.5, 0.9), (10.5, 2.5)]
    rim = [(11.3, 4.0), (11.7, 4.3), (11.8, 4.45), (11.7, 4.58), (11.5, 4.56)]
    lathe("Pan", [*outside, *rim], 160, 30, material=metal, **common)
    inside = [(11.5, 4.56), (11.2, 4.25), (10.3, 2.7), (9.3, 1.1), (8.7, 0.55), (8.0, 0.36)]
    rings = [(r, 0.36 + 0.012 * (k % 2)) for k, r in enumerate(np.arange(7.6, 0.3, -0.4))]
    lathe("Coating", [*inside, *rings, (0, 0.36)], 160, 60, material=_coating(), **common)
    steel = Material("Rivet", (0.60, 0.60, 0.61), 1, 0.25)
    for side in (-1, 1):
        for x, flat in ((10.75, 0.5), (11.5, 0.5)):
            where = (x, side * 0.95, 3.3)
            sphere("Rivet", 0.42, where, (flat, 1, 1), 24, material=steel, **common)
    _add_pan_handle(steel, common)


def _add_pan_handle(steel: Material, common: dict[str, Any]) -> None:
    """Add a steel bracket and a dark grip that rises away from the pan, with a ring to hang it."""
    bracket = spline_points([(11.0, 3.2), (12.2, 3.35), (13.6, 3.9), (15.2, 4.6)], 24)
    wide = np.interp(np.linspace(0, 1, 24), [0, 0.25, 1], [1.75, 1.5, 0.85])
    loft("Bracket", sweep(bracket, 0.28, wide), material=steel, **common)
    line = spline_points([(14.3, 4.2), (18.5, 5.8), (23.5, 7.0), (28.3, 7.5)], 60)
    t = np.linspace(0, 1, 60)
    round_ends = (1 - np.abs(2 * t - 1) ** 14).clip(1e-4) ** 0.5
    belly = 1 + 0.18 * np.sin(np.pi * t) ** 2 + 0.12 * t
    grip = Material("Grip", (0.014, 0.014, 0.015), roughness=0.36)
    rings = sweep(line, 0.78 * belly * round_ends, 1.12 * belly * round_ends, 48)
    loft("Grip", rings, material=grip, **common)
    turn = np.linspace(0, 2 * np.pi, 40, endpoint=False)
    circle = [(28.9 + 0.95 * math.cos(a), 0.95 * math.sin(a), 7.52) for a in turn]
    meshes.tube("Ring", circle, 0.17, cyclic=True, material=steel, **common)


def _brushed_aluminium() -> Material:
    """Return metal brushed around the z axis."""
    metal = Material("Aluminium", (0.56, 0.56, 0.57), 1, 0.30)
    metal.bump(metal.noise(metal.coordinates(scale=(0.15, 0.15, 9)), 3, 3), 0.05, 0.02)
    return metal


def _coating() -> Material:
    """Return a dark non-stick coating with faint pale flecks."""
    coating = Material("Coating", roughness=0.34)
    flecks = coating.noise(coating.coordinates(), 9, 2, 0.6)
    dark, pale = (0.016, 0.016, 0.018), (0.06, 0.06, 0.065)
    coating.feed("Base Color", coating.ramp(flecks, [(0.62, dark), (0.74, pale)]))
    coating.bump(coating.noise(coating.coordinates(), 25, 2), 0.05, 0.02)
    return coating


def add_teapot(parent, label: int) -> None:
    """Add a round teapot with its spout towards +x and its handle towards -x."""
    common = {"label": label, "parent": parent}
    glaze = _blue_glaze()
    knots = [(4.0, 0.35), (5.6, 1.5), (6.7, 3.6), (6.95, 5.4), (6.4, 7.4), (5.1, 8.9), (3.9, 9.5)]
    foot = [(0, 0.4), (3.4, 0.4), (3.5, 0.0), (3.85, 0.0)]
    mouth = [(3.75, 9.62), (3.55, 9.6), (3.45, 9.3), (0, 9.2)]
    body = [*foot, *spline_points(knots, 40), *mouth]
    lathe("Teapot", body, 144, 50, material=glaze, **common)
    lid = [(3.72, 9.62), (3.7, 9.8), (3.45, 9.98), (2.5, 10.5), (1.3, 10.85), (0.75, 10.95)]
    knob = [(0.55, 11.2), (0.62, 11.5), (0.95, 11.85), (1.05, 12.25), (0.8, 12.62), (0, 12.75)]
    lathe("Lid", [(0, 9.5), *lid, *knob], 96, 50, material=glaze, **common)
    _add_spout(glaze, common)
    ear = [(-6.3, 7.7), (-7.9, 8.7), (-9.9, 8.2), (-10.5, 6.0), (-9.4, 3.7), (-6.5, 2.9)]
    to_end = np.minimum(np.linspace(0, 1, 70), np.linspace(1, 0, 70))
    flare = 1 + 0.5 * np.exp(-to_end / 0.05)
    loft("Ear", sweep(spline_points(ear, 70), 0.5 * flare, 0.68 * flare), material=glaze, **common)


def _add_spout(glaze: Material, common: dict[str, Any]) -> None:
    """Add a spout that narrows to an open lip, with a dark throat."""
    line = spline_points([(5.6, 3.2), (8.0, 4.3), (9.5, 6.4), (10.7, 8.6), (12.0, 9.6)], 60)
    t = np.linspace(0, 1, 60)
    radius = np.interp(t, [0, 0.25, 0.6, 0.93, 1], [2.1, 1.7, 1.1, 0.85, 0.95])
    outer = sweep(line, radius, radius * 0.92, 40)
    throat = sweep(line, radius - 0.22, radius * 0.92 - 0.22, 40)[:40:-1]
    loft("Spout", np.concatenate([outer, throat]), material=glaze, **common)


def _blue_glaze() -> Material:
    """Return deep blue glaze, paler where it runs thin."""
    glaze = Material("Blue glaze", roughness=0.12, Coat_Weight=0.6, Coat_Roughness=0.05)
    place = glaze.coordinates()
    tone = glaze.noise(place, 0.35, 4, 0.55)
    deep, pale = (0.010, 0.035, 0.16), (0.03, 0.10, 0.30)
    blue = glaze.ramp(tone, [(0.35, deep), (0.7, pale)])
    specks = glaze.ramp(glaze.noise(place, 4, 3, 0.6), [(0.66, (0, 0, 0)), (0.72, (1, 1, 1))])
    glaze.feed("Base Color", glaze.mix(specks, blue, (0.22, 0.34, 0.52)))
    return glaze


def add_spoon(parent, label: int) -> None:
    """Add a wooden spoon that lies on its back, its bowl towards +x."""
    t = (1 - np.cos(np.linspace(0, np.pi, 200)))[1:-1] / 2
    x = SPOON_LENGTH * (t - 0.5)
    angle = np.linspace(0, 2 * np.pi, 120, endpoint=False)
    across, up = np.cos(angle), np.sin(angle)
    half, thick, dip = _spoon_measures(t)
    y = half[:, None] * across
    hollow = dip[:, None] * np.clip(1 - np.abs(across / 0.88) ** 3, 0, 1) ** 0.75
    top = thick[:, None] * 0.45 * np.abs(up) ** 0.6 - hollow
    z = np.where(up > 0, top, -thick[:, None] * np.abs(up) ** 0.9)
    lift = thick + 0.45 * np.exp(-(((t - 0.70) / 0.13) ** 2))
    rings = np.stack([np.broadcast_to(x[:, None], y.shape), y, z + lift[:, None]], 2)
    item = loft("Spoon", rings, material=_used_beech(), label=label, parent=parent)
    depth = item.data.attributes.new("depth", "FLOAT", "POINT")
    depth.data.foreach_set("value", (hollow * (up > 0)).astype(np.float32).ravel())


def _used_beech() -> Material:
    """Return beech that cooking has darkened where the spoon is hollow."""
    beech = wood("Spoon", (0.36, 0.20, 0.085), (0.55, 0.35, 0.17), 0.22, roughness=0.55)
    base = beech.shader.inputs["Base Color"].links[0].from_socket
    stain = beech.math("MULTIPLY", beech.attribute("depth"), 0.42)
    beech.feed("Base Color", beech.mix(stain, base, (0.17, 0.075, 0.028)))
    return beech


def _spoon_measures(t: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return half width, thickness and depth of the hollow along the spoon, each (n,)."""
    bowl = np.clip((t - 0.70) / 0.30, 0, 1)
    oval = np.sqrt(np.clip(1 - (2 * bowl - 1) ** 2, 0, 1)) * (t > 0.70)
    end = np.clip(t / 0.03, 0, 1) ** 0.5
    shaft = np.interp(t, [0, 0.5, 0.74, 0.84, 1], [0.82, 0.72, 0.66, 0.3, 0.0]) * end
    half = np.hypot(shaft, 2.95 * oval**0.95)
    thick = np.hypot(shaft * 0.8, 1.5 * oval)
    return half, thick, 2.25 * np.clip(oval - 0.25, 0, 1) ** 0.8


def add_spatula(parent, label: int) -> None:
    """Add a slotted steel spatula, its blade towards +x."""
    common = {"label": label, "parent": parent}
    steel = Material("Spatula", (0.58, 0.58, 0.59), 1, 0.24)
    steel.bump(steel.noise(steel.coordinates(scale=(0.3, 20, 1)), 2, 3), 0.04, 0.01)
    blade = [(4.6, 1.0), (5.6, 2.6), (6.6, 3.5), (15.4, 4.2), (16, 3.7)]
    outline = [*blade, *[(x, -y) for x, y in blade[::-1]]]
    slots = [_slot(8.4 + 0.3 * abs(k), 14.0, 1.45 * k) for k in (-1.5, -0.5, 0.5, 1.5)]
    item = plate("Blade", outline, 0.14, slots, 0.05, material=steel, **common)
    item.location.z = 0.12
    neck = spline_points([(6.2, 0.24), (4.6, 0.4), (2.4, 1.5), (0, 2.2), (-3.5, 2.0)], 40)
    wide = np.interp(np.linspace(0, 1, 40), [0, 0.3, 0.6, 1], [1.5, 1.0, 0.5, 0.45])
    loft("Neck", sweep(neck, 0.15, wide), material=steel, **common)
    line = spline_points([(-2.0, 2.12), (-6.5, 1.75), (-11.5, 1.2), (-15.9, 1.0)], 60)
    t = np.linspace(0, 1, 60)
    round_ends = (1 - np.abs(2 * t - 1) ** 12).clip(1e-4) ** 0.5
    belly = (0.85 + 0.2 * t + 0.1 * np.cos(4 * np.pi * t)) * round_ends
    grip = Material("Spatula grip", (0.015, 0.015, 0.016), roughness=0.4)
    loft("Grip", sweep(line, 0.8 * belly, 1.25 * belly, 48), material=grip, **common)
    cylinder("Collar", 0.72, 0.5, (-1.95, 0, 2.1), (0, 85, 0), 0.1, 40, material=steel, **common)


def _slot(start: float, stop: float, y: float) -> list[tuple[float, float]]:
    """Outline a slot along x with round ends."""
    turn = np.linspace(-np.pi / 2, np.pi / 2, 9)
    right = [(stop + 0.38 * math.cos(a), y + 0.38 * math.sin(a)) for a in turn]
    return right + [(start - 0.38 * math.cos(a), y - 0.38 * math.sin(a)) for a in turn]
