"""The command ``python -m rendering``."""

from __future__ import annotations

import argparse
import importlib
import time
from collections.abc import Sequence

from rendering.recipe import Recipe

SCENES = ("can_opener", "basketball", "farmyard", "fruit", "desk", "kitchen")


def load_recipe(scene: str) -> Recipe:
    """Import the module of a scene and return its recipe."""
    return importlib.import_module(f"rendering.{scene}").RECIPE


def main(arguments: Sequence[str] | None = None) -> int:
    """Render views, or render given pictures again and compare; returns the exit status."""
    options = _parser().parse_args(arguments)
    from rendering.produce import Producer, view_names

    producer = Producer(load_recipe(options.scene))
    views = options.view or view_names()
    if not options.check:
        producer.record(_timed(views), options.missing)
        return 0
    wrong = {view: producer.check(view, options.variant) for view in views}
    for view, pixels in wrong.items():
        print(f"{options.scene} {view} {options.variant}: {pixels} pixels differ")
    return int(any(wrong.values()))


def _timed(views):
    for view in views:
        start = time.perf_counter()
        yield view
        print(f"{view}: {time.perf_counter() - start:.0f} s", flush=True)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m rendering", description=__doc__)
    parser.add_argument("scene", choices=SCENES)
    parser.add_argument("--view", action="append", help="only this view; may be repeated")
    parser.add_argument("--missing", action="store_true", help="only pictures not given yet")
    parser.add_argument("--variant", default="all", help="the picture that --check renders")
    parser.add_argument("--check", action="store_true", help="compare with the given pictures")
    return parser
