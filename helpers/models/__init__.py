"""Models: loading and wrapping classifiers, and what they say about a picture."""

from helpers.models.loading import load_model
from helpers.models.prediction import class_logits, class_probabilities, make_prediction
from helpers.models.scores import compute_logits
from helpers.models.wrapping import wrap_classifier

__all__ = [
    "class_logits",
    "class_probabilities",
    "compute_logits",
    "load_model",
    "make_prediction",
    "wrap_classifier",
]
