"""Buttons that start long work."""

from hands import SECONDS

from helpers import HelpersError
from helpers.progress import progress_bar
from helpers.widgets.runner import Runner


def test_a_runner_says_why_there_is_nothing_to_do():
    def prepare():
        raise HelpersError("Choose something.")

    said = []
    runner = Runner({"Go": prepare}, said.append)
    runner.buttons["Go"].click()
    assert said == ["Choose something."] and runner.job is None


def test_the_bar_moves_in_steps_that_can_be_seen():
    moves = []
    runner = Runner({}, moves.append)
    runner.bar.observe(lambda change: moves.append(change["new"]), names="value")

    def work():
        with progress_bar(10_000, "work", progress=True) as bar:
            for _ in range(10_000):
                bar.update()

    runner.start(work, lambda _: None)
    assert runner.job.wait(SECONDS)
    assert 90 < len(moves) <= 102
