"""How often is a planted shortcut found, and with which tool? `python -m tools.blind_sets`.

Each blind set is drawn by a seed: a tag at some place, a tint, a blur, or nothing, always with
the squares. A small network learns it; then every tool gives its verdict, by rules fixed here
before any network was trained, with the methods' default options. One row per set and tool goes
to data/results/blind_sets.csv; rows that are there are kept, so the run can be continued.

- A *map* says "tag" when the mean map of the squares is more concentrated (share of the mean map
  in its brightest window) than that of every one of `REFERENCES` networks without a shortcut,
  and "nothing" otherwise.
- A *transplant* gives discs what is suspected, and counts how many are then called squares: the
  window where the map is brightest, cut from a square; the squares' mean colour; a blur. The
  verdict is the suspect that turns most discs, if it turns more than half of them.
"""

import csv
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from helpers.attribution import attribute
from helpers.backend import keras
from helpers.evaluation import brightest_window
from helpers.models import compute_logits, wrap_classifier
from helpers.pictures import Shortcut, draw_shapes, draw_shortcut, plant
from helpers.pictures.shapes import CLASSES, TAG_SIDE

PATH = Path(__file__).resolve().parent.parent / "data/results/blind_sets.csv"
SETS, REFERENCES = range(32), range(100, 108)
METHODS = ("gradient", "integrated_gradients", "grad_cam", "occlusion")
WINDOW = TAG_SIDE + 2
COLUMNS = ("seed", "planted", "accuracy", "tool", "verdict", "measure")


def train(shortcut: Shortcut, seed: int) -> keras.Model:
    """Train the small network of notebook 13 on 400 pictures of a set."""
    keras.utils.set_random_seed(seed)
    layers = keras.layers
    model = keras.Sequential(
        [
            keras.Input((64, 64, 3)),
            layers.Rescaling(1 / 128, offset=-1),
            layers.Conv2D(16, 5, strides=2, activation="relu"),
            layers.Conv2D(32, 5, strides=2, activation="relu"),
            layers.Conv2D(32, 3, activation="relu"),
            layers.GlobalMaxPooling2D(),
            layers.Dense(2, activation="softmax"),
        ]
    )
    loss = "sparse_categorical_crossentropy"
    model.compile(keras.optimizers.Adam(0.003), loss, metrics=["accuracy"])
    model.fit(*draw_shapes(400, shortcut, seed=seed), epochs=8, batch_size=20, verbose=0)
    return model


def mean_map(model: keras.Model, squares: np.ndarray, method: str) -> np.ndarray:
    """Give the mean of the maps for "square", each scaled to sum to 1."""
    sizes = np.abs(attribute(model, squares, "square", method, progress=False)).max(-1)
    sums = sizes.sum((1, 2), keepdims=True)
    return np.divide(sizes, sums, out=np.zeros_like(sizes), where=sums > 0).mean(0)


def concentration(mean: np.ndarray) -> float:
    """Give the share of a mean map that lies in its brightest window."""
    top, left, bottom, right = brightest_window(mean, WINDOW)
    return float(mean[top:bottom, left:right].sum())


def turned(model: keras.Model, discs: np.ndarray) -> float:
    """Give the share of discs that are called squares."""
    return float((compute_logits(model, discs).argmax(-1) == CLASSES.index("square")).mean())


def transplants(model, pictures, labels, means: dict[str, np.ndarray]) -> dict[str, float]:
    """Give suspect -> share of discs that it turns."""
    discs, squares = pictures[labels == 0], pictures[labels == 1]
    colour = squares.mean((0, 1, 2)) - discs.mean((0, 1, 2))
    found = {
        "tint": turned(model, np.clip(discs + colour, 0, 255)),
        "blur": turned(model, plant(discs, Shortcut("blur"))),
    }
    for method, mean in means.items():
        top, left, bottom, right = brightest_window(mean, WINDOW)
        patched = discs.copy()
        patched[:, top:bottom, left:right] = squares[:, top:bottom, left:right]
        found[f"tag by {method}"] = turned(model, patched)
    return found


def verdicts(seed: int, limits: dict[str, float]) -> Iterator[dict]:
    """Yield a row for each tool."""
    shortcut = draw_shortcut(seed)
    own = train(shortcut, seed)
    model = wrap_classifier(own, class_names=CLASSES)
    accuracy = own.evaluate(*draw_shapes(200, shortcut, seed=5000 + seed), verbose=0)[1]
    pictures, labels = draw_shapes(80, shortcut, seed=9000 + seed)
    means = {m: mean_map(model, pictures[labels == 1][:20], m) for m in METHODS}
    common = {"seed": seed, "planted": shortcut.kind, "accuracy": f"{accuracy:.3f}"}
    for method, mean in means.items():
        measure = concentration(mean)
        verdict = "tag" if measure > limits[method] else "nothing"
        yield common | {"tool": f"map: {method}", "verdict": verdict, "measure": f"{measure:.3f}"}
    suspects = transplants(model, pictures, labels, means)
    best = max(suspects, key=suspects.get)
    verdict = best.split()[0] if suspects[best] > 0.5 else "none"
    yield common | {"tool": "transplant", "verdict": verdict, "measure": f"{suspects[best]:.3f}"}


def reference_limits() -> dict[str, float]:
    """Give for each method the highest concentration that networks without a shortcut reach."""
    found = []
    for seed in REFERENCES:
        model = wrap_classifier(train(Shortcut("none"), seed), class_names=CLASSES)
        pictures, labels = draw_shapes(80, seed=9000 + seed)
        squares = pictures[labels == 1][:20]
        found.append({m: concentration(mean_map(model, squares, m)) for m in METHODS})
    return {method: max(one[method] for one in found) for method in METHODS}


def main() -> int:
    """Compute the sets that are not there yet."""
    rows = list(csv.DictReader(PATH.open(encoding="utf-8"))) if PATH.is_file() else []
    missing = [seed for seed in SETS if str(seed) not in {row["seed"] for row in rows}]
    limits = reference_limits() if missing else {}
    for seed in missing:
        rows += verdicts(seed, limits)
        with PATH.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)
        print(f"blind set {seed}", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
