"""Ours against LIME, SHAP, tf-keras-vis, PAIR saliency and Xplique: `make peers` installs them."""

from importlib import metadata

import numpy as np
import pytest
from scipy import stats
from scipy.spatial.distance import pdist

from helpers.attribution.methods.surrogate import cell_labels
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


# The methods over regions, on the same cells, hidden in black


CELLS = 3
LABELS = cell_labels((SIDE, SIDE), CELLS)


@pytest.fixture
def score_of(model, picture):
    """From which cells are shown, bool (n, 9), to the scores."""

    def scores(shown):
        visible = np.asarray(shown, bool)[:, LABELS, None]
        return model.predict(np.where(visible, picture, 0), verbose=0)[:, CLASS]

    return scores


def values_of(model, picture, method, **options) -> np.ndarray:
    options = {"cells": CELLS, "fill": 0, **options}
    return attribute(model, picture, CLASS, method, details=True, **options)[1]["region_values"]


class SameDraws:
    """What LIME asks for random numbers, with the draws of ours."""

    def __init__(self, seed: int) -> None:
        self._rng = np.random.default_rng(seed)

    def randint(self, low, high, size=None):
        if size is None:
            return 0
        return (self._rng.random((size // CELLS**2, CELLS**2)) < 0.5).astype(int).ravel()


def test_lime_against_lime(model, picture):
    lime_image = pytest.importorskip("lime.lime_image", reason=WHY)
    assert metadata.version("lime") == "0.2.0.1"
    explainer = lime_image.LimeImageExplainer(kernel_width=0.25)
    explainer.random_state = SameDraws(4)
    explanation = explainer.explain_instance(
        picture, lambda x: model.predict(x, verbose=0), (CLASS,), hide_color=0, top_labels=None,
        num_samples=200, segmentation_fn=lambda _: LABELS,
    )  # fmt: skip
    theirs = [value for _, value in sorted(explanation.local_exp[CLASS])]
    ours = values_of(model, picture, "lime", samples=200, seed=4)
    np.testing.assert_allclose(ours, theirs, rtol=1e-3, atol=1e-4 * np.abs(ours).max())


def test_exact_shapley_values_against_shap(model, picture, score_of):
    """Theirs asks about all 510 subsets but for the two ends, and weighs them by the kernel."""
    shap = pytest.importorskip("shap", reason=WHY)
    assert metadata.version("shap") == "0.51.0"
    explainer = shap.KernelExplainer(score_of, np.zeros((1, CELLS**2)))
    everything = np.ones((1, CELLS**2))
    theirs = explainer.shap_values(everything, nsamples=2**9 - 2, l1_reg=0, silent=True)[0]
    ours = values_of(model, picture, "kernel_shap", samples=2**9)
    np.testing.assert_allclose(ours, theirs, rtol=1e-3, atol=1e-4 * np.abs(ours).max())
    drawn = values_of(model, picture, "kernel_shap", samples=400)
    assert 0 < np.abs(drawn - theirs).max() < 0.1 * np.abs(theirs).max()


def test_expected_gradients_against_shap(model, picture):
    """Both draw, so both are off by what draws are off by."""
    shap = pytest.importorskip("shap", reason=WHY)
    others = np.random.default_rng(5).uniform(0, 255, (6, SIDE, SIDE, 3)).astype(np.float32)
    explainer = shap.GradientExplainer(model, others)
    theirs = explainer.shap_values(picture[None], nsamples=2000, rseed=1)[0, ..., CLASS]
    ours = attribute(model, picture, CLASS, "expected_gradients", samples=1200, baselines=others)
    assert np.corrcoef(ours.ravel(), theirs.ravel())[0, 1] > 0.99
    np.testing.assert_allclose(ours, theirs, atol=0.1 * np.abs(theirs).max())


def test_blur_ig_against_pair(model, picture, pair, call):
    """Theirs is a sum over left ends, which is off by about 1 / steps."""
    options = {"max_sigma": 10, "batch_size": 50}
    theirs = pair.BlurIG().GetMask(picture, call, None, steps=1000, **options)
    ours, found = attribute(model, picture, CLASS, "blur_ig", steps=100, details=True, **options)
    np.testing.assert_allclose(ours, theirs, atol=0.01 * np.abs(ours).max())
    difference = found["score"] - found["baseline_score"]
    assert abs(found["completeness_gap"]) <= abs(theirs.sum() - difference)


def test_kernel_shap_against_xplique(model, picture, xplique):
    """Theirs draws as well, and does not hold the sum."""
    tf.random.set_seed(3)
    mapping = lambda _: tf.constant(LABELS, tf.int32)  # noqa: E731
    explainer = xplique.KernelShap(
        model, nb_samples=4000, map_to_interpret_space=mapping, ref_value=np.zeros(3)
    )
    theirs = explained(explainer, picture)[..., 0]
    exact = values_of(model, picture, "kernel_shap", samples=2**9)[LABELS]
    assert np.corrcoef(exact.ravel(), theirs.ravel())[0, 1] > 0.99


def test_hsic_against_xplique(model, picture, score_of, xplique):
    """The same design and the same width; they divide by n, which scales the whole map."""
    from xplique.attributions.global_sensitivity_analysis import hsic_estimators

    shown = np.random.default_rng(6).random((300, CELLS**2)) < 0.5
    scores = score_of(shown)
    width = np.float32(np.median(pdist(scores[:, None])))
    estimator = hsic_estimators.BinaryEstimator()
    kernel = hsic_estimators.Kernel.from_string("rbf")
    estimator.output_kernel_func = lambda x, y: kernel(x, y, width=width)
    masks = tf.constant(shown.reshape(-1, CELLS, CELLS, 1), tf.float32)
    theirs = np.ravel(estimator(masks, scores, 300))
    own = {"cells": CELLS, "samples": 300, "fill": 0, "seed": 6}
    found = attribute(model, picture, CLASS, "hsic", **own)[..., 0]
    ours = np.array([found[number == LABELS][0] for number in range(CELLS**2)])
    np.testing.assert_allclose(ours / ours.sum(), theirs / theirs.sum(), rtol=1e-3, atol=1e-4)
    whole = xplique.HsicAttributionMethod(model, grid_size=CELLS, nb_design=512)
    found = attribute(model, picture, CLASS, "hsic", cells=CELLS, samples=512, fill=0)
    theirs = explained(whole, picture)
    ranks = stats.spearmanr(found[5::10, 5::10].ravel(), np.ravel(theirs[5::10, 5::10])).statistic
    assert ranks > 0.8
