"""A killed kernel, a full disk, a hub that is restarted: nobody may lose a saved notebook."""

import asyncio
import contextlib
import os
import signal
import subprocess

from tornado.httpclient import HTTPError

from tools.load_test.hub import HOMES, Hub, account_of, make_home
from tools.load_test.student import Student, call

NOTEBOOK = "notebooks/01_kitten_demo.ipynb"


async def faults(hub: Hub) -> dict[str, str]:
    """Do all three; fault -> what came of it. A lost notebook is an AssertionError."""
    student = Student("student90")
    make_home(student.name)
    await student.start_server()
    await student.open(NOTEBOOK)
    found = {"kernel killed": await kernel_killed(student)}
    found["hub killed and started again"] = await hub_restarted(student, hub)
    await student.leave()
    found["disk full"] = await disk_full()
    return found


async def written(student: Student, words: str) -> dict:
    """Save the notebook with words of the student's in it."""
    notebook = await student.read(NOTEBOOK)
    notebook["content"]["cells"][0]["source"] = words
    await student.save(NOTEBOOK, notebook)
    return notebook


async def assert_kept(student: Student, words: str) -> None:
    """The words are on the disk and in the answer of the server."""
    notebook = await student.read(NOTEBOOK)
    assert notebook["content"]["cells"][0]["source"] == words, "a saved notebook is lost"
    assert words in (HOMES / student.name / "saliency" / NOTEBOOK).read_text("utf-8")


async def kernel_killed(student: Student) -> str:
    """Kill the kernel's process: it comes back, without its variables."""
    await written(student, "before the kernel was killed")
    os.kill(int(await student.execute("import os; print(os.getpid())")), signal.SIGKILL)
    await asyncio.sleep(8)
    await student.connect()
    assert (await student.execute("print('number' in globals())")).strip() == "False"
    await assert_kept(student, "before the kernel was killed")
    return "the kernel is started again by itself, empty; the notebook is as saved"


async def hub_restarted(student: Student, hub: Hub) -> str:
    """Kill the hub and start it again: the server and the kernel have not noticed."""
    await student.execute("number = 41")
    await written(student, "before the hub was killed")
    hub.kill()
    hub.start()
    while not (await call("GET", f"/hub/api/users/{student.name}"))["servers"][""]["ready"]:
        await asyncio.sleep(0.5)
    await student.connect()
    assert (await student.execute("print(number + 1)")).strip() == "42"
    await assert_kept(student, "before the hub was killed")
    return "server and kernel go on, with their variables; the notebook is as saved"


async def disk_full() -> str:
    """Fill a small disk under a home, save, and make space again."""
    student = Student("student91")
    home, uid = make_home(student.name), account_of(student.name)
    if uid is None:
        return "not run: it takes root to mount a small disk"
    options = f"size=4m,mode=700,uid={uid},gid={uid}"
    subprocess.run(["mount", "-t", "tmpfs", "-o", options, "saliency", home], check=True)
    try:
        return await saved_around_full_disk(student, home / "filler")
    finally:
        await student.leave()
        subprocess.run(["umount", "-l", home], check=True)


async def saved_around_full_disk(student: Student, filler) -> str:
    """What is saved while the disk is full is refused, and what was saved stays."""
    await student.start_server()
    await written(student, "before the disk was full")
    with contextlib.suppress(OSError), filler.open("wb", buffering=0) as file:
        while True:
            file.write(bytes(4096))
    try:
        await written(student, "while the disk was full " * 9999)
    except HTTPError as error:
        refusal = error.code
    else:
        raise AssertionError("a save on a full disk was not refused")
    await assert_kept(student, "before the disk was full")
    filler.unlink()
    await written(student, "after space was made")
    await assert_kept(student, "after space was made")
    return f"the save is refused ({refusal}), what was saved stays; with space it saves again"
