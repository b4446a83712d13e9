# What notebooks use, by room. `helpers/__init__.py` imports a name from here on its first use;
# editors read this file to complete names and to show their documentation.

from .attribution import (
    METHODS as METHODS,
    attribute as attribute,
    compute_saliency_map as compute_saliency_map,
    read_map as read_map,
    reading_of as reading_of,
    reduce_channels as reduce_channels,
    smooth as smooth,
)
from .classes import (
    class_index as class_index,
    class_names as class_names,
)
from .display import (
    overlay_image as overlay_image,
    render_img_on_grid as render_img_on_grid,
    show as show,
    show_bars as show_bars,
    show_curves as show_curves,
    show_heatmap as show_heatmap,
    show_images as show_images,
    show_maps as show_maps,
    show_masks as show_masks,
    show_report_card as show_report_card,
    show_saliency as show_saliency,
    show_side_by_side as show_side_by_side,
)
from .errors import (
    HelpersError as HelpersError,
)
from .evaluation import (
    Ranking as Ranking,
    clone_classifier as clone_classifier,
    counterfactual_faithfulness as counterfactual_faithfulness,
    deletion_curve as deletion_curve,
    effects_over_views as effects_over_views,
    headline as headline,
    load_results as load_results,
    map_similarity as map_similarity,
    object_effects as object_effects,
    object_masses as object_masses,
    object_ratios as object_ratios,
    object_shares as object_shares,
    randomisation_stages as randomisation_stages,
    randomisation_test as randomisation_test,
    randomise_weights as randomise_weights,
    report_card as report_card,
    scene_case as scene_case,
    scene_views as scene_views,
    stored_faithfulness as stored_faithfulness,
    stored_spread as stored_spread,
    variant_scores as variant_scores,
)
from .models import (
    class_logits as class_logits,
    class_probabilities as class_probabilities,
    compute_logits as compute_logits,
    load_model as load_model,
    make_prediction as make_prediction,
    wrap_classifier as wrap_classifier,
)
from .pictures import (
    fit_mask as fit_mask,
    keep_only as keep_only,
    load_image as load_image,
    load_scene as load_scene,
    mask_region as mask_region,
    scene_names as scene_names,
    to_array as to_array,
)
from .widgets import (
    explore_classes as explore_classes,
    explore_masking as explore_masking,
    explore_methods as explore_methods,
    explore_photo as explore_photo,
    explore_scenes as explore_scenes,
    explore_smoothing as explore_smoothing,
    guess as guess,
)
