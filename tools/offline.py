"""Write everything that a classroom without a network needs into one folder.

Run by `make offline`. The folder gets the project, a wheel of every locked package for each
kind of machine that is asked for, SHA-256 sums, and install.py, which installs from it.
"""

from __future__ import annotations

import argparse
import errno
import fnmatch
import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import setup_env
from install_offline import PROJECT, SUMS, this_machine
from packaging.requirements import Requirement
from packaging.tags import Tag, compatible_tags, cpython_tags, mac_platforms
from packaging.utils import canonicalize_name, parse_wheel_filename
from setup_env import PYTHONS, ROOT, SetupError

INSTALLER = "tools/install_offline.py"
LETTER = "READ ME FIRST.txt"
PAGE = "where-the-machines-are-looking.html"
# Wheels for these run on everything newer: Debian 11, Ubuntu 20.04, RHEL 8; macOS 12, which
# is the oldest that TensorFlow runs on.
NEWEST_GLIBC = 28
OLDEST_MACOS = (12, 0)
SPACE_PER_TARGET_GB = 0.9
# (sys_platform, os_name, platform_system, platform_machine), as environment markers name them.
SYSTEMS = {
    "linux-x64": ("linux", "posix", "Linux", "x86_64"),
    "linux-arm64": ("linux", "posix", "Linux", "aarch64"),
    "macos-arm64": ("darwin", "posix", "Darwin", "arm64"),
    "windows-x64": ("win32", "nt", "Windows", "AMD64"),
}


class Target(NamedTuple):
    """A kind of machine: a key of SYSTEMS, and a Python such as "3.12"."""

    system: str
    python: str

    @property
    def name(self) -> str:
        """The name that is typed, and that install.py looks for."""
        return f"{self.system}-{self.python}"


TARGETS = {t.name: t for t in (Target(s, p) for s in SYSTEMS for p in PYTHONS)}


def targets_named(words: list[str]) -> list[Target]:
    """Find the targets that were typed: whole names, names without a Python, or "all"."""
    found = []
    for word in words:
        fitting = [t for t in TARGETS.values() if word in ("all", t.system, t.name)]
        if not fitting:
            raise SetupError(
                f"There are no packages for {word!r}: the machines are {', '.join(SYSTEMS)}, "
                f"each with a Python after it if you like, as in windows-x64-{PYTHONS[1]}, or all."
            )
        found += fitting
    return list(dict.fromkeys(found))


# --- What a target needs ------------------------------------------------------------------


def environments(target: Target) -> Iterator[dict[str, str]]:
    """Yield the marker environments of the oldest and of a late patch release of a target."""
    keys = ("sys_platform", "os_name", "platform_system", "platform_machine")
    for patch in (0, 99):
        yield {
            **dict(zip(keys, SYSTEMS[target.system])),
            "python_version": target.python,
            "python_full_version": f"{target.python}.{patch}",
            "implementation_name": "cpython",
            "platform_python_implementation": "CPython",
        }


def applying(lock: str, environment: dict[str, str]) -> str:
    """Keep the pins whose markers hold in `environment`, without the markers.

    `pip download --platform` would judge markers by the Python that it runs in.
    """
    kept = []
    for entry in re.split(r"\n(?=\S)", lock):
        pin, _, hashes = entry.partition(" \\\n")
        if pin.startswith("#"):
            continue
        marker = Requirement(pin).marker
        if marker is None or marker.evaluate(environment):
            kept.append(f"{pin.partition(' ;')[0]} \\\n{hashes}")
    return "\n".join(kept) + "\n"


def platforms(target: Target) -> list[str]:
    """List the platform tags of wheels that run on a target, best first."""
    _, os_name, system, machine = SYSTEMS[target.system]
    if os_name == "nt":
        return ["win_amd64"]
    if system == "Darwin":
        return list(mac_platforms(OLDEST_MACOS, machine))
    numbered = [f"manylinux_2_{minor}_{machine}" for minor in range(NEWEST_GLIBC, 4, -1)]
    return [*numbered, *(f"manylinux{name}_{machine}" for name in ("2014", "2010", "1"))]


def tags(target: Target) -> set[Tag]:
    """Collect the tags of all wheels that run on a target."""
    version = tuple(map(int, target.python.split(".")))
    interpreter = f"cp{version[0]}{version[1]}"
    own = cpython_tags(version, [interpreter], platforms(target))
    return {*own, *compatible_tags(version, interpreter, platforms(target))}


def wheels_for(target: Target, pins: str, wheels: Path) -> list[str]:
    """List the wheels of a folder that `target` installs; refuse when a pin has none."""
    fitting: dict[str, list[str]] = {}
    for path in sorted(wheels.glob("*.whl")):
        name, version, _, wheel_tags = parse_wheel_filename(path.name)
        if wheel_tags & tags(target):
            fitting.setdefault(f"{name}=={version}", []).append(path.name)
    found = []
    for pin in map(Requirement, re.findall(r"^\S+==\S+", pins, flags=re.MULTILINE)):
        wanted = f"{canonicalize_name(pin.name)}{pin.specifier}"
        if wanted not in fitting:
            raise SetupError(f"{target.name} has no wheel of {wanted}: run this again.")
        found += fitting[wanted]
    return found


# --- Filling the folder -------------------------------------------------------------------


def size_gb(folder: Path) -> float:
    """Add up the files of a folder."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) / 1e9


def claim(folder: Path) -> None:
    """Take a new folder, an empty one or an earlier bundle; never one with other files."""
    if folder.is_dir() and any(folder.iterdir()) and not (folder / LETTER).is_file():
        raise SetupError(
            f"{folder} has other files in it: name a folder for the bundle alone, as in "
            f"{folder / 'saliency'}."
        )
    (folder / "wheels").mkdir(parents=True, exist_ok=True)
    (folder / LETTER).touch()
    for unfinished in ("install.py", SUMS):
        (folder / unfinished).unlink(missing_ok=True)
    for stale in ("targets", "weights"):
        shutil.rmtree(folder / stale, ignore_errors=True)
        (folder / stale).mkdir()


def archive_project(path: Path) -> None:
    """Zip the project as it is committed, or without git all files that are not built."""
    if not ((ROOT / ".git").exists() and shutil.which("git")):
        return zip_files(path)
    git = ["git", "-C", str(ROOT)]
    changed = subprocess.run(
        [*git, "status", "--porcelain"], capture_output=True, text=True
    ).stdout.splitlines()
    if changed:
        print(
            f"  the bundle holds the last commit; {len(changed)} changed or new files stay out "
            f"of it, {changed[0][3:]} first",
            flush=True,
        )
    result = subprocess.run(
        [*git, "archive", "--format=zip", f"--output={path}", "HEAD"],
        capture_output=True,
        text=True,
    )
    if result.returncode:
        raise SetupError(f"git could not pack the project: {result.stderr.strip()}.")


def zip_files(path: Path) -> None:
    """Zip what .gitignore does not name."""
    lines = (ROOT / ".gitignore").read_text(encoding="utf-8").split()
    ignored = [".git", *(line.strip("/") for line in lines)]
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in sorted(ROOT.rglob("*")):
            parts = file.relative_to(ROOT).parts
            built = any(fnmatch.fnmatch(part, name) for part in parts for name in ignored)
            if file.is_file() and not built and path.parent not in file.parents:
                archive.write(file, "/".join(parts))


def download(target: Target, lock: str, wheels: Path) -> list[str]:
    """Fetch the wheels of one target into the shared folder; list them."""
    version = target.python.replace(".", "")
    options = ["--require-hashes", "--only-binary=:all:", "--no-deps", "--progress-bar=off"]
    options += [f"--platform={name}" for name in platforms(target)]
    options += ["--implementation=cp", f"--abi=cp{version}"]
    missing = (
        f"The package index lacks a wheel that {target.name} needs: leave {target.name} out, or "
        "try again with another index (PIP_INDEX_URL)."
    )
    found: list[str] = []
    # Mostly both patch releases need the same, which is then fetched once.
    different = {applying(lock, environment): environment for environment in environments(target)}
    for pins, environment in different.items():
        python = f"--python-version={environment['python_full_version']}"
        with tempfile.TemporaryDirectory() as temporary:
            listed = Path(temporary, "requirements.txt")
            listed.write_text(pins, encoding="utf-8")
            files = ["-r", str(listed), "-d", str(wheels)]
            setup_env.pip("download", *options, python, *files, no_package=missing)
        found += wheels_for(target, pins, wheels)
    return sorted(set(found))


def build(lock: str, wheels: Path) -> None:
    """Build what the index has as source alone, so that no student's machine has to."""
    with tempfile.TemporaryDirectory() as temporary:
        listed = Path(temporary, "requirements.txt")
        listed.write_text(lock, encoding="utf-8")
        setup_env.pip(
            "wheel", *setup_env.BUILT_HERE, "--require-hashes", "-r", str(listed), "-w", str(wheels)
        )


def add_resnet50(folder: Path, asked: bool) -> None:
    """Add the optional network if it was asked for or is on this machine already."""
    from helpers.errors import HelpersError
    from helpers.models.loading import RESNET50_ADDRESS, load_model

    home = Path(os.environ.get("KERAS_HOME") or Path.home() / ".keras")
    weights = home / "models" / RESNET50_ADDRESS.rsplit("/", 1)[-1]
    if not (asked or weights.is_file()):
        return
    try:
        load_model("resnet50")  # checks what is there, fetches what is not
    except HelpersError as error:
        raise SetupError(str(error)) from None
    print("  ResNet50's weights come along", flush=True)
    shutil.copyfile(weights, folder / weights.name)


def add_page(folder: Path) -> bool:
    """Add the page that needs no installation, built anew; say whether it is there."""
    (folder / PAGE).unlink(missing_ok=True)
    command = [sys.executable, "-m", "tools.page.build"]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
    built = ROOT / "build/page" / PAGE
    if done.returncode or not built.is_file():
        why = (done.stderr.strip().splitlines() or ["it was not built"])[-1]
        print(f"  without the page for phones: {why}", flush=True)
        return False
    shutil.copyfile(built, folder / PAGE)
    print(f"  the page for phones comes along: {PAGE}", flush=True)
    return True


def write_sums(folder: Path) -> None:
    """List the SHA-256 of every file, in the form that `sha256sum -c` reads."""
    lines = []
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            with path.open("rb") as file:
                digest = hashlib.file_digest(file, "sha256").hexdigest()
            lines.append(f"{digest}  {path.relative_to(folder).as_posix()}\n")
    (folder / SUMS).write_text("".join(lines), encoding="utf-8", newline="\n")


def letter(targets: list[Target], page: bool = False) -> str:
    """Write what a student reads first."""
    names = "".join(f"  {target.name}\n" for target in targets)
    nothing = f"""To try it without installing anything, on a phone too: open {PAGE}
in a browser. It needs no network either. For the notebooks:

"""
    return f"""Where the Machines Are Looking: everything for a laptop without a network

{nothing if page else ""}\
1. Open a terminal in this folder.
   Windows: click into the address line of the folder's window, type cmd, press Enter.
   macOS: right-click the folder, Services, New Terminal at Folder.
2. Type one line and press Enter.
   Windows:       py install.py
   Linux, macOS:  python3 install.py
3. It takes some minutes and 3 GB on your disk, and then says how to open the notebooks.

The project goes into the folder "saliency" in your home folder. To choose another:
   py install.py C:\\saliency        python3 install.py /somewhere/else
If you move the folder later, type the line again with its new place: your notebooks are kept.

This folder was made for these machines (system, processor, Python):
{names}
Python itself is not in it: it comes from python.org, or from your teacher's stick.
Not in it either: the photographs of the original blog post, which are other people's.
The cells that would show them say so, and everything else works without them.
"""


def fill(folder: Path, targets: list[Target], resnet50: bool) -> None:
    """Write the bundle; what a reader starts with comes last, so that it means "finished"."""
    archive_project(folder / PROJECT)
    with zipfile.ZipFile(folder / PROJECT) as archive:
        lock, source_lock = (
            archive.read(file.name).decode("utf-8")
            for file in (setup_env.LOCK, setup_env.SOURCE_LOCK)
        )
        installer = archive.read(INSTALLER)
    build(source_lock, folder / "wheels")
    listed: set[str] = set()
    for target in targets:
        print(f"Packages for {target.name}", flush=True)
        names = download(target, lock, folder / "wheels")
        names += wheels_for(target, source_lock, folder / "wheels")
        text = "".join(f"{name}\n" for name in names)
        (folder / "targets" / f"{target.name}.txt").write_text(text, encoding="ascii")
        listed.update(names)
    for path in (folder / "wheels").iterdir():
        if path.name not in listed:
            path.unlink()
    add_resnet50(folder / "weights", resnet50)
    (folder / LETTER).write_text(letter(targets, add_page(folder)), encoding="utf-8")
    (folder / "install.py").write_bytes(installer)
    write_sums(folder)


def main(arguments: list[str]) -> int:
    """Write the bundle that the arguments describe."""
    parser = argparse.ArgumentParser(prog="make offline", description=__doc__)
    parser.add_argument("--to", type=Path, default=ROOT / "build/offline", help="the folder")
    machines = f"{', '.join(SYSTEMS)}, each with -{' or -'.join(PYTHONS)} behind it; or all"
    parser.add_argument("--for", dest="names", nargs="+", default=[this_machine()], help=machines)
    parser.add_argument("--resnet50", action="store_true", help="add the post's network, 98 MB")
    options = parser.parse_args(arguments)
    folder = options.to.expanduser().absolute()
    targets = targets_named(options.names)
    claim(folder)
    needed_gb = SPACE_PER_TARGET_GB * len(targets) - size_gb(folder)
    setup_env.require_space(folder, needed_gb, "use a larger stick, or fewer machines")
    try:
        fill(folder, targets, options.resnet50)
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise
        raise SetupError(f"{folder} is full: use a larger stick, or fewer machines.") from None
    print(f"Done: {folder}, {size_gb(folder):.1f} GB, for {', '.join(t.name for t in targets)}.")
    print(f'Whoever gets this folder reads "{LETTER}" in it.')
    return 0


if __name__ == "__main__":
    sys.exit(setup_env.guarded(main, sys.argv[1:]))
