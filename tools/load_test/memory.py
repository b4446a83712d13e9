"""Memory of the hub's processes, and how busy the machine is, from /proc."""

import contextlib
import statistics
from pathlib import Path

from tools.load_test.hub import processes


def available_mb() -> int:
    """Memory that programs can still get."""
    text = Path("/proc/meminfo").read_text()
    return int(text.partition("MemAvailable:")[2].split()[0]) // 1024


def cpu_times() -> tuple[int, int]:
    """Time that all processors have had, and had nothing to do."""
    times = [int(n) for n in Path("/proc/stat").read_text().splitlines()[0].split()[1:9]]
    return sum(times), times[3] + times[4]


def of_process(pid: int) -> dict[str, float]:
    """Own memory (USS) and fair share of what is shared (PSS), in MB."""
    rows = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()[1:]
    kb = {row.split(":")[0]: int(row.split()[1]) for row in rows}
    return {
        "uss": (kb["Private_Clean"] + kb["Private_Dirty"]) / 1024,
        "pss": kb["Pss"] / 1024,
    }


def kind_of(pid: int, command: str, parents: set[int]) -> str:
    """What a process is for."""
    if "warm_kernels.py ask" in command:
        return "stand-in"
    if "warm_kernels.py" in command:
        return "kernel" if parent_of(pid) in parents else "warm parent"
    kinds = {"ipykernel_launcher": "kernel", "singleuser": "server", "proxy": "proxy"}
    return next((kind for word, kind in kinds.items() if word in command), "hub")


def parent_of(pid: int) -> int:
    """The process that started another one."""
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])


def by_kind() -> dict[str, dict[str, float]]:
    """Kind of process -> how many, and their median memory in MB."""
    commands = processes()
    warm = {pid for pid, command in commands.items() if "warm_kernels.py serve" in command}
    found: dict[str, list[dict[str, float]]] = {}
    for pid, command in commands.items():
        with contextlib.suppress(OSError):
            found.setdefault(kind_of(pid, command, warm), []).append(of_process(pid))
    return {
        kind: {
            "count": len(memory),
            "uss": statistics.median(m["uss"] for m in memory),
            "pss": statistics.median(m["pss"] for m in memory),
        }
        for kind, memory in found.items()
    }
