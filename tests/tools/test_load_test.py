"""What the load test says of memory belongs to the right kind of process."""

import os

import pytest

from tools.load_test.memory import kind_of

HERE, PARENT = os.getpid(), os.getppid()


@pytest.mark.parametrize(
    ("command", "parents", "kind"),
    [
        ("python -IS deploy/warm_kernels.py ask kernel.json", set(), "stand-in"),
        ("python -P deploy/warm_kernels.py launch kernel.json", set(), "kernel"),
        ("python -P deploy/warm_kernels.py serve socket", set(), "warm parent"),
        ("python -P deploy/warm_kernels.py serve socket", {PARENT}, "kernel"),
        ("jupyterhub-singleuser --port=0", set(), "server"),
        ("node configurable-http-proxy", set(), "proxy"),
        ("python -m jupyterhub", set(), "hub"),
    ],
)
def test_processes_are_told_apart(command, parents, kind):
    assert kind_of(HERE, command, parents) == kind
