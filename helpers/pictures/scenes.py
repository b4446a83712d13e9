"""Rendered scenes: pictures with and without an object, and exact masks.

The files lie in ``data/scenes`` and were written by the package ``rendering``, which nobody
needs in order to read them.
"""

import hashlib
import io
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from helpers.errors import HelpersError
from helpers.paths import DATA

__all__ = ["Scene", "load_scene", "scene_names"]

SCENES = DATA / "scenes"
RESTORE = 'put it back with "git checkout -- data/scenes"'


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
