"""Which networks an explorer offers."""

from types import SimpleNamespace

import pytest
from toys import lively_classifier

from helpers import HelpersError
from helpers.widgets import networks
from helpers.widgets.networks import Networks


def test_a_network_of_the_readers_stands_alone(toy):
    found = Networks(toy)
    assert found.names == [toy.name] and found[toy.name] is toy


def test_others_are_offered_after_the_first(toy):
    other = lively_classifier(["a", "b", "c"])
    found = Networks(toy, {"other": other, "mine": toy})
    assert found.names == ["mine", "other"] and found["other"] is other
    with pytest.raises(HelpersError, match="mapping"):
        Networks(toy, [other])


def test_networks_of_the_environment_offer_each_other_and_are_loaded_when_asked(monkeypatch):
    loaded = {name: SimpleNamespace(name=name) for name in networks.BUNDLED}
    asked = []

    def load(name):
        asked.append(name)
        return loaded[name]

    monkeypatch.setattr(networks, "load_model", load)
    found = Networks(loaded["squeezenet"])
    assert found.names == ["squeezenet", "efficientnet-lite0"] and set(asked) == {"squeezenet"}
    assert found["efficientnet-lite0"] is loaded["efficientnet-lite0"]
    assert Networks(SimpleNamespace(name="squeezenet")).names == ["squeezenet"]
