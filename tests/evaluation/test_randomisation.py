"""Sanity checks: clones, stages, and methods that ought to change or not."""

import numpy as np
import pytest
from toys import one_sentence

from helpers.attribution.registry import attribute
from helpers.backend import keras
from helpers.errors import HelpersError
from helpers.evaluation import (
    clone_classifier,
    randomisation_stages,
    randomisation_test,
    randomise_weights,
)
from helpers.evaluation.fair_controls import CONTROLS
from helpers.models.wrapping import wrap_classifier

RNG = np.random.default_rng(0)
PICTURES = RNG.integers(0, 256, (2, 16, 16, 3)).astype(np.float32)


def small_network():
    layers = keras.layers
    keras.utils.set_random_seed(1)
    inputs = keras.Input((16, 16, 3))
    x = layers.Conv2D(6, 3, padding="same", activation="relu", name="block1_a")(inputs)
    x = layers.Conv2D(6, 3, padding="same", activation="relu", name="block1_b")(x)
    x = layers.BatchNormalization(name="norm")(x)
    x = layers.DepthwiseConv2D(3, name="block2_depth")(x)
    x = layers.GlobalAveragePooling2D()(x)
    return keras.Model(inputs, layers.Dense(4, name="logits")(x))


MODEL = small_network()


def test_stages_go_from_the_top_down_and_take_each_layer_once():
    by_layer = randomisation_stages(MODEL)
    assert [s.name for s in by_layer] == ["logits", "block2_depth", "norm", "block1_b", "block1_a"]
    by_block = randomisation_stages(MODEL, "block")
    assert [s.name for s in by_block] == ["logits", "block2", "norm", "block1"]
    assert sorted(n for s in by_block for n in s.layers) == list(range(5))


def test_stages_of_the_packaged_network(network):
    names = [stage.name for stage in randomisation_stages(network, "block")]
    assert names[:3] == ["logits", "head", "block15"] and names[-1] == "stem"
    assert len(names) == 19


def test_clone_shares_nothing_with_the_readers_model():
    clone = clone_classifier(MODEL)
    before = MODEL(PICTURES).numpy()
    assert clone(PICTURES).numpy() == pytest.approx(before, rel=1e-5)
    randomise_weights(clone, range(5))
    assert not np.allclose(clone(PICTURES).numpy(), before)
    assert np.array_equal(MODEL(PICTURES).numpy(), before)


def test_clone_of_a_wrapped_nested_model():
    inner = small_network()
    outer = keras.Sequential([keras.Input((16, 16, 3)), inner, keras.layers.Softmax()])
    wrapped = wrap_classifier(outer, preprocess=lambda x: x / 255, class_names=list("abcd"))
    clone = clone_classifier(wrapped)
    assert clone(PICTURES).numpy() == pytest.approx(wrapped(PICTURES).numpy(), abs=1e-4)
    assert len(randomisation_stages(wrapped)) == 5
    before = wrapped(PICTURES).numpy()
    randomise_weights(clone, range(5))
    assert np.array_equal(wrapped(PICTURES).numpy(), before)


def test_randomised_weights_depend_on_seed_and_layer_alone():
    clones = [clone_classifier(MODEL) for _ in range(3)]
    for clone, layers, seed in zip(clones, ([4], [0, 4], [4]), (0, 0, 1), strict=True):
        randomise_weights(clone, layers, seed)
    tops = [clone.get_layer("logits").get_weights()[0] for clone in clones]
    assert np.array_equal(tops[0], tops[1]) and not np.array_equal(tops[0], tops[2])
    assert np.array_equal(clones[0].layers[1].kernel, MODEL.layers[1].kernel)
    assert not np.array_equal(clones[1].layers[1].kernel, MODEL.layers[1].kernel)
    assert not clones[0].get_layer("logits").get_weights()[1].any()


def test_controls_get_the_controls_values():
    test = randomisation_test(MODEL, PICTURES, 0, ["gradient"], progress=False)
    for measure in ("spearman", "ssim", "hog"):
        assert test.of("edge_map", measure) == pytest.approx(1)
    assert np.abs(test.of("random_map")).max() < 0.3
    assert np.abs(test.of("gradient", reading="signed")[-1]).max() < 0.6
    assert test.of("gradient").shape == (4, 2)


def test_cascading_includes_what_is_above_and_independent_does_not():
    cascade, alone = (
        randomisation_test(MODEL, PICTURES, [0, 1], ["gradient"], order=order, progress=False)
        for order in ("cascading", "independent")
    )
    assert cascade.of("gradient")[0] == pytest.approx(alone.of("gradient")[0])
    assert not np.allclose(cascade.of("gradient")[1], alone.of("gradient")[1])


def test_chosen_stages_are_those_of_the_whole_cascade():
    options = {"gradient": {"batch_size": 1}}
    whole = randomisation_test(MODEL, PICTURES, 0, ["gradient"], progress=False)
    part = randomisation_test(
        MODEL, PICTURES, 0, ["gradient"], stages=["norm"], options=options, progress=False
    )
    assert part.of("gradient")[0] == pytest.approx(whole.of("gradient")[2], abs=1e-3)


@pytest.mark.parametrize("method", ["gradient", "guided_backprop", "grad_cam", "occlusion"])
def test_new_weights_reach_functions_that_were_compiled_before(method):
    options = {"patch": 8, "stride": 8} if method == "occlusion" else {}
    reused, fresh = clone_classifier(MODEL), clone_classifier(MODEL)
    attribute(reused, PICTURES[0], 0, method, **options)
    for clone in (reused, fresh):
        randomise_weights(clone, range(5), seed=3)
    maps = [attribute(clone, PICTURES[0], 0, method, **options) for clone in (reused, fresh)]
    assert maps[0] == pytest.approx(maps[1], rel=1e-4, abs=1e-7)


def test_rows_give_mean_and_spread():
    rows = list(randomisation_test(MODEL, PICTURES, 0, ["gradient"], progress=False).rows())
    assert len(rows) == (1 + len(CONTROLS)) * 2 * 4 * 3
    first = rows[0]
    assert first["method"] == "gradient" and first["n"] == 2 and first["stage"] == "logits"


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: randomisation_test(MODEL, PICTURES, 0, ["magic"]), "There is no method"),
        (lambda: randomisation_test(MODEL, PICTURES, 0, [], order="up"), "order is one of"),
        (lambda: randomisation_test(MODEL, PICTURES, 0, [], stages=["x"]), "no stage"),
        (lambda: randomisation_stages(MODEL, "stage"), "by is one of"),
    ],
)
def test_bad_input_is_refused_in_one_sentence(call, message):
    with pytest.raises(HelpersError, match=message):
        call()


def test_a_model_without_weights_is_refused():
    inputs = keras.Input((16, 16, 3))
    empty = keras.Model(inputs, keras.layers.GlobalAveragePooling2D()(inputs))
    with pytest.raises(HelpersError, match="no weights"):
        randomisation_stages(empty)


def test_a_model_that_keras_cannot_rebuild_is_refused():
    class Odd(keras.layers.Layer):
        def __init__(self, function, **kwargs):
            super().__init__(**kwargs)
            self.function = function

        def call(self, x):
            return self.function(x)

    inputs = keras.Input((16, 16, 3))
    x = keras.layers.GlobalAveragePooling2D()(Odd(lambda x: 2 * x)(inputs))
    with pytest.raises(HelpersError, match="layer 'odd' cannot be copied"):
        clone_classifier(keras.Model(inputs, keras.layers.Dense(2)(x)))


def test_a_layer_that_does_not_tell_all_of_its_settings_is_no_silent_mistake():
    class Louder(keras.layers.Layer):
        times = 1

        def call(self, x):
            return self.times * x

    inputs, louder = keras.Input((16, 16, 3)), Louder()
    louder.times = 7
    x = keras.layers.GlobalAveragePooling2D()(louder(inputs))
    with pytest.raises(HelpersError, match="gives other scores") as error:
        clone_classifier(keras.Model(inputs, keras.layers.Dense(2)(x)))
    one_sentence(error)


def test_a_test_that_was_not_made_cannot_be_asked_for():
    test = randomisation_test(MODEL, PICTURES, 0, [], stages=["logits"], progress=False)
    with pytest.raises(HelpersError, match="no 'absolute' test"):
        test.of("gradient")
    with pytest.raises(HelpersError, match="measure is one of"):
        test.of("edge_map", "mse")
