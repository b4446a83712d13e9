"""A JupyterLab of our own and a Chromium of the system, for the tests in this folder."""

import importlib.util
import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
CHROMIUM = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
)
TOKEN = "test"


@pytest.fixture(scope="session")
def browser():
    """The system's Chromium; without one the tests are skipped, and say so."""
    if CHROMIUM is None:
        pytest.skip("no Chromium on this machine: on Debian or Ubuntu, sudo apt install chromium")
    sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    with sync_api.sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu", "--disable-quic"]
        )
        yield chromium
        chromium.close()


@pytest.fixture
def page(browser):
    """A fresh page, 1280 x 1000; an error in it fails the test."""
    context = browser.new_context(viewport={"width": 1280, "height": 1000})
    page, errors = context.new_page(), []
    page.on("pageerror", lambda error: errors.append(str(error)))
    yield page
    context.close()
    assert errors == []


@pytest.fixture(scope="session")
def nbrefresh():
    """The script tools/nbrefresh.py as a module."""
    spec = importlib.util.spec_from_file_location("nbrefresh", ROOT / "tools" / "nbrefresh.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def lab_folder(tmp_path_factory):
    """The folder that the server shows; put notebooks into it."""
    return tmp_path_factory.mktemp("lab-work")


@pytest.fixture(scope="session")
def lab(browser, lab_folder, tmp_path_factory):
    """A running JupyterLab with settings of its own; gives its address."""
    scratch = tmp_path_factory.mktemp("lab-settings")
    settings = scratch / "lab" / "@jupyterlab" / "apputils-extension"
    settings.mkdir(parents=True)
    # No question about news and no update check: nothing pops up over the page.
    (settings / "notification.jupyterlab-settings").write_text(
        '{"fetchNews": "false", "checkForUpdates": false}'
    )
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    address = f"http://127.0.0.1:{port}"
    with (scratch / "log").open("w") as log:
        server = subprocess.Popen(
            _lab_command(port, lab_folder), env=_lab_environment(scratch), stdout=log, stderr=log
        )
    try:
        _wait(server, f"{address}/api/status?token={TOKEN}", scratch / "log")
        yield address
    finally:
        server.terminate()
        server.wait(20)


def _lab_command(port, folder):
    return [
        *(sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root"),
        *("--ServerApp.ip=127.0.0.1", f"--ServerApp.port={port}", "--ServerApp.port_retries=0"),
        *(f"--IdentityProvider.token={TOKEN}", f"--ServerApp.root_dir={folder}"),
    ]


def _lab_environment(scratch):
    places = {
        "JUPYTER_CONFIG_DIR": "config",
        "JUPYTER_RUNTIME_DIR": "runtime",
        "JUPYTERLAB_SETTINGS_DIR": "lab",
        "JUPYTERLAB_WORKSPACES_DIR": "workspaces",
        "IPYTHONDIR": "ipython",
    }
    return os.environ | {name: str(scratch / place) for name, place in places.items()}


def _wait(server, address, log, seconds=240):
    end = time.monotonic() + seconds
    while time.monotonic() < end and server.poll() is None:
        try:
            with urllib.request.urlopen(address, timeout=2):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.25)
    pytest.fail(f"JupyterLab did not answer in {seconds} s:\n{log.read_text()}")


@pytest.fixture
def open_notebook(page, lab):
    """Open a notebook of the lab folder by name; gives its panel, with the kernel idle."""
    from playwright.sync_api import expect

    def open_it(name):
        page.goto(f"{lab}/lab/tree/{name}?token={TOKEN}&reset")
        panel = page.locator(".jp-NotebookPanel:not(.lm-mod-hidden)")
        expect(panel).to_be_visible(timeout=60_000)
        # The toolbar's idle mark comes too early: a run asked for then opens a dialog instead.
        idle = page.locator("#jp-main-statusbar").get_by_text(re.compile(r"\| Idle$"))
        expect(idle).to_be_visible(timeout=60_000)
        return panel

    return open_it


@pytest.fixture
def run_all(page):
    """Run all cells of the notebook in a panel, and wait until the last one is done."""
    from playwright.sync_api import expect

    def run(panel, seconds=180):
        page.get_by_role("menuitem", name="Run", exact=True).click()
        page.get_by_role("menuitem", name=re.compile(r"^Run All Cells")).click()
        prompts = panel.locator(".jp-CodeCell .jp-InputArea-prompt")
        expect(prompts.last).to_have_text(re.compile(r"\[\d+\]:"), timeout=seconds * 1000)
        expect(prompts.filter(has_text="[*]")).to_have_count(0, timeout=seconds * 1000)

    return run
