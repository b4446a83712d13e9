"""A picture as the reader sees it and as the network does."""

from typing import NamedTuple

import numpy as np
from PIL import Image
from scipy import special

from helpers.attribution.registry import find_method
from helpers.display import Picture, as_picture
from helpers.models.prediction import class_logits
from helpers.pictures.images import to_array
from helpers.widgets.frame import Panel, Scale, map_panels

__all__ = ["NARROW", "Seen", "one_map", "screen_size", "see"]

WIDTH, NARROW = 480, 320


def screen_size(img: Picture, width: int = WIDTH) -> Image.Image:
    """A picture at the width in which explorers show it, so that every answer is quick."""
    image = Image.fromarray(as_picture(img))
    height = max(1, round(image.height * width / image.width))
    return image.resize((width, height), Image.Resampling.BICUBIC)


class Seen(NamedTuple):
    """A picture as the reader sees it and as the network does."""

    picture: Image.Image
    array: np.ndarray
    logits: np.ndarray

    @property
    def probabilities(self) -> np.ndarray:
        """The softmax of the logits, (n_classes,)."""
        return special.softmax(self.logits)

    def top(self, count: int = 5) -> list[int]:
        """Indices of the classes with the highest logits, best first."""
        return [int(index) for index in np.argsort(-self.logits, kind="stable")[:count]]

    def words(self, index: int) -> str:
        """Logit and probability of a class."""
        return f"logit {self.logits[index]:.1f}, probability {self.probabilities[index]:.2f}"


def see(model, img: Picture, width: int = WIDTH) -> Seen:
    """Show a picture to the network."""
    array = to_array(Image.fromarray(as_picture(img)), model)
    return Seen(screen_size(img, width), array, class_logits(array, model)[0][0])


def one_map(
    seen: Seen, values: np.ndarray, method: str, target: str, strength: float
) -> tuple[list[Panel], Scale]:
    """Lay the map of a method for a class over its picture."""
    caption, unit = f"{method} for {target}", find_method(method).unit
    return map_panels(seen.picture, [values], [caption], unit, strength)
