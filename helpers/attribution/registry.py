"""One entry to every attribution method, and a table of what each of them is."""

import inspect
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from helpers.attribution.methods import cam, control_maps, path, perturbation, rectified, xrai
from helpers.attribution.options import check_values
from helpers.attribution.question import ask
from helpers.backend import keras
from helpers.errors import HelpersError

__all__ = ["METHODS", "METHOD_FACTS", "MethodFacts", "attribute", "method_options"]

METHODS: dict[str, Callable] = {
    function.__name__: function
    for function in (
        path.gradient,
        path.input_x_gradient,
        rectified.deconvnet,
        rectified.guided_backprop,
        path.smoothgrad,
        path.vargrad,
        path.integrated_gradients,
        cam.grad_cam,
        cam.grad_cam_plus_plus,
        cam.layer_cam,
        cam.guided_grad_cam,
        perturbation.occlusion,
        perturbation.rise,
        xrai.xrai,
        control_maps.edge_map,
        control_maps.random_map,
    )
}


class MethodFacts(NamedTuple):
    """What a map of a method is, before anyone looks at it."""

    signed: bool
    """Whether values below 0 occur, and mean evidence against the class."""
    channels: bool
    """Whether there is one value per colour channel (h, w, 3), or one per pixel (h, w, 1)."""
    gradients: bool
    """Whether it needs the inside of the network, or only its scores."""
    cost: str
    """Passes through the network for one map, with the defaults and 224 x 224 pixels."""
    source: str
    """Who described it."""


METHOD_FACTS = {
    "gradient": MethodFacts(True, True, True, "1 gradient", "Simonyan et al. 2013"),
    "input_x_gradient": MethodFacts(True, True, True, "1 gradient", "Shrikumar et al. 2016"),
    "deconvnet": MethodFacts(True, True, True, "1 gradient", "Zeiler and Fergus 2014"),
    "guided_backprop": MethodFacts(True, True, True, "1 gradient", "Springenberg et al. 2015"),
    "smoothgrad": MethodFacts(True, True, True, "50 gradients", "Smilkov et al. 2017"),
    "vargrad": MethodFacts(False, True, True, "51 gradients", "Adebayo et al. 2018"),
    "integrated_gradients": MethodFacts(
        True, True, True, "51 gradients", "Sundararajan et al. 2017"
    ),
    "grad_cam": MethodFacts(False, False, True, "1 score", "Selvaraju et al. 2017"),
    "grad_cam_plus_plus": MethodFacts(False, False, True, "1 score", "Chattopadhyay et al. 2018"),
    "layer_cam": MethodFacts(False, False, True, "1 score", "Jiang et al. 2021"),
    "guided_grad_cam": MethodFacts(
        True, True, True, "1 gradient, 1 score", "Selvaraju et al. 2017"
    ),
    "occlusion": MethodFacts(True, False, False, "170 scores", "Zeiler and Fergus 2014"),
    "rise": MethodFacts(True, False, False, "1000 scores", "Petsiuk et al. 2018"),
    "xrai": MethodFacts(True, False, True, "102 gradients", "Kapishnikov et al. 2019"),
    "edge_map": MethodFacts(False, False, False, "none", "control: knows no network"),
    "random_map": MethodFacts(True, False, False, "none", "control: knows nothing"),
}
_COMMON = {"batch_size", "seed", "progress"}


def attribute(
    model: keras.Model,
    array,
    target_class,
    method: str = "gradient",
    layer_idx: int | str = -1,
    *,
    details: bool = False,
    **options,
) -> np.ndarray | tuple[np.ndarray, dict]:
    """Compute the attributions of a class score to the pixels, by any of the methods.

    Parameters
    ----------
    model : keras.Model
        From `load_model` or `wrap_classifier`. It is never changed.
    array : array-like
        Picture (h, w, 3) or batch (n, h, w, 3), RGB, 0..255, of the model's input size.
    target_class : int, str or list
        A class by index, name or WordNet id. A list of k classes for one picture gives k
        maps, a list of n classes for n pictures one each; `[[a, b]]` is the sum of scores.
        For a convolutional layer the number of a filter.
    method : str
        One of `helpers.attribution.registry.METHODS`; what each is, and its options, stands in the
        docstring of its function: `help(METHODS["smoothgrad"])`.
    layer_idx : int or str
        Index or name of the layer that is explained, among those of the (original) model;
        -1 means the logits. The score of a filter is its mean activation.
    details : bool
        Whether to return a dict as well.
    **options
        Those of the method, and for all methods, which ignore what they have no use for:
        `batch_size` (pictures in one pass, which bounds the memory), `seed` (0; the same seed
        repeats a result exactly) and `progress` (True; a bar for work of over two seconds).

    Returns
    -------
    attributions : numpy.ndarray
        float32 (h, w, 3), or (h, w, 1) for methods without channels; with a leading axis for
        a batch or several classes. Signed, in raw units: nothing is normalised.
    found : dict
        With `details` only: `score` (logit), and what the method found besides, such as
        `baseline_score` and `completeness_gap`. Arrays, with the leading axis if there is one.

    Raises
    ------
    HelpersError
        For an unknown method or option, an option's value out of range, and anything wrong
        with the model, the pictures, the targets or the layer.
    """
    if not isinstance(method, str) or method not in METHODS:
        raise HelpersError(f"There is no method {method!r}; there are {', '.join(METHODS)}.")
    used = _check_options(method, options)
    question = ask(model, array, target_class, layer_idx)
    attributions, found = METHODS[method](question, **used)
    if details and "score" not in found:
        pictures, weights, _ = question.pairs
        found = {"score": question.scores(pictures, weights), **found}
    if question.pairs.single:
        attributions, found = attributions[0], {key: value[0] for key, value in found.items()}
    return (attributions, found) if details else attributions


def method_options(method: str) -> dict[str, object]:
    """Give the options of a method with their defaults.

    Parameters
    ----------
    method : str
        One of `METHODS`.

    Returns
    -------
    dict
        From name to default value.
    """
    parameters = list(inspect.signature(METHODS[method]).parameters.values())[1:]
    return {parameter.name: parameter.default for parameter in parameters}


def _check_options(method: str, options: dict) -> dict:
    """Check options, and give those that the method makes use of."""
    known = method_options(method)
    for name in options:
        if name not in known and name not in _COMMON:
            names = ", ".join(dict.fromkeys([*known, *sorted(_COMMON)]))
            raise HelpersError(f"The method {method!r} has no option {name!r}; it has {names}.")
    check_values(options)
    return {name: value for name, value in options.items() if name in known}
