"""Build the locked environment in .venv and run the project's commands in it.

The Makefile calls this script; where there is no make (Windows) it is called directly:
`py tools/setup_env.py lab`. It needs nothing but Python itself.
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import importlib.util
import json
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TextIO

ROOT = Path(__file__).resolve().parents[1]
VENV = ROOT / ".venv"
LOCK = ROOT / "requirements.txt"
SOURCE_LOCK = ROOT / "requirements-source.txt"
LOG = VENV / "setup.log"
HUB = ROOT / "build/hub"
FIRST_NOTEBOOK = "notebooks/01_kitten_demo.ipynb"

LOCKED = (
    "--no-deps",  # the lock is complete, and what packages ask for may be newer by now
    "--require-hashes",
    "--only-binary=:all:",
    "--compile",  # now, and TensorFlow starts in 4 s and not in 13, in every notebook
    "--progress-bar=off",
)
# With the setuptools of the lock: a build of its own would fetch whatever is new.
BUILT_HERE = ("--no-deps", "--no-build-isolation")
SPACE_NEEDED_GB = 4.0
TEMP_SPACE_NEEDED_GB = 1.5

TEST_STEPS = {
    "Style of code and notebooks": ("-m", "ruff", "check", "."),
    "Format of code and notebooks": ("-m", "ruff", "format", "--check", "."),
    "Tests of the helpers": (
        # Fails below the share of lines and branches that pyproject.toml names.
        "-m", "pytest", "tests", "--ignore=tests/browser", "--cov", "--cov-report=term-missing",
    ),
    # Never under xdist: kernels that start together sometimes lose their ports.
    "Every notebook, from top to bottom": (
        "-m", "pytest", "notebooks", "--nbval-lax", "--nbval-current-env",
        "--nbval-cell-timeout=300", "--nbval-sanitize-with=tests/nbval_sanitize.cfg",
    ),
    # Skipped, and it says so, where there is no Chromium.
    "Controls in a real browser": ("-m", "pytest", "tests/browser"),
}  # fmt: skip
# Reached from this machine only, and without a token.
DEMO = ("voila", "tools/demo.ipynb", "--Voila.ip=127.0.0.1")

KERNEL_CONFIG = """\
from ipykernel.ipkernel import IPythonKernel

IPythonKernel.language_info.pop("version", None)
"""


class SetupError(Exception):
    """One sentence: what is wrong and what puts it right."""


def supported_pythons() -> tuple[str, ...]:
    """List the Pythons that fit, oldest first, from the one place that names their range."""
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    oldest, refused = re.search(r'^requires-python = ">=3\.(\d+),<3\.(\d+)"', text, re.M).groups()
    return tuple(f"3.{minor}" for minor in range(int(oldest), int(refused)))


PYTHONS = supported_pythons()
ANY_PYTHON = f"{', '.join(PYTHONS[:-1])} or {PYTHONS[-1]}"

# What an installer prints when it refuses -> the sentence for it; the first that fits counts.
NO_PACKAGE = (
    f"There is no ready-made package for {platform.system()} on {platform.machine()}: use Linux "
    "(x86-64 or ARM), macOS on Apple silicon or Windows x64, or the README's Binder route."
)
OUT_OF_MEMORY = (
    "The memory was full while packages were installed: close other programs, then run this again."
)
REFUSALS = (
    (
        ("[Errno 28]", "[Errno 122]", "[WinError 112]", "No space left on device"),
        f"The disk filled up while packages were installed: make {SPACE_NEEDED_GB:.0f} GB of "
        "space, then run this again.",
    ),
    (("MemoryError", "[Errno 12]", "[WinError 8]"), OUT_OF_MEMORY),
    (
        ("[WinError 206]", "Windows Long Path"),
        "The paths are too long for this Windows: move the project to a short one such as "
        r"C:\saliency, or switch on long paths, then run this again.",
    ),
    (
        ("[Errno 13]", "[Errno 1]", "[Errno 30]", "[WinError 5]", "[WinError 32]"),
        "A file that has to be written is locked or not yours: end JupyterLab and whatever else "
        "uses .venv, and see that the project's folder belongs to you, then run this again.",
    ),
    (
        ("DO NOT MATCH THE HASHES",),
        "A downloaded package is not the one that the lock file names: try again on another "
        "network (a proxy may have changed it), and do not install it by hand.",
    ),
    (
        ("BadZipFile", "InvalidWheel", "has an invalid wheel", "zlib.error"),
        "A package arrived damaged: run python -m pip cache purge, then this again.",
    ),
    (
        ("versions pinned with ==",),
        "The pip in .venv is older than 24 and does not see that the lock pins a package with "
        "extras: run python -m pip install -U pip in .venv, and go on by hand as the README says.",
    ),
    (
        ("(constraint)", "'--user' install", "'--user' and '--target'", "'--user' and '--prefix'"),
        "Settings of your own tell pip to install something else: find them with python -m pip "
        "config list, take them away for now, then run this again.",
    ),
    (
        ("Hashes are required", "Invalid requirement", "Could not open requirements file",
         "ResolutionImpossible", "Double requirement given"),
        f"{LOCK.name} is not as it came: restore it (git checkout {LOCK.name}, or download the "
        "project again), then run this again.",
    ),
    (
        ("requires a different Python",),
        f"A locked package refuses Python {platform.python_version()}: install the newest release "
        f"of Python {ANY_PYTHON} from python.org, then run this again with it.",
    ),
    (
        ("No module named pip",),
        "The environment has no pip: delete the folder .venv (make clean), then run this again.",
    ),
    (
        ("CERTIFICATE_VERIFY_FAILED", "certificate verify failed", "the ssl certificate"),
        "The certificate of the package index is not trusted here: set the computer's clock right, "
        "or set PIP_CERT to the certificate of your school's or company's proxy, then run this "
        "again.",
    ),
    (
        ("ProxyError", "Proxy Authentication Required"),
        "The proxy does not let pip through: correct HTTPS_PROXY (http://name:password@host:port) "
        "or unset it, then run this again.",
    ),
    (
        ("HTTP error 4", "401 Error", "Client Error"),
        "The package index refuses access: correct PIP_INDEX_URL and the name and password in it, "
        "or unset it, then run this again.",
    ),
    (
        ("Connection refused", "ConnectTimeoutError", "ConnectionError", "ConnectionResetError",
         "Failed to establish a new connection", "HTTP error 5", "IncompleteRead",
         "Max retries exceeded", "NameResolutionError", "NewConnectionError", "ProtocolError",
         "ReadTimeoutError", "SSLError", "Server Error", "Temporary failure in name resolution"),
        "The package index cannot be reached: connect to the internet (or set HTTPS_PROXY or "
        "PIP_INDEX_URL to what your network offers), then run this again.",
    ),
    (("No matching distribution found", "not a supported wheel on this platform"), NO_PACKAGE),
    (
        ("subprocess-exited-with-error", "Failed building", "BackendUnavailable",
         "Cannot import 'setuptools"),
        "The helpers, or a package that is on the index as source alone, could not be built: "
        "restore the project's files (git checkout, or download it again), then run make clean "
        "and this again.",
    ),
)  # fmt: skip


# --- Is this machine fit? ---------------------------------------------------------------


def require_python(version: tuple[int, ...] = tuple(sys.version_info[:2])) -> None:
    """Refuse a Python that TensorFlow has no wheel for, or that cannot make a venv."""
    name = ".".join(map(str, version[:2]))
    if name not in PYTHONS:
        raise SetupError(
            f"This is Python {name}, and TensorFlow needs {ANY_PYTHON}: install one of them from "
            "python.org and run this again with it, or let uv fetch one: uv run --no-project "
            f"--python {PYTHONS[-1]} tools/setup_env.py lab."
        )
    if importlib.util.find_spec("ensurepip") is None:
        raise SetupError(
            f"This Python {name} cannot make environments: install the missing part "
            f"(Debian, Ubuntu: sudo apt install python{name}-venv), then run this again."
        )


def require_space(folder: Path, needed_gb: float, remedy: str) -> None:
    """Refuse to start what would fill the disk half way."""
    free_gb = shutil.disk_usage(folder).free / 1e9
    if free_gb < needed_gb:
        raise SetupError(
            f"Not enough disk space: {folder} has {free_gb:.1f} GB free and about "
            f"{needed_gb:.1f} GB are needed: {remedy}, then run this again."
        )


def explain(output: str) -> str | None:
    """Find the sentence, with a remedy, for what an installer printed or the system said."""
    return next((words for signs, words in REFUSALS if any(sign in output for sign in signs)), None)


def last_words(output: str) -> str:
    """Pick the line that says why, which is not always the last one."""
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    reasons = [line for line in lines if re.match(r"(ERROR|error|[\w.]+(Error|Exception)):", line)]
    return (reasons or lines or ["pip printed nothing"])[-1]


# --- Building ---------------------------------------------------------------------------


def venv_python() -> Path:
    """Path of the environment's interpreter."""
    return VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def fingerprint() -> str:
    """What the environment depends on: the lock, the Python, and where it stands."""
    locks = LOCK.read_bytes() + SOURCE_LOCK.read_bytes()
    parts = (locks, f"{sys.version_info[:2]}".encode(), str(ROOT).encode())
    return hashlib.sha256(b"\0".join(parts)).hexdigest()


def has_stamp(name: str) -> bool:
    """Say whether the stamp `name` was set for this very lock, Python and place."""
    stamp = VENV / name
    return (
        os.access(venv_python(), os.X_OK)
        and stamp.is_file()
        and stamp.read_text(encoding="ascii") == fingerprint()
    )


def set_stamp(name: str) -> None:
    """Record that a step was finished for this lock, Python and place."""
    (VENV / name).write_text(fingerprint(), encoding="ascii")


def shown(line: str) -> str | None:
    """Pick the lines of pip's output that tell a waiting reader something."""
    large = re.match(
        r"\s+(Downloading|Using cached) ([^-]+-[^-]+)-\S+ \((\d{2,}(?:\.\d)? MB)\)", line
    )
    if large:
        verb = "fetching" if large[1] == "Downloading" else "already fetched"
        return f"  {verb} {large[2]} ({large[3]})"
    if line.startswith("Installing collected packages") and "," in line:
        return f"  unpacking and byte-compiling {line.count(',') + 1} packages"
    return None


def pip(*arguments: str, no_package: str = "") -> None:
    """Run the environment's pip; show its large steps, keep the rest in the log.

    `no_package` is the sentence for a package that is nowhere to be found.
    """
    command = [venv_python(), "-m", "pip", "--disable-pip-version-check", "--no-input"]
    process = subprocess.Popen(
        [*command, *arguments],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
        errors="replace",
    )
    output = []
    for line in process.stdout:
        output.append(line)
        message = shown(line)
        if message:
            print(message, flush=True)
    if status := process.wait():
        raise SetupError(refusal("".join(output), status, no_package))


def refusal(output: str, status: int, no_package: str) -> str:
    """Keep what pip printed in the log, and say in one sentence why it stopped."""
    with contextlib.suppress(OSError):  # on a full disk the log cannot be written either
        LOG.write_text(output, encoding="utf-8")
    if status == -9:  # the system ends who takes too much
        return OUT_OF_MEMORY
    words = explain(output)
    if words == NO_PACKAGE and no_package:
        return no_package
    return words or (
        f"The packages could not be installed ({last_words(output)}): run this again, and if that "
        f"does not help, report this line and {LOG.relative_to(ROOT)}."
    )


def make_empty_venv(source: str = "about 0.9 GB to fetch") -> None:
    """Start from nothing, so that nothing but the lock is ever inside."""
    if not os.access(ROOT, os.W_OK):
        raise SetupError(f"{ROOT} is read-only: copy it to a folder of your own, then run this.")
    shutil.rmtree(VENV, ignore_errors=True)
    require_space(ROOT, SPACE_NEEDED_GB, "make space on that disk")
    temporary = Path(tempfile.gettempdir())
    require_space(
        temporary, TEMP_SPACE_NEEDED_GB, "make space there, or set TMPDIR to a larger one"
    )
    # This script may itself run in the environment that it replaces.
    base = getattr(sys, "_base_executable", None) or sys.executable
    version = platform.python_version()
    print(f"Building .venv with Python {version}: once, {source}, a few minutes.", flush=True)
    if subprocess.call([base, "-m", "venv", "--clear", str(VENV)]):
        raise SetupError(
            f"Python {version} could not make the folder .venv: on Debian or Ubuntu run "
            "sudo apt install python3-venv, elsewhere install Python from python.org, then again."
        )


def ask_no_questions() -> None:
    """Keep JupyterLab's offer of news, which wants a network, off the first page."""
    settings = VENV / "share/jupyter/lab/settings"
    settings.mkdir(parents=True, exist_ok=True)
    answer = {"fetchNews": "false", "checkForUpdates": False}
    overrides = {"@jupyterlab/apputils-extension:notification": answer}
    (settings / "overrides.json").write_text(json.dumps(overrides, indent=2), encoding="utf-8")


def keep_opened_notebooks_as_they_are() -> None:
    """Let a kernel not name its Python's version, which JupyterLab writes into what it opens.

    A notebook that was stored under another version would be marked as changed at once.
    """
    config = VENV / "etc/ipython"
    config.mkdir(parents=True, exist_ok=True)
    (config / "ipython_kernel_config.py").write_text(KERNEL_CONFIG, encoding="utf-8")


def install_locked(wheels: Path | None) -> None:
    """Install the locked packages from the index, or from nothing but a folder of wheels.

    What the index has as source alone comes second, for it is built with a locked setuptools;
    the folder has it built.
    """
    if wheels is None:
        make_empty_venv()
        pip("install", *LOCKED, "-r", LOCK.name)
        return pip("install", *BUILT_HERE, "--require-hashes", "-r", SOURCE_LOCK.name)
    make_empty_venv(f"from {wheels}")
    folder = ("--no-index", f"--find-links={wheels}")
    lacking = (
        f"{wheels} lacks a package that Python {platform.python_version()} needs on "
        f"{platform.system()} {platform.machine()}: have the folder made again for this machine."
    )
    pip("install", *LOCKED, *folder, "-r", LOCK.name, no_package=lacking)
    # The lock knows no hash of what was built; install.py has compared it with its sum.
    pins = re.findall(r"^\S+==\S+", SOURCE_LOCK.read_text(encoding="utf-8"), re.MULTILINE)
    pip("install", "--no-deps", *folder, *pins, no_package=lacking)


def setup(*arguments: str) -> int:
    """Build the environment unless it stands already; `--wheels FOLDER` needs no network."""
    parser = argparse.ArgumentParser(prog="setup_env.py setup")
    parser.add_argument("--wheels", type=lambda folder: Path(folder).absolute())
    wheels = parser.parse_args(arguments).wheels
    require_python()
    if has_stamp("built"):
        return 0
    install_locked(wheels)
    print("  installing the project's own helpers", flush=True)
    # A step of its own, because hash mode refuses an editable install beside locked packages.
    pip("install", *BUILT_HERE, "--no-index", "--editable", ".")
    ask_no_questions()
    keep_opened_notebooks_as_they_are()
    set_stamp("built")
    return 0


# --- Commands ---------------------------------------------------------------------------


def run(*arguments: str) -> int:
    """Run the environment's Python from the project's folder; give its exit status."""
    return subprocess.call([venv_python(), *arguments], cwd=ROOT)


def begin(report: TextIO, *arguments: str) -> subprocess.Popen:
    """Start the environment's Python beside this one; what it says goes into a file."""
    command = [venv_python(), *arguments]
    return subprocess.Popen(command, cwd=ROOT, stdout=report, stderr=subprocess.STDOUT)


def check(*arguments: str) -> int:
    """Check Python, packages, weights, a gradient, widgets and memory."""
    setup()
    return run("-m", "helpers.check", *arguments)


def lab(*arguments: str) -> int:
    """Check the set-up and open JupyterLab on the first notebook."""
    setup()
    # The whole check takes TensorFlow's start; once it has passed, the quick part is enough.
    if run("-m", "helpers.check", *(["--quick"] if has_stamp("checked") else [])):
        raise SetupError("The set-up is not sound: do what the FAIL lines above say, then again.")
    set_stamp("checked")
    print("Opening JupyterLab in the browser; to end it, press Ctrl-C twice here.", flush=True)
    as_root = ["--allow-root"] if getattr(os, "geteuid", lambda: 1)() == 0 else []
    # Not the notebook as argument: its folder would become the root, without the README.
    page = f"--LabApp.default_url=/lab/tree/{FIRST_NOTEBOOK}"
    return hand_over("jupyterlab", page, *as_root, *arguments)


def demo(*arguments: str) -> int:
    """Show the controls alone in the browser, without code, for a projector."""
    setup()
    print("Opening the page in the browser, which takes a while; Ctrl-C here ends it.", flush=True)
    return hand_over(*DEMO, *arguments)


def hand_over(module: str, *arguments: str) -> int:
    """Become a server: replacing this process leaves Ctrl-C to the server alone."""
    command = [str(venv_python()), "-m", module, *arguments]
    os.chdir(ROOT)
    if os.name == "nt":
        return subprocess.call(command)
    os.execv(command[0], command)


def peers() -> int:
    """Add other implementations of saliency, for the tests and benchmarks that compare."""
    setup()
    # LIME is on the index as source alone.
    pip("install", *LOCKED, *BUILT_HERE, "--no-binary=lime", "-r", "requirements-peers.txt")
    return 0


def offline(*arguments: str) -> int:
    """Write everything that a classroom without a network needs into one folder."""
    setup()
    return run("tools/offline.py", *arguments)


def site(*arguments: str) -> int:
    """Build the site from the stored notebooks, and where Node is the page."""
    setup()
    if shutil.which("node"):
        page()  # it says what it lacks, and the site does without it
    # What stands already is not fetched again, so that later builds need no network.
    pip("install", *LOCKED, "-r", "requirements-site.txt")
    return run("-m", "tools.website.build", *arguments)


def page(*arguments: str) -> int:
    """Build the page that runs the networks in the browser, and the one file that holds it all."""
    setup()
    return run("-m", "tools.page.build", *arguments)


def copies(*arguments: str) -> int:
    """Make a student's and a teacher's copy of every notebook, and slides."""
    setup()
    return run("-m", "tools.classroom.copies", *arguments)


def load_test(*arguments: str) -> int:
    """Drive simulated students on this machine against the hub of deploy/."""
    hub()
    python = HUB / "venv" / venv_python().relative_to(VENV)
    return subprocess.call([python, "-m", "tools.load_test", *arguments], cwd=ROOT)


def hub() -> int:
    """Build the hub's own environment in build/hub, and the copies that students get."""
    copies()
    if not shutil.which("npm"):
        raise SetupError(
            "The hub's proxy needs Node.js 18 or newer with npm: install it, then again."
        )
    python = HUB / "venv" / venv_python().relative_to(VENV)
    if not python.exists():
        run("-m", "venv", str(HUB / "venv"))
    # Its own pip, in an environment of its own: ours stays what the lock says.
    install = [*LOCKED, "--quiet", "-r", "requirements-hub.txt"]
    for name in ("package.json", "package-lock.json"):
        shutil.copy(ROOT / "deploy" / name, HUB)
    steps = ([python, "-m", "pip", "install", *install], ["npm", "ci", "--prefix", HUB])
    if any(subprocess.call([str(part) for part in step], cwd=ROOT) for step in steps):
        raise SetupError("The hub could not be built, for the reason above: then again.")
    return 0


def bench(*arguments: str) -> int:
    """Time the methods against bare TensorFlow, and against the peers that are installed."""
    setup()
    return run("tools/bench.py", *arguments)


def bench_widgets(*arguments: str) -> int:
    """Time the controls in a real browser, from the hand to the new picture."""
    setup()
    return run("tools/bench_widgets.py", *arguments)


def test() -> int:
    """Run every test: style, helpers beside notebooks, browser; stop at the first that fails."""
    setup()
    style, form, helpers, notebooks, browser = TEST_STEPS
    return run_step(style) or run_step(form) or run_beside(notebooks, helpers) or run_step(browser)


def test_browser(*arguments: str) -> int:
    """Run the tests that need a browser."""
    setup()
    return run_step(list(TEST_STEPS)[-1], *arguments)


def run_step(title: str, *arguments: str) -> int:
    """Run one of the steps, and say which; give its exit status."""
    print(f"\n{title}: {' '.join(TEST_STEPS[title])}", flush=True)
    return run(*TEST_STEPS[title], *arguments)


def run_beside(title: str, other: str) -> int:
    """Run two steps at once, as neither fills two cores; what the other said is told after it."""
    print(f"\n{other}: they run meanwhile, and report afterwards.", flush=True)
    with tempfile.TemporaryFile("w+", encoding="utf-8") as report:
        beside = begin(report, *TEST_STEPS[other])
        status = run_step(title)
        other_status = beside.wait()
        report.seek(0)
        print(f"\n{other}: {' '.join(TEST_STEPS[other])}")
        shutil.copyfileobj(report, sys.stdout)
    return status or other_status


COMMANDS: dict[str, Callable[..., int]] = {
    "setup": setup,
    "check": check,
    "lab": lab,
    "demo": demo,
    "test": test,
    "test-browser": test_browser,
    "peers": peers,
    "bench": bench,
    "bench-widgets": bench_widgets,
    "offline": offline,
    "site": site,
    "page": page,
    "copies": copies,
    "hub": hub,
    "load-test": load_test,
}


def guarded(command: Callable[..., int], *arguments) -> int:
    """Run a command; say in one sentence what stopped it."""
    try:
        return command(*arguments)
    except SetupError as error:
        print(error, file=sys.stderr)
    except OSError as error:
        print(explain(f"{error}") or f"{error}: put that right, then again.", file=sys.stderr)
    except KeyboardInterrupt:
        print("Stopped; the next call begins again where it is safe.", file=sys.stderr)
    return 1


def main(arguments: list[str]) -> int:
    """Run the command that the first argument names."""
    if not arguments or arguments[0] not in COMMANDS:
        print(f"usage: setup_env.py {{{','.join(COMMANDS)}}} [arguments]", file=sys.stderr)
        return 2
    return guarded(COMMANDS[arguments[0]], *arguments[1:])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
