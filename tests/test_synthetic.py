"""Synthetic scenes: what each square is worth is known on paper."""

import numpy as np
import pytest
from synthetic import colour_counter, synthetic_scenes

WORTH = {"red": 3, "green": -2, "blue": 1}


@pytest.mark.parametrize("seed", [0, 1])
def test_a_square_is_worth_its_sum_of_values_times_its_weight(seed):
    model = colour_counter()
    for scene in synthetic_scenes(3, seed):
        whole = model(scene.pictures["all"][None]).numpy()[0, 0]
        for name, weight in WORTH.items():
            without = model(scene.pictures[f"no_{name}"][None]).numpy()[0, 0]
            values = scene.pictures["all"][scene.mask(name)].sum(dtype=float)
            assert whole - without == pytest.approx(weight * values / (32 * 32 * 2.55), rel=1e-4)


def test_squares_never_overlap_and_a_seed_repeats_them():
    scenes = synthetic_scenes(6)
    for scene in scenes:
        assert sum(mask.astype(int) for mask in scene.masks.values()).max() == 1
    assert np.array_equal(synthetic_scenes(1)[0].pictures["all"], scenes[0].pictures["all"])
