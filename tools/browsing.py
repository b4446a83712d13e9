"""A Chromium of the system, and Jupyter servers on loopback that leave the reader's settings alone.

For the browser tests and for the benchmark of the explorers.
"""

import contextlib
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from pathlib import Path

CHROMIUM = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
)
NO_CHROMIUM = "no Chromium on this machine: on Debian or Ubuntu, sudo apt install chromium"
CHROMIUM_OPTIONS = ("--no-sandbox", "--disable-gpu", "--disable-quic")
TOKEN = "test"
SETTINGS = {
    # No question about news and no update check: nothing pops up over the page.
    "@jupyterlab/apputils-extension/notification": {"fetchNews": "false", "checkForUpdates": False},
    # Off by default, and the worst case for what a saved notebook may give away.
    "@jupyter-widgets/jupyterlab-manager/plugin": {"saveState": True},
}


class ServerError(Exception):
    """A server that did not come up, with what it printed."""


def free_port() -> int:
    """A port of this machine that nobody uses now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextlib.contextmanager
def jupyterlab(folder: Path, scratch: Path) -> Iterator[str]:
    """Run JupyterLab on a folder of notebooks; gives its address (append `?token=`)."""
    for name, values in SETTINGS.items():
        file = scratch / "lab" / f"{name}.jupyterlab-settings"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(values))
    port = free_port()
    command = [
        *("jupyterlab", "--no-browser", "--allow-root", "--ServerApp.ip=127.0.0.1"),
        *(f"--ServerApp.port={port}", "--ServerApp.port_retries=0"),
        *(f"--IdentityProvider.token={TOKEN}", f"--ServerApp.root_dir={folder}"),
    ]
    address = f"http://127.0.0.1:{port}"
    with serve(command, f"{address}/api/status?token={TOKEN}", scratch):
        yield address


@contextlib.contextmanager
def serve(command: Sequence[str], address: str, scratch: Path, cwd: Path | None = None):
    """Run `python -m command` until the `with` ends; it begins once `address` answers."""
    places = {
        "JUPYTER_CONFIG_DIR": "config",
        "JUPYTER_RUNTIME_DIR": "runtime",
        "JUPYTERLAB_SETTINGS_DIR": "lab",
        "JUPYTERLAB_WORKSPACES_DIR": "workspaces",
        "IPYTHONDIR": "ipython",
    }
    environment = os.environ | {name: str(scratch / place) for name, place in places.items()}
    with (scratch / "log").open("w") as log:
        server = subprocess.Popen(
            [sys.executable, "-m", *command], env=environment, cwd=cwd, stdout=log, stderr=log
        )
    try:
        _wait(server, address, scratch / "log")
        yield
    finally:
        server.terminate()
        server.wait(20)


def _wait(server: subprocess.Popen, address: str, log: Path, seconds: float = 240) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end and server.poll() is None:
        try:
            with urllib.request.urlopen(address, timeout=seconds):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.25)
    raise ServerError(f"{address} did not answer in {seconds} s:\n{log.read_text()}")


def open_notebook(page, lab: str, name: str):
    """Open a notebook of the server's folder; gives its panel, with the kernel idle."""
    from playwright.sync_api import expect

    page.goto(f"{lab}/lab/tree/{name}?token={TOKEN}&reset")
    panel = page.locator(".jp-NotebookPanel:not(.lm-mod-hidden)")
    expect(panel).to_be_visible(timeout=120_000)
    wait_for_kernel(page)
    return panel


def wait_for_kernel(page) -> None:
    """Wait until the kernel of the notebook in front is idle."""
    from playwright.sync_api import expect

    # The toolbar's idle mark comes too early: a run asked for then opens a dialog instead.
    idle = page.locator("#jp-main-statusbar").get_by_text(re.compile(r"\| Idle$"))
    expect(idle).to_be_visible(timeout=120_000)


def run_all(page, panel, seconds: float = 240) -> None:
    """Run all cells of the notebook in a panel, and wait until the last one is done."""
    from playwright.sync_api import expect

    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.get_by_role("menuitem", name=re.compile(r"^Run All Cells")).click()
    prompts = panel.locator(".jp-CodeCell .jp-InputArea-prompt")
    # After an error the cells below go back from [*] to [ ].
    expect(prompts.last).to_have_text("[*]:")
    expect(prompts.filter(has_text="[*]")).to_have_count(0, timeout=seconds * 1000)
    errors = panel.locator('[data-mime-type="application/vnd.jupyter.error"]')
    assert errors.count() == 0, errors.first.inner_text()
    expect(prompts.last).to_have_text(re.compile(r"\[\d+\]:"))
