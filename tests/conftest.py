"""What several test modules share: toy models, the real network, a server on loopback."""

import functools
import http.server
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest
from toys import SIDE, small_classifier

from helpers.backend import keras
from helpers.models import loading as models
from helpers.pictures.images import load_image, to_array

ROOT = Path(__file__).resolve().parents[1]
SHARED = ROOT.parent / "shared"


@pytest.fixture(scope="session")
def network():
    """EfficientNet-Lite0 with its ImageNet weights, loaded once."""
    return models.load_model("efficientnet-lite0")


@pytest.fixture(scope="session")
def chelsea():
    array = to_array(load_image("chelsea"))
    array.flags.writeable = False
    return array


@pytest.fixture
def rng():
    return np.random.default_rng(7)


@pytest.fixture
def pictures(rng):
    """Four small random pictures, float32 (4, 8, 8, 3), 0..255."""
    return rng.uniform(0, 255, (4, SIDE, SIDE, 3)).astype(np.float32)


@pytest.fixture
def linear(rng):
    """Score k is the sum of pixels times weights[k]: the gradient is weights[k], everywhere."""
    weights = rng.normal(size=(3, SIDE, SIDE, 3)).astype(np.float32)
    model = keras.Sequential(
        [keras.Input((SIDE, SIDE, 3)), keras.layers.Flatten(), keras.layers.Dense(3, name="dense")],
        name="linear",
    )
    model.layers[-1].set_weights([weights.reshape(3, -1).T, np.array([1, -2, 3], np.float32)])
    return model, weights


@pytest.fixture
def small():
    return small_classifier()


@pytest.fixture
def fresh_models(monkeypatch):
    """Let `load_model` forget its models for one test, without losing the shared network."""
    monkeypatch.setattr(models, "kept_model", functools.cache(models.kept_model.__wrapped__))
    monkeypatch.delenv("HELPERS_MODEL", raising=False)


@pytest.fixture
def server():
    """Serve `server.files` (path -> bytes, or a status code) on loopback."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            server.requests.append(self.path)
            found = server.files.get(self.path, 404)
            if isinstance(found, int):
                return self.send_error(found)
            self.send_response(200)
            self.send_header("Content-Length", str(len(found)))
            self.end_headers()
            return self.wfile.write(found)

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.files, server.requests = {}, []
    server.address = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def refused():
    """Give an address on loopback where nobody listens."""
    idle = http.server.HTTPServer(("127.0.0.1", 0), http.server.BaseHTTPRequestHandler)
    idle.server_close()
    return f"http://127.0.0.1:{idle.server_port}"


@pytest.fixture(scope="session")
def blog():
    """Give the folder with the post's own pictures, which are never part of the project."""
    folder = SHARED / "blog"
    if not folder.is_dir():
        pytest.skip(f"the post's pictures are not here ({folder.name} beside the project)")
    return folder


@pytest.fixture(scope="session")
def site(tmp_path_factory):
    """Build the site from the stored notebooks and give its folder."""
    for module in ("sphinx", "myst_nb", "pydata_sphinx_theme", "numpydoc", "sphinx_copybutton"):
        pytest.importorskip(module, reason="the site's tools are not installed: make site")
    build = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "tools.website.build", str(build)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-4000:]
    return build / "html"


@pytest.fixture(scope="session")
def page_files(tmp_path_factory):
    """Build the page that runs the networks in the browser; gives its folder."""
    from tools.page import build

    if sentence := build.missing():
        pytest.skip(sentence)
    folder = tmp_path_factory.mktemp("page") / "built"
    try:
        build.build(folder)
    except build.BuildError as error:
        pytest.skip(f"{error}")
    return folder
