"""A map that is computed already, smoothed and laid over its picture."""

from functools import cache

import numpy as np

from helpers.attribution.reduction import reduce_channels
from helpers.attribution.saliency import smooth
from helpers.display import Picture, alt_text
from helpers.widgets.frame import Frame, map_panels
from helpers.widgets.seen import screen_size

__all__ = ["Smoothing"]


class Smoothing:
    """A map that is computed already, smoothed and laid over its picture."""

    def __init__(self, img: Picture, attributions: np.ndarray, target: str, label: str) -> None:
        self._picture, self._target, self._label = screen_size(img), target, label
        self._reduced = cache(lambda how: reduce_channels(attributions, how))

    def frame(self, sigma: float, reduce: str, strength: float) -> Frame:
        """Show the map, smoothed by `sigma` pixels after its channels were reduced."""
        saliency_map = smooth(self._reduced(reduce), sigma)
        words = f" for {self._target}" if self._target else ""
        caption = f"Map{words} over its picture, sigma {sigma:g}"
        panels, scale = map_panels(self._picture, [saliency_map], [caption], self._label, strength)
        peak = alt_text.number(np.abs(saliency_map).max())
        return Frame(panels, f"Peak {peak} {self._label}.", scale)
