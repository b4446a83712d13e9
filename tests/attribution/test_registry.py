"""The one entry to all methods: shapes, options, seeds, mistakes."""

import inspect

import numpy as np
import pytest
from toys import QUICK, one_sentence

import helpers
from helpers.attribution.registry import METHODS, attribute, method_options
from helpers.backend import keras, tf
from helpers.errors import HelpersError
from helpers.models.wrapping import original_of, wrap_classifier

RANDOM = (
    "smoothgrad", "vargrad", "rise", "random_map",
    "expected_gradients", "lime", "kernel_shap", "hsic",
)  # fmt: skip


def classifier(seed=4) -> keras.Model:
    """Give a network with ReLU and pooling for 16 x 16 pictures, wrapped from softmax."""
    keras.utils.set_random_seed(seed)
    layers = keras.layers
    inside = keras.Sequential(
        [
            keras.Input((16, 16, 3)),
            layers.Rescaling(1 / 127.5, offset=-1),
            layers.Conv2D(5, 3, activation="relu", name="first", bias_initializer="normal"),
            layers.Conv2D(6, 3, name="last"),
            layers.ReLU(max_value=6.0, name="relu6"),
            layers.GlobalAveragePooling2D(),
            layers.Dense(4, activation="softmax", name="predictions"),
        ]
    )
    return wrap_classifier(inside, class_names=["ant", "bee", "cow", "dog"])


@pytest.fixture(scope="module")
def model():
    return classifier()


@pytest.fixture(scope="module")
def photos():
    return np.random.default_rng(5).uniform(0, 255, (2, 16, 16, 3)).astype(np.float32)


def run(model, array, target, method, **options):
    return attribute(model, array, target, method, **{**QUICK.get(method, {}), **options})


@pytest.mark.parametrize("method", METHODS)
def test_one_picture_a_batch_and_several_classes_have_the_promised_shapes(model, photos, method):
    channels = 3 if METHODS[method].channels else 1
    one, found = run(model, photos[0], "bee", method, details=True)
    assert one.shape == (16, 16, channels) and one.dtype == np.float32
    assert np.isfinite(one).all() and one.any() and np.shape(found["score"]) == ()
    batch, found = run(model, photos, "bee", method, details=True)
    assert batch.shape == (2, 16, 16, channels)
    assert all(len(value) == 2 for value in found.values())
    several = run(model, photos[0], ["bee", "cow", "dog"], method)
    assert several.shape == (3, 16, 16, channels)
    assert run(model, photos[:1], "bee", method).shape == (1, 16, 16, channels)
    if method != "random_map":
        np.testing.assert_allclose(batch[0], one, atol=1e-5 * np.abs(one).max())
        np.testing.assert_allclose(several[0], one, atol=1e-5 * np.abs(one).max())


@pytest.mark.parametrize("method", [name for name, record in METHODS.items() if not record.signed])
def test_unsigned_maps_are_nowhere_negative(model, photos, method):
    assert run(model, photos, ["bee", "dog"], method).min() >= 0


@pytest.mark.parametrize("method", METHODS)
def test_the_score_is_the_logit(model, photos, method):
    _, found = run(model, photos, ["ant", "dog"], method, details=True)
    logits = model(photos).numpy()
    np.testing.assert_allclose(found["score"], [logits[0, 0], logits[1, 3]], rtol=1e-4)


@pytest.mark.parametrize("method", METHODS)
def test_a_result_repeats_exactly_and_does_not_depend_on_the_batch_size(model, photos, method):
    first = run(model, photos[0], "bee", method, batch_size=4)
    np.testing.assert_array_equal(run(model, photos[0], "bee", method, batch_size=4), first)
    other = run(model, photos[0], "bee", method, batch_size=3, progress=False)
    np.testing.assert_allclose(other, first, atol=1e-5 * np.abs(first).max())


@pytest.mark.parametrize("method", RANDOM)
def test_another_seed_gives_another_map(model, photos, method):
    assert not np.array_equal(*(run(model, photos[0], "bee", method, seed=s) for s in (1, 2)))


@pytest.mark.parametrize("method", METHODS)
def test_common_options_are_taken_by_every_method(model, photos, method):
    run(model, photos[0], 0, method, batch_size=2, seed=1, progress=False)


@pytest.fixture
def eager():
    tf.config.run_functions_eagerly(True)
    yield
    tf.config.run_functions_eagerly(False)


@pytest.mark.parametrize("method", METHODS)
def test_eager_functions_change_nothing(model, photos, method, request):
    expected = run(model, photos[0], "bee", method)
    request.getfixturevalue("eager")
    found = run(model, photos[0], "bee", method)
    np.testing.assert_allclose(found, expected, atol=1e-5 * np.abs(expected).max())


@pytest.mark.parametrize(
    "method", ["gradient", "guided_backprop", "grad_cam", "integrated_gradients", "rise", "lime"]
)
def test_settings_for_models_that_are_yet_to_be_built_change_nothing(photos, method):
    expected = run(classifier(), photos[0], "bee", method)
    inside = original_of(classifier())
    keras.config.set_image_data_format("channels_first")
    keras.config.set_floatx("float16")
    keras.config.set_dtype_policy("mixed_float16")
    try:
        found = run(wrap_classifier(inside), photos[0], 1, method)
    finally:
        keras.config.set_image_data_format("channels_last")
        keras.config.set_floatx("float32")
        keras.config.set_dtype_policy("float32")
    np.testing.assert_allclose(found, expected, atol=1e-5 * np.abs(expected).max())


@pytest.mark.parametrize("method", METHODS)
def test_new_weights_are_seen_at_once(photos, method):
    model = classifier(seed=9)
    before = run(model, photos[0], "bee", method, details=True)[1]["score"]
    model.set_weights([weight * 1.5 for weight in model.get_weights()])
    after = run(model, photos[0], "bee", method, details=True)[1]["score"]
    np.testing.assert_allclose(after, model(photos[:1])[0, 1], rtol=1e-4)
    assert abs(after - before) > 1e-4


@pytest.mark.parametrize(
    ("method", "options", "says"),
    [
        ("magic", {}, "gradient, input_x_gradient"),
        (["gradient"], {}, "There is no method"),
        ("smoothgrad", {"nsamples": 3}, "samples, noise, average"),
        ("gradient", {"steps": 3}, "has no option 'steps'"),
        ("smoothgrad", {"samples": 0}, "samples is a whole number"),
        ("smoothgrad", {"average": "median"}, "signed, absolute, squared"),
        ("integrated_gradients", {"baseline": "grey"}, "black, white, mean, blur"),
        ("integrated_gradients", {"baseline": np.zeros((4, 4, 3))}, "shape"),
        ("integrated_gradients", {"baseline": np.zeros((3, 16, 16, 3))}, "baseline"),
        ("occlusion", {"patch": 17}, "does not fit"),
        ("occlusion", {"patch": 4, "stride": 5}, "never hidden"),
        ("occlusion", {"patch": 4, "stride": 2, "fill": "pink"}, "fill"),
        ("occlusion", {"patch": 4, "stride": 2, "fill": 256}, "fill"),
        ("grad_cam", {"layer": "nowhere"}, "There is no layer 'nowhere'"),
        ("grad_cam", {"layer": 99}, "There is no layer 99"),
        ("grad_cam", {"layer": "predictions"}, "no feature maps"),
        ("gradient", {"batch_size": 0}, "batch_size"),
    ],
)
def test_a_mistake_is_answered_in_one_sentence(model, photos, method, options, says):
    with pytest.raises(HelpersError) as error:
        attribute(model, photos[0], 0, method, **options)
    assert says in one_sentence(error)


def test_every_method_says_what_it_is():
    for name, record in METHODS.items():
        documentation = inspect.getdoc(record.function)
        assert "Parameters\n" in documentation and "Returns\n" in documentation, name
        for option in method_options(name):
            assert option in documentation, (name, option)


def test_defaults_are_those_of_the_contract():
    assert method_options("smoothgrad") | {"batch_size": 0} == {
        "samples": 50,
        "noise": 0.15,
        "average": "signed",
        "batch_size": 0,
        "seed": 0,
        "progress": True,
    }
    assert method_options("integrated_gradients")["steps"] == 50
    assert method_options("integrated_gradients")["baseline"] == "black"
    occlusion = method_options("occlusion")
    assert (occlusion["patch"], occlusion["stride"], occlusion["fill"]) == (32, 16, "mean")
    rise = method_options("rise")
    assert (rise["samples"], rise["cells"], rise["keep"]) == (1000, 7, 0.5)
    assert method_options("grad_cam")["layer"] is None


def test_public_names_lead_here():
    assert helpers.attribute is attribute and helpers.METHODS is METHODS
