"""Do balls stay apart in the picture? Arithmetic that lets a sampler propose good layouts.

The label masks decide in the end (`rendering.layouts`); asking here first saves rendering them
for layouts that are hopeless. No Blender in here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

SENSOR = 36.0


def project(balls: np.ndarray, camera: Mapping[str, Any]) -> np.ndarray:
    """Project balls (n, 4: x, y, z, radius) to the picture of a layout's camera.

    Returns
    -------
    numpy.ndarray
        Centre to the right, centre upwards, radius, shape (n, 3), in half pictures: the frame
        reaches from -1 to 1.
    """
    balls = np.asarray(balls, float)
    location, target = (np.asarray(camera[key], float) for key in ("location", "target"))
    forward = target - location
    forward /= np.linalg.norm(forward)
    right = np.cross(forward, [0.0, 0.0, 1.0])
    right /= np.linalg.norm(right)
    offset = balls[:, :3] - location
    scale = 2 * camera["lens"] / SENSOR / (offset @ forward)
    up = np.cross(right, forward)
    return np.stack([offset @ right * scale, offset @ up * scale, balls[:, 3] * scale], 1)


def inside(discs: np.ndarray, margin: float = 0.04) -> bool:
    """Say whether all discs (n, 3) of `project` lie in the frame, `margin` from its edge."""
    return bool((np.abs(discs[:, :2]) + discs[:, 2:] < 1 - margin).all())


def apart(groups: Sequence[np.ndarray], margin: float = 0.02) -> bool:
    """Say whether no disc of one group touches one of another; groups are arrays (n, 3)."""
    for i, one in enumerate(groups):
        for other in groups[i + 1 :]:
            gap = np.linalg.norm(one[:, None, :2] - other[None, :, :2], axis=2)
            if (gap < one[:, None, 2] + other[None, :, 2] + margin).any():
                return False
    return True


def draw_apart(
    rng: np.random.Generator,
    draw_freely: Callable[[np.random.Generator], dict[str, Any]],
    balls: Mapping[str, np.ndarray],
) -> dict[str, Any]:
    """Draw layouts until the balls around all things stay apart and in the frame.

    Parameters
    ----------
    rng
        Where chance comes from.
    draw_freely
        Draws a layout with a camera and, for each thing, a place: `at` (x, y) and `turn` (degrees).
    balls
        Thing to the balls (n, 4: x, y, z, radius) that hold it at the origin.

    Returns
    -------
    dict
        The first layout that will do.
    """
    while True:
        layout = draw_freely(rng)
        discs = [
            project(turned(balls[name], spot["turn"], spot["at"]), layout["camera"])
            for name, spot in layout["placement"].items()
        ]
        if all(inside(group) for group in discs) and apart(discs):
            return layout


def box_of_balls(low: Sequence[float], high: Sequence[float], radius: float) -> np.ndarray:
    """Fill the box between two corners with overlapping balls of `radius`; returns (n, 4)."""
    axes = []
    for a, b in zip(low, high):
        count = 1 + int((b - a) / (1.4 * radius))
        inset = min(radius, (b - a) / 2)
        axes.append(np.linspace(a + inset, b - inset, count))
    centres = np.stack(np.meshgrid(*axes), -1).reshape(-1, 3)
    return np.column_stack([centres, np.full(len(centres), radius)])


def turned(points: np.ndarray, degrees: float, shift: Sequence[float]) -> np.ndarray:
    """Turn points (n, 3) about the z axis, then shift them by `shift` (x, y)."""
    angle = np.radians(degrees)
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    moved = np.array(points, float)
    moved[:, :2] = moved[:, :2] @ turn + np.asarray(shift, float)[:2]
    return moved


def on_sphere(azimuth: float, elevation: float, distance: float) -> np.ndarray:
    """Return the point (3,) at these angles (degrees); azimuth 0 is towards -y."""
    a, e = np.radians(azimuth), np.radians(elevation)
    return distance * np.array([np.sin(a) * np.cos(e), -np.cos(a) * np.cos(e), np.sin(e)])
