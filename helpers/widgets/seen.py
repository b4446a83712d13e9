"""A picture as the reader sees it and as the network does."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from PIL import Image

from helpers.display import Picture, as_picture
from helpers.models.prediction import class_logits, probabilities_of
from helpers.pictures.images import to_array
from helpers.widgets.frame import Row, Table
from helpers.widgets.words import level

__all__ = ["NARROW", "Seen", "screen_size", "see", "top_table"]

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
    probabilities: np.ndarray

    def top(self, count: int = 5) -> list[int]:
        """Indices of the classes with the highest logits, best first."""
        return [int(index) for index in np.argsort(-self.logits, kind="stable")[:count]]

    def words(self, index: int) -> str:
        """Logit and probability of a class."""
        return f"logit {level(self.logits[index])}, probability {self.probabilities[index]:.2f}"


def see(model, img: Picture, width: int = WIDTH) -> Seen:
    """Show a picture to the network."""
    array = to_array(Image.fromarray(as_picture(img)), model)
    logits = class_logits(array, model)[0][0]
    return Seen(screen_size(img, width), array, logits, probabilities_of(logits, model))


def top_table(seen: Seen, words: Sequence[str]) -> Table:
    """The five best classes, with their probabilities as bars."""
    rows = [
        Row(
            words[index],
            (level(seen.logits[index]), f"{seen.probabilities[index]:.2f}"),
            float(seen.probabilities[index]),
        )
        for index in seen.top()
    ]
    return Table("Top five; bars: probability", ("class", "logit", "probability"), rows, (0, 1))
