"""Pictures: reading them, rendered scenes, masks and fills."""

from helpers.pictures.fills import FILLS, fill_picture
from helpers.pictures.folder import Folder, load_folder
from helpers.pictures.images import load_image, to_array
from helpers.pictures.marks import CHINESE, LATIN, draw_mark, put_mark, shuffled_mark
from helpers.pictures.masking import box_mask, fit_mask, keep_only, mask_region
from helpers.pictures.scenes import Scene, load_scene, scene_names
from helpers.pictures.shapes import SHORTCUTS, Shortcut, draw_shapes, draw_shortcut, plant

__all__ = [
    "CHINESE",
    "FILLS",
    "LATIN",
    "SHORTCUTS",
    "Folder",
    "Scene",
    "Shortcut",
    "box_mask",
    "draw_mark",
    "draw_shapes",
    "draw_shortcut",
    "fill_picture",
    "fit_mask",
    "keep_only",
    "load_folder",
    "load_image",
    "load_scene",
    "mask_region",
    "plant",
    "put_mark",
    "scene_names",
    "shuffled_mark",
    "to_array",
]
