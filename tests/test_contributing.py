"""CONTRIBUTING.md names what is there: every path, every room, every command."""

import re
from pathlib import Path

import pytest
from test_floors import FLOORS

ROOT = Path(__file__).resolve().parents[1]
PAGE = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
PATH = re.compile(
    r"(?:helpers|tests|tools|notebooks|data|docs)/[\w./*<>-]*|[\w-]+\.(?:toml|lock|md)"
)


@pytest.mark.parametrize("path", sorted(set(PATH.findall(PAGE))))
def test_every_path_leads_somewhere(path):
    pattern = re.sub(r"NN|<\w+>", "*", path.rstrip("."))
    assert list(ROOT.glob(pattern)), f"CONTRIBUTING.md speaks of {path}"


def test_the_map_shows_every_room_in_the_order_of_the_floors():
    rows = [line for line in PAGE.splitlines() if line.startswith("| ")][2:]
    named = [set(re.findall(r"`(\w+)(?:\.py|/)`", row.split("|")[1])) - {"methods"} for row in rows]
    assert named == [set(floor) for floor in FLOORS]


@pytest.mark.parametrize("target", sorted(set(re.findall(r"make (\w[\w-]*)", PAGE))))
def test_every_target_of_make_exists(target):
    assert re.search(rf"^{target}:", (ROOT / "Makefile").read_text(encoding="utf-8"), re.M)


def test_a_method_and_a_network_are_added_where_the_page_says():
    registry = (ROOT / "helpers/attribution/registry.py").read_text(encoding="utf-8")
    assert "\nMETHODS = " in registry
    assert '"efficientnet-lite0":' in (ROOT / "helpers/models/loading.py").read_text("utf-8")
    assert "\nSERIES = " in (ROOT / "tools/nbstyle.py").read_text(encoding="utf-8")


def test_the_page_is_a_page():
    assert len(PAGE.splitlines()) <= 110


def test_the_readme_leads_here():
    assert "](CONTRIBUTING.md)" in (ROOT / "README.md").read_text(encoding="utf-8")
