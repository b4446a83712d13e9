"""SqueezeNet: the reference values, a restricted reader, and CAM where it is exact."""

import collections
import os
import pickle
import sys

import numpy as np
import pytest
from toys import one_sentence

from helpers.attribution.registry import METHODS, attribute
from helpers.attribution.saliency import compute_saliency_map
from helpers.backend import keras
from helpers.errors import HelpersError
from helpers.evaluation import randomisation_stages
from helpers.models import loading, squeezenet
from helpers.models.layers import spatial_layer
from helpers.models.loading import load_model
from helpers.models.prediction import make_prediction
from helpers.models.squeezenet import SHA256, packaged_weights, read_weights
from helpers.models.weight_files import checked_bytes
from helpers.pictures.images import load_image, to_array

# From an independent implementation; picture squashed with Pillow's bicubic filter.
REFERENCE = {
    "chelsea": (
        {285: 33.311, 282: 32.306, 281: 31.720, 287: 27.835, 293: 25.413},
        ["Egyptian_cat", "tiger_cat", "tabby", "lynx", "cheetah"],
        (1.026e-2, 5.254e-4),
    ),
    "coffee": (
        {967: 36.386, 968: 27.099, 925: 26.690, 504: 26.336, 960: 26.288},
        ["espresso", "cup", "consomme", "coffee_mug", "chocolate_sauce"],
        (2.335e-2, 3.108e-4),
    ),
}


@pytest.fixture(scope="module")
def squeeze():
    return load_model("squeezenet")


@pytest.mark.parametrize("name", REFERENCE)
def test_logits_and_gradient_agree_with_the_reference(squeeze, name):
    logits, names, (largest, mean) = REFERENCE[name]
    array = to_array(load_image(name), squeeze)
    index, [detailed] = make_prediction(array, squeeze)
    assert index == next(iter(logits))
    assert [found for _, found, _ in detailed] == names
    assert [logit for *_, logit in detailed] == pytest.approx(list(logits.values()), abs=1e-2)
    saliency = compute_saliency_map(squeeze, array, index, sigma=0)
    assert saliency.max() == pytest.approx(largest, rel=1e-2)
    assert saliency.mean() == pytest.approx(mean, rel=1e-2)


def test_the_architecture(squeeze):
    assert squeeze.count_params() == 1_235_496
    assert squeeze.input_shape == (None, 224, 224, 3) and squeeze.output_shape == (None, 1000)
    kinds = collections.Counter(type(layer).__name__ for layer in squeeze.layers)
    assert kinds["Conv2D"] == 26 and kinds["ReLU"] == 25 and kinds["MaxPooling2D"] == 3
    assert kinds["Concatenate"] == 8 and not {"BatchNormalization", "Dense", "Softmax"} & {*kinds}
    assert squeeze.get_layer("conv10").output.shape == (None, 13, 13, 1000)


def test_channels_are_read_as_the_published_network_reads_them(squeeze, chelsea):
    """Blue first and the mean colour taken away, by hand, through the packaged kernel."""
    weights = read_weights(checked_bytes(packaged_weights(), SHA256))
    first = keras.layers.Conv2D(64, 3, strides=2, padding="same")
    blue_first = chelsea[None, ..., ::-1] - np.array((103.939, 116.779, 123.68), np.float32)
    first.build(blue_first.shape)
    first.set_weights(weights["conv1"])
    inside = keras.Model(squeeze.inputs, squeeze.get_layer("conv1").output)
    assert np.allclose(inside(chelsea[None]), first(blue_first), rtol=1e-4, atol=1e-2)


def test_grad_cam_is_cam_exactly(squeeze, chelsea):
    """CAM (Zhou et al. 2016): the feature maps, weighted with the weights of the class."""
    target = 285
    found, details = attribute(squeeze, chelsea, target, "grad_cam", details=True)
    assert spatial_layer(squeeze).name == "fire9_concat"
    named = attribute(squeeze, chelsea, target, "grad_cam", layer="fire9_concat")
    assert np.array_equal(found, named)
    features = keras.Model(squeeze.inputs, squeeze.get_layer("conv10").input)(chelsea[None])[0]
    kernel, bias = squeeze.get_layer("conv10").get_weights()
    cam = features.numpy() @ kernel[0, 0, :, target] / 13**2
    assert details["coarse_map"][..., 0] == pytest.approx(np.maximum(cam, 0), rel=1e-4, abs=1e-5)
    assert details["score"] == pytest.approx(cam.sum() + bias[target], rel=1e-4)


@pytest.mark.parametrize("method", METHODS)
def test_every_method_makes_a_map(squeeze, chelsea, method):
    quick = {
        "smoothgrad": {"samples": 2}, "vargrad": {"samples": 2}, "rise": {"samples": 4},
        "integrated_gradients": {"steps": 2}, "xrai": {"steps": 2},
        "occlusion": {"patch": 96, "stride": 96}, "expected_gradients": {"samples": 2},
        "blur_ig": {"steps": 2}, "lime": {"samples": 60}, "kernel_shap": {"samples": 60},
        "hsic": {"samples": 8},
    }  # fmt: skip
    found = attribute(squeeze, chelsea, 285, method, progress=False, **quick.get(method, {}))
    assert found.shape[:2] == (224, 224) and np.isfinite(found).all() and found.any()


def test_the_blocks_of_its_randomisation(squeeze):
    names = [stage.name for stage in randomisation_stages(squeeze, "block")]
    assert names == ["conv10", *(f"fire{number}" for number in range(9, 1, -1)), "conv1"]


def test_it_is_cached_and_is_the_default_where_the_environment_says_so(squeeze, monkeypatch):
    monkeypatch.setenv("HELPERS_MODEL", "squeezenet")
    assert load_model() is squeeze


def test_random_weights_and_a_file_of_the_readers_own(fresh_models, tmp_path, squeeze, chelsea):
    first = load_model("squeezenet", weights="random")
    loading.kept_model.cache_clear()
    second = load_model("squeezenet", weights="random")
    assert np.array_equal(first(chelsea[None]), second(chelsea[None]))
    assert np.std(first(chelsea[None])) > 1e-3
    squeeze.save_weights(tmp_path / "my.weights.h5")
    mine = load_model("squeezenet", weights=tmp_path / "my.weights.h5")
    assert np.array_equal(mine(chelsea[None]), squeeze(chelsea[None]))


# The reader of the file


def test_the_file_holds_26_convolutions():
    weights = read_weights(checked_bytes(packaged_weights(), SHA256))
    assert len(weights) == 26 and sum(a.size for pair in weights.values() for a in pair) == 1235496
    assert {a.dtype for pair in weights.values() for a in pair} == {np.dtype(np.float32)}
    assert weights["fire2/expand3x3"][0].shape == (3, 3, 16, 64)


class _Evil:
    def __init__(self, function, *arguments):
        self.call = function, arguments

    def __reduce__(self):
        return self.call


@pytest.mark.parametrize("protocol", [0, 2, 4])
def test_a_forged_pickle_runs_nothing(tmp_path, protocol):
    trace = tmp_path / "was here"
    forged = pickle.dumps({"conv1": _Evil(os.system, f"touch '{trace}'")}, protocol)
    with pytest.raises(HelpersError, match=r"it asks for (posix|nt)\.system") as error:
        read_weights(forged)
    one_sentence(error)
    assert not trace.exists()


@pytest.mark.parametrize("function", [eval, getattr, __import__, np.frombuffer, np.load])
def test_only_three_names_are_admitted(function):
    with pytest.raises(HelpersError, match="it asks for"):
        read_weights(pickle.dumps(_Evil(function, "1")))


def test_junk_is_refused(rng):
    for case in (b"", b"junk", pickle.dumps(7), *(rng.bytes(40) for _ in range(100))):
        with pytest.raises(HelpersError, match="not a pickle of arrays") as error:
            read_weights(case)
        assert "\n" not in str(error.value)


def test_a_damaged_file_and_a_missing_package(fresh_models, monkeypatch, tmp_path):
    damaged = tmp_path / "weights.pkl"
    damaged.write_bytes(packaged_weights().read_bytes()[:-1])
    monkeypatch.setattr(squeezenet, "packaged_weights", lambda: damaged)
    with pytest.raises(HelpersError, match="is damaged") as error:
        load_model("squeezenet")
    one_sentence(error)
    monkeypatch.undo()
    monkeypatch.setitem(sys.modules, "ndf", None)
    with pytest.raises(HelpersError, match="The package ndf .* `make lab` installs it") as error:
        loading.kept_model.__wrapped__("squeezenet", None)
    one_sentence(error)
