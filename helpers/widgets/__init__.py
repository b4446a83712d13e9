"""Controls: the only package that imports ipywidgets."""

from helpers.widgets.explore import (
    explore_classes,
    explore_masking,
    explore_methods,
    explore_photo,
    explore_scenes,
    explore_smoothing,
)

__all__ = [
    "explore_classes",
    "explore_masking",
    "explore_methods",
    "explore_photo",
    "explore_scenes",
    "explore_smoothing",
]
