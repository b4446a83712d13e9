"""Pictures: reading them, rendered scenes, masks and fills."""

from helpers.pictures.fills import FILLS, fill_picture
from helpers.pictures.images import load_image, to_array
from helpers.pictures.masking import box_mask, fit_mask, keep_only, mask_region
from helpers.pictures.scenes import Scene, load_scene, scene_names

__all__ = [
    "FILLS",
    "Scene",
    "box_mask",
    "fill_picture",
    "fit_mask",
    "keep_only",
    "load_image",
    "load_scene",
    "mask_region",
    "scene_names",
    "to_array",
]
