"""The explorers that notebooks call: each checks where it starts, and puts one together."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from helpers.attribution.registry import METHODS, find_method
from helpers.classes import class_index, class_words
from helpers.display import GRADIENT_UNIT, Picture
from helpers.errors import HelpersError
from helpers.models.loading import load_model
from helpers.pictures.images import load_image
from helpers.pictures.scenes import load_scene, scene_names
from helpers.widgets.class_explorer import ClassExplorer
from helpers.widgets.controls import SCALES, dropdown, overlay_controls, show_only, slider
from helpers.widgets.explorer import Explorer
from helpers.widgets.mask_explorer import FILLS, MaskExplorer
from helpers.widgets.method_explorer import MethodExplorer
from helpers.widgets.method_view import MethodMaps
from helpers.widgets.networks import Networks
from helpers.widgets.photo_explorer import PhotoExplorer
from helpers.widgets.scene_explorer import SceneExplorer
from helpers.widgets.smoothing_view import SHOWN, Smoothing
from helpers.widgets.steering_explorer import LIMITS, STEPS, SteeringExplorer

REDUCTIONS = {
    "largest, without sign (max_abs)": "max_abs",
    "sum, without sign (sum_abs)": "sum_abs",
    "mean, without sign (mean_abs)": "mean_abs",
    "length as a vector (l2)": "l2",
    "sum, with sign (sum)": "sum",
    "largest, with its sign (max)": "max",
}


def explore_smoothing(
    img: Picture,
    attributions: np.ndarray,
    target: str = "",
    *,
    sigma: float = 5.0,
    reduce: str = "max_abs",
    strength: float = 0.7,
    label: str = GRADIENT_UNIT,
    model=None,
) -> Explorer:
    """Move sigma, the reduction of channels and the overlay of a map that is computed already.

    Nothing is asked of a network: `reduce_channels`, `smooth` and `overlay_image` do it all.

    Parameters
    ----------
    img
        The picture, PIL or array (h, w, 3) with values 0..255.
    attributions
        Signed attributions (a, b, 3), for example from `attribute`.
    target
        Name of the class, for the text.
    sigma, reduce, strength
        Where the controls start: 0..20 pixels of the map; a name from `REDUCTIONS`; 0..1.
    label
        Unit of the attributions.
    model : keras.Model, optional
        A network, whose five best classes for the picture then stand below the controls.

    Returns
    -------
    Explorer
        End a cell with it.

    Raises
    ------
    HelpersError
        If the attributions are no (a, b, 3) array, or a control cannot start there.
    """
    attributions = np.asarray(attributions)
    if attributions.ndim != 3:
        raise HelpersError(
            "explore_smoothing needs the attributions of one picture, shape (h, w, 3), "
            f"not {attributions.shape}: attribute(model, array, target_class) gives them."
        )
    if reduce not in REDUCTIONS.values():
        raise HelpersError(f"reduce={reduce!r} is unknown: use {', '.join(REDUCTIONS.values())}.")
    sigma_and_strength = overlay_controls(sigma, strength)
    controls = {"reduce": dropdown("channels", REDUCTIONS, reduce), **sigma_and_strength}
    controls |= _compared_controls()
    view = Smoothing(img, attributions, target, label, model)
    return Explorer(view.frame, controls, code=view.code)


def _compared_controls() -> dict[str, Any]:
    """Controls of a second map; where there is one map they are not to be seen."""
    made = {
        "shown": dropdown("shown", {words: words for words in SHOWN}, SHOWN[0]),
        "other": slider("2nd sigma", 0, 0, 20, 0.5),
        "scale": dropdown("scale", SCALES, "one"),
    }
    parts = made["other"], made["scale"]
    show_only(False, *parts)
    made["shown"].observe(lambda change: show_only(change["new"] != SHOWN[0], *parts), "value")
    return made


def explore_classes(
    model,
    img: Picture,
    classes: Sequence[int | str] | None = None,
    *,
    method: str = "gradient",
    sigma: float = 5.0,
    strength: float = 0.7,
    networks: Mapping | None = None,
) -> Explorer:
    """Compare the maps of one to four classes for one picture, all on one scale.

    Type a class with completion, or press one of the top five.

    Parameters
    ----------
    model : keras.Model
        From `load_model` or `wrap_classifier`.
    img
        The picture, PIL or array (h, w, 3) with values 0..255, of any size.
    classes
        Where it starts: one to four classes by index, name or WordNet id; None is the network's
        first two choices.
    method
        A method of `attribute`, with its defaults.
    sigma, strength
        Where the controls start: 0..20 pixels of the map; 0..1.
    networks
        What else a list offers: name -> network. None is the other network of the environment,
        when `model` is one of them.

    Returns
    -------
    Explorer
        End a cell with it.

    Raises
    ------
    HelpersError
        For an unknown class or method, or a control that cannot start there.
    """
    find_method(method)
    classes = [classes] if isinstance(classes, (int, str)) else classes
    return ClassExplorer(Networks(model, networks), img, method, classes, sigma, strength)


def explore_masking(
    model,
    img: Picture,
    target_class: int | str | None = None,
    *,
    boxes: Sequence[Sequence[int]] = (),
    fill: str | float = "blur",
    networks: Mapping | None = None,
) -> Explorer:
    """Draw boxes over a picture, and see what hiding them does to the class scores.

    Draw, move and size boxes with mouse, finger or keyboard. The picture is the one that the
    network gets, in its own resolution.

    Parameters
    ----------
    model : keras.Model
        From `load_model` or `wrap_classifier`.
    img
        The picture, PIL or array (h, w, 3) with values 0..255, of any size.
    target_class
        A class to list above the top five of the untouched picture.
    boxes
        Boxes to start with: (top, left, bottom, right) in pixels of the network's picture.
    fill
        What covers a box at the start: a value of `FILLS`.
    networks
        What else a list offers: name -> network. None is the other network of the environment,
        when `model` is one of them.

    Returns
    -------
    Explorer
        End a cell with it. `.controls["boxes"].value` are the boxes, for `mask_region`.

    Raises
    ------
    HelpersError
        For an unknown class or fill, or a box outside of the picture.
    """
    if fill not in FILLS.values():
        raise HelpersError(f"fill={fill!r} is unknown: use one of {list(FILLS.values())}.")
    return MaskExplorer(Networks(model, networks), img, target_class, boxes, fill)


def explore_steering(
    model,
    img: Picture,
    target_class: int | str | None = None,
    *,
    boxes: Sequence[Sequence[int]],
    steered: np.ndarray | None = None,
    limit: int = 4,
    steps: int = 60,
    sigma: float = 5.0,
    strength: float = 0.7,
    networks: Mapping | None = None,
) -> Explorer:
    """Choose a place, and have the gradient map moved there while the score stays.

    What the untouched map holds in the place is told at once. The picture is changed by
    `manipulate_map` when "Move the map" is pressed, off the main thread, with a bar, and can be
    cancelled in the middle. What was computed once is there at once.

    Parameters
    ----------
    model : keras.Model
        From `load_model` or `wrap_classifier`, with ReLUs.
    img
        The picture, PIL or array (h, w, 3) with values 0..255, of any size.
    target_class
        The class whose map is moved; None is the network's first choice.
    boxes
        Where the map is to go at first: (top, left, bottom, right) in pixels of the network's
        picture, one box or more.
    steered
        The network's picture as `manipulate_map` changed it for these boxes, this limit and these
        steps, if it is at hand; the explorer then begins with the moved map.
    limit, steps
        Where the controls start: 1..16 grey levels, 10..100 steps.
    sigma, strength
        As for `explore_smoothing`.
    networks
        What else a list offers: name -> network. None is the other network of the environment,
        when `model` is one of them.

    Returns
    -------
    Explorer
        End a cell with it.

    Raises
    ------
    HelpersError
        For an unknown class, no box or one outside of the picture, a steered picture of another
        size, or a control that cannot start there.
    """
    for name, value, (low, high) in (("limit", limit, LIMITS), ("steps", steps, STEPS)):
        if not (isinstance(value, int) and low <= value <= high):
            raise HelpersError(
                f"{name} starts at a whole number from {low} to {high}, not {value}."
            )
    start = {"limit": limit, "steps": steps, "sigma": sigma, "strength": strength}
    networks = Networks(model, networks)
    return SteeringExplorer(networks, img, target_class, boxes, start, steered)


def explore_methods(
    model,
    pictures: Mapping[str, Picture] | None = None,
    *,
    method: str = "gradient",
    sigma: float = 5.0,
    strength: float = 0.7,
    networks: Mapping | None = None,
) -> Explorer:
    """Put pictures and classes through every method, with its options.

    A map of one gradient or one score comes at once. One that takes longer is computed when
    "Compute" is pressed, off the main thread, with a bar, and can be cancelled in the middle.
    What was computed once is there at once.

    Parameters
    ----------
    model : keras.Model
        From `load_model` or `wrap_classifier`.
    pictures
        Name -> picture, PIL or array (h, w, 3) with values 0..255. None is the cat, the cup
        and the rendered scenes.
    method
        Where it starts.
    sigma, strength
        Where the controls start: 0..20 pixels of the map; 0..1.
    networks
        What else a list offers: name -> network. None is the other network of the environment,
        when `model` is one of them.

    Returns
    -------
    Explorer
        End a cell with it.

    Raises
    ------
    HelpersError
        For an unknown method, no picture, or a control that cannot start there.
    """
    find_method(method)
    pictures = _example_pictures() if pictures is None else pictures
    if not isinstance(pictures, Mapping) or not pictures:
        raise HelpersError("explore_methods needs at least one picture: give {name: picture}.")
    maps = MethodMaps(Networks(model, networks), pictures)
    return MethodExplorer(maps, method, sigma, strength)


def _example_pictures() -> dict[str, Picture]:
    scenes = {name: load_scene(name).picture("all") for name in scene_names()}
    return {"chelsea": load_image("chelsea"), "coffee": load_image("coffee"), **scenes}


def explore_scenes(
    model,
    scene: str = "can_opener",
    view: str = "hero",
    target_class: int | str | None = None,
    *,
    method: str = "gradient",
    networks: Mapping | None = None,
) -> Explorer:
    """Switch the objects of a rendered scene on and off: scores, map and true effects.

    Parameters
    ----------
    model : keras.Model
        From `load_model` or `wrap_classifier`.
    scene, view
        Where it starts, as for `load_scene`. The hero views know every combination of objects;
        the drawn ones lack at most one object at a time.
    target_class
        The class to begin with, by index, name or WordNet id; None is that of the first object
        that has one.
    method
        Where it starts: a method that needs one gradient or one score.
    networks
        What else a list offers: name -> network. None is the other network of the environment,
        when `model` is one of them.

    Returns
    -------
    Explorer
        End a cell with it.

    Raises
    ------
    HelpersError
        For an unknown scene, view, class or method.
    """
    load_scene(scene, view)
    if not find_method(method).is_quick:
        quick = ", ".join(name for name, record in METHODS.items() if record.is_quick)
        raise HelpersError(f"explore_scenes starts with one of {quick}, not {method!r}.")
    words = class_words(model)
    target = None if target_class is None else words[class_index(target_class, model)]
    return SceneExplorer(Networks(model, networks), scene, view, method, target)


def explore_photo(model=None, *, networks: Mapping | None = None) -> Explorer:
    """Examine a photo of your own: the classes, a map by any method, and the report card.

    The photo goes to the kernel and nowhere else (on a hub, the kernel is on the hub's machine).
    It is made small, kept in memory only, and never stored in the notebook: neither as a figure
    nor as state of a control. It begins with the cat, which is also what a reader without a
    kernel sees.

    Parameters
    ----------
    model : keras.Model, optional
        From `load_model` or `wrap_classifier`; None is `load_model()`.
    networks
        What else a list offers: name -> network. None is the other network of the environment,
        when `model` is one of them.

    Returns
    -------
    Explorer
        End a cell with it. `.image` is the photo, for cells of your own; what such cells show
        is stored with the notebook when you save it.
    """
    model = load_model() if model is None else model
    pictures = {"chelsea": load_image("chelsea")}
    return PhotoExplorer(MethodMaps(Networks(model, networks), pictures))
