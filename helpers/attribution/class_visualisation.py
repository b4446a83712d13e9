"""What a class looks like to a network: a picture with a high class score."""

import numpy as np

from helpers.attribution.options import check_values
from helpers.attribution.question import ask
from helpers.backend import keras
from helpers.errors import HelpersError
from helpers.progress import progress_bar

__all__ = ["visualize_class"]

GREY = 127.5


def visualize_class(
    model: keras.Model,
    target_class,
    layer_idx: int | str = -1,
    *,
    steps: int = 200,
    learning_rate: float = 4.0,
    l2: float = 0.001,
    total_variation: float = 0.01,
    jitter: int = 16,
    seed: int = 0,
    progress: bool = True,
    details: bool = False,
) -> np.ndarray | tuple[np.ndarray, dict]:
    """Search for a picture with a high class score: class model visualisation.

    Gradient ascent on the logit (not on a probability, which also grows when other classes
    fall), from grey with a little noise. Each step shifts the picture at random by up to
    `jitter` pixels, takes dS/dx divided by its root mean square, subtracts the gradients of
    the two penalties in the same unit, moves by `learning_rate` and clips to 0..255. What
    keras-vis called activation maximisation.

    Parameters
    ----------
    model : keras.Model
        From `load_model` or `wrap_classifier`, with a fixed input size.
    target_class : int, str or list
        One class, or for a convolutional layer one filter; `[[a, b]]` sums scores.
    layer_idx : int or str
        As for `helpers.attribute`.
    steps : int
        Gradient steps.
    learning_rate : float
        Step size in grey levels (root mean square).
    l2 : float
        Weight of the pull towards grey, (x - 127.5) (Simonyan et al. 2013).
    total_variation : float
        Weight of the smoothing, the Laplacian of x (Mahendran and Vedaldi 2015, with
        exponent 2). Above 1 / (4 learning_rate) it no longer smooths but swings.
    jitter : int
        Largest random shift in pixels; 0 for none (Mordvintsev et al. 2015).
    seed : int
        The same seed gives the same picture.
    progress : bool
        Whether to show a bar for work of over two seconds.
    details : bool
        Whether to return a dict as well.

    Returns
    -------
    picture : numpy.ndarray
        float32 (h, w, 3), 0..255; with a leading axis for a list of classes.
    found : dict
        With `details` only: `scores`, the scores before each step and after the last one,
        (steps + 1,).

    Raises
    ------
    HelpersError
        For an option out of range, a model without a fixed input size, and what `attribute`
        refuses.

    References
    ----------
    Simonyan et al. 2013, arXiv:1312.6034, section 2; Mahendran and Vedaldi 2015,
    arXiv:1412.0035.
    """
    weights = {"l2": l2, "total_variation": total_variation}
    options = {"steps": steps, "jitter": jitter, "seed": seed, "progress": progress}
    check_values({**options, **weights, "learning_rate": learning_rate})
    question = ask(model, _grey(model), target_class, layer_idx)
    start, rows, single = question.pairs
    rng, scores = np.random.default_rng(seed), []
    x = start + rng.normal(0, 2, start.shape[1:]).astype(np.float32)
    with progress_bar(steps, "visualize_class", progress) as bar:
        for _ in range(steps):
            direction, score = _ascent(question, x, rng, jitter, **weights)
            x = np.clip(x + learning_rate * direction, 0, 255).astype(np.float32)
            scores.append(score)
            bar.update()
    scores = np.stack([*scores, question.scores(x, rows)], axis=-1)
    x, scores = (x[0], scores[0]) if single else (x, scores)
    return (x, {"scores": scores}) if details else x


def _grey(model) -> np.ndarray:
    shape = getattr(model, "input_shape", (None,) * 4)
    if isinstance(model, keras.Model) and (len(shape) != 4 or None in shape[1:]):
        raise HelpersError(
            f"The model {model.name!r} has no fixed input size: build it with "
            "keras.Input((h, w, 3))."
        )
    return np.full([side or 1 for side in shape[1:]], GREY, np.float32)


def _ascent(question, x, rng, jitter: int, l2: float, total_variation: float) -> tuple:
    """Give the direction of one step, root mean square about 1, and the scores."""
    shift = tuple(rng.integers(-jitter, jitter + 1, 2))
    moved = np.roll(x, shift, (1, 2))
    gradients, scores = question.gradients(moved, question.pairs.targets)
    gradients = np.roll(gradients, (-shift[0], -shift[1]), (1, 2))
    size = np.sqrt(np.square(gradients).mean((1, 2, 3), keepdims=True))
    laplacian = sum(np.roll(x, step, axis) - x for step in (1, -1) for axis in (1, 2))
    return gradients / (size + 1e-12) - l2 * (x - GREY) + total_variation * laplacian, scores
