"""The tasks of tools/bench.py with other libraries, for those that are installed.

Each gets the network without our wrapper and the picture preprocessed for it, and is called
as its documentation says. PAIR saliency asks for a function that calls the model; it gets a
compiled one, which is faster than the one in its documentation. Tasks that a library cannot
do are left out: tf-keras-vis has no Integrated Gradients and no occlusion, PAIR's occlusion
moves by single pixels (37,249 calls). Xplique runs on our TensorFlow, which its metadata refuses
(see pyproject.toml).
"""

import sys
from collections.abc import Callable

import numpy as np

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
    for tasks in (_tf_keras_vis, _pair, _xplique):
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
    }
