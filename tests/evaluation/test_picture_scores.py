"""Scores of changed pictures: what stands where the picture does not."""

import numpy as np

from helpers.evaluation import synthetic_scenes
from helpers.evaluation.picture_scores import fill_picture

PICTURE = synthetic_scenes(1)[0].pictures["all"]


def test_fills():
    picture = PICTURE.astype(np.float32)
    assert not fill_picture(picture, "black").any()
    assert np.allclose(fill_picture(picture, "mean"), picture.mean((0, 1)))
    assert fill_picture(picture, "blur").std() < picture.std()
    assert (fill_picture(picture, 127) == 127).all()
