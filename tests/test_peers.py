"""Ours against tf-keras-vis, PAIR saliency and Xplique, which `make peers` installs."""

from importlib import metadata

import numpy as np
import pytest
from scipy import stats

from helpers.attribution.registry import attribute
from helpers.attribution.saliency import compute_saliency_map
from helpers.backend import keras, tf

WHY = "installed by `make peers` only"
CLASS = 2
SIDE = 32


@pytest.fixture(scope="module")
def model():
    """A smooth network: for ReLU networks PAIR's rule for the integral is too rough."""
    keras.utils.set_random_seed(11)
    layers = keras.layers
    pixels = keras.Input((SIDE, SIDE, 3))
    x = layers.Rescaling(1 / 127.5, offset=-1)(pixels)
    x = layers.Conv2D(8, 3, activation="softplus")(x)
    x = layers.Conv2D(12, 3, strides=2, activation="softplus", name="features")(x)
    x = layers.Flatten()(layers.AveragePooling2D(3)(x))
    x = layers.Dense(8, activation="tanh")(x)
    return keras.Model(pixels, layers.Dense(4, name="logits")(x))


@pytest.fixture(scope="module")
def picture():
    rng = np.random.default_rng(12)
    blocks = rng.uniform(0, 255, (4, 4, 3)).repeat(8, 0).repeat(8, 1)
    return np.clip(blocks + rng.normal(0, 8, blocks.shape), 0, 255).astype(np.float32)


# tf-keras-vis


@pytest.fixture(scope="module")
def score():
    pytest.importorskip("tf_keras_vis", reason=WHY)
    assert metadata.version("tf-keras-vis") == "0.8.7"
    from tf_keras_vis.utils.scores import CategoricalScore

    return CategoricalScore(CLASS)


def test_gradient_against_tf_keras_vis(model, picture, score):
    from tf_keras_vis.saliency import Saliency

    theirs = Saliency(model)(score, picture[None], normalize_map=False)[0]
    ours = compute_saliency_map(model, picture, CLASS, sigma=0)
    np.testing.assert_allclose(ours, theirs, rtol=1e-4, atol=1e-9)


@pytest.mark.parametrize(
    ("method", "module", "name"),
    [
        ("grad_cam", "gradcam", "Gradcam"),
        ("grad_cam_plus_plus", "gradcam_plus_plus", "GradcamPlusPlus"),
        ("layer_cam", "layercam", "Layercam"),
    ],
)
def test_class_activation_maps_against_tf_keras_vis(model, picture, score, method, module, name):
    """On the layer's own grid: they enlarge with corners aligned, ours with pixels' centres."""
    theirs_of = getattr(pytest.importorskip(f"tf_keras_vis.{module}"), name)(model)
    options = {"expand_cam": False, "normalize_cam": False, "penultimate_layer": "features"}
    theirs = theirs_of(score, picture[None], **options)[0]
    _, found = attribute(model, picture, CLASS, method, details=True, layer="features")
    ours = found["coarse_map"][..., 0]
    if method == "grad_cam_plus_plus":  # theirs has the factor exp(score)
        ours = ours * np.exp(found["score"])
    assert ours.any()
    np.testing.assert_allclose(ours, theirs, rtol=1e-3, atol=1e-6 * ours.max())


# PAIR saliency


@pytest.fixture(scope="module")
def pair():
    saliency = pytest.importorskip("saliency.core", reason=WHY)
    assert metadata.version("saliency") == "0.2.1"
    return saliency


@pytest.fixture(scope="module")
def call(model, pair):
    def run(pictures, call_model_args=None, expected_keys=None):
        pictures = tf.constant(pictures, tf.float32)
        with tf.GradientTape() as tape:
            tape.watch(pictures)
            scores = model(pictures)[:, CLASS]
        return {pair.INPUT_OUTPUT_GRADIENTS: tape.gradient(scores, pictures).numpy()}

    return run


def test_gradient_against_pair(model, picture, pair, call):
    theirs = pair.GradientSaliency().GetMask(picture, call, None)
    np.testing.assert_allclose(attribute(model, picture, CLASS), theirs, rtol=1e-4, atol=1e-9)


def test_integrated_gradients_against_pair(model, picture, pair, call):
    """Theirs counts both ends in full, which is off by about 1 / steps."""
    theirs = pair.IntegratedGradients().GetMask(
        picture, call, None, x_baseline=np.zeros_like(picture), x_steps=400, batch_size=100
    )
    ours, found = attribute(
        model, picture, CLASS, "integrated_gradients", steps=100, details=True, batch_size=101
    )
    np.testing.assert_allclose(ours, theirs, atol=0.01 * np.abs(ours).max())
    difference = found["score"] - found["baseline_score"]
    assert abs(found["completeness_gap"]) <= abs(theirs.sum() - difference)


def test_xrai_against_pair(model, picture, pair, call):
    baselines = [np.zeros_like(picture), np.full_like(picture, 255)]
    theirs = pair.XRAI().GetMask(picture, call, None, baselines=baselines, batch_size=100)
    ours = attribute(model, picture, CLASS, "xrai", steps=100, batch_size=101)[..., 0]
    assert stats.spearmanr(ours.ravel(), theirs.ravel()).statistic > 0.95


# Xplique


@pytest.fixture(scope="module")
def xplique():
    attributions = pytest.importorskip("xplique.attributions", reason=WHY)
    # Its metadata refuses this TensorFlow, and resolves silently to a release of long ago.
    versions = metadata.version("xplique"), metadata.version("tensorflow")
    assert versions == ("2.0.2", "2.21.0")
    return attributions


def explained(explainer, picture) -> np.ndarray:
    return np.asarray(explainer.explain(picture[None], tf.one_hot([CLASS], 4)))[0]


def test_input_x_gradient_against_xplique(model, picture, xplique):
    theirs = explained(xplique.GradientInput(model, reducer=None), picture)
    ours = attribute(model, picture, CLASS, "input_x_gradient")
    np.testing.assert_allclose(ours, theirs, rtol=1e-4, atol=1e-5 * np.abs(ours).max())


def test_integrated_gradients_against_xplique(model, picture, xplique):
    """Both by the trapezoid rule; their steps are points, ours are intervals."""
    theirs = explained(xplique.IntegratedGradients(model, steps=21, reducer=None), picture)
    ours = attribute(model, picture, CLASS, "integrated_gradients", steps=20)
    np.testing.assert_allclose(ours, theirs, rtol=1e-3, atol=1e-5 * np.abs(ours).max())


def test_occlusion_against_xplique(model, picture, xplique):
    """They sum over the patches that cover a pixel, we take the mean: here there is one."""
    hide = xplique.Occlusion(model, patch_size=8, patch_stride=8, occlusion_value=0)
    ours = attribute(model, picture, CLASS, "occlusion", patch=8, stride=8, fill=0)
    np.testing.assert_allclose(ours, explained(hide, picture), rtol=1e-3, atol=1e-5)
