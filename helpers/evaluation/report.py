"""The report card: what to look at before believing a map."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from helpers.attribution.reduction import read_map
from helpers.attribution.registry import attribute, reading_of
from helpers.classes import class_index, class_names
from helpers.evaluation.additivity import read_account
from helpers.evaluation.deletion import deletion_curve, insertion_curve
from helpers.evaluation.fair_controls import OTHERS, control_maps, other_pictures
from helpers.evaluation.randomisation import (
    clone_classifier,
    randomisation_stages,
    randomise_weights,
)
from helpers.evaluation.similarity import Similarity, map_similarity
from helpers.evaluation.stability import max_sensitivity
from helpers.models.prediction import class_probabilities, make_prediction
from helpers.models.scores import as_picture, check_model, compute_logits
from helpers.pictures.images import to_array
from helpers.progress import progress_bar
from helpers.validation import as_count

__all__ = ["ReportCard", "report_card"]

STEPS = 14
CONTROL_WORDS = {
    OTHERS: "its maps of other pictures",
    "centre": "a hill in the middle",
    "uniform": "chance",
}
_LIKENESS = "1 ignores the weights"


@dataclass(frozen=True)
class ReportCard:
    """What a map for one picture and class can stand on.

    Attributes
    ----------
    picture : numpy.ndarray
        float32 (h, w, 3).
    method, reading : str
        The method, and how its attributions became the map.
    saliency_map : numpy.ndarray
        (h, w), in the method's unit, not smoothed.
    class_name : str
        The target class; `best_class` is the one with the highest logit.
    best_class : str
        See `class_name`.
    logit, probability : float
        Of the target class.
    completeness_gap, relative_gap : float or None
        Sum of attributions minus the score difference, in logits and as a share of that
        difference; None for methods that do not promise completeness.
    deletion, insertion : float
        Area under the curve of the class logit, fill "mean".
    deletion_controls, insertion_controls : dict of str to tuple of float
        Mean and standard deviation of the same area for the maps of `control_maps`: the same
        method's maps of other pictures, a hill in the middle, and a uniform map, whose pixels
        come in random order.
    after_logits, after_all : Similarity
        Likeness of the map's sizes after randomising the last layer alone, and all layers.
    stability : float
        Largest relative change under noise of 5 grey levels (`max_sensitivity`).
    """

    picture: np.ndarray
    method: str
    reading: str
    saliency_map: np.ndarray
    class_name: str
    best_class: str
    logit: float
    probability: float
    completeness_gap: float | None
    relative_gap: float | None
    deletion: float
    deletion_controls: dict[str, tuple[float, float]]
    insertion: float
    insertion_controls: dict[str, tuple[float, float]]
    after_logits: Similarity
    after_all: Similarity
    stability: float

    def rows(self) -> list[tuple[str, str, str]]:
        """Give the table: (question, value, what to compare it with), all as text."""
        return [
            ("class explained", self.class_name, f"first choice: {self.best_class}"),
            ("class score", f"logit {self.logit:.2f}", f"probability {self.probability:.3f}"),
            ("does it add up?", *self._account()),
            ("deletion (lower is better)", f"{self.deletion:.2f}", self._controls("deletion")),
            ("insertion (higher is better)", f"{self.insertion:.2f}", self._controls("insertion")),
            ("likeness, last layer random", f"{self.after_logits.spearman:.2f}", _LIKENESS),
            ("likeness, all layers random", f"{self.after_all.spearman:.2f}", _LIKENESS),
            ("change under faint noise", f"{self.stability:.0%}", "0% never changes"),
        ]

    def _account(self) -> tuple[str, str]:
        if self.completeness_gap is None:
            return "not promised", "a promise of some methods"
        gap, relative = self.completeness_gap, self.relative_gap
        return f"gap {gap:+.2f} logits ({relative:.0%})", "0 adds up"

    def _controls(self, name: str) -> str:
        controls = getattr(self, f"{name}_controls")
        mean, sd = controls[OTHERS]
        rest = (f"{key} {value:.2f}" for key, (value, _) in controls.items() if key != OTHERS)
        return ", ".join([f"others {mean:.2f} ± {sd:.2f}", *rest])

    def _unbeaten(self) -> dict[str, str]:
        """Name the controls that are as good as the map, for deletion and for insertion."""
        better = {
            "deletion": lambda mean, sd: self.deletion < mean - sd,
            "insertion": lambda mean, sd: self.insertion > mean + sd,
        }
        return {
            name: " and ".join(
                CONTROL_WORDS[key]
                for key, spread in getattr(self, f"{name}_controls").items()
                if not beats(*spread)
            )
            for name, beats in better.items()
        }

    def doubts(self) -> list[str]:
        """List in sentences what speaks against trusting this map; empty if nothing does.

        The thresholds (a tenth, 0.9, 0.5, one half, one standard deviation) are ours: lines
        for a first look, not of a test of significance.
        """
        unbeaten = self._unbeaten()
        found = {
            f"The network's first choice is {self.best_class}, not {self.class_name}.":
                self.best_class != self.class_name,
            "The attributions miss more than a tenth of the score difference.":
                (self.relative_gap or 0) > 0.1,
            f"Deleting: no better than by {unbeaten['deletion']}.":
                bool(unbeaten["deletion"]),
            f"Inserting: no better than by {unbeaten['insertion']}.":
                bool(unbeaten["insertion"]),
            "The map hardly changes when the last layer is random: it cannot tell classes apart.":
                self.after_logits.spearman > 0.9,
            "The map hardly changes when all weights are random: it is not about what was learned.":
                self.after_all.spearman > 0.5,
            "Noise that nobody sees changes the map by more than half of its size.":
                self.stability > 0.5,
        }  # fmt: skip
        return [sentence for sentence, holds in found.items() if holds]


def report_card(
    model,
    image,
    target_class,
    method: str = "gradient",
    *,
    controls: int = 3,
    noisy_copies: int = 5,
    seed: int = 0,
    progress: bool = True,
    **options,
) -> ReportCard:
    """Examine a map before believing it.

    Parameters
    ----------
    model : keras.Model
        From `load_model` or `wrap_classifier`; stays as it is.
    image : PIL.Image.Image or array-like
        A picture of any size, or a picture array of the model's size.
    target_class : int or str
        One class.
    method : str
        A method of `helpers.attribute`, which also takes the `options`.
    controls : int
        Other pictures (rendered scenes), whose maps by the same method deletion and insertion
        are compared with; 2 or more.
    noisy_copies : int
        For the stability.
    seed : int
        For the draw of other pictures, random weights and noise.
    progress : bool
        Whether a progress bar may appear.

    Returns
    -------
    ReportCard

    Raises
    ------
    HelpersError
        For anything that `attribute` refuses, and for fewer than two controls.

    Notes
    -----
    One picture, so no card proves a method right; it can show that a map is not to be trusted.
    """
    check_model(model)
    as_count(controls, "controls", 2)
    options = {**options, "progress": False}
    picture, target = _picture(image, model), class_index(target_class, model)
    names, (best, _) = class_names(model), make_prediction(picture, model, top=1)
    reading = reading_of(method)
    with progress_bar(4, "report card", progress) as bar:
        attributions, details = attribute(model, picture, target, method, details=True, **options)
        saliency_map = read_map(attributions, reading)
        bar.update()
        others = other_pictures(model, controls, seed, without=[names[target]])
        beside = control_maps(model, target, method, others, **options)
        changes = _changes(model, picture, target, saliency_map, beside)
        bar.update()
        after = _after(model, picture, target, method, attributions, seed, options)
        bar.update()
        shaking = {"copies": noisy_copies, "seed": seed}
        stability = max_sensitivity(model, picture, target, method, **shaking, **options)
        bar.update()
    return ReportCard(
        picture=picture,
        method=method,
        reading=reading,
        saliency_map=saliency_map,
        class_name=names[target],
        best_class=names[best],
        probability=float(class_probabilities(picture, model)[target]),
        stability=stability,
        **_account(model, picture, target, details),
        **changes,
        **after,
    )


def _picture(image, model) -> np.ndarray:
    is_array = isinstance(image, np.ndarray)
    ready = is_array and (image.dtype != np.uint8 or image.shape == tuple(model.input_shape[1:]))
    return as_picture(image if ready else to_array(image, model), model)


def _account(model, picture, target: int, details: Mapping) -> dict:
    logit, found = float(compute_logits(model, picture[None])[0, target]), read_account(details)
    gap, relative = (None, None) if found is None else (found.gap, found.relative)
    return {"logit": logit, "completeness_gap": gap, "relative_gap": relative}


def _changes(model, picture, target: int, saliency_map, controls: Mapping) -> dict:
    """Compute the areas of deletion and insertion for the map and for its controls."""
    found, options = {}, {"fill": "mean", "score": "logit", "steps": STEPS, "progress": False}
    for name, curve in (("deletion", deletion_curve), ("insertion", insertion_curve)):

        def area(one, curve=curve):
            return curve(model, picture, target, one, **options).area

        areas = {key: [area(one) for one in maps] for key, maps in controls.items()}
        found[name] = area(saliency_map)
        found[f"{name}_controls"] = {
            key: (float(np.mean(values)), float(np.std(values, ddof=len(values) > 1)))
            for key, values in areas.items()
        }
    return found


def _after(model, picture, target: int, method: str, attributions, seed: int, options) -> dict:
    """Compare the map with the maps of networks whose weights are random."""
    clone, stages = clone_classifier(model), randomisation_stages(model)
    before, found = read_map(attributions, "absolute"), {}
    everything = [number for stage in stages for number in stage.layers]
    for name, layers in (("after_logits", stages[0].layers), ("after_all", everything)):
        randomise_weights(clone, layers, seed)
        after = attribute(clone, picture, target, method, **options)
        found[name] = map_similarity(before, read_map(after, "absolute"))
    return found
