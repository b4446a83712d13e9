"""Forked kernels: each is its student's own, reaches nobody else's, and draws the same maps."""

import contextlib
import os
import queue
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from jupyter_client import BlockingKernelClient
from jupyter_client.connect import write_connection_file

ROOT = Path(__file__).resolve().parents[2]
WARM = ROOT / "deploy/warm_kernels.py"
ANNA, BEN = 61081, 61082  # users without names
SETTINGS = {
    "LC_ALL": "C.UTF-8",
    "HOME": "/nonexistent",
    "KERAS_BACKEND": "tensorflow",
    "MPLBACKEND": "module://matplotlib_inline.backend_inline",
    "OPENBLAS_NUM_THREADS": "1",
    "TF_CPP_MIN_LOG_LEVEL": "2",
}
MAP = """
from helpers import load_model, load_image, to_array, compute_saliency_map
model = load_model()
drawn = compute_saliency_map(model, to_array(load_image("chelsea"), model), 285)
import hashlib
print(drawn.shape, hashlib.sha256(drawn.tobytes()).hexdigest())
"""
needs_root = pytest.mark.skipif(
    not sys.platform.startswith("linux") or os.geteuid() != 0,
    reason="only root of a Linux machine can become two students",
)


def others_can_run_this_python() -> bool:
    as_student = {"user": ANNA, "group": ANNA, "extra_groups": []}
    try:
        command = [sys.executable, "-c", "import zmq, ssl"]
        return not subprocess.run(command, cwd="/", env={}, **as_student).returncode
    except PermissionError:
        return False


@pytest.fixture(scope="module")
def warm(tmp_path_factory):
    """A parent as the hub starts it: as root, with an empty environment."""
    if not others_can_run_this_python():
        pytest.skip(f"other users cannot run {sys.executable}")
    folder = Path("/tmp") / f"saliency-test-{os.getpid()}"
    folder.mkdir(mode=0o755)
    command = [sys.executable, "-P", WARM, "serve", folder / "socket"]
    parent = subprocess.Popen(command, env=SETTINGS, stdout=subprocess.PIPE, text=True)
    assert parent.stdout.readline().startswith("warm")
    yield folder
    parent.kill()
    parent.wait()
    subprocess.run(["rm", "-r", folder], check=True)


def wait_until_it_answers(client: BlockingKernelClient) -> None:
    """As `wait_for_ready`, which gives up where the first heartbeat is late."""
    end = time.monotonic() + 300
    while time.monotonic() < end:
        with contextlib.suppress(queue.Empty, TimeoutError):
            client.kernel_info(reply=True, timeout=5)
            client.execute_interactive("", timeout=5)
            return
    raise TimeoutError("The kernel does not answer.")


class Kernel:
    """A kernel that a student's server asked for."""

    def __init__(self, folder: Path, uid: int, warm: bool = True):
        self.home = folder / f"home-{uid}-{time.monotonic_ns()}"
        self.home.mkdir(mode=0o700)
        ipc = {"transport": "ipc", "ip": str(self.home / "ipc")}
        self.file = write_connection_file(str(self.home / "kernel.json"), **ipc)[0]
        for path in (self.home, self.file):
            os.chown(path, uid, uid)
        environment = {"HOME": str(self.home), "USER": "anna", "PYTHONPATH": str(ROOT)}
        environment |= {"OPENBLAS_NUM_THREADS": "1", "WARM_KERNELS": str(folder / "socket")}
        if not warm:
            environment["WARM_KERNELS"] = str(folder / "nobody")
        self.stand_in = subprocess.Popen(
            [sys.executable, "-IS", WARM, "ask", self.file],
            **{"user": uid, "group": uid, "extra_groups": [uid + 1000], "env": environment},
            cwd=self.home,
            start_new_session=True,
        )
        self.client = BlockingKernelClient(connection_file=self.file)
        self.client.load_connection_file()
        self.client.start_channels()
        wait_until_it_answers(self.client)
        words = Path(f"/proc/{self.stand_in.pid}/cmdline").read_text().split("\0")
        assert ("ask" in words) is warm, "a forked kernel was asked for, and an ordinary one came"

    def run(self, code: str) -> str:
        shown = []
        reply = self.client.execute_interactive(
            code, timeout=300, output_hook=lambda m: shown.append(m["content"].get("text", ""))
        )
        assert reply["content"]["status"] == "ok", reply["content"]
        return "".join(shown).strip()

    def end(self) -> None:
        self.client.stop_channels()
        self.stand_in.kill()
        self.stand_in.wait()


@pytest.fixture
def start(warm):
    started = []

    def start(uid: int, **options) -> Kernel:
        started.append(Kernel(warm, uid, **options))
        return started[-1]

    yield start
    for kernel in started:
        kernel.end()


@needs_root
def test_a_kernel_is_its_student_s_own_for_good(start):
    kernel = start(ANNA)
    ids = f"(({ANNA},) * 3, ({ANNA},) * 3, [{ANNA + 1000}])"
    assert kernel.run(
        f"import os; print((os.getresuid(), os.getresgid(), os.getgroups()) == {ids})"
    ) == ("True")
    status = kernel.run("print(open('/proc/self/status').read())")
    rights = dict(line.split(":\t") for line in status.splitlines() if line.startswith("Cap"))
    assert {int(rights[name], 16) for name in ("CapPrm", "CapEff", "CapAmb")} == {0}
    back = "\ntry:\n    os.setuid(0)\nexcept PermissionError:\n    print('no way back')"
    assert kernel.run(back) == "no way back"
    assert kernel.run("print(os.getcwd() == os.environ['HOME'], len(os.environ) < 20)") == (
        "True True"
    )


@needs_root
def test_one_student_reaches_neither_another_s_kernel_nor_files(start):
    anna, ben = start(ANNA), start(BEN)
    (anna.home / "notebook.ipynb").write_text("Anna's")
    os.chown(anna.home / "notebook.ipynb", ANNA, ANNA)
    pid = int(anna.run("import os; print(os.getpid())"))
    attempts = {
        "read": f"open({str(anna.home / 'notebook.ipynb')!r})",
        "key": f"open({anna.file!r})",
        "list": f"os.listdir({str(anna.home)!r})",
        "signal": f"os.kill({pid}, 9)",
        "memory": f"open('/proc/{pid}/mem', 'rb')",
        "channel": f"socket.socket(socket.AF_UNIX).connect({str(anna.home / 'ipc')!r} + '-1')",
    }
    for name, attempt in attempts.items():
        code = f"import os, socket\ntry:\n    {attempt}\n    print('reached')\n"
        assert ben.run(f"{code}except PermissionError:\n    print('refused')") == "refused", name
    assert anna.run("print('alive')") == "alive"


@needs_root
@pytest.mark.parametrize("forked", [True, False], ids=["forked", "ordinary"])
def test_nobody_can_listen_over_the_network(start, forked):
    pid = int(start(ANNA, warm=forked).run("import os; print(os.getpid())"))
    sockets = {os.readlink(file) for file in Path(f"/proc/{pid}/fd").iterdir()}
    listening = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    assert not {f"socket:[{row[9]}]" for row in listening if row[3] == "0A"} & sockets


@needs_root
def test_nothing_that_a_student_may_not_open_is_open_in_a_kernel(start):
    pid = int(start(ANNA).run("import os; print(os.getpid())"))
    files = {os.readlink(file) for file in Path(f"/proc/{pid}/fd").iterdir()}
    paths = [file for file in files if file.startswith("/") and "(deleted)" not in file]
    as_student = {"user": ANNA, "group": ANNA, "extra_groups": []}
    assert not [p for p in paths if subprocess.run(["test", "-r", p], **as_student).returncode]


@needs_root
def test_the_maps_are_those_of_an_ordinary_kernel(start):
    forked, ordinary = start(ANNA), start(ANNA, warm=False)
    assert forked.run(MAP) == ordinary.run(MAP)


@needs_root
def test_students_do_not_draw_the_same_numbers(start):
    code = "import random, numpy; print(random.random(), numpy.random.rand())"
    one, other = start(ANNA).run(code).split(), start(BEN).run(code).split()
    assert not set(one) & set(other)


@needs_root
def test_an_interrupt_arrives_and_a_kernel_ends_with_its_stand_in(start):
    kernel = start(ANNA)
    pid = int(kernel.run("import os; print(os.getpid())"))
    kernel.client.execute("import time; time.sleep(100)")
    time.sleep(1)
    os.killpg(kernel.stand_in.pid, signal.SIGINT)
    time.sleep(2)  # what is asked before the interrupt is told would be aborted with it
    assert kernel.run("print('back')") == "back"
    kernel.stand_in.kill()
    end = time.monotonic() + 20
    while Path(f"/proc/{pid}").exists() and time.monotonic() < end:
        time.sleep(0.1)
    assert not Path(f"/proc/{pid}").exists()


@needs_root
def test_root_gets_no_kernel_and_nobody_gets_too_many(warm):
    def asked(uid: int) -> bytes:
        code = (
            "import socket, sys, os\n"
            f"peers = [socket.socket(socket.AF_UNIX) for _ in range(9)]\n"
            f"for peer in peers: peer.connect({str(warm / 'socket')!r})\n"
            "peers[8].settimeout(5)\n"
            "print(peers[8].recv(1))"
        )
        user = {"user": uid, "group": uid, "extra_groups": []}
        return subprocess.run([sys.executable, "-c", code], capture_output=True, **user).stdout

    assert asked(0).strip() == b"b''" and asked(BEN).strip() == b"b''"


def test_a_student_without_the_parent_gets_an_ordinary_kernel(tmp_path):
    file = write_connection_file(str(tmp_path / "kernel.json"))[0]
    environment = {**os.environ, "WARM_KERNELS": str(tmp_path / "nobody")}
    kernel = subprocess.Popen([sys.executable, "-IS", WARM, "ask", file], env=environment)
    client = BlockingKernelClient(connection_file=file)
    client.load_connection_file()
    client.start_channels()
    wait_until_it_answers(client)
    client.stop_channels()
    kernel.kill()
    kernel.wait()
