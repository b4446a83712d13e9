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
from helpers.widgets.controls import LABELLED, WIDE
from helpers.widgets.inputs import PHOTO_SIDE, PhotoInput
from helpers.widgets.markup import card_html
from helpers.widgets.method_explorer import MethodExplorer
from helpers.widgets.method_view import MethodMaps

__all__ = ["PHOTO", "PhotoExplorer"]

PHOTO = "your photo"


class PhotoExplorer(MethodExplorer):
    """The methods on a photo of the reader's, which leaves no trace, with the report card."""

    def __init__(self, maps: MethodMaps) -> None:
        self._input = PhotoInput(self._take_file, self.say)
        self.address = widgets.Text(
            description="or address", placeholder="https://", style=LABELLED, layout=WIDE
        )
        self.card = widgets.HTML()
        super().__init__(maps, "gradient", 5.0, 0.7, private=True)
        self.view.children = [*self.view.children, self.card]

    @property
    def image(self) -> Image.Image:
        """The picture that is examined now, at most 1024 pixels wide and high, RGB."""
        return self.maps.pictures[self.controls["picture"].value]

    def _works(self) -> dict[str, Callable]:
        return {
            "Fetch the address": self._prepare_fetch,
            **super()._works(),
            "Report card": self._prepare_card,
        }

    def _layout(self, controls: Mapping[str, widgets.Widget]) -> list[widgets.Widget]:
        return [self._input, self.address, *super()._layout(controls)]

    def _prepare_fetch(self) -> tuple[Callable, Callable]:
        address = self.address.value.strip()
        if not address.startswith(("http://", "https://")):
            raise HelpersError("An address of a picture begins with http:// or https://.")
        return lambda: _small(load_image(address)), self._take

    def _prepare_card(self) -> tuple[Callable, Callable]:
        asked = [self.controls[name].value for name in ("picture", "target", "method")]
        show = functools.partial(self._show_card, asked[0])
        return functools.partial(self.maps.card, *asked), show

    def _show_card(self, picture: str, card: ReportCard) -> None:
        self.card.value = card_html(card)
        self.say(f"The report card for {picture} is below.")

    def _show_classes(self, change: Mapping[str, Any]) -> None:
        self.card.value = ""  # it was about another picture
        super()._show_classes(change)

    def _take_file(self, name: str, content: bytes) -> None:
        file = io.BytesIO(content)
        file.name = name  # a refusal names it
        self.runner.start(lambda: _small(load_image(file)), self._take)

    def _take(self, image: Image.Image) -> None:
        with self.hold():
            self.maps.put(PHOTO, image)
            # A saved notebook must not say where the photo can be found.
            self.address.value, field = "", self.controls["picture"]
            if PHOTO not in field.options:
                field.options = [*self.maps.pictures]
            field.value = PHOTO
            self._show_classes({"new": PHOTO})


def _small(image: Image.Image) -> Image.Image:
    image.thumbnail((PHOTO_SIDE, PHOTO_SIDE))
    return image
