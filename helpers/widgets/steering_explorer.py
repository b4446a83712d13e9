"""The explorer in which the reader says where a map shall go."""

import functools
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import ipywidgets as widgets
import numpy as np

from helpers.display import Picture, data_url, jpeg_bytes
from helpers.widgets.controls import network_list, overlay_controls, whole_slider
from helpers.widgets.explorer import Explorer
from helpers.widgets.frame import Frame
from helpers.widgets.inputs import BoxPad
from helpers.widgets.mask_explorer import as_boxes
from helpers.widgets.networks import Networks
from helpers.widgets.runner import Runner
from helpers.widgets.steering_view import Steering

__all__ = ["LIMITS", "STEPS", "SteeringExplorer"]

LIMITS, STEPS = (1, 16), (10, 100)


class SteeringExplorer(Explorer):
    """A pad for the place, the map before and after, and a button that moves it."""

    def __init__(
        self,
        networks: Networks,
        img: Picture,
        target: int | str | None,
        boxes: Sequence[Sequence[int]],
        start: dict[str, Any],
        steered: np.ndarray | None,
    ) -> None:
        self._of = functools.cache(lambda name: Steering(networks[name], img, target))
        steering = self._of(networks.names[0])
        self._pad = BoxPad(
            value=as_boxes(boxes),
            size=list(steering.size),
            picture=data_url(*jpeg_bytes(np.asarray(steering.seen.picture))),
            alt="The picture; boxes on it are the place for the map.",
        )
        if steered is not None:
            steering.keep(self._pad.value, start["limit"], start["steps"], steered)
        controls = {
            "network": network_list(networks.names),
            "boxes": self._pad,
            "steps": whole_slider("steps", start["steps"], *STEPS, 10),
            "limit": whole_slider("grey levels", start["limit"], *LIMITS, 1),
            **overlay_controls(start["sigma"], start["strength"]),
        }
        self.runner = Runner({"Move the map": self._prepare}, self.say)
        network, _, *sliders = controls.values()
        layout = [network, self.runner.view, *sliders]
        super().__init__(self._frame, controls, layout, lead=[self._pad], code=self._plain_cells)

    def _arranged(self, lead: list, side: list) -> widgets.VBox:
        """The pad on the left; on the right, above the controls, what moving it changes."""
        view = super()._arranged(lead, side)
        seen, right = view.children[0].children
        seen.children = [part for part in seen.children if part is not self._screen]
        right.children = [self._screen, *right.children]
        return view

    def _paint(self, frame: Frame) -> None:
        # The pad draws the place itself; the first panel is for those who have no pad.
        super()._paint(replace(frame, panels=frame.panels[1:]))

    def _frame(self, network: str, **values: Any) -> Frame:
        return self._of(network).frame(**values)

    def _plain_cells(self, network: str, strength: float, **values: Any) -> str:
        return self._of(network).code(**values)

    def _prepare(self) -> tuple[Callable, Callable, str]:
        values = self.values
        steering = self._of(values["network"])
        steering.region(values["boxes"])
        asked = (values[name] for name in ("boxes", "limit", "steps"))
        work = functools.partial(steering.move, *asked)
        return work, lambda _: self.refresh(), "preparing, then moving the map"
