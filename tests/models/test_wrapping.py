"""The reader's own classifier: the same before and after, and logits from the wrapped one."""

import numpy as np
import pytest
from toys import SIDE, one_sentence, reader_classifier

from helpers.attribution.registry import attribute
from helpers.backend import keras, tf
from helpers.classes import class_names
from helpers.errors import HelpersError
from helpers.evaluation import clone_classifier
from helpers.models.classifier import classifier_of
from helpers.models.wrapping import preprocess_of, wrap_classifier

layers, ops = keras.layers, keras.ops


SOFTMAX = {
    "activation": lambda: reader_classifier(layers.Dense(3, activation="softmax")),
    "layer": lambda: reader_classifier(lambda x: layers.Softmax()(layers.Dense(3)(x))),
    "nested": lambda: keras.Sequential([keras.Input((SIDE, SIDE, 3)), SOFTMAX["activation"]()]),
}


@pytest.mark.parametrize("name", SOFTMAX)
def test_the_weights_are_shared(name, pictures):
    """Training the original afterwards shows in the wrapped model, also once compiled."""
    model = SOFTMAX[name]()
    wrapped = wrap_classifier(model)
    stale = attribute(wrapped, pictures[0], 1)
    assert {id(w) for w in wrapped.weights} == {id(w) for w in model.weights}
    model.compile(keras.optimizers.SGD(1.0), "sparse_categorical_crossentropy")
    model.fit(pictures, np.array([0, 1, 2, 0]), epochs=3, verbose=0)
    expected = model.predict(pictures, verbose=0)
    assert np.allclose(tf.nn.softmax(wrapped(pictures)), expected, atol=1e-5)
    assert not np.allclose(attribute(wrapped, pictures[0], 1), stale, rtol=1e-3)


def test_the_original_is_saved_and_loaded_as_before(tmp_path, pictures):
    model = SOFTMAX["activation"]()
    wrap_classifier(model, preprocess=lambda x: x, class_names=["a", "b", "c"])
    model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    assert np.allclose(loaded(pictures), model(pictures), atol=1e-6)


def test_preprocessing_is_part_of_the_wrapped_model(pictures):
    """Keras' own, which mutates a float array in place: neither picture nor values may suffer."""
    preprocess = keras.applications.resnet50.preprocess_input
    model = SOFTMAX["activation"]()
    wrapped, given = wrap_classifier(model, preprocess=preprocess), pictures.copy()
    expected = model.predict(preprocess(pictures.copy()), verbose=0)
    assert np.allclose(tf.nn.softmax(wrapped(given)), expected, atol=1e-6)
    attribute(wrapped, given, 0)
    assert np.array_equal(given, pictures)
    assert not np.allclose(model.predict(pictures, verbose=0), expected, atol=1e-3)
    assert np.allclose(preprocess_of(wrapped)(pictures), preprocess(pictures.copy()))
    assert np.array_equal(preprocess_of(model)(pictures), pictures)


def test_the_gradient_is_per_grey_level_of_the_pixels(linear, pictures):
    model, weights = linear
    wrapped = wrap_classifier(model, preprocess=lambda x: (x - 127) / 128)
    assert attribute(wrapped, pictures[0], 1) == pytest.approx(weights[1] / 128, rel=1e-4)


@pytest.mark.parametrize(
    "to_grey",
    [tf.image.rgb_to_grayscale, lambda x: ops.matmul(x, [[0.2989], [0.587], [0.114]]) + 0.0],
)
def test_a_preprocessing_that_makes_colours_grey_is_given_colours(to_grey, pictures):
    """The gradient of a colour is the grey model's, times the colour's share of the luma."""
    pixels = keras.Input((SIDE, SIDE, 1))
    model = keras.Model(pixels, layers.Dense(3)(layers.Flatten()(pixels)))
    wrapped = wrap_classifier(model, preprocess=to_grey)
    assert wrapped.input_shape == (None, SIDE, SIDE, 3)
    weights = model.layers[-1].kernel.numpy()[:, 1].reshape(SIDE, SIDE, 1)
    expected = weights * np.float32([0.2989, 0.587, 0.114])
    assert attribute(wrapped, pictures[0], 1) == pytest.approx(expected, rel=1e-3, abs=1e-6)
    again = wrap_classifier(wrapped, preprocess=lambda x: x / 2)
    assert again.input_shape == wrapped.input_shape


def test_a_preprocessing_of_grey_pictures_is_given_grey(pictures):
    pixels = keras.Input((SIDE, SIDE, 1))
    model = keras.Model(pixels, layers.Dense(3)(layers.Flatten()(pixels)))
    wrapped = wrap_classifier(model, preprocess=lambda x: x / 255)
    assert wrapped.input_shape == (None, SIDE, SIDE, 1)
    assert np.allclose(wrapped(pictures[..., :1]), model(pictures[..., :1] / 255), atol=1e-6)


def test_names(small):
    wrapped = wrap_classifier(small, class_names=("cat", "dog", "hen"))
    assert class_names(wrapped) == ["cat", "dog", "hen"]
    assert class_names(small) == ["class 0", "class 1", "class 2"]


def test_mixed_precision_gives_float32_logits(pictures):
    keras.config.set_dtype_policy("mixed_float16")
    try:
        model = reader_classifier(layers.Dense(3, activation="softmax"))
    finally:
        keras.config.set_dtype_policy("float32")
    wrapped = wrap_classifier(model)
    logits = wrapped(pictures)
    assert logits.dtype == tf.float32
    assert np.allclose(tf.nn.softmax(logits), model(pictures), atol=5e-3)
    gradient = attribute(wrapped, pictures[0], 0)
    assert gradient.dtype == np.float32 and gradient.any()


def test_wrapping_twice_changes_nothing(pictures):
    once = wrap_classifier(SOFTMAX["activation"]())
    assert np.array_equal(wrap_classifier(once)(pictures), once(pictures))


class Subclassed(keras.Model):
    def __init__(self):
        super().__init__(name="subclassed")
        self.dense = layers.Dense(3)

    def call(self, x):
        return self.dense(layers.Flatten()(x))


def two_inputs():
    pixels, other = keras.Input((SIDE, SIDE, 3)), keras.Input((3,))
    features = layers.Dense(3)(layers.Flatten()(pixels))
    return keras.Model([pixels, other], layers.Add()([features, other]))


def two_outputs():
    pixels = keras.Input((SIDE, SIDE, 3))
    flat = layers.Flatten()(pixels)
    return keras.Model(pixels, [layers.Dense(3)(flat), layers.Dense(2)(flat)])


def of_labels(dtype):
    pixels = keras.Input((SIDE, SIDE, 3))
    best = ops.argmax(layers.Dense(3)(layers.Flatten()(pixels)), -1, keepdims=True)
    names = layers.StringLookup(vocabulary=["a", "b", "c"], invert=True)
    return keras.Model(pixels, best if dtype == "int32" else names(best))


@pytest.mark.parametrize("activation", [None, "softmax"])
@pytest.mark.parametrize("wrap", [wrap_classifier, lambda model: model])
def test_one_output_in_a_dictionary_is_one_output(activation, wrap, pictures):
    inside = reader_classifier(layers.Dense(3, activation=activation))
    model = wrap(keras.Model(inside.inputs, {"scores": inside.outputs[0]}))
    for use in (lambda: attribute(model, pictures[0], 1), lambda: clone_classifier(model)):
        if activation and classifier_of(model) is None:
            with pytest.raises(HelpersError, match="use wrap_classifier"):
                use()
            continue
        use()
        expected = attribute(wrap_classifier(inside), pictures[0], 1, "grad_cam")
        assert np.array_equal(attribute(model, pictures[0], 1, "grad_cam"), expected)


def built_subclass():
    model = Subclassed()
    model(np.zeros((1, SIDE, SIDE, 3)))
    return model


@pytest.mark.parametrize(
    ("model", "part"),
    [
        (lambda: keras.Sequential([layers.Flatten(), layers.Dense(3)]), "no graph"),
        (Subclassed, "no graph"),
        (built_subclass, "no graph"),
        (two_inputs, "2 inputs"),
        (two_outputs, "2 outputs"),
        (lambda: of_labels("int32"), "gives int32 values"),
        (lambda: of_labels("string"), "numbers or names of classes"),
        (lambda: keras.Sequential([keras.Input((5,)), layers.Dense(3)]), r"\(None, 5\)"),
        (lambda: keras.Sequential([keras.Input((8, 8, 3)), layers.Conv2D(2, 3)]), "goes from"),
        (lambda: "resnet50", "not str"),
        (lambda: layers.Dense(3), "not Dense"),
        (lambda: None, "not NoneType"),
    ],
)
def test_models_that_cannot_be_wrapped(model, part):
    with pytest.raises(HelpersError, match=part) as error:
        wrap_classifier(model())
    one_sentence(error)


@pytest.mark.parametrize(
    ("options", "part"),
    [
        ({"class_names": ["cat", "dog"]}, "3 classes, so class_names needs 3 strings, not 2"),
        ({"class_names": ["cat", "dog", 3]}, "3 strings"),
        ({"class_names": 3}, "3 strings"),
        ({"preprocess": np.zeros(3)}, "preprocess"),
        ({"preprocess": lambda x: np.asarray(x) / 255}, "without NumPy"),
        ({"preprocess": lambda x: undefined}, "NameError"),  # noqa: F821
        ({"preprocess": lambda x: x[:, ::2]}, "does not fit"),
        ({"preprocess": tf.image.grayscale_to_rgb}, r"fails on .* \(None, 8, 8, 3\)"),
        ({"preprocess": lambda x: ops.matmul(x, np.ones((4, 3)))}, "fails on"),
        ({"preprocess": lambda x: None}, "no array"),
    ],
)
def test_options_that_do_not_fit(small, options, part):
    with pytest.raises(HelpersError, match=part) as error:
        wrap_classifier(small, **options)
    one_sentence(error)
