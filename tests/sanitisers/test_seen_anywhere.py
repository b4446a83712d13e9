"""What strict viewers leave of the figures is what the README says."""

import re
from pathlib import Path

import pytest

from tools.sanitisers.__main__ import MODULES, Left, left, table

README = (Path(__file__).resolve().parents[2] / "README.md").read_text(encoding="utf-8")
SAID = {"all": lambda count, stored: count == stored, "none": lambda count, stored: count == 0}


def test_figures_are_counted_by_picture_and_by_words():
    assert left(['<img alt="a" src="data:image/png;base64,AA"><img alt="b">', "<p>"]) == Left(1, 2)
    assert left(['<img src="https://x.org/y.png">']) == Left(0, 0)


@pytest.mark.parametrize("cleaner", ["bleach", "DOMPurify", "rehype-sanitize", "sanitize-html"])
def test_the_readme_says_what_each_cleaner_leaves(cleaner):
    found = {name.partition(" ")[0]: count for name, count in table().items()}
    if cleaner not in found:
        pytest.skip(f"{MODULES.name} are not installed: python -m tools.sanitisers")
    (row,) = (line for line in README.splitlines() if line.startswith("|") and cleaner in line)
    pictures, words = re.findall(r"\| (all|none) (?=\|)", row)
    assert SAID[pictures](found[cleaner].pictures, found["stored"].pictures)
    assert SAID[words](found[cleaner].descriptions, found["stored"].descriptions)
