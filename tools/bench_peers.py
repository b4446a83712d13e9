"""The tasks of tools/bench.py with other libraries, for those that are installed.

Each gets the network without our wrapper and the picture preprocessed for it, and is called
as its documentation says. PAIR saliency asks for a function that calls the model; it gets a
compiled one, which is faster than the one in its documentation. Tasks that a library cannot
do are left out: tf-keras-vis has no Integrated Gradients and no occlusion, PAIR's occlusion
moves by single pixels (37,249 calls), and none that runs here has Ablation-CAM or LRP. Xplique
runs on our TensorFlow, which its metadata refuses (see pyproject.toml).
"""

import sys
from collections.abc import Callable

import numpy as np

from helpers.attribution.methods.surrogate import cell_labels
from helpers.backend import keras, tf
from helpers.models.wrapping import original_of, preprocess_of

__all__ = ["candidates"]

Tasks = dict[str, Callable[[], object]]


def candidates(
    model: keras.Model, picture: np.ndarray, target: int, features: str
) -> dict[str, Tasks]:
    """Give library -> task -> call, for the libraries that are installed."""
    network = original_of(model)
    x = np.array(preprocess_of(model)(tf.constant(picture[None])))
    found = {}
    for tasks in (_tf_keras_vis, _pair, _xplique, _lime, _shap):
        try:
            found[tasks.__name__.lstrip("_")] = tasks(network, x, target, features)
        except ImportError as error:
            print(f"  left out: {error}", file=sys.stderr)
    return found


def _tf_keras_vis(network: keras.Model, x: np.ndarray, target: int, features: str) -> Tasks:
    from tf_keras_vis.gradcam import Gradcam
    from tf_keras_vis.saliency import Saliency
    from tf_keras_vis.utils.scores import CategoricalScore

    saliency, cam, score = Saliency(network), Gradcam(network), CategoricalScore(target)
    sixteen, scores = np.repeat(x, 16, 0), CategoricalScore([target] * 16)
    layer = {"penultimate_layer": features, "seek_penultimate_conv_layer": False}
    return {
        "one_map": lambda: saliency(score, x),
        "batch_of_16": lambda: saliency(scores, sixteen),
        "smoothgrad_50": lambda: saliency(score, x, smooth_samples=50, smooth_noise=0.15),
        "grad_cam": lambda: cam(score, x, **layer),
    }


def _pair(network: keras.Model, x: np.ndarray, target: int, features: str) -> Tasks:
    import saliency.core as pair

    call, picture = _pair_call(network, target, features), x[0]
    gradient, path = pair.GradientSaliency(), pair.IntegratedGradients()
    options = {"x_baseline": np.zeros_like(picture), "x_steps": 51, "batch_size": 10}
    return {
        "one_map": lambda: gradient.GetMask(picture, call, None),
        "batch_of_16": lambda: [gradient.GetMask(picture, call, None) for _ in range(16)],
        "smoothgrad_50": lambda: gradient.GetSmoothedMask(picture, call, None, nsamples=50),
        "integrated_gradients_50": lambda: path.GetMask(picture, call, None, **options),
        "grad_cam": lambda: pair.GradCam().GetMask(picture, call, None),
        "blur_ig_50": lambda: pair.BlurIG().GetMask(picture, call, None, steps=51, batch_size=10),
    }


def _pair_call(network: keras.Model, target: int, features: str) -> Callable:
    from saliency.core import base

    both = keras.Model(network.inputs, [network.get_layer(features).output, network.output])

    @tf.function(reduce_retracing=True)
    def gradients(pixels, of_features):
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(pixels)
            maps, logits = both(pixels, training=False)
            score = logits[:, target]
        return maps, tape.gradient(score, maps if of_features else pixels)

    def call(pictures, call_model_args=None, expected_keys=None):
        pixels = tf.constant(pictures, tf.float32)
        if base.INPUT_OUTPUT_GRADIENTS in expected_keys:
            return {base.INPUT_OUTPUT_GRADIENTS: gradients(pixels, False)[1].numpy()}
        maps, slopes = gradients(pixels, True)
        return {
            base.CONVOLUTION_LAYER_VALUES: maps.numpy(),
            base.CONVOLUTION_OUTPUT_GRADIENTS: slopes.numpy(),
        }

    return call


def _xplique(network: keras.Model, x: np.ndarray, target: int, features: str) -> Tasks:
    from xplique import attributions

    one_hot = tf.one_hot([target], network.output_shape[-1])
    sixteen, hot = np.repeat(x, 16, 0), tf.repeat(one_hot, 16, 0)
    saliency = attributions.Saliency(network, batch_size=16)
    smooth = attributions.SmoothGrad(network, batch_size=10, nb_samples=50)
    path = attributions.IntegratedGradients(network, batch_size=10, steps=51)
    cam = attributions.GradCAM(network, conv_layer=features)
    hide = attributions.Occlusion(network, batch_size=16, patch_size=32, patch_stride=16)
    return {
        "one_map": lambda: saliency.explain(x, one_hot),
        "batch_of_16": lambda: saliency.explain(sixteen, hot),
        "smoothgrad_50": lambda: smooth.explain(x, one_hot),
        "integrated_gradients_50": lambda: path.explain(x, one_hot),
        "grad_cam": lambda: cam.explain(x, one_hot),
        "occlusion_32_16": lambda: hide.explain(x, one_hot),
        **_xplique_regions(attributions, network, x, one_hot),
    }


def _xplique_regions(attributions, network: keras.Model, x: np.ndarray, one_hot) -> Tasks:
    labels = tf.constant(cell_labels(x.shape[1:3], 7), tf.int32)
    options = {"nb_samples": 200, "map_to_interpret_space": lambda _: labels, "batch_size": 16}
    lime, shap = (
        kind(network, ref_value=np.zeros(3), **options)
        for kind in (attributions.Lime, attributions.KernelShap)
    )
    hsic = attributions.HsicAttributionMethod(network, grid_size=7, nb_design=200, batch_size=16)
    return {
        "lime_200": lambda: lime.explain(x, one_hot),
        "kernel_shap_200": lambda: shap.explain(x, one_hot),
        "hsic_200": lambda: hsic.explain(x, one_hot),
    }


def _logits_of(network: keras.Model) -> Callable:
    run = tf.function(lambda pixels: network(pixels, training=False), reduce_retracing=True)
    return lambda pictures: run(tf.constant(pictures, tf.float32)).numpy()


def _lime(network: keras.Model, x: np.ndarray, target: int, features: str) -> Tasks:
    from lime import lime_image

    logits, explainer = _logits_of(network), lime_image.LimeImageExplainer()
    options = {"hide_color": 0, "top_labels": None, "num_samples": 200, "batch_size": 16}
    labels = cell_labels(x.shape[1:3], 7)
    return {
        "lime_200": lambda: explainer.explain_instance(
            x[0], logits, (target,), segmentation_fn=lambda _: labels, **options
        )
    }


def _shap(network: keras.Model, x: np.ndarray, target: int, features: str) -> Tasks:
    import shap

    logits, labels = _logits_of(network), cell_labels(x.shape[1:3], 7)

    def scores(shown):
        parts = [shown[i : i + 16].astype(bool) for i in range(0, len(shown), 16)]
        batches = (np.where(part[:, labels, None], x[0], 0) for part in parts)
        return np.concatenate([logits(batch)[:, target] for batch in batches])

    regions = shap.KernelExplainer(scores, np.zeros((1, 49)))
    gradients = shap.GradientExplainer(network, np.repeat(x, 16, 0), batch_size=10)
    return {
        "kernel_shap_200": lambda: regions.shap_values(
            np.ones((1, 49)), nsamples=200, l1_reg=0, silent=True
        ),
        # Of one class, as ours: of all it would take a thousand times as long.
        "expected_gradients_50": lambda: gradients.shap_values(x, nsamples=50, ranked_outputs=1),
    }
