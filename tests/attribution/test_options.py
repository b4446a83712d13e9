"""Options mean the same in every method, and are checked once."""

import pytest
from toys import one_sentence

from helpers.attribution.options import check_values
from helpers.errors import HelpersError


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("samples", 0, "samples is a whole number"),
        ("samples", 2.5, "samples is a whole number"),
        ("samples", True, "samples is a whole number"),
        ("steps", 0, "steps is a whole number"),
        ("cells", "7", "cells is a whole number"),
        ("batch_size", 0, "batch_size"),
        ("noise", -1, "share of the picture's value range"),
        ("noise", float("nan"), "share of the picture's value range"),
        ("keep", 1, "between 0 and 1"),
        ("seed", -1, "seed"),
        ("progress", "yes", "progress is True or False"),
        ("l2", -1, "0 or more"),
    ],
)
def test_a_value_out_of_range(name, value, says):
    with pytest.raises(HelpersError) as error:
        check_values({"fill": "black", name: value})
    assert says in one_sentence(error)


def test_values_in_range_and_options_of_one_method_alone_pass():
    check_values({"samples": 1, "seed": 0, "keep": 0.5, "noise": 0.0, "average": "anything"})
