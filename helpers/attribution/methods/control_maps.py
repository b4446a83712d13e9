"""Two maps that know nothing of the network: what a method must beat to say anything."""

import numpy as np
from skimage.color import rgb2gray
from skimage.filters import sobel

from helpers.attribution.question import Question
from helpers.attribution.records import NO_UNIT, Passes, recorded

__all__ = ["edge_map", "random_map"]

_FACTS = {
    "channels": False,
    "needs_gradients": False,
    "passes": Passes(),
    "reading": "signed",
    "unit": NO_UNIT,
    "is_control": True,
}


@recorded(**_FACTS, signed=False, source="control: knows no network")
def edge_map(question: Question) -> tuple[np.ndarray, dict]:
    """Compute the edges of the picture: the Sobel magnitude of its luminance.

    The same for every network and every class. Maps of some methods look much like it
    (Adebayo et al. 2018, arXiv:1810.03292).

    Parameters
    ----------
    question : Question
        m pairs of picture and target; only the pictures are used.

    Returns
    -------
    attributions : numpy.ndarray
        float32 (m, h, w, 1), 0 or more, grey levels.
    details : dict
        Empty.
    """
    edges = [sobel(rgb2gray(picture)) for picture in question.pairs.pictures]
    return np.stack(edges)[..., None].astype(np.float32), {}


@recorded(**_FACTS, signed=True, source="control: knows nothing")
def random_map(question: Question, *, seed: int = 0) -> tuple[np.ndarray, dict]:
    """Draw a map of independent standard normal numbers.

    Parameters
    ----------
    question : Question
        m pairs of picture and target; each gets a map of its own.
    seed : int
        The same seed gives the same maps.

    Returns
    -------
    attributions : numpy.ndarray
        float32 (m, h, w, 1), signed, without a unit.
    details : dict
        Empty.
    """
    shape = (*question.pairs.pictures.shape[:3], 1)
    return np.random.default_rng(seed).standard_normal(shape, np.float32), {}
