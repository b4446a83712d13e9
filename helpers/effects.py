"""What an object is worth to a class: the same rendered scene with the object and without it."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import special

from helpers.classes import class_index
from helpers.gradients import check_model, compute_logits
from helpers.images import to_array
from helpers.scenes import load_scene

__all__ = ["ObjectEffect", "object_effects", "variant_scores"]


@dataclass(frozen=True)
class ObjectEffect:
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


def object_effects(
    model, scene: str, target_class: int | str, views: Sequence[str] | None = None
) -> dict[str, ObjectEffect]:
    """Measure the effect of every object of a scene on a class, by real removal.

    effect = class logit of `all` minus class logit of `no_<object>`, for every view. Positive:
    the object speaks for the class. The objects' shadows go with them.

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
    dict of str to ObjectEffect
        One per object of the scene.

    Raises
    ------
    HelpersError
        For an unknown scene, view or class.
    """
    hero = load_scene(scene)
    views = [view for view in hero.views if view != "hero"] if views is None else list(views)
    scores = {
        variant: variant_scores(model, scene, target_class, variant, views)
        for variant in ("all", *(f"no_{name}" for name in hero.objects))
    }
    return {
        name: ObjectEffect(name, *(a - b for a, b in zip(scores["all"], scores[f"no_{name}"])))
        for name in hero.objects
    }


def variant_scores(
    model, scene: str, target_class: int | str, variant: str, views: Sequence[str]
) -> tuple[np.ndarray, np.ndarray]:
    """Give the class logits and probabilities, float (n,) each, of one variant in n views."""
    check_model(model)
    target = class_index(target_class, model)
    pictures = [to_array(load_scene(scene, view).pictures[variant], model) for view in views]
    logits = compute_logits(model, np.stack(pictures)).astype(float)
    return logits[:, target], special.softmax(logits, axis=-1)[:, target]
