"""Stored results: read back as they were, recomputed where they are read, and caught when stale."""

import json

import numpy as np
import pytest

from helpers.errors import HelpersError
from helpers.evaluation import (
    load_results,
    results_record,
    stale_results,
    stored_faithfulness,
)
from helpers.evaluation import stored_results as results

NETWORK = "net"
COLUMNS = "scene,view,target,method,reading,own,object,effect,mass,density"
ROWS = [
    "yard,view_00,hen,good,signed,1,hens,4,0.5,2",
    "yard,view_00,hen,good,signed,1,rabbit,-2,-0.1,-1",
    "yard,view_00,hen,good,absolute,0,hens,4,0.5,1",
    "yard,view_00,hen,good,absolute,0,rabbit,-2,0.6,2",
    "yard,view_01,hen,good,signed,1,hens,3,0.4,2",
    "yard,view_01,hen,good,signed,1,rabbit,-1,0.1,",
]


@pytest.fixture
def stored(tmp_path, monkeypatch):
    monkeypatch.setattr(results, "FOLDER", tmp_path)
    folder = tmp_path / NETWORK
    folder.mkdir()
    (folder / "objects.csv").write_text("\n".join([COLUMNS, *ROWS]) + "\n", encoding="utf-8")
    return folder


def test_tables_are_read_with_numbers_and_gaps(stored):
    rows = load_results("objects", NETWORK)
    assert rows[0]["effect"] == 4 and rows[0]["object"] == "hens" and np.isnan(rows[-1]["density"])


def test_faithfulness_is_computed_from_the_raw_rows(stored):
    own = stored_faithfulness("good", NETWORK, resamples=20)
    assert (own.agreement, own.n_pairs, own.n_views) == (1, 2, 2)
    assert stored_faithfulness("good", NETWORK, reading="absolute", resamples=20).agreement == 0
    assert stored_faithfulness("good", NETWORK, scenes=("yard",), resamples=20).n_objects == 4
    with pytest.raises(HelpersError, match="Nothing is stored"):
        stored_faithfulness("good", NETWORK, scenes=("arena",))


def test_missing_tables_and_records_are_named(stored):
    with pytest.raises(HelpersError, match="there are objects"):
        load_results("grid", NETWORK)
    with pytest.raises(HelpersError, match="record"):
        results_record(NETWORK)


def test_results_of_other_pictures_are_stale(stored, monkeypatch):
    inputs = {"yard/view_00": "a", "yard/view_01": "b"}
    (stored / "record.json").write_text(json.dumps({"inputs": inputs}), encoding="utf-8")
    monkeypatch.setattr(results, "scene_inputs", lambda scene, view: "a")
    assert stale_results(NETWORK) == ["yard/view_01"]
