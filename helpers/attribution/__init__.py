"""Attribution: which pixels a class score depends on, by every method."""

from helpers.attribution.class_visualisation import visualize_class
from helpers.attribution.records import method_words
from helpers.attribution.reduction import READINGS, read_map, reduce_channels
from helpers.attribution.registry import METHODS, attribute, find_method, reading_of
from helpers.attribution.saliency import compute_saliency_map, smooth

__all__ = [
    "METHODS",
    "READINGS",
    "attribute",
    "compute_saliency_map",
    "find_method",
    "method_words",
    "read_map",
    "reading_of",
    "reduce_channels",
    "smooth",
    "visualize_class",
]
