"""Kernels that start at once: a parent imports TensorFlow, and forks a kernel for whoever asks.

usage: warm_kernels.py serve SOCKET      the parent; the hub starts it, as root
       warm_kernels.py ask FILE          in the kernelspec: stands for the kernel that it gets
       warm_kernels.py launch FILE       an ordinary kernel, without a TCP listener

What makes it safe to fork students' kernels from a process of root's:

- The parent reads nothing that a student sends. It accepts, asks the system who is at the other end
  (SO_PEERCRED), and forks. The child becomes that user for good before it reads a byte, and takes
  over the limits, the control group and the files of the process that asked.
- It knows no secret: the hub starts it with an empty environment, and it imports libraries only.
- It has imported TensorFlow but executed nothing, so there is one thread; with more it refuses,
  because a lock that another thread holds is never released in the child.

Where no parent answers, `ask` becomes an ordinary kernel.
"""

import array
import json
import os
import select
import signal
import socket
import sys
from pathlib import Path

ENOUGH = 8  # kernels of one user at a time
PATIENCE = 10  # seconds for a child to hear its request
SO_PEERGROUPS = 59  # Linux; Python has no name for it
# Not matplotlib, which keeps the folders that it finds in the parent's home.
IMPORTED = (
    "tensorflow", "keras", "scipy.stats", "scipy.ndimage", "PIL.Image",
    "ipykernel.kernelapp", "ipykernel.ipkernel", "ipywidgets",
)  # fmt: skip


# --- The parent --------------------------------------------------------------------------


def serve(path: str) -> None:
    """Import what kernels need, then fork one for each connection."""
    warm()
    listener = listening(path)
    kernels: dict[int, int] = {}  # process -> user
    hub = os.getppid()
    print("warm: kernels start from here", flush=True)
    while os.getppid() == hub:  # another hub starts another parent
        try:
            peer, _ = listener.accept()
        except TimeoutError:
            forget_ended(kernels)
            continue
        forget_ended(kernels)
        _, uid, _ = credentials(peer)
        if allowed(uid, list(kernels.values())):
            kernels[fork(listener, peer)] = uid
        peer.close()


def warm() -> None:
    """Import, and leave nothing that belongs to root's home or that a collector would touch."""
    import gc
    import importlib

    for name in IMPORTED:
        importlib.import_module(name)
    gc.collect()
    gc.freeze()  # else the first collection in a child would copy all these pages


def listening(path: str) -> socket.socket:
    """A socket that every user of the machine may ask."""
    Path(path).unlink(missing_ok=True)
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(path)
    os.chmod(path, 0o666)
    listener.listen(128)
    listener.settimeout(2)  # so that ended kernels are forgotten soon
    return listener


def forget_ended(kernels: dict[int, int]) -> None:
    """Take leave of children that have ended."""
    while kernels:
        pid, _ = os.waitpid(-1, os.WNOHANG)
        if not pid:
            return
        kernels.pop(pid, None)


def credentials(peer: socket.socket) -> tuple[int, int, int]:
    """Process, user and group at the other end, as the system knows them."""
    found = array.array("i")
    found.frombytes(peer.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12))
    return tuple(found)


def allowed(uid: int, owners: list[int]) -> bool:
    """Whether this user gets one more: never root from root, and nobody without end."""
    mine = os.geteuid()
    return (uid != 0 if mine == 0 else uid == mine) and owners.count(uid) < ENOUGH


def fork(listener: socket.socket, peer: socket.socket) -> int:
    """Fork a kernel; gives its process, in the parent alone."""
    if len(os.listdir("/proc/self/task")) != 1:
        sys.exit("A library has started a thread, and from threads no kernel can be forked.")
    child = os.fork()
    if child:
        return child
    try:
        listener.close()
        become(peer)
        run(peer, request(peer))
    except BaseException:
        import traceback

        traceback.print_exc()
    finally:
        os._exit(1)


# --- The child ---------------------------------------------------------------------------


def become(peer: socket.socket) -> None:
    """Become the process that asked: its limits, its control group, its user, for good."""
    pid, uid, gid = credentials(peer)
    os.setsid()
    os.umask(0o077)
    signal.alarm(PATIENCE)
    take_limits(pid)
    join_group(pid)
    if os.stat(f"/proc/{pid}").st_uid != uid:
        raise PermissionError("Somebody else has the number of the process that asked.")
    if os.geteuid() == 0:
        os.setgroups(groups(peer))
        os.setresgid(gid, gid, gid)
        os.setresuid(uid, uid, uid)
    if {*os.getresuid(), *os.getresgid()} != {uid, gid}:
        raise PermissionError("The kernel has not become its user.")


def take_limits(pid: int) -> None:
    """Set the limits of another process for this one, where they are lower."""
    import re
    import resource

    rows = Path(f"/proc/{pid}/limits").read_text().splitlines()[1:]
    for number, row in enumerate(rows):  # in the order of their numbers
        theirs = (int(n) if n.isdigit() else -1 for n in re.split(r"\s{2,}", row)[1:3])
        ours = resource.getrlimit(number)
        resource.setrlimit(number, tuple(lower(t, o) for t, o in zip(theirs, ours)))


def lower(one: int, other: int) -> int:
    """The lower of two limits, where -1 is none."""
    return max(one, other) if -1 in (one, other) else min(one, other)


def join_group(pid: int) -> None:
    """Move into the control groups of another process, so that its share counts for both."""
    ours = Path("/proc/self/cgroup").read_text().splitlines()
    for line in Path(f"/proc/{pid}/cgroup").read_text().splitlines():
        if line not in ours:
            _, controllers, path = line.split(":", 2)
            folder = Path("/sys/fs/cgroup", controllers.removeprefix("name="))
            if not controllers and not (folder / "cgroup.controllers").exists():
                folder /= "unified"
            (folder / path.lstrip("/") / "cgroup.procs").write_text(str(os.getpid()))


def groups(peer: socket.socket) -> list[int]:
    """The further groups of the process at the other end."""
    found = array.array("I")
    found.frombytes(peer.getsockopt(socket.SOL_SOCKET, SO_PEERGROUPS, 1024))
    return list(found)


def request(peer: socket.socket) -> dict:
    """What is asked for; the asking process's own input, output and errors become ours."""
    text, files, *_ = socket.recv_fds(peer, 65536, 3)
    while not text.endswith(b"\n"):
        more = peer.recv(65536)
        if not more:
            raise EOFError("The request ended half way.")
        text += more
    for number, file in enumerate(files):
        os.dup2(file, number)
        os.close(file)
    return json.loads(text)


def run(peer: socket.socket, asked: dict) -> None:
    """Run a kernel as if it had been started by hand."""
    import random
    import threading
    import time

    import numpy as np

    os.environ.clear()
    os.environ.update(asked["environment"])
    time.tzset()
    os.chdir(asked["folder"])
    np.random.seed(random.SystemRandom().getrandbits(32))  # else all students draw the same
    signal.alarm(0)
    peer.sendall(f"{os.getpid()}\n".encode())
    threading.Thread(target=end_with, args=(peer,), daemon=True).start()
    launch(asked["file"])
    os._exit(0)


def launch(file: str) -> None:
    """Be a kernel until its end.

    A kernel's thread for output opens a TCP port for what processes that it forks may print; every
    account of the machine could knock there.
    """
    from ipykernel import kernelapp

    thread = kernelapp.IOPubThread
    kernelapp.IOPubThread = lambda socket, pipe, session: thread(socket, session=session)
    kernelapp.IPKernelApp.launch_instance(["-f", file])


def end_with(peer: socket.socket) -> None:
    """End when the process ends that stands for this kernel, as a kernel does that is killed."""
    peer.recv(1)
    os.kill(os.getpid(), signal.SIGKILL)


# --- Who asks ----------------------------------------------------------------------------


def ask(file: str) -> None:
    """Stand for a kernel of the parent's, or become an ordinary one."""
    peer = socket.socket(socket.AF_UNIX)
    try:
        peer.connect(os.environ["WARM_KERNELS"])
        asked = {"file": file, "folder": os.getcwd(), "environment": dict(os.environ)}
        text = json.dumps(asked).encode() + b"\n"
        sent = socket.send_fds(peer, [text], [0, 1, 2])
        peer.sendall(text[sent:])
        kernel = os.pidfd_open(int(peer.makefile().readline()))
    except (OSError, KeyError, ValueError):
        python = os.path.join(os.path.realpath(os.path.dirname(sys.executable)), "python")
        os.execv(python, [python, "-P", __file__, "launch", file])
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda number, _: signal.pidfd_send_signal(kernel, number))
    select.select([kernel], [], [])


if __name__ == "__main__":
    {"serve": serve, "ask": ask, "launch": launch}[sys.argv[1]](sys.argv[2])
