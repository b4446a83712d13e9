"""The networks that an explorer offers."""

import functools
from collections.abc import Callable, Mapping

from helpers.errors import HelpersError
from helpers.models.loading import load_model

__all__ = ["Networks"]

# Those that come with the environment; they know the same classes.
BUNDLED = ("efficientnet-lite0", "squeezenet")


class Networks:
    """Networks by name; each is loaded when it is asked for.

    Parameters
    ----------
    model : keras.Model
        The one to begin with.
    others : mapping of str to keras.Model, optional
        What else to offer; None is the other networks of the environment if `model` is one of
        them, and nothing otherwise.
    """

    def __init__(self, model, others: Mapping | None = None) -> None:
        found = _bundled(model) if others is None else _given(others)
        own = next((name for name in found if found[name]() is model), model.name)
        rest = {name: load for name, load in found.items() if name != own}
        self._loaders: dict[str, Callable] = {own: lambda: model, **rest}

    @property
    def names(self) -> list[str]:
        """What there is to choose from, the first first."""
        return list(self._loaders)

    def __getitem__(self, name: str):
        return self._loaders[name]()


def _bundled(model) -> dict[str, Callable]:
    for name in BUNDLED:
        if getattr(model, "name", "").replace("_", "-") == name and load_model(name) is model:
            return {name: lambda: model} | {
                other: functools.partial(load_model, other) for other in BUNDLED if other != name
            }
    return {}


def _given(others: Mapping) -> dict[str, Callable]:
    if not isinstance(others, Mapping):
        raise HelpersError("networks is a mapping from the name of a network to the network.")
    return {name: functools.partial(lambda it: it, other) for name, other in others.items()}
