"""The reader's own classifier: the same before and after, and logits from the wrapped one."""

import numpy as np
import pytest
from toys import SIDE, one_sentence, small_classifier

from helpers.attribution.registry import attribute
from helpers.backend import keras, tf
from helpers.classes import class_names
from helpers.errors import HelpersError
from helpers.models.bypass import find_bypass
from helpers.models.classifier import link_of
from helpers.models.wrapping import original_of, preprocess_of, wrap_classifier

layers, ops = keras.layers, keras.ops


def functional(end):
    """Give a functional classifier; `end` makes class scores of features."""
    pixels = keras.Input((SIDE, SIDE, 3))
    x = layers.Rescaling(1 / 255)(pixels)
    x = layers.Conv2D(4, 3, activation="relu", name="conv")(x)
    return keras.Model(pixels, end(layers.GlobalAveragePooling2D()(x)), name="reader")


def sequential(*end):
    parts = [layers.Rescaling(1 / 255), layers.Conv2D(4, 3, activation="relu"), layers.Flatten()]
    return keras.Sequential([keras.Input((SIDE, SIDE, 3)), *parts, *end], name="reader")


def nested(inner):
    """Give a functional model whose last step is a whole model."""
    pixels = keras.Input((SIDE, SIDE, 3))
    return keras.Model(pixels, inner(layers.Rescaling(0.5)(pixels)), name="reader")


def convolutional_end():
    pixels = keras.Input((SIDE, SIDE, 3))
    x = layers.Conv2D(3, SIDE, activation="softmax", name="conv_end")(pixels)
    return keras.Model(pixels, layers.Flatten()(x), name="reader")


SOFTMAX = {
    "activation": lambda: functional(layers.Dense(3, activation="softmax")),
    "tf function": lambda: functional(layers.Dense(3, activation=tf.nn.softmax)),
    "layer as activation": lambda: functional(layers.Dense(3, activation=layers.Softmax())),
    "layer": lambda: functional(lambda x: layers.Softmax()(layers.Dense(3)(x))),
    "activation layer": lambda: functional(
        lambda x: layers.Activation("softmax")(layers.Dense(3)(x))
    ),
    "operation": lambda: functional(lambda x: ops.softmax(layers.Dense(3)(x))),
    "twice the same layer": lambda: functional(
        lambda x: (lambda same: same(same(layers.Dense(4)(x))))(layers.Dense(4))
    ),
    "sequential": lambda: sequential(layers.Dense(3, activation="softmax")),
    "sequential with layer": lambda: sequential(layers.Dense(3), layers.Softmax()),
    "nested": lambda: nested(functional(layers.Dense(3, activation="softmax"))),
    "nested sequential": lambda: nested(sequential(layers.Dense(3), layers.Softmax())),
    "nested twice": lambda: nested(nested(sequential(layers.Dense(3, activation="softmax")))),
    "then a Reshape": lambda: functional(
        lambda x: layers.Reshape((3,))(layers.Dense(3, activation="softmax")(x))
    ),
    "then a cast": lambda: functional(
        lambda x: ops.cast(layers.Dense(3, activation="softmax")(x), "float32")
    ),
    "then a linear layer of float32": lambda: functional(
        lambda x: layers.Activation("linear", dtype="float32")(layers.Softmax()(layers.Dense(3)(x)))
    ),
    "then a Dropout": lambda: functional(
        lambda x: layers.Dropout(0.1)(layers.Dense(3, activation="softmax")(x))
    ),
    "Lambda": lambda: functional(lambda x: layers.Lambda(tf.nn.softmax)(layers.Dense(3)(x))),
    "with a temperature": lambda: functional(lambda x: ops.softmax(layers.Dense(3)(x) / 2)),
    "written out": lambda: functional(
        lambda x: layers.Lambda(lambda z: ops.exp(z) / ops.sum(ops.exp(z), -1, keepdims=True))(
            layers.Dense(3)(x)
        )
    ),
    "nested, then a nested Reshape": lambda: keras.Sequential(
        [
            keras.Input((SIDE, SIDE, 3)),
            functional(layers.Dense(3, activation="softmax")),
            keras.Sequential([keras.Input((3,)), layers.Reshape((3,))]),
        ]
    ),
    "of a convolution": convolutional_end,
    "sequential of a model": lambda: keras.Sequential(
        [keras.Input((SIDE, SIDE, 3)), functional(layers.Dense(3, activation="softmax"))]
    ),
}


@pytest.mark.parametrize("name", SOFTMAX)
def test_a_softmax_is_bypassed_and_the_original_stays(name, pictures):
    model = SOFTMAX[name]()
    softmax = name != "twice the same layer"
    before, config = model.predict(pictures, verbose=0), model.get_config()
    wrapped = wrap_classifier(model)
    logits = wrapped.predict(pictures, verbose=0)
    assert np.array_equal(model.predict(pictures, verbose=0), before)
    assert np.array_equal(model(pictures), model(pictures)) and model.get_config() == config
    assert (find_bypass(model) is not None) is softmax and find_bypass(wrapped) is None
    assert link_of(wrapped) == ("softmax" if softmax else None)
    if softmax:
        assert np.allclose(tf.nn.softmax(logits), before, atol=1e-6)
        assert not np.allclose(logits.sum(-1), 1, atol=1e-4)
    else:
        assert np.allclose(logits, before, atol=1e-6)
    assert original_of(wrapped) is model and original_of(model) is model


def own_sigmoid(z):
    return 1 / (1 + ops.exp(-z))


class Normed(layers.Dense):
    """Dense with kernels of length 1, as for comparing faces."""

    def call(self, x):
        length = ops.norm(self.kernel, axis=0)
        return self.activation(ops.matmul(x, self.kernel) / length + self.bias)


SIGMOID = {
    "activation": lambda x: layers.Dense(3, activation="sigmoid")(x),
    "operation": lambda x: ops.sigmoid(layers.Dense(3)(x)),
    "one unit": lambda x: layers.Dense(1, activation="sigmoid")(x),
    "then a cast": lambda x: ops.cast(layers.Dense(3, activation="sigmoid")(x), "float32"),
    "then a Reshape": lambda x: layers.Reshape((3,))(layers.Dense(3, activation="sigmoid")(x)),
    "Lambda": lambda x: layers.Lambda(tf.nn.sigmoid)(layers.Dense(3)(x)),
    "own function": lambda x: layers.Dense(3, activation=own_sigmoid)(x),
    "written out in operations": lambda x: own_sigmoid(layers.Dense(3)(x)),
    "several heads": lambda x: layers.Concatenate()(
        [layers.Dense(n, activation="sigmoid")(x) for n in (1, 2)]
    ),
    "a kind of Dense of the reader's own": lambda x: Normed(3, activation="sigmoid")(x),
}


@pytest.mark.parametrize("end", SIGMOID)
def test_a_sigmoid_is_bypassed(end, pictures):
    model = functional(SIGMOID[end])
    wrapped = wrap_classifier(model)
    logits = wrapped(pictures)
    assert np.allclose(tf.sigmoid(logits), model(pictures), atol=1e-6)
    assert not np.allclose(logits, model(pictures), atol=1e-2)
    assert link_of(wrapped) == "sigmoid"


@keras.saving.register_keras_serializable("tests")
class Head(layers.Layer):
    """A head of the reader's own, with its function inside."""

    def __init__(self, function, **kwargs):
        super().__init__(**kwargs)
        self.function, self.dense = function, layers.Dense(3)

    def call(self, x):
        return self.function(self.dense(x))


def two(function, merge):
    return lambda x: merge([layers.Dense(3, activation=function)(x) for _ in range(2)])


HIDDEN = {
    "softmax in a head": lambda x: Head(ops.softmax)(x),
    "sigmoid in a head": lambda x: Head(ops.sigmoid)(x),
    "log-softmax in a head": lambda x: Head(ops.log_softmax)(x),
    "hard sigmoid": lambda x: layers.Dense(3, activation="hard_sigmoid")(x),
    "mean of softmaxes": two("softmax", layers.Average()),
    "largest of sigmoids": two("sigmoid", layers.Maximum()),
    "two of one sigmoid": lambda x: (lambda p: layers.Concatenate()([1 - p, p]))(
        layers.Dense(1, activation="sigmoid")(x)
    ),
    "softmax of one unit": lambda x: layers.Dense(1, activation="softmax")(x),
    "wrapped layer": lambda x: layers.SpectralNormalization(layers.Dense(3, activation="softmax"))(
        x
    ),
}


@pytest.mark.parametrize("end", HIDDEN)
def test_probabilities_that_cannot_be_bypassed_are_refused(end, pictures):
    """By what they do, since nothing in the graph tells."""
    model = functional(HIDDEN[end])
    before = model.get_weights()
    for use in (wrap_classifier, lambda model: attribute(model, pictures[0], 0)):
        with pytest.raises(HelpersError, match="probabilities, and the step that makes") as error:
            use(model)
        one_sentence(error)
    assert all(map(np.array_equal, model.get_weights(), before))


LOGITS = {
    "all zero": lambda x: layers.Dense(3, kernel_initializer="zeros")(x),
    "all between 0 and 1": lambda x: layers.Dense(3, "linear", True, "zeros", "ones")(x) * 0.5,
    "normalised": lambda x: layers.LayerNormalization()(layers.Dense(3)(x)),
    "a ReLU": lambda x: layers.Dense(3, activation="relu")(x),
    "a head of the reader's own": lambda x: Head(lambda z: z)(x),
    "sigmoids, weighed": lambda x: layers.Dense(3)(layers.Dense(5, activation="sigmoid")(x)),
}


@pytest.mark.parametrize("end", LOGITS)
def test_logits_are_not_taken_for_probabilities(end, pictures):
    model = functional(LOGITS[end])
    wrapped = wrap_classifier(model)
    assert np.allclose(wrapped(pictures), model(pictures)) and link_of(wrapped) is None


def test_a_log_softmax_is_bypassed(pictures):
    model = functional(layers.Dense(3, activation="log_softmax"))
    logits = wrap_classifier(model)(pictures)
    assert np.allclose(tf.nn.log_softmax(logits), model(pictures), atol=1e-5)


@pytest.mark.parametrize("activation", [None, "relu", "tanh"])
def test_other_ends_stay_as_they_are(activation, pictures):
    model = small_classifier(activation=activation)
    assert np.array_equal(wrap_classifier(model)(pictures), model(pictures))


@pytest.mark.parametrize("name", ["activation", "layer", "nested"])
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


def test_names(small):
    wrapped = wrap_classifier(small, class_names=("cat", "dog", "hen"))
    assert class_names(wrapped) == ["cat", "dog", "hen"]
    assert class_names(small) == ["class 0", "class 1", "class 2"]


def test_mixed_precision_gives_float32_logits(pictures):
    keras.config.set_dtype_policy("mixed_float16")
    try:
        model = functional(layers.Dense(3, activation="softmax"))
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
    ],
)
def test_options_that_do_not_fit(small, options, part):
    with pytest.raises(HelpersError, match=part) as error:
        wrap_classifier(small, **options)
    one_sentence(error)
