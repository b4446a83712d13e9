"""A sheet: pictures with their words and scale, as a file."""

import io

import numpy as np
import pytest
from PIL import Image

from helpers.display import panel_sheet

PICTURES = [np.full((40, 40, 3), level, np.uint8) for level in (60, 200)]


def drawn(*arguments) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(panel_sheet(*arguments))).convert("RGB"))


def test_pictures_words_and_scale_are_in_the_file():
    sheet = drawn(PICTURES, ["one", "other"], "What is seen.")
    for level in (60, 200):
        assert (sheet == level).all(-1).mean() > 0.1
    assert (sheet != drawn(PICTURES, ["one", "other"], "Something else.")).any()
    assert (sheet != drawn(PICTURES, ["one", ""], "What is seen.")).any()
    with_scale = drawn(PICTURES, ["one", "other"], "What is seen.", ((0, 2.5), "logit", 0.6))
    coloured = with_scale.max(-1).astype(int) - with_scale.min(-1) > 60
    assert coloured.sum() > 500 and not (np.ptp(sheet.astype(int), axis=-1) > 60).any()


def test_each_picture_has_a_caption():
    with pytest.raises(ValueError, match="shorter"):
        panel_sheet(PICTURES, ["one"], "What is seen.")
