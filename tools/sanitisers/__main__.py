"""Clean the stored outputs as strict viewers do, and count what is left of the figures.

usage: python -m tools.sanitisers

bleach comes with nbconvert; for the others node and npm are needed, and once a network:
npm ci --prefix build/sanitisers, with the two package files beside this one.
"""

import importlib.metadata
import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import bleach
from bs4 import BeautifulSoup, SoupStrainer

from tools.readme_parts import ROOT, series

HERE = Path(__file__).resolve().parent
MODULES = ROOT / "build/sanitisers"


class Left(NamedTuple):
    """Figures whose picture is there, and figures whose description is."""

    pictures: int
    descriptions: int


def outputs() -> list[str]:
    """Every HTML output that is stored with a figure in it."""
    texts = []
    for path in series():
        for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
            texts += [
                "".join(o.get("data", {}).get("text/html", "")) for o in cell.get("outputs", [])
            ]
    return [text for text in texts if "<img" in text]


def left(texts: list[str]) -> Left:
    """What is left in all texts together."""
    only = SoupStrainer("img")
    soups = [BeautifulSoup(text, "html.parser", parse_only=only) for text in texts]
    images = [image for soup in soups for image in soup("img")]
    shown = sum(image.get("src", "").startswith("data:image/") for image in images)
    return Left(shown, sum(bool(image.get("alt")) for image in images))


def cleaned_here(texts: list[str]) -> dict[str, list[str]]:
    """By bleach."""
    name = f"bleach {importlib.metadata.version('bleach')}"
    return {name: [bleach.clean(text, strip=True) for text in texts]}


def cleaned_by_node(texts: list[str]) -> dict[str, list[str]]:
    """By the cleaners that run in node; nothing where they are not installed."""
    node = shutil.which("node")
    if not node or not (MODULES / "node_modules").is_dir():
        return {}
    command = [node, HERE / "clean.mjs", MODULES]
    done = subprocess.run(
        command, input=json.dumps(texts), capture_output=True, text=True, check=True
    )
    return json.loads(done.stdout)


def install() -> None:
    """Fetch the locked cleaners, if npm is here."""
    npm = shutil.which("npm")
    if npm and not (MODULES / "node_modules").is_dir():
        MODULES.mkdir(parents=True, exist_ok=True)
        for name in ("package.json", "package-lock.json"):
            shutil.copy(HERE / name, MODULES)
        subprocess.run([npm, "ci", "--no-fund", "--no-audit", "--prefix", MODULES], check=True)


def table() -> dict[str, Left]:
    """Who cleans -> what is left; first, what is stored."""
    texts = outputs()
    cleaned = {"stored": texts} | cleaned_here(texts) | cleaned_by_node(texts)
    return {name: left(found) for name, found in cleaned.items()}


if __name__ == "__main__":
    install()
    for name, count in table().items():
        print(f"{name:24} pictures {count.pictures:3}  descriptions {count.descriptions:3}")
    sys.exit(0)
