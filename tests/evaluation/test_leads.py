"""What the long runs say of a method beside what its controls get."""

import pytest

from helpers.errors import HelpersError
from helpers.evaluation import league
from helpers.evaluation.leads import fill_preferences, stored_leads

NETWORK = "efficientnet-lite0"
SCENES = ("can_opener", "fruit")


def table(column, numbers, **labels):
    return [
        {"scene": scene, "view": f"view_{i:02d}", "method": method, column: value + 0.01 * i}
        | labels
        for method, value in numbers.items()
        for scene in SCENES
        for i in range(3)
    ]


@pytest.fixture
def rows(monkeypatch):
    stored = []
    monkeypatch.setattr(league, "load_results", lambda part, network: stored)
    return stored


def test_a_method_leads_the_control_that_is_hardest_to_beat(rows):
    rows += table("share", {"grad_cam": 0.6, "edge_map": 0.3, "uniform_map": 0.25})
    (name, found), *others = stored_leads("grid", "share", NETWORK).items()
    assert (name, others) == ("grad_cam", [])
    assert found.control == "edge_map" and found.mean.value == pytest.approx(0.61)
    assert found.lead.value == pytest.approx(0.3) and found.lead.n_views == 6


def test_a_lead_is_above_zero_where_lower_is_better_and_lower(rows):
    rows += table("share", {"gradient": 0.9, "grad_cam": 0.5, "edge_map": 0.8, "center_map": 0.7})
    found = stored_leads("checks", "share", NETWORK, lower_is_better=True)
    assert {one.control for one in found.values()} == {"center_map"}
    assert found["grad_cam"].lead.value == pytest.approx(0.2)
    assert found["gradient"].lead.value == pytest.approx(-0.2)
    assert found["gradient"].mean.value == pytest.approx(0.91)


def test_a_blind_method_is_a_control_where_it_is_blind(rows):
    rows += table("share", {"grad_cam": 0.6, "deconvnet": 0.5})
    assert list(stored_leads("grid", "share", NETWORK)) == ["grad_cam"]
    with pytest.raises(HelpersError, match="no control"):
        stored_leads("grid", "share", "squeezenet")


def test_a_fill_is_preferred_by_what_it_adds_to_the_gain(rows):
    for fill, area in {"black": 1.0, "mean": 2.5}.items():
        for row in table("area", {"gradient": area}, kind="deletion", fill=fill):
            rows.append(row | {"others": 3.0})
    found = fill_preferences(NETWORK, "black", "mean")
    assert set(found) == {"gradient"} and len(found["gradient"]) == 6
    assert list(found["gradient"].values()) == pytest.approx([1.5] * 6)
