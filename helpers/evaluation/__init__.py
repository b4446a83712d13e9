"""Can a map be trusted? Metrics, each with its paper, formula, direction and controls.

Localisation asks where a map lies, perturbation what happens when its strongest pixels go,
the sanity checks whether it changes when the network forgets, and counterfactual
faithfulness whether it ranks objects as their true removal does. No metric here is a verdict
by itself: each module says what it cannot show.
"""

from helpers.evaluation.additivity import (
    Completeness,
    Infidelity,
    infidelity,
    sensitivity_n,
)
from helpers.evaluation.counterfactual import (
    Case,
    Faithfulness,
    ObjectEffect,
    Ranking,
    counterfactual_faithfulness,
    object_effects,
    object_masses,
    scene_case,
)
from helpers.evaluation.deletion import (
    Curve,
    deletion_curve,
    insertion_curve,
    misplaced_map,
    rank_pixels,
)
from helpers.evaluation.fair_controls import (
    CONTROLS,
    control_maps,
    other_pictures,
)
from helpers.evaluation.intervals import (
    Estimate,
    cluster_bootstrap,
    holm,
    macro_mean,
    paired_difference,
    view_values,
)
from helpers.evaluation.leads import Lead, fill_preferences, stored_leads
from helpers.evaluation.league import (
    Place,
    average_views,
    compare_views,
    league_places,
    league_verdicts,
    stored_agreements,
    stored_calibration,
    stored_correlation,
    stored_gains,
    stored_numbers,
)
from helpers.evaluation.localisation import (
    ObjectShare,
    best_iou,
    grid_cell,
    grid_mosaic,
    grid_pointing_game,
    object_shares,
    pointing_game,
    relevance_mass_accuracy,
    relevance_rank_accuracy,
)
from helpers.evaluation.manipulation import (
    Manipulation,
    MapMove,
    judge_move,
    manipulate_map,
    shake_picture,
    soften_relus,
)
from helpers.evaluation.map_clusters import brightest_window, cluster_maps
from helpers.evaluation.randomisation import (
    RandomisationTest,
    Stage,
    clone_classifier,
    randomisation_stages,
    randomisation_test,
    randomise_weights,
)
from helpers.evaluation.report import ReportCard, report_card
from helpers.evaluation.rulers import (
    RULERS,
    Agreement,
    Calibration,
    calibration,
    order_agreement,
    verdict,
)
from helpers.evaluation.similarity import Similarity, map_similarity
from helpers.evaluation.stability import max_sensitivity
from helpers.evaluation.stored_results import (
    load_results,
    results_record,
    stale_results,
    stored_faithfulness,
)
from helpers.evaluation.view_effects import (
    ViewEffects,
    both_rulers,
    effects_over_views,
    headline,
    object_areas,
    object_ratios,
    scene_views,
    variant_scores,
)
from helpers.pictures.masking import fit_mask

__all__ = [
    "CONTROLS",
    "RULERS",
    "Agreement",
    "Calibration",
    "Case",
    "Completeness",
    "Curve",
    "Estimate",
    "Faithfulness",
    "Infidelity",
    "Lead",
    "Manipulation",
    "MapMove",
    "ObjectEffect",
    "ObjectShare",
    "Place",
    "RandomisationTest",
    "Ranking",
    "ReportCard",
    "Similarity",
    "Stage",
    "ViewEffects",
    "average_views",
    "best_iou",
    "both_rulers",
    "brightest_window",
    "calibration",
    "clone_classifier",
    "cluster_bootstrap",
    "cluster_maps",
    "compare_views",
    "control_maps",
    "counterfactual_faithfulness",
    "deletion_curve",
    "effects_over_views",
    "fill_preferences",
    "fit_mask",
    "grid_cell",
    "grid_mosaic",
    "grid_pointing_game",
    "headline",
    "holm",
    "infidelity",
    "insertion_curve",
    "judge_move",
    "league_places",
    "league_verdicts",
    "load_results",
    "macro_mean",
    "manipulate_map",
    "map_similarity",
    "max_sensitivity",
    "misplaced_map",
    "object_areas",
    "object_effects",
    "object_masses",
    "object_ratios",
    "object_shares",
    "order_agreement",
    "other_pictures",
    "paired_difference",
    "pointing_game",
    "randomisation_stages",
    "randomisation_test",
    "randomise_weights",
    "rank_pixels",
    "relevance_mass_accuracy",
    "relevance_rank_accuracy",
    "report_card",
    "results_record",
    "scene_case",
    "scene_views",
    "sensitivity_n",
    "shake_picture",
    "soften_relus",
    "stale_results",
    "stored_agreements",
    "stored_calibration",
    "stored_correlation",
    "stored_faithfulness",
    "stored_gains",
    "stored_leads",
    "stored_numbers",
    "variant_scores",
    "verdict",
    "view_values",
]
