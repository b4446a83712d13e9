"""Do balls stay apart in the picture? Arithmetic that lets a sampler propose good layouts.

The label masks decide in the end (`rendering.layouts`); asking here first saves rendering them
for layouts that are hopeless. No Blender in here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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
