"""A map that is computed already, smoothed and laid over its picture."""

from functools import cache

import numpy as np

from helpers.attribution.reduction import reduce_channels
from helpers.attribution.saliency import smooth
from helpers.classes import class_words
from helpers.display import Picture, alt_text
from helpers.widgets.frame import Frame, map_panels, own_scales
from helpers.widgets.seen import screen_size, see, top_table
from helpers.widgets.words import drawn_strength, plain

__all__ = ["SHOWN", "Smoothing"]

SHOWN = ("one map", "beside each other", "wipe")


class Smoothing:
    """A map that is computed already, smoothed and laid over its picture."""

    def __init__(
        self, img: Picture, attributions: np.ndarray, target: str, label: str, model=None
    ) -> None:
        self._picture, self._target, self._label = screen_size(img), plain(target), label
        self._top = [] if model is None else [top_table(see(model, img), class_words(model))]
        self._reduced = cache(lambda how: reduce_channels(attributions, how))

    def frame(
        self,
        sigma: float,
        reduce: str,
        strength: float,
        shown: str = SHOWN[0],
        other: float = 0.0,
        scale: str = "one",
    ) -> Frame:
        """Show the map, smoothed by `sigma` pixels; beside it, if asked, smoothed by `other`."""
        sigmas = [sigma] if shown == SHOWN[0] else [sigma, other]
        maps = [smooth(self._reduced(reduce), value) for value in sigmas]
        captions = [self._caption(value) for value in sigmas]
        if scale == "own":
            asked = [(self._picture, m, c, self._label) for m, c in zip(maps, captions)]
            panels, shared = own_scales(asked, strength), None
        else:
            panels, shared = map_panels(self._picture, maps, captions, self._label, strength)
        peaks = " and ".join(alt_text.number(np.abs(m).max()) for m in maps)
        note = f"Peak {peaks} {self._label}."
        return Frame(panels, note, shared, self._top, (), shown == SHOWN[2])

    def _caption(self, sigma: float) -> str:
        words = f" for {self._target}" if self._target else ""
        return f"Map{words} over its picture, sigma {sigma:g}"

    def code(
        self,
        sigma: float,
        reduce: str,
        strength: float,
        shown: str = SHOWN[0],
        other: float = 0.0,
        scale: str = "one",
    ) -> str:
        """The plain cells that give the maps."""
        sigmas = [sigma] if shown == SHOWN[0] else [sigma, other]
        return (
            "from helpers import reduce_channels, show_maps, smooth\n\n"
            "# img, attributions: as they were given to explore_smoothing\n"
            f"sigmas, rough = {sigmas!r}, reduce_channels(attributions, {reduce!r})\n"
            "maps = [smooth(rough, sigma) for sigma in sigmas]\n"
            'titles = [f"sigma {sigma:g}" for sigma in sigmas]\n'
            f"show_maps(maps, titles, img=img, shared={scale == 'one'}, "
            f"overlay={drawn_strength(strength)!r}, label={self._label!r})\n"
        )
