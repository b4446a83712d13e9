"""What an object is worth to a class: the same rendered scene with the object and without it.

Beside the measured effects stands what a map says about the same objects in the same views,
and one sentence that says how the two compare, whichever way that falls. Like is compared with
like (`helpers.evaluation.rulers`): a ratio is a density, and belongs to the effect *per area*.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from helpers.attribution.saliency import compute_saliency_map
from helpers.classes import class_index
from helpers.evaluation.counterfactual import object_effects
from helpers.evaluation.localisation import object_shares
from helpers.models.prediction import probabilities_of
from helpers.models.scores import check_model, compute_logits
from helpers.pictures.images import to_array
from helpers.pictures.masking import fit_mask
from helpers.pictures.scenes import load_scene

__all__ = [
    "ViewEffects",
    "both_rulers",
    "effects_over_views",
    "headline",
    "object_areas",
    "object_ratios",
    "scene_views",
    "variant_scores",
]


@dataclass(frozen=True)
class ViewEffects:
    """The effect of one object on a class, over the views of a scene.

    Attributes
    ----------
    name : str
        The object.
    logits : numpy.ndarray
        float (n,): class logit of `all` minus class logit of `no_<object>`, one per view.
    probabilities : numpy.ndarray
        float (n,): the same difference in probabilities, to stand beside it.
    """

    name: str
    logits: np.ndarray
    probabilities: np.ndarray

    @property
    def mean(self) -> float:
        """Mean effect, in logits."""
        return float(self.logits.mean())

    @property
    def sd(self) -> float:
        """Standard deviation (n - 1) over the views, in logits."""
        return float(self.logits.std(ddof=1)) if len(self.logits) > 1 else float("nan")

    @property
    def helps(self) -> int:
        """In how many views the object raises the class logit."""
        return int((self.logits > 0).sum())

    def __str__(self) -> str:
        count, probability = len(self.logits), self.probabilities.mean()
        return (
            f"{self.name:8s} {self.mean:+.1f} logits (sd {self.sd:.1f}), raises the score in "
            f"{self.helps} of {count} views; probability {probability:+.2f}"
        )


def effects_over_views(
    model, scene: str, target_class: int | str, views: Sequence[str] | None = None
) -> dict[str, ViewEffects]:
    """Measure the effect of every object of a scene on a class, in every view.

    The effect of a single view is defined in `helpers.evaluation.view_effects`.

    Parameters
    ----------
    model : keras.Model
        Pixels 0..255 in, logits out.
    scene : str
        Name of a rendered scene, such as "can_opener".
    target_class : int or str
        The class whose logit is measured.
    views : sequence of str, optional
        None means all drawn views, without the chosen hero view.

    Returns
    -------
    dict of str to ViewEffects
        One per object of the scene.

    Raises
    ------
    HelpersError
        For an unknown scene, view or class.
    """
    views = scene_views(scene) if views is None else views
    found = [object_effects(model, load_scene(scene, view), target_class) for view in views]
    return {
        name: ViewEffects(
            name,
            np.array([effects[name].effect for effects in found]),
            np.array([e[name].probability_all - e[name].probability_without for e in found]),
        )
        for name in found[0]
    }


def object_ratios(
    model,
    scene: str,
    target_class: int | str,
    views: Sequence[str] | None = None,
    *,
    method: str = "gradient",
    **options,
) -> dict[str, np.ndarray]:
    """Measure how a map favours every object of a scene: its share of the map over its area.

    Parameters
    ----------
    model, scene, target_class, views
        As in `effects_over_views`.
    method, **options
        As in `helpers.compute_saliency_map`; the maps are not smoothed.

    Returns
    -------
    dict of str to numpy.ndarray
        Object -> float (n,), one ratio per view; 1 is what a map without preference gives. Times
        `object_areas` it is the share of the map.
    """
    views = scene_views(scene) if views is None else views
    ratios = []
    for view in views:
        picture = load_scene(scene, view)
        array = to_array(picture.pictures["all"], model)
        map_ = compute_saliency_map(model, array, target_class, method=method, sigma=0, **options)
        masks = {name: fit_mask(picture.mask(name), map_.shape) for name in picture.objects}
        ratios.append({name: s.ratio for name, s in object_shares(map_, masks).items()})
    return {name: np.array([ratio[name] for ratio in ratios]) for name in ratios[0]}


def object_areas(model, scene: str, views: Sequence[str] | None = None) -> dict[str, np.ndarray]:
    """Measure the share of the picture that every object of a scene covers, at a network's size.

    Parameters
    ----------
    model, scene, views
        As in `effects_over_views`.

    Returns
    -------
    dict of str to numpy.ndarray
        Object -> float (n,), 0..1, one per view. An effect in logits divided by 100 times this
        is the effect per 1 % of the picture.
    """
    check_model(model)
    views = scene_views(scene) if views is None else views
    pictures, shape = [load_scene(scene, view) for view in views], model.input_shape[1:3]
    return {
        name: np.array([fit_mask(picture.mask(name), shape).mean() for picture in pictures])
        for name in pictures[0].objects
    }


def both_rulers(
    effects: Mapping[str, ViewEffects],
    ratios: Mapping[str, np.ndarray],
    areas: Mapping[str, np.ndarray],
) -> dict[str, tuple[dict[str, np.ndarray], dict[str, np.ndarray]]]:
    """Put what a map gives beside what the removal costs, like beside like, in every view.

    Parameters
    ----------
    effects, ratios, areas
        From `effects_over_views`, `object_ratios` and `object_areas`, of the same views.

    Returns
    -------
    dict of str to tuple
        "mass" -> share of the map in % and effect in logits; "density" -> share of the map over
        share of the area and effect in logits per 1 % of the picture. Each side of a tuple is a
        dict from object to float (n,).
    """
    percent = {name: 100 * areas[name] for name in effects}
    masses = {name: ratios[name] * percent[name] for name in effects}
    logits = {name: effect.logits for name, effect in effects.items()}
    per_area = {name: logits[name] / percent[name] for name in effects}
    return {"mass": (masses, logits), "density": (dict(ratios), per_area)}


def headline(per_area: Mapping[str, float], ratios: Mapping[str, float]) -> str:
    """Say in one sentence how a map and the removals compare, for size, whichever way it falls.

    Both sides are for size. A whole effect belongs beside the share of the map instead.

    Parameters
    ----------
    per_area : mapping of str to float
        Object -> effect of its removal in logits per 1 % of the picture that it covers.
    ratios : mapping of str to float
        Object -> share of the map divided by share of the area.

    Returns
    -------
    str
        Which object the map favours most for its size, on which one the score depends most for
        its size, and whether that is the same one.
    """
    seen, needed = max(ratios, key=ratios.get), max(per_area, key=per_area.get)
    found = f"For its size, the map favours the {seen} most ({ratios[seen]:.1f} x its area)"
    if per_area[needed] <= 0:
        return f"{found}, but no object raises the score: removing each of them costs nothing."
    cost = f"costs most for its size ({per_area[needed]:.1f} logits per 1 % of the picture)"
    if seen == needed:
        return f"{found}, and removing the {needed} {cost}: they agree."
    return f"{found}, but removing the {needed} {cost}: they disagree."


def scene_views(scene: str) -> list[str]:
    """List the drawn views of a scene, from which frequencies are computed; not the hero view."""
    return [view for view in load_scene(scene).views if view != "hero"]


def variant_scores(
    model, scene: str, target_class: int | str, variant: str, views: Sequence[str]
) -> tuple[np.ndarray, np.ndarray]:
    """Give the class logits and probabilities, float (n,) each, of one variant in n views."""
    check_model(model)
    target = class_index(target_class, model)
    pictures = [to_array(load_scene(scene, view).pictures[variant], model) for view in views]
    logits = compute_logits(model, np.stack(pictures)).astype(float)
    return logits[:, target], probabilities_of(logits, model)[:, target]
