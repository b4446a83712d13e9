"""Long work off the main thread, so that a notebook's controls stay awake.

A busy kernel receives no message, so a button that ends the work must find the kernel free.
TensorFlow computes outside of Python's lock, which leaves the main thread time to listen.
"""

import threading
from collections.abc import Callable
from typing import Any

from helpers.errors import HelpersError
from helpers.progress import watched

__all__ = ["Job"]


class _EndedError(Exception):
    """Raised inside of the work when somebody has ended it."""


class Job:
    """One piece of work in a thread of its own.

    At its end `done` or `failed` is called, in that thread, and `failed` too when `done` fails;
    neither after `cancel`.

    Parameters
    ----------
    work
        Called without arguments. It can be ended wherever it reports to a `progress_bar`.
    progress
        Called with the share that is done, 0..1.
    done
        Called with the result.
    failed
        Called with one sentence.
    """

    def __init__(
        self,
        work: Callable[[], Any],
        progress: Callable[[float], None],
        done: Callable[[Any], None],
        failed: Callable[[str], None],
    ) -> None:
        self._work, self._progress, self._done, self._failed = work, progress, done, failed
        self._ended = threading.Event()
        # Held while the end is told, so that nothing is told after `cancel` has returned.
        self._telling = threading.RLock()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def start(self) -> "Job":
        """Begin, and return at once."""
        self._thread.start()
        return self

    def cancel(self) -> None:
        """End the work at its next step; what it found is lost."""
        with self._telling:
            self._ended.set()

    def wait(self, seconds: float | None = None) -> bool:
        """Wait for the end, and say whether it came in time."""
        self._thread.join(seconds)
        return not self._thread.is_alive()

    def _watch(self, share: float | None) -> None:
        if self._ended.is_set():
            raise _EndedError
        if share is not None:
            self._progress(share)

    def _run(self) -> None:
        try:
            with watched(self._watch):
                found = self._work()
            self._tell(self._done, found)
        except _EndedError:
            return
        except HelpersError as error:
            self._tell(self._failed, str(error))
        except Exception as error:  # in a thread a traceback would reach nobody
            self._tell(self._failed, _in_words(error))

    def _tell(self, tell: Callable[[Any], None], found: Any) -> None:
        with self._telling:
            if not self._ended.is_set():
                tell(found)


def _in_words(error: Exception) -> str:
    # What TensorFlow says can fill pages.
    first = next(iter(str(error).splitlines()), "")[:200].rstrip(". ")
    words = f"{type(error).__name__}: {first}" if first else type(error).__name__
    return f"The work stopped on an error of its own ({words})."
