"""Batches, and a progress bar for work that takes longer than two seconds."""

import itertools
import sys
from collections.abc import Iterator

from tqdm.std import tqdm

__all__ = ["balanced_slices", "progress_bar"]

DELAY = 2.0


def progress_bar(total: int, what: str, progress: bool) -> tqdm:
    """Make a bar that appears after two seconds, and goes away when the work is done.

    A plain text bar on stdout: it needs no widget, and leaves nothing in a stored notebook.

    Parameters
    ----------
    total : int
        Number of steps; report them with `update`.
    what : str
        Said in front of the bar.
    progress : bool
        False shows nothing. So does the environment variable TQDM_DISABLE=1.

    Returns
    -------
    tqdm.tqdm
        A context manager, which cleans up when the work is interrupted.
    """
    quiet = {} if progress else {"disable": True}
    return tqdm(total=total, desc=what, delay=DELAY, leave=False, file=sys.stdout, **quiet)


def balanced_slices(total: int, size: int) -> Iterator[slice]:
    """Cut `total` items into the fewest batches of at most `size`, all about equally long."""
    count = -(-total // size)
    edges = [total * part // count for part in range(count + 1)]
    for start, stop in itertools.pairwise(edges):
        yield slice(start, stop)
