"""Steering a map: within the limit, with the score held, and judged on the network itself."""

import numpy as np
import pytest
from toys import lively_classifier, one_sentence, small_classifier

from helpers.attribution.registry import attribute
from helpers.backend import keras, tf
from helpers.errors import HelpersError
from helpers.evaluation.localisation import relevance_mass_accuracy
from helpers.evaluation.manipulation import (
    judge_move,
    manipulate_map,
    shake_picture,
    soften_relus,
)
from helpers.models.wrapping import wrap_classifier

REGION = np.zeros((8, 8), bool)
REGION[5:, :3] = True


@pytest.fixture
def lively():
    return lively_classifier(["hen", "cat", "cup"])


@pytest.fixture
def picture(rng):
    return rng.integers(20, 235, (8, 8, 3)).astype(np.float32)


def share(model, picture):
    return relevance_mass_accuracy(np.abs(attribute(model, picture, 0)).max(-1), REGION)


def test_a_tremble_moves_every_value_by_its_size(picture):
    moved = shake_picture(picture, 3)
    assert np.unique(np.abs(moved - picture)).tolist() == [3]
    assert 0.3 < (moved > picture).mean() < 0.7
    np.testing.assert_array_equal(moved, shake_picture(picture, 3, seed=0))
    assert not np.array_equal(moved, shake_picture(picture, 3, seed=1))


def test_a_tremble_stays_within_the_pixels():
    moved = shake_picture(np.tile(np.float32([0, 255, 100]), (8, 8, 1)), 50)
    assert moved.min() == 0 and moved.max() == 255


@pytest.mark.parametrize("size", [-1, 256, "1", None])
def test_a_tremble_of_no_size_is_refused(picture, size):
    with pytest.raises(HelpersError, match="size is a number of grey levels") as error:
        shake_picture(picture, size)
    one_sentence(error)


@pytest.mark.parametrize("top", [None, 6.0])
def test_a_softened_relu_is_the_softplus_of_the_paper(top):
    pixels = keras.Input((2, 2, 3))
    bent = keras.layers.ReLU(max_value=top)(keras.layers.Rescaling(0.1, -3)(pixels))
    model = keras.Model(pixels, keras.layers.Dense(2)(keras.layers.Flatten()(bent)))
    x = np.random.default_rng(0).uniform(0, 120, (5, 2, 2, 3)).astype(np.float32)
    y = (x * 0.1 - 3).astype(np.float64)
    expected = np.logaddexp(0, 4 * y) / 4
    if top:
        expected -= np.logaddexp(0, 4 * (y - top)) / 4
    kernel, bias = model.layers[-1].get_weights()
    expected = expected.reshape(5, -1) @ kernel + bias
    np.testing.assert_allclose(soften_relus(model, 4)(x), expected, rtol=1e-4, atol=1e-4)


def test_the_sharper_the_nearer(lively, picture):
    truth = lively(picture[None]).numpy()
    gaps = [np.abs(soften_relus(lively, b)(picture[None]).numpy() - truth).max() for b in (5, 500)]
    assert gaps[1] < 0.02 < gaps[0]


def test_the_reason_for_softening(lively, picture):
    def bend(model):
        x = tf.constant(picture[None])
        with tf.GradientTape() as outer:
            outer.watch(x)
            with tf.GradientTape() as inner:
                inner.watch(x)
                score = model(x)[0, 0]
            sizes = tf.reduce_sum(tf.abs(inner.gradient(score, x)))
        second = outer.gradient(sizes, x)
        return 0.0 if second is None else float(np.abs(second).max())

    assert bend(lively) == 0
    assert bend(soften_relus(lively)) > 0


def test_a_wrapped_model_is_softened_with_its_preprocessing(picture):
    own = small_classifier(activation="softmax", hidden="relu")
    wrapped = wrap_classifier(own, preprocess=lambda pixels: pixels / 2)
    soft = soften_relus(wrapped, 1e4)
    np.testing.assert_allclose(soft(picture[None]), wrapped(picture[None]), rtol=1e-3, atol=1e-3)


def test_a_network_without_relu_is_refused(small, picture):
    with pytest.raises(HelpersError, match="no ReLU") as error:
        manipulate_map(small, picture, 0, REGION)
    one_sentence(error)


@pytest.fixture
def steered(lively, picture):
    def steer(hold):
        options = {"limit": 60, "steps": 80, "step_size": 3, "sharpness": 3}
        return manipulate_map(lively, picture, 0, REGION, hold=hold, progress=False, **options)

    return steer


def test_the_map_moves_within_the_limit(lively, picture, steered):
    found = steered(hold=1)
    assert np.abs(found.picture - picture).max() <= 60
    assert found.picture.min() >= 0 and found.picture.max() <= 255
    np.testing.assert_array_equal(found.picture, np.rint(found.picture))
    assert found.shares.shape == (80,) and found.shares[-1] > found.shares[0]
    # Judged on the network itself, and against a blind change of the same size.
    blind = np.mean([share(lively, shake_picture(picture, 60, seed=s)) for s in range(20)])
    assert share(lively, found.picture) > max(share(lively, picture), blind) + 0.05


def test_the_score_is_held_the_better_the_more_it_weighs(lively, picture, steered):
    start = float(lively(picture[None])[0, 0])
    moved = [abs(float(lively(steered(hold).picture[None])[0, 0]) - start) for hold in (0, 10)]
    assert moved[1] < min(moved[0], 1)


def test_nothing_of_the_model_or_the_picture_changes(lively, picture):
    weights, given = [w.copy() for w in lively.get_weights()], picture.copy()
    manipulate_map(lively, picture, "cat", REGION, steps=3, progress=False)
    for one, other in zip(weights, lively.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)
    np.testing.assert_array_equal(picture, given)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"limit": 0.5}, "limit is a number of grey levels from 1 to 255"),
        ({"step_size": 0}, "step_size is a number of grey levels above 0"),
        ({"hold": -1}, "hold is a number, 0 or more"),
        ({"sharpness": "soft"}, "sharpness is a number above 0"),
        ({"steps": 0}, "steps is a whole number, 1 or more"),
        ({"region": np.ones((4, 4), bool)}, r"\(4, 4\)"),
        ({"region": np.zeros((8, 8), bool)}, "no object in it"),
        ({"target_class": "dog"}, "There is no class"),
    ],
)
def test_what_does_not_fit_is_refused(lively, picture, change, words):
    given = {"target_class": 0, "region": REGION, "progress": False} | change
    with pytest.raises(HelpersError, match=words) as error:
        manipulate_map(lively, picture, **given)
    one_sentence(error)


def test_a_move_is_judged_on_the_network_itself(lively, picture):
    after = shake_picture(picture, 9)
    found = judge_move(lively, picture, after, "cat", REGION)
    assert found.scores == pytest.approx(lively(np.stack([picture, after]))[:, 1].numpy(), abs=1e-4)
    for values, share_of, one in zip(found.maps, found.shares, (picture, after), strict=True):
        x = tf.constant(one[None])
        with tf.GradientTape() as tape:
            tape.watch(x)
            score = lively(x)[0, 1]
        sizes = np.abs(tape.gradient(score, x)[0]).max(-1)
        np.testing.assert_allclose(values, sizes, rtol=1e-4, atol=1e-7)
        assert share_of == pytest.approx(sizes[REGION].sum() / sizes.sum(), rel=1e-4)
    assert found.largest_change == 9
