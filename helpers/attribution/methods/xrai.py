"""XRAI: attributions gathered over regions of the picture."""

from collections.abc import Iterator

import numpy as np
from skimage.morphology import isotropic_dilation
from skimage.segmentation import felzenszwalb
from skimage.transform import resize

from helpers.attribution.methods.integrated_gradients import integrated_gradients
from helpers.attribution.question import BATCH_SIZE, Question
from helpers.attribution.records import Passes, recorded

__all__ = ["grown_segments", "rank_segments", "xrai"]

SCALES = (50, 100, 150, 250, 500, 1200)
SIGMA = 0.8
SMALLEST_SEGMENT = 150
SEGMENTED_SIZE = (224, 224)
DILATION = 5
SMALLEST_GAIN = 50


@recorded(
    signed=True,
    channels=False,
    needs_gradients=True,
    passes=Passes(gradients=102),
    reading="signed",
    unit="logit",
    source="Kapishnikov et al. 2019",
)
def xrai(
    question: Question,
    *,
    steps: int = 50,
    batch_size: int = BATCH_SIZE,
    progress: bool = True,
) -> tuple[np.ndarray, dict]:
    """Rank regions of the picture by the density of their attributions (XRAI).

    Integrated Gradients are averaged over a black and a white baseline, and the largest of
    the three channels is kept. The picture, scaled to -1..1, is segmented at six scales
    (Felzenszwalb and Huttenlocher 2004), each segment grown by 5 pixels. Then the segment
    with the highest mean attribution over its pixels that no earlier segment covers is added,
    again and again, and those pixels get that mean; segments that add fewer than 50 pixels
    are dropped. All parameters are those of the authors' library, PAIR saliency 0.2.1 ("full"
    algorithm), but for the trapezoid rule, the number of steps, 100 there, and the baselines:
    there the picture's lowest and highest value, here 0 and 255.

    Parameters
    ----------
    question : Question
        Model, layer, m pairs of picture and target.
    steps : int
        Intervals of Integrated Gradients, for each of the two baselines.
    batch_size, progress
        See `helpers.attribute`.

    Returns
    -------
    attributions : numpy.ndarray
        float32 (m, h, w, 1), signed, logits per pixel; constant over each piece.
    details : dict
        `score` (m,) and `pieces` (m,), the number of segments that were added.

    References
    ----------
    Kapishnikov et al. 2019, arXiv:1906.02825.
    """
    options = {"steps": steps, "batch_size": batch_size, "progress": progress}
    black, details = integrated_gradients(question, baseline="black", **options)
    white, _ = integrated_gradients(question, baseline="white", **options)
    pixels = ((black + white) / 2).max(-1)
    maps, pieces = zip(*_ranked(pixels, question.pairs.pictures))
    return np.stack(maps)[..., None], {"score": details["score"], "pieces": np.array(pieces)}


def _ranked(pixels: np.ndarray, pictures: np.ndarray) -> Iterator[tuple[np.ndarray, int]]:
    segments, before = None, None
    for values, picture in zip(pixels, pictures):
        # Several classes of one picture share its segments.
        if before is None or not np.array_equal(picture, before):
            segments, before = grown_segments(picture), picture
        yield rank_segments(values, segments)


def grown_segments(picture: np.ndarray) -> np.ndarray:
    """Segment a picture (h, w, 3) at all scales, and grow each segment: bool (n, h, w)."""
    low, span = picture.min(), max(np.ptp(picture), 1e-6)
    scaled = (picture - low) / span * 2 - 1
    # At one size, because the segmentation's parameters are in pixels. As in PAIR saliency.
    small = resize(scaled, SEGMENTED_SIZE, 3, "constant", preserve_range=True, anti_aliasing=True)
    masks = []
    for scale in SCALES:
        labels = felzenszwalb(small, scale, SIGMA, SMALLEST_SEGMENT)
        labels = resize(labels, picture.shape[:2], 0, preserve_range=True, anti_aliasing=False)
        masks += [labels == label for label in np.unique(labels)]
    return np.stack([isotropic_dilation(mask, DILATION) for mask in masks])


def rank_segments(pixels: np.ndarray, segments: np.ndarray) -> tuple[np.ndarray, int]:
    """Add segments by the mean of what they add.

    Parameters
    ----------
    pixels : numpy.ndarray
        Attributions (h, w).
    segments : numpy.ndarray
        bool (n, h, w); they may overlap.

    Returns
    -------
    saliency_map : numpy.ndarray
        float32 (h, w), in the unit of `pixels`.
    pieces : int
        How many segments were added.
    """
    values, masks = pixels.ravel().astype(np.float64), segments.reshape(len(segments), -1).copy()
    free, result, pieces = np.ones(values.size, bool), np.zeros_like(values), 0
    counts, sums = masks.sum(1), masks @ values
    while (counts >= SMALLEST_GAIN).any():
        density = np.where(counts >= SMALLEST_GAIN, sums / np.maximum(counts, 1), -np.inf)
        best = density.argmax()
        added = np.flatnonzero(masks[best])
        result[added], free[added], pieces = density[best], False, pieces + 1
        # Covered pixels count for no later segment.
        counts -= masks[:, added].sum(1)
        sums -= masks[:, added] @ values[added]
        masks[:, added] = False
    if free.any():
        result[free] = values[free].mean()
    return result.reshape(pixels.shape).astype(np.float32), pieces
