"""What is explained: which pictures, and which class, sum of classes or filter of each."""

from typing import NamedTuple

import numpy as np

from helpers.classes import checked_index, class_index
from helpers.errors import HelpersError
from helpers.validation import is_whole

__all__ = ["Pairs", "pair_targets"]

_LISTS = (list, tuple, range)


class Pairs(NamedTuple):
    """Pictures and targets, paired: one map is made of each pair."""

    pictures: np.ndarray
    """float32 (m, h, w, 3), 0..255."""
    targets: np.ndarray
    """float32 (m, n_units), a one-hot row for one class; the score of a pair is the sum of its
    row times the units."""
    single: bool
    """Whether one map is wanted, without a leading axis."""


def pair_targets(
    pictures: np.ndarray, batched: bool, target_class, n_units: int, model=None
) -> Pairs:
    """Pair pictures with targets.

    Parameters
    ----------
    pictures : numpy.ndarray
        float32 (n, h, w, 3).
    batched : bool
        Whether the reader gave the leading axis.
    target_class : int, str or list
        One class; or a list: k classes for one picture, or n classes for n pictures. A list
        inside the list is a sum of scores, [[a, b]].
    n_units : int
        Number of logits, or of filters of a layer.
    model : keras.Model, optional
        Tells the class names; None when the targets are filters of a layer.

    Returns
    -------
    Pairs
        One pair per map.

    Raises
    ------
    HelpersError
        For unknown classes, and for a list whose length fits neither rule.
    """
    target_class = _without_numpy(target_class)
    several = isinstance(target_class, _LISTS)
    targets = list(target_class) if several else [target_class]
    rows = np.stack([_row(target, n_units, model) for target in targets]) if targets else ()
    n, k = len(pictures), len(rows)
    if not several or (n == 1 and k >= 1) or n == k:
        count = max(n, k)
        pairs = [np.repeat(part, count, 0) if len(part) == 1 else part for part in (pictures, rows)]
        return Pairs(*pairs, single=not batched and not several)
    raise HelpersError(
        f"{n} pictures with {k} target classes: give one class for all, one class per picture, "
        "or several classes for one picture."
    )


def _without_numpy(target):
    return target.tolist() if isinstance(target, np.ndarray) else target


def _row(target, n_units: int, model) -> np.ndarray:
    target = _without_numpy(target)
    row = np.zeros(n_units, np.float32)
    for part in target if isinstance(target, _LISTS) else [target]:
        row[_index(part, n_units, model)] += 1
    if not row.any():
        raise HelpersError("A target class is missing: the list is empty.")
    return row


def _index(target, n_units: int, model) -> int:
    if model is not None:
        return class_index(target, model)
    if is_whole(target):
        return checked_index(int(target), n_units, "filter")
    raise HelpersError(
        f"For an inner layer the target is the number of a filter, 0 to {n_units - 1}, "
        f"not {target!r}."
    )
