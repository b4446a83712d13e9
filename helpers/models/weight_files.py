"""Files of weights: where a package keeps them, and how they are read without running them."""

import hashlib
import importlib.util
import pickle
from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar

from helpers.errors import HelpersError

__all__ = ["RestrictedUnpickler", "checked_bytes", "packaged_file"]


def packaged_file(package: str, inside: str) -> Path:
    """Give the path of a file within an installed package, which is not imported for it.

    Parameters
    ----------
    package : str
        Import name of the package.
    inside : str
        Path of the file within it, with slashes.

    Returns
    -------
    pathlib.Path
        Whether there is such a file, `checked_bytes` finds out.

    Raises
    ------
    HelpersError
        When the package is not installed.
    """
    spec = importlib.util.find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise HelpersError(
            f"The package {package} with the network's weights is missing; `make lab` installs it."
        )
    return Path(spec.submodule_search_locations[0], inside)


def checked_bytes(path: Path, sha256: str) -> bytes:
    """Read a weights file whole, and refuse it unless its SHA-256 is the expected one.

    Raises
    ------
    HelpersError
        When the file cannot be read, or is not the expected one.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise HelpersError(
            f"The weights file {path} cannot be read ({error.strerror}); "
            "reinstall the environment with `make lab`."
        ) from None
    if hashlib.sha256(content).hexdigest() != sha256:
        raise HelpersError(
            f"The weights file {path} is damaged (its SHA-256 is not the expected one); "
            "delete .venv and run `make lab` again."
        )
    return content


class RestrictedUnpickler(pickle.Unpickler):
    """Unpickles with the names in `admitted` alone: what asks for any other runs nothing."""

    admitted: ClassVar[Mapping[tuple[str, str], object]] = {}

    def find_class(self, module: str, name: str):
        """Give what a name stands for, or refuse it."""
        if (module, name) not in self.admitted:
            raise pickle.UnpicklingError(f"it asks for {module}.{name}")
        return self.admitted[module, name]
