"""Helpers for *Where the Machines Are Looking*: saliency maps, taken with care.

Names are imported on first use, so that `python -m helpers.check` can report a missing
package instead of failing on it, and so that class names need no TensorFlow.
"""

import importlib

_EXPORTS = {
    "errors": ("HelpersError",),
    "classes": ("class_index", "class_names"),
    "pictures.images": ("load_image", "to_array"),
    "models.loading": ("load_model", "wrap_classifier"),
    "models.prediction": ("class_probabilities", "make_prediction"),
    "attribution.saliency": ("compute_saliency_map", "reduce_channels", "smooth"),
    "attribution.registry": ("METHODS", "METHOD_FACTS", "attribute"),
    "attribution.class_visualisation": ("locate_object", "visualize_class"),
    "display.figures": (
        "overlay_image",
        "render_img_on_grid",
        "show",
        "show_bars",
        "show_curves",
        "show_heatmap",
        "show_images",
        "show_maps",
        "show_masks",
        "show_report_card",
        "show_saliency",
        "show_side_by_side",
    ),
    "evaluation": (
        "CONTROLS",
        "Case",
        "ObjectEffect",
        "Ranking",
        "ReportCard",
        "best_iou",
        "clone_classifier",
        "cluster_bootstrap",
        "colour_counter",
        "completeness",
        "counterfactual_faithfulness",
        "deletion_curve",
        "grid_mosaic",
        "grid_pointing_game",
        "infidelity",
        "insertion_curve",
        "load_results",
        "map_similarity",
        "max_sensitivity",
        "misplaced_map",
        "object_effects",
        "object_masses",
        "object_shares",
        "pointing_game",
        "randomisation_stages",
        "randomisation_test",
        "randomise_weights",
        "read_map",
        "reading_of",
        "relevance_mass_accuracy",
        "relevance_rank_accuracy",
        "report_card",
        "results_record",
        "scene_case",
        "sensitivity_n",
        "stale_results",
        "stored_faithfulness",
        "stored_spread",
        "synthetic_scenes",
    ),
    "pictures.masking": ("fit_mask", "keep_only", "mask_region"),
    "pictures.scenes": ("load_scene", "scene_names"),
    "widgets.explore": (
        "explore_classes",
        "explore_masking",
        "explore_methods",
        "explore_photo",
        "explore_scenes",
        "explore_smoothing",
    ),
}
_HOME = {name: module for module, names in _EXPORTS.items() for name in names}
__all__ = sorted(_HOME)


def __getattr__(name: str):
    if name not in _HOME:
        raise AttributeError(f"module 'helpers' has no attribute {name!r}")
    return getattr(importlib.import_module(f"helpers.{_HOME[name]}"), name)


def __dir__() -> list[str]:
    return [*globals(), *__all__]
