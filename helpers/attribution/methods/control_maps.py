"""Maps that know nothing of the network: what a method must beat to say anything."""

import numpy as np
from skimage.color import rgb2gray
from skimage.filters import sobel

from helpers.attribution.question import Question
from helpers.attribution.records import NO_UNIT, Passes, recorded

__all__ = ["center_map", "edge_map", "random_map", "uniform_map"]

# Standard deviation of the centre map as a share of each side of the picture.
CENTER_SPREAD = 0.25
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
    edges = [sobel(_luminance(picture)) for picture in question.pairs.pictures]
    return np.stack(edges)[..., None].astype(np.float32), {}


def _luminance(picture: np.ndarray) -> np.ndarray:
    return picture[..., 0] if picture.shape[-1] == 1 else rgb2gray(picture)


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


@recorded(**_FACTS, signed=False, source="control: knows the middle of the frame")
def center_map(question: Question) -> tuple[np.ndarray, dict]:
    """Draw a Gaussian hill in the middle of the picture.

    exp(-(u^2 + v^2) / (2 s^2)) with u and v the distance to the middle in shares of the height
    and of the width, and s = 1/4. Photographers put what they mean there, so this map finds
    many objects without looking (Judd, Durand and Torralba 2012).

    Parameters
    ----------
    question : Question
        m pairs of picture and target; only the pictures' size is used.

    Returns
    -------
    attributions : numpy.ndarray
        float32 (m, h, w, 1), above 0 up to 1, without a unit.
    details : dict
        Empty.

    References
    ----------
    Judd, Durand and Torralba 2012, "A benchmark of computational models of saliency to predict
    human fixations", MIT-CSAIL-TR-2012-001.
    """
    count, *size = question.pairs.pictures.shape[:3]
    places = [(np.arange(side) + 0.5) / side - 0.5 for side in size]
    rows, columns = (np.exp(-np.square(place / CENTER_SPREAD) / 2) for place in places)
    hill = np.outer(rows, columns).astype(np.float32)
    return np.repeat(hill[None, ..., None], count, 0), {}


@recorded(**_FACTS, signed=False, source="control: knows the area only")
def uniform_map(question: Question) -> tuple[np.ndarray, dict]:
    """Give every pixel the same: 1.

    The mass of this map on an object is the object's area, so it wins wherever larger objects
    have larger effects.

    Parameters
    ----------
    question : Question
        m pairs of picture and target; only the pictures' size is used.

    Returns
    -------
    attributions : numpy.ndarray
        float32 (m, h, w, 1), 1, without a unit.
    details : dict
        Empty.
    """
    return np.ones((*question.pairs.pictures.shape[:3], 1), np.float32), {}
