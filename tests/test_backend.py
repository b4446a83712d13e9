"""TensorFlow and Keras as the package needs them, whatever the reader has set."""

import gc
import json
import os
import platform
import subprocess
import sys

import numpy as np
import psutil
import pytest

from helpers import check
from helpers.backend import default_settings, give_memory_back, keras

KERAS_JSON = {"backend": "jax", "image_data_format": "channels_first", "floatx": "float16"}
NETWORK = """
from helpers import load_image, load_model, make_prediction, to_array
from helpers.backend import keras

network = load_model()
assert keras.config.backend() == "tensorflow"
assert network.input_shape == (None, 224, 224, 3)
assert {network.inputs[0].dtype, network.layers[2].dtype} == {"float32"}
assert keras.config.image_data_format() == "channels_first" and keras.config.floatx() == "float16"
index, [[(_, _, logit)]] = make_prediction(to_array(load_image("chelsea"), network), network, 1)
print(index, round(logit, 2))
"""
ELSEWHERE = """
import keras

keras.config.backend = lambda: "jax"
from helpers import check

raise SystemExit(check.run_checks(check.CHECKS[2:4]))
"""


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
    if platform.libc_ver()[0] != "glibc":
        pytest.skip("the C library has no function for it")
    # Small pieces, with one kept after each, as what is freed in one block goes back by itself.
    pieces = [np.ones(4000) for _ in range(6000)]
    kept = pieces[::500]
    del pieces
    gc.collect()
    before = psutil.Process().memory_info().rss
    give_memory_back()
    assert before - psutil.Process().memory_info().rss > 100 * 2**20 and len(kept) == 12


def run(code: str, **environment) -> subprocess.CompletedProcess:
    env = {**os.environ, **environment}
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=env)


def test_the_network_answers_as_ever_under_settings_for_other_projects(tmp_path):
    (tmp_path / "keras.json").write_text(json.dumps(KERAS_JSON))
    done = run(NETWORK, KERAS_HOME=str(tmp_path), KERAS_BACKEND="torch")
    assert done.returncode == 0, done.stderr
    index, logit = done.stdout.split()
    assert int(index) == check.CHELSEA_CLASS and abs(float(logit) - check.CHELSEA_LOGIT) < 0.02


def test_keras_that_runs_elsewhere_is_named_and_no_weights_are_blamed():
    done = run(ELSEWHERE)
    assert done.returncode == 2, done.stderr
    keras, repair, weights, advice = done.stdout.splitlines()
    for line in (keras, weights):
        assert line.endswith("or import the helpers first, and restart the kernel.")
        assert "runs on 'jax': set KERAS_BACKEND=tensorflow" in line
    assert "set KERAS_BACKEND=tensorflow in the environment" in repair
    assert advice.startswith("      repair:   repair what fails above first; else ")
