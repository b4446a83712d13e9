"""The ledger keeps every line that is entered."""

import pytest

from helpers.claims import Ledger
from helpers.errors import HelpersError


def test_lines_are_added_and_kept():
    ledger = Ledger()
    ledger.enter("context", evidence="+2.6 logits")
    ledger.enter("context", verdict="stands")
    assert ledger.entries["context"] == {"evidence": "+2.6 logits", "verdict": "stands"}
    text = repr(ledger)
    assert "+2.6 logits" in text
    assert "stands" in text
    assert text.count("(not judged yet)") == len(ledger.claims) - 1


def test_unknown_claim_is_refused():
    with pytest.raises(HelpersError, match="has no claim 'nothing'; it has kitten"):
        Ledger().enter("nothing", evidence="")
