"""Attribution: which pixels a class score depends on, by every method."""

from helpers.attribution.registry import METHOD_FACTS, METHODS, attribute
from helpers.attribution.saliency import compute_saliency_map, reduce_channels, smooth

__all__ = [
    "METHODS",
    "METHOD_FACTS",
    "attribute",
    "compute_saliency_map",
    "reduce_channels",
    "smooth",
]
