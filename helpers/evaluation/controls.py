"""What a map must beat before it says anything: maps that know one thing each."""

from helpers.attribution.registry import METHODS

__all__ = ["CONTROLS"]

CONTROLS = tuple(name for name, method in METHODS.items() if method.is_control)
