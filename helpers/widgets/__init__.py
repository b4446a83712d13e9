"""Controls: the only package that imports ipywidgets."""

from helpers.widgets.explore import (
    explore_classes,
    explore_masking,
    explore_methods,
    explore_photo,
    explore_scenes,
    explore_smoothing,
    explore_steering,
)
from helpers.widgets.guesses import Guess, guess
from helpers.widgets.projector import ProjectorBar

__all__ = [
    "Guess",
    "ProjectorBar",
    "explore_classes",
    "explore_masking",
    "explore_methods",
    "explore_photo",
    "explore_scenes",
    "explore_smoothing",
    "explore_steering",
    "guess",
]
