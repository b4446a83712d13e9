"""Mesh builders. Every function links the new object to the scene and returns it.

Common arguments: `label` is the object's number in the masks (0: background), `material` a
:class:`rendering.materials.Material`, `parent` an object that it moves with. Angles are degrees.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import bmesh
import bpy
import numpy as np

from rendering.materials import Material

Triple = Sequence[float]
ORIGIN = (0.0, 0.0, 0.0)
SMOOTH = 180.0


def add(
    data: Any,
    label: int = 0,
    material: Material | None = None,
    parent: bpy.types.Object | None = None,
) -> bpy.types.Object:
    """Link a datablock (mesh or curve) to the scene as an object of the same name."""
    item = bpy.data.objects.new(data.name if data else "Empty", data)
    bpy.context.scene.collection.objects.link(item)
    item.pass_index = label
    item.parent = parent
    if material:
        data.materials.append(material.data)
    return item


def empty(location: Triple = ORIGIN, rotation: Triple = ORIGIN, parent=None) -> bpy.types.Object:
    """Add a handle without a shape, to move what is parented to it."""
    item = add(None, parent=parent)
    item.location, item.rotation_euler = location, [math.radians(a) for a in rotation]
    return item


def mesh(
    name: str,
    vertices: Sequence[Triple],
    faces: Sequence[Sequence[int]],
    smooth: float | None = None,
    **common: Any,
) -> bpy.types.Object:
    """Add a mesh; edges flatter than `smooth` degrees are shaded smooth (None: all flat)."""
    data = bpy.data.meshes.new(name)
    data.from_pydata(np.asarray(vertices, float).tolist(), [], list(faces))
    data.validate()
    item = add(data, **common)
    if smooth is not None:
        shade(item, smooth)
    return item


def shade(item: bpy.types.Object, angle: float = 35.0) -> None:
    """Shade smooth but for edges sharper than `angle` degrees."""
    item.data.shade_smooth()
    if angle < SMOOTH:
        item.data.set_sharp_from_angle(angle=math.radians(angle))


def bevel(item: bpy.types.Object, width: float, segments: int = 3, angle: float = 30.0) -> None:
    """Round the edges that are sharper than `angle` degrees."""
    modifier = item.modifiers.new("Bevel", "BEVEL")
    modifier.width, modifier.segments = width, segments
    modifier.limit_method, modifier.angle_limit = "ANGLE", math.radians(angle)
    modifier.harden_normals = True
    shade(item, SMOOTH)


def clean(data: bpy.types.Mesh, merge: float = 1e-6, flatten: float | None = None) -> None:
    """Merge double vertices, turn normals outwards; `flatten` dissolves flat edges (degrees)."""
    work = bmesh.new()
    work.from_mesh(data)
    bmesh.ops.remove_doubles(work, verts=work.verts, dist=merge)
    if flatten is not None:
        bmesh.ops.dissolve_limit(
            work, angle_limit=math.radians(flatten), verts=work.verts, edges=work.edges
        )
    bmesh.ops.recalc_face_normals(work, faces=work.faces)
    work.to_mesh(data)
    work.free()


def box(
    name: str,
    size: Triple,
    location: Triple = ORIGIN,
    rotation: Triple = ORIGIN,
    rounding: float = 0.0,
    **common: Any,
) -> bpy.types.Object:
    """Add a box of `size`, with edges rounded by `rounding`."""
    corners = [
        (x * size[0] / 2, y * size[1] / 2, z * size[2] / 2)
        for x in (-1, 1)
        for y in (-1, 1)
        for z in (-1, 1)
    ]
    faces = [(0, 1, 3, 2), (4, 6, 7, 5), (0, 4, 5, 1), (2, 3, 7, 6), (0, 2, 6, 4), (1, 5, 7, 3)]
    item = mesh(name, corners, faces, **common)
    item.location, item.rotation_euler = location, [math.radians(a) for a in rotation]
    if rounding:
        bevel(item, rounding)
    return item


def lathe(
    name: str,
    profile: Sequence[tuple[float, float]],
    steps: int = 96,
    smooth: float = 35.0,
    closed: bool = False,
    **common: Any,
) -> bpy.types.Object:
    """Turn a profile of (radius, height) points about the z axis; `closed` joins its ends."""
    angles = np.linspace(0, 2 * np.pi, steps, endpoint=False)
    radius, height = np.asarray(profile, float).T
    ring = np.stack([np.cos(angles), np.sin(angles)], 1)[:, None] * radius[None, :, None]
    z = np.broadcast_to(height[None, :, None], (*ring.shape[:2], 1))
    vertices = np.concatenate([ring, z], 2).reshape(-1, 3)
    faces = _grid_faces(steps, len(radius), closed)
    item = mesh(name, vertices, faces, **common)
    clean(item.data)
    shade(item, smooth)
    return item


def _grid_faces(rows: int, columns: int, closed: bool) -> list[tuple[int, int, int, int]]:
    faces = []
    for i in range(rows):
        j = (i + 1) % rows
        for p in range(columns if closed else columns - 1):
            q = (p + 1) % columns
            faces.append((i * columns + p, j * columns + p, j * columns + q, i * columns + q))
    return faces


def loft(name: str, rings: np.ndarray, smooth: float = SMOOTH, **common: Any) -> bpy.types.Object:
    """Stretch a skin over rings of points, shape (rings, points, 3), closed at both ends."""
    rows, columns = rings.shape[:2]
    sides = [
        (i * columns + j, i * columns + k, (i + 1) * columns + k, (i + 1) * columns + j)
        for i in range(rows - 1)
        for j, k in zip(range(columns), [*range(1, columns), 0])
    ]
    last = (rows - 1) * columns
    ends = [tuple(range(columns))[::-1], tuple(range(last, last + columns))]
    return mesh(name, rings.reshape(-1, 3), [*sides, *ends], smooth, **common)


def sweep(
    line: np.ndarray,
    out: Sequence[float] | float,
    side: Sequence[float] | float,
    steps: int = 32,
) -> np.ndarray:
    """Sweep an ellipse along a curve, for `loft`.

    Parameters
    ----------
    line
        Points (n, 2) of the curve in the x-z plane.
    out, side
        Half axes of the ellipse in the plane and across it, one for all points or one for each.
    steps
        Points around.

    Returns
    -------
    numpy.ndarray
        Rings, shape (n, steps, 3).
    """
    ahead = np.gradient(line, axis=0)
    ahead /= np.linalg.norm(ahead, axis=1, keepdims=True)
    angle = np.linspace(0, 2 * np.pi, steps, endpoint=False)
    out = np.broadcast_to(out, len(line))[:, None] * np.cos(angle)
    side = np.broadcast_to(side, len(line))[:, None] * np.sin(angle)
    x = line[:, :1] - ahead[:, 1:] * out
    z = line[:, 1:] + ahead[:, :1] * out
    return np.stack([x, side, z], 2)


def rounded_rectangle(
    width: float, depth: float, radius: float, steps: int = 8
) -> list[tuple[float, float]]:
    """Outline a rectangle about (0, 0) with round corners, for `plate`."""
    corners = ((1, 1, 0), (-1, 1, 90), (-1, -1, 180), (1, -1, 270))
    return [
        (
            x * (width / 2 - radius) + radius * math.cos(angle),
            y * (depth / 2 - radius) + radius * math.sin(angle),
        )
        for x, y, start in corners
        for angle in np.radians(np.linspace(start, start + 90, steps))
    ]


def plate(
    name: str,
    outline: Sequence[tuple[float, float]],
    thickness: float,
    holes: Sequence[Sequence[tuple[float, float]]] = (),
    rounding: float = 0.0,
    **common: Any,
) -> bpy.types.Object:
    """Cut a flat shape with holes out of a sheet that lies in the x-y plane."""
    curve = bpy.data.curves.new(name, "CURVE")
    curve.dimensions, curve.fill_mode, curve.extrude = "2D", "BOTH", thickness / 2
    for points in (outline, *holes):
        _polyline(curve, [(*p, 0.0) for p in points], cyclic=True)
    data = _as_mesh(curve)
    clean(data, flatten=1.0)
    item = add(data, **common)
    if rounding:
        bevel(item, rounding, angle=40)
    else:
        shade(item)
    return item


def _polyline(curve: bpy.types.Curve, points: Sequence[Triple], cyclic: bool) -> Any:
    spline = curve.splines.new("POLY")
    spline.points.add(len(points) - 1)
    spline.use_cyclic_u = cyclic
    for target, point in zip(spline.points, points):
        target.co = (*point, 1)
    return spline


def _as_mesh(curve: bpy.types.ID) -> bpy.types.Mesh:
    """Turn a curve or text into a mesh datablock of the same name."""
    item = bpy.data.objects.new(curve.name, curve)
    bpy.context.scene.collection.objects.link(item)
    graph = bpy.context.evaluated_depsgraph_get()
    data = bpy.data.meshes.new_from_object(item.evaluated_get(graph))
    bpy.data.objects.remove(item)
    data.materials.clear()
    return data


def tube(
    name: str,
    points: Sequence[Triple],
    radius: float | Sequence[float],
    cyclic: bool = False,
    smooth: bool = True,
    resolution: int = 6,
    **common: Any,
) -> bpy.types.Object:
    """Draw a round tube through `points`, of one radius or of one per point."""
    curve = bpy.data.curves.new(name, "CURVE")
    curve.dimensions, curve.bevel_depth, curve.bevel_resolution = "3D", 1.0, resolution
    curve.use_fill_caps = True
    spline = _polyline(curve, points, cyclic)
    for target, value in zip(spline.points, np.broadcast_to(radius, len(points))):
        target.radius = value
    if smooth:
        spline.type = "NURBS"
        spline.order_u, spline.resolution_u = 4, 8
        spline.use_endpoint_u = not cyclic
    return add(curve, **common)


def text(
    name: str, words: str, size: float, spacing: float = 1.0, edge: float = 0.3
) -> bpy.types.Mesh:
    """Set centred type in Blender's own font, as a mesh with edges no longer than `edge`."""
    curve = bpy.data.curves.new(name, "FONT")
    curve.body, curve.size = words, size
    curve.align_x, curve.space_character = "CENTER", spacing
    data = _as_mesh(curve)
    work = bmesh.new()
    work.from_mesh(data)
    long_edges = [e for e in work.edges if e.calc_length() > edge]
    bmesh.ops.subdivide_edges(work, edges=long_edges, cuts=3)
    bmesh.ops.triangulate(work, faces=work.faces)
    work.to_mesh(data)
    work.free()
    return data


def sphere(
    name: str,
    radius: float,
    location: Triple = ORIGIN,
    scale: Triple = (1, 1, 1),
    steps: int = 48,
    **common: Any,
) -> bpy.types.Object:
    """Add a ball with `steps` meridians."""
    angles = np.linspace(0, np.pi, steps // 2 + 1)
    profile = np.stack([radius * np.sin(angles), -radius * np.cos(angles)], 1)
    item = lathe(name, profile, steps, SMOOTH, **common)
    item.location, item.scale = location, scale
    return item


def cylinder(
    name: str,
    radius: float,
    height: float,
    location: Triple = ORIGIN,
    rotation: Triple = ORIGIN,
    rounding: float = 0.0,
    steps: int = 64,
    **common: Any,
) -> bpy.types.Object:
    """Add an upright cylinder about `location`, with rims rounded by `rounding`."""
    turn = np.linspace(0, np.pi / 2, 5 if rounding else 1)
    lower = [
        (radius - rounding + rounding * math.sin(a), rounding - height / 2 - rounding * math.cos(a))
        for a in turn
    ]
    if not rounding:
        lower = [(radius, -height / 2)]
    upper = [(r, -z) for r, z in lower[::-1]]
    item = lathe(name, [(0, -height / 2), *lower, *upper, (0, height / 2)], steps, **common)
    item.location, item.rotation_euler = location, [math.radians(a) for a in rotation]
    return item


def spline_points(knots: Sequence[Sequence[float]], count: int = 40) -> np.ndarray:
    """Draw `count` points on a Catmull-Rom spline through `knots`; returns (count, dims)."""
    knots = np.asarray(knots, float)
    padded = np.concatenate([knots[:1], knots, knots[-1:]])
    at = np.linspace(0, len(knots) - 1, count)
    i = np.minimum(at.astype(int), len(knots) - 2)
    f = (at - i)[:, None]
    a, b, c, d = (padded[i + k] for k in range(4))
    cubic = -a + 3 * b - 3 * c + d
    return 0.5 * (2 * b + (c - a) * f + (2 * a - 5 * b + 4 * c - d) * f**2 + cubic * f**3)
