"""The lock holds when every package has a newer release on the index, even for an old pip.

The index holds made-up wheels: each locked package with its true metadata, and
a newer release of it that asks for something else. Nothing is installed: pip says what it would.
"""

import ensurepip
import hashlib
import json
import os
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from test_environment import ROOT, load_tool, requires_of

# The first release of each Python brought this one; later Pythons brought better ones.
OLDEST_PIP = {"3.11": "22.3", "3.12": "23.2.1", "3.13": "24.2"}
PYTHON = ".".join(map(str, sys.version_info[:2]))
NEWER = "9999"


@pytest.fixture(scope="module")
def old_pip(tmp_path_factory) -> list[str]:
    """The command of the oldest pip that this Python came with, in an empty environment."""
    folder = tmp_path_factory.mktemp("old_pip")
    version = OLDEST_PIP.get(PYTHON, ensurepip.version())
    pip = [sys.executable, "-m", "pip", "download", "--retries=1", "--no-deps", f"--dest={folder}"]
    fetched = subprocess.run([*pip, f"pip=={version}"], capture_output=True, text=True)
    if fetched.returncode:
        pytest.skip(f"pip {version} cannot be fetched: {fetched.stderr.strip().splitlines()[-1]}")
    venv = folder / "venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(venv)], check=True)
    (wheel,) = folder.glob("pip-*.whl")
    (python,) = venv.glob("Scripts/python.exe" if os.name == "nt" else "bin/python")
    return [str(python), str(wheel / "pip")]


def offer(index: Path, name: str, version: str, requires: list[str]) -> str:
    """Put a wheel that holds nothing but its metadata on the index; give its SHA-256."""
    stem = f"{re.sub(r'[-_.]+', '_', name)}-{version}"
    path = index / canonicalize_name(name) / f"{stem}-py3-none-any.whl"
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w") as wheel:
        wheel.writestr(f"{stem}.dist-info/METADATA", metadata(name, version, requires))
        wheel.writestr(
            f"{stem}.dist-info/WHEEL",
            "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        )
        wheel.writestr(f"{stem}.dist-info/RECORD", "")
    with (path.parent / "index.html").open("a", encoding="utf-8") as page:
        page.write(f'<a href="{path.name}">{path.name}</a>\n')
    return hashlib.sha256(path.read_bytes()).hexdigest()


def metadata(name: str, version: str, requires: list[str]) -> str:
    lines = ["Metadata-Version: 2.1", f"Name: {name}", f"Version: {version}"]
    extras = {extra for text in requires for extra in re.findall(r"extra == .(\S+).", text)}
    lines += [f"Provides-Extra: {extra}" for extra in sorted(extras)]
    return "\n".join([*lines, *(f"Requires-Dist: {text}" for text in requires), ""])


def rotten(requirements: str, folder: Path) -> dict[str, str]:
    """Fill an index with rot and write the requirements for it; give what should be picked.

    Names, extras, versions and markers stay as they are; only the hashes are the stubs'.
    """
    index, wanted, lines = folder / "index", {}, []
    for entry in re.findall(r"^[^#\s].*", requirements, re.MULTILINE):
        line = entry.rstrip(" \\")
        pin = Requirement(line)
        if pin.marker and not pin.marker.evaluate():
            continue
        version = str(pin.specifier).removeprefix("==")
        digest = offer(index, pin.name, version, requires_of(pin.name, version))
        offer(index, pin.name, NEWER, ["something-else"])
        lines.append(f"{line} --hash=sha256:{digest}\n")
        wanted[pin.name] = version
    offer(index, "something-else", NEWER, [])
    (folder / "requirements.txt").write_text("".join(lines), encoding="utf-8")
    return wanted


def dry_run(pip: list[str], folder: Path, *options: str) -> subprocess.CompletedProcess:
    """Ask pip what it would install from the index, whatever this machine's settings are."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("PIP_", "PYTHON"))}
    index = f"--index-url={(folder / 'index').as_uri()}"
    command = [*pip, "--disable-pip-version-check", "install", "--dry-run", index, *options]
    return subprocess.run(
        [*command, "--report=report.json", "-r", "requirements.txt"],
        cwd=folder,
        env=environment | {"PIP_CONFIG_FILE": os.devnull},
        capture_output=True,
        text=True,
    )


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("requirements.txt", ()),  # conda's and Binder's call
        ("requirements.txt", ("--no-deps",)),
        ("requirements-source.txt", ("--no-deps",)),
        ("requirements-peers.txt", ("--no-deps",)),
    ],
)
def test_an_old_pip_picks_what_is_locked(old_pip, tmp_path, name, options):
    wanted = rotten((ROOT / name).read_text(encoding="utf-8"), tmp_path)
    result = dry_run(old_pip, tmp_path, *options)
    assert result.returncode == 0, result.stderr
    report = json.loads((tmp_path / "report.json").read_text(encoding="utf-8"))
    picked = [item["metadata"] for item in report["install"]]
    assert {item["name"]: item["version"] for item in picked} == wanted


def test_without_the_extras_an_old_pip_refuses_and_is_explained(old_pip, tmp_path):
    """What the lock once did: it shows that the index above is rotten indeed."""
    if OLDEST_PIP.get(PYTHON, "24") >= "24":
        pytest.skip("no Python of this kind came with a pip that old")
    requirements = (ROOT / "requirements.txt").read_text(encoding="utf-8")
    rotten(re.sub(r"\[.+?\]==", "==", requirements), tmp_path)
    result = dry_run(old_pip, tmp_path)
    assert result.returncode
    assert "is older than 24" in load_tool("setup_env").explain(result.stderr)
