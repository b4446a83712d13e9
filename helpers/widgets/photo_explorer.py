"""The explorer of a photo of the reader's."""

import functools
import io
from collections.abc import Callable, Mapping
from typing import Any

import ipywidgets as widgets
from PIL import Image

from helpers.errors import HelpersError
from helpers.evaluation import ReportCard
from helpers.pictures.images import load_image
from helpers.widgets.controls import row
from helpers.widgets.inputs import PHOTO_SIDE, PhotoInput, Screen
from helpers.widgets.markup import card_html
from helpers.widgets.method_explorer import MethodExplorer
from helpers.widgets.method_view import Asked, MethodMaps
from helpers.widgets.words import method_words, plain

__all__ = ["PHOTO", "PhotoExplorer"]

PHOTO = "your photo"


class PhotoExplorer(MethodExplorer):
    """The methods on a photo of the reader's, which leaves no trace, with the report card."""

    def __init__(self, maps: MethodMaps) -> None:
        self._input = PhotoInput(self._take_file, self.say)
        self.address = widgets.Text(
            description="or address", placeholder="https://", style={"description_width": "5.5em"},
            layout={"width": "auto", "flex": "1 1 14em", "min_width": "0"},
        )  # fmt: skip
        self.card = Screen()
        super().__init__(maps, "gradient", 5.0, 0.7, private=True)

    @property
    def image(self) -> Image.Image:
        """The picture that is examined now, at most 1024 pixels wide and high, RGB."""
        return self.maps.pictures[self.controls["picture"].value]

    def _works(self) -> dict[str, Callable]:
        fetch = {"Fetch the address": self._prepare_fetch}
        return {**fetch, **super()._works(), "Report card": self._prepare_card}

    def _layout(self, controls: Mapping[str, widgets.Widget]) -> list[widgets.Widget]:
        fetch = self.runner.buttons["Fetch the address"]
        self.runner.view.children = [p for p in self.runner.view.children if p is not fetch]
        return [self._input, row(self.address, fetch), *super()._layout(controls)]

    def _arranged(self, lead: list, side: list) -> widgets.VBox:
        view = super()._arranged(lead, side)
        view.children = [view.children[0], self.card, *view.children[1:]]
        return view

    def _answer(self, change: Any) -> None:
        if change["owner"] not in (self.controls["sigma"], self.controls["strength"]):
            self.card.value = ""  # it was about another map
        super()._answer(change)

    def _prepare_fetch(self) -> tuple[Callable, Callable, str]:
        address = self.address.value.strip()
        if not address.startswith(("http://", "https://")):
            raise HelpersError("An address of a picture begins with http:// or https://.")
        taken = functools.partial(self._take, "the picture at that address")
        return lambda: _small(load_image(address)), taken, "fetching"

    def _prepare_card(self) -> tuple[Callable, Callable, str]:
        (asked, *_) = self.questions(**self.values)
        name = f"report card of {self.maps.caption(asked)}"
        return functools.partial(self.maps.card, asked), self._shower(asked), name

    def _shower(self, asked: Asked) -> Callable[[ReportCard], None]:
        def show(card: ReportCard) -> None:
            now = self.questions(**self.values)[0]
            if (now.picture, now.target, now.method) != (asked.picture, asked.target, asked.method):
                self.say("The report card was about what was chosen before: ask for it again.")
                return
            self.card.value = card_html(card)
            words = f"{method_words(asked.method)}, {plain(asked.picture)}"
            self.say(f"The report card ({words}) is below.")

        return show

    def _show_classes(self, change: Mapping[str, Any]) -> None:
        self.card.value = ""
        super()._show_classes(change)

    def _take_file(self, name: str, content: bytes) -> None:
        file = io.BytesIO(content)
        file.name = name  # a refusal names it
        self.runner.start(
            lambda: _small(load_image(file)), functools.partial(self._take, name), "reading"
        )

    def _take(self, name: str, image: Image.Image) -> None:
        with self.hold():
            self.maps.put(PHOTO, image)
            # A saved notebook must not say where the photo can be found.
            self.address.value, field = "", self.controls["picture"]
            if PHOTO not in [v for _, v in field.options]:
                field.options = list(self._picture_names().items())
            field.value = PHOTO
            self._show_classes({"new": PHOTO})
        self._input.say(f"Shown: {name}")


def _small(image: Image.Image) -> Image.Image:
    image.thumbnail((PHOTO_SIDE, PHOTO_SIDE))
    return image
