"""Means with their spread: what a metric says over several pictures, and how surely."""

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass

import numpy as np

from helpers.errors import HelpersError
from helpers.validation import as_count, as_number

__all__ = ["Spread", "cluster_bootstrap"]

RESAMPLES = 1000


@dataclass(frozen=True)
class Spread:
    """The values of a metric over several pictures.

    Attributes
    ----------
    values : numpy.ndarray
        One per picture, float; NaN where the metric is not defined for a picture.
    clusters : tuple
        One label per value: values with the same label belong together (several targets of
        one view) and are resampled together.
    strata : tuple
        One label per value; clusters are resampled within their stratum (a scene).
    """

    values: np.ndarray
    clusters: tuple[Hashable, ...]
    strata: tuple[Hashable, ...]

    @property
    def n(self) -> int:
        """How many values there are, without those that are not defined."""
        return int(np.isfinite(self.values).sum())

    @property
    def mean(self) -> float:
        """Mean of the defined values, NaN if there is none."""
        return float(np.nanmean(self.values)) if self.n else float("nan")

    @property
    def sd(self) -> float:
        """Standard deviation (n - 1) of the defined values, NaN for fewer than two."""
        return float(np.nanstd(self.values, ddof=1)) if self.n > 1 else float("nan")

    def interval(self, level: float = 0.95, resamples: int = RESAMPLES, seed: int = 0):
        """Give the bootstrap interval (low, high) of the mean, clusters resampled whole."""
        return cluster_bootstrap(
            lambda rows: _mean(self.values[rows]),
            self.clusters,
            self.strata,
            level=level,
            resamples=resamples,
            seed=seed,
        )

    def __str__(self) -> str:
        return f"{self.mean:.3f} ± {self.sd:.3f} (n = {self.n})"


def _mean(values: np.ndarray) -> float:
    return float(np.nanmean(values)) if np.isfinite(values).any() else float("nan")


def cluster_bootstrap(
    statistic: Callable[[np.ndarray], float],
    clusters: Sequence[Hashable],
    strata: Sequence[Hashable] | None = None,
    *,
    level: float = 0.95,
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> tuple[float, float]:
    """Compute a percentile interval of a statistic by resampling whole clusters.

    Rows of one cluster (the objects and targets of one view) are not independent, so a
    resample draws clusters, not rows, with replacement and as many as there are, and within
    each stratum (scene) separately: the scenes are fixed, the views are a sample.

    Parameters
    ----------
    statistic : callable
        From row indices (int array, with repetitions) to a number; NaN is left out.
    clusters : sequence
        Label of the cluster of each row.
    strata : sequence, optional
        Label of the stratum of each row; None means one stratum.
    level : float
        Between 0 and 1.
    resamples : int
        How many.
    seed : int
        The same seed gives the same interval.

    Returns
    -------
    low, high : float
        NaN, NaN when no resample gives a number, and when a stratum has a single cluster: one
        view says nothing about the spread over views.

    Raises
    ------
    HelpersError
        For a level outside 0..1, labels of different lengths, or no rows.

    References
    ----------
    Davison and Hinkley 1997, *Bootstrap Methods and their Application*, sections 2.4 and 3.8;
    percentile intervals of few clusters come out somewhat too narrow.
    """
    strata = [None] * len(clusters) if strata is None else strata
    as_number(level, "level", 1e-6, 1 - 1e-6, "a share between 0 and 1, such as 0.95")
    if not len(clusters) or len(strata) != len(clusters):
        raise HelpersError(
            f"The bootstrap needs one cluster and one stratum for every row, not {len(clusters)} "
            f"and {len(strata)}."
        )
    groups = _groups(clusters, strata)
    if min(map(len, groups)) < 2:
        return float("nan"), float("nan")
    rng = np.random.default_rng(seed)
    drawn = [statistic(_resample(groups, rng)) for _ in range(as_count(resamples, "resamples"))]
    if not np.isfinite(drawn).any():
        return float("nan"), float("nan")
    low, high = np.nanquantile(drawn, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)


def _groups(clusters, strata) -> list[list[np.ndarray]]:
    """Row indices by stratum and cluster, in order of first appearance."""
    found: dict = {}
    for row, (cluster, stratum) in enumerate(zip(clusters, strata)):
        found.setdefault(stratum, {}).setdefault(cluster, []).append(row)
    return [[np.array(rows) for rows in group.values()] for group in found.values()]


def _resample(groups: list[list[np.ndarray]], rng: np.random.Generator) -> np.ndarray:
    return np.concatenate(
        [group[i] for group in groups for i in rng.integers(len(group), size=len(group))]
    )
