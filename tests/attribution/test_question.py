"""Gradients against paper answers and finite differences; one compilation; nothing changed."""

import gc
import json
import weakref

import numpy as np
import pytest
from toys import SIDE, one_sentence, small_classifier

from helpers.attribution.question import ask
from helpers.attribution.registry import attribute
from helpers.attribution.saliency import compute_saliency_map
from helpers.backend import keras
from helpers.errors import HelpersError
from helpers.models.efficientnet_lite import build_efficientnet_lite0
from helpers.models.layers import find_layer, layer_output
from helpers.models.prediction import make_prediction
from helpers.models.wrapping import wrap_classifier

layers = keras.layers


# Answers known on paper


def test_the_gradient_of_a_linear_model_is_its_weights(linear, pictures):
    model, weights = linear
    for k in range(3):
        assert np.allclose(attribute(model, pictures[0], k), weights[k], rtol=1e-5, atol=1e-7)
    assert not np.allclose(attribute(model, pictures[0], 0), weights[1], rtol=0.1)


def test_the_score_is_the_logit(linear, pictures):
    model, weights = linear
    _, details = attribute(model, pictures, 2, details=True)
    expected = (pictures * weights[2]).sum((1, 2, 3)) + 3
    assert details["score"] == pytest.approx(expected, rel=1e-4)
    _, details = attribute(model, pictures[0], 2, details=True)
    assert np.ndim(details["score"]) == 0


def test_the_gradient_of_a_product_of_pixels(pictures):
    """The score is the square of the sum over 2 x 2 pixels: the gradient is twice that sum."""
    pixels = keras.Input((SIDE, SIDE, 3))
    corner = keras.ops.sum(pixels[:, :2, :2, 0], axis=(1, 2))
    model = keras.Model(pixels, keras.ops.reshape(keras.ops.square(corner), (-1, 1)))
    gradient = attribute(model, pictures[0], 0)
    assert gradient[:2, :2, 0] == pytest.approx(2 * pictures[0, :2, :2, 0].sum(), rel=1e-5)
    gradient[:2, :2, 0] = 0
    assert not gradient.any()


def test_an_inner_filter_is_scored_by_its_mean_activation(rng, pictures):
    """A 1 x 1 convolution: each pixel's gradient is the filter's weight over the pixel count."""
    pixels = keras.Input((SIDE, SIDE, 3))
    x = layers.Conv2D(4, 1, name="conv")(pixels)
    model = keras.Model(pixels, layers.Dense(2)(layers.Flatten()(x)))
    kernel = rng.normal(size=(1, 1, 3, 4)).astype(np.float32)
    model.get_layer("conv").set_weights([kernel, np.zeros(4, np.float32)])
    for name in ("conv", 1, -3):
        gradient, details = attribute(model, pictures[0], 3, layer_idx=name, details=True)
        assert gradient == pytest.approx(np.broadcast_to(kernel[0, 0, :, 3] / 64, gradient.shape))
        mean_activation = (pictures[0] @ kernel[0, 0, :, 3]).mean()
        assert details["score"] == pytest.approx(mean_activation, rel=1e-4)


def test_an_inner_dense_layer_is_scored_by_its_unit(linear, pictures):
    """Behind it a layer of ones: the unit's own gradient is not that of the logits."""
    inner, weights = linear
    model = keras.Sequential([inner, layers.Dense(2, kernel_initializer="ones")])
    model.build((None, SIDE, SIDE, 3))
    assert attribute(model, pictures[0], 1, layer_idx="linear") == pytest.approx(weights[1])
    assert attribute(model, pictures[0], 1) == pytest.approx(weights.sum(0), rel=1e-4, abs=1e-5)


# Finite differences


def test_against_central_differences_in_float64(rng, pictures):
    """A tanh network computed a second time, in NumPy and float64."""
    first, second = rng.normal(size=(SIDE * SIDE * 3, 5)) / 800, rng.normal(size=(5, 2))
    model = keras.Sequential(
        [
            keras.Input((SIDE, SIDE, 3)),
            layers.Flatten(),
            layers.Dense(5, activation="tanh"),
            layers.Dense(2),
        ]
    )
    model.set_weights([first, np.zeros(5), second, np.zeros(2)])
    x = pictures[0].astype(np.float64).ravel()

    def score(x):
        return (np.tanh(x @ first) @ second)[1]

    steps = 1e-3 * np.eye(x.size)
    expected = np.array([score(x + step) - score(x - step) for step in steps]) / 2e-3
    gradient = attribute(model, pictures[0], 1).ravel()
    assert np.abs(gradient - expected).max() < 1e-5 * np.abs(expected).max()
    assert np.abs(gradient - expected[::-1]).max() > 0.1 * np.abs(expected).max()


def test_the_real_network_against_central_differences(network, chelsea):
    """The same network in float64, at three pixels where the gradient is largest."""
    keras.config.set_dtype_policy("float64")
    try:
        precise = build_efficientnet_lite0()
    finally:
        keras.config.set_dtype_policy("float32")
    precise.set_weights([weights.astype(np.float64) for weights in network.get_weights()])
    gradient = attribute(network, chelsea, "tabby")
    places = [np.unravel_index(i, gradient.shape) for i in np.argsort(-np.abs(gradient), None)[:3]]
    step = 2.0**-12  # exact beside these whole numbers, also in the float32 of the input
    moved = np.repeat(chelsea[None], 6, 0)
    for number, place in enumerate(places):
        moved[(2 * number, *place)] += step
        moved[(2 * number + 1, *place)] -= step
    scores = precise(moved).numpy()[:, 281]
    expected = (scores[::2] - scores[1::2]) / (2 * step)
    assert np.array([gradient[place] for place in places]) == pytest.approx(expected, rel=1e-3)


# Batches and several classes


def test_batches_lists_and_sums_agree_with_one_at_a_time(small, pictures):
    def single(picture, k):
        return attribute(small, pictures[picture], k)

    cases = {
        "one class for all": ((pictures, 1), [single(i, 1) for i in range(4)]),
        "one class each": ((pictures, (0, 2, 1, 0)), list(map(single, range(4), (0, 2, 1, 0)))),
        "several for one": ((pictures[0], [2, 0]), [single(0, 2), single(0, 0)]),
        "several for a batch of one": ((pictures[:1], [2, 0]), [single(0, 2), single(0, 0)]),
        "a sum": ((pictures[0], [[0, 2]]), [single(0, 0) + single(0, 2)]),
        "a batch of one": ((pictures[:1], 1), [single(0, 1)]),
        "a list of one": ((pictures[0], [1]), [single(0, 1)]),
    }  # fmt: skip
    for name, (arguments, expected) in cases.items():
        result = attribute(small, *arguments)
        assert result.shape == (len(expected), SIDE, SIDE, 3), name
        assert result.dtype == np.float32
        assert np.allclose(result, expected, rtol=1e-4, atol=1e-7), name
    assert attribute(small, pictures[0], 1).shape == (SIDE, SIDE, 3)
    assert np.abs(single(0, 0) - single(0, 2)).max() > 1e-4


def test_the_batch_size_changes_nothing(small, pictures):
    many = np.concatenate([pictures] * 6)
    results = [attribute(small, many, 0, batch_size=size) for size in (1, 7, 10, 100)]
    for result in results[1:]:
        assert np.allclose(result, results[0], rtol=1e-4, atol=1e-7)


def test_layers_are_those_of_the_original(pictures):
    """Also in a wrapped model, with its preprocessing before them."""
    original = small_classifier(activation="softmax")
    wrapped = wrap_classifier(original, preprocess=lambda x: 2 * x)
    dark = pictures[0] / 2
    expected = 2 * attribute(wrap_classifier(original), 2 * dark, 1, layer_idx="conv")
    assert np.allclose(attribute(wrapped, dark, 1, layer_idx="conv"), expected, rtol=1e-4)
    last = attribute(wrapped, dark, 1, layer_idx="predictions")
    assert np.array_equal(last, attribute(wrapped, dark, 1))


def test_a_model_inside_a_model_is_a_layer_too(pictures):
    pixels = keras.Input((SIDE, SIDE, 3))
    base = keras.Model(pixels, layers.Conv2D(4, 3, name="inner_conv")(pixels), name="base")
    wrap_me = keras.Sequential(
        [keras.Input((SIDE, SIDE, 3)), base, layers.GlobalAveragePooling2D(), layers.Dense(2)]
    )
    kernel = base.get_layer("inner_conv").get_weights()[0]
    gradient = attribute(wrap_me, pictures[0], 2, layer_idx="base")
    assert gradient[3, 3] == pytest.approx(kernel[..., 2].sum((0, 1)) / 36, rel=1e-4)
    with pytest.raises(HelpersError, match="no layer 'inner_conv'"):
        attribute(wrap_me, pictures[0], 2, layer_idx="inner_conv")


def test_a_layer_that_two_models_share_is_found_in_each(pictures):
    shared = layers.Conv2D(2, 1, name="shared")
    first, second = keras.Input((SIDE, SIDE, 3)), keras.Input((SIDE, SIDE, 3))
    pool, dense = layers.GlobalAveragePooling2D(), layers.Dense(2)
    one = keras.Model(first, dense(pool(shared(first))))
    two = keras.Model(second, dense(pool(shared(3 * second))))
    gradients_of = [attribute(model, pictures[0], 0, layer_idx="shared") for model in (one, two)]
    assert np.allclose(gradients_of[1], 3 * gradients_of[0], rtol=1e-4)


def test_a_layer_used_twice_has_no_single_output(pictures):
    pixels = keras.Input((SIDE, SIDE, 3))
    twice = layers.Conv2D(3, 1, name="twice")
    model = keras.Model(pixels, layers.GlobalMaxPooling2D(name="end")(twice(twice(pixels))))
    with pytest.raises(HelpersError, match="used 2 times") as error:
        attribute(model, pictures[0], 0, layer_idx="twice")
    one_sentence(error)


def test_a_layer_off_the_path_from_the_pixels(small):
    with pytest.raises(HelpersError, match="used 0 times") as error:
        layer_output(small, layers.Dense(3))
    one_sentence(error)


@pytest.mark.parametrize("layer_idx", [-1, 4, "predictions", np.int64(4)])
def test_the_last_layer_stands_for_the_logits(small, layer_idx):
    assert find_layer(small, layer_idx) is None


def test_a_layer_called_logits_does_not_get_in_the_way(pictures):
    pixels = keras.Input((SIDE, SIDE, 3))
    logits = layers.Dense(3, name="logits")(layers.Flatten()(pixels))
    wrapped = wrap_classifier(keras.Model(pixels, layers.Softmax()(logits)))
    for _ in range(2):
        make_prediction(pictures[0], wrapped, top=1)
        inner = attribute(wrapped, pictures[0], 1, layer_idx="logits")
    assert np.allclose(inner, attribute(wrapped, pictures[0], 1))


# Compiled once, and nothing is changed or kept alive


class Counted(layers.Layer):
    """Count how often a model is gone through in Python, as for compiling it."""

    times = 0

    def call(self, pixels):
        Counted.times += 1
        return pixels / 255


@pytest.mark.parametrize("layer_idx", [-1, "conv"])
def test_the_functions_are_made_once(pictures, layer_idx):
    pixels = keras.Input((SIDE, SIDE, 3))
    maps = layers.Conv2D(3, 3, name="conv")(Counted()(pixels))
    model = keras.Model(pixels, layers.GlobalAveragePooling2D()(maps))

    def use(array, target):
        attribute(model, array, target, layer_idx=layer_idx)
        question = ask(model, array, target, layer_idx)
        question.scores(*question.pairs[:2])
        question.gradient_sum(*question.pairs[:2])

    use(pictures[0], 0)
    times = Counted.times
    for array in (pictures[:1], pictures[:3], np.concatenate([pictures] * 4)):
        for target in (0, 1):
            use(array, target)
    assert Counted.times == times > 0


def test_the_sum_of_gradients_is_the_sum_of_the_gradients(small, pictures):
    question = ask(small, pictures, 1)
    gradients_, scores = question.gradients(*question.pairs[:2])
    total, same = question.gradient_sum(*question.pairs[:2])
    np.testing.assert_allclose(total, gradients_.sum(0), rtol=1e-5, atol=1e-7)
    np.testing.assert_allclose(same, scores, rtol=1e-6)


def test_scores_are_the_logits(small, pictures):
    question = ask(small, pictures, [0, 1, 2, 0])
    scores = question.scores(question.pairs.pictures, question.pairs.targets, batch_size=3)
    assert scores == pytest.approx(small(pictures).numpy()[range(4), [0, 1, 2, 0]], rel=1e-4)


def state_of(model):
    config = json.dumps(model.get_config(), sort_keys=True, default=str)
    uses = [len(layer._inbound_nodes) for layer in (model, *model.layers)]
    trainable = [layer.trainable for layer in model.layers]
    return config, uses, trainable, [weights.tobytes() for weights in model.get_weights()]


def test_neither_the_model_nor_the_array_is_ever_changed(small, pictures):
    before, array = state_of(small), pictures[0].copy()
    small.predict(pictures, verbose=0)
    attribute(small, array, [0, 1])
    compute_saliency_map(small, array, 2, "conv")
    make_prediction(array, small, top=2)
    wrap_classifier(small, preprocess=lambda x: x / 255)
    assert state_of(small) == before
    assert np.array_equal(array, pictures[0])
    small.layers[-1].set_weights([w + 1 for w in small.layers[-1].get_weights()])
    assert state_of(small) != before


def test_the_shared_network_is_never_changed(network, chelsea):
    before = state_of(network)
    compute_saliency_map(network, chelsea, "tabby")
    make_prediction(chelsea, network)
    assert state_of(network) == before


def test_new_weights_show_in_the_compiled_function(linear, pictures):
    model, _ = linear
    before = attribute(model, pictures[0], 0)
    model.layers[-1].set_weights([2 * w for w in model.layers[-1].get_weights()])
    assert attribute(model, pictures[0], 0) == pytest.approx(2 * before)


@pytest.mark.parametrize("layer_idx", [-1, "conv"])
@pytest.mark.parametrize("wrap", [False, True])
def test_no_model_is_kept_alive(pictures, layer_idx, wrap):
    model = small_classifier(activation="softmax" if wrap else None)
    references = [weakref.ref(model)]
    if wrap:
        model = wrap_classifier(model, preprocess=lambda x: x / 2, class_names=["a", "b", "c"])
        references.append(weakref.ref(model))
    attribute(model, pictures[0], 0, layer_idx=layer_idx)
    make_prediction(pictures[0], model, top=1)
    del model
    for _ in references:  # the original goes in the round after the wrapped model
        gc.collect()
    assert [reference() for reference in references] == [None] * len(references)


def test_a_wrapped_model_may_die_before_its_original(pictures):
    original = small_classifier(activation="softmax")
    wrapped = wrap_classifier(original)
    attribute(wrapped, pictures[0], 0)
    reference = weakref.ref(wrapped)
    del wrapped
    gc.collect()
    assert reference() is None
    assert original.predict(pictures, verbose=0).sum(-1) == pytest.approx(1, rel=1e-5)


# Half precision


def half_pair(gain=1.0):
    """Give the same network in float32 and in mixed float16, with three strided convolutions."""

    def build(policy):
        keras.utils.set_random_seed(3)
        pixels = keras.Input((48, 48, 3))
        x = layers.Rescaling(1 / 255, dtype=policy)(pixels)
        for filters in (8, 16, 24):
            x = layers.Conv2D(filters, 3, 2, "same", activation="relu", dtype=policy)(x)
        x = layers.GlobalAveragePooling2D(dtype=policy)(x)
        return keras.Model(pixels, layers.Dense(5, name="head", dtype=policy)(x))

    full, half = build("float32"), build("mixed_float16")
    kernel, bias = full.get_layer("head").get_weights()
    full.get_layer("head").set_weights([kernel * gain, bias])
    half.set_weights(full.get_weights())
    return wrap_classifier(full), wrap_classifier(half)


WAVES = np.sin(np.mgrid[:48, :48, :3][0] / 5) * 60 + 128 + np.mgrid[:48, :48, :3][1]
HALF_METHODS = {
    "gradient": {},
    "input_x_gradient": {},
    "smoothgrad": {"samples": 4},
    "vargrad": {"samples": 4},
    "integrated_gradients": {"steps": 50},
    "guided_backprop": {},
    "deconvnet": {},
    "grad_cam": {},
    "layer_cam": {},
    "grad_cam_plus_plus": {},
}


@pytest.mark.parametrize("gain", [1.0, 0.03, 3000.0])
@pytest.mark.parametrize("method", HALF_METHODS)
def test_float16_gives_the_map_of_float32(method, gain):
    """Tiny slopes do not end as 0, and large ones not as infinity."""
    maps = [attribute(m, WAVES, 2, method, **HALF_METHODS[method]) for m in half_pair(gain)]
    full, half = (np.asarray(one, np.float64) for one in maps)
    limit = 0.2 if method == "vargrad" else 0.06
    assert np.linalg.norm(half - full) < limit * np.linalg.norm(full)
    if method == "gradient":
        assert np.mean(half == 0) < np.mean(full == 0) + 0.02
