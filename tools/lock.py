"""Write uv.lock and the hashed requirements files anew from pyproject.toml (needs uv).

usage: python tools/lock.py [--upgrade]
"""

import re
import shutil
import subprocess
import sys

from setup_env import PYTHONS, ROOT, SetupError, guarded

HEADER = "# Written by tools/lock.py from {source}; change that file and run `make lock`.\n"
EXPORTS = {
    "requirements.txt": ("--no-default-groups", "--group", "test"),
    "requirements-source.txt": ("--only-group", "source"),
    "requirements-peers.txt": ("--only-group", "peers"),
    "requirements-site.txt": ("--only-group", "site"),
    "requirements-hub.txt": ("--only-group", "hub"),
}
COMPILE = ("pip", "compile", "--quiet", "--universal", "--no-strip-extras", "--no-annotate")
PIN = re.compile(r"^(\S+==\S+)(?: ; (.+))? \\$", re.MULTILINE)


def uv(*arguments: str, text: str | None = None) -> str:
    """Run uv in the project's folder, with `text` as its input; return what it prints."""
    if not shutil.which("uv"):
        raise SetupError(
            "The lock is made with uv, which is not on the PATH: install it (docs.astral.sh/uv)."
        )
    result = subprocess.run(
        ["uv", *arguments], cwd=ROOT, stdout=subprocess.PIPE, text=True, input=text
    )
    if result.returncode:
        raise SetupError(
            f"uv {arguments[0]} refused, for the reason above: put that right, then again."
        )
    return result.stdout


def with_extras(pins: str) -> str:
    """Name the extras with which locked packages ask for each other.

    `uv export` leaves them out. A pip before 24 does not see that `coverage==1` pins the
    `coverage[toml]` of another package too: it takes the newest, and has no hash for it.
    """
    # Bounded, because no package has wheels yet for the Pythons to come.
    ours = f"python_version <= '{PYTHONS[-1]}'"
    bounded = [f"{pin} ; {ours} and ({marker or ours})\n" for pin, marker in PIN.findall(pins)]
    resolved = uv(*COMPILE, f"--python-version={PYTHONS[0]}", "-", text="".join(bounded))
    for name, extras in re.findall(r"^([^\s\[]+)(\[.+?\])==", resolved, re.MULTILINE):
        pins = re.sub(rf"^{re.escape(name)}==", f"{name}{extras}==", pins, flags=re.MULTILINE)
    return pins


def write(name: str, source: str, pins: str) -> None:
    """Store pins under a line that says where they come from."""
    (ROOT / name).write_text(HEADER.format(source=source) + pins, encoding="utf-8", newline="\n")


def main(options: list[str]) -> int:
    """Lock, then export what pip and conda install."""
    uv("lock", *options)
    for name, groups in EXPORTS.items():
        plain = ("--no-emit-project", "--no-annotate", "--no-header")
        pins = uv("export", "--locked", "--quiet", *plain, *groups)
        write(name, "pyproject.toml", with_extras(pins))
    source = "rendering/requirements.in"
    name = "rendering/requirements.txt"
    # bpy wants numpy 1 and Python 3.11, so rendering has an environment of its own.
    uv(
        "--no-config", *COMPILE, source, "--python-version=3.11", "--generate-hashes",
        "--no-header", f"--output-file={name}", *options,
    )  # fmt: skip
    write(name, source, (ROOT / name).read_text(encoding="utf-8"))
    return 0


if __name__ == "__main__":
    sys.exit(guarded(main, sys.argv[1:]))
