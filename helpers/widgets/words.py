"""How numbers and names are written where a person reads them."""

from helpers.attribution.records import method_words
from helpers.attribution.registry import find_method

__all__ = [
    "change",
    "drawn_strength",
    "first_sentence",
    "level",
    "method_words",
    "plain",
    "time_words",
    "view_words",
]


def plain(name: str) -> str:
    """A name without underscores."""
    return name.replace("_", " ")


def view_words(view: str) -> str:
    """The name of a view of a scene."""
    return "chosen view" if view == "hero" else f"drawn view {int(view.removeprefix('view_')) + 1}"


def first_sentence(method: str) -> str:
    """What a method does, in the first line of its own documentation."""
    return (find_method(method).function.__doc__ or "").strip().splitlines()[0]


def drawn_strength(strength: float) -> float:
    """What `overlay` of `show_saliency` looks like an explorer's: there 0 is the map alone."""
    return 0.0 if strength == 1 else max(strength, 0.01)


def level(value: float, digits: int = 1) -> str:
    """A number that is never minus nothing."""
    return f"{value:z.{digits}f}"


def change(value: float, digits: int = 1) -> str:
    """A number with its sign; nothing has none."""
    written = level(value, digits)
    return f"{value:+.{digits}f}" if float(written) else written


def time_words(seconds: float) -> str:
    """A time as people say it."""
    if seconds < 0.1:
        return f"{max(1, round(1000 * seconds))} ms"
    return f"{seconds:.1f} s" if seconds < 10 else f"{seconds:.0f} s"
