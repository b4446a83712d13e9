"""Pictures: reading them, rendered scenes, masks and fills."""

from helpers.pictures.images import load_image, to_array
from helpers.pictures.scenes import (
    Scene,
    box_mask,
    keep_only,
    load_scene,
    mask_region,
    remove,
    scene_names,
)

__all__ = [
    "Scene",
    "box_mask",
    "keep_only",
    "load_image",
    "load_scene",
    "mask_region",
    "remove",
    "scene_names",
    "to_array",
]
