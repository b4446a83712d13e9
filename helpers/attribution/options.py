"""The checks of options, which have one name and one meaning across all methods."""

from functools import partial

import numpy as np

from helpers.validation import as_count, as_flag, as_number

__all__ = ["check_values"]


def check_values(options: dict) -> None:
    """Raise a HelpersError for the first option whose value makes no sense."""
    for name, value in options.items():
        if name in _CHECKS:
            _CHECKS[name](value, name)


def _cutoff(value, name: str) -> None:
    if value is not None:
        as_number(value, name, low=0, high=1e4, says="a number of cycles, 0 or more, or None")


_SIZE = partial(as_number, low=0, high=np.finfo(np.float32).max, says="a number, 0 or more")
_CHECKS = {
    **dict.fromkeys(("samples", "steps", "patch", "stride", "cells", "batch_size"), as_count),
    **dict.fromkeys(("seed", "jitter"), partial(as_count, least=0)),
    "progress": as_flag,
    "keep": partial(as_number, low=1e-6, high=1 - 1e-6, says="a share between 0 and 1"),
    "max_sigma": partial(as_number, low=0.1, high=1000, says="a number of pixels, 0.1 to 1000"),
    **dict.fromkeys(
        ("gamma", "epsilon"), partial(as_number, low=0, high=1e6, says="a number, 0 or more")
    ),
    "cutoff": _cutoff,
    "width": partial(as_number, low=1e-3, high=1e3, says="a distance above 0 (0.25 is usual)"),
    "noise": partial(
        as_number,
        low=0,
        high=10,
        says="a share of the picture's value range, 0 or more (0.15 is usual)",
    ),
    **dict.fromkeys(("learning_rate", "l2", "total_variation"), _SIZE),
}
