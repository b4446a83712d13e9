"""Feathers, leaves and blades of grass: many small curved shapes merged into one mesh.

Particle systems left bald patches in the study, so the shapes are laid out with numpy: a root, a
normal and a direction each. One mesh holds thousands of them, which Cycles renders quickly.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields

import bpy
import numpy as np
from mathutils import Vector
from mathutils.kdtree import KDTree

from rendering.materials import Material, Socket

#: Half width of a shape along its length (0 root, 1 tip), as a share of its greatest half width.
OUTLINES: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "feather": lambda u: np.sqrt(u + 0.06) * np.sqrt(np.clip(1.02 - u**3.2, 0, 1)),
    "quill": lambda u: np.minimum(1, 0.35 + 2.2 * u) * np.sqrt(np.clip(1.01 - u**7, 0, 1)),
    "hackle": lambda u: np.sqrt(u + 0.1) * np.clip(1.02 - u**1.8, 0, 1) ** 0.8 * 1.15,
    "blade": lambda u: np.clip(1.02 - u**1.5, 0, 1),
}


@dataclass
class Tufts:
    """Where and how ``n`` shapes grow; every field is an array with ``n`` rows.

    ``flow`` need not be tangent: it is projected on the plane across ``normals``. ``edges`` is the
    colour of the rim (the lacing of a feather). ``lift`` raises the shape off the surface and
    ``curl`` bends its tip back, both as shares of the length. All lengths are in scene units.
    """

    roots: np.ndarray
    normals: np.ndarray
    flow: np.ndarray
    lengths: np.ndarray
    widths: np.ndarray
    colours: np.ndarray
    edges: np.ndarray
    lift: np.ndarray
    curl: np.ndarray

    def __len__(self) -> int:
        return len(self.roots)


def tufts(roots, normals, flow, lengths, widths, colours, edges=None, lift=0.1, curl=0.1) -> Tufts:
    """Return `Tufts` with every value spread to one row a root (a number serves all)."""
    count = len(roots)

    def rows(value, *columns):
        return np.broadcast_to(np.asarray(value, float), (count, *columns)).copy()

    return Tufts(
        rows(roots, 3),
        unit(rows(normals, 3)),
        rows(flow, 3),
        rows(lengths),
        rows(widths),
        rows(colours, 3),
        rows(colours if edges is None else edges, 3),
        rows(lift),
        rows(curl),
    )


def join(parts: Sequence[Tufts]) -> Tufts:
    """Put the shapes of several `Tufts` together."""
    return Tufts(*(np.concatenate(columns) for columns in zip(*map(_columns, parts))))


def _columns(t: Tufts) -> list[np.ndarray]:
    return [getattr(t, field.name) for field in fields(t)]


def unit(vectors: np.ndarray) -> np.ndarray:
    """Return the vectors (n, 3) scaled to length one."""
    return vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)


def smoothstep(low: float, high: float, x: np.ndarray) -> np.ndarray:
    """Rise smoothly from 0 at ``low`` to 1 at ``high`` (which may be the smaller)."""
    t = np.clip((x - low) / (high - low), 0, 1)
    return t * t * (3 - 2 * t)


def surface_points(mesh, count: int, rng) -> tuple[np.ndarray, np.ndarray]:
    """Draw ``count`` points evenly by area on a mesh; return them and their unit normals."""
    mesh.calc_loop_triangles()
    corners = np.array([t.vertices[:] for t in mesh.loop_triangles])
    places = np.array([v.co[:] for v in mesh.vertices])
    directions = np.array([v.normal[:] for v in mesh.vertices])
    a, b, c = (places[corners[:, k]] for k in range(3))
    areas = np.linalg.norm(np.cross(b - a, c - a), axis=1)
    pick = rng.choice(len(corners), count, p=areas / areas.sum())
    r = rng.random((count, 2))
    r = np.where(r.sum(1, keepdims=True) > 1, 1 - r, r)
    weights = np.stack([1 - r.sum(1), r[:, 0], r[:, 1]], 1)[:, :, None]
    inside = (places[corners[pick]] * weights).sum(1)
    return inside, unit((directions[corners[pick]] * weights).sum(1))


def spread_out(points: np.ndarray, spacing: np.ndarray) -> np.ndarray:
    """Return the indices of points kept so that none lies within its neighbour's ``spacing``.

    Dart throwing: feathers in even rows look grown, feathers at random look ruffled.
    """
    tree = KDTree(len(points))
    for i, p in enumerate(points):
        tree.insert(Vector(p), i)
    tree.balance()
    free = np.ones(len(points), bool)
    kept = []
    for i, p in enumerate(points):
        if free[i]:
            kept.append(i)
            for _, j, _ in tree.find_range(Vector(p), spacing[i]):
                free[j] = False
    return np.array(kept)


def _positions(t: Tufts, u: np.ndarray, v: np.ndarray, outline: np.ndarray, cup: float):
    """Return the vertices (n, len(u), 3) of all shapes; ``cup`` hollows them across."""
    along = unit(t.flow - (t.flow * t.normals).sum(1, keepdims=True) * t.normals)
    across = np.cross(t.normals, along)
    length, width = t.lengths[:, None], t.widths[:, None]
    height = length * (t.lift[:, None] * u - t.curl[:, None] * u**2)
    height = height - 0.5 * cup * width * v**2 * outline
    return (
        t.roots[:, None]
        + along[:, None] * (length * u)[..., None]
        + t.normals[:, None] * height[..., None]
        + across[:, None] * (width * v * outline)[..., None]
    )


def _grid_faces(count: int, rows: int, columns: int) -> np.ndarray:
    """Return the corner indices (faces, 4) of ``count`` grids of rows x columns vertices."""
    one = np.array(
        [
            (i * columns + j, i * columns + j + 1, (i + 1) * columns + j + 1, (i + 1) * columns + j)
            for i in range(rows - 1)
            for j in range(columns - 1)
        ]
    )
    return (one[None] + (np.arange(count) * rows * columns)[:, None, None]).reshape(-1, 4)


def quad_mesh(name: str, vertices: np.ndarray, faces: np.ndarray):
    """Return a smooth mesh made from vertices (n, 3) and quads (m, 4), without Python loops."""
    mesh = bpy.data.meshes.new(name)
    mesh.vertices.add(len(vertices))
    mesh.vertices.foreach_set("co", vertices.astype(np.float32).ravel())
    mesh.loops.add(faces.size)
    mesh.loops.foreach_set("vertex_index", faces.astype(np.int32).ravel())
    mesh.polygons.add(len(faces))
    mesh.polygons.foreach_set("loop_start", np.arange(0, faces.size, 4, dtype=np.int32))
    mesh.update(calc_edges=True)
    mesh.shade_smooth()
    return mesh


def _store(mesh, name: str, values: np.ndarray) -> None:
    """Store values (vertices, 3) as a point attribute that a shader can read."""
    attribute = mesh.attributes.new(name, "FLOAT_VECTOR", "POINT")
    attribute.data.foreach_set("vector", values.astype(np.float32).ravel())


def tuft_mesh(name: str, t: Tufts, outline: str = "feather", cup: float = 0.25, steps: int = 7):
    """Merge all shapes into one mesh with the attributes ``colour``, ``edge`` and ``place``.

    ``place`` is (share of the length, share of the half width from -1 to 1, a random number a
    shape); the feather and grass shaders paint with it.
    """
    u, v = (g.ravel() for g in np.meshgrid(np.linspace(0, 1, steps), [-1, 0, 1], indexing="ij"))
    shape = OUTLINES[outline](u)
    places = _positions(t, u, v, shape, cup)
    mesh = quad_mesh(name, places.reshape(-1, 3), _grid_faces(len(t), steps, 3))
    chance = np.random.default_rng(0).random((len(t), 1))
    each = np.ones((len(t), len(u)))
    _store(mesh, "colour", np.repeat(t.colours, len(u), axis=0))
    _store(mesh, "edge", np.repeat(t.edges, len(u), axis=0))
    _store(mesh, "place", np.stack([each * u, each * v, each * chance], -1).reshape(-1, 3))
    return mesh


def feather_material(name: str, roughness: float = 0.6) -> Material:
    """Return a material that paints feathers: dark root, light shaft, rim, fine barbs."""
    m = Material(name, roughness=roughness, Sheen_Weight=0.12)
    u, v, chance = _parts(m, _vector(m, "place"))
    side = m.math("ABSOLUTE", v, 0.0)
    rim = m.ramp(m.math("MAXIMUM", side, u), [(0.70, (0, 0, 0)), (0.93, (1, 1, 1))])
    paint = m.mix(rim, _vector(m, "colour"), _vector(m, "edge"))
    root = m.ramp(u, [(0.0, (0.38,) * 3), (0.5, (0.88,) * 3), (0.8, (1.0,) * 3)])
    shaft = m.ramp(side, [(0.0, (1.12,) * 3), (0.10, (1.0,) * 3), (1.0, (0.9,) * 3)])
    for layer in (root, shaft, _barbs(m, u, side, chance)):
        paint = _times(m, paint, layer)
    m.feed("Base Color", paint)
    return m


def _barbs(m: Material, u: Socket, side: Socket, chance: Socket) -> Socket:
    """Return faint streaks that run from the shaft to the rim, different on every feather."""
    slanted = m.math("SUBTRACT", m.math("MULTIPLY", u, 14.0), m.math("MULTIPLY", side, 5.0))
    node = m.node("ShaderNodeCombineXYZ")
    for socket, value in zip(node.inputs, (slanted, side, m.math("MULTIPLY", chance, 90.0))):
        m.link(value, socket)
    return m.ramp(m.noise(node.outputs[0], 1.6, 2), [(0.3, (0.84,) * 3), (0.7, (1.08,) * 3)])


def leaf_material(name: str, roughness: float = 0.5) -> Material:
    """Return a material for grass and leaves: darker at the root, some light shines through."""
    m = Material(name, roughness=roughness, Subsurface_Weight=0.0)
    u, _, _ = _parts(m, _vector(m, "place"))
    root = m.ramp(u, [(0.0, (0.45,) * 3), (0.6, (1.0,) * 3), (1.0, (1.15,) * 3)])
    m.feed("Base Color", _times(m, _vector(m, "colour"), root))
    return m


def _vector(m: Material, name: str) -> Socket:
    return m.node("ShaderNodeAttribute", attribute_name=name).outputs["Vector"]


def _parts(m: Material, vector: Socket) -> tuple[Socket, ...]:
    node = m.node("ShaderNodeSeparateXYZ")
    m.link(vector, node.inputs[0])
    return tuple(node.outputs)


def _times(m: Material, first: Socket, second: Socket) -> Socket:
    """Multiply two colours."""
    node = m.node("ShaderNodeVectorMath", operation="MULTIPLY")
    m.link(first, node.inputs[0])
    m.link(second, node.inputs[1])
    return node.outputs[0]
