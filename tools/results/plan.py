"""What `data/results/plan.md` decided before the run, as code."""

from helpers import METHODS
from helpers.evaluation.league import method_of

__all__ = [
    "BASELINES", "CHECK_VIEWS", "CONTROL_METHODS", "CURVES", "CURVE_STEPS",
    "GRID_SCENES", "NETWORKS", "QUICK", "SLOW", "TARGETS", "VIEWS", "known_methods",
    "later_methods",
]  # fmt: skip

NETWORKS = ("efficientnet-lite0", "squeezenet")
# The first target of a scene is the one of parts that look at one class only.
TARGETS = {
    "can_opener": ("can_opener",),
    "basketball": ("basketball",),
    "farmyard": ("hen", "wood_rabbit"),
    "fruit": ("banana", "Granny_Smith"),
    "desk": ("computer_keyboard", "mouse"),
    "kitchen": ("frying_pan", "teapot"),
}
VIEWS = tuple(f"view_{number:02d}" for number in range(12))
CHECK_VIEWS = VIEWS[:3]
GRID_SCENES = ("can_opener", "basketball", "farmyard", "fruit")

CONTROL_METHODS = ("random_map", "edge_map", "uniform_map", "center_map")
QUICK = (
    "gradient", "input_x_gradient", "deconvnet", "guided_backprop", "grad_cam",
    "grad_cam_plus_plus", "layer_cam", "guided_grad_cam", "lrp",
)  # fmt: skip
BASELINES = {"integrated_gradients_mean": "mean", "integrated_gradients_blur": "blur"}
SLOW = (
    ("integrated_gradients", "occlusion"),
    ("integrated_gradients_blur", "integrated_gradients_mean", "smoothgrad", "vargrad"),
    ("expected_gradients", "blur_ig", "ablation_cam"),
    ("xrai", "lime", "kernel_shap"),
    ("hsic", "rise"),
)
FIRST_STEPS, MOST_STEPS, GAP = 50, 800, 0.05

CURVES = (
    ("deletion", "black"), ("deletion", "mean"), ("deletion", "blur"), ("insertion", "blur"),
)  # fmt: skip
CURVE_STEPS, CURVE_OTHERS = 7, 3
UNRELATED, OTHERS = 10, 10


def known_methods(names) -> list[str]:
    """List those of the planned methods that this version of helpers has."""
    return [name for name in names if method_of(name) in METHODS]


def later_methods() -> list[str]:
    """List the methods that came after the plan; they are computed last."""
    planned = {*CONTROL_METHODS, *QUICK, *(name for group in SLOW for name in group)}
    return [name for name in METHODS if name not in planned]
