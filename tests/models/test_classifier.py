"""Models as readers bring them: the map is a direct tape's or refused, and the model untouched."""

import functools
import gc
import itertools
import weakref
from typing import NamedTuple

import numpy as np
import psutil
import pytest
from toys import SIDE, one_sentence, restless_classifier, small_classifier, state_of

from helpers.attribution.registry import attribute
from helpers.backend import keras, tf
from helpers.classes import class_names
from helpers.errors import HelpersError
from helpers.models.classifier import link_of
from helpers.models.prediction import class_probabilities, make_prediction
from helpers.models.wrapping import wrap_classifier

layers, ops = keras.layers, keras.ops

# Bodies: from a picture to features, one of each kind of graph


def plain(x):
    return layers.Conv2D(4, 3, activation="relu")(x)


def branched(x):
    parts = [layers.Conv2D(3, k, padding="same", activation="tanh")(x) for k in (1, 3)]
    return layers.Concatenate()(parts)


def shared(x):
    convolution = layers.Conv2D(x.shape[-1], 3, padding="same", activation="tanh")
    return layers.Add()([convolution(convolution(x)), x])


def normalised(x):
    return layers.ReLU()(layers.BatchNormalization()(layers.Conv2D(4, 3)(x)))


def nested(body, x):
    inner = keras.Input(x.shape[1:])
    return keras.Model(inner, body(inner))(x)


def sequential(x):
    return keras.Sequential([layers.Conv2D(4, 3, activation="relu"), layers.MaxPooling2D(2)])(x)


BODIES = {
    "plain": plain,
    "branched": branched,
    "shared": shared,
    "normalised": normalised,
    "sequential": sequential,
    "nested": functools.partial(nested, branched),
    "nested twice": functools.partial(nested, functools.partial(nested, shared)),
}
POOLS = {
    "mean": layers.GlobalAveragePooling2D,
    "max": layers.GlobalMaxPooling2D,
    "flat": layers.Flatten,
}

# Heads: from logits to what the model gives, with the link where there is one, by position


class Hidden(layers.Layer):
    """A layer of the reader's own, which nobody can look into."""

    def __init__(self, function):
        super().__init__()
        self.function, self.dense = getattr(ops, function), layers.Dense(3)

    def call(self, x):
        return self.function(self.dense(x))


def twins(function, z):
    """Give the mean of two heads, which has no logits."""
    return layers.Average()([getattr(ops, function)(z), getattr(ops, function)(2 * z)])


LINEAR32 = functools.partial(layers.Activation, "linear", dtype="float32")
POSITIONS = {
    "last": lambda f, z: layers.Activation(f)(z),
    "operation": lambda f, z: getattr(ops, f)(z),
    "in a lambda": lambda f, z: layers.Lambda(getattr(tf.nn, f))(z),
    "then reshaped": lambda f, z: layers.Reshape((z.shape[-1],))(layers.Activation(f)(z)),
    "then cast": lambda f, z: LINEAR32()(layers.Activation(f)(z)),
    "then dropped out": lambda f, z: layers.Dropout(0.2)(layers.Activation(f)(z)),
    "in a model": lambda f, z: nested(lambda x: layers.Activation(f)(x), z),
    "in a model of a model": lambda f, z: nested(
        lambda y: nested(lambda x: LINEAR32()(layers.Activation(f)(x)), y), z
    ),
    "in a sequential model": lambda f, z: keras.Sequential([layers.Activation(f)])(z),
    "in the middle": lambda f, z: layers.Dense(3)(layers.Activation(f)(z)),
    "hidden": lambda f, z: Hidden(f)(z),
    "twins": twins,
}
REFUSED = ("hidden", "twins")
DTYPES = ("float32", "float64", "float16", "bfloat16", "mixed_float16", "mixed_bfloat16")
HALF = DTYPES[2:]
CHANNELS = (1, 2, 3, 4)


class Drawn(NamedTuple):
    """A model of the reader's, the same up to its logits, and what is to come of it."""

    model: keras.Model
    up_to_logits: keras.Model
    link: str | None
    refused: bool
    half: bool
    sides: list


def dealt(kinds, rng):
    """Deal each kind equally often, in random order."""
    kinds = list(kinds)
    while True:
        yield from (kinds[number] for number in rng.permutation(len(kinds)))


def classifiers(seed=0):
    """Draw models without end."""
    rng = np.random.default_rng(seed)
    ends = [("softmax", p) for p in POSITIONS] + [("sigmoid", p) for p in POSITIONS]
    kinds = BODIES, POOLS, DTYPES, ends + 6 * [(None, None)], (3, 3, *CHANNELS)
    for parts in zip(*(dealt(kind, rng) for kind in kinds)):
        yield build(rng, *parts)


def build(rng, body, pool, dtype, head, channels) -> Drawn:
    link, position = head
    free, sides = pool != "flat" and rng.random() < 0.5, rng.integers(5, 17, 2).tolist()
    classes = int(rng.integers(2 if link == "softmax" else 1, 5))
    keras.utils.set_random_seed(int(rng.integers(100)))
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(dtype)
    try:
        pixels = keras.Input((*((None, None) if free else sides), channels))
        x = BODIES[body](layers.Rescaling(1 / 255)(pixels))
        logits = layers.Dense(classes)(POOLS[pool]()(x))
        end = POSITIONS[position](link, logits) if link else layers.Identity()(logits)
    finally:
        keras.config.set_dtype_policy(before)
    middle = link and position == "in the middle"
    return Drawn(
        keras.Model(pixels, end),
        keras.Model(pixels, end if middle else logits),
        None if middle else link,
        channels not in (1, 3) or (link is not None and position in REFUSED),
        dtype in HALF,
        sides,
    )


def tape(model, picture, target, preprocess=lambda x: x, scales=(1.0,)):
    """Give the gradient by a direct tape; in float16 of the score times as much as it bears."""
    pixels = tf.constant(picture[None])
    for scale in scales:
        with tf.GradientTape() as tape, keras.StatelessScope():
            tape.watch(pixels)
            score = scale * tf.cast(model(preprocess(pixels), training=False), "float32")[0, target]
        gradient = tape.gradient(score, pixels)[0].numpy()
        if np.isfinite(gradient).all():
            break
    return gradient / scale


def same_as_a_tapes(drawn: Drawn, preprocess) -> None:
    before = state_of(drawn.model)
    wrapped = wrap_classifier(drawn.model, preprocess=preprocess)
    size = (*drawn.sides, drawn.model.input_shape[-1])
    picture = np.random.default_rng(0).uniform(0, 255, size).astype(np.float32)
    target, step = drawn.model.output_shape[-1] - 1, preprocess or (lambda x: x)
    expected = tape(drawn.up_to_logits, picture, target, step, [2.0**n for n in range(15, -1, -5)])
    found = attribute(wrapped, picture, target)
    assert np.abs(found - expected).max() <= 1e-3 * np.abs(expected).max()
    assert expected.any() and found.dtype == np.float32
    assert link_of(wrapped) == drawn.link and state_of(drawn.model) == before
    if drawn.link:
        said = tf.cast(drawn.model(step(picture[None]))[0], "float32").numpy()
        tolerance = {"rel": 2e-2, "abs": 4e-3} if drawn.half else {"rel": 1e-3}
        assert class_probabilities(picture, wrapped) == pytest.approx(said, **tolerance)


@pytest.mark.parametrize("preprocess", [None, lambda x: x / 2 - 20], ids=["plain", "shifted"])
def test_the_map_is_a_direct_tapes_or_the_model_is_refused(preprocess):
    """Thirty models of each, so that every head stands in every position once."""
    for drawn in itertools.islice(classifiers(preprocess is None), 30):
        if drawn.refused:
            with pytest.raises(HelpersError, match="probabilities|channel") as error:
                wrap_classifier(drawn.model, preprocess=preprocess)
            one_sentence(error)
        else:
            same_as_a_tapes(drawn, preprocess)


# Untouched


def test_a_plain_model_is_left_alone_as_well(pictures):
    pixels = keras.Input((SIDE, SIDE, 3))
    x = layers.BatchNormalization()(layers.Conv2D(4, 3)(pixels), training=True)
    model = keras.Model(pixels, layers.Dense(3)(layers.GlobalAveragePooling2D()(x)))
    before = state_of(model)
    attribute(model, pictures, 1)
    make_prediction(pictures, model)
    assert state_of(model) == before


def test_layers_wired_to_training_are_run_as_predict_runs_them(pictures):
    model = restless_classifier()
    wrapped = wrap_classifier(model)
    said = model.predict(pictures, verbose=0)
    assert class_probabilities(pictures, wrapped) == pytest.approx(said, rel=1e-4)
    without_end = keras.Model(model.inputs, model.get_layer("end").input)
    kernel, bias = model.get_layer("end").get_weights()
    pixels = tf.constant(pictures)
    with tf.GradientTape() as tape, keras.StatelessScope():
        tape.watch(pixels)
        scores = (without_end(pixels, training=False) @ kernel + bias)[:, 1]
    expected = tape.gradient(scores, pixels).numpy()
    assert attribute(wrapped, pictures, 1) == pytest.approx(expected, rel=1e-3, abs=1e-9)


def test_pictures_that_would_mix_are_taken_one_by_one(pictures):
    """A step of the reader's own subtracts half of the mean over the batch."""
    pixels = keras.Input((SIDE, SIDE, 3))
    mixed = layers.Lambda(lambda x: x - 0.5 * ops.mean(x, 0, keepdims=True))(pixels)
    model = keras.Model(pixels, layers.Dense(3)(layers.Flatten()(mixed)))
    together = attribute(model, pictures, 1)
    alone = np.stack([tape(model, picture, 1) for picture in pictures])
    assert together == pytest.approx(alone, rel=1e-4, abs=1e-9)


def test_trainable_may_be_switched_at_any_time(pictures):
    model = small_classifier(activation="softmax")
    wrapped = wrap_classifier(model)
    expected = attribute(wrapped, pictures[0], 1)
    for switch in (model, model.layers[-1], wrapped):
        for trainable in (False, True):
            switch.trainable = trainable
            assert np.array_equal(attribute(wrapped, pictures[0], 1), expected)
            assert np.array_equal(attribute(wrap_classifier(model), pictures[0], 1), expected)
            assert attribute(wrapped, pictures[0], 1, "grad_cam").any()


def test_wrapping_two_hundred_times_keeps_nothing(pictures):
    model = small_classifier(activation="softmax")
    before, seen, variables = state_of(model), [], []
    for number in range(200):
        wrapped = wrap_classifier(model, class_names=["a", "b", "c"])
        seen.append(weakref.ref(wrapped))
        if number in (20, 199):
            wrapped = None
            gc.collect()
            variables.append(sum(isinstance(o, keras.Variable) for o in gc.get_objects()))
    assert not any(reference() for reference in seen)
    # Fewer are fine: what earlier tests left may go meanwhile.
    assert variables[1] <= variables[0] and state_of(model) == before


def test_memory_stays_flat_over_two_thousand_calls(pictures):
    wrapped = wrap_classifier(small_classifier(activation="softmax"))
    process, sizes = psutil.Process(), []
    for _ in range(2):
        for _ in range(1000):
            attribute(wrapped, pictures[0], 1)
        gc.collect()
        sizes.append(process.memory_info().rss)
    assert sizes[1] - sizes[0] < 8e6


# Wrapping twice, saving, cloning


def test_names_link_and_preprocessing_survive_wrapping_again(pictures):
    model = small_classifier(activation="sigmoid")
    once = wrap_classifier(model, preprocess=lambda x: x / 2, class_names=["a", "b", "c"])
    for again in (wrap_classifier(once), keras.Model(once.input, once.output)):
        assert class_names(again) == ["a", "b", "c"] and link_of(again) == "sigmoid"
        found = attribute(again, pictures[0], 1)
        assert found == pytest.approx(attribute(once, pictures[0], 1), rel=1e-5)
    renamed = wrap_classifier(once, class_names=["x", "y", "z"], preprocess=lambda x: x + 10)
    assert class_names(renamed) == ["x", "y", "z"] and class_names(once) == ["a", "b", "c"]
    assert np.allclose(renamed(pictures), once(pictures + 10), atol=1e-5)


def test_a_wrapped_model_is_saved_and_cloned_through_the_readers_own(tmp_path, pictures):
    wrapped = wrap_classifier(small_classifier(activation="softmax"))
    for use in (
        lambda: wrapped.save(tmp_path / "w.keras"),
        lambda: keras.models.clone_model(wrapped),
    ):
        with pytest.raises(HelpersError, match="with your own model") as error:
            use()
        one_sentence(error)
    expected = wrapped(pictures).numpy()
    wrapped.save_weights(tmp_path / "w.weights.h5")
    wrapped.load_weights(tmp_path / "w.weights.h5")
    assert np.array_equal(wrapped(pictures), expected)


# Several inputs, channels


def two_inputs(end):
    pixels, table = keras.Input((SIDE, SIDE, 3), name="photo"), keras.Input((4,), name="table")
    x = layers.Flatten()(layers.Conv2D(4, 3)(pixels))
    return keras.Model(
        [pixels, table], layers.Dense(3, activation=end)(layers.Concatenate()([x, table]))
    )


@pytest.mark.parametrize("end", [None, "softmax", "sigmoid"])
def test_two_inputs_are_refused_and_the_advice_can_be_followed(end, pictures):
    model, values = two_inputs(end), np.arange(4, dtype=np.float32)
    with pytest.raises(HelpersError, match="has 2 inputs") as error:
        wrap_classifier(model)
    advice = one_sentence(error).split("as in ")[1].split(" with pixels")[0]
    pixels = keras.Input((SIDE, SIDE, 3))
    one = eval(advice, {"keras": keras, "pixels": pixels, "model": model, "values": values})
    wrapped = wrap_classifier(one)
    table = tf.constant(values[None])
    said = model([tf.constant(pictures[:1]), table]).numpy()[0]
    probabilities = class_probabilities(pictures[0], wrapped)
    assert np.allclose(probabilities if end else wrapped(pictures[:1])[0], said, atol=1e-5)
    assert link_of(wrapped) == end
    kernel = model.layers[-1].kernel
    before_end = keras.Model(model.inputs, model.layers[-1].input)
    given = tf.constant(pictures[:1])
    with tf.GradientTape() as tape:
        tape.watch(given)
        score = (before_end([given, table]) @ kernel)[0, 1]
    expected = tape.gradient(score, given)[0].numpy()
    assert attribute(wrapped, pictures[0], 1) == pytest.approx(expected, rel=1e-3, abs=1e-7)


def test_two_outputs_are_refused_and_the_advice_can_be_followed():
    pixels = keras.Input((SIDE, SIDE, 3))
    flat = layers.Flatten()(pixels)
    model = keras.Model(pixels, [layers.Dense(3)(flat), layers.Dense(2)(flat)])
    with pytest.raises(HelpersError, match="has 2 outputs") as error:
        wrap_classifier(model)
    advice = one_sentence(error).split("as in ")[1].rstrip(".")
    assert wrap_classifier(eval(advice, {"keras": keras, "model": model})).output_shape[-1] == 3


def of_shape(*shape):
    pixels = keras.Input(shape)
    return keras.Model(pixels, layers.Dense(3)(layers.Flatten()(pixels)))


@pytest.mark.parametrize("shape", [(3, 8, 8), (3, 16, 12), (1, 8, 8)])
def test_channels_first_is_refused_and_the_advice_can_be_followed(shape, rng):
    model = of_shape(*shape)
    for use in (wrap_classifier, lambda model: attribute(model, np.zeros(shape), 1)):
        with pytest.raises(HelpersError, match="channels first") as error:
            use(model)
    advice = one_sentence(error).split("as in ")[1].split(" with pixels")[0]
    pixels = keras.Input((*shape[1:], shape[0]))
    turned = eval(advice, {"keras": keras, "pixels": pixels, "model": model})
    picture = rng.uniform(0, 255, (*shape[1:], shape[0])).astype(np.float32)
    found = attribute(wrap_classifier(turned), picture, 1)
    expected = model.layers[-1].kernel.numpy()[:, 1].reshape(shape).transpose(1, 2, 0)
    assert found == pytest.approx(expected, rel=1e-4)


@pytest.mark.parametrize("channels", [2, 4, 11, None])
def test_other_numbers_of_channels_are_refused(channels):
    pixels = keras.Input((SIDE, SIDE, channels))
    model = keras.Model(pixels, ops.mean(pixels, (1, 2)) if channels else ops.mean(pixels, (2, 3)))
    with pytest.raises(HelpersError, match="one channel or three") as error:
        wrap_classifier(model)
    one_sentence(error)


def test_one_unit_has_one_name():
    with pytest.raises(HelpersError, match=r"class_names=\['dog'\]") as error:
        wrap_classifier(small_classifier(1, "sigmoid"), class_names=["cat", "dog"])
    one_sentence(error)
