"""The explorer of rendered scenes."""

import functools
from collections.abc import Mapping
from typing import Any

import ipywidgets as widgets

from helpers.attribution.registry import METHODS
from helpers.display import data_url, jpeg_bytes
from helpers.pictures.scenes import load_scene, scene_names
from helpers.widgets.controls import (
    class_field,
    dropdown,
    network_list,
    overlay_controls,
    row,
    show_only,
)
from helpers.widgets.explorer import Explorer
from helpers.widgets.frame import Frame
from helpers.widgets.inputs import Thumbnails
from helpers.widgets.networks import Networks
from helpers.widgets.scene_view import SceneSwitches
from helpers.widgets.seen import screen_size
from helpers.widgets.words import method_words, plain, view_words

__all__ = ["SceneExplorer"]

THUMBNAIL = 72


class SceneExplorer(Explorer):
    """Switches for the objects of a scene; another scene brings other switches."""

    def __init__(
        self, networks: Networks, scene: str, view: str, method: str, target: str | None
    ) -> None:
        self._of = functools.cache(lambda name: SceneSwitches(networks[name]))
        switches = self._of(networks.names[0])
        self._boxes = [
            widgets.Checkbox(True, indent=False, layout={"width": "auto"})
            for _ in range(_most_objects())
        ]
        quick = {method_words(name): name for name, record in METHODS.items() if record.is_quick}
        first = target or switches.first_class(scene, view)
        controls = {
            "network": network_list(networks.names),
            "scene": _thumbnails("scene", {name: _small(name) for name in scene_names()}, scene),
            "view": _thumbnails("view", _views(scene), view),
            **{f"on_{number}": box for number, box in enumerate(self._boxes)},
            "target": class_field("class", switches.words, first),
            "method": dropdown("method", quick, method),
            **overlay_controls(5.0, 0.7),
        }
        self._label_boxes(scene)
        super().__init__(self._frame, controls, self._layout(controls), code=self._plain_cells)
        controls["scene"].observe(self._enter, names="value")
        self._last = self._ticks

    def _layout(self, controls: Mapping[str, widgets.Widget]) -> list[widgets.Widget]:
        ticks = row(widgets.Label("in the picture:"), *self._boxes)
        ticks.add_class("helpers-switches")
        first = [controls[name] for name in ("network", "scene", "view")]
        last = [controls[name] for name in ("target", "method", "sigma", "strength")]
        return [*first, ticks, *last]

    @property
    def _switches(self) -> SceneSwitches:
        return self._of(self.controls["network"].value)

    @property
    def _ticks(self) -> list[bool]:
        return [box.value for box in self._boxes]

    def _answer(self, change: Any) -> None:
        # Another scene brings other views and objects first; `_enter` draws it then.
        if self._held or change["owner"] is self.controls["scene"]:
            return
        if change["owner"] is self.controls["view"] or change["owner"] in self._boxes:
            self._settle(change["owner"])
        else:
            super()._answer(change)

    def _settle(self, moved: widgets.Widget) -> None:
        """Put objects back that this view cannot be without, so that ticks tell the truth."""
        back = self._put_back(moved)
        with self.hold():
            for box in back:
                box.value = True
        if back:
            names = " and ".join(box.description for box in back)
            are = "is" if len(back) == 1 else "are"
            self.say(
                f"This view was rendered with one object gone at a time: the {names} {are} back. "
                f"{self.frame.note}"
            )

    def _put_back(self, moved: widgets.Widget) -> list[widgets.Checkbox]:
        place = load_scene(self.controls["scene"].value, self.controls["view"].value)
        off = [box for box in self._boxes[: len(place.objects)] if not box.value]
        wanted = "_".join(f"no_{_object(box)}" for box in off)
        rendered = len(off) < 2 or wanted in place.variants
        if rendered or (len(off) == len(place.objects) and "empty" in place.variants):
            return []
        kept = moved if moved in off else off[0]
        return [box for box in off if box is not kept]

    def _enter(self, change: Mapping[str, Any]) -> None:
        with self.hold():
            self.controls["view"].options = _options(_views(change["new"]))
            self.controls["view"].value = "hero"
            self._label_boxes(change["new"])
            self.controls["target"].value = self._switches.first_class(change["new"], "hero")

    def _label_boxes(self, scene: str) -> None:
        names = list(load_scene(scene).objects)
        for number, box in enumerate(self._boxes):
            there = number < len(names)
            box.value, box.description = True, plain(names[number]) if there else ""
            show_only(there, box)

    def _asked(self, network: str, scene: str, view: str, **rest: Any) -> dict[str, Any]:
        names = list(load_scene(scene, view).objects)
        off = [name for number, name in enumerate(names) if not rest[f"on_{number}"]]
        kept = {name: value for name, value in rest.items() if not name.startswith("on_")}
        return {"scene": scene, "view": view, "off": off, **kept}

    def _frame(self, network: str, **asked: Any) -> Frame:
        return self._of(network).frame(**self._asked(network, **asked))

    def _plain_cells(self, network: str, **asked: Any) -> str:
        return self._of(network).code(**self._asked(network, **asked))


def _object(box: widgets.Checkbox) -> str:
    return box.description.replace(" ", "_")


def _most_objects() -> int:
    return max(len(load_scene(name).objects) for name in scene_names())


def _thumbnails(label: str, pictures: Mapping[str, str], value: str) -> Thumbnails:
    return Thumbnails(description=label, options=_options(pictures), value=value)


def _options(pictures: Mapping[str, str]) -> list[list[str]]:
    return [[name, _words(name), address] for name, address in pictures.items()]


def _words(name: str) -> str:
    return view_words(name) if name == "hero" or name.startswith("view_") else plain(name)


def _views(scene: str) -> dict[str, str]:
    return {view: _small(scene, view) for view in load_scene(scene).views}


@functools.cache
def _small(scene: str, view: str = "hero") -> str:
    return data_url(*jpeg_bytes(screen_size(load_scene(scene, view).picture("all"), THUMBNAIL)))
