"""Install the project from this folder, without a network: python3 install.py [FOLDER].

`make offline` puts a copy of this script, as install.py, beside the packages and the project
that it installs. It needs nothing but Python itself.
"""

from __future__ import annotations

import hashlib
import os
import platform
import shutil
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

BUNDLE = Path(__file__).resolve().parent
PROJECT = "project.zip"
SUMS = "SHA256SUMS"
FOLDER = "saliency"
MACHINES = {"amd64": "x64", "x86_64": "x64", "aarch64": "arm64"}
SYSTEMS = {"darwin": "macos"}


class InstallError(Exception):
    """One sentence: what is wrong and what puts it right."""


# --- Is everything there for this machine? ------------------------------------------------


def this_machine() -> str:
    """Name this Python as the lists in targets/ are named, such as linux-x64-3.12."""
    system = platform.system().lower()
    # A 32-bit Python on a 64-bit Windows is known by what it was built for only.
    built_for = sysconfig.get_platform().rsplit("-", 1)[-1]
    machine = (platform.machine() if built_for == "universal2" else built_for).lower()
    version = ".".join(map(str, sys.version_info[:2]))
    return "-".join((SYSTEMS.get(system, system), MACHINES.get(machine, machine), version))


def list_for(target: str) -> str:
    """Name the list of the packages for `target`; refuse a target that was not prepared."""
    prepared = sorted(path.stem for path in (BUNDLE / "targets").glob("*.txt"))
    if target in prepared:
        return f"targets/{target}.txt"
    system, version = target.rsplit("-", 1)
    pythons = [name.rsplit("-", 1)[1] for name in prepared if name.startswith(f"{system}-")]
    if pythons:
        raise InstallError(
            f"This is Python {version}, and this folder was made for {' or '.join(pythons)}: "
            f"install Python {pythons[-1]} from python.org, then run install.py with it "
            f"(Windows: py -{pythons[-1]} install.py; elsewhere: python{pythons[-1]} install.py)."
        )
    raise InstallError(
        f"This machine is {target}, and this folder was made for {', '.join(prepared)}: "
        f'have it made again with make offline ARGS="--for {target}", or use one of those '
        "machines."
    )


def check_files(names: list[str]) -> None:
    """Compare files with the list of SHA-256 sums, because sticks and copies break."""
    lines = (BUNDLE / SUMS).read_text(encoding="utf-8", errors="replace").splitlines()
    sums = {name: digest for digest, _, name in (line.partition("  ") for line in lines)}
    for name in names:
        path = BUNDLE / name
        if not path.is_file():
            raise InstallError(f"{name} is missing: copy the whole folder {BUNDLE.name} again.")
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        if digest != sums.get(name):
            raise InstallError(
                f"{name} is damaged: copy the whole folder {BUNDLE.name} again, and use another "
                "stick if that does not help."
            )


# --- Installing ---------------------------------------------------------------------------


def unpack(folder: Path) -> None:
    """Put the project into `folder`; notebooks that are there already are left alone."""
    with zipfile.ZipFile(BUNDLE / PROJECT) as archive:
        if (folder / "tools/setup_env.py").is_file():
            if (folder / "requirements.txt").read_bytes() != archive.read("requirements.txt"):
                raise InstallError(
                    f"{folder} holds another version of the project: name a new folder, as in "
                    f"python3 install.py {folder}-new."
                )
            print(f"{folder} is there already: its notebooks stay as they are.", flush=True)
            return
        if folder.exists() and any(folder.iterdir()):
            raise InstallError(
                f"{folder} has other files in it: name a new folder, as in "
                f"python3 install.py {folder / FOLDER}."
            )
        # Unpacked aside, so that what is interrupted does not look like a whole project.
        aside = folder.with_name(f"{folder.name}.part")
        shutil.rmtree(aside, ignore_errors=True)
        archive.extractall(aside)
    if folder.exists():
        folder.rmdir()
    aside.rename(folder)


def place_weights() -> None:
    """Put the weights that came along, if any, where Keras looks for them."""
    home = Path(os.environ.get("KERAS_HOME") or Path.home() / ".keras")
    for weights in (BUNDLE / "weights").glob("*"):
        place = home / "models" / weights.name
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(weights, place)


def install(folder: Path) -> int:
    """Check the files, unpack the project, build its environment, check that it works."""
    target = this_machine()
    listed = list_for(target)
    print(f"Checking the files for {target}.", flush=True)
    check_files([PROJECT, listed])
    wheels = (BUNDLE / listed).read_text(encoding="ascii").split()
    weights = (BUNDLE / "weights").glob("*")
    check_files([f"wheels/{name}" for name in wheels] + [f"weights/{w.name}" for w in weights])
    unpack(folder)
    place_weights()
    script = folder / "tools" / "setup_env.py"
    for step in (["setup", "--wheels", str(BUNDLE / "wheels")], ["check"]):
        status = subprocess.call([sys.executable, str(script), *step])
        if status:
            return status
    python = r".venv\Scripts\python" if os.name == "nt" else ".venv/bin/python"
    command = f"{python} {Path('tools', 'setup_env.py')} lab"
    print(f'\nDone. To open the notebooks, now and later:\n  cd "{folder}"\n  {command}')
    return 0


def main(arguments: list[str]) -> int:
    """Install into the folder that is named, or into one in the home folder."""
    folder = Path(arguments[0]) if arguments else Path.home() / FOLDER
    try:
        return install(folder.expanduser().absolute())
    except InstallError as error:
        print(error, file=sys.stderr)
    except (OSError, zipfile.BadZipFile) as error:
        print(
            f"{error}: look whether the disk is full or the stick was pulled out, then run this "
            "again.",
            file=sys.stderr,
        )
    except KeyboardInterrupt:
        print("Stopped; the next call begins again where it is safe.", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
