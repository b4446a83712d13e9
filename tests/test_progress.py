"""Batches, items made one ahead, and bars that leave nothing behind."""

import threading

import nbformat
import numpy as np
import pytest
from nbclient import NotebookClient

from helpers import progress
from helpers.attribution.registry import attribute

CELL = """
import time

from helpers import progress

progress.DELAY = 0
print("before")
with progress.progress_bar(8, "drawing", True) as bar:
    for _ in range(8):
        time.sleep(0.11)
        bar.update()
print("after")
"""


@pytest.mark.parametrize(("total", "size"), [(51, 10), (10, 10), (1, 10), (11, 3), (169, 16)])
def test_batches_are_balanced_and_complete(total, size):
    parts = list(progress.balanced_slices(total, size))
    lengths = [part.stop - part.start for part in parts]
    assert [i for part in parts for i in range(total)[part]] == list(range(total))
    assert max(lengths) <= size and max(lengths) - min(lengths) <= 1
    assert len(parts) == -(-total // size)


def test_items_are_made_one_ahead_in_order_and_no_further():
    made = []
    items = progress.made_ahead(made.append(i) or i for i in range(9))
    for expected in range(4):
        assert next(items) == expected
        assert len(made) <= expected + 2
    items.close()
    assert len(made) <= 5
    assert list(progress.made_ahead(iter(()))) == []


def test_what_goes_wrong_while_an_item_is_made_is_raised():
    items = progress.made_ahead(1 / i for i in (1, 0))
    assert next(items) == 1
    with pytest.raises(ZeroDivisionError):
        next(items)


def test_quick_work_prints_nothing_and_long_work_cleans_up(monkeypatch, capfd, linear, pictures):
    monkeypatch.setattr(progress, "DELAY", 600)
    attribute(linear[0], pictures[0], 0, "smoothgrad", samples=3)
    assert capfd.readouterr() == ("", "")
    monkeypatch.setattr(progress, "DELAY", 0)
    attribute(linear[0], pictures[0], 0, "smoothgrad", samples=3, progress=False)
    assert capfd.readouterr() == ("", "")
    attribute(linear[0], pictures[0], 0, "smoothgrad", samples=3)
    shown = capfd.readouterr()
    assert "smoothgrad" in shown.out and shown.out.endswith("\r") and not shown.err


def test_an_interrupt_does_no_harm(monkeypatch, linear, pictures):
    expected = attribute(linear[0], pictures[0], 0, "smoothgrad", samples=4, batch_size=2)

    def interrupt(*_):
        raise KeyboardInterrupt

    threads = threading.active_count()
    with monkeypatch.context() as patch:
        patch.setattr("tqdm.std.tqdm.update", interrupt)
        with pytest.raises(KeyboardInterrupt):
            attribute(linear[0], pictures[0], 0, "smoothgrad", samples=4, batch_size=2)
    assert threading.active_count() == threads
    again = attribute(linear[0], pictures[0], 0, "smoothgrad", samples=4, batch_size=2)
    np.testing.assert_array_equal(again, expected)


def test_a_bar_is_one_output_which_is_empty_in_the_end(monkeypatch):
    monkeypatch.delenv("TQDM_DISABLE", raising=False)
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(CELL)])
    shown = []

    def seen(_client, message, **_):
        if message["msg_type"].endswith("display_data"):
            shown.append(message["content"]["data"]["text/plain"])

    client = NotebookClient(notebook, timeout=120)
    process = client.process_message
    client.process_message = lambda message, *rest: (
        seen(client, message),
        process(message, *rest),
    )[1]
    client.execute()
    before, bar, after = notebook.cells[0].outputs
    assert (before["text"], after["text"]) == ("before\n", "after\n")
    assert bar["data"] == {"text/plain": "", "text/html": ""}
    assert any("drawing" in line and "8/8" in line for line in shown), shown
