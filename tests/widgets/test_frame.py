"""Maps beside each other share one scale."""

import numpy as np
import pytest

from helpers import HelpersError
from helpers.display import overlay_image
from helpers.widgets.frame import Frame, Panel, Row, Ruler, Scale, Table, map_panels, own_scales

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


def test_an_axis_of_bars_grows_and_never_shrinks():
    ruler = Ruler(5)
    assert ruler.axis([0.4]) == (-5, 5)
    assert ruler.axis([0.4, -10.2]) == (-20, 20)
    assert ruler.axis([0.4]) == (-20, 20)
    assert ruler.axis([21]) == (-50, 50)
    assert ruler.axis([]) == (-50, 50)


def test_equal_changes_are_equally_long_whatever_else_was_seen():
    ruler = Ruler(5)
    first = Table("", (), [Row("a", (), 2.0)], ruler.axis([2.0]))
    again = Table("", (), [Row("a", (), 2.0), Row("b", (), 4.9)], ruler.axis([2.0, 4.9]))
    assert first.span(2.0) == again.span(2.0) == (50, 20)
    assert first.span(-2.0) == (30, 20)
    assert Table("", (), [], (0, 1)).span(0.25) == (0, 25)


def test_the_value_at_a_spot_is_told_for_every_map():
    panels, scale = map_panels(PICTURE, [FAINT, STRONG], ["a", "b"], "logit", 0.7)
    told = Frame(panels, "", scale).spot(0.999, 0)
    assert told == (
        f"100% from the left, 0% from the top. a: {FAINT[0, 5]:.3g}; b: {STRONG[0, 5]:.3g} (logit)."
    )
    assert (
        Frame([Panel(PICTURE, "One.")], "").spot(0.5, 0.5) == "50% from the left, 50% from the top."
    )


def test_panels_on_scales_of_their_own():
    asked = [(PICTURE, FAINT, "a", "logit"), (PICTURE, STRONG, "b", "relative strength")]
    first, second = own_scales(asked, 0.7)
    assert first.scale == Scale((0, FAINT.max()), "logit", 0.7)
    assert second.scale == Scale((0, STRONG.max()), "relative strength", 0.7)
    told = Frame([first, second], "").spot(0, 0)
    assert f"a: {FAINT[0, 0]:.3g} (logit); b: {STRONG[0, 0]:.3g} (relative strength)." in told
