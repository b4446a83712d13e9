"""Pictures that a class score grows into, on a linear network whose weights are the answer."""

import numpy as np
import pytest
from toys import one_sentence

from helpers.attribution.class_visualisation import visualize_class
from helpers.backend import keras
from helpers.errors import HelpersError


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
