"""Counterfactual faithfulness: whether a map ranks objects as their removal does.

The scenes are rendered, so the question "what does this object do for this class?" has an
answer that no method was asked for: render the scene without it and look.

Definitions
-----------
For a picture (scene s, view v), a class c and an object o of the scene:

* effect e(o) = logit_c(picture "all") - logit_c(picture "no_o"), in logits. Positive: the
  object speaks for the class. Its shadow and reflections leave with it.
* mass m(o) = sum of the map over the object's mask / sum of |map| over the picture: signed
  (-1..1) for methods read with their sign, else 0..1. Dividing makes pictures comparable,
  whose maps differ in unit and size.
* density d(o) = m(o) / (share of the picture that the object covers): mass says where the
  map's sum lies and grows with the object; density says how bright the object is. An object
  that covers nothing in a picture has no mask and is left out there.

Three numbers, each in [-1, 1] or [0, 1], higher is better:

* agreement: over all pairs of objects of the same picture and class, the share of pairs that
  mass and effect order alike; ties of mass count one half, pairs of equal effect are left
  out. 0.5 is guessing. This is (Kendall's tau-a + 1) / 2, pooled over pictures.
* correlation: Spearman's rank correlation of mass and effect over all objects of all pictures.
* sign: for signed maps, the share of objects whose mass has the sign of the effect.

Intervals: percentile bootstrap over views within scenes (`cluster_bootstrap`); all objects and
classes of a view stay together. They speak about other views of these scenes, drawn by the
same sampler, and not about other scenes.

What it can show: whether a map orders whole objects by what they do for the class, also where
an object speaks against it. What it cannot:

* Effects are of one removal from the full scene. When two objects carry the same evidence,
  each removal alone shows little (interactions); effects of objects need not add up.
* Removing an object also removes its shadow and reflections and uncovers what was behind it;
  the views are laid out so that no object covers another, with the exceptions on record.
* The empty place is a rendered one, not a hole, but the picture may still be rarer than
  photographs of the kind that the network learned from.
* Few objects a scene (two to four), so few pairs a picture: read the intervals. Nothing is
  said about parts of objects or about the background, which nobody removed.
* Density beside the effect of a *whole* object compares unlike things, and made a league of its
  own: `helpers.evaluation.rulers` compares mass with effect and density with effect per area.
* Pairs are pooled over pictures, so a scene of four objects outweighs one of two: macro means
  over scenes, paired differences and intervals stand in `helpers.evaluation.league`.
* Masses of a random map follow the area, and area may go with effect; so `random_map` need
  not get 0 or 0.5 for mass, and the table shows what it gets. Density takes this away.
"""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np

from helpers.classes import class_index
from helpers.errors import HelpersError
from helpers.evaluation.intervals import RESAMPLES, cluster_bootstrap
from helpers.evaluation.localisation import object_shares
from helpers.evaluation.rulers import ordered_pairs, spearman
from helpers.models.prediction import probabilities_of
from helpers.models.scores import check_model, compute_logits
from helpers.pictures.images import to_array
from helpers.pictures.masking import fit_mask
from helpers.validation import as_choice

__all__ = [
    "Case",
    "Faithfulness",
    "ObjectEffect",
    "Ranking",
    "counterfactual_faithfulness",
    "object_effects",
    "object_masses",
    "scene_case",
]

QUANTITIES = ("mass", "density")


@dataclass(frozen=True)
class Case:
    """One picture, one target class, and what is known about the picture.

    Attributes
    ----------
    picture : numpy.ndarray
        (h, w, 3), 0..255, of the model's input size.
    target_class : int or str
        One class.
    masks : mapping of str to numpy.ndarray
        Object name -> bool (h, w).
    cluster, stratum : hashable
        See `cluster_bootstrap`: the view and the scene that the picture comes from.
    """

    picture: np.ndarray
    target_class: int | str
    masks: Mapping[str, np.ndarray] = field(default_factory=dict)
    cluster: Hashable = None
    stratum: Hashable = None


class ObjectEffect(NamedTuple):
    """What the removal of one object does to one class.

    `effect` in logits; `probability_all` and `probability_without` are printed beside it, never
    instead: a probability also moves when other classes do.
    """

    effect: float
    logit_all: float
    probability_all: float
    probability_without: float


class Ranking(NamedTuple):
    """Objects of one picture for one class: true effects, and what a map gave them.

    `effects` and `masses` hold one number per object, in the same order; `cluster` is the view
    and `stratum` the scene.
    """

    effects: Sequence[float]
    masses: Sequence[float]
    cluster: Hashable = None
    stratum: Hashable = None


@dataclass(frozen=True)
class Faithfulness:
    """How well masses follow effects; see the module's text for the definitions.

    Attributes
    ----------
    agreement, correlation, sign : float
        The three numbers; NaN where undefined (`sign` of maps without negative values).
    intervals : dict of str to tuple of float
        Name of a number -> (low, high).
    n_objects, n_pairs, n_pictures, n_views : int
        What they rest on. A picture counts once for each class that it was asked about.
    """

    agreement: float
    correlation: float
    sign: float
    intervals: dict[str, tuple[float, float]]
    n_objects: int
    n_pairs: int
    n_pictures: int
    n_views: int


def object_effects(model, scene, target_class) -> dict[str, ObjectEffect]:
    """Measure the effect of every object of a scene on a class, by rendered removal.

    Parameters
    ----------
    model : keras.Model
        From `load_model` or `wrap_classifier`.
    scene : Scene
        From `load_scene`: `.objects`, and `.pictures` with "all" and "no_<object>".
    target_class : int or str
        One class.

    Returns
    -------
    dict of str to ObjectEffect
        For every object with a "no_<object>" picture.

    Raises
    ------
    HelpersError
        For a scene without such pictures, and for bad models or classes.
    """
    check_model(model)
    target = class_index(target_class, model)
    names = [name for name in scene.objects if f"no_{name}" in scene.pictures]
    if "all" not in scene.pictures or not names:
        raise HelpersError(
            'The scene needs the pictures "all" and "no_<object>" for at least one object.'
        )
    variants = ["all", *(f"no_{name}" for name in names)]
    pictures = np.stack([_network_picture(scene.pictures[key], model) for key in variants])
    logits = compute_logits(model, pictures, 8).astype(np.float64)
    probabilities = probabilities_of(logits, model)[:, target]
    logits = logits[:, target]
    return {
        name: ObjectEffect(
            float(logits[0] - logits[i]),
            float(logits[0]),
            float(probabilities[0]),
            float(probabilities[i]),
        )
        for i, name in enumerate(names, start=1)
    }


def object_masses(
    saliency_map, masks: Mapping[str, np.ndarray], quantity: str = "mass"
) -> dict[str, float]:
    """Measure the mass or density of a map on every object that can be seen.

    Parameters
    ----------
    saliency_map : array-like
        (h, w); signed values keep their sign.
    masks : mapping of str to array-like
        Object name -> bool (h, w). Objects whose mask is empty are left out.
    quantity : {"mass", "density"}
        See the module's text.

    Returns
    -------
    dict of str to float
        0 for every object when the map is 0 everywhere.

    Raises
    ------
    HelpersError
        For another quantity, and as `object_shares`.
    """
    as_choice(quantity, "quantity", QUANTITIES)
    seen = {name: mask for name, mask in masks.items() if np.any(mask)}
    shares = object_shares(saliency_map, seen, "signed")
    return {
        name: float(np.nan_to_num(share.share if quantity == "mass" else share.ratio))
        for name, share in shares.items()
    }


def scene_case(model, scene, target_class, view: Hashable = None) -> Case:
    """Make the `Case` of a scene: its full picture and its masks at the network's size.

    Parameters
    ----------
    model, scene, target_class
        As for `object_effects`.
    view : hashable, optional
        Name of the view, so that values from one view are resampled together.

    Returns
    -------
    Case
        With masks of the objects that can be seen.
    """
    picture = _network_picture(scene.pictures["all"], model)
    masks = {name: fit_mask(scene.mask(name), picture.shape[:2]) for name in scene.objects}
    name = getattr(scene, "name", None)
    seen = {key: mask for key, mask in masks.items() if mask.any()}
    return Case(picture, target_class, seen, None if view is None else (name, view), name)


def counterfactual_faithfulness(
    rankings: Sequence[Ranking],
    *,
    effect: str = "signed",
    level: float = 0.95,
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> Faithfulness:
    """Compare what maps give to objects with what the objects' removal does. Higher is better.

    Agreement, correlation and sign as defined in this module's text. Control: `random_map`
    and `edge_map`, whose values tell what the objects' area and texture alone would get.

    Parameters
    ----------
    rankings : sequence of Ranking
        One per picture and class.
    effect : {"signed", "absolute"}
        "signed": does the map order objects by what they do *for* the class? "absolute": by
        how much they matter at all? A map of sizes can be right about the second only.
    level : float
        Of the intervals.
    resamples : int
        Of the bootstrap.
    seed : int
        Of the bootstrap.

    Returns
    -------
    Faithfulness

    Raises
    ------
    HelpersError
        For no rankings, lists of different lengths, or values that are not finite.
    """
    as_choice(effect, "effect", ("signed", "absolute"))
    rows = _rows(rankings, effect)
    pairs = _pairs(rows)
    statistics = {
        "agreement": (lambda kept: _agreement(pairs, kept), pairs[:, 0].astype(int)),
        "correlation": (lambda kept: spearman(*rows[kept, 1:].T), rows[:, 0].astype(int)),
        "sign": (lambda kept: _sign(rows[kept]), rows[:, 0].astype(int)),
    }
    values, intervals = {}, {}
    for name, (statistic, pictures) in statistics.items():
        values[name] = statistic(np.arange(len(pictures)))
        clusters, strata = zip(*(_labels(rankings, i) for i in pictures), strict=True)
        intervals[name] = cluster_bootstrap(
            statistic, clusters, strata, level=level, resamples=resamples, seed=seed
        )
    views = {_labels(rankings, i) for i in range(len(rankings))}
    counts = len(rows), len(pairs), len(rankings), len(views)
    return Faithfulness(**values, intervals=intervals, **_named(counts))


def _named(counts: tuple[int, ...]) -> dict[str, int]:
    return dict(zip(("n_objects", "n_pairs", "n_pictures", "n_views"), counts, strict=True))


def _network_picture(picture, model) -> np.ndarray:
    return to_array(np.asarray(picture, np.uint8), model)


def _labels(rankings: Sequence[Ranking], picture: int) -> tuple[Any, Any]:
    """Give cluster and stratum of a picture; one that names no view stands for itself."""
    ranking = rankings[picture]
    cluster = ("picture", picture) if ranking.cluster is None else ranking.cluster
    return cluster, ranking.stratum


def _rows(rankings: Sequence[Ranking], effect: str) -> np.ndarray:
    """Give one row (picture, effect, mass) per object."""
    rows = []
    for picture, ranking in enumerate(rankings):
        if len(ranking.effects) != len(ranking.masses):
            raise HelpersError(
                f"Ranking {picture} has {len(ranking.effects)} effects and "
                f"{len(ranking.masses)} masses: give one of each per object."
            )
        rows += [(picture, e, m) for e, m in zip(ranking.effects, ranking.masses)]
    values = np.array(rows, np.float64).reshape(-1, 3)
    if not len(values) or not np.isfinite(values).all():
        raise HelpersError("Faithfulness needs objects with finite effects and masses.")
    if effect == "absolute":
        values[:, 1:] = np.abs(values[:, 1:])
    return values


def _pairs(rows: np.ndarray) -> np.ndarray:
    """Give (picture, 1 or 0.5 or 0 for ordered alike, tied, otherwise) of pairs of objects."""
    found = []
    for picture in np.unique(rows[:, 0]):
        effects, masses = rows[rows[:, 0] == picture, 1:].T
        found += [(picture, alike) for alike in ordered_pairs(effects, masses)]
    if not found:
        raise HelpersError("No picture has two objects of different effect, so nothing is ranked.")
    return np.array(found)


def _agreement(pairs: np.ndarray, kept: np.ndarray) -> float:
    return float(pairs[kept, 1].mean())


def _sign(rows: np.ndarray) -> float:
    """Give the share of objects with the right sign, NaN when no mass is negative."""
    _, effects, masses = rows.T
    if (masses >= 0).all():
        return float("nan")
    return float((np.sign(effects) == np.sign(masses)).mean())
