"""Relevance that is handed back: on paper, down to the biases, and input times gradient."""

from functools import partial

import numpy as np
import pytest
from toys import one_sentence

from helpers.attribution.registry import attribute
from helpers.attribution.relevance import relevance_function
from helpers.backend import keras, tf
from helpers.errors import HelpersError
from helpers.models.graphs import run_graph
from helpers.models.loading import load_model
from helpers.models.squeezenet import MEAN
from helpers.models.wrapping import wrap_classifier
from helpers.pictures.images import to_array
from helpers.pictures.scenes import load_scene

L = keras.layers
SIDE = 12
BOTH = pytest.mark.parametrize("options", [{"rule": "epsilon", "epsilon": 0.1}, {"gamma": 0.5}])


def dense_of(weights, bias=None):
    """Give a model with one dense layer on the three values of one pixel."""
    pixels = keras.Input((1, 1, 3))
    dense = L.Dense(np.shape(weights)[1], use_bias=bias is not None)
    model = keras.Model(pixels, dense(L.Flatten()(pixels)))
    dense.set_weights([np.array(part, np.float32) for part in (weights, bias) if part is not None])
    return model


def pixel(*values):
    return np.array(values, np.float32).reshape(1, 1, 3)


def squeeze_like(bias=False, seed=3):
    """Fire modules, max pooling, a last convolution and global pooling, on raw pixels."""
    keras.utils.set_random_seed(seed)
    options = {"use_bias": bias, "activation": "relu", "bias_initializer": "normal"}
    pixels = keras.Input((SIDE, SIDE, 3))
    x = L.MaxPooling2D(2)(L.Conv2D(6, 3, padding="same", **options)(pixels))
    x = L.Conv2D(3, 1, **options)(x)
    x = L.Concatenate()(
        [L.Conv2D(4, 1, **options)(x), L.Conv2D(4, 3, padding="same", **options)(x)]
    )
    x = L.Add()([L.Conv2D(8, 1, **options)(x), x])
    x = L.GlobalAveragePooling2D()(L.Conv2D(5, 1, **options)(L.Dropout(0.5)(x)))
    return keras.Model(pixels, x)


def stirred(model, seed=5):
    """Give every weight, bias and statistic a value that shows."""
    rng = np.random.default_rng(seed)
    for layer in model.layers:
        layer.set_weights(
            [rng.uniform(0.5, 2, w.shape) if "variance" in v.name else rng.normal(0, 0.4, w.shape)
             for v, w in zip(layer.weights, layer.get_weights())]
        )  # fmt: skip
    return model


def usual(activation="relu6"):
    """A model of what readers use: normalisation after and before, depthwise, residual."""
    pixels = keras.Input((SIDE, SIDE, 3))
    x = L.Rescaling(1 / 60, offset=-1.5)(pixels)
    x = L.Conv2D(6, 3, strides=2, use_bias=False)(L.ZeroPadding2D(1)(x))
    x = start = L.Activation(activation)(L.BatchNormalization()(x))
    x = L.DepthwiseConv2D(3, padding="same", depth_multiplier=2)(x)
    x = L.Activation(activation)(L.BatchNormalization()(x))
    x = L.BatchNormalization()(L.Conv2D(6, 1)(x))
    x = L.BatchNormalization()(L.Add()([start, x]))
    x = L.SeparableConv2D(8, 3, activation=activation)(x)
    x = L.Dropout(0.3)(L.Reshape((-1,))(L.AveragePooling2D(2)(x)))
    return stirred(keras.Model(pixels, L.Dense(4)(L.Dense(7, activation=activation)(x))))


@pytest.fixture
def picture(rng):
    return rng.uniform(0, 255, (SIDE, SIDE, 3)).astype(np.float32)


def account_of(found, details):
    """Add up what the pixels, the biases and the stabiliser were given."""
    sums = found.sum((-3, -2, -1))
    return sums + details["bias_relevance"] + details["epsilon_relevance"]


def test_epsilon_on_paper():
    """Contributions 2 and -1, bias 1, so z = 2; with epsilon 0.5 each keeps z / 2.5 of itself."""
    model = dense_of([[0.2], [-0.1], [0]], [1])
    found, details = attribute(
        model, pixel(10, 10, 10), 0, "lrp", details=True, rule="epsilon", epsilon=0.5
    )
    np.testing.assert_allclose(found[0, 0], [1.6, -0.8, 0], rtol=1e-5)
    assert details["bias_relevance"] == pytest.approx(0.8)
    assert details["epsilon_relevance"] == pytest.approx(0.4)
    assert details["baseline_score"] == pytest.approx(1.2)


@pytest.mark.parametrize(
    ("weights", "bias", "expected", "kept"),
    [
        # z = 1: for it speak 2 and nothing else, so 4 - 1 = 3 are shared out.
        ([0.2, -0.1, 0], 0, [4 / 3, -1 / 3, 0], 0),
        # z = -1: what is below 0 counts twice.
        ([-0.2, 0.1, 0], 0, [-4 / 3, 1 / 3, 0], 0),
        # z = 2, and the bias speaks for it as well: 4 - 1 + 2 = 5.
        ([0.2, -0.1, 0], 1, [8 / 5, -2 / 5, 0], 4 / 5),
        # z = 0.5, and the bias speaks against it: 4 - 1 - 0.5 = 2.5.
        ([0.2, -0.1, 0], -0.5, [4 / 5, -1 / 5, 0], -0.1),
    ],
)
def test_gamma_on_paper(weights, bias, expected, kept):
    model = dense_of(np.array(weights)[:, None], [bias])
    options = {"gamma": 1.0, "epsilon": 0.0, "details": True}
    found, details = attribute(model, pixel(10, 10, 10), 0, "lrp", **options)
    np.testing.assert_allclose(found[0, 0], expected, rtol=1e-5)
    assert details["bias_relevance"] == pytest.approx(kept, abs=1e-6)


@BOTH
def test_without_biases_all_of_the_score_is_handed_back(picture, options):
    options = {**options, "epsilon": 0.0}
    found, details = attribute(
        squeeze_like(), picture, [0, 1, 2, 3, 4], "lrp", details=True, **options
    )
    assert np.abs(details["score"]).max() > 1
    np.testing.assert_allclose(found.sum((1, 2, 3)), details["score"], rtol=1e-4, atol=1e-3)
    assert not details["bias_relevance"].any() and not details["epsilon_relevance"].any()


@pytest.mark.parametrize("bias", [False, True])
def test_with_epsilon_towards_0_it_is_input_times_gradient(picture, bias):
    """Ancona et al. 2018, of a network of ReLUs; with biases, which the gradient leaves out."""
    model = squeeze_like(bias)
    found = attribute(model, picture, [0, 2], "lrp", rule="epsilon", epsilon=1e-9)
    expected = attribute(model, picture, [0, 2], "input_x_gradient")
    np.testing.assert_allclose(found, expected, atol=1e-5 * np.abs(expected).max())
    far = attribute(model, picture, [0, 2], "lrp", gamma=1.0)
    assert np.abs(far - expected).max() > 0.1 * np.abs(expected).max()


@BOTH
@pytest.mark.parametrize("activation", ["relu6", "silu", "sigmoid", "leaky_relu"])
def test_the_account_balances_on_usual_layers(picture, activation, options):
    found, details = attribute(
        usual(activation), picture, [0, 1, 2, 3], "lrp", details=True, **options
    )
    assert np.abs(details["bias_relevance"]).min() > 1e-3 * np.abs(details["score"]).max()
    tolerance = 1e-5 * np.abs(found).sum((1, 2, 3)).max() + 1e-4
    np.testing.assert_allclose(account_of(found, details), details["score"], atol=tolerance)
    np.testing.assert_allclose(details["completeness_gap"], 0, atol=tolerance)


def by_hand(x, kernels, biases, gamma):
    """The formula of the paper, with its sums over j and k, for dense layers and ReLUs."""
    values = [x]
    for number, (kernel, bias) in enumerate(zip(kernels, biases)):
        z = values[-1] @ kernel + bias
        values.append(np.maximum(z, 0) if number < len(kernels) - 1 else z)
    relevance, kept = np.eye(len(values[-1]))[0] * values[-1], 0
    for a, kernel, bias in zip(values[-2::-1], kernels[::-1], biases[::-1]):
        z = a @ kernel + bias
        terms = np.vstack([a[:, None] * kernel, bias])
        terms = terms + gamma * terms * (np.sign(terms) == np.sign(z))
        shares = terms / terms.sum(0) * relevance
        relevance, kept = shares[:-1].sum(1), kept + shares[-1].sum()
    return relevance, kept


@pytest.mark.parametrize("gamma", [0, 0.25, 3])
def test_three_layers_by_the_formula(rng, gamma):
    kernels = [rng.normal(size=size) for size in ((3, 5), (5, 4), (4, 2))]
    biases = [rng.normal(size=len(kernel.T)) for kernel in kernels]
    pixels = keras.Input((1, 1, 3))
    x = L.Flatten()(pixels)
    for units in (5, 4):
        x = L.Dense(units, activation="relu")(x)
    model = keras.Model(pixels, L.Dense(2)(x))
    model.set_weights([part for pair in zip(kernels, biases) for part in pair])
    x = rng.uniform(1, 9, 3)
    found, details = attribute(
        model, pixel(*x), 0, "lrp", details=True, gamma=float(gamma), epsilon=0.0
    )
    expected, kept = by_hand(x, kernels, biases, gamma)
    np.testing.assert_allclose(found[0, 0], expected, rtol=1e-3, atol=1e-4)
    assert details["bias_relevance"] == pytest.approx(kept, rel=1e-3, abs=1e-4)


@BOTH
def test_batch_normalisation_is_part_of_the_weights(picture, options):
    """As if its factors had been multiplied into the kernel beforehand."""
    keras.utils.set_random_seed(1)
    pixels = keras.Input((SIDE, SIDE, 3))
    conv, norm, head = L.Conv2D(5, 3, use_bias=False), L.BatchNormalization(), L.Dense(3)
    tail = lambda x: head(L.GlobalAveragePooling2D()(L.ReLU()(x)))  # noqa: E731
    model = stirred(keras.Model(pixels, tail(norm(conv(pixels)))))
    folded = L.Conv2D(5, 3)
    plain = keras.Model(pixels, tail(folded(pixels)))
    gamma, beta, mean, variance = norm.get_weights()
    scale = gamma / np.sqrt(variance + norm.epsilon)
    folded.set_weights([conv.get_weights()[0] * scale, beta - mean * scale])
    maps = [attribute(one, picture, [0, 1, 2], "lrp", **options) for one in (model, plain)]
    np.testing.assert_allclose(*maps, atol=1e-4 * np.abs(maps[0]).max())


def test_a_saturated_relu6_hands_back_what_it_lets_through():
    """z = 20 becomes 6, so both inputs get their share of 6: a gradient there would be 0."""
    pixels = keras.Input((1, 1, 3))
    first, last = L.Dense(1, use_bias=False, activation="relu6"), L.Dense(1, use_bias=False)
    model = keras.Model(pixels, last(first(L.Flatten()(pixels))))
    model.set_weights([np.array([[1.5], [0.5], [0]]), np.array([[2.0]])])
    for options in ({"rule": "epsilon"}, {"gamma": 7.0}):
        found = attribute(model, pixel(10, 10, 10), 0, "lrp", **options)
        np.testing.assert_allclose(found[0, 0], [9, 3, 0], rtol=1e-4)
    assert not attribute(model, pixel(10, 10, 10), 0, "input_x_gradient").any()


SLOPED = {
    "a layer": lambda: L.ReLU(negative_slope=0.5),
    "a layer as activation": lambda: L.Activation(L.ReLU(negative_slope=0.5)),
    "a function": lambda: lambda x: keras.activations.relu(x, negative_slope=0.5),
    "an operation": lambda: lambda x: keras.ops.leaky_relu(x, 0.5),
}


@pytest.mark.parametrize("kind", SLOPED)
def test_a_relu_with_a_slope_below_0_lets_values_below_0_through(picture, kind):
    def bent(bend):
        keras.utils.set_random_seed(0)
        pixels = keras.Input((SIDE, SIDE, 3))
        x = bend(L.Conv2D(6, 3)(L.Rescaling(1 / 60, offset=-1.5)(pixels)))
        return keras.Model(pixels, L.Dense(3)(L.Flatten()(bend(L.Conv2D(6, 3)(x)))))

    found = attribute(bent(SLOPED[kind]()), picture, 0, "lrp")
    expected = attribute(bent(L.LeakyReLU(negative_slope=0.5)), picture, 0, "lrp")
    np.testing.assert_allclose(found, expected, atol=1e-5 * np.abs(expected).max())


READING = [lambda x: x / 50 - 1, lambda x: x[..., ::-1] - np.float32([100, 110, 120])]


@pytest.mark.parametrize("preprocess", READING)
def test_pixels_are_measured_from_what_the_network_reads_as_0(preprocess):
    """One dense layer: value read times weight, wherever the reading happens."""
    weights = np.array([[0.2], [-0.1], [0.4]])
    model = wrap_classifier(dense_of(weights, [1]), preprocess=preprocess)
    found, details = attribute(
        model, pixel(70, 20, 0), 0, "lrp", details=True, rule="epsilon", epsilon=0.0
    )
    read = np.asarray(preprocess(pixel(70, 20, 0)))[0, 0]
    expected = read * weights[:, 0]
    turned = expected[::-1] if preprocess is READING[1] else expected
    np.testing.assert_allclose(found[0, 0], turned, rtol=1e-4, atol=1e-6)
    assert details["bias_relevance"] == pytest.approx(1, rel=1e-4)


def test_reading_inside_of_the_model_is_reading_before_it():
    weights, pixels = np.array([[0.2], [-0.1], [0.4]]), keras.Input((1, 1, 3))
    inner = dense_of(weights, [1])
    inside = keras.Model(pixels, inner(L.Rescaling(1 / 50, offset=-1)(pixels)))
    outside = wrap_classifier(inner, preprocess=READING[0])
    maps = [attribute(model, pixel(70, 20, 0), 0, "lrp") for model in (inside, outside)]
    np.testing.assert_allclose(*maps, rtol=1e-4)


@pytest.mark.parametrize("split", [False, True])
def test_a_softmax_that_is_bypassed_leaves_the_bias_before_it_in_the_account(picture, split):
    keras.utils.set_random_seed(2)
    pixels = keras.Input((SIDE, SIDE, 3))
    x = L.Flatten()(L.Conv2D(4, 3, activation="relu")(pixels))
    head = L.Dense(3, activation=None if split else "softmax", bias_initializer="ones")(x)
    model = wrap_classifier(keras.Model(pixels, L.Softmax()(head) if split else head))
    found, details = attribute(model, picture, 1, "lrp", details=True)
    assert account_of(found, details) == pytest.approx(details["score"], rel=1e-4)
    assert details["bias_relevance"] != 0


@BOTH
def test_a_filter_inside_of_the_network(picture, options):
    model = usual()
    name = next(layer.name for layer in model.layers if isinstance(layer, L.SeparableConv2D))
    found, details = attribute(model, picture, 3, "lrp", name, details=True, **options)
    assert account_of(found, details) == pytest.approx(details["score"], rel=1e-4)
    assert details["score"] == pytest.approx(
        attribute(model, picture, 3, "gradient", name, details=True)[1]["score"], rel=1e-5
    )


def test_a_model_inside_of_a_model(picture):
    inner = usual()
    pixels = keras.Input((SIDE, SIDE, 3))
    model = keras.Model(pixels, L.Rescaling(1.0)(inner(pixels)))
    found = attribute(model, picture, 0, "lrp")
    np.testing.assert_allclose(found, attribute(inner, picture, 0, "lrp"), rtol=1e-5)


def similarity(model, picture, **options) -> float:
    """Give the cosine between the maps of two classes."""
    one, other = (
        found.ravel() for found in attribute(model, picture, [0, 1], "lrp", epsilon=0.0, **options)
    )
    return abs(one @ other) / np.linalg.norm(one) / np.linalg.norm(other)


def test_with_a_large_gamma_all_classes_get_the_same_map(picture):
    """The control: what makes the map quiet makes it blind (Sixt et al. 2020)."""
    keras.utils.set_random_seed(0)
    pixels = x = keras.Input((SIDE, SIDE, 3))
    for _ in range(4):
        x = L.Conv2D(16, 3, activation="relu", use_bias=False)(x)
    model = keras.Model(pixels, L.Dense(2, use_bias=False)(L.Flatten()(x)))
    cosines = [similarity(model, picture, gamma=gamma) for gamma in (0.0, 1.0, 1e5)]
    assert cosines == sorted(cosines)
    assert cosines[0] < 0.5 and cosines[-1] > 0.99


@pytest.mark.parametrize("kind", ["lambda", "softmax", "product"])
def test_a_step_without_a_rule_is_named(picture, kind):
    pixels = keras.Input((SIDE, SIDE, 3))
    x = L.Conv2D(4, 3)(pixels)
    odd = {
        "lambda": lambda: L.Lambda(lambda x: x * x, name="odd_one")(x),
        "softmax": lambda: L.Softmax(name="odd_one")(x),
        "product": lambda: L.Multiply(name="odd_one")([x, x]),
    }[kind]()
    model = keras.Model(pixels, L.Dense(2)(L.GlobalAveragePooling2D()(odd)))
    with pytest.raises(HelpersError, match="odd_one") as error:
        attribute(model, picture, 0, "lrp")
    one_sentence(error)


@pytest.mark.parametrize("dtype", ["mixed_float16", "float64"])
def test_another_precision_than_that_of_the_account_is_refused(picture, dtype):
    pixels = keras.Input((SIDE, SIDE, 3))
    x = L.Flatten()(L.Conv2D(4, 3, activation="relu", dtype=dtype, name="inside")(pixels))
    model = keras.Model(pixels, L.Dense(2)(x))
    with pytest.raises(HelpersError, match="'inside' of this model computes in float") as error:
        attribute(model, picture, 0, "lrp")
    one_sentence(error)


def test_channels_first_have_no_rule():
    """Seen before anything is computed, which TensorFlow does not do on a CPU."""
    pixels = keras.Input((3, SIDE, SIDE))
    x = L.Conv2D(4, 3, data_format="channels_first", name="first")(pixels)
    model = keras.Model(pixels, L.Dense(2)(L.Flatten()(x)))
    run = relevance_function(partial(run_graph, model), pixels.shape[1:], 2, model, True)
    with pytest.raises(HelpersError, match=r"no rule .* 'first' \(Conv2D\)") as error:
        run(tf.zeros((1, 3, SIDE, SIDE)), tf.zeros((1, 2)), 0.25, 0.0)
    one_sentence(error)


def test_a_preprocess_that_mixes_pixels_is_refused(picture):
    model = wrap_classifier(
        squeeze_like(True), preprocess=lambda x: tf.image.per_image_standardization(x) * 50
    )
    with pytest.raises(HelpersError, match="accounted for nowhere") as error:
        attribute(model, picture, 0, "lrp")
    one_sentence(error)


@pytest.mark.parametrize(
    "options", [{"rule": "alpha"}, {"gamma": -1}, {"epsilon": "small"}, {"gamma": None}]
)
def test_options_out_of_range(picture, options):
    with pytest.raises(HelpersError) as error:
        attribute(squeeze_like(), picture, 0, "lrp", **options)
    one_sentence(error)


def test_on_a_real_network_of_relus_epsilon_is_input_times_gradient():
    """SqueezeNet, whose biases take their part, and whose zero is the mean colour of ImageNet."""
    model = load_model("squeezenet")
    picture = to_array(load_scene("fruit").pictures["all"], model)
    found, details = attribute(
        model, picture, "banana", "lrp", details=True, rule="epsilon", epsilon=0.0
    )
    expected = (picture - np.float32(MEAN)) * attribute(model, picture, "banana")
    np.testing.assert_allclose(found, expected, atol=1e-4 * np.abs(expected).max())
    assert account_of(found, details) == pytest.approx(details["score"], rel=1e-3)


def test_on_the_real_network_the_account_balances(network):
    """And says what the map does not: nearly all of the logit is the biases'."""
    picture = to_array(load_scene("basketball").pictures["all"], network)
    found, details = attribute(network, picture, "basketball", "lrp", details=True)
    assert account_of(found, details) == pytest.approx(details["score"], rel=1e-4)
    assert details["bias_relevance"] > 0.9 * details["score"]
