"""The league: every method under every ruler, beside every control, from the stored results.

Per view first (all classes of a view together), then the mean of a scene, then the mean of the
scenes; differences to a control are paired by view. A method has to beat *all* controls, so the
largest of its p values counts, and these are corrected for the number of methods (Holm).
"""

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from helpers.attribution import METHODS, READINGS
from helpers.errors import HelpersError
from helpers.evaluation.fair_controls import OTHERS
from helpers.evaluation.intervals import (
    Estimate,
    holm,
    macro_mean,
    paired_difference,
    view_values,
)
from helpers.evaluation.rulers import (
    RULERS,
    Agreement,
    calibration,
    order_agreement,
    spearman,
    verdict,
)
from helpers.evaluation.stored_results import load_results
from helpers.validation import as_choice

__all__ = [
    "BLIND",
    "Place",
    "ViewNumbers",
    "average_views",
    "compare_views",
    "is_control",
    "league_places",
    "league_verdicts",
    "method_of",
    "stored_agreements",
    "stored_calibration",
    "stored_correlation",
    "stored_gains",
    "stored_numbers",
]

# Networks on which a method never sees the picture: no max pooling, and a backward pass that
# depends on no activation. There it is a control.
BLIND = {"efficientnet-lite0": ("deconvnet",)}
# What a sum over the map is multiplied by to be logits; occlusion's patch is 32 x 32 pixels.
IN_LOGITS = {
    "integrated_gradients": 1, "integrated_gradients_blur": 1, "integrated_gradients_mean": 1,
    "expected_gradients": 1, "blur_ig": 1, "input_x_gradient": 1, "lrp": 1, "lime": 1,
    "kernel_shap": 1, "occlusion": 1 / 32**2,
}  # fmt: skip
VARIANTS = {
    "integrated_gradients_mean": "integrated_gradients",
    "integrated_gradients_blur": "integrated_gradients",
}
CLASSES, RANDOM = "unrelated classes", "random_map"
# The controls that are made of the method itself; of slow methods they may not be stored.
OWN_CONTROLS = (OTHERS, CLASSES)

ViewNumbers = dict[tuple[str, str], float]
"""From (scene, view) to a number."""


class Place(NamedTuple):
    """One method under one ruler.

    `differences` holds, for every control, by how much the method lies above it, paired by view;
    `control` is the one that it beats least surely, `p` the p value of that difference after
    Holm's correction over the methods. `scenes` gives the agreement by scene.
    """

    method: str
    reading: str
    ruler: str
    agreement: Estimate
    scenes: dict[str, float]
    differences: dict[str, Estimate]
    control: str
    p: float

    @property
    def lead(self) -> Estimate:
        """Difference to the control that it beats least surely."""
        return self.differences[self.control]


def method_of(name: str) -> str:
    """Give the method of `helpers.attribute` behind a name in the tables."""
    return VARIANTS.get(name, name)


def stored_agreements(network: str) -> dict[tuple[str, str, str], dict[str, ViewNumbers]]:
    """Compute agreement with the removals for all that is stored of a network.

    Parameters
    ----------
    network : str
        As for `load_results`.

    Returns
    -------
    dict
        From (method, reading, source) to ruler to numbers by view; source is "" for the map
        itself, "other pictures" or "unrelated classes" for the same method's control maps.

    Raises
    ------
    HelpersError
        When nothing is stored for this network.
    """
    found = _gathered(_own_agreements(load_results("objects", network)))
    for source, part in zip(OWN_CONTROLS, ("others", "classes")):
        found |= _gathered(_control_agreements(_optional(part, network), source))
    for reading in READINGS:
        # Ten random maps a picture say the same as one, with a tenth of the noise.
        if ten := found.pop((RANDOM, reading, OTHERS), None):
            found[RANDOM, reading, ""] = ten
    return found


def league_places(network: str, agreements: Mapping | None = None) -> list[Place]:
    """Rank the methods of a network, each in its main reading, under both rulers.

    Parameters
    ----------
    network : str
        As for `load_results`.
    agreements : mapping, optional
        From `stored_agreements`, if they are at hand.

    Returns
    -------
    list of Place
        By ruler, the best agreement first.

    Raises
    ------
    HelpersError
        When nothing is stored for this network.
    """
    agreements = stored_agreements(network) if agreements is None else agreements
    places = []
    for ruler in RULERS:
        found = [
            _place(agreements, network, name, ruler)
            for name in _ranked_methods(agreements, network)
        ]
        corrected = holm([place.p for place in found])
        found = [place._replace(p=float(p)) for place, p in zip(found, corrected)]
        places += sorted(found, key=lambda place: -place.agreement.value)
    return places


def league_verdicts(places: Iterable[Place], level: float = 0.05) -> dict[str, str]:
    """Judge for every method whether it beats all controls under both rulers.

    "stands": the interval of the lead lies above 0 under both rulers, every corrected p value
    stays below `level`, and the method was compared with its own maps of other pictures and for
    unrelated classes as well. Where one of these is not stored, as for slow methods, nobody
    knows whether it beats *every* control, and it stays open.

    "falls": the interval of the lead lies below 0 under both rulers. The lead is the difference
    to the one control that is beaten least surely, which may be another one under either ruler,
    and its interval is not corrected for the number of methods. So a method that falls is not
    above every control, and below one of them; it may lie above the others.

    Parameters
    ----------
    places : iterable of Place
        From `league_places`.
    level : float
        That the corrected p values have to stay below.

    Returns
    -------
    dict of str to {"stands", "falls", "open"}
        "open" is whatever neither stands nor falls.
    """
    by_method: dict[str, list[Place]] = {}
    for place in places:
        by_method.setdefault(place.method, []).append(place)
    return {name: _judged(found, level) for name, found in by_method.items()}


def compare_views(first: ViewNumbers, second: ViewNumbers) -> Estimate:
    """Estimate by how much one thing lies above another, over the views that both have.

    Parameters
    ----------
    first, second : dict of (str, str) to float
        (scene, view) -> number.

    Returns
    -------
    Estimate
    """
    shared = [key for key in first if key in second]
    pairs = [first[key] for key in shared], [second[key] for key in shared]
    return paired_difference(*pairs, [scene for scene, _ in shared])


def average_views(numbers: ViewNumbers) -> Estimate:
    """Average over the views of each scene, then over the scenes.

    Parameters
    ----------
    numbers : dict of (str, str) to float
        (scene, view) -> number.

    Returns
    -------
    Estimate
    """
    return macro_mean([*numbers.values()], [scene for scene, _ in numbers])


def stored_numbers(part: str, column: str, network: str, **chosen) -> dict[str, ViewNumbers]:
    """Collect one column of a stored table by method and view.

    Parameters
    ----------
    part, column : str
        Table and column.
    network : str
        As for `load_results`.
    **chosen
        Column -> the value that rows must have, such as kind="deletion".

    Returns
    -------
    dict of str to dict
        Method -> (scene, view) -> mean over the rows of the view, NaN left out.
    """
    cells: dict[str, dict[tuple, list[float]]] = {}
    for row in load_results(part, network):
        if all(row[key] == value for key, value in chosen.items()) and np.isfinite(row[column]):
            by_view = cells.setdefault(row["method"], {})
            by_view.setdefault((row["scene"], row["view"]), []).append(row[column])
    return {
        name: {key: float(np.mean(values)) for key, values in by_view.items()}
        for name, by_view in cells.items()
    }


def stored_gains(network: str, kind: str, fill: str) -> dict[str, dict[str, Estimate]]:
    """Compare deletion or insertion by a map with the same by its controls.

    Parameters
    ----------
    network : str
        As for `load_results`.
    kind : {"deletion", "insertion"}
        Which curve.
    fill : str
        What it deletes to or inserts from: "black", "mean" or "blur".

    Returns
    -------
    dict of str to dict of str to Estimate
        Method -> "other pictures", "centre" or "uniform" -> by how many logits the mean score
        along the way is better (lower for deletion, higher for insertion), paired by view.
    """
    sign = {"deletion": -1.0, "insertion": 1.0}[as_choice(kind, "kind", ("deletion", "insertion"))]
    chosen = {"kind": kind, "fill": fill}
    areas, others = (stored_numbers("curves", c, network, **chosen) for c in ("area", "others"))
    plain = {"centre": "center_map", "uniform": "uniform_map"}
    return {
        name: {
            control: compare_views(_times(sign, mine), _times(sign, area))
            for control, area in {
                OTHERS: others[name], **{word: areas.get(one, {}) for word, one in plain.items()}
            }.items()
        }
        for name, mine in areas.items()
        if name in others
    }  # fmt: skip


def _times(factor: float, numbers: ViewNumbers) -> ViewNumbers:
    return {key: factor * value for key, value in numbers.items()}


def stored_correlation(network: str, method: str, ruler: str = "mass") -> Estimate:
    """Correlate masses with effects (or densities with effects per area) within every scene.

    Parameters
    ----------
    network, method : str
        As for `load_results`; a method of the tables, in its main reading.
    ruler : {"mass", "density"}
        See `helpers.evaluation.rulers`.

    Returns
    -------
    Estimate
        Macro mean of Spearman's correlation over the objects of a scene.
    """
    as_choice(ruler, "ruler", RULERS)
    rows = _main_rows(network, method)
    effects, given = (np.array([row[key] for row in rows]) for key in ("effect", ruler))
    if ruler == "density":
        effects = effects / np.array([row["area"] for row in rows])
    if rows[0]["reading"] == "absolute":
        effects = np.abs(effects)
    return _by_scene(rows, lambda kept: spearman(effects[kept], given[kept]))


def stored_calibration(network: str, method: str) -> dict[str, Estimate]:
    """Compare what a map in logits promises for objects with what their removal costs.

    Parameters
    ----------
    network, method : str
        As for `load_results`; a method whose sums are logits.

    Returns
    -------
    dict of str to Estimate
        "slope", "error" and "error_of_zero", see `Calibration`, each a macro mean over scenes,
        and "gain": by how much the error lies below the one of saying 0.

    Raises
    ------
    HelpersError
        For a method that promises no logits, or of which nothing is stored.
    """
    if method not in IN_LOGITS:
        raise HelpersError(
            f"The map of {method!r} does not add up to logits; calibration is for "
            f"{', '.join(IN_LOGITS)}."
        )
    rows = _main_rows(network, method, "signed")
    effects = np.array([row["effect"] for row in rows])
    sums = np.array([row["sum"] for row in rows]) * IN_LOGITS[method]
    found = {
        "slope": lambda kept: calibration(effects[kept], sums[kept]).slope,
        "error": lambda kept: np.abs(effects - sums)[kept].mean(),
        "error_of_zero": lambda kept: np.abs(effects)[kept].mean(),
        "gain": lambda kept: (np.abs(effects) - np.abs(effects - sums))[kept].mean(),
    }
    return {name: _by_scene(rows, statistic) for name, statistic in found.items()}


def _main_rows(network: str, method: str, reading: str | None = None) -> list[dict]:
    rows = [row for row in load_results("objects", network) if row["method"] == method]
    kept = [r for r in rows if (r["own"] == 1 if reading is None else r["reading"] == reading)]
    if not kept:
        raise HelpersError(f"Nothing is stored for {method!r} on {network!r}.")
    return kept


def _by_scene(rows: Sequence[Mapping], statistic: Callable[[np.ndarray], float]) -> Estimate:
    views, scenes = ([row[key] for row in rows] for key in ("view", "scene"))
    return macro_mean(*view_values(statistic, views, scenes))


def _optional(part: str, network: str) -> list[dict]:
    """Give the rows of a table, none if there is no such table yet."""
    try:
        return load_results(part, network)
    except HelpersError:
        return []


def _own_agreements(rows: Iterable[Mapping]) -> Iterable[tuple[Hashable, tuple, Agreement]]:
    """Yield (method, reading, source), (scene, view) and agreement, once for each class."""
    pictures: dict[tuple, list[Mapping]] = {}
    for row in rows:
        key = tuple(row[name] for name in ("method", "reading", "scene", "view", "target"))
        pictures.setdefault(key, []).append(row)
    for (method, reading, scene, view, _), things in pictures.items():
        columns = ([row[name] for row in things] for name in ("effect", "mass", "area"))
        found = order_agreement(*columns, sizes=reading == "absolute")
        yield (method, reading, ""), (scene, view), found


def _control_agreements(rows: Iterable[Mapping], source: str):
    for row in rows:
        found = Agreement(row["agreement_mass"], row["agreement_density"])
        yield (row["method"], row["reading"], source), (row["scene"], row["view"]), found


def _gathered(found) -> dict:
    """Average the classes of a view."""
    cells: dict = {}
    for key, view, agreement in found:
        cells.setdefault(key, {}).setdefault(view, []).append(agreement)
    return {
        key: {
            ruler: {view: float(np.mean([one[i] for one in a])) for view, a in views.items()}
            for i, ruler in enumerate(Agreement._fields)
        }
        for key, views in cells.items()
    }


def _main_reading(name: str) -> str:
    return METHODS[method_of(name)].reading


def is_control(name: str, network: str) -> bool:
    """Tell whether a name of the tables knows nothing of a picture that a network looks at."""
    return METHODS[method_of(name)].is_control or name in BLIND.get(network, ())


def _ranked_methods(agreements: Mapping, network: str) -> list[str]:
    names = dict.fromkeys(method for method, _, _ in agreements)
    return [name for name in names if not is_control(name, network)]


def _place(agreements: Mapping, network: str, name: str, ruler: str) -> Place:
    reading = _main_reading(name)
    mine = agreements[name, reading, ""][ruler]
    differences = {
        (source or control): compare_views(mine, views[ruler])
        for (control, read, source), views in agreements.items()
        if read == reading and (control == name if source else is_control(control, network))
    }
    # One that cannot be compared yet (a single view) counts as not beaten.
    hardest = max(differences, key=lambda key: np.nan_to_num(differences[key].p, nan=1.0))
    by_scene = {
        scene: float(np.mean([mine[key] for key in mine if key[0] == scene]))
        for scene in dict.fromkeys(scene for scene, _ in mine)
    }
    p = differences[hardest].p
    return Place(name, reading, ruler, average_views(mine), by_scene, differences, hardest, p)


def _judged(places: Sequence[Place], level: float) -> str:
    says = verdict((place.lead.low, place.lead.high) for place in places)
    proven = all(place.p < level and _met_its_own_controls(place) for place in places)
    return "open" if says == "stands" and not proven else says


def _met_its_own_controls(place: Place) -> bool:
    return all(source in place.differences for source in OWN_CONTROLS)
