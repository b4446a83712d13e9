"""The networks of the series. Each takes RGB pixels 0..255 and gives logits.

Preprocessing is inside the graph and there is no softmax, so the two commonest mistakes of
the field cannot be made: a picture preprocessed twice or not at all, and a gradient taken
after the softmax. A black baseline is black, and a gradient has the unit logit per grey level.
"""

import contextlib
import functools
import os
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

import numpy as np
import pooch

from helpers.backend import default_settings, keras
from helpers.errors import HelpersError
from helpers.models import efficientnet_lite, squeezenet
from helpers.models.initialise import randomise
from helpers.models.weight_files import checked_bytes
from helpers.models.wrapping import wrap_classifier

__all__ = ["kept_model", "load_model", "wrap_classifier"]

DEFAULT_NAME = "efficientnet-lite0"
# Address and MD5 as keras.applications pins them; a test compares the two.
RESNET50_ADDRESS = (
    "https://storage.googleapis.com/tensorflow/keras-applications/resnet/"
    "resnet50_weights_tf_dim_ordering_tf_kernels.h5"
)
RESNET50_MD5 = "2cb95161c43110f7111970584f804107"


def load_model(name: str | None = None, *, weights: str | os.PathLike | None = None) -> keras.Model:
    """Load a network that takes pixels 0..255 and gives logits.

    Parameters
    ----------
    name : {"efficientnet-lite0", "squeezenet", "resnet50"}, optional
        None means the name in the environment variable `HELPERS_MODEL`, or else
        "efficientnet-lite0". The ImageNet weights of this one and of "squeezenet" (SqueezeNet
        1.1: smaller, older, without batch normalisation) come with the environment.
        "resnet50" is the post's network; its weights (98 MB) are downloaded on first use and
        then kept.
    weights : str or path, optional
        None: the published ImageNet weights. "random": random ones, always the same (for
        timing and sanity checks). A path: that weights file.

    Returns
    -------
    keras.Model
        Input (n, 224, 224, 3), RGB 0..255; output (n, 1000) logits, no softmax. The same
        object on every call within a process; no helper ever changes it.

    Raises
    ------
    HelpersError
        For an unknown name, and for weights that are missing, damaged or out of reach.

    References
    ----------
    Tan and Le 2019, arXiv:1905.11946 (EfficientNet); Iandola et al. 2016, arXiv:1602.07360
    (SqueezeNet); He et al. 2016, arXiv:1512.03385 (ResNet).
    """
    name = name or os.environ.get("HELPERS_MODEL") or DEFAULT_NAME
    if name not in list(_BUILDERS):
        raise HelpersError(
            f"There is no network {name!r}; the names are {', '.join(map(repr, _BUILDERS))}."
        )
    return kept_model(name, None if weights is None else str(weights))


@functools.cache
def kept_model(name: str, weights: str | None) -> keras.Model:
    """Build a network, as `load_model` says, when it is asked for first; `cache_clear` forgets."""
    with default_settings():
        return _BUILDERS[name](weights)


def _packaged(
    network: ModuleType, build: Callable, read: Callable, weights: str | None
) -> keras.Model:
    """Build a network whose weights come with the environment, where they are checked."""
    model = build()
    if weights is not None:
        return _filled(model, weights)
    network.load_weights(model, read(checked_bytes(network.packaged_weights(), network.SHA256)))
    return model


def _resnet50(weights: str | None) -> keras.Model:
    model = keras.applications.ResNet50(weights=None, classifier_activation=None)
    _filled(model, weights or _resnet50_weights())
    return wrap_classifier(model, preprocess=_caffe)


def _caffe(pixels):
    # The format is said, because it is looked up whenever the step is run.
    return keras.applications.resnet50.preprocess_input(pixels, data_format="channels_last")


_BUILDERS = {
    "efficientnet-lite0": functools.partial(
        _packaged,
        efficientnet_lite,
        efficientnet_lite.build_efficientnet_lite0,
        efficientnet_lite.read_torch_weights,
    ),
    "squeezenet": functools.partial(
        _packaged, squeezenet, squeezenet.build_squeezenet, squeezenet.read_weights
    ),
    "resnet50": _resnet50,
}


def _filled(model: keras.Model, weights: str) -> keras.Model:
    """Give the model random weights, always the same, or those of a file."""
    if weights == "random":
        randomise(model.weights, np.random.default_rng(0))
    else:
        _load_file(model, weights)
    return model


def _load_file(model: keras.Model, path: str) -> None:
    try:
        with warnings.catch_warnings():
            # Keras only warns when it leaves a layer as it was.
            warnings.simplefilter("error", UserWarning)
            model.load_weights(path)
    except (OSError, ValueError, KeyError, UserWarning) as error:
        reason = "there is no such file" if not Path(path).is_file() else _first_line(error)
        raise HelpersError(
            f"The weights file {path} does not fit {model.name} ({reason}); give a Keras weights "
            'file of this network, or weights=None, or "random".'
        ) from None


def _first_line(error: Exception) -> str:
    return str(error).strip().splitlines()[0].rstrip(".") if str(error).strip() else "unreadable"


def _resnet50_weights() -> str:
    """Find ResNet50's weights in Keras' cache, or download them; checked against the MD5."""
    home = os.environ.get("KERAS_HOME") or Path.home() / ".keras"
    path = Path(home) / "models" / RESNET50_ADDRESS.rsplit("/", 1)[-1]
    # Looked up here first, because Keras ignores a cache that it may not write to.
    if path.is_file() and pooch.file_hash(path, "md5") == RESNET50_MD5:
        return str(path)
    try:
        with _progress_bar_shown():
            return keras.utils.get_file(
                path.name,
                RESNET50_ADDRESS,
                cache_dir=home,
                cache_subdir="models",
                file_hash=RESNET50_MD5,
            )
    except Exception as error:  # Keras raises bare Exception when an address does not answer
        raise HelpersError(
            f"ResNet50's weights could not be fetched ({_fetch_failure(error)}): connect to the "
            f"internet and try again, or put {path.name} into {path.parent}, or use the default "
            "network, load_model(), which needs no download."
        ) from None


def _fetch_failure(error: Exception) -> str:
    message = _first_line(error)
    if "corrupted" in message:
        return "what came is not the expected file"
    return message.rsplit(" -- ")[-1].rsplit("] ")[-1]


@contextlib.contextmanager
def _progress_bar_shown() -> Iterator[None]:
    keras.utils.enable_interactive_logging()
    try:
        yield
    finally:
        keras.utils.disable_interactive_logging()
