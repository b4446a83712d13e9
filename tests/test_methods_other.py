"""XRAI, the two controls, progress bars and class visualisation."""

import threading

import numpy as np
import pytest
from toys import one_sentence

from helpers import progress
from helpers.attribution.class_visualisation import visualize_class
from helpers.attribution.methods import xrai as regions
from helpers.attribution.registry import attribute
from helpers.backend import keras
from helpers.errors import HelpersError

SIDE = 48


def patchwork():
    """Grey with a red square and a blue one."""
    picture = np.full((SIDE, SIDE, 3), 60, np.float32)
    picture[4:20, 4:20] = (220, 40, 40)
    picture[26:44, 26:44] = (40, 40, 220)
    return picture


RED, BLUE = (slice(4, 20),) * 2, (slice(26, 44),) * 2


def mean_of(where):
    pixels = keras.Input((SIDE, SIDE, 3))
    inside = pixels[:, where[0], where[1], :] / 255
    score = keras.ops.mean(inside, (1, 2, 3))
    return keras.Model(pixels, keras.ops.stack([score, -score], -1))


# XRAI


@pytest.mark.parametrize(("where", "other"), [(RED, BLUE), (BLUE, RED)])
def test_xrai_marks_the_region_that_the_score_reads(where, other):
    found, details = attribute(mean_of(where), patchwork(), 0, "xrai", details=True, steps=2)
    assert found.shape == (SIDE, SIDE, 1)
    assert found[where].mean() > 3 * abs(found[other]).mean()
    assert details["pieces"] >= 2 and len(np.unique(found)) <= details["pieces"] + 1


def test_regions_are_added_by_the_density_of_what_they_add():
    values = np.zeros((12, 20), np.float32)
    values[:, :10], values[:, 10:15] = 1, 5
    segments = np.zeros((4, 12, 20), bool)
    segments[0, :, :10], segments[1, :, 5:15] = True, True
    segments[2, :, 10:15], segments[3, :, 19:] = True, True  # the last adds too few pixels
    found, pieces = regions._rank(values, segments)
    # The third comes first; the first then takes all that is left of the second.
    assert pieces == 2
    np.testing.assert_allclose(found[:, 10:15], 5)
    np.testing.assert_allclose(found[:, :10], 1)
    np.testing.assert_allclose(found[:, 15:], 0)


def test_segments_cover_the_picture_and_a_constant_one_is_no_trouble():
    assert regions._segments(patchwork()).any(0).all()
    assert regions._segments(np.full((SIDE, SIDE, 3), 9, np.float32)).any(0).all()


# Controls


def test_edges_stand_where_brightness_changes_and_ignore_the_class():
    found = attribute(mean_of(RED), patchwork(), [0, 1], "edge_map")
    np.testing.assert_array_equal(found[0], found[1])
    assert found[0][6:18, 6:18].max() < 1e-4 and found[0][4, 10] > 5


def test_random_maps_are_standard_normal():
    found = attribute(mean_of(RED), patchwork(), [0, 1], "random_map", seed=3)
    assert abs(found.mean()) < 0.05 and found.std() == pytest.approx(1, abs=0.05)
    assert abs(np.corrcoef(found[0].ravel(), found[1].ravel())[0, 1]) < 0.1


def test_the_centre_map_is_a_hill_in_the_middle_that_fits_the_frame():
    pixels = keras.Input((6, 12, 3))
    model = keras.Model(pixels, keras.layers.GlobalAveragePooling2D()(pixels))
    picture = np.full((6, 12, 3), 9.0)
    found = attribute(model, [picture, 2 * picture], 0, "center_map")
    assert found.shape == (2, 6, 12, 1) and np.array_equal(found[0], found[1])
    hill = found[0, ..., 0]
    assert np.array_equal(hill, hill[::-1]) and np.array_equal(hill, hill[:, ::-1])
    assert hill[2:4, 5:7].min() == hill.max() and hill[0, 0] == hill.min()
    down, across = (hill[2, 5] / hill[where] for where in ((0, 5), (2, 2)))
    assert down == pytest.approx(np.exp(8 * ((2.5 / 6) ** 2 - (0.5 / 6) ** 2)), rel=1e-5)
    assert across == pytest.approx(np.exp(8 * ((3.5 / 12) ** 2 - (0.5 / 12) ** 2)), rel=1e-5)


def test_the_uniform_map_holds_the_area():
    found = attribute(mean_of(RED), patchwork(), [0, 1], "uniform_map")
    assert found.shape == (2, SIDE, SIDE, 1) and (found == 1).all()


# Batches and progress


@pytest.mark.parametrize(("total", "size"), [(51, 10), (10, 10), (1, 10), (11, 3), (169, 16)])
def test_batches_are_balanced_and_complete(total, size):
    parts = list(progress.balanced_slices(total, size))
    lengths = [part.stop - part.start for part in parts]
    assert [i for part in parts for i in range(total)[part]] == list(range(total))
    assert max(lengths) <= size and max(lengths) - min(lengths) <= 1
    assert len(parts) == -(-total // size)


def test_items_are_made_one_ahead_in_order_and_no_further():
    made = []
    items = progress.made_ahead(made.append(i) or i for i in range(9))
    for expected in range(4):
        assert next(items) == expected
        assert len(made) <= expected + 2
    items.close()
    assert len(made) <= 5
    assert list(progress.made_ahead(iter(()))) == []


def test_what_goes_wrong_while_an_item_is_made_is_raised():
    items = progress.made_ahead(1 / i for i in (1, 0))
    assert next(items) == 1
    with pytest.raises(ZeroDivisionError):
        next(items)


def test_quick_work_prints_nothing_and_long_work_cleans_up(monkeypatch, capfd, linear, pictures):
    monkeypatch.setattr(progress, "DELAY", 600)
    attribute(linear[0], pictures[0], 0, "smoothgrad", samples=3)
    assert capfd.readouterr() == ("", "")
    monkeypatch.setattr(progress, "DELAY", 0)
    attribute(linear[0], pictures[0], 0, "smoothgrad", samples=3, progress=False)
    assert capfd.readouterr() == ("", "")
    attribute(linear[0], pictures[0], 0, "smoothgrad", samples=3)
    shown = capfd.readouterr()
    assert "smoothgrad" in shown.out and shown.out.endswith("\r") and not shown.err


def test_an_interrupt_does_no_harm(monkeypatch, linear, pictures):
    expected = attribute(linear[0], pictures[0], 0, "smoothgrad", samples=4, batch_size=2)

    def interrupt(*_):
        raise KeyboardInterrupt

    threads = threading.active_count()
    with monkeypatch.context() as patch:
        patch.setattr("tqdm.std.tqdm.update", interrupt)
        with pytest.raises(KeyboardInterrupt):
            attribute(linear[0], pictures[0], 0, "smoothgrad", samples=4, batch_size=2)
    assert threading.active_count() == threads
    again = attribute(linear[0], pictures[0], 0, "smoothgrad", samples=4, batch_size=2)
    np.testing.assert_array_equal(again, expected)


# Class visualisation


def test_a_linear_class_is_drawn_in_the_colours_of_its_weights(linear):
    model, weights = linear
    options = {"steps": 30, "jitter": 0, "total_variation": 0, "learning_rate": 20}
    picture, found = visualize_class(model, 1, details=True, **options)
    assert picture.shape == (8, 8, 3) and picture.dtype == np.float32
    assert picture.min() >= 0 and picture.max() <= 255
    assert found["scores"].shape == (31,) and found["scores"][-1] > found["scores"][0] + 100
    assert np.corrcoef((picture - 127.5).ravel(), weights[1].ravel())[0, 1] > 0.7


def test_penalties_pull_to_grey_and_smooth(linear):
    def draw(**options):
        defaults = {"steps": 20, "jitter": 0, "l2": 0, "total_variation": 0}
        return visualize_class(linear[0], 0, **{**defaults, **options})

    assert draw(l2=0.1).std() < 0.9 * draw().std()
    rough, smooth = (
        np.abs(np.diff(p, axis=0)).mean() for p in (draw(), draw(total_variation=0.04))
    )
    assert smooth < 0.9 * rough


def test_visualisation_repeats_and_takes_several_classes(linear):
    one, again, other = (visualize_class(linear[0], 0, steps=3, seed=s) for s in (1, 1, 2))
    np.testing.assert_array_equal(one, again)
    assert not np.array_equal(one, other)
    several, found = visualize_class(linear[0], [0, 2], steps=3, seed=1, details=True)
    assert several.shape == (2, 8, 8, 3) and found["scores"].shape == (2, 4)
    np.testing.assert_allclose(several[0], one, atol=1e-3)


@pytest.mark.parametrize(
    ("options", "says"), [({"steps": 0}, "steps"), ({"jitter": -1}, "jitter"), ({"l2": -1}, "l2")]
)
def test_visualisation_refuses_options_out_of_range(linear, options, says):
    with pytest.raises(HelpersError) as error:
        visualize_class(linear[0], 0, **options)
    assert says in one_sentence(error)


def test_visualisation_needs_a_model_of_fixed_size():
    pixels = keras.Input((None, None, 3))
    model = keras.Model(pixels, keras.layers.GlobalAveragePooling2D()(pixels))
    with pytest.raises(HelpersError) as error:
        visualize_class(model, 0)
    assert "fixed input size" in one_sentence(error)
    with pytest.raises(HelpersError):
        visualize_class("efficientnet", 0)
