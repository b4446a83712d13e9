"""The version stands in three files, and the citation has what the format asks for."""

import re
import tomllib
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[1]
CITATION = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
CHANGES = re.findall(
    r"^## (\S+) \((\d{4}-\d\d-\d\d)\)$", (ROOT / "CHANGELOG.md").read_text("utf-8"), re.M
)


def test_one_version_and_one_date():
    assert CITATION["version"] == PROJECT["version"] == CHANGES[0][0]
    assert CITATION["date-released"] == CHANGES[0][1]
    versions = [tuple(map(int, version.split("."))) for version, _ in CHANGES]
    assert versions == sorted(versions, reverse=True)


def test_the_citation_is_one():
    assert CITATION["cff-version"] == "1.2.0"
    assert {"message", "title", "authors", "type", "license"} <= set(CITATION)
    assert " AND ".join(CITATION["license"]) == PROJECT["license"]
    assert all(set(author) & {"name", "family-names", "alias"} for author in CITATION["authors"])
    for reference in CITATION["references"]:
        assert {"type", "title", "authors"} <= set(reference)
