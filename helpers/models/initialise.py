"""Random weights, of a network before training."""

from collections.abc import Iterable

import numpy as np

from helpers.backend import keras

__all__ = ["he_normal", "randomise"]


def randomise(variables: Iterable[keras.Variable], rng: np.random.Generator) -> None:
    """Give variables fresh values in place: He-normal kernels, neutral vectors.

    Biases and running means become 0, scales and running variances 1.

    Parameters
    ----------
    variables : iterable of keras.Variable
        Weights of layers, in the order in which `rng` is drawn from.
    rng : numpy.random.Generator
        The same generator gives the same weights.
    """
    for variable in variables:
        variable.assign(_fresh(variable, rng))


def _fresh(variable: keras.Variable, rng: np.random.Generator) -> np.ndarray:
    shape, name = tuple(variable.shape), variable.name
    if len(shape) >= 2:
        return he_normal(shape, rng)
    return np.full(shape, float("gamma" in name or "variance" in name), np.float32)


def he_normal(shape: tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
    """Draw a kernel from a normal distribution of variance 2 / inputs of a unit.

    Parameters
    ----------
    shape : tuple of int
        (..., inputs, outputs); (h, w, channels, 1) is a depthwise kernel, whose units have
        h x w inputs.
    rng : numpy.random.Generator
        What is drawn from.

    Returns
    -------
    numpy.ndarray
        float32 of that shape.

    References
    ----------
    He et al. 2015, "Delving Deep into Rectifiers", arXiv:1502.01852.
    """
    depthwise = len(shape) == 4 and shape[-1] == 1
    inputs = np.prod(shape[:2] if depthwise else shape[:-1])
    return rng.normal(0, np.sqrt(2 / inputs), shape).astype(np.float32)
