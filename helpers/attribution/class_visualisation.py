"""Simonyan's other two ideas: what a class looks like to a network, and where an object is."""

from typing import NamedTuple

import numpy as np
from scipy import ndimage
from skimage.segmentation import random_walker

from helpers.attribution.options import check_values
from helpers.attribution.question import ask
from helpers.backend import keras
from helpers.errors import HelpersError
from helpers.progress import progress_bar
from helpers.validation import as_choice, as_map, as_number, as_object_mask, as_pixels

__all__ = ["Location", "box_iou", "locate_object", "visualize_class"]

GREY = 127.5
BACKGROUND, FOREGROUND = 0.30, 0.95
SEEDS = {"background": 1, "foreground": 2}


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


class Location(NamedTuple):
    """Where an object seems to be."""

    box: tuple[int, int, int, int]
    """(top, left, bottom, right) in pixels; bottom and right are the first ones outside."""
    region: np.ndarray
    """bool (h, w): the connected region that the box encloses."""
    iou: float | None
    """Intersection over union of the box and the box of the given mask; None without a mask."""


def locate_object(
    saliency_map: np.ndarray,
    picture: np.ndarray | None = None,
    *,
    how: str = "threshold",
    threshold: float = 0.5,
    mask: np.ndarray | None = None,
) -> Location:
    """Find the box of an object from a saliency map.

    "threshold" keeps what exceeds a share of the map's maximum (Zhou et al. 2016 use 0.2, for
    class activation maps, which are 0 in most places).
    "segment" follows Simonyan et al.: the top 5 % of the pixels are taken for object, the
    lowest 30 % for background, and the colours of the picture decide about the rest; by
    random walker segmentation (Grady 2006), where they used GraphCut. Then the largest
    connected region is boxed.

    Parameters
    ----------
    saliency_map : numpy.ndarray
        (h, w), larger where the class is seen; smooth maps do better.
    picture : numpy.ndarray, optional
        (h, w, 3), 0..255; needed for "segment".
    how : {"threshold", "segment"}
        See above.
    threshold : float
        Share of the maximum, between 0 and 1; for "threshold".
    mask : numpy.ndarray, optional
        bool (h, w), where the object is.

    Returns
    -------
    Location
        `box`, `region` and, if there is a mask, `iou`.

    Raises
    ------
    HelpersError
        For a map that is not (h, w), is constant or not finite, and for a picture or a mask
        of another size.

    References
    ----------
    Simonyan et al. 2013, arXiv:1312.6034, section 3.2; Zhou et al. 2016, arXiv:1512.04150;
    Grady 2006, doi:10.1109/TPAMI.2006.233.
    """
    values = _marking_map(saliency_map)
    as_choice(how, "how", ("threshold", "segment"))
    if how == "segment":
        inside = _segmented(values, _of_same_size(picture, values))
    else:
        inside = values > _checked_share(threshold) * values.max()
    region = _largest_region(inside)
    box = _box(region)
    return Location(box, region, None if mask is None else box_iou(box, mask))


def box_iou(box: tuple[int, int, int, int], mask: np.ndarray) -> float:
    """Compute the intersection over union of a box and the box around a mask.

    Parameters
    ----------
    box : tuple of int
        (top, left, bottom, right); bottom and right are the first pixels outside.
    mask : numpy.ndarray
        bool (h, w), with at least one pixel set.

    Returns
    -------
    float
        0 (apart) to 1 (equal).

    Raises
    ------
    HelpersError
        For a mask that is not (h, w), or empty.
    """
    mine, other = np.array(box), np.array(_box(as_object_mask(mask)))
    low, high = np.maximum(mine, other)[:2], np.minimum(mine, other)[2:]
    common = np.prod(np.maximum(high - low, 0))
    areas = sum(np.prod(b[2:] - b[:2]) for b in (mine, other))
    return float(common / (areas - common))


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
    gradients, scores = question.gradients(moved, question.pairs.weights)
    gradients = np.roll(gradients, (-shift[0], -shift[1]), (1, 2))
    size = np.sqrt(np.square(gradients).mean((1, 2, 3), keepdims=True))
    laplacian = sum(np.roll(x, step, axis) - x for step in (1, -1) for axis in (1, 2))
    return gradients / (size + 1e-12) - l2 * (x - GREY) + total_variation * laplacian, scores


def _marking_map(saliency_map) -> np.ndarray:
    values = as_map(saliency_map)
    if values.max() <= 0 or np.ptp(values) == 0:
        raise HelpersError("This saliency map is constant or nowhere above 0: it marks no object.")
    return values


def _checked_share(threshold: float) -> float:
    says = "a share of the map's maximum, 0 up to 1"
    return as_number(threshold, "threshold", 0, np.nextafter(1, 0), says)


def _of_same_size(picture, values: np.ndarray) -> np.ndarray:
    if picture is None or np.shape(picture)[:2] != values.shape:
        raise HelpersError(
            f'how="segment" needs the picture (h, w, 3) of the map, {values.shape}; '
            f"got {None if picture is None else np.shape(picture)}."
        )
    return as_pixels(picture).astype(np.float64)


def _segmented(values: np.ndarray, picture: np.ndarray) -> np.ndarray:
    low, high = np.quantile(values, [BACKGROUND, FOREGROUND])
    labels = np.zeros(values.shape, int)
    labels[values <= low] = SEEDS["background"]
    labels[values >= high] = SEEDS["foreground"]
    found = random_walker(picture / 255, labels, beta=500, mode="bf", channel_axis=-1)
    return found == SEEDS["foreground"]


def _largest_region(inside: np.ndarray) -> np.ndarray:
    labels, count = ndimage.label(inside)
    sizes = ndimage.sum_labels(inside, labels, np.arange(1, count + 1))
    return labels == 1 + sizes.argmax()


def _box(region: np.ndarray) -> tuple[int, int, int, int]:
    rows, columns = ndimage.find_objects(region.astype(np.uint8))[0]
    return int(rows.start), int(columns.start), int(rows.stop), int(columns.stop)
