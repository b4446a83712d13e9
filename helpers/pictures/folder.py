"""A reader's own folder of pictures, as one batch."""

import os
from pathlib import Path
from typing import NamedTuple

import numpy as np

from helpers.errors import HelpersError
from helpers.pictures.images import load_image, to_array
from helpers.validation import as_count

__all__ = ["Folder", "load_folder"]


class Folder(NamedTuple):
    """The pictures of a folder."""

    names: list[str]
    """File names, in alphabetical order."""
    pictures: np.ndarray
    """float32 (n, h, w, c), 0..255, in the order of the names."""
    left_out: dict[str, str]
    """File name -> why it could not be read."""


def load_folder(path: str | os.PathLike, model=None, *, fit: str = "squash", most: int = 200):
    """Read the pictures of a folder, and say which files are none.

    Parameters
    ----------
    path : str or path
        A folder; folders inside it are not searched, hidden files not read.
    model : keras.Model, optional
        Gives the size, as for `to_array`.
    fit : {"squash", "crop"}
        As for `to_array`.
    most : int
        At most so many files are read, the first ones in alphabetical order.

    Returns
    -------
    Folder
        Names, pictures, and what was left out. The files stay as they are.

    Raises
    ------
    HelpersError
        When there is no such folder, or no picture in it.
    """
    folder = Path(path).expanduser()
    if not folder.is_dir():
        raise HelpersError(f"There is no folder {folder}: give the one that holds your pictures.")
    files = sorted(f for f in folder.iterdir() if f.is_file() and not f.name.startswith("."))
    found, left_out = {}, {}
    for file in files[: as_count(most, "most")]:
        try:
            found[file.name] = to_array(load_image(file), model, fit)
        except HelpersError as error:
            left_out[file.name] = str(error)
    if not found:
        raise HelpersError(
            f"The folder {folder} holds {len(files)} files and no picture that can be read; give "
            "one with JPEG, PNG, WebP or HEIC files in it."
        )
    return Folder(list(found), np.stack(list(found.values())), left_out)
