"""How numbers and names are written where a person reads them."""

from helpers.attribution.records import NO_UNIT
from helpers.attribution.registry import find_method

__all__ = [
    "change",
    "first_sentence",
    "level",
    "method_words",
    "plain",
    "time_words",
    "unit_words",
    "view_words",
]

# Names that are more than their words; every other method is written as its name says.
_TITLES = {
    "ablation_cam": "Ablation-CAM",
    "blur_ig": "Blur Integrated Gradients",
    "center_map": "Centre map",
    "expected_gradients": "Expected Gradients",
    "grad_cam": "Grad-CAM",
    "grad_cam_plus_plus": "Grad-CAM++",
    "guided_grad_cam": "Guided Grad-CAM",
    "hsic": "HSIC",
    "input_x_gradient": "Input × gradient",
    "integrated_gradients": "Integrated Gradients",
    "kernel_shap": "KernelSHAP",
    "layer_cam": "LayerCAM",
    "lime": "LIME",
    "lrp": "LRP",
    "rise": "RISE",
    "smoothgrad": "SmoothGrad",
    "vargrad": "VarGrad",
    "xrai": "XRAI",
}


def plain(name: str) -> str:
    """A name without underscores."""
    return name.replace("_", " ")


def method_words(method: str) -> str:
    """The name of a method, as its paper writes it."""
    return _TITLES.get(method) or plain(method).capitalize()


def view_words(view: str) -> str:
    """The name of a view of a scene."""
    return "chosen view" if view == "hero" else f"drawn {plain(view)}"


def unit_words(unit: str) -> str:
    """The unit of a map; of a method without one, what its values are."""
    return "relative strength" if unit == NO_UNIT else unit


def first_sentence(method: str) -> str:
    """What a method does, in the first line of its own documentation."""
    return (find_method(method).function.__doc__ or "").strip().splitlines()[0]


def level(value: float, digits: int = 1) -> str:
    """A number that is never minus nothing."""
    return f"{round(float(value), digits) + 0.0:.{digits}f}"


def change(value: float, digits: int = 1) -> str:
    """A number with its sign; nothing has none."""
    rounded = round(float(value), digits) + 0.0
    return f"{rounded:+.{digits}f}" if rounded else level(0, digits)


def time_words(seconds: float) -> str:
    """A time as people say it."""
    if seconds < 0.1:
        return f"{max(1, round(1000 * seconds))} ms"
    return f"{seconds:.1f} s" if seconds < 10 else f"{seconds:.0f} s"
