"""Top classes as in the post, in logits, and probabilities when those are meant."""

import numpy as np
import pytest
from toys import SIDE, one_sentence, small_classifier

from helpers.backend import keras
from helpers.errors import HelpersError
from helpers.models import prediction
from helpers.models.prediction import (
    class_logits,
    class_probabilities,
    make_prediction,
    probabilities_of,
)
from helpers.models.wrapping import wrap_classifier


@pytest.fixture
def fixed():
    """Give the logits 1, 5, 3 whatever the picture: the bias alone speaks."""
    model = keras.Sequential(
        [keras.Input((SIDE, SIDE, 3)), keras.layers.Flatten(), keras.layers.Dense(3)]
    )
    model.set_weights([np.zeros((SIDE * SIDE * 3, 3)), np.array([1, 5, 3])])
    return wrap_classifier(model, class_names=["cat", "dog", "hen"])


def test_the_list_of_the_post(fixed, pictures):
    index, detailed = make_prediction(pictures[0], fixed, top=2)
    assert index == 1 and type(index) is int
    assert detailed == [[("", "dog", 5.0), ("", "hen", 3.0)]]
    assert type(detailed[0][0][2]) is float


def test_a_batch_gives_a_list(fixed, pictures):
    index, detailed = make_prediction(pictures[:3], fixed, top=3)
    assert index == [1, 1, 1] and len(detailed) == 3
    assert make_prediction(pictures[:1], fixed, top=1)[0] == [1]


def test_each_picture_has_its_own_classes(small, pictures):
    logits = small(pictures).numpy()
    index, detailed = make_prediction(pictures, small, top=3)
    assert index == list(logits.argmax(-1))
    for row, found in zip(logits, detailed):
        assert [score for *_, score in found] == pytest.approx(sorted(row, reverse=True), rel=1e-4)


def test_probabilities_are_the_softmax(fixed, pictures):
    expected = np.exp([1, 5, 3]) / np.exp([1, 5, 3]).sum()
    one, two = (class_probabilities(array, fixed) for array in (pictures[0], pictures[:2]))
    assert one == pytest.approx(expected) and one.dtype == np.float32
    assert two.shape == (2, 3) and two[1] == pytest.approx(expected)
    assert class_logits(pictures[0], fixed)[0][0] == pytest.approx([1, 5, 3])


def test_the_default_network_needs_no_second_argument(network, chelsea, monkeypatch):
    monkeypatch.delenv("HELPERS_MODEL", raising=False)
    monkeypatch.setattr(prediction, "load_model", lambda: network)
    index, detailed = make_prediction(chelsea)
    assert (index, len(detailed), len(detailed[0])) == (285, 1, 5)
    assert detailed[0][0][:2] == ("n02124075", "Egyptian_cat")
    assert class_probabilities(chelsea)[285] == pytest.approx(0.74, abs=0.1)
    assert class_probabilities(chelsea).sum() == pytest.approx(1, abs=1e-5)


def test_top_is_cut_to_the_number_of_classes(fixed, pictures):
    index, [detailed] = make_prediction(pictures[0], fixed)
    assert index == 1 and [name for _, name, _ in detailed] == ["dog", "hen", "cat"]


@pytest.mark.parametrize("top", [0, -1, 2.0, "3", None, True])
def test_top_out_of_range(fixed, pictures, top):
    with pytest.raises(HelpersError, match="1 or more") as error:
        make_prediction(pictures[0], fixed, top=top)
    one_sentence(error)


def head(end):
    pixels = keras.Input((SIDE, SIDE, 3))
    return keras.Model(pixels, end(keras.layers.Flatten()(pixels / 255)))


@pytest.mark.parametrize(
    "end",
    [
        keras.layers.Dense(1, activation="sigmoid"),
        keras.layers.Dense(3, activation="sigmoid"),
        keras.layers.Dense(3, activation="softmax"),
    ],
)
def test_probabilities_are_those_of_the_models_own_head(end, pictures):
    """One unit and several labels have sigmoids, which do not sum to 1."""
    model = head(end)
    wrapped = wrap_classifier(model)
    assert class_probabilities(pictures, wrapped) == pytest.approx(
        model(pictures).numpy(), rel=1e-4
    )
    assert class_probabilities(pictures[0], wrapped).dtype == np.float32
    logits, _ = class_logits(pictures, wrapped)
    assert probabilities_of(logits, wrapped) == pytest.approx(model(pictures).numpy(), rel=1e-4)


def test_one_logit_has_a_sigmoid(pictures):
    model = small_classifier(1)
    expected = 1 / (1 + np.exp(-model(pictures).numpy()))
    assert class_probabilities(pictures, model) == pytest.approx(expected, rel=1e-5)
    assert make_prediction(pictures[0], model)[0] == 0


def test_a_model_with_broken_weights(small, pictures):
    small.layers[-1].set_weights([np.nan * w for w in small.layers[-1].get_weights()])
    with pytest.raises(HelpersError, match="NaN or infinite logits") as error:
        make_prediction(pictures[0], small, top=1)
    one_sentence(error)
