"""Scenes with a known answer: a network that only counts colour, and coloured squares.

The class logit is a weighted sum of the mean red, green and blue of the picture, so the
effect of every square is known on paper, for and against the class. A method that hands out
exact contributions must get full marks, and one that follows edges, chance or sensitivity
must not.
"""

from dataclasses import dataclass, field

import numpy as np

from helpers.backend import keras

__all__ = ["SyntheticScene", "colour_counter", "synthetic_scenes"]

COLOURS = {"red": 0, "green": 1, "blue": 2}
# Red speaks strongly for class 0, blue weakly, green against it.
WEIGHTS = np.array([[3.0, 0.0], [-2.0, 1.0], [1.0, 0.0]], np.float32)
SIDE = 32


@dataclass(frozen=True)
class SyntheticScene:
    """What metrics use of a scene: pictures by variant, masks and objects."""

    name: str
    view: str
    pictures: dict[str, np.ndarray]
    masks: dict[str, np.ndarray]
    objects: dict[str, None] = field(default_factory=lambda: dict.fromkeys(COLOURS))

    def mask(self, object_name: str) -> np.ndarray:
        """Give the mask, bool (h, w), of an object."""
        return self.masks[object_name]


def colour_counter() -> keras.Model:
    """Build the network: logits = mean colour / 2.55 times a fixed table, so exactly linear.

    Returns
    -------
    keras.Model
        Input (n, 32, 32, 3) in 0..255, output (n, 2) logits.
    """
    pixels = keras.Input((SIDE, SIDE, 3))
    mean = keras.layers.GlobalAveragePooling2D()(pixels)
    logits = keras.layers.Dense(2, use_bias=False)
    model = keras.Model(pixels, logits(mean), name="colour_counter")
    logits.set_weights([WEIGHTS / 2.55])
    return model


def synthetic_scenes(views: int = 8, seed: int = 0) -> list[SyntheticScene]:
    """Draw views of a scene with a red, a green and a blue square on black, none overlapping.

    For `colour_counter` and class 0 the effect of a square of n pixels and grey level v is
    exactly n v / (32 * 32 * 2.55) times 3 (red), -2 (green) or 1 (blue).

    Parameters
    ----------
    views : int
        How many.
    seed : int
        The same seed gives the same views.

    Returns
    -------
    list of SyntheticScene
        Pictures uint8 (32, 32, 3) in the variants "all" and "no_<colour>".
    """
    rng = np.random.default_rng(seed)
    return [_scene(str(view), rng) for view in range(views)]


def _scene(view: str, rng: np.random.Generator) -> SyntheticScene:
    quarters = rng.permutation(4)[: len(COLOURS)]
    masks, layers = {}, {}
    for name, quarter in zip(COLOURS, quarters):
        masks[name] = _square(int(quarter), rng)
        layer = np.zeros((SIDE, SIDE, 3), np.uint8)
        layer[masks[name], COLOURS[name]] = rng.integers(100, 256)
        layers[name] = layer
    pictures = {"all": sum(layers.values())}
    for name in COLOURS:
        pictures[f"no_{name}"] = pictures["all"] - layers[name]
    return SyntheticScene("squares", view, pictures, masks)


def _square(quarter: int, rng: np.random.Generator) -> np.ndarray:
    half, side = SIDE // 2, int(rng.integers(6, 13))
    top, left = (int(rng.integers(half - side)) + half * part for part in divmod(quarter, 2))
    mask = np.zeros((SIDE, SIDE), bool)
    mask[top : top + side, left : left + side] = True
    return mask
