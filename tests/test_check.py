"""`python -m helpers.check`: every line can pass, and fails for its own reason."""

import collections
import hashlib
import re
import subprocess
import sys

import numpy as np
import pytest

from helpers import check
from helpers.errors import HelpersError
from helpers.models import efficientnet_lite, squeezenet

CAT = (285, [[("n02124075", "Egyptian_cat", 10.47)]])


def test_python_in_range_passes_and_names_the_interpreter():
    assert sys.executable in check.check_python((3, 12, 4))


@pytest.mark.parametrize("version", [(3, 10, 14), (3, 99, 0)])
def test_python_out_of_range_fails(version):
    with pytest.raises(HelpersError, match=rf"is not {check.ANY_PYTHON}"):
        check.check_python(version)


@pytest.fixture
def installed(monkeypatch):
    """Pretend that exactly these packages are installed."""
    versions = {"six": "1.17.0", "tqdm": "4.70.1", check.PROJECT: "0.1.0"}
    monkeypatch.setattr(check, "installed_version", versions.get)
    return versions


@pytest.fixture
def lock(tmp_path):
    path = tmp_path / "requirements.txt"
    path.write_text(
        "# a comment\n"
        "six==1.17.0 \\\n    --hash=sha256:00\n"
        "tqdm==4.70.1 ; python_version >= '3.11' \\\n    --hash=sha256:00\n"
        "pywinpty==3.1.2 ; os_name == 'no-such-system' \\\n    --hash=sha256:00\n",
        encoding="utf-8",
    )
    return path


def test_packages_as_locked_pass(installed, lock):
    assert check.check_packages(lock) == "2 packages as locked"


def test_another_version_fails(installed, lock):
    installed["six"] = "1.16.0"
    with pytest.raises(HelpersError, match=r"^six is 1\.16\.0, not 1\.17\.0$"):
        check.check_packages(lock)


def test_a_missing_package_fails(installed, lock):
    del installed["tqdm"]
    with pytest.raises(HelpersError, match=r"tqdm is missing, not 4\.70\.1"):
        check.check_packages(lock)


def test_helpers_that_are_not_installed_fail(installed, lock):
    del installed[check.PROJECT]
    with pytest.raises(HelpersError, match="own helpers are not installed"):
        check.check_packages(lock)


def test_many_wrong_packages_stay_one_line(monkeypatch):
    monkeypatch.setattr(check, "installed_version", lambda name: None)
    with pytest.raises(HelpersError, match=r"and \d+ more$"):
        check.check_packages()


def test_an_unknown_package_has_no_version():
    assert check.installed_version("no-such-package-at-all") is None
    assert check.installed_version("numpy") == np.__version__


def test_the_real_weights_pass():
    assert check.check_weights() == (
        "EfficientNet-Lite0, 19 MB, SqueezeNet, 5 MB, SHA-256 as pinned"
    )


def test_squeezenet_s_weights_are_asked_for_and_checked(monkeypatch, tmp_path):
    damaged = tmp_path / "squeezenet_weights.pkl"
    damaged.write_bytes(squeezenet.packaged_weights().read_bytes()[:-1])
    monkeypatch.setattr(squeezenet, "packaged_weights", lambda: damaged)
    with pytest.raises(HelpersError, match="SHA-256"):
        check.check_weights()


def test_damaged_weights_fail(monkeypatch, tmp_path):
    damaged = tmp_path / "weights.pth"
    damaged.write_bytes(efficientnet_lite.packaged_weights().read_bytes()[:-1])
    monkeypatch.setattr(efficientnet_lite, "packaged_weights", lambda: damaged)
    with pytest.raises(HelpersError, match="SHA-256"):
        check.check_weights()


def test_the_pinned_hash_is_that_of_the_installed_file():
    content = efficientnet_lite.packaged_weights().read_bytes()
    assert hashlib.sha256(content).hexdigest() == efficientnet_lite.SHA256


def test_the_real_gradient_passes(monkeypatch):
    monkeypatch.setattr(check, "SLOWEST_GRADIENT_S", 60)  # a busy machine is no failure here
    assert re.match(r"Egyptian_cat 10\.\d\d, saliency map in \d+ ms", check.check_gradient())


def pretend(monkeypatch, **functions):
    import helpers

    for name, function in functions.items():
        monkeypatch.setattr(helpers, name, function, raising=False)


def test_a_network_that_answers_wrongly_fails(monkeypatch):
    pretend(monkeypatch, make_prediction=lambda *a, **k: (281, [[("", "tabby", 9.0)]]))
    with pytest.raises(HelpersError, match="says tabby"):
        check.check_gradient()


@pytest.mark.parametrize("value", [0.0, np.nan])
def test_an_empty_or_broken_map_fails(monkeypatch, value):
    pretend(
        monkeypatch,
        make_prediction=lambda *a, **k: CAT,
        compute_saliency_map=lambda *a: np.full((224, 224), value),
    )
    with pytest.raises(HelpersError, match="empty or not finite"):
        check.check_gradient()


def test_a_slow_gradient_fails(monkeypatch):
    pretend(
        monkeypatch,
        make_prediction=lambda *a, **k: CAT,
        compute_saliency_map=lambda *a: np.ones((224, 224)),
    )
    monkeypatch.setattr(check, "SLOWEST_GRADIENT_S", -1)
    with pytest.raises(HelpersError, match="would drag"):
        check.check_gradient()


def test_the_real_widgets_pass():
    pytest.importorskip("anywidget")
    assert "ipywidgets" in check.check_widgets()


def test_widgets_without_their_browser_half_fail(monkeypatch, tmp_path):
    import jupyter_core.paths

    pytest.importorskip("anywidget")
    monkeypatch.setattr(jupyter_core.paths, "jupyter_path", lambda *a: [str(tmp_path)])
    with pytest.raises(HelpersError, match=r"no @jupyter-widgets/jupyterlab-manager extension"):
        check.check_widgets()


@pytest.mark.parametrize(("free", "passes"), [(8e9, True), (1e9, False)])
def test_memory_has_a_floor(monkeypatch, free, passes):
    import psutil

    memory = collections.namedtuple("memory", "available")
    monkeypatch.setattr(psutil, "virtual_memory", lambda: memory(free))
    if passes:
        assert check.check_memory() == "8.0 GB free"
    else:
        with pytest.raises(HelpersError, match=r"1\.0 GB free; a notebook wants 1\.5 GB"):
            check.check_memory()


# --- The report ---------------------------------------------------------------------------


def fails(error: Exception):
    def run():
        raise error

    return run


@pytest.mark.parametrize(
    ("error", "line"),
    [
        (HelpersError("it is gone; fetch it."), "it is gone; fetch it."),
        (ImportError("No module named 'numpy'"), "ImportError: No module named 'numpy'"),
        (OSError("first\nsecond"), "OSError: first"),
        (RuntimeError(), "RuntimeError: no reason given"),
    ],
)
def test_every_failure_is_one_line_and_its_repair(capsys, error, line):
    checks = (
        check.Check("first", lambda: "all well", "never shown"),
        check.Check("second", fails(error), "do this"),
    )
    assert check.run_checks(checks) == 1
    assert capsys.readouterr().out.splitlines() == [
        "OK    first     all well",
        f"FAIL  second    {line}",
        "      repair:   do this",
    ]


def test_the_seven_checks_stand_in_order_and_each_has_a_repair():
    names = [item.name for item in check.CHECKS]
    assert names == ["Python", "packages", "Keras", "weights", "gradient", "widgets", "memory"]
    assert all(item.repair and "\n" not in item.repair for item in check.CHECKS)


@pytest.mark.parametrize(
    ("arguments", "shown"),
    [(["--quick"], ["Python", "packages", "memory"]), ([], [c.name for c in check.CHECKS])],
)
def test_quick_leaves_out_what_starts_tensorflow(monkeypatch, capsys, arguments, shown):
    pretended = tuple(item._replace(run=lambda: "well") for item in check.CHECKS)
    monkeypatch.setattr(check, "CHECKS", pretended)
    assert check.main(arguments) == 0
    assert [line.split()[1] for line in capsys.readouterr().out.splitlines()] == shown


def test_a_missing_package_is_reported_and_not_stumbled_over():
    """In a Python where every import outside the standard library fails."""
    script = (
        "import sys\n"
        "class Gone:\n"
        "    def find_spec(self, name, *_):\n"
        "        top = name.split('.')[0]\n"
        "        if top != 'helpers' and top not in sys.stdlib_module_names:\n"
        "            raise ImportError(f'No module named {name!r}')\n"
        "sys.meta_path.insert(0, Gone())\n"
        "from helpers.check import main\n"
        "sys.exit(main([]))\n"
    )
    result = subprocess.run(
        [sys.executable, "-c", script], cwd=check.ROOT, capture_output=True, text=True
    )
    assert result.returncode == 6
    assert result.stderr == ""
    assert [line.split()[0] for line in result.stdout.splitlines()].count("FAIL") == 6


def test_without_lazy_loader_a_name_says_what_is_missing():
    code = (
        "import sys; sys.modules['lazy_loader'] = None; "
        "from helpers import check; print(check.check_python()); from helpers import load_image"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert sys.executable in result.stdout
    assert result.stderr.splitlines()[-1].startswith("ModuleNotFoundError: import of lazy_loader")
