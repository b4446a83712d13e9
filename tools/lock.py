"""Write uv.lock and the hashed requirements files anew from pyproject.toml (needs uv).

usage: python tools/lock.py [--upgrade]
"""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
HEADER = "# Written by tools/lock.py from {source}; change that file and run `make lock`.\n"
EXPORTS = {
    "requirements.txt": ("--no-default-groups", "--group", "test"),
    "requirements-peers.txt": ("--only-group", "peers"),
    "requirements-site.txt": ("--only-group", "site"),
}


def uv(*arguments: str) -> str:
    """Run uv in the project's folder and return what it prints."""
    result = subprocess.run(
        ["uv", *arguments], cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True
    )
    return result.stdout


def write(name: str, source: str, pins: str) -> None:
    """Store pins under a line that says where they come from."""
    (ROOT / name).write_text(HEADER.format(source=source) + pins, encoding="utf-8", newline="\n")


def main(*options: str) -> None:
    """Lock, then export what pip and conda install."""
    uv("lock", *options)
    for name, groups in EXPORTS.items():
        plain = ("--no-emit-project", "--no-annotate", "--no-header")
        write(name, "pyproject.toml", uv("export", "--locked", "--quiet", *plain, *groups))
    source = "rendering/requirements.in"
    # bpy wants numpy 1 and Python 3.11, so rendering has an environment of its own.
    pins = uv(
        "--no-config", "pip", "compile", source, "--quiet", "--universal", "--python-version=3.11",
        "--generate-hashes", "--no-annotate", "--no-header", *options,
    )  # fmt: skip
    write("rendering/requirements.txt", source, pins)


if __name__ == "__main__":
    main(*sys.argv[1:])
