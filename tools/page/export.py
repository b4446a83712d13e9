"""What the page brings along, taken from the project and its dependencies: weights, pictures.

Nothing of it is committed. The weights are rounded to float16, which halves them; how far that
moves logits and maps is measured here too, because the page says so.
"""

import gzip
import json
from collections.abc import Iterator
from pathlib import Path

import matplotlib as mpl
import numpy as np
from PIL import Image
from scipy import ndimage

from helpers import (
    attribute,
    class_names,
    compute_logits,
    fit_mask,
    load_image,
    load_model,
    load_scene,
    reduce_channels,
    scene_names,
    to_array,
)
from helpers.backend import keras
from helpers.display.overlay import DIVERGING
from helpers.pictures import CHINESE, LATIN, draw_mark, shuffled_mark

NETWORKS = {"squeezenet": "squeezenet", "efficientnet-lite0": None}
PHOTOGRAPHS = {
    "chelsea": "A ginger tabby cat looks past the camera, its head filling the picture.",
    "coffee": "A cup of espresso on a saucer with a spoon, on a wooden table.",
}
REMOVALS = ("no_ball", "no_hoop", "no_ball_no_hoop")


def rounded_network(name: str) -> keras.Model:
    """Give a network whose weights are float16 numbers, as the page has them.

    Parameters
    ----------
    name : {"squeezenet", "efficientnet-lite0"}
        As the page calls it.

    Returns
    -------
    keras.Model
        A network of its own; what `load_model` gives stays as it is.
    """
    model = keras.models.clone_model(load_model(NETWORKS[name]))
    model.set_weights([rounded(w) for w in load_model(NETWORKS[name]).get_weights()])
    return model


def rounded(weights: np.ndarray) -> np.ndarray:
    """Round to the nearest float16 number."""
    return weights.astype(np.float16).astype(np.float32)


def packed_weights(model: keras.Model) -> bytes:
    """Pack kernels and biases: length of the header, the header in JSON, float16 numbers; gzip.

    Returns
    -------
    bytes
        The header lists {layer, kind, shape} in the order of the numbers.
    """
    header, numbers = [], []
    for layer in model.layers:
        for kind, weights in zip(("kernel", "bias"), layer.get_weights()):
            header.append({"layer": layer.name, "kind": kind, "shape": weights.shape})
            numbers.append(weights.astype("<f2").tobytes())
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 2)
    content = len(text).to_bytes(4, "little") + text + b"".join(numbers)
    return gzip.compress(content, 9, mtime=0)


def pictures() -> Iterator[tuple[str, str, np.ndarray]]:
    """Yield (name, alternative text, uint8 (224, 224, 3)) of what the page shows."""
    for name, alt in PHOTOGRAPHS.items():
        yield name, alt, squeezed(load_image(name))
    for name in scene_names():
        scene = load_scene(name)
        yield name, scene.alt["all"], squeezed(scene.pictures["all"])
    court = load_scene("basketball")
    for variant in REMOVALS:
        yield f"basketball_{variant}", court.alt[variant], squeezed(court.pictures[variant])


def squeezed(picture) -> np.ndarray:
    """Bring a picture to the size that the networks read, as the notebooks do."""
    return to_array(picture).astype(np.uint8)


def labels(scene_name: str) -> np.ndarray:
    """Number the pixels of a scene by the object that is seen there; 0 is the background."""
    scene = load_scene(scene_name)
    found = np.zeros((224, 224), np.uint8)
    for number, name in enumerate(scene.objects, 1):
        found[fit_mask(scene.mask(name), found.shape)] = number
    return found


def marks() -> dict[str, np.ndarray]:
    """Give the marks of notebook 12 that are no even bar, in the middle of a black picture."""
    drawn = draw_mark(CHINESE)
    kinds = {"chinese": drawn, "latin": draw_mark(LATIN), "shuffled": shuffled_mark(drawn)}
    return {name: centred(np.rint(255 * mark).astype(np.uint8)) for name, mark in kinds.items()}


def centred(mark: np.ndarray) -> np.ndarray:
    """Lay a mark into the middle of a black picture of 224 x 224."""
    canvas = np.zeros((224, 224), np.uint8)
    top, left = ((224 - length) // 2 for length in mark.shape)
    canvas[top : top + mark.shape[0], left : left + mark.shape[1]] = mark
    return canvas


def colours(name: str) -> list[str]:
    """Sample a colour map of the notebooks at 256 places."""
    return [mpl.colors.to_hex(colour) for colour in mpl.colormaps[name](np.linspace(0, 1, 256))]


def facts(models: dict[str, keras.Model]) -> dict:
    """Measure what rounding does, over all pictures: what the page says of itself."""
    shown = np.stack([picture for _, _, picture in pictures()]).astype(np.float32)
    return {name: rounding(load_model(NETWORKS[name]), models[name], shown) for name in models}


def rounding(exact: keras.Model, model: keras.Model, shown: np.ndarray) -> dict:
    """Compare a network with its rounded self: largest change of a logit, likeness of maps."""
    before, after = compute_logits(exact, shown), compute_logits(model, shown)
    tops = before.argmax(1)
    raw = [reduce_channels(attribute(m, shown, list(tops), "gradient")) for m in (exact, model)]
    soft = [ndimage.gaussian_filter(maps, 5, axes=(1, 2)) for maps in raw]
    return {
        "pictures": len(shown),
        "logit": float(np.abs(after - before).max()),
        "same_first": int((tops == after.argmax(1)).sum()),
        "raw": float(min(likeness(*pair) for pair in zip(*raw))),
        "smooth": float(min(likeness(*pair) for pair in zip(*soft))),
    }


def likeness(a: np.ndarray, b: np.ndarray) -> float:
    """Correlate two maps, pixel by pixel."""
    return float(np.corrcoef(a.ravel(), b.ravel())[0, 1])


def write_assets(folder: Path) -> dict:
    """Write weights, pictures, masks and marks into a folder; give what the page knows of them."""
    folder.mkdir(parents=True, exist_ok=True)
    models = {name: rounded_network(name) for name in NETWORKS}
    for name, model in models.items():
        (folder / f"{name}.weights").write_bytes(packed_weights(model))
    alts = {}
    for name, alt, picture in pictures():
        Image.fromarray(picture).save(folder / f"{name}.png", optimize=True)
        alts[name] = alt
    objects = {name: list(load_scene(name).objects) for name in scene_names()}
    for name in objects:
        Image.fromarray(labels(name)).save(folder / f"{name}.labels.png", optimize=True)
    for name, mark in marks().items():
        Image.fromarray(mark).save(folder / f"{name}.mark.png", optimize=True)
    return {
        "classes": list(class_names()),
        "alts": alts,
        "objects": objects,
        "colours": {"sequential": colours("viridis"), "diverging": colours(DIVERGING)},
        "rounding": facts(models),
    }
