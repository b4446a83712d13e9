"""Empty stage, world, camera and lights."""

from __future__ import annotations

import math
from collections.abc import Sequence

import bpy
from mathutils import Vector

Triple = Sequence[float]
WHITE = (1.0, 1.0, 1.0)


def new_stage(look: str = "AgX - Medium High Contrast", exposure: float = 0.0) -> None:
    """Start from an empty file with Cycles on the CPU and the AgX view transform."""
    bpy.ops.wm.read_factory_settings(use_empty=True)
    scene = bpy.context.scene
    scene.world = scene.world or bpy.data.worlds.new("World")
    scene.render.engine = "CYCLES"
    scene.cycles.device = "CPU"
    scene.view_settings.view_transform = "AgX"
    scene.view_settings.look = look
    scene.view_settings.exposure = exposure
    _add_camera()


def _add_camera() -> None:
    data = bpy.data.cameras.new("Camera")
    data.clip_start = 0.01
    camera = bpy.data.objects.new("Camera", data)
    bpy.context.scene.collection.objects.link(camera)
    bpy.context.scene.camera = camera


def set_world(color: Triple = WHITE, strength: float = 0.4) -> None:
    """Light the scene from all sides with one colour; calling again replaces it."""
    nodes = bpy.context.scene.world.node_tree.nodes
    nodes.clear()
    output = nodes.new("ShaderNodeOutputWorld")
    background = nodes.new("ShaderNodeBackground")
    background.inputs["Color"].default_value = (*color, 1)
    background.inputs["Strength"].default_value = strength
    bpy.context.scene.world.node_tree.links.new(background.outputs[0], output.inputs[0])


def set_camera(
    location: Triple,
    target: Triple,
    lens: float = 50.0,
    fstop: float | None = None,
    focus: Triple | None = None,
) -> None:
    """Put the camera at `location`, looking at `target`.

    `lens` is in millimetres for a 36 mm sensor. With `fstop` the picture is sharp at the
    distance of `focus` (of `target` without it) and blurred elsewhere.
    """
    camera = bpy.context.scene.camera
    aim(camera, location, target)
    camera.data.lens = lens
    camera.data.dof.use_dof = fstop is not None
    if fstop is not None:
        camera.data.dof.aperture_fstop = fstop
        camera.data.dof.focus_distance = (Vector(focus or target) - Vector(location)).length


def aim(item: bpy.types.Object, location: Triple, target: Triple) -> None:
    """Move a camera or lamp to `location` and turn it to `target`."""
    item.location = location
    direction = Vector(target) - Vector(location)
    item.rotation_euler = direction.to_track_quat("-Z", "Y").to_euler()


def add_area_light(
    location: Triple, target: Triple, size: float, power: float, color: Triple = WHITE
) -> bpy.types.Object:
    """Add a square lamp of `size` scene units and `power` watts that shines at `target`."""
    data = bpy.data.lights.new("Area", "AREA")
    data.size, data.energy, data.color = size, power, color
    lamp = bpy.data.objects.new("Area", data)
    bpy.context.scene.collection.objects.link(lamp)
    aim(lamp, location, target)
    return lamp


def add_sun(
    rotation: Triple, strength: float, angle: float = 2.0, color: Triple = WHITE
) -> bpy.types.Object:
    """Add a sun; `rotation` and its apparent size `angle` are in degrees."""
    data = bpy.data.lights.new("Sun", "SUN")
    data.energy, data.angle, data.color = strength, math.radians(angle), color
    lamp = bpy.data.objects.new("Sun", data)
    bpy.context.scene.collection.objects.link(lamp)
    lamp.rotation_euler = [math.radians(a) for a in rotation]
    return lamp
