"""Whatever a reader gets wrong is one sentence, and never a silently wrong or black map."""

import numpy as np
import pytest
from toys import SIDE, one_sentence, small_classifier

from helpers.attribution.registry import attribute
from helpers.attribution.saliency import compute_saliency_map
from helpers.backend import keras, tf
from helpers.errors import HelpersError
from helpers.models.prediction import class_probabilities, make_prediction

layers, ops = keras.layers, keras.ops
SHAPE = (SIDE, SIDE, 3)
RAMP = np.linspace(0, 255, SIDE * SIDE * 3, dtype=np.float32).reshape(SHAPE)
CAFFE = RAMP - np.float32([103.939, 116.779, 123.68])
ENTRIES = {
    "prediction": lambda array, model: make_prediction(array, model, top=1),
    "probabilities": class_probabilities,
    "attribution": lambda array, model: attribute(model, array, 0),
    "saliency": lambda array, model: compute_saliency_map(model, array, 0),
}
BAD_ARRAYS = {
    "another size": (np.zeros((9, 8, 3)), r"\(8, 8, 3\).*to_array"),
    "channels first": (RAMP.transpose(2, 0, 1), "channels come last"),
    "greyscale": (RAMP[..., 0], "greyscale"),
    "one channel": (RAMP[..., :1], "greyscale"),
    "alpha": (np.zeros((SIDE, SIDE, 4)), "alpha channel"),
    "rank 1": (RAMP.ravel(), "shape"),
    "rank 5": (RAMP[None, None], "shape"),
    "empty batch": (np.zeros((0, *SHAPE)), "empty"),
    "a number": (7, "shape"),
    "0 to 1": (RAMP / 255, "looks like 0..1"),
    "0 to 1 in a batch": (np.stack([RAMP, RAMP / 255]), "looks like 0..1"),
    "-1 to 1": (RAMP / 127.5 - 1, "values from -1 to 1"),
    "preprocessed": (CAFFE, "preprocessing is part of the model"),
    "too large": (RAMP * 2, "expected 0..255"),
    "16 bits": ((RAMP * 257).astype(np.uint16), "expected 0..255"),
    "NaN": (np.where(RAMP > 250, np.nan, RAMP), "NaN or infinite"),
    "infinite": (np.where(RAMP > 250, np.inf, RAMP), "NaN or infinite"),
    "booleans": (RAMP > 9, "not ndarray of bool"),
    "complex": (RAMP + 0j, "complex"),
    "text": ("chelsea", "not str"),
    "None": (None, "not NoneType"),
    "ragged": ([[[1, 2, 3]], [[1, 2, 3], [4, 5, 6]]], "same length"),
    "objects": (np.array([None, 1]), "numbers 0..255"),
}


@pytest.mark.parametrize("entry", ENTRIES)
@pytest.mark.parametrize("name", BAD_ARRAYS)
def test_an_array_that_is_no_picture(small, entry, name):
    array, part = BAD_ARRAYS[name]
    with pytest.raises(HelpersError, match=part) as error:
        ENTRIES[entry](array, small)
    one_sentence(error)


@pytest.mark.parametrize(
    "array",
    [
        np.zeros(SHAPE, np.float32),
        np.full(SHAPE, 255, np.uint8),
        np.ones(SHAPE, np.float32),
        np.full(SHAPE, 0.5),
        RAMP.astype(np.uint8),
        RAMP.astype(np.float64),
        RAMP.astype(np.int64),
        RAMP.tolist(),
        (RAMP > 99).astype(np.uint8),
        np.stack([RAMP, np.zeros(SHAPE)]),
    ],
)
def test_an_array_that_is_one(small, array):
    """Black, constant, of any kind of numbers: a finite map that is not black."""
    result = compute_saliency_map(small, array, 0)
    assert np.isfinite(result).all() and result.any(axis=(-2, -1)).all()


def test_batched_and_unbatched_classes_are_not_mixed_up(small):
    batch = np.stack([RAMP, RAMP[::-1], RAMP[:, ::-1]])
    for array, target in ((batch, [0, 1]), (batch, [0]), (batch, [[0, 1]]), (RAMP, [])):
        with pytest.raises(HelpersError, match="pictures with") as error:
            compute_saliency_map(small, array, target)
        one_sentence(error)


@pytest.mark.parametrize(
    "target", [3, -1, True, 1.0, None, "dog", "", b"dog", [[]], {0, 1}, [0, 9]]
)
def test_classes_that_there_are_not(small, target):
    for layer_idx in (-1, "conv") if target != 3 else (-1,):
        with pytest.raises(HelpersError) as error:
            compute_saliency_map(small, RAMP, target, layer_idx)
        one_sentence(error)


@pytest.mark.parametrize("layer_idx", ["convolution", 5, -6, None, 1.0, True, ["conv"], ""])
def test_layers_that_there_are_not(small, layer_idx):
    with pytest.raises(HelpersError, match="layer") as error:
        compute_saliency_map(small, RAMP, 0, layer_idx)
    one_sentence(error)


def test_filters_that_there_are_not(small):
    with pytest.raises(HelpersError, match="no filter 4: give an index from 0 to 3") as error:
        compute_saliency_map(small, RAMP, 4, "conv")
    one_sentence(error)


def toy(end, start=lambda x: x):
    pixels = keras.Input(SHAPE)
    features = layers.Flatten()(start(pixels))
    return keras.Model(pixels, end(features))


class Broken(layers.Layer):
    """Tells a shape, and then fails."""

    def compute_output_spec(self, x):
        return keras.KerasTensor(x.shape, x.dtype)

    def call(self, x):
        raise RuntimeError("{{node here}} first line\nsecond line")


def of_numpy():
    """Runs picture by picture, but TensorFlow does not know the shape of what NumPy makes."""
    double = layers.Lambda(
        lambda x: tf.numpy_function(lambda a: 2 * a, [x], tf.float32), output_shape=SHAPE
    )
    return toy(layers.Dense(3), double)


@pytest.mark.parametrize(
    ("model", "part"),
    [
        (lambda: small_classifier(activation="softmax"), "wrap_classifier"),
        (lambda: small_classifier(activation="sigmoid"), "wrap_classifier"),
        (lambda: toy(lambda x: layers.Softmax()(layers.Dense(3)(x))), "wrap_classifier"),
        (lambda: toy(lambda x: ops.softmax(layers.Dense(3)(x))), "wrap_classifier"),
        (lambda: toy(layers.Dense(3), ops.round), "has no gradient"),
        (lambda: toy(lambda x: ops.cast(ops.cast(x, "int32"), "float32")), "has no gradient"),
        (lambda: toy(lambda x: ops.stop_gradient(layers.Dense(3)(x))), "has no gradient"),
        (lambda: toy(lambda x: 0 * layers.Dense(3)(x)), "0 at every pixel"),
        (lambda: toy(layers.Dense(3), lambda x: ops.sqrt(x - x)), "NaN or infinite"),
        (lambda: keras.Sequential([layers.Flatten(), layers.Dense(3)]), "no graph"),
        (lambda: keras.Sequential([keras.Input((5,)), layers.Dense(3)]), "goes from"),
        (lambda: keras.Sequential([keras.Input(SHAPE), layers.Conv2D(3, 1)]), "goes from"),
        (lambda: toy(layers.Dense(3), Broken()), "RuntimeError: first line second line"),
        (lambda: of_numpy(), "fails on a batch of pictures.*ValueError"),
        (lambda: "resnet50", "not str"),
        (lambda: None, "not NoneType"),
        (lambda: layers.Dense(3), "not Dense"),
    ],
)
def test_models_that_give_no_map(model, part):
    with pytest.raises(HelpersError, match=part) as error:
        compute_saliency_map(model(), RAMP, 0)
    one_sentence(error)


@pytest.mark.parametrize("compat", [None, "keras-vis-0.4.1"])
def test_one_black_map_does_not_take_the_others_along(compat):
    """The score answers to the first picture only: behind a ReLU the second one is silent."""
    model = toy(lambda x: layers.Dense(1, kernel_initializer="ones")(layers.ReLU(threshold=9)(x)))
    alone = compute_saliency_map(model, RAMP, 0, compat=compat)
    both = compute_saliency_map(model, np.stack([RAMP, 0 * RAMP]), 0, compat=compat)
    assert alone.any() and np.ptp(both[1]) == 0
    np.testing.assert_allclose(both[0], alone, rtol=1e-5)


def test_an_unknown_method_and_an_unknown_option(small):
    with pytest.raises(HelpersError) as error:
        compute_saliency_map(small, RAMP, 0, method="magic")
    one_sentence(error)
