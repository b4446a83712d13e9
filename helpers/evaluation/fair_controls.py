"""What a map must beat before it says anything: maps that know one thing each.

Methods that are controls (`CONTROLS`) know nothing, the picture's edges, the middle of the
frame or the area. The functions below make controls of the method itself: its maps of other
pictures.
"""

from collections.abc import Collection, Mapping, Sequence

import numpy as np
from PIL import Image

from helpers.attribution.reduction import read_map
from helpers.attribution.registry import METHODS, attribute, reading_of
from helpers.pictures.images import to_array
from helpers.pictures.scenes import load_scene, scene_names
from helpers.validation import as_count

__all__ = [
    "CONTROLS",
    "OTHERS",
    "control_maps",
    "other_pictures",
]

OTHERS = "other pictures"
CONTROLS = tuple(name for name, method in METHODS.items() if method.is_control)


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
