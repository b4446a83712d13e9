"""One entry to every attribution method. A new one is a file in `methods` and a line below."""

import difflib
import inspect

import numpy as np

from helpers.attribution import methods
from helpers.attribution.options import check_values
from helpers.attribution.question import ask
from helpers.attribution.records import Method
from helpers.backend import give_memory_back, keras
from helpers.errors import HelpersError

__all__ = ["METHODS", "attribute", "find_method", "method_options", "reading_of"]


class _Methods(dict[str, Method]):
    """Records by name; one that is not there is the reader's mistake, and told as one."""

    def __missing__(self, name):
        near = difflib.get_close_matches(str(name), self)
        hint = f"did you mean {' or '.join(map(repr, near))}? " if near else ""
        raise HelpersError(
            f"There is no method {name!r}; {hint}list(METHODS) gives all {len(self)} names, "
            f"{', '.join(list(self)[:3])} and so on."
        )


METHODS = _Methods(
    (function.__name__, function.record)
    for function in (
        methods.gradient.gradient,
        methods.gradient.input_x_gradient,
        methods.rectified.deconvnet,
        methods.rectified.guided_backprop,
        methods.gradient.smoothgrad,
        methods.gradient.vargrad,
        methods.integrated_gradients.integrated_gradients,
        methods.expected_gradients.expected_gradients,
        methods.blur_ig.blur_ig,
        methods.lrp.lrp,
        methods.cam.grad_cam,
        methods.cam.grad_cam_plus_plus,
        methods.cam.layer_cam,
        methods.cam.guided_grad_cam,
        methods.cam.ablation_cam,
        methods.perturbation.occlusion,
        methods.perturbation.rise,
        methods.surrogate.lime,
        methods.surrogate.kernel_shap,
        methods.hsic.hsic,
        methods.xrai.xrai,
        methods.control_maps.edge_map,
        methods.control_maps.random_map,
        methods.control_maps.center_map,
        methods.control_maps.uniform_map,
    )
)
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
        One of `helpers.METHODS`; what each is, and its options, stands in the docstring of its
        function: `help(METHODS["smoothgrad"].function)`.
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
        For an unknown method or option, an option's value out of range, anything wrong with
        the model, the pictures, the targets or the layer, and for a map that is not finite.
    """
    record = find_method(method)
    used = _check_options(method, options)
    question = ask(model, array, target_class, layer_idx)
    attributions, found = record.function(question, **used)
    if len(attributions) > 1 or not record.is_quick:
        give_memory_back()
    if not np.isfinite(attributions).all():
        raise HelpersError(
            f"The {method} map holds NaN or infinite values: a step of the model has no finite "
            "derivative there (one that divides by a picture's contrast has none at an even "
            "picture); try another picture, baseline or layer."
        )
    if details and "score" not in found:
        pictures, targets, _ = question.pairs
        found = {"score": question.scores(pictures, targets), **found}
    if question.pairs.single:
        attributions, found = attributions[0], {key: value[0] for key, value in found.items()}
    return (attributions, found) if details else attributions


def find_method(method: str) -> Method:
    """Give the record of a method.

    Parameters
    ----------
    method : str
        One of `METHODS`.

    Returns
    -------
    Method

    Raises
    ------
    HelpersError
        For anything else, with the names that are spelt nearly so.
    """
    return METHODS[method] if isinstance(method, str) else METHODS.__missing__(method)


def reading_of(method: str) -> str:
    """Tell how a method is read unless one says otherwise.

    Parameters
    ----------
    method : str
        One of `METHODS`.

    Returns
    -------
    {"absolute", "signed"}
        "absolute" for sensitivities, whose sign does not mean for or against the class
        (gradient, SmoothGrad, VarGrad, deconvnet, guided backprop, guided Grad-CAM), "signed"
        for methods that hand out contributions, and for the controls.

    Raises
    ------
    HelpersError
        For an unknown method.
    """
    return find_method(method).reading


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
    function = find_method(method).function
    parameters = list(inspect.signature(function).parameters.values())[1:]
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
