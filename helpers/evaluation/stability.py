"""Stability: whether a map stays as it is when the picture hardly changes."""

import numpy as np

from helpers.attribution.registry import attribute
from helpers.models.scores import as_picture
from helpers.progress import progress_bar
from helpers.validation import as_count, as_number

__all__ = ["max_sensitivity"]


def max_sensitivity(
    model,
    picture,
    target_class,
    method: str = "gradient",
    *,
    radius: float = 5.0,
    copies: int = 10,
    seed: int = 0,
    progress: bool = True,
    **options,
) -> float:
    """Measure the largest change of a map under noise that nobody sees. Lower is better.

    max over noise d, |d| <= radius at every value, of ||A(x + d) - A(x)|| / ||A(x)||, with A
    the attributions and the Euclidean norm. Noise is drawn evenly; the picture stays within
    0..255. Control: `random_map` with one seed gets 0, because it does not look at the
    picture at all: a stable map need not be a true one.

    Parameters
    ----------
    model, picture, target_class
        As for `deletion_curve`.
    method : str
        A method of `helpers.attribute`, which also takes the `options`.
    radius : float
        Size of the noise in grey levels; 5 is the paper's 0.02 of the range.
    copies : int
        Noisy copies; more can only raise the value.
    seed : int
        For the noise.
    progress : bool
        Whether a progress bar may appear.

    Returns
    -------
    float
        0 or more; NaN when the map is 0 everywhere.

    Raises
    ------
    HelpersError
        For a radius that is not above 0, and for anything that `attribute` refuses.

    References
    ----------
    Yeh et al. 2019, arXiv:1901.09392, definition 3.1, divided by the map's own norm so that
    methods of different units compare.
    """
    as_number(radius, "radius", 1e-6, 255, "a number of grey levels above 0, at most 255")
    full = as_picture(picture, model)
    start = attribute(model, full, target_class, method, progress=False, **options)
    norm, rng, largest = np.linalg.norm(start), np.random.default_rng(seed), 0.0
    with progress_bar(as_count(copies, "copies"), "shaking", progress) as bar:
        for _ in range(copies):
            noise = rng.uniform(-radius, radius, full.shape)
            shaken = np.clip(full + noise, 0, 255).astype(np.float32)
            found = attribute(model, shaken, target_class, method, progress=False, **options)
            largest = max(largest, float(np.linalg.norm(found - start)))
            bar.update()
    return largest / float(norm) if norm > 0 else float("nan")
