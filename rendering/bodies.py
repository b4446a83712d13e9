"""Smooth bodies: ellipsoids melted into one skin."""

from __future__ import annotations

import math
from collections.abc import Sequence

import bmesh
import bpy
import numpy as np
from mathutils import Matrix

from rendering.meshes import spline_points

#: Centre, radii, tilt about the y axis in degrees (positive: the front goes down).
Ellipsoid = tuple[Sequence[float], Sequence[float], float]


def melt(name: str, parts: Sequence[Ellipsoid], voxel: float, smoothing: int):
    """Return a mesh: the union of the ellipsoids on a grid of ``voxel`` units, smoothed."""
    item = bpy.data.objects.new(name, _union(name, parts))
    bpy.context.scene.collection.objects.link(item)
    remesh = item.modifiers.new("Remesh", "REMESH")
    remesh.mode, remesh.voxel_size = "VOXEL", voxel
    smooth = item.modifiers.new("Smooth", "SMOOTH")
    smooth.factor, smooth.iterations = 0.5, smoothing
    graph = bpy.context.evaluated_depsgraph_get()
    mesh = bpy.data.meshes.new_from_object(item.evaluated_get(graph))
    bpy.data.objects.remove(item)
    mesh.shade_smooth()
    return mesh


def _union(name: str, parts: Sequence[Ellipsoid]):
    work = bmesh.new()
    for centre, radii, tilt in parts:
        place = Matrix.Translation(centre) @ Matrix.Rotation(math.radians(tilt), 4, "Y")
        place = place @ Matrix.Diagonal((*radii, 1))
        bmesh.ops.create_icosphere(work, subdivisions=4, radius=1, matrix=place)
    mesh = bpy.data.meshes.new(name)
    work.to_mesh(mesh)
    work.free()
    return mesh


def chain(knots: Sequence[Sequence[float]], count: int) -> list[Ellipsoid]:
    """Return ``count`` ellipsoids along a curve; knots are (x, y, z, radius, half width)."""
    points = spline_points(knots, count)
    return [(p[:3].tolist(), (p[3], p[4], p[3]), 0.0) for p in np.asarray(points)]
