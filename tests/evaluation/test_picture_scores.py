"""Scores of pictures that are made one after the other, a batch at a time."""

import pytest

from helpers.errors import HelpersError
from helpers.evaluation import picture_scores
from helpers.evaluation.picture_scores import score_pictures
from helpers.models.prediction import class_probabilities

OPTIONS = {"total": 4, "description": "toys", "batch_size": 2, "progress": False}


def test_scores_come_in_order_in_either_unit(small, pictures):
    logits = small(pictures).numpy()[:, 1]
    assert score_pictures(small, iter(pictures), 1, **OPTIONS) == pytest.approx(logits, rel=1e-4)
    said = score_pictures(small, iter(pictures), 1, "probability", **OPTIONS)
    assert said == pytest.approx(class_probabilities(pictures, small)[:, 1], rel=1e-4)


def test_one_batch_is_made_at_a_time(small, pictures, monkeypatch):
    order = []
    score = picture_scores.compute_logits
    monkeypatch.setattr(
        picture_scores, "compute_logits", lambda *given: order.append("scored") or score(*given)
    )
    score_pictures(small, (order.append("made") or p for p in pictures), 0, **OPTIONS)
    assert order == ["made", "made", "scored"] * 2


@pytest.mark.parametrize(
    ("options", "says"), [({"score": "loss"}, "score is one of"), ({"batch_size": 0}, "batch_size")]
)
def test_options_out_of_range(small, pictures, options, says):
    with pytest.raises(HelpersError, match=says):
        score_pictures(small, iter(pictures), 0, **{**OPTIONS, **options})
