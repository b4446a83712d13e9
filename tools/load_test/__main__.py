"""Drive simulated students against the hub of deploy/, and say what they waited for.

usage: python -m tools.load_test [N] [--pause S] [--spread S] [--limit S] [--faults]

N students (4) start within --spread seconds (10), open notebook 01 and run its cells with --pause
seconds (5) between them. All of it stays on this machine and ends after --limit seconds (900), or
when the memory gets scarce. With LOAD_TEST_WARM=no every kernel imports for itself.
"""

import argparse
import asyncio
import json
import os
import statistics
import sys
import time

from tornado.httpclient import AsyncHTTPClient

from tools.load_test import memory
from tools.load_test.faults import NOTEBOOK, faults
from tools.load_test.hub import STATE, WARM, make_home, running
from tools.load_test.student import Student

MOST_STUDENTS = 60
SCARCE_MB = 1500


class Room:
    """Students who work at the same time, and what the machine had to do meanwhile."""

    def __init__(self, size: int):
        self.students = [Student(f"student{number:02}") for number in range(1, size + 1)]
        self.failures: list[str] = []
        self.available_before, self.lowest = memory.available_mb(), memory.available_mb()
        self.peak: dict[str, dict[str, float]] = {}
        self.cpu = memory.cpu_times()
        self.finished = 0

    async def attend(self, student: Student, delay: float, pause: float) -> None:
        """One student's lesson; who is done waits for the others, with everything open."""
        await asyncio.sleep(delay)
        try:
            await student.work(NOTEBOOK, pause)
        except Exception as error:  # whatever happens to one, the others go on
            self.failures.append(f"{student.name}, {student.record.stage}: {error!r}"[:300])
        self.finished += 1

    async def watch(self) -> None:
        """Look at the memory until all have finished; end everything where it gets scarce."""
        while self.finished < len(self.students):
            await asyncio.sleep(2)
            self.lowest = min(self.lowest, memory.available_mb())
            if self.lowest < SCARCE_MB:
                raise MemoryError(f"Only {self.lowest} MB of memory were left: stopped.")
        self.peak = memory.by_kind()

    async def lesson(self, pause: float, spread: float, limit: float) -> None:
        """The whole of it, bounded in time."""
        delays = [spread * place / len(self.students) for place in range(len(self.students))]
        work = [self.attend(s, delay, pause) for s, delay in zip(self.students, delays)]
        try:
            async with asyncio.timeout(limit):
                await asyncio.gather(self.watch(), *work)
        except (TimeoutError, MemoryError) as error:
            self.failures.append(str(error) or f"stopped after {limit:.0f} s")
            self.peak = memory.by_kind()
        total, idle = (now - then for now, then in zip(memory.cpu_times(), self.cpu))
        self.busy = 1 - idle / total

    def summary(self) -> dict:
        """The numbers of the table."""
        records = [student.record for student in self.students]
        first = [r.cells[0] for r in records if r.cells]
        others = [seconds for r in records for seconds in r.cells[1:]]
        return {
            "students": len(records),
            "done": sum(r.stage == "done" for r in records),
            "server p50": percentile([r.server for r in records if r.server], 50),
            "opening p50": percentile([r.opening for r in records if r.opening], 50),
            "first cell p50": percentile(first, 50),
            "first cell p95": percentile(first, 95),
            "cell p50": percentile(others, 50),
            "cell p95": percentile(others, 95),
            "cells": len(others),
            "memory MB": self.peak,
            "lowest available MB": self.lowest,
            "taken MB": self.available_before - self.lowest,
            "processors busy": round(self.busy, 2),
            "warm parent": WARM,
            "failures": self.failures,
        }


def percentile(values: list[float], percent: int) -> float | None:
    """A percentile of few values; None of none."""
    if len(values) < 2:
        return round(values[0], 2) if values else None
    return round(statistics.quantiles(values, n=100, method="inclusive")[percent - 1], 2)


async def run(options: argparse.Namespace) -> dict:
    """Everything that happens while the hub runs."""
    AsyncHTTPClient.configure(None, max_clients=10 * MOST_STUDENTS)
    with running() as hub:
        room = Room(options.students)
        for student in room.students:
            make_home(student.name)
        began = time.monotonic()
        await room.lesson(options.pause, options.spread, options.limit)
        found = {**room.summary(), "seconds": round(time.monotonic() - began)}
        print(json.dumps(found, indent=1), flush=True)
        if options.faults:
            found["faults"] = await faults(hub)
    return found


def parsed(arguments: list[str]) -> argparse.Namespace:
    """The options, within bounds."""
    parser = argparse.ArgumentParser(prog="load_test")
    parser.add_argument("students", type=int, nargs="?", default=4)
    parser.add_argument("--pause", type=float, default=5)
    parser.add_argument("--spread", type=float, default=10)
    parser.add_argument("--limit", type=float, default=900)
    parser.add_argument("--faults", action="store_true")
    options = parser.parse_args(arguments)
    if not 0 <= options.students <= MOST_STUDENTS:
        parser.error(f"from 0 to {MOST_STUDENTS} students")
    return options


def main(arguments: list[str]) -> int:
    """Run, print and keep the numbers; 1 if a student was not served."""
    if not sys.platform.startswith("linux"):
        print("The load test needs Linux.")
        return 1
    found = asyncio.run(run(parsed(arguments)))
    text = json.dumps(found, indent=1)
    print(json.dumps(found.get("faults", {}), indent=1))
    (STATE / f"result-{found['students']}.json").write_text(text, encoding="utf-8")
    if os.geteuid():
        print("Not run as root: all students were one user.")
    return int(found["done"] < found["students"] or bool(found["failures"]))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
