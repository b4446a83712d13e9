"""Loading networks: names, cached weights, downloads from loopback, and what goes wrong."""

import hashlib
import os
import shutil
import tempfile
from pathlib import Path

import h5py
import numpy as np
import pytest
from keras.src.applications import resnet as keras_resnet
from keras.src.legacy.saving import legacy_h5_format
from toys import one_sentence

from helpers.backend import keras, tf
from helpers.errors import HelpersError
from helpers.models import loading as models
from helpers.models.loading import load_model
from helpers.models.prediction import make_prediction

FILE = "weights_of_this_test.h5"


def write_h5(model, path):
    """Write the format of the published files, which today's Keras only reads."""
    with h5py.File(path, "w") as file:
        legacy_h5_format.save_weights_to_hdf5_group(file, model)


def md5(path):
    return hashlib.md5(path.read_bytes()).hexdigest()


def tiny_resnet50(weights=None, classifier_activation=None, filters=2):
    """Stand in for ResNet50, with the same shapes at both ends."""
    pixels = keras.Input((224, 224, 3))
    x = keras.layers.Conv2D(filters, 3, strides=32, name="conv")(pixels)
    x = keras.layers.GlobalAveragePooling2D()(x)
    outputs = keras.layers.Dense(1000, activation=classifier_activation, name="predictions")(x)
    return keras.Model(pixels, outputs, name="resnet50")


@pytest.fixture
def home(fresh_models, monkeypatch, tmp_path):
    """Give an empty cache folder of Keras; nothing is pinned and nowhere is asked yet."""
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras"))
    (tmp_path / "keras" / "models").mkdir(parents=True)
    return tmp_path / "keras"


@pytest.fixture
def tiny(home, monkeypatch, tmp_path, refused):
    """Make a weights file of the small stand-in, pin its hash, and ask where nobody answers."""
    monkeypatch.setattr(keras.applications, "ResNet50", tiny_resnet50)
    network, path = tiny_resnet50(), tmp_path / FILE
    write_h5(network, path)
    monkeypatch.setattr(models, "RESNET50_MD5", md5(path))
    monkeypatch.setattr(models, "RESNET50_ADDRESS", f"{refused}/{FILE}")
    return path, network


def check_logits(model, network, rng):
    """Compare with Keras' own way: preprocess by hand, then the network without softmax."""
    pixels = rng.uniform(0, 255, (2, 224, 224, 3)).astype(np.float32)
    expected = network(keras.applications.resnet50.preprocess_input(pixels.copy())).numpy()
    assert np.allclose(model(pixels).numpy(), expected, rtol=1e-4, atol=1e-4)
    assert not np.allclose(model(pixels).numpy(), network(pixels).numpy(), rtol=1e-2)


# The true ResNet50, once


@pytest.fixture(scope="module")
def true_resnet50(tmp_path_factory):
    """Give a random ResNet50 and the file of its weights."""
    keras.utils.set_random_seed(0)
    network = keras.applications.ResNet50(weights=None, classifier_activation=None)
    path = tmp_path_factory.mktemp("resnet50") / "resnet50.h5"
    write_h5(network, path)
    yield path, network
    path.unlink()


def test_the_true_resnet50_from_a_server(home, monkeypatch, server, true_resnet50, rng):
    path, network = true_resnet50
    server.files[f"/{FILE}"] = path.read_bytes()
    monkeypatch.setattr(models, "RESNET50_ADDRESS", f"{server.address}/{FILE}")
    monkeypatch.setattr(models, "RESNET50_MD5", md5(path))
    model = load_model("resnet50")
    assert load_model("resnet50") is model
    assert (home / "models" / FILE).is_file() and server.requests == [f"/{FILE}"]
    assert model.count_params() == network.count_params() == 25_636_712
    check_logits(model, network, rng)


def test_the_pinned_address_and_hash_are_those_of_keras():
    base, file = models.RESNET50_ADDRESS.rsplit("/", 1)
    assert f"{base}/" == keras_resnet.BASE_WEIGHTS_PATH
    assert file == "resnet50_weights_tf_dim_ordering_tf_kernels.h5"
    assert keras_resnet.WEIGHTS_HASHES["resnet50"][0] == models.RESNET50_MD5


# Everything around it, with a small stand-in


def test_a_file_put_into_the_cache_folder_needs_no_network(home, tiny, rng):
    path, network = tiny
    shutil.copy(path, home / "models")
    check_logits(load_model("resnet50"), network, rng)


def test_what_was_downloaded_once_is_not_downloaded_again(tiny, monkeypatch, server):
    server.files[f"/{FILE}"] = tiny[0].read_bytes()
    monkeypatch.setattr(models, "RESNET50_ADDRESS", f"{server.address}/{FILE}")
    for _ in range(2):
        load_model("resnet50")
        models.kept_model.cache_clear()
    assert server.requests == [f"/{FILE}"]


def test_a_download_shows_kerass_progress_bar(tiny, monkeypatch, server, capsys):
    server.files[f"/{FILE}"] = tiny[0].read_bytes()
    monkeypatch.setattr(models, "RESNET50_ADDRESS", f"{server.address}/{FILE}")
    load_model("resnet50")
    assert "Downloading data from" in capsys.readouterr().out
    assert not keras.config.is_interactive_logging_enabled()


def test_a_wrong_file_in_the_cache_is_fetched_anew(home, tiny, monkeypatch, server, rng):
    (home / "models" / FILE).write_bytes(b"half a download")
    server.files[f"/{FILE}"] = tiny[0].read_bytes()
    monkeypatch.setattr(models, "RESNET50_ADDRESS", f"{server.address}/{FILE}")
    check_logits(load_model("resnet50"), tiny[1], rng)


def assert_three_remedies(error, home):
    message = str(error.value)
    assert "Errno" not in message and len(message.replace(str(home), "")) < 300
    assert "connect to the internet" in message and "load_model()" in message
    assert f"put {FILE} into {home / 'models'}" in message


@pytest.mark.parametrize(
    "change", [lambda c: c[: len(c) // 2], lambda c: c[:-1] + b"!", lambda c: b"", 404, 503]
)
def test_a_truncated_wrong_or_missing_file_on_the_server(home, tiny, monkeypatch, server, change):
    served = change if isinstance(change, int) else change(tiny[0].read_bytes())
    server.files[f"/{FILE}"] = served
    monkeypatch.setattr(models, "RESNET50_ADDRESS", f"{server.address}/{FILE}")
    with pytest.raises(HelpersError, match="could not be fetched") as error:
        load_model("resnet50")
    assert_three_remedies(error, home)
    # A broken file that was kept must not be taken for the right one next time.
    server.files[f"/{FILE}"] = tiny[0].read_bytes()
    assert load_model("resnet50").output_shape == (None, 1000)


@pytest.mark.parametrize("kept", [None, b"half a download"])
def test_a_refused_connection(home, tiny, kept):
    if kept:
        (home / "models" / FILE).write_bytes(kept)
    with pytest.raises(HelpersError, match="could not be fetched") as error:
        load_model("resnet50")
    assert_three_remedies(error, home)


@pytest.fixture
def read_only(home, monkeypatch):
    """Make the cache folder read-only, for root too, who may write everywhere."""
    real = os.access

    def access(path, mode, **options):
        asked = str(path).startswith(str(home))
        return real(path, mode, **options) and not (asked and mode == os.W_OK)

    monkeypatch.setattr(os, "access", access)
    home.chmod(0o555)
    yield home
    home.chmod(0o755)


def test_a_read_only_cache_with_the_right_file(home, tiny, rng, request):
    shutil.copy(tiny[0], home / "models")
    request.getfixturevalue("read_only")
    check_logits(load_model("resnet50"), tiny[1], rng)


def test_a_read_only_cache_without_the_file(tiny, read_only, monkeypatch, server):
    """Keras then keeps the download in the folder for temporary files."""
    own = f"{os.getpid()}_{FILE}"
    monkeypatch.setattr(models, "RESNET50_ADDRESS", f"{server.address}/{own}")
    with pytest.raises(HelpersError, match="could not be fetched"):
        load_model("resnet50")
    server.files[f"/{own}"] = tiny[0].read_bytes()
    try:
        assert load_model("resnet50").output_shape == (None, 1000)
    finally:
        for folder in {"/tmp", tempfile.gettempdir()}:
            (Path(folder) / ".keras" / "models" / own).unlink(missing_ok=True)
    assert not list((read_only / "models").iterdir())


def test_resnet50_follows_the_contract(tiny, home, chelsea):
    shutil.copy(tiny[0], home / "models")
    model = load_model("resnet50")
    assert model.input_shape == (None, 224, 224, 3) and model.output_shape == (None, 1000)
    index, [detailed] = make_prediction(chelsea, model)
    assert detailed[0][0].startswith("n") and isinstance(index, int)


# Names, weights and the cache


def test_the_default_name_and_its_replacement(fresh_models, monkeypatch):
    asked = []
    monkeypatch.setattr(models, "kept_model", lambda name, weights: asked.append((name, weights)))
    load_model()
    load_model("resnet50", weights="random")
    monkeypatch.setenv("HELPERS_MODEL", "resnet50")
    load_model()
    load_model("efficientnet-lite0")
    monkeypatch.setenv("HELPERS_MODEL", "")
    load_model(weights=Path("x.h5"))
    default = "efficientnet-lite0"
    assert asked == [
        (default, None),
        ("resnet50", "random"),
        ("resnet50", None),
        (default, None),
        (default, "x.h5"),
    ]


def test_the_default_is_the_network_loaded_once(network, monkeypatch):
    monkeypatch.delenv("HELPERS_MODEL", raising=False)
    assert load_model() is network
    assert load_model("efficientnet-lite0") is network


@pytest.mark.parametrize("name", ["vgg16", "ResNet50", 50, ["resnet50"]])
def test_an_unknown_network(name):
    with pytest.raises(
        HelpersError, match="'efficientnet-lite0', 'squeezenet', 'resnet50'"
    ) as error:
        load_model(name)
    one_sentence(error)


def test_an_unknown_name_in_the_environment(monkeypatch):
    monkeypatch.setenv("HELPERS_MODEL", "vgg16")
    with pytest.raises(HelpersError, match="There is no network 'vgg16'"):
        load_model()


def test_random_weights_are_always_the_same_and_say_nothing_special(fresh_models, network, chelsea):
    first = load_model(weights="random")
    models.kept_model.cache_clear()
    second = load_model(weights="random")
    assert first is not second and first is not network
    logits = [model(chelsea[None]).numpy()[0] for model in (first, second, network)]
    assert np.array_equal(logits[0], logits[1])
    assert np.isfinite(logits[0]).all() and logits[0].std() > 1e-3
    assert abs(np.corrcoef(logits[0], logits[2])[0, 1]) < 0.2


def test_random_weights_of_resnet50_are_drawn_from_the_seed(fresh_models, monkeypatch, chelsea):
    monkeypatch.setattr(keras.applications, "ResNet50", tiny_resnet50)
    first = load_model("resnet50", weights="random")
    models.kept_model.cache_clear()
    second = load_model("resnet50", weights="random")
    assert first is not second
    assert np.array_equal(first(chelsea[None]), second(chelsea[None]))


def test_a_weights_file_of_the_readers_own(fresh_models, tmp_path, network, chelsea):
    path = tmp_path / "my.weights.h5"
    network.save_weights(path)
    mine = load_model("efficientnet-lite0", weights=path)
    assert mine is not network
    assert np.allclose(mine(chelsea[None]), network(chelsea[None]), atol=1e-5)


@pytest.mark.parametrize("name", ["gone.h5", "text.h5", "text.txt", "other.weights.h5", "other.h5"])
def test_weights_files_that_do_not_fit(fresh_models, tmp_path, monkeypatch, name):
    monkeypatch.setattr(keras.applications, "ResNet50", tiny_resnet50)
    if name.startswith("text"):
        (tmp_path / name).write_text("Dear diary")
    if name == "other.weights.h5":
        tiny_resnet50(filters=3).save_weights(tmp_path / name)
    if name == "other.h5":
        write_h5(tiny_resnet50(filters=3), tmp_path / name)
    with pytest.raises(HelpersError, match="does not fit resnet50") as error:
        load_model("resnet50", weights=tmp_path / name)
    assert "tensorflow" not in str(error.value).lower() and "\n" not in str(error.value)
    assert not name.startswith("gone") or "there is no such file" in str(error.value)


def test_importing_the_backend_is_silent():
    assert tf.__version__ and not keras.config.is_interactive_logging_enabled()
