"""Maps beside each other share one scale."""

import numpy as np
import pytest

from helpers import HelpersError
from helpers.display import overlay_image
from helpers.widgets.frame import Scale, map_panels

RNG = np.random.default_rng(4)
PICTURE = RNG.integers(0, 255, (24, 36, 3), np.uint8)
FAINT, STRONG = RNG.uniform(0, 1, (6, 6)), RNG.uniform(0, 5, (6, 6))


def test_maps_share_the_scale_of_the_largest_value():
    panels, scale = map_panels(PICTURE, [FAINT, STRONG], ["a", "b"], "logit", 0.7)
    assert scale == Scale((0.0, STRONG.max()), "logit", 0.7)
    for panel, values in zip(panels, (FAINT, STRONG), strict=True):
        expected = overlay_image(PICTURE, values, 0.7, limits=scale.limits)
        np.testing.assert_array_equal(panel.picture, expected)
    assert not np.array_equal(panels[0].picture, overlay_image(PICTURE, FAINT))
    assert [panel.caption for panel in panels] == ["a", "b"]
    assert panels[1].alt.startswith("b: strongest in the ") and panels[1].alt.endswith(" logit.")


def test_one_signed_map_centres_the_scale_of_all():
    _, scale = map_panels(PICTURE, [FAINT, -STRONG], ["a", "b"], "logit", 1)
    assert scale.limits == (-STRONG.max(), STRONG.max())


def test_a_caption_is_missing():
    with pytest.raises(ValueError, match="shorter"):
        map_panels(PICTURE, [FAINT, STRONG], ["a"], "logit", 0.7)


def test_a_strength_out_of_range():
    with pytest.raises(HelpersError, match="from 0 to 1"):
        map_panels(PICTURE, [FAINT], ["a"], "logit", 2)
