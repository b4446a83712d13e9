"""What the explorer of methods asks, and the plain cells that answer it."""

import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from helpers.attribution.registry import find_method
from helpers.pictures.images import SCIKIT_IMAGE_EXAMPLES
from helpers.pictures.scenes import scene_names
from helpers.widgets.networks import BUNDLED
from helpers.widgets.words import drawn_strength

__all__ = ["PEAKS", "Asked", "method_cells"]

PEAKS = "shares of each map's peak"
_NAMES = (
    *("attribute", "load_image", "load_model", "load_scene", "read_map", "reading_of"),
    *("show_maps", "show_saliency", "smooth", "to_array"),
)
_GIVEN = """\
# model, networks, pictures: as the explorer was given them; a photo of yours is its .image
"""
_DIFFERENCE = """\
if map_1.shape != map_0.shape:
    map_1 = np.asarray(Image.fromarray(np.float32(map_1)).resize(map_0.shape[::-1]))
map_0, map_1 = map_0 / np.abs(map_0).max(), map_1 / np.abs(map_1).max()
"""
_LIMITS = """\
high = max(np.abs(map_0).max(), np.abs(map_1).max())
limits = (-high if min(map_0.min(), map_1.min()) < 0 else 0, high)
"""


@dataclass(frozen=True)
class Asked:
    """A question to a network: of which picture, for which class, by which method."""

    picture: str
    target: str
    method: str = "gradient"
    options: Mapping[str, Any] = field(default_factory=dict)
    sigma: float = 5.0
    network: str | None = None


def method_cells(
    questions: Sequence[Asked],
    classes: Sequence[str],
    captions: Sequence[str],
    strength: float,
    shown: str,
    scale: str,
) -> str:
    """Write the cells that compute and draw one map, or two.

    Parameters
    ----------
    questions, classes, captions
        One or two questions, the class and the words of each.
    strength, shown, scale
        What the controls of those names say.
    """
    asked = enumerate(zip(questions, classes))
    computed = "".join(_computed(one, word, i) for i, (one, word) in asked)
    return _with_imports(computed + _drawn(questions, captions, strength, shown, scale))


def _with_imports(cells: str) -> str:
    used = ", ".join(name for name in _NAMES if f"{name}(" in cells)
    return (
        ("import numpy as np\n" if "np." in cells else "")
        + ("from PIL import Image\n" if "Image." in cells else "")
        + textwrap.fill(f"from helpers import ({used})", 88, subsequent_indent="    ")
        + "\n\n"
        + (_GIVEN if any(sign in cells for sign in ("= model,", "networks[", "pictures[")) else "")
        + cells
    )


def _drawn(
    questions: Sequence[Asked], captions: Sequence[str], strength: float, shown: str, scale: str
) -> str:
    last = f"overlay={drawn_strength(strength)!r}, label="
    units = [find_method(one.method).unit for one in questions]
    if shown == "difference" and len(questions) > 1:
        title = " minus ".join(captions)
        return (
            f"{_DIFFERENCE}show_saliency(img_0, map_0 - map_1, title={title!r}, {last}{PEAKS!r})\n"
        )
    shared = scale == "one" and len(set(units)) == 1
    alike = len({(one.picture, one.network) for one in questions}) == 1
    if alike and len(set(units)) == 1:
        maps = ", ".join(f"map_{i}" for i in range(len(questions)))
        many = f"show_maps([{maps}], {list(captions)!r}, img=img_0, shared={shared}, "
        return f"{many}{last}{units[0]!r})\n"
    limits = "limits=limits, " if shared else ""
    each = (
        f"show_saliency(img_{i}, map_{i}, title={words!r}, {limits}{last}{unit!r})\n"
        for i, (words, unit) in enumerate(zip(captions, units))
    )
    return "".join([_LIMITS if shared else "", *each])


def _computed(asked: Asked, word: str, i: int) -> str:
    options = "".join(f", {name}={value!r}" for name, value in asked.options.items())
    return (
        f"model, img_{i} = {_network(asked.network)}, {_picture(asked.picture)}\n"
        f"found = attribute(model, to_array(img_{i}, model), {word!r}, {asked.method!r}{options})\n"
        f"map_{i} = smooth(read_map(found, reading_of({asked.method!r})), {asked.sigma!r})\n"
    )


def _network(name: str | None) -> str:
    if name is None:
        return "model"
    return f"load_model({name!r})" if name in BUNDLED else f"networks[{name!r}]"


def _picture(name: str) -> str:
    if name in SCIKIT_IMAGE_EXAMPLES:
        return f"load_image({name!r})"
    if name in scene_names():
        return f'load_scene({name!r}).picture("all")'
    return f"pictures[{name!r}]"
