"""Batches, and a progress bar for work that takes longer than two seconds."""

import contextlib
import io
import itertools
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextvars import ContextVar
from typing import TypeVar

from tqdm.std import tqdm

__all__ = ["balanced_slices", "made_ahead", "progress_bar", "watched"]

DELAY = 2.0

Item = TypeVar("Item")
Watcher = Callable[[float | None], None]
# One for each thread: a control that works in the background leaves the notebook's cells alone.
_watcher: ContextVar[Watcher | None] = ContextVar("watcher", default=None)


@contextlib.contextmanager
def watched(watcher: Watcher) -> Iterator[None]:
    """Tell a function about each step of the work inside of this `with`, in place of a bar.

    Parameters
    ----------
    watcher : callable
        Called after each step with the share that is done, 0..1, or with None by work that
        shows no bar. What it raises ends the work.
    """
    token = _watcher.set(watcher)
    try:
        yield
    finally:
        _watcher.reset(token)


class _WatchedBar:
    """What `progress_bar` gives while a watcher watches."""

    def __init__(self, total: int, progress: bool, watcher: Watcher) -> None:
        self._total, self._progress, self._watcher = total, progress, watcher
        self._done = 0

    def __enter__(self) -> "_WatchedBar":
        return self

    def __exit__(self, *_error: object) -> None:
        """Nothing to clean up: the watcher's bar belongs to somebody else."""

    def update(self, steps: int = 1) -> None:
        """Report further steps."""
        self._done += steps
        self._watcher(self._done / self._total if self._progress else None)


def progress_bar(total: int, what: str, progress: bool) -> "tqdm | _WatchedBar":
    """Make a bar that appears after two seconds, and goes away when the work is done.

    Plain text, which needs no widget: a line on stdout, and in a notebook one output, which is
    empty in the end.

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
        A context manager, which cleans up when the work is interrupted; inside of `watched`
        one that tells the watcher instead.
    """
    watcher = _watcher.get()
    if watcher:
        return _WatchedBar(total, progress, watcher)
    quiet = {} if progress else {"disable": True}
    file = _NotebookLine() if _in_notebook() else sys.stdout
    return tqdm(total=total, desc=what, delay=DELAY, leave=False, file=file, **quiet)


def _in_notebook() -> bool:
    shell = sys.modules["IPython"].get_ipython() if "IPython" in sys.modules else None
    return hasattr(shell, "kernel")


class _NotebookLine(io.TextIOBase):
    """A file for a bar that is one output of a notebook, which each step writes anew.

    On stdout each step would be an output of its own, wherever no browser runs the notebook.
    """

    _output = None

    def write(self, text: str) -> int:
        """Show the last line of a text, in place of the one before."""
        line = text.rpartition("\r")[2].strip()
        # An empty text/plain alone would take up a line.
        shown = {"text/plain": line} if line else {"text/plain": "", "text/html": ""}
        if self._output is not None:
            self._output.update(shown, raw=True)
        elif line:
            self._output = sys.modules["IPython"].display.display(shown, raw=True, display_id=True)
        return len(text)


def balanced_slices(total: int, size: int) -> Iterator[slice]:
    """Cut `total` items into the fewest batches of at most `size`, all about equally long."""
    count = -(-total // size)
    edges = [total * part // count for part in range(count + 1)]
    for start, stop in itertools.pairwise(edges):
        yield slice(start, stop)


def made_ahead(items: Iterator[Item]) -> Iterator[Item]:
    """Yield the items of an iterator, each made in a thread while the one before is in use.

    NumPy draws noise on one core, and would leave the others waiting. Only one item is ever
    made ahead, so the memory stays flat; when the work is interrupted, the thread ends.
    """
    nothing = object()
    with ThreadPoolExecutor(1) as thread:
        coming = thread.submit(next, items, nothing)
        while (item := coming.result()) is not nothing:
            coming = thread.submit(next, items, nothing)
            yield item
