"""One progress bar for all long work: shown only when the work turns out to be long."""

from collections.abc import Iterable

from tqdm.auto import tqdm

__all__ = ["progress_bar"]

DELAY = 2.0


def progress_bar(items: Iterable, description: str, *, total: int | None = None, show: bool = True):
    """Go through `items` with a progress bar that appears after two seconds.

    In a notebook the bar is a widget and in a terminal a line on stderr; either way nothing
    of it is left when the work is done.

    Parameters
    ----------
    items : iterable
        What is gone through.
    description : str
        Name of the work, beside the bar.
    total : int, optional
        Number of items, where `items` has no length.
    show : bool
        False never shows a bar.

    Returns
    -------
    tqdm.auto.tqdm
        Iterates over `items`.
    """
    return tqdm(
        items, desc=description, total=total, disable=not show, delay=DELAY, leave=False
    )
