"""Memory of the hub's processes, and how busy the machine is."""

import contextlib
import statistics

import psutil

from tools.load_test.hub import processes

ROLES = {
    "warm_kernels.py ask": "stand-in",
    "warm_kernels.py launch": "kernel",
    "singleuser": "server",
    "proxy": "proxy",
}


def available_mb() -> int:
    """Memory that programs can still get."""
    return psutil.virtual_memory().available // 2**20


def cpu_times() -> tuple[float, float]:
    """Time that all processors have had, and had nothing to do."""
    times = psutil.cpu_times()
    # What guests had, in the last two, is counted before as well.
    return sum(times[:8]), times.idle + times.iowait


def of_process(pid: int) -> dict[str, float]:
    """Own memory (USS) and fair share of what is shared (PSS), in MB."""
    memory = psutil.Process(pid).memory_full_info()
    return {"uss": memory.uss / 2**20, "pss": memory.pss / 2**20}


def kind_of(pid: int, command: str, parents: set[int]) -> str:
    """What a process is for."""
    if "warm_kernels.py serve" in command:  # what a forked kernel is called, too
        return "kernel" if psutil.Process(pid).ppid() in parents else "warm parent"
    return next((kind for word, kind in ROLES.items() if word in command), "hub")


def by_kind() -> dict[str, dict[str, float]]:
    """Kind of process -> how many, and their median memory in MB."""
    commands = processes()
    warm = {pid for pid, command in commands.items() if "warm_kernels.py serve" in command}
    found: dict[str, list[dict[str, float]]] = {}
    for pid, command in commands.items():
        with contextlib.suppress(psutil.Error):
            found.setdefault(kind_of(pid, command, warm), []).append(of_process(pid))
    return {
        kind: {
            "count": len(memory),
            "uss": statistics.median(m["uss"] for m in memory),
            "pss": statistics.median(m["pss"] for m in memory),
        }
        for kind, memory in found.items()
    }
