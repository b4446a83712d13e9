"""Cycles: what is shown, one picture, one exact label mask. Arrays out, no lasting files."""

from __future__ import annotations

import tempfile
from collections.abc import Collection, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path
from typing import Any

import bpy
import numpy as np
from PIL import Image

SHAPES = {"MESH", "CURVE", "CURVES", "FONT", "META"}
THREADS = 2


def show(hidden: Collection[int] = (), shadow_kept: bool = False) -> None:
    """Hide the objects with these labels: altogether, or from the camera only."""
    for item in bpy.data.objects:
        if item.type in SHAPES:
            gone = item.pass_index in hidden
            item.hide_render = gone and not shadow_kept
            item.visible_camera = not (gone and shadow_kept)


def render_picture(size: int, samples: int) -> np.ndarray:
    """Render what is shown; returns uint8 RGB of shape (size, size, 3)."""
    scene = bpy.context.scene
    scene.cycles.samples = samples
    scene.cycles.seed = 0
    scene.cycles.use_adaptive_sampling = False
    scene.cycles.use_denoising, scene.cycles.denoiser = True, "OPENIMAGEDENOISE"
    scene.cycles.max_bounces, scene.cycles.transparent_max_bounces = 8, 16
    scene.cycles.sample_clamp_indirect = 8
    return _render(size, "RGB")


def render_labels(size: int) -> np.ndarray:
    """Render the exact label mask of what is shown; returns uint8 of shape (size, size).

    One sample through the middle of each pixel; every surface emits its object's label, and
    nothing that could change a value on its way to the file is left on.
    """
    scene = bpy.context.scene
    cycles, view = scene.cycles, scene.view_settings
    with ExitStack() as changes:
        for owner, values in (
            (view, {"look": "None", "exposure": 0.0}),
            (view, {"view_transform": "Raw"}),
            (cycles, {"samples": 1, "use_denoising": False}),
            (cycles, {"pixel_filter_type": "BOX", "filter_width": 0.01}),
            (scene.camera.data.dof, {"use_dof": False}),
            (scene, {"world": _black_world()}),
            (bpy.context.view_layer, {"material_override": _label_material()}),
        ):
            changes.enter_context(_changed(owner, **values))
        for lamp in (item for item in bpy.data.objects if item.type == "LIGHT"):
            changes.enter_context(_changed(lamp, hide_render=True))
        return _render(size, "BW")


def black_world() -> AbstractContextManager[None]:
    """Take away the light from all sides while the context lasts; the lamps stay."""
    return _changed(bpy.context.scene, world=_black_world())


@contextmanager
def _changed(owner: Any, **values: Any) -> Iterator[None]:
    old = {key: getattr(owner, key) for key in values}
    for key, value in values.items():
        setattr(owner, key, value)
    yield
    for key, value in old.items():
        setattr(owner, key, value)


def _black_world() -> bpy.types.World:
    world = bpy.data.worlds.get("Black") or bpy.data.worlds.new("Black")
    world.node_tree.nodes["Background"].inputs["Strength"].default_value = 0
    return world


def _label_material() -> bpy.types.Material:
    known = bpy.data.materials.get("Labels")
    return known or _new_label_material()


def _new_label_material() -> bpy.types.Material:
    material = bpy.data.materials.new("Labels")
    nodes, links = material.node_tree.nodes, material.node_tree.links
    nodes.clear()
    output, emission = nodes.new("ShaderNodeOutputMaterial"), nodes.new("ShaderNodeEmission")
    info, divide = nodes.new("ShaderNodeObjectInfo"), nodes.new("ShaderNodeMath")
    divide.operation, divide.inputs[1].default_value = "DIVIDE", 255
    links.new(info.outputs["Object Index"], divide.inputs[0])
    links.new(divide.outputs[0], emission.inputs["Color"])
    links.new(emission.outputs[0], output.inputs["Surface"])
    return material


def _render(size: int, mode: str) -> np.ndarray:
    scene = bpy.context.scene
    render = scene.render
    render.resolution_x = render.resolution_y = size
    render.resolution_percentage = 100
    render.threads_mode, render.threads = "FIXED", THREADS
    render.use_persistent_data = True
    render.dither_intensity = 0
    render.image_settings.file_format, render.image_settings.color_mode = "PNG", mode
    with tempfile.TemporaryDirectory() as folder:
        render.filepath = str(Path(folder) / "render.png")
        bpy.ops.render.render(write_still=True)
        with Image.open(render.filepath) as image:
            return np.array(image.convert("L" if mode == "BW" else "RGB"))
