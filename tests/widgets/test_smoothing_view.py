"""What is shown of a map that is computed already."""

import numpy as np
import pytest
from hands import PHOTO, RNG, logits_of

from helpers.attribution.saliency import smooth
from helpers.display import overlay_image
from helpers.models.prediction import probabilities_of
from helpers.pictures.images import to_array
from helpers.widgets.seen import screen_size
from helpers.widgets.smoothing_view import Smoothing


def test_smoothing_shows_the_smoothed_map():
    rough = RNG.normal(size=(8, 8, 3))
    frame = Smoothing(PHOTO, rough, "<b>cat</b>", "logit").frame(2, "sum", 0.5)
    values = smooth(rough.sum(-1), 2)
    np.testing.assert_array_equal(
        frame.panels[0].picture, overlay_image(screen_size(PHOTO), values, 0.5)
    )
    assert frame.panels[0].caption == "Map for <b>cat</b> over its picture, sigma 2"
    assert frame.note == f"Peak {np.abs(values).max():.3g} logit."
    assert frame.scale.limits == pytest.approx((-np.abs(values).max(), np.abs(values).max()))
    assert "for" not in Smoothing(PHOTO, rough, "", "logit").frame(2, "sum", 0.5).panels[0].caption


def test_a_network_adds_its_five_best_classes(toy):
    (table,) = Smoothing(PHOTO, np.ones((8, 8, 3)), "", "logit", toy).frame(2, "sum", 0.5).tables
    expected = np.sort(probabilities_of(logits_of(to_array(PHOTO, toy), toy), toy))[::-1][:5]
    assert [row.value for row in table.rows] == pytest.approx(list(expected), abs=1e-6)
