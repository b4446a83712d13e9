"""Rulers: what a map gives to objects beside what their removal does, like compared with like.

A map that hands out contributions gives an object its effect as a *sum*, so

* **mass** (the sum over the object) is compared with the **effect**, and
* **density** (mass over area) with the **effect per area**.

Density beside the effect of a whole object compares unlike things: the exact contributions of a
linear network then order two objects of random size rightly in about two pairs of three. Maps
of sizes, such as the absolute gradient, promise nothing about for and against: they are
compared with absolute effects. A third ruler is for maps in logits alone, **calibration**: the
sum over the object, in logits, beside the effect, in logits.

No ruler is right for every question, so a conclusion counts only if it holds under both of the
first two; see `verdict`.

Kin: FunnyBirds (Hesse, Schaub-Meyer and Roth 2023, arXiv:2308.06248) and IDSDS (the same 2024,
arXiv:2407.11910) compare mass with effect by rank, over parts and over patches, in networks that
were trained on what is missing; here networks are asked as they come.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np
from scipy import stats

from helpers.errors import HelpersError

__all__ = [
    "RULERS",
    "Agreement",
    "Calibration",
    "calibration",
    "order_agreement",
    "ordered_pairs",
    "spearman",
    "verdict",
]

RULERS = ("mass", "density")


class Agreement(NamedTuple):
    """Share of pairs of objects in the right order, 0..1, under either ruler; 0.5 is guessing."""

    mass: float
    density: float


class Calibration(NamedTuple):
    """How far sums in logits are effects in logits.

    `slope` of the effect against the sum: 1 when a logit on the map is a logit of effect, below
    1 when the map promises more than removal shows. `error`: mean absolute difference of sum and
    effect, in logits; `error_of_zero`: the same for a map that says 0 everywhere. `n` objects.
    """

    slope: float
    error: float
    error_of_zero: float
    n: int


def order_agreement(
    effects: Sequence[float],
    masses: Sequence[float],
    areas: Sequence[float],
    *,
    sizes: bool = False,
) -> Agreement:
    """Measure how many pairs of objects of one picture a map puts in the right order.

    Ties of the map count one half; pairs of equal truth are left out.

    Parameters
    ----------
    effects : sequence of float
        One per object: class logit with it minus class logit without it.
    masses : sequence of float
        One per object: sum of the map over it, in any unit.
    areas : sequence of float
        One per object, above 0, in any unit.
    sizes : bool
        Whether the map knows sizes alone: then sizes of effects and masses are compared.

    Returns
    -------
    Agreement
        NaN where there is no pair.

    Raises
    ------
    HelpersError
        For sequences of different lengths, values that are not finite, areas of 0.

    References
    ----------
    (Kendall's tau-a + 1) / 2 over the objects of a picture (Kendall 1938).
    """
    values = _objects(effects, masses, areas)
    if not (values[2] > 0).all():
        raise HelpersError("Areas lie above 0: leave out objects that cover nothing.")
    true, given = np.abs(values[:2]) if sizes else values[:2]
    area = values[2]
    return Agreement(_ordered_alike(true, given), _ordered_alike(true / area, given / area))


def ordered_pairs(true: np.ndarray, given: np.ndarray) -> np.ndarray:
    """Tell for each pair of objects of different truth whether it is ordered alike.

    Parameters
    ----------
    true, given : numpy.ndarray
        (n,), one number per object.

    Returns
    -------
    numpy.ndarray
        float (k,): 1 for a pair in the right order, 0 in the other one, 0.5 for equal `given`. The
        mean is (Somers' D + 1) / 2; there may be no pair.
    """
    first, second = np.triu_indices(len(true), 1)
    told = np.sign(true[first] - true[second])
    alike = told * np.sign(given[first] - given[second])
    return (alike[told != 0] + 1) / 2


def spearman(first: np.ndarray, second: np.ndarray) -> float:
    """Compute Spearman's rank correlation of two rows (n,).

    Returns
    -------
    float
        NaN for fewer than three values, and where all values of a row are equal.
    """
    if len(first) < 3 or np.ptp(first) == 0 or np.ptp(second) == 0:
        return float("nan")
    return float(stats.spearmanr(first, second).statistic)


def calibration(effects: Sequence[float], sums: Sequence[float]) -> Calibration:
    """Compare what a map in logits promises with what removal costs, object by object.

    Parameters
    ----------
    effects : sequence of float
        Class logit with the object minus class logit without it.
    sums : sequence of float
        Sum of the map over the object, in logits.

    Returns
    -------
    Calibration
        `slope` by least squares; NaN when all sums are equal.

    Raises
    ------
    HelpersError
        For fewer than two objects, different lengths, or values that are not finite.

    Notes
    -----
    Removal takes shadow and reflections along and uncovers what was behind, and a baseline such
    as black is another absence than an empty place: a slope other than 1 has several causes.
    """
    true, said = _objects(effects, sums)
    if len(true) < 2:
        raise HelpersError("Calibration needs two objects or more.")
    slope = stats.linregress(said, true).slope if np.ptp(said) > 0 else np.nan
    errors = np.abs(said - true).mean(), np.abs(true).mean()
    return Calibration(float(slope), *map(float, errors), len(true))


def verdict(intervals: Iterable[tuple[float, float]]) -> str:
    """Judge the conclusion "this difference is above 0" by its intervals under all rulers.

    Parameters
    ----------
    intervals : iterable of tuple of float
        (low, high) of the difference, one per ruler (and network).

    Returns
    -------
    {"stands", "falls", "open"}
        "stands" if all lie above 0, "falls" if all lie below 0, "open" otherwise, so also when
        an interval is not known (NaN).

    Raises
    ------
    HelpersError
        For no intervals.
    """
    ends = list(intervals)
    if not ends:
        raise HelpersError("A verdict needs one interval per ruler, not none.")
    if all(low > 0 for low, _ in ends):
        return "stands"
    return "falls" if all(high < 0 for _, high in ends) else "open"


def _objects(*columns: Sequence[float]) -> np.ndarray:
    """Give columns of one length with finite values, one per object."""
    if len({len(column) for column in columns}) != 1:
        lengths = " and ".join(str(len(column)) for column in columns)
        raise HelpersError(f"Give one number of each kind per object, not {lengths}.")
    values = np.array(columns, np.float64)
    if not np.isfinite(values).all():
        raise HelpersError("Effects, masses and areas are finite numbers.")
    return values


def _ordered_alike(true: np.ndarray, given: np.ndarray) -> float:
    found = ordered_pairs(true, given)
    return float(found.mean()) if len(found) else float("nan")
