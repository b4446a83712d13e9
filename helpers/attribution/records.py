"""One record a method: what its maps are, before anyone looks at one of them."""

from collections.abc import Callable
from typing import NamedTuple

__all__ = ["GRADIENT_UNIT", "NO_UNIT", "Method", "Passes", "method_words", "recorded"]

GRADIENT_UNIT = "logit per grey level"
NO_UNIT = "relative strength"
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


class Passes(NamedTuple):
    """Passes through the network for one map, with the defaults and 224 x 224 pixels."""

    gradients: int = 0
    """Forward and back to the pixels."""
    scores: int = 0
    """Forward, and back at most a few layers."""

    def __str__(self) -> str:
        words = [
            f"{count} {word}" + "s" * (count > 1)
            for count, word in zip(self, ("gradient", "score"))
            if count
        ]
        return ", ".join(words) or "none"


class Method(NamedTuple):
    """A method and what every other part of the package has to know of it."""

    name: str
    function: Callable
    """From a `Question` and options to attributions (m, h, w, c) and a dict of details."""
    signed: bool
    """Whether values below 0 occur, and mean evidence against the class."""
    channels: bool
    """Whether there is one value per colour channel (h, w, 3), or one per pixel (h, w, 1)."""
    needs_gradients: bool
    """Whether it needs the inside of the network, or only its scores."""
    passes: Passes
    reading: str
    """How its attributions become one value per pixel: see `helpers.attribution.READINGS`."""
    unit: str
    """Of its attributions; `NO_UNIT` where nothing holds but for their ranks."""
    source: str
    """Who described it."""
    is_control: bool = False
    """Whether it knows nothing of the network, or of the class, and is there to be beaten."""

    @property
    def is_quick(self) -> bool:
        """Whether it takes so little that a control may ask for a map at once."""
        return max(self.passes) <= 1


def method_words(method: str) -> str:
    """The name of a method, as its paper writes it."""
    return _TITLES.get(method) or method.replace("_", " ").capitalize()


def recorded(**facts) -> Callable[[Callable], Callable]:
    """Put the record of a method on its function, which stays what it was otherwise.

    Parameters
    ----------
    **facts
        The fields of `Method`, but for `name` and `function`.

    Returns
    -------
    callable
        Decorator; the record is the function's attribute `record`.
    """

    def record(function: Callable) -> Callable:
        function.record = Method(function.__name__, function, **facts)
        return function

    return record
