"""Many pictures, many methods, many metrics: one table, with the controls always in it."""

from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from helpers.attribution.registry import METHODS, attribute
from helpers.errors import HelpersError
from helpers.evaluation.bootstrap import Spread
from helpers.evaluation.checks import as_picture, choice
from helpers.evaluation.readings import read_map, reading_of
from helpers.models.scores import check_model
from helpers.progress import progress_bar

__all__ = ["CONTROLS", "Case", "Trial", "compare_methods"]

CONTROLS = ("random_map", "edge_map")


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
        Object name -> bool (h, w), for localisation.
    cluster, stratum : hashable
        See `Spread`: the view and the scene that the picture comes from.
    """

    picture: np.ndarray
    target_class: int | str
    masks: Mapping[str, np.ndarray] = field(default_factory=dict)
    cluster: Hashable = None
    stratum: Hashable = None


@dataclass(frozen=True)
class Trial:
    """What a metric gets to see: the model, the case, the method's attributions and its map."""

    model: Any
    case: Case
    method: str
    attributions: np.ndarray
    saliency_map: np.ndarray


Metric = Callable[[Trial], float]


def compare_methods(
    model,
    cases: Sequence[Case],
    methods: Sequence[str],
    metrics: Mapping[str, Metric],
    *,
    options: Mapping[str, Mapping] | None = None,
    readings: Mapping[str, str] | None = None,
    seed: int = 0,
    progress: bool = True,
) -> dict[str, dict[str, Spread]]:
    """Judge methods by metrics over several pictures, next to the two controls.

    Each map is computed once and given to every metric; one map is kept at a time. The
    controls `random_map` (another one for every picture) and `edge_map` are always added.

    Parameters
    ----------
    model : keras.Model
        From `load_model` or `wrap_classifier`.
    cases : sequence of Case
        Pictures with their targets.
    methods : sequence of str
        Methods of `helpers.attribute`.
    metrics : mapping of str to callable
        Name -> function from a `Trial` to a number, such as
        `lambda trial: pointing_game(trial.saliency_map, trial.case.masks["ball"])`.
    options : mapping of str to mapping, optional
        Method -> its options.
    readings : mapping of str to {"absolute", "signed"}, optional
        Method -> how its attributions become a map; by default `reading_of(method)`.
    seed : int
        For the random maps.
    progress : bool
        Whether a progress bar may appear.

    Returns
    -------
    dict of str to dict of str to Spread
        Method -> metric -> values over the cases, in their order.

    Raises
    ------
    HelpersError
        For no cases, no metrics, an unknown method, and for bad pictures, targets or options.
    """
    check_model(model)
    methods = list(dict.fromkeys([*methods, *CONTROLS]))
    for method in methods:
        choice(method, "a method", METHODS)
    if not cases or not metrics:
        raise HelpersError("compare_methods needs at least one case and one metric.")
    values = {method: {name: [] for name in metrics} for method in methods}
    with progress_bar(len(cases) * len(methods), "comparing methods", progress) as bar:
        for trial in _trials(model, cases, methods, options or {}, readings or {}, seed):
            for name, metric in metrics.items():
                values[trial.method][name].append(float(metric(trial)))
            bar.update()
    clusters = tuple(_cluster(case, number) for number, case in enumerate(cases))
    labels = clusters, tuple(case.stratum for case in cases)
    return {
        method: {name: Spread(np.array(found), *labels) for name, found in by_metric.items()}
        for method, by_metric in values.items()
    }


def _cluster(case: Case, number: int) -> Hashable:
    """Give the cluster of a case; a case that names none stands for itself."""
    return number if case.cluster is None else case.cluster


def _trials(model, cases, methods, options, readings, seed) -> Iterator[Trial]:
    for number, case in enumerate(cases):
        picture = as_picture(case.picture, model)
        for method in methods:
            given = {"progress": False, **options.get(method, {})}
            if method == "random_map":
                given.setdefault("seed", seed + number)
            attributions = attribute(model, picture, case.target_class, method, **given)
            reading = readings.get(method, reading_of(method))
            yield Trial(model, case, method, attributions, read_map(attributions, reading))
