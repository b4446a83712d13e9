"""Fur: Blender hair curves laid out with numpy, shaded like the body that they grow on."""

from __future__ import annotations

from dataclasses import dataclass

import bpy
import numpy as np

from rendering import meshes
from rendering.feathers import unit
from rendering.materials import Material

STEPS = 4


@dataclass
class Coat:
    """Hairs, one a row: root, normal of the skin, direction, length, colour (linear RGB)."""

    roots: np.ndarray
    normals: np.ndarray
    flow: np.ndarray
    lengths: np.ndarray
    colours: np.ndarray


def add_fur(name: str, coat: Coat, thickness: float, material: Material, rng, **common):
    """Add hair curves; ``thickness`` is the radius at the root in scene units."""
    count = len(coat.roots)
    data = bpy.data.hair_curves.new(name)
    data.add_curves([STEPS] * count)
    points = _hair_points(coat, rng).reshape(-1).astype(np.float32)
    data.position_data.foreach_set("vector", points)
    taper = np.tile(np.array([1.0, 0.85, 0.55, 0.12]) * thickness, count)
    radius = data.attributes.new("radius", "FLOAT", "POINT")
    radius.data.foreach_set("value", taper.astype(np.float32))
    shaded = unit(coat.normals + rng.normal(0, 0.22, coat.normals.shape))
    for key, values in (("colour", coat.colours), ("skin_normal", shaded)):
        attribute = data.attributes.new(key, "FLOAT_VECTOR", "CURVE")
        attribute.data.foreach_set("vector", values.astype(np.float32).ravel())
    return meshes.add(data, material=material, **common)


def _hair_points(coat: Coat, rng) -> np.ndarray:
    """Return the points (n, STEPS, 3): hairs rise from the skin, then lie down along the flow."""
    n = coat.normals
    along = unit(coat.flow - (coat.flow * n).sum(1, keepdims=True) * n)
    u = np.linspace(0, 1, STEPS)[None, :, None]
    rise = rng.uniform(0.35, 0.65, (len(n), 1, 1))
    height = rise * u - 0.6 * rise * u**2
    hair = along[:, None] * u * 0.9 + n[:, None] * height
    return coat.roots[:, None] + coat.lengths[:, None, None] * hair


def fur_material(name: str) -> Material:
    """Return a material that shades a hair with the normal of the skin under it.

    A ribbon that turns to the camera has a normal of its own, and a coat of them looks flat.
    """
    m = Material(name, roughness=0.7, Sheen_Weight=0.2)
    m.set("Specular IOR Level", 0.25)
    read = {
        key: m.node("ShaderNodeAttribute", attribute_name=key).outputs["Vector"]
        for key in ("colour", "skin_normal")
    }
    along = m.node("ShaderNodeHairInfo").outputs["Intercept"]
    bands = [(0.0, (0.50,) * 3), (0.45, (0.95,) * 3), (0.75, (1.15,) * 3), (1.0, (0.95,) * 3)]
    tint = m.node("ShaderNodeVectorMath", operation="MULTIPLY")
    m.link(read["colour"], tint.inputs[0])
    m.link(m.ramp(along, bands), tint.inputs[1])
    m.feed("Base Color", tint.outputs[0])
    turn = m.node("ShaderNodeVectorTransform", vector_type="NORMAL")
    turn.convert_from, turn.convert_to = "OBJECT", "WORLD"
    m.link(read["skin_normal"], turn.inputs[0])
    m.feed("Normal", turn.outputs[0])
    return m
