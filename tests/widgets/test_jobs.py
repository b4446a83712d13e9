"""Long work off the main thread: told once, ended in the middle, and never silent."""

import functools
import threading

import pytest

from helpers import attribute
from helpers.errors import HelpersError
from helpers.evaluation import report_card
from helpers.progress import progress_bar, watched
from helpers.widgets import jobs
from helpers.widgets.jobs import Job

SECONDS = 30


class Told:
    """Notes what a job tells, and starts one."""

    def __init__(self):
        self.shares, self.found, self.failures = [], [], []

    def job(self, work, progress=None):
        return Job(work, progress or self.shares.append, self.found.append, self.failures.append)

    def run(self, work):
        assert self.job(work).start().wait(SECONDS)
        return self


def steps(count=4, progress=True):
    with progress_bar(count, "steps", progress) as bar:
        for _ in range(count):
            bar.update()
    return "result"


def fail(error):
    raise error


def test_the_result_and_every_step_are_told():
    told = Told().run(steps)
    assert told.shares == [0.25, 0.5, 0.75, 1]
    assert (told.found, told.failures) == (["result"], [])


def test_work_goes_to_a_thread_of_its_own():
    told = Told().run(threading.current_thread)
    assert told.found[0] is not threading.current_thread() and told.found[0].daemon


def test_a_wait_has_an_end():
    go = threading.Event()
    job = Told().job(lambda: go.wait(SECONDS)).start()
    assert not job.wait(0.01)
    go.set()
    assert job.wait(SECONDS)


def test_a_refusal_is_told_as_it_stands():
    told = Told().run(lambda: fail(HelpersError("Give a picture.")))
    assert (told.found, told.failures) == ([], ["Give a picture."])


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (KeyError("x"), "KeyError: 'x'"),
        (MemoryError(), "(MemoryError)"),
        (RuntimeError("OOM when allocating.\nHint: " + "x" * 9999), "OOM when allocating)"),
        (RuntimeError("y" * 9999), "yyy"),
    ],
    ids=["short", "without words", "pages", "one long line"],
)
def test_an_unexpected_error_is_one_sentence(error, words):
    (sentence,) = Told().run(lambda: fail(error)).failures
    assert words in sentence and "\n" not in sentence and len(sentence) < 300
    assert sentence.startswith("The work stopped on an error of its own (")
    assert sentence.endswith(").")


@pytest.mark.parametrize("error", [HelpersError("No room."), ValueError("No room.")], ids=repr)
def test_what_goes_wrong_with_the_result_is_told_too(error):
    failures = []
    job = Job(steps, lambda _: None, lambda _: fail(error), failures.append).start()
    assert job.wait(SECONDS)
    assert len(failures) == 1 and "No room" in failures[0]


IN_BATCHES = {
    "smoothgrad": {"batch_size": 5},
    "vargrad": {"batch_size": 5},
    "integrated_gradients": {"batch_size": 5},
    "occlusion": {"patch": 2, "stride": 1, "batch_size": 5},
    "rise": {"samples": 100, "batch_size": 5},
    "xrai": {"batch_size": 5},
}
WORKS = {
    "bar": lambda *_: steps(),
    "no bar": lambda *_: steps(progress=False),
    "report card": lambda model, picture: report_card(model, picture, 0),
    **{
        method: functools.partial(attribute, target_class=0, method=method, **options)
        for method, options in IN_BATCHES.items()
    },
}


@pytest.mark.parametrize("work", WORKS.values(), ids=WORKS)
def test_cancel_in_the_middle(work, small, pictures, monkeypatch):
    """The first step waits until somebody has cancelled; there must be no second one."""
    told, reached, cancelled, watches = Told(), threading.Event(), threading.Event(), []

    def slowly(watch):
        def slow_watch(share):
            watches.append(share)
            reached.set()
            assert cancelled.wait(SECONDS)
            watch(share)

        return watched(slow_watch)

    monkeypatch.setattr(jobs, "watched", slowly)
    job = told.job(lambda: work(small, pictures[0])).start()
    assert reached.wait(SECONDS)
    job.cancel()
    cancelled.set()
    assert job.wait(SECONDS)
    assert len(watches) == 1
    assert (told.shares, told.found, told.failures) == ([], [], [])


def test_nothing_is_told_of_work_that_ends_after_cancel():
    for end in (lambda: "late", lambda: fail(HelpersError("Late.")), lambda: fail(OSError())):
        told, go = Told(), threading.Event()
        job = told.job(lambda go=go, end=end: (go.wait(SECONDS), end())).start()
        job.cancel()
        job.cancel()
        go.set()
        assert job.wait(SECONDS)
        assert (told.found, told.failures) == ([], [])


def test_a_watcher_is_that_of_one_thread_and_of_one_with():
    shares = []
    with watched(shares.append):
        thread = threading.Thread(target=steps)
        thread.start()
        thread.join(SECONDS)
        assert shares == []
        with watched(lambda _: None):
            steps()
        assert shares == []
        steps(1)
    steps()
    assert shares == [1]


def test_work_without_a_bar_can_be_ended_and_shows_nothing():
    seen = []
    with watched(seen.append):
        steps(2, progress=False)
    assert seen == [None, None]
    assert Told().run(lambda: steps(2, progress=False)).shares == []
