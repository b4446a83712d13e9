"""Rendered scenes: pictures with and without an object, exact masks, and masking by hand.

The files lie in ``data/scenes`` and were written by the package ``rendering``, which nobody
needs in order to read them.
"""

import hashlib
import io
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image
from scipy import ndimage

from helpers.errors import HelpersError
from helpers.paths import DATA

__all__ = ["Scene", "box_mask", "keep_only", "load_scene", "mask_region", "remove", "scene_names"]

SCENES = DATA / "scenes"
RESTORE = 'put it back with "git checkout -- data/scenes"'
# Standard deviation of the blur for a picture of 224 pixels, scaled with other sizes.
BLUR_SIGMA, BLUR_SIDE = 10.0, 224

Where = np.ndarray | Sequence[int]
Fill = str | float | Sequence[float]


def scene_names() -> list[str]:
    """List the scenes that `load_scene` knows."""
    return sorted(path.parent.name for path in SCENES.glob("*/scene.json"))


def load_scene(name: str, view: str = "hero") -> "Scene":
    """Open one view of a rendered scene; pictures and masks are read when asked for.

    Parameters
    ----------
    name : str
        One of `scene_names()`, for example "can_opener".
    view : str
        "hero", the view that was chosen, or "view_00" and on, drawn from a seed.

    Returns
    -------
    Scene
        Pictures by variant, masks by object, and the record of how they came about.

    Raises
    ------
    HelpersError
        For an unknown scene or view, or a record that is missing or damaged.
    """
    folder = SCENES / str(name)
    if not (isinstance(name, str) and name and (folder / "scene.json").is_file()):
        known = ", ".join(scene_names()) or "none: the folder data/scenes is missing"
        raise HelpersError(f"There is no scene {name!r}; the scenes are {known}.")
    record = _read_record(folder / "scene.json")
    if view not in record["views"]:
        known = ", ".join(record["views"])
        raise HelpersError(f"Scene {name} has no view {view!r}; its views are {known}.")
    return Scene(name, view, record)


@dataclass(frozen=True, repr=False)
class Scene:
    """One view of a rendered scene in all its variants.

    Variants: "all"; "no_<object>", rendered again without the object, its shadow and the light
    it reflects; in the hero view also "no_<object>_shadow_kept", every combination of objects
    gone (`variant_without` knows the names), "only_<object>" and what the scene adds.

    Attributes
    ----------
    name, view : str
        As given to `load_scene`.
    scene_record : dict
        All of ``scene.json``: licence, Blender version, command, objects, views.
    """

    name: str
    view: str
    scene_record: dict[str, Any]

    def __repr__(self) -> str:
        return f"Scene({self.name!r}, {self.view!r}: {', '.join(self.objects)})"

    @property
    def record(self) -> dict[str, Any]:
        """What is known of this view: seed, camera, light, placement, covered pixels, files."""
        return self.scene_record["views"][self.view]

    @property
    def objects(self) -> dict[str, str | None]:
        """Object name to its ImageNet class, None where there is no such class."""
        objects = self.scene_record["objects"]
        return {name: facts["imagenet_class"] for name, facts in objects.items()}

    @property
    def views(self) -> list[str]:
        """Names of all views of this scene."""
        return list(self.scene_record["views"])

    @property
    def variants(self) -> list[str]:
        """Names of the pictures of this view."""
        return list(self.record["pictures"])

    @property
    def alt(self) -> dict[str, str]:
        """Variant to alternative text."""
        return {name: facts["alt"] for name, facts in self.record["pictures"].items()}

    @property
    def pictures(self) -> Mapping[str, np.ndarray]:
        """Variant to picture: uint8 (h, w, 3), RGB, 0..255, a fresh array at each look-up."""
        return _Pictures(self)

    def labels(self, variant: str = "all") -> np.ndarray:
        """Read the label mask of a variant.

        Parameters
        ----------
        variant : str
            One of `variants`.

        Returns
        -------
        numpy.ndarray
            uint8 (h, w): 0 is the background, objects are numbered from 1 in their order.

        Raises
        ------
        HelpersError
            For an unknown variant, or a file that is missing or damaged.
        """
        facts = self._facts(variant)
        return self._read(facts["mask"], facts["mask_sha256"], "L")

    def mask(self, object_name: str, variant: str = "all") -> np.ndarray:
        """Where an object is seen.

        Parameters
        ----------
        object_name : str
            One of `objects`.
        variant : str
            One of `variants`.

        Returns
        -------
        numpy.ndarray
            bool (h, w); False everywhere when the variant lacks the object.

        Raises
        ------
        HelpersError
            For an unknown object or variant, or a file that is missing or damaged.
        """
        self._check_object(object_name)
        return self.labels(variant) == self.scene_record["objects"][object_name]["label"]

    def variant_without(self, names: Iterable[str]) -> str:
        """Name the variant in which exactly these objects are gone, with shadow and reflection.

        Parameters
        ----------
        names : iterable of str
            Some of `objects`, in any order; none of them gives "all". One string is one object.

        Returns
        -------
        str
            One of `variants`: "all", "no_<object>", "no_<object>_no_<object>" in the order of
            `objects`, or "empty" when every object is gone.

        Raises
        ------
        HelpersError
            For an unknown object, or a combination that this view was not rendered in: the hero
            view has every one, the drawn views have all objects there and one object gone.
        """
        gone = _as_set(names)
        for name in gone:
            self._check_object(name)
        rendered = self._removals()
        ordered = tuple(name for name in self.objects if name in gone)
        if ordered not in rendered:
            known = ", ".join(" and ".join(those) or "nothing" for those in rendered)
            raise HelpersError(
                f"View {self.view} of scene {self.name} has no picture without "
                f"{' and '.join(ordered)}; what is gone in its pictures is {known}."
            )
        return rendered[ordered]

    def _removals(self) -> dict[tuple[str, ...], str]:
        """Objects gone, in their order, to the variant that was rendered without them."""
        objects = tuple(self.objects)
        sets = [gone for n in range(len(objects)) for gone in combinations(objects, n)]
        named = {gone: "_".join(f"no_{name}" for name in gone) or "all" for gone in sets}
        named[objects] = "empty"
        return {gone: name for gone, name in named.items() if name in self.record["pictures"]}

    def _check_object(self, object_name: str) -> None:
        if object_name not in self.objects:
            known = ", ".join(self.objects)
            raise HelpersError(
                f"Scene {self.name} has no object {object_name!r}; its objects are {known}."
            )

    def picture(self, variant: str = "all") -> np.ndarray:
        """Read one picture, as `pictures[variant]` does."""
        facts = self._facts(variant)
        return self._read(facts["file"], facts["sha256"], "RGB")

    def _facts(self, variant: str) -> dict[str, Any]:
        pictures = self.record["pictures"]
        if variant not in pictures:
            raise HelpersError(
                f"View {self.view} of scene {self.name} has no variant {variant!r}; "
                f"its variants are {', '.join(pictures)}."
            )
        return pictures[variant]

    def _read(self, file: str, sha256: str, mode: str) -> np.ndarray:
        content = _read_bytes(SCENES / self.name / file)
        if hashlib.sha256(content).hexdigest() != sha256:
            raise HelpersError(
                f"{self.name}/{file} is damaged or was changed since it was rendered; {RESTORE}."
            )
        with Image.open(io.BytesIO(content)) as image:
            return np.array(image.convert(mode))


def _as_set(names: Iterable[str]) -> set[str]:
    try:
        return {names} if isinstance(names, str) else set(names)
    except TypeError:
        raise HelpersError(
            f"Which objects are gone is a list of their names, not {names!r}."
        ) from None


class _Pictures(Mapping):
    """The pictures of one view; each is read when it is looked up."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene

    def __getitem__(self, variant: str) -> np.ndarray:
        return self._scene.picture(variant)

    def __contains__(self, variant: object) -> bool:
        return variant in self._scene.variants

    def __iter__(self) -> Iterator[str]:
        return iter(self._scene.variants)

    def __len__(self) -> int:
        return len(self._scene.variants)


def _read_record(path: Path) -> dict[str, Any]:
    content = _read_bytes(path)
    try:
        record = json.loads(content)
        _check_record(record)
    except (ValueError, KeyError, TypeError, AttributeError):
        raise HelpersError(f"{path.parent.name}/{path.name} is damaged; {RESTORE}.") from None
    return record


def _check_record(record: dict[str, Any]) -> None:
    """Look up whatever `Scene` relies on; raises what a missing piece raises."""
    for facts in record["objects"].values():
        int(facts["label"]), facts["imagenet_class"]
    for view in record["views"].values():
        for facts in view["pictures"].values():
            facts["file"], facts["sha256"], facts["mask"], facts["mask_sha256"], facts["alt"]


def _read_bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        where = path.relative_to(SCENES)
        raise HelpersError(f"{where} is missing or cannot be read; {RESTORE}.") from None


def mask_region(array: np.ndarray, where: Where, fill: Fill = "blur") -> np.ndarray:
    """Paint over a part of a picture, as the post did with a black box.

    Parameters
    ----------
    array : numpy.ndarray
        A picture (h, w, 3), RGB, 0..255, of integers or floats.
    where : numpy.ndarray or sequence of int
        A bool mask (h, w), True where to paint, or a box (top, left, bottom, right) in pixels,
        bottom and right excluded.
    fill : {"blur", "black", "mean"}, float or sequence of float
        "blur": the picture after a Gaussian filter, standard deviation 10 pixels at 224 and in
        proportion at other sizes, so traces of what was there stay; "mean": the picture's mean
        colour; a number: that grey level; three numbers: that colour.

    Returns
    -------
    numpy.ndarray
        A new array of the same shape and dtype; pixels outside `where` are as they were.

    Raises
    ------
    HelpersError
        For something that is no picture, a mask of another size, a box that is empty or reaches
        over the edge, an unknown fill.
    """
    picture = _check_picture(array)
    region = _region(where, picture.shape[:2])
    values = _fill_values(picture, fill)
    if picture.dtype.kind in "iu":
        values = np.rint(values)
    return np.where(region[..., None], values, picture).astype(picture.dtype)


def remove(array: np.ndarray, where: Where, fill: Fill = "blur") -> np.ndarray:
    """Paint over a part of a picture: `mask_region` by the name that pairs with `keep_only`.

    This paints; the rendered variants "no_<object>" show what is really behind an object.
    """
    return mask_region(array, where, fill)


def keep_only(array: np.ndarray, where: Where, fill: Fill = "blur") -> np.ndarray:
    """Paint over everything but a part of a picture: the inverse of `mask_region`.

    Parameters, result and errors are those of `mask_region`; `where` is what stays.
    """
    picture = _check_picture(array)
    return mask_region(picture, ~_region(where, picture.shape[:2]), fill)


def _check_picture(array: np.ndarray) -> np.ndarray:
    picture = np.asarray(array)
    if picture.ndim != 3 or picture.shape[-1] != 3 or 0 in picture.shape:
        raise HelpersError(
            f"Masking needs one picture of shape (h, w, 3), not {picture.shape}; "
            "take the pictures of a batch one by one."
        )
    if picture.dtype.kind not in "uif" or not np.isfinite(picture).all():
        raise HelpersError("Masking needs a picture of finite numbers 0..255.")
    if picture.min() < 0 or picture.max() > 255:
        raise HelpersError("Masking needs pixels 0..255; mask first, preprocess afterwards.")
    if picture.dtype.kind == "f" and picture.min() < picture.max() <= 1:
        raise HelpersError("This picture looks like 0..1, expected 0..255: multiply it by 255.")
    return picture


def _region(where: Where, shape: tuple[int, int]) -> np.ndarray:
    """Give a bool mask (h, w) for a mask or a box."""
    try:
        region = np.asarray(where)
    except ValueError:
        region = np.empty(0)
    if region.dtype == bool and region.ndim == 2:
        return _check_mask(region, shape)
    if region.shape == (4,) and region.dtype.kind in "iu":
        return box_mask([int(edge) for edge in region], shape)
    raise HelpersError(
        "where is a bool mask (h, w) or a box of four whole numbers (top, left, bottom, right)."
    )


def _check_mask(mask: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    if mask.shape != shape:
        raise HelpersError(
            f"The mask is {mask.shape} and the picture {shape}: mask the picture before it is "
            "resized, or bring the mask to its size with helpers.evaluation.fit_mask."
        )
    return mask


def box_mask(box: Sequence[int], shape: tuple[int, int]) -> np.ndarray:
    """Give the bool mask (h, w) of a box (top, left, bottom, right), bottom and right excluded.

    Raises
    ------
    HelpersError
        For a box that is empty or reaches over the edge.
    """
    top, left, bottom, right = box
    if not (0 <= top < bottom <= shape[0] and 0 <= left < right <= shape[1]):
        raise HelpersError(
            f"The box (top, left, bottom, right) = {tuple(box)} is empty or reaches over the edge "
            f"of a picture of {shape[0]} x {shape[1]} pixels."
        )
    mask = np.zeros(shape, bool)
    mask[top:bottom, left:right] = True
    return mask


def _fill_values(picture: np.ndarray, fill: Fill) -> np.ndarray:
    """Give what to paint with, float, of a shape that fits the picture."""
    pixels = picture.astype(np.float64)
    if isinstance(fill, str) and fill == "blur":
        sigma = BLUR_SIGMA * min(pixels.shape[:2]) / BLUR_SIDE
        return ndimage.gaussian_filter(pixels, sigma, axes=(0, 1))
    if isinstance(fill, str) and fill in ("black", "mean"):
        return pixels.mean((0, 1)) * (fill == "mean")
    return _colour(fill)


def _colour(fill: Any) -> np.ndarray:
    try:
        colour = np.asarray(fill)
    except ValueError:
        colour = np.empty(0)
    fits = colour.dtype.kind in "uif" and colour.shape in ((), (3,))
    if not fits or not ((colour >= 0) & (colour <= 255)).all():
        raise HelpersError(
            'fill is "blur", "black", "mean", a grey level 0..255 or a colour of three such '
            f"numbers, not {fill!r}."
        )
    return colour.astype(np.float64)
