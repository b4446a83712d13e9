"""Occlusion and RISE: hiding parts of a picture whose score is known."""

import numpy as np
import pytest

from helpers.attribution.methods.perturbation import random_grids, shifted_masks
from helpers.attribution.registry import attribute
from helpers.backend import keras

SIDE = 8


def brute_force(weights, picture, corners, patch, colour):
    sums, counts = np.zeros((SIDE, SIDE)), np.zeros((SIDE, SIDE))
    for top, left in corners:
        hidden = picture.copy()
        hidden[top : top + patch, left : left + patch] = colour
        sums[top : top + patch, left : left + patch] += (weights * (picture - hidden)).sum()
        counts[top : top + patch, left : left + patch] += 1
    return sums / counts


@pytest.mark.parametrize("fill", ["mean", 0, 255, 17.5])
@pytest.mark.parametrize(
    ("patch", "stride", "starts"), [(2, 2, 4), (4, 2, 3), (3, 2, 4), (8, 8, 1)]
)
def test_occlusion_of_a_linear_score(linear, pictures, fill, patch, stride, starts):
    model, weights = linear
    colour = pictures[0].mean((0, 1)) if fill == "mean" else fill
    edge = sorted({*range(0, SIDE - patch + 1, stride), SIDE - patch})
    assert len(edge) == starts
    corners = [(top, left) for top in edge for left in edge]
    options = {"patch": patch, "stride": stride, "fill": fill, "batch_size": 5}
    found = attribute(model, pictures[0], 1, "occlusion", **options)
    expected = brute_force(weights[1], pictures[0], corners, patch, colour)
    np.testing.assert_allclose(found[..., 0], expected, atol=2e-3 * np.abs(expected).max())


def spot(row, column):
    """Score 0 is the blue of one pixel."""
    pixels = keras.Input((SIDE, SIDE, 3))
    return keras.Model(pixels, pixels[:, row, column, 1:])


def test_occlusion_finds_the_only_pixel_that_matters():
    picture = np.full((SIDE, SIDE, 3), 100, np.float32)
    found = attribute(spot(5, 2), picture, 1, "occlusion", patch=1, stride=1, fill=0)[..., 0]
    assert found[5, 2] == 100 and np.count_nonzero(found) == 1
    patches = attribute(spot(5, 2), picture, 1, "occlusion", patch=2, stride=2, fill=0)[..., 0]
    assert (patches[4:6, 2:4] == 100).all() and np.count_nonzero(patches) == 4


def test_the_picture_that_is_explained_stays_as_it_was(linear, pictures):
    before = pictures.copy()
    attribute(linear[0], pictures, 0, "occlusion", patch=2, stride=2)
    np.testing.assert_array_equal(pictures, before)


def test_rise_finds_the_pixel_that_matters_and_its_weight():
    """While the pixel shows the score is 100 x its mask value, in the mean keep x 100 else."""
    picture = np.full((SIDE, SIDE, 3), 100, np.float32)
    options = {"samples": 4000, "cells": 4, "keep": 0.5, "batch_size": 500}
    found, details = attribute(spot(5, 2), picture, 0, "rise", details=True, **options)
    row, column = np.unravel_index(found[..., 0].argmax(), (SIDE, SIDE))
    assert abs(row - 5) <= 1 and abs(column - 2) <= 1
    assert details["mean_score"] == pytest.approx(50, rel=0.05)
    assert found.max() > 10 and abs(found[0, 7, 0]) < 3


def test_rise_of_a_score_that_never_changes_is_zero(pictures):
    pixels = keras.Input((SIDE, SIDE, 3))
    model = keras.Model(pixels, 0 * pixels[:, 0, 0, :] + 7)
    found = attribute(model, pictures[0], 0, "rise", samples=50, cells=3)
    np.testing.assert_allclose(found, 0, atol=1e-4)


def test_rise_with_a_single_mask_that_hides_everything(pictures):
    found = attribute(spot(1, 1), pictures[0], 0, "rise", samples=1, cells=1, keep=1e-6)
    assert not found.any()


def test_masks_have_the_asked_for_share_size_and_smoothness():
    grids, shifts, cell = random_grids(300, 7, 0.3, (20, 30), 1)
    masks = shifted_masks(grids, shifts, cell, (20, 30))
    assert masks.shape == (300, 20, 30, 1) and cell == [3, 5]
    assert masks.min() >= 0 and masks.max() <= 1
    assert masks.mean() == pytest.approx(0.3, abs=0.02)
    assert np.abs(np.diff(masks, axis=1)).max() <= 1 / 3 + 1e-6
    assert (shifts.max(0) == [2, 4]).all()
