"""Which maps are alike? Clusters of maps over many pictures, to find what a network keeps using."""

from collections.abc import Sequence

import numpy as np
from scipy import linalg, stats
from scipy.cluster.vq import kmeans2
from scipy.sparse import csgraph
from scipy.spatial.distance import cdist
from skimage.transform import resize

from helpers.errors import HelpersError
from helpers.validation import as_count

__all__ = ["brightest_window", "cluster_maps"]

MOST_CLUSTERS = 8


def cluster_maps(
    maps: Sequence[np.ndarray],
    clusters: int | None = None,
    *,
    side: int = 16,
    neighbours: int = 10,
    seed: int = 0,
) -> np.ndarray:
    """Sort maps into clusters by where their mass lies (spectral relevance analysis).

    Each map is shrunk to `side` x `side`, its sizes scaled to sum to 1. Maps that are among each
    other's nearest neighbours are joined, and k-means sorts them by the eigenvectors of the
    graph's normalised Laplacian with the smallest eigenvalues. Unless it is given, the number of
    clusters is where the gap between two eigenvalues is largest.

    Parameters
    ----------
    maps : sequence of numpy.ndarray
        Saliency maps (h, w), one per picture, of one size; signs are dropped.
    clusters : int, optional
        How many clusters; None lets the eigenvalues decide, 2 to 8.
    side : int
        Cells along each side of a shrunken map.
    neighbours : int
        Nearest neighbours of each map in the graph.
    seed : int
        The same seed gives the same clusters.

    Returns
    -------
    numpy.ndarray
        int (n,): the number of each map's cluster, 0 for the largest one.

    Raises
    ------
    HelpersError
        For fewer maps than `neighbours` + 2, maps of different sizes or without mass, and more
        clusters than maps.

    References
    ----------
    Lapuschkin et al. 2019, "Unmasking Clever Hans predictors and assessing what machines really
    learn", Nature Communications 10, arXiv:1902.10178.
    """
    profiles = _profiles(maps, side)
    if len(profiles) < as_count(neighbours, "neighbours") + 2:
        raise HelpersError(
            f"{len(profiles)} maps are too few for {neighbours} neighbours each: give at least "
            f"{neighbours + 2} maps, or fewer neighbours."
        )
    values, vectors = linalg.eigh(_laplacian(profiles, neighbours))
    count = _largest_gap(values) if clusters is None else as_count(clusters, "clusters")
    if count > len(profiles):
        raise HelpersError(f"{len(profiles)} maps cannot make {count} clusters.")
    rows = vectors[:, :count]
    rows = rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-12)
    return _by_size(kmeans2(rows, count, minit="++", seed=seed)[1])


def brightest_window(saliency_map: np.ndarray, side: int) -> tuple[int, int, int, int]:
    """Find the square window that holds most of a map.

    Parameters
    ----------
    saliency_map : numpy.ndarray
        (h, w); signs are dropped.
    side : int
        Side of the window in pixels.

    Returns
    -------
    tuple of int
        (top, left, bottom, right); bottom and right are the first pixels outside.

    Raises
    ------
    HelpersError
        When the window is larger than the map.
    """
    sizes = np.abs(np.asarray(saliency_map, np.float64))
    if not 1 <= as_count(side, "side") <= min(sizes.shape):
        raise HelpersError(f"A window of {side} pixels does not fit into a map of {sizes.shape}.")
    sums = np.pad(sizes.cumsum(0).cumsum(1), ((1, 0), (1, 0)))
    held = sums[side:, side:] - sums[:-side, side:] - sums[side:, :-side] + sums[:-side, :-side]
    top, left = (int(i) for i in np.unravel_index(held.argmax(), held.shape))
    return top, left, top + side, left + side


def _profiles(maps: Sequence[np.ndarray], side: int) -> np.ndarray:
    """Give each map as a distribution over cells: float64 (n, side * side)."""
    sizes = [np.abs(np.asarray(one, np.float64)) for one in maps]
    if not sizes or {one.shape for one in sizes} != {sizes[0].shape} or sizes[0].ndim != 2:
        raise HelpersError("Maps to compare are arrays (h, w), all of one size.")
    cells = np.stack([resize(one, (side, side), anti_aliasing=True).ravel() for one in sizes])
    if not (np.isfinite(cells).all() and (cells.sum(1) > 0).all()):
        raise HelpersError("A map that is 0 everywhere, or holds NaN, belongs to no cluster.")
    return cells / cells.sum(1, keepdims=True)


def _laplacian(profiles: np.ndarray, neighbours: int) -> np.ndarray:
    """Give the normalised Laplacian of the graph of nearest neighbours."""
    distances = cdist(profiles, profiles)
    nearest = distances.argsort(1)[:, 1 : neighbours + 1]
    joined = np.zeros_like(distances)
    np.put_along_axis(joined, nearest, 1.0, axis=1)
    return csgraph.laplacian((joined + joined.T) / 2, normed=True)


def _largest_gap(eigenvalues: np.ndarray) -> int:
    gaps = np.diff(eigenvalues[: MOST_CLUSTERS + 1])
    return 2 + int(gaps[1:].argmax())


def _by_size(labels: np.ndarray) -> np.ndarray:
    _, cluster, counts = np.unique(labels, return_inverse=True, return_counts=True)
    return (stats.rankdata(-counts, "ordinal") - 1)[cluster]
