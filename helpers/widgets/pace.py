"""How long a map will take on this machine."""

import time
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from helpers.attribution.registry import attribute, find_method, method_options
from helpers.models.prediction import class_logits

__all__ = ["expected_seconds", "pace"]

# Options that a method's number of passes is in proportion to.
_COUNTED = ("samples", "steps")


def pace(model, array: np.ndarray) -> tuple[float, float]:
    """Seconds of one gradient and of one score."""
    return _time_of(lambda: attribute(model, array, 0)), _time_of(
        lambda: class_logits(array, model)
    )


def _time_of(work: Callable[[], Any]) -> float:
    work()  # compiles
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def expected_seconds(
    method: str, options: Mapping[str, Any], one_gradient: float, one_score: float
) -> float:
    """What a map will take: the passes of its method, with these options, times what one takes."""
    gradients, scores = find_method(method).passes
    defaults, share = method_options(method), 1.0
    for name in _COUNTED:
        if defaults.get(name) and name in options:
            share *= options[name] / defaults[name]
    if "stride" in options:
        share *= (defaults["stride"] / options["stride"]) ** 2
    return share * (gradients * one_gradient + scores * one_score)
