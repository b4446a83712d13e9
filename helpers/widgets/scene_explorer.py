"""The explorer of rendered scenes."""

from collections.abc import Mapping
from typing import Any

import ipywidgets as widgets

from helpers.attribution.registry import METHODS
from helpers.pictures.scenes import load_scene, scene_names
from helpers.widgets.controls import class_field, dropdown, overlay_controls, row
from helpers.widgets.explorer import Explorer
from helpers.widgets.frame import Frame
from helpers.widgets.scene_view import SceneSwitches

__all__ = ["SceneExplorer"]


class SceneExplorer(Explorer):
    """Switches for the objects of a scene; another scene brings other switches."""

    def __init__(
        self, switches: SceneSwitches, scene: str, view: str, method: str, target: str | None
    ) -> None:
        self._switches = switches
        self._boxes = [
            widgets.Checkbox(True, indent=False, layout={"width": "auto"})
            for _ in range(_most_objects())
        ]
        quick = {name: name for name, record in METHODS.items() if record.is_quick}
        controls = {
            "scene": dropdown("scene", {name: name for name in scene_names()}, scene),
            "view": dropdown("view", {name: name for name in load_scene(scene).views}, view),
            **{f"on_{number}": box for number, box in enumerate(self._boxes)},
            "target": class_field(
                "class", switches.words, target or switches.first_class(scene, view)
            ),
            "method": dropdown("method", quick, method),
            **overlay_controls(5.0, 0.7),
        }
        self._label_boxes(scene)
        head, tail = list(controls.values())[:2], list(controls.values())[-4:]
        layout = [*head, row(widgets.Label("in the picture:"), *self._boxes), *tail]
        super().__init__(self._frame, controls, layout)
        controls["scene"].observe(self._enter, names="value")

    def _answer(self, change: Any) -> None:
        # Another scene brings other views and objects first; `_enter` draws it then.
        if change["owner"] is not self.controls["scene"]:
            super()._answer(change)

    def _enter(self, change: Mapping[str, Any]) -> None:
        with self.hold():
            self.controls["view"].options = load_scene(change["new"]).views
            self._label_boxes(change["new"])
            self.controls["target"].value = self._switches.first_class(change["new"], "hero")

    def _label_boxes(self, scene: str) -> None:
        names = list(load_scene(scene).objects)
        for number, box in enumerate(self._boxes):
            box.value, there = True, number < len(names)
            box.description = names[number] if there else ""
            box.layout.display = "" if there else "none"

    def _frame(
        self, scene: str, view: str, target: str, method: str, sigma: float, strength: float,
        **on: bool,
    ) -> Frame:  # fmt: skip
        objects = load_scene(scene, view).objects
        off = [name for name, there in zip(objects, on.values()) if not there]
        return self._switches.frame(scene, view, off, target, method, sigma, strength)


def _most_objects() -> int:
    return max(len(load_scene(name).objects) for name in scene_names())
