"""Expected Gradients: Integrated Gradients from many other pictures at once."""

import numpy as np

from helpers.attribution.methods.integrated_gradients import completeness_gap
from helpers.attribution.question import BATCH_SIZE, Question
from helpers.attribution.records import Passes, recorded
from helpers.errors import HelpersError
from helpers.pictures.images import to_array
from helpers.pictures.scenes import load_scene, scene_names
from helpers.progress import balanced_slices, progress_bar
from helpers.validation import picture_batch

__all__ = ["expected_gradients"]


@recorded(
    signed=True,
    channels=True,
    needs_gradients=True,
    passes=Passes(gradients=50, scores=5),
    reading="signed",
    unit="logit",
    source="Erion et al. 2021",
)
def expected_gradients(
    question: Question,
    *,
    samples: int = 50,
    baselines=None,
    batch_size: int = BATCH_SIZE,
    seed: int = 0,
    progress: bool = True,
) -> tuple[np.ndarray, dict]:
    """Average Integrated Gradients over other pictures as baselines.

    The mean over n draws of (x - b) dS/dx at b + a (x - b), with b one of the baselines in turn
    and a uniform in 0..1, one draw in each n-th part. What a pixel gets is what it adds over
    what stands there in other pictures, so the answer depends on which pictures these are. With
    few draws it is noisy, which another seed shows; the completeness gap tells only of the sum.

    Parameters
    ----------
    question : Question
        Model, layer, m pairs of picture and target.
    samples : int
        Number n of draws; each takes one gradient.
    baselines : array-like, optional
        Pictures (k, h, w, 3), 0..255; None takes the rendered scenes of the series.
    batch_size, seed, progress
        See `helpers.attribute`.

    Returns
    -------
    attributions : numpy.ndarray
        float32 (m, h, w, 3), signed, logits.
    details : dict
        `score`, `baseline_score` (the mean over the baselines) and `completeness_gap`: (m,).

    Raises
    ------
    HelpersError
        For baselines that are no pictures of the model's size.

    References
    ----------
    Erion, Janizek, Sturmfels, Lundberg and Lee 2021, "Improving performance of deep learning
    models with axiomatic attribution priors and expected gradients", arXiv:1906.10670.
    """
    pictures, targets, _ = question.pairs
    others = _others(baselines, question)
    positions, order = _draws(samples, len(others), seed)
    attributions = np.zeros_like(pictures)
    with progress_bar(len(pictures) * samples, "expected_gradients", progress) as bar:
        for total, picture, row in zip(attributions, pictures, targets):
            for part in balanced_slices(samples, batch_size):
                paths = picture - others[order[part]]
                points = picture - (1 - positions[part, None, None, None]) * paths
                rows = np.broadcast_to(row, (len(points), len(row)))
                total += (question.gradients(points, rows, len(points))[0] * paths).sum(0)
                bar.update(len(points))
    attributions /= samples
    scores = question.scores(pictures, targets, batch_size)
    used = others[np.unique(order)]
    start = np.array(
        [question.scores(used, np.repeat(row[None], len(used), 0)).mean() for row in targets]
    )
    gap = completeness_gap(attributions, scores, start)
    return attributions, {"score": scores, "baseline_score": start, "completeness_gap": gap}


def _draws(samples: int, count: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Give positions 0..1, one in each part, and the baseline of each draw."""
    rng = np.random.default_rng(seed)
    positions = (np.arange(samples) + rng.random(samples)) / samples
    order = np.resize(rng.permutation(count), samples)
    return positions.astype(np.float32), order


def _others(baselines, question: Question) -> np.ndarray:
    shape = question.pairs.pictures.shape[1:]
    if baselines is not None:
        others, _ = picture_batch(baselines, question.model)
    else:
        scenes = [load_scene(name).pictures["all"] for name in scene_names()]
        others = np.stack([to_array(scene, question.model) for scene in scenes])
    if others.shape[1:] != shape or not len(others):
        raise HelpersError(
            f"The baselines are pictures of shape (k, {', '.join(map(str, shape))})."
        )
    return others
