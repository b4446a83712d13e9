"""TensorFlow and Keras as the package needs them, whatever the reader has set."""

import gc

import numpy as np
import psutil
import pytest

from helpers import backend
from helpers.backend import default_settings, give_memory_back, keras


def test_a_network_is_built_as_by_default_and_settings_come_back():
    keras.config.set_image_data_format("channels_first")
    keras.config.set_dtype_policy("mixed_float16")
    try:
        with default_settings():
            assert keras.config.image_data_format() == "channels_last"
            assert keras.config.dtype_policy().name == "float32"
        assert keras.config.image_data_format() == "channels_first"
        assert keras.config.dtype_policy().name == "mixed_float16"
    finally:
        keras.config.set_image_data_format("channels_last")
        keras.config.set_dtype_policy("float32")


def test_freed_memory_goes_back_to_the_system():
    give_memory_back()
    if backend._glibc_trim() is None:
        pytest.skip("the C library has no function for it")
    # Small pieces, with one kept after each, as what is freed in one block goes back by itself.
    pieces = [np.ones(4000) for _ in range(6000)]
    kept = pieces[::500]
    del pieces
    gc.collect()
    before = psutil.Process().memory_info().rss
    give_memory_back()
    assert before - psutil.Process().memory_info().rss > 100 * 2**20 and len(kept) == 12
