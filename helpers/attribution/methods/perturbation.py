"""Methods that hide parts of the picture and watch the score; they need no gradient."""

import numpy as np

from helpers.attribution.question import BATCH_SIZE, Question
from helpers.attribution.records import Passes, recorded
from helpers.backend import tf
from helpers.errors import HelpersError
from helpers.pictures.fills import Fill, fill_picture
from helpers.progress import balanced_slices, progress_bar

__all__ = [
    "occlusion",
    "patch_corners",
    "random_grids",
    "rise",
    "shifted_masks",
    "spread_drops",
]

_FACTS = {
    "signed": True,
    "channels": False,
    "needs_gradients": False,
    "reading": "signed",
    "unit": "logit",
}


@recorded(**_FACTS, passes=Passes(scores=170), source="Zeiler and Fergus 2014")
def occlusion(
    question: Question,
    *,
    patch: int = 32,
    stride: int = 16,
    fill: Fill = "mean",
    batch_size: int = BATCH_SIZE,
    progress: bool = True,
) -> tuple[np.ndarray, dict]:
    """Measure how far the score falls when a square patch hides part of the picture.

    A pixel gets the mean of S(x) - S(x with the patch filled) over all patches that cover it;
    positive where hiding hurts the class. Patches stand `stride` apart, with a last row and
    column at the border, so that every pixel is covered.

    Parameters
    ----------
    question : Question
        Model, layer, m pairs of picture and target.
    patch : int
        Side of the patch in pixels.
    stride : int
        Distance between patches in pixels, at most `patch`.
    fill : {"mean", "black", "white", "blur"}, float or sequence of float
        What the patch is filled with; see `helpers.pictures.fills.fill_picture`.
    batch_size, progress
        See `helpers.attribute`.

    Returns
    -------
    attributions : numpy.ndarray
        float32 (m, h, w, 1), signed, logits.
    details : dict
        `score` (m,).

    Raises
    ------
    HelpersError
        For a patch larger than the picture, and a stride larger than the patch.

    References
    ----------
    Zeiler and Fergus 2014, arXiv:1311.2901, section 4.2.
    """
    pictures, targets, _ = question.pairs
    corners = patch_corners(pictures.shape[1:3], patch, stride)
    scores, drops = question.scores(pictures, targets, batch_size), []
    with progress_bar(len(pictures) * len(corners), "occlusion", progress) as bar:
        for picture, row, score in zip(pictures, targets, scores):
            filled = fill_picture(picture, fill)
            hidden = _hidden_scores(question, picture, row, corners, patch, filled, batch_size, bar)
            drops.append(score - hidden)
    maps = [spread_drops(d, corners, patch, pictures.shape[1:3]) for d in drops]
    return np.stack(maps)[..., None], {"score": scores}


@recorded(**_FACTS, passes=Passes(scores=1000), source="Petsiuk et al. 2018")
def rise(
    question: Question,
    *,
    samples: int = 1000,
    cells: int = 7,
    keep: float = 0.5,
    batch_size: int = BATCH_SIZE,
    seed: int = 0,
    progress: bool = True,
) -> tuple[np.ndarray, dict]:
    """Estimate how much better the class does when a pixel shows, from random masks.

    The picture is multiplied by n random masks: coarse grids of `cells` x `cells`, each cell
    1 with probability `keep`, enlarged bilinearly and shifted at random. So hidden means black;
    the authors' code multiplies pictures whose mean colour over ImageNet was subtracted, so
    there hidden means that colour. A pixel gets sum_i M_i (S_i - mean S) / sum_i M_i: the mean
    score while it shows, minus the mean over all masks. The paper has sum_i M_i S_i / (n keep),
    with probabilities for S; that differs by a constant in the limit, but with logits and few
    masks the noise of that constant drowns the map.

    Parameters
    ----------
    question : Question
        Model, layer, m pairs of picture and target; every pair gets the same masks.
    samples : int
        Number n of masks.
    cells : int
        Cells of the coarse grid along each side.
    keep : float
        Probability that a cell shows, between 0 and 1.
    batch_size, seed, progress
        See `helpers.attribute`. The masks do not depend on the batch size.

    Returns
    -------
    attributions : numpy.ndarray
        float32 (m, h, w, 1), signed, logits.
    details : dict
        `mean_score` (m,), over the masked pictures.

    References
    ----------
    Petsiuk, Das and Saenko 2018, arXiv:1806.07421.
    """
    pictures, targets, _ = question.pairs
    size = pictures.shape[1:3]
    maps, means = [], []
    with progress_bar(len(pictures) * samples, "rise", progress) as bar:
        for picture, row in zip(pictures, targets):
            grids = random_grids(samples, cells, keep, size, seed)
            found = _masked_mean(question, picture, row, grids, batch_size, bar)
            maps.append(found[0])
            means.append(found[1])
    return np.stack(maps)[..., None], {"mean_score": np.array(means, np.float32)}


def patch_corners(size: tuple[int, int], patch: int, stride: int) -> list[tuple[int, int]]:
    """List the corners (top, left) of patches that cover a picture, the last at its border.

    Parameters
    ----------
    size : tuple of int
        Height and width of the picture.
    patch, stride : int
        As for `occlusion`.

    Raises
    ------
    HelpersError
        As for `occlusion`.
    """
    if patch > min(size):
        raise HelpersError(f"A patch of {patch} pixels does not fit into a picture of {size}.")
    if stride > patch:
        raise HelpersError(
            f"With a stride of {stride} and a patch of {patch} some pixels are never hidden: "
            "the stride is at most the patch."
        )
    rows, columns = ([*range(0, side - patch, stride), side - patch] for side in size)
    return [(top, left) for top in rows for left in columns]


def _hidden_scores(question: Question, picture, row, corners, patch, filled, size, bar):
    scores = np.empty(len(corners), np.float32)
    for part in balanced_slices(len(corners), size):
        batch = np.repeat(picture[None], part.stop - part.start, axis=0)
        for copy, (top, left) in zip(batch, corners[part]):
            where = slice(top, top + patch), slice(left, left + patch)
            copy[where] = filled[where]
        rows = np.broadcast_to(row, (len(batch), len(row)))
        scores[part] = question.scores(batch, rows, len(batch))
        bar.update(len(batch))
    return scores


def spread_drops(drops: np.ndarray, corners, patch: int, size: tuple[int, int]) -> np.ndarray:
    """Give each pixel the mean of the drops (n,) of all patches that cover it: float32 (h, w)."""
    sums, counts = np.zeros(size, np.float32), np.zeros(size, np.float32)
    for drop, (top, left) in zip(drops, corners):
        where = slice(top, top + patch), slice(left, left + patch)
        sums[where] += drop
        counts[where] += 1
    return sums / counts


def random_grids(samples: int, cells: int, keep: float, size, seed: int) -> tuple:
    """Draw coarse grids (n, cells, cells, 1) and shifts (n, 2); give the cell's size in pixels too.

    The masks of `rise`, before `shifted_masks` enlarges some of them to the `size` (h, w) of the
    picture; `samples`, `cells`, `keep` and `seed` are its options.
    """
    rng = np.random.default_rng(seed)
    grids = rng.random((samples, cells, cells, 1)) < keep
    cell = [-(-side // cells) for side in size]
    return grids.astype(np.float32), rng.integers(0, cell, (samples, 2)), cell


def shifted_masks(grids: np.ndarray, shifts: np.ndarray, cell, size) -> np.ndarray:
    """Enlarge and shift what `random_grids` drew: float32 (n, h, w, 1), 0..1."""
    # One cell more than the picture has, so that there is room for the shift, as in the paper.
    enlarged = [side * (grids.shape[1] + 1) for side in cell]
    large = tf.image.resize(grids, enlarged, "bilinear").numpy()
    pairs = zip(large, shifts)
    return np.stack([m[y : y + size[0], x : x + size[1]] for m, (y, x) in pairs])


def _masked_mean(question: Question, picture, row, grids: tuple, batch_size, bar) -> tuple:
    """Give the mean score while each pixel shows minus the mean of all, and that mean."""
    coarse, shifts, cell = grids
    size = picture.shape[:2]
    weighted, coverage, scores = np.zeros(size), np.zeros(size), []
    for part in balanced_slices(len(coarse), batch_size):
        masks = shifted_masks(coarse[part], shifts[part], cell, size)
        rows = np.broadcast_to(row, (len(masks), len(row)))
        scores.append(question.scores(masks * picture, rows, len(masks)))
        weighted += np.tensordot(scores[-1], masks[..., 0], 1)
        coverage += masks[..., 0].sum(0)
        bar.update(len(masks))
    mean = np.concatenate(scores).mean()
    shown = np.divide(weighted, coverage, out=np.full(size, float(mean)), where=coverage > 0)
    return (shown - mean).astype(np.float32), mean
