"""Start, restart and stop the hub, and lay out homes for the students."""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import psutil

ROOT = Path(__file__).resolve().parents[2]
STATE = Path(os.environ.get("LOAD_TEST_STATE", "/tmp/saliency-load-test"))
HOMES = STATE / "homes"
WARM = os.environ.get("LOAD_TEST_WARM", "yes") == "yes"
PORT = 8790
ADDRESS = f"http://127.0.0.1:{PORT}"
DRIVER, TOKEN = "load-test", "a-token-that-is-good-on-loopback-only"
FIRST_ACCOUNT = 61000  # users without names, so that no account of the machine is touched
PATIENCE = 300


class Hub:
    """A running hub; killed and started again at will."""

    def __init__(self):
        self.log = (STATE / "hub.log").open("ab")
        self.process = None

    def start(self) -> None:
        """Start the hub, and wait until it answers."""
        config = Path(__file__).with_name("hub_config.py")
        environment = {
            **os.environ,
            "SALIENCY_STATE": str(STATE / "hub"),
            **({"SALIENCY_WARM": str(STATE / "warm")} if WARM else {}),
            "SALIENCY_ADDRESS": ADDRESS,
            "LOAD_TEST_STATE": str(STATE),
            "PYTHONPATH": str(ROOT),
        }
        self.process = subprocess.Popen(
            [Path(sys.executable).with_name("jupyterhub"), "-f", config],
            cwd=STATE,
            env=environment,
            stdout=self.log,
            stderr=self.log,
            start_new_session=True,
        )
        wait_for(self._answers, "The hub does not answer")
        if WARM:
            wait_for(self._is_warm, "The parent of the kernels does not get warm")

    def _answers(self) -> bool:
        if self.process.poll() is not None:
            raise SystemExit(f"The hub ended while it started: see {self.log.name}.")
        with contextlib.suppress(urllib.error.URLError, ConnectionError):
            return urllib.request.urlopen(f"{ADDRESS}/hub/health", timeout=5).status == 200
        return False

    def _is_warm(self) -> bool:
        return (STATE / "warm/socket").exists()

    def kill(self) -> None:
        """End the hub as a crash does: nothing is tidied up."""
        self.process.kill()
        self.process.wait()
        (STATE / "warm/socket").unlink(missing_ok=True)

    def stop(self) -> None:
        """End the hub, and everything that a student left running."""
        self.process.send_signal(signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(30)
        for pid in processes():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)


def in_use(port: int) -> bool:
    """Whether somebody listens on a port of this machine."""
    with socket.socket() as asking:
        return asking.connect_ex(("127.0.0.1", port)) == 0


def wait_for(condition, complaint: str) -> None:
    """Wait for something, but not for ever."""
    end = time.monotonic() + PATIENCE
    while not condition():
        if time.monotonic() > end:
            raise SystemExit(f"{complaint} in {PATIENCE} s: see {STATE / 'hub.log'}.")
        time.sleep(0.2)


def processes() -> dict[int, str]:
    """Every process of the hub under test, and of no other hub: number -> command line."""
    found = {}
    for one in psutil.process_iter(["cmdline", "environ"]):
        command, environment = " ".join(one.info["cmdline"] or ()), one.info["environ"] or {}
        ours = str(STATE) in command or environment.get("LOAD_TEST_STATE") == str(STATE)
        if ours and any(word in command for word in KINDS) and one.pid != os.getpid():
            found[one.pid] = command
    return found


KINDS = ("jupyterhub", "warm_kernels.py", "configurable-http-proxy")


def account_of(name: str) -> int | None:
    """The number of a student's user; None where we may not become somebody else."""
    return FIRST_ACCOUNT + int(name.removeprefix("student")) if os.geteuid() == 0 else None


def make_home(name: str) -> Path:
    """An empty home that its student alone may enter."""
    home = HOMES / name
    home.mkdir(mode=0o700)
    uid = account_of(name)
    if uid is not None:
        os.chown(home, uid, uid)
    return home


@contextlib.contextmanager
def running() -> Iterator[Hub]:
    """A hub in an empty folder; afterwards nothing of it runs, and its log is left."""
    if in_use(PORT):
        raise SystemExit(f"Port {PORT} is in use: another load test runs; wait for its end.")
    shutil.rmtree(STATE, ignore_errors=True)
    HOMES.mkdir(mode=0o755, parents=True)
    hub = Hub()
    try:
        hub.start()
        yield hub
    finally:
        hub.stop()
        shutil.rmtree(HOMES, ignore_errors=True)
