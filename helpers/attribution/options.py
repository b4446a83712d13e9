"""The checks of options, which have one name and one meaning across all methods."""

from collections.abc import Callable, Sequence

import numpy as np

from helpers.errors import HelpersError

__all__ = ["check_choice", "check_values"]


def check_values(options: dict) -> None:
    """Raise a HelpersError for the first option whose value makes no sense."""
    for name, value in options.items():
        if name in _CHECKS:
            _CHECKS[name](name, value)


def check_choice(name: str, value, choices: Sequence[str]) -> None:
    """Raise a HelpersError unless `value` is one of `choices`."""
    if not isinstance(value, str) or value not in choices:
        raise HelpersError(f"{name} is one of {', '.join(choices)}, not {value!r}.")


def _whole(low: int) -> Callable:
    def check(name: str, value) -> None:
        whole = isinstance(value, (int, np.integer)) and not isinstance(value, bool)
        if not whole or value < low:
            raise HelpersError(f"{name} is a whole number, {low} or more, not {value!r}.")

    return check


def _number(low: float, high: float, says: str) -> Callable:
    def check(name: str, value) -> None:
        number = isinstance(value, (int, float, np.number)) and not isinstance(value, bool)
        if not number or not low <= value <= high:
            raise HelpersError(f"{name} is {says}, not {value!r}.")

    return check


def _flag(name: str, value) -> None:
    if not isinstance(value, (bool, np.bool_)):
        raise HelpersError(f"{name} is True or False, not {value!r}.")


_SIZE = _number(0, np.finfo(np.float32).max, "a number, 0 or more")
_CHECKS = {
    **dict.fromkeys(("samples", "steps", "patch", "stride", "cells", "batch_size"), _whole(1)),
    "seed": _whole(0),
    "jitter": _whole(0),
    "progress": _flag,
    "keep": _number(1e-6, 1 - 1e-6, "a share between 0 and 1"),
    "noise": _number(0, 10, "a share of the picture's value range, 0 or more (0.15 is usual)"),
    **dict.fromkeys(("learning_rate", "l2", "total_variation"), _SIZE),
}
