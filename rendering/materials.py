"""Materials: a thin layer over Blender's Principled shader and its nodes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import bpy

Color = Sequence[float]
Socket = bpy.types.NodeSocket


class Material:
    """A Principled material that is built up step by step.

    Parameters
    ----------
    name
        Name in Blender.
    color
        Linear RGB, 0..1.
    metallic, roughness
        As in the Principled shader.
    **inputs
        Further inputs of the shader with underscores for spaces, for example ``Coat_Weight=0.3``.
    """

    def __init__(
        self,
        name: str,
        color: Color = (0.8, 0.8, 0.8),
        metallic: float = 0.0,
        roughness: float = 0.5,
        **inputs: Any,
    ) -> None:
        self.data = bpy.data.materials.new(name)
        self.tree = self.data.node_tree
        self.shader = self.tree.nodes["Principled BSDF"]
        self.set("Base Color", (*color, 1))
        self.set("Metallic", metallic)
        self.set("Roughness", roughness)
        for key, value in inputs.items():
            self.set(key.replace("_", " "), value)

    def set(self, name: str, value: Any) -> None:
        """Set an input of the Principled shader to a constant."""
        self.shader.inputs[name].default_value = value

    def feed(self, name: str, socket: Socket) -> None:
        """Connect `socket` to an input of the Principled shader."""
        self.link(socket, self.shader.inputs[name])

    def link(self, source: Socket, target: Socket) -> None:
        """Connect two sockets."""
        self.tree.links.new(source, target)

    def node(self, kind: str, **values: Any) -> bpy.types.Node:
        """Add a node; `values` are inputs (underscores for spaces) or else properties."""
        node = self.tree.nodes.new(kind)
        for key, value in values.items():
            name = key.replace("_", " ")
            if name in node.inputs:
                node.inputs[name].default_value = value
            else:
                setattr(node, key, value)
        return node

    def coordinates(
        self, kind: str = "Object", scale: Color = (1, 1, 1), rotation: Color = (0, 0, 0)
    ) -> Socket:
        """Texture coordinates, scaled and turned (radians)."""
        source = self.node("ShaderNodeTexCoord")
        mapping = self.node("ShaderNodeMapping", Scale=scale, Rotation=rotation)
        self.link(source.outputs[kind], mapping.inputs["Vector"])
        return mapping.outputs["Vector"]

    def noise(
        self,
        vector: Socket,
        scale: float,
        detail: float = 4.0,
        roughness: float = 0.5,
        distortion: float = 0.0,
    ) -> Socket:
        """Fractal noise, about 0.5 in the middle."""
        node = self.node(
            "ShaderNodeTexNoise",
            Scale=scale,
            Detail=detail,
            Roughness=roughness,
            Distortion=distortion,
        )
        self.link(vector, node.inputs["Vector"])
        return node.outputs[0]

    def ramp(
        self, factor: Socket, stops: Sequence[tuple[float, Color]], interpolation: str = "LINEAR"
    ) -> Socket:
        """Map 0..1 to colours; `stops` are (position, colour) in ascending order."""
        node = self.node("ShaderNodeValToRGB")
        node.color_ramp.interpolation = interpolation
        elements = node.color_ramp.elements
        while len(elements) < len(stops):
            elements.new(0.5)
        for element, (position, color) in zip(elements, stops):
            element.position, element.color = position, (*color, 1)
        self.link(factor, node.inputs[0])
        return node.outputs["Color"]

    def attribute(self, name: str) -> Socket:
        """A per-vertex number of the mesh."""
        return self.node("ShaderNodeAttribute", attribute_name=name).outputs["Fac"]

    def color_attribute(self, name: str) -> Socket:
        """A per-vertex colour of the mesh."""
        return self.node("ShaderNodeAttribute", attribute_name=name).outputs["Color"]

    def math(self, operation: str, first: Socket | float, second: Socket | float) -> Socket:
        """Combine two numbers, for example with "MULTIPLY"."""
        node = self.node("ShaderNodeMath", operation=operation)
        self._fill(node.inputs[0], first)
        self._fill(node.inputs[1], second)
        return node.outputs[0]

    def mix(self, factor: Socket, first: Socket | Color, second: Socket | Color) -> Socket:
        """Blend two colours: `first` at 0, `second` at 1."""
        node = self.node("ShaderNodeMix", data_type="RGBA")
        self.link(factor, node.inputs["Factor"])
        a, b = (s for s in node.inputs if s.type == "RGBA")
        self._fill(a, first)
        self._fill(b, second)
        return next(s for s in node.outputs if s.type == "RGBA")

    def _fill(self, target: Socket, value: Socket | float | Color) -> None:
        if isinstance(value, bpy.types.NodeSocket):
            self.link(value, target)
        else:
            is_color = isinstance(value, Sequence)
            target.default_value = (*value, 1) if is_color else value

    def bump(
        self, height: Socket, strength: float = 0.2, distance: float = 0.01, invert: bool = False
    ) -> None:
        """Let `height` dent the surface; `distance` is in scene units."""
        node = self.node("ShaderNodeBump", Strength=strength, Distance=distance)
        node.invert = invert
        self.link(height, node.inputs["Height"])
        self.feed("Normal", node.outputs[0])


def wood(
    name: str, dark: Color, light: Color, scale: float = 1.0, axis: int = 0, **inputs: Any
) -> Material:
    """Wood with its grain along `axis`; `scale` is grain per scene unit."""
    material = Material(name, **inputs)
    stretch = [6 * scale] * 3
    stretch[axis] = 0.5 * scale
    grain = material.noise(material.coordinates(scale=stretch), 2.5, 8, 0.6, 1.2)
    material.feed("Base Color", material.ramp(grain, [(0.3, dark), (0.7, light)]))
    material.bump(grain, 0.08, 0.01)
    return material
