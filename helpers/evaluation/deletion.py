"""Deletion and insertion: the class score while the strongest pixels go, or come.

What they cannot show: a picture with holes is no picture that the network was trained on, so
a low score may mean "this looks strange" and not "the evidence is gone". How strange depends
on the fill and on the *grain* of the map: the scattered pixels of a random map ruin a picture
sooner than one hole of the same size does, so a coarse map can lose against `random_map`
without being worse. Hence the controls of `control_maps`: the same method's maps of other
pictures (same grain, same liking for some places), a centre map and a uniform map. A map that
was only shifted (`misplaced_map`) also loses the centre, where the objects are: beside it a hill
in the middle, which knows neither picture nor network, gained more than the gradient.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy import integrate, stats

from helpers.classes import class_index
from helpers.errors import HelpersError
from helpers.evaluation.picture_scores import SCORES, score_pictures
from helpers.models.scores import BATCH_SIZE, as_picture
from helpers.pictures.fills import fill_picture
from helpers.validation import as_choice, as_count, as_map

__all__ = ["Curve", "deletion_curve", "insertion_curve", "misplaced_map", "rank_pixels"]


@dataclass(frozen=True)
class Curve:
    """A class score while a picture is taken away or put back.

    Attributes
    ----------
    fractions : numpy.ndarray
        (steps + 1,), from 0 to 1: how much of the picture has been deleted, or inserted.
    scores : numpy.ndarray
        (steps + 1,): the class score at each of them.
    score : str
        "probability" or "logit".
    fill : str or float
        What stands where the picture does not.
    """

    fractions: np.ndarray
    scores: np.ndarray
    score: str
    fill: str | float

    @property
    def area(self) -> float:
        """Area under the curve by the trapezoidal rule: the mean score along the way."""
        return float(integrate.trapezoid(self.scores, self.fractions))


def deletion_curve(
    model,
    picture,
    target_class,
    saliency_map,
    *,
    fill="black",
    steps: int = 28,
    score: str = "probability",
    seed: int = 0,
    batch_size: int = BATCH_SIZE,
    progress: bool = True,
) -> Curve:
    """Delete pixels from the strongest down and follow the class score. Lower area is better.

    After step i the round(i h w / steps) strongest pixels of the map are replaced by `fill`;
    AUC = area under the score against the fraction deleted. Controls: see
    `control_maps`; a uniform map gives the area that chance gets.

    Parameters
    ----------
    model : keras.Model
        From `load_model` or `wrap_classifier`.
    picture : array-like
        (h, w, 3), 0..255.
    target_class : int or str
        One class, by index, name or WordNet id.
    saliency_map : array-like
        (h, w); only the order of its values matters. Tied pixels come in random order.
    fill : {"black", "white", "mean", "blur"} or float
        See `helpers.pictures.fills.fill_picture`.
    steps : int
        Steps; the paper removes pixel by pixel or in as many steps as the picture is wide.
    score : {"probability", "logit"}
        Probability as in the paper. It can fall because another class rises; logits do not.
    seed : int
        For the order of tied pixels.
    batch_size : int
        Pictures in one pass.
    progress : bool
        Whether a progress bar may appear.

    Returns
    -------
    Curve

    Raises
    ------
    HelpersError
        For a map of another size than the picture, and for bad options.

    References
    ----------
    Petsiuk, Das and Saenko 2018 (RISE), arXiv:1806.07421; the idea is that of Samek et al.
    2017, arXiv:1509.06321. On fills: Sturmfels, Lundberg and Lee 2020, doi:10.23915/distill.00022.
    """
    full = as_picture(picture, model)
    return _curve(
        model, full, fill_picture(full, fill), target_class, saliency_map,
        fill=fill, steps=steps, score=score, seed=seed, batch_size=batch_size, progress=progress,
    )  # fmt: skip


def insertion_curve(
    model,
    picture,
    target_class,
    saliency_map,
    *,
    fill="blur",
    steps: int = 28,
    score: str = "probability",
    seed: int = 0,
    batch_size: int = BATCH_SIZE,
    progress: bool = True,
) -> Curve:
    """Insert pixels from the strongest down and follow the class score. Higher area is better.

    As `deletion_curve`, from the filled picture to the whole one; the same controls.

    Parameters
    ----------
    model, picture, target_class, saliency_map, steps, score, seed, batch_size, progress
        As for `deletion_curve`.
    fill : {"blur", "black", "white", "mean"} or float
        What the picture starts from; the paper starts from a blurred picture.

    Returns
    -------
    Curve

    Raises
    ------
    HelpersError
        As `deletion_curve`.

    References
    ----------
    Petsiuk, Das and Saenko 2018 (RISE), arXiv:1806.07421.
    """
    full = as_picture(picture, model)
    return _curve(
        model, fill_picture(full, fill), full, target_class, saliency_map,
        fill=fill, steps=steps, score=score, seed=seed, batch_size=batch_size, progress=progress,
    )  # fmt: skip


def misplaced_map(saliency_map, seed: int = 0) -> np.ndarray:
    """Put a map in the wrong place: an unfair control for deletion and insertion.

    Unfair, because it also takes the map off the centre, where most objects are; notebook 09
    shows what that does to conclusions, and `control_maps` gives fair ones.

    The map is turned by half a turn or mirrored, and shifted by at least a quarter of each
    side, what leaves on one side coming in on the other. Its values and its grain stay, and
    whatever tied it to this picture goes.

    Parameters
    ----------
    saliency_map : array-like
        (h, w).
    seed : int
        Which turn and which shift.

    Returns
    -------
    numpy.ndarray
        float64 (h, w).
    """
    values, rng = as_map(saliency_map), np.random.default_rng(seed)
    flips = [slice(None, None, -1), slice(None)]
    turned = values[flips[rng.integers(2)], flips[rng.integers(2)]]
    shifts = [int(rng.integers(side // 4, side - side // 4 + 1)) for side in values.shape]
    return np.roll(turned, shifts, axis=(0, 1))


def rank_pixels(saliency_map, seed: int = 0) -> np.ndarray:
    """Rank the pixels of a map: 0 for the strongest. Ties are put in random order.

    Parameters
    ----------
    saliency_map : array-like
        (h, w).
    seed : int
        For the order of ties; without it the upper left of a flat region would come first.

    Returns
    -------
    numpy.ndarray
        int (h, w), each of 0 .. h w - 1 once.
    """
    values = as_map(saliency_map)
    shuffled = np.random.default_rng(seed).permutation(values.size)
    ranks = np.empty(values.size, int)
    ranks[shuffled] = stats.rankdata(-values.ravel()[shuffled], "ordinal") - 1
    return ranks.reshape(values.shape)


def _curve(model, start, end, target_class, saliency_map, *, fill, steps, score, seed, **passes):
    target = class_index(target_class, model)
    as_choice(score, "score", SCORES)
    ranks, steps = rank_pixels(saliency_map, seed), as_count(steps, "steps")
    if ranks.shape != start.shape[:2]:
        raise HelpersError(
            f"The map is {ranks.shape} and the picture {start.shape[:2]}: both need one size."
        )
    fractions = np.linspace(0, 1, steps + 1)
    pictures = _between(start, end, ranks, np.round(fractions * ranks.size))
    total, what = steps + 1, "changing pixels"
    scores = score_pictures(model, pictures, target, score, total=total, description=what, **passes)
    return Curve(fractions, scores, score, fill)


def _between(start, end, ranks, counts) -> Iterator[np.ndarray]:
    for count in counts:
        yield np.where((ranks < count)[..., None], end, start)
