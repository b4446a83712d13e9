"""Class scores: compiled once, run in balanced batches, and memory given back."""

import numpy as np
import pytest
from toys import one_sentence

from helpers.backend import keras, tf
from helpers.errors import HelpersError
from helpers.models import scores
from helpers.models.scores import as_picture, compiled, compute_logits, run_in_batches, units_of

SIGNATURE = [tf.TensorSpec((None, 2), tf.float32)]


def test_a_function_is_compiled_on_its_first_call_and_once():
    times = []

    def double(values):
        times.append(values.shape)
        return 2 * values

    run = compiled(double, SIGNATURE)
    assert times == []
    for count in (1, 3, 8):
        given = np.arange(2.0 * count, dtype=np.float32).reshape(count, 2)
        np.testing.assert_array_equal(run(tf.constant(given)), 2 * given)
    assert len(times) == 1


def test_an_error_of_ours_passes_through_compilation():
    def refuse(values):
        raise HelpersError("One sentence.")

    with pytest.raises(HelpersError, match=r"^One sentence\.$"):
        compiled(refuse, SIGNATURE)(tf.zeros((1, 2)))


def test_logits_are_those_of_the_model(small, pictures):
    for batch_size in (1, 3, 5):
        logits = compute_logits(small, pictures, batch_size)
        assert logits == pytest.approx(small(pictures).numpy(), rel=1e-4)


def test_logits_that_are_not_finite_are_refused(small, pictures):
    small.layers[-1].set_weights([w * np.nan for w in small.layers[-1].get_weights()])
    with pytest.raises(HelpersError, match="NaN or infinite logits") as error:
        compute_logits(small, pictures)
    one_sentence(error)


def test_memory_is_given_back_after_several_batches(small, pictures, monkeypatch):
    given = []
    monkeypatch.setattr(scores, "give_memory_back", lambda: given.append(1))
    compute_logits(small, pictures, 4)
    assert given == []
    compute_logits(small, pictures, 3)
    assert given == [1]


def test_rows_come_back_in_order_from_balanced_batches():
    sizes = []

    def run(values):
        sizes.append(len(values))
        return values, tf.reduce_sum(values, -1)

    values = np.arange(14, dtype=np.float32).reshape(7, 2)
    same, sums = run_in_batches(run, 3, values)
    assert sorted(sizes) == [2, 2, 3]
    np.testing.assert_array_equal(same, values)
    np.testing.assert_array_equal(sums, values.sum(-1))


def test_units_of_an_inner_layer_are_means_over_its_places(small, pictures):
    units, shape, count = units_of(small, "conv")
    inside = keras.Model(small.inputs, small.get_layer("conv").output)
    assert (shape, count) == (pictures.shape[1:], 4)
    expected = inside(pictures).numpy().mean((1, 2))
    np.testing.assert_allclose(units(tf.constant(pictures)), expected, rtol=1e-5)


def test_one_picture_is_taken_and_a_batch_of_several_refused(small, pictures):
    np.testing.assert_array_equal(as_picture(pictures[0], small), pictures[0])
    np.testing.assert_array_equal(as_picture(pictures[:1], small), pictures[0])
    with pytest.raises(HelpersError, match="one picture at a time, not 4") as error:
        as_picture(pictures, small)
    one_sentence(error)
