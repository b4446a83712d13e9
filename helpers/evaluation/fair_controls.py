"""What a map must beat before it says anything: maps that know one thing each.

Methods that are controls (`CONTROLS`) know nothing, the picture's edges, the middle of the
frame or the area. The functions below make controls of the method itself: its maps for unrelated
classes, and its maps of other pictures.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence

import numpy as np
from PIL import Image

from helpers.attribution.reduction import read_map
from helpers.attribution.registry import METHODS, attribute, reading_of
from helpers.classes import class_index
from helpers.errors import HelpersError
from helpers.evaluation.localisation import object_shares
from helpers.models.scores import as_picture
from helpers.pictures.images import to_array
from helpers.pictures.scenes import load_scene, scene_names
from helpers.validation import as_count

__all__ = [
    "CONTROLS",
    "OTHERS",
    "class_contrast",
    "control_maps",
    "other_pictures",
    "unrelated_classes",
    "unrelated_ratios",
]

OTHERS = "other pictures"
CONTROLS = tuple(name for name, method in METHODS.items() if method.is_control)


def unrelated_classes(
    model, known: Iterable[int | str], count: int = 10, seed: int = 0
) -> list[int]:
    """Draw classes that a picture does not show.

    What a map says *about a class* is what it says beyond unrelated classes: on many networks
    the same places are bright for any class.

    Parameters
    ----------
    model : keras.Model
        From `load_model` or `wrap_classifier`.
    known : iterable of int or str
        Classes to stay away from: the target, and all that the picture shows.
    count : int
        How many.
    seed : int
        The same seed gives the same classes.

    Returns
    -------
    list of int
        Each class once.

    Raises
    ------
    HelpersError
        For an unknown class, and when fewer than `count` classes are left.
    """
    near = {class_index(name, model) for name in known}
    far = [number for number in range(model.output_shape[-1]) if number not in near]
    if as_count(count, "count") > len(far):
        raise HelpersError(f"Only {len(far)} classes are unrelated, so {count} cannot be drawn.")
    drawn = np.random.default_rng(seed).choice(far, count, replace=False)
    return [int(number) for number in drawn]


def class_contrast(
    model,
    picture,
    target_class,
    method: str = "gradient",
    *,
    known: Iterable[int | str] = (),
    count: int = 10,
    seed: int = 0,
    **options,
) -> np.ndarray:
    """Compute what a map says about a class beyond what it says about unrelated classes.

    The map, divided by its sum of sizes, minus the mean of such maps for unrelated classes. A
    method that does not know the class, such as `edge_map`, gets 0 everywhere.

    Parameters
    ----------
    model, picture, target_class
        As for `deletion_curve`.
    method : str
        A method of `helpers.attribute`, which also takes the `options`.
    known : iterable of int or str
        Further classes that the picture shows.
    count, seed
        See `unrelated_classes`.

    Returns
    -------
    numpy.ndarray
        float64 (h, w): shares of the map's mass; positive where it says more than for others.

    Raises
    ------
    HelpersError
        For anything that `attribute` or `unrelated_classes` refuses.
    """
    target = class_index(target_class, model)
    classes = [target, *unrelated_classes(model, [target, *known], count, seed)]
    found = attribute(model, as_picture(picture, model), classes, method, **options)
    mine, *rest = (_shares(read_map(one, reading_of(method))) for one in found)
    return mine - np.mean(rest, axis=0)


def unrelated_ratios(
    model,
    picture,
    masks: Mapping[str, np.ndarray],
    known: Iterable[int | str],
    method: str = "gradient",
    *,
    count: int = 10,
    seed: int = 0,
    **options,
) -> dict[str, np.ndarray]:
    """Measure how maps for unrelated classes favour every object: share of the map over area.

    Only what lies outside of these values is said about a class. Many networks light up on the
    same objects whatever they are asked for.

    Parameters
    ----------
    model, picture
        As for `deletion_curve`.
    masks : mapping of str to array-like
        Object name -> bool (h, w).
    known : iterable of int or str
        Classes that the picture shows.
    method : str
        A method of `helpers.attribute`, which also takes the `options`.
    count, seed
        See `unrelated_classes`.

    Returns
    -------
    dict of str to numpy.ndarray
        Object -> float (count,), one ratio per class; 1 is no preference.

    Raises
    ------
    HelpersError
        For anything that `attribute`, `unrelated_classes` or `object_shares` refuses.
    """
    classes = unrelated_classes(model, known, count, seed)
    found = attribute(model, as_picture(picture, model), classes, method, **options)
    shares = [object_shares(read_map(one, "absolute"), masks) for one in found]
    return {name: np.array([share[name].ratio for share in shares]) for name in masks}


def other_pictures(
    model, count: int = 3, seed: int = 0, *, without: Collection[str] = ()
) -> list[np.ndarray]:
    """Draw pictures of the rendered scenes, of different scenes as long as there are enough.

    Parameters
    ----------
    model : keras.Model
        Tells the size; one of more than three channels gets grey pictures.
    count : int
        How many.
    seed : int
        The same seed gives the same pictures.
    without : collection of str
        Names of classes that the pictures must not show.

    Returns
    -------
    list of numpy.ndarray
        float32 (h, w, c), 0..255.
    """
    rng = np.random.default_rng(seed)
    shown = {name: set(load_scene(name).objects.values()) for name in scene_names()}
    names = rng.permutation([name for name in shown if not shown[name] & set(without)])
    drawn = [str(names[i % len(names)]) for i in range(as_count(count, "count"))]
    views = [str(rng.choice(load_scene(name).views)) for name in drawn]
    scenes = (load_scene(*one) for one in zip(drawn, views, strict=True))
    return [_fitted(scene.pictures["all"], model) for scene in scenes]


def control_maps(
    model,
    target_class,
    method: str,
    pictures: Sequence[np.ndarray],
    **options,
) -> Mapping[str, list[np.ndarray]]:
    """Compute the maps that deletion and insertion by a map are read beside.

    Maps of other pictures keep the method, its grain and where it likes to be bright, and know
    nothing of this picture. The centre map knows where photographers put things, the uniform map
    nothing at all (its pixels come in random order). A map that was only shifted is no control:
    a shift takes it off the centre, and that alone costs it more than methods differ by.

    Parameters
    ----------
    model : keras.Model
        From `load_model` or `wrap_classifier`.
    target_class : int or str
        One class, the same for all pictures.
    method : str
        A method of `helpers.attribute`, which also takes the `options`.
    pictures : sequence of numpy.ndarray
        Other pictures of the model's size, such as `other_pictures` draws.

    Returns
    -------
    dict of str to list of numpy.ndarray
        "other pictures", "centre", "uniform": maps float64 (h, w).

    Raises
    ------
    HelpersError
        For anything that `attribute` refuses.
    """
    found = attribute(model, np.stack(pictures), target_class, method, **options)
    plain = {
        name: [read_map(attribute(model, pictures[0], target_class, control))]
        for name, control in (("centre", "center_map"), ("uniform", "uniform_map"))
    }
    return {OTHERS: [read_map(one, reading_of(method)) for one in found], **plain}


def _fitted(picture: np.ndarray, model) -> np.ndarray:
    height, width, channels = model.input_shape[1:]
    if channels in (None, 1, 3):
        return to_array(picture, model)
    size = (width or picture.shape[1], height or picture.shape[0])
    grey = np.asarray(Image.fromarray(picture).convert("L").resize(size), np.float32)
    return np.repeat(grey[..., None], channels, axis=-1)


def _shares(saliency_map: np.ndarray) -> np.ndarray:
    total = np.abs(saliency_map).sum()
    return saliency_map / total if total > 0 else saliency_map
