"""Pictures as the reader and the network see them."""

import numpy as np
import pytest
from hands import PHOTO, logits_of
from PIL import Image
from toys import one_sentence

from helpers import HelpersError
from helpers.attribution.registry import METHODS
from helpers.pictures.images import to_array
from helpers.widgets.class_view import ClassMaps
from helpers.widgets.mask_view import Masking
from helpers.widgets.seen import screen_size, see


def test_pictures_are_brought_to_one_width():
    assert screen_size(Image.new("RGB", (1024, 576))).size == (480, 270)
    assert screen_size(np.zeros((1, 1000, 3))).size == (480, 1)
    assert screen_size(PHOTO, 90).size == (90, 60)


def test_what_takes_one_pass_is_quick():
    slow = {"smoothgrad", "vargrad", "integrated_gradients", "occlusion", "rise", "xrai"}
    slow |= {"expected_gradients", "blur_ig", "lrp", "lime", "kernel_shap", "hsic"}
    assert {name for name, record in METHODS.items() if not record.is_quick} == slow


def test_what_is_seen_of_a_picture(toy):
    seen = see(toy, PHOTO, 320)
    expected = logits_of(to_array(PHOTO, toy), toy)
    np.testing.assert_array_equal(seen.logits, expected)
    assert seen.top() == list(np.argsort(-expected)[:5])
    assert seen.probabilities.sum() == pytest.approx(1)
    best = seen.top(1)[0]
    assert seen.words(best).startswith(f"logit {expected[best]:.1f}, probability 0.")


def test_something_that_is_no_picture(toy):
    for make in (ClassMaps, Masking):
        with pytest.raises(HelpersError, match=r"shape \(h, w, 3\)") as error:
            make(toy, PHOTO[..., 0])
        one_sentence(error)
