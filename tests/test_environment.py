"""pyproject.toml, uv.lock, the requirements files and environment.yml tell one story.

Nothing here needs uv or a network: the files are compared with each other.
"""

import importlib.metadata
import importlib.util
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from packaging.markers import Marker
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

from helpers import check

ROOT = Path(__file__).resolve().parents[1]
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
LOCK = tomllib.loads((ROOT / "uv.lock").read_text(encoding="utf-8"))
PROJECT = PYPROJECT["project"]["name"]
RENDER = "rendering/requirements.txt"
EXPORTS = {
    "requirements.txt": ("test",),
    "requirements-source.txt": ("source",),
    "requirements-peers.txt": ("peers",),
    "requirements-site.txt": ("site",),
    "requirements-hub.txt": ("hub",),
}

PLATFORMS = {
    "Linux x86-64": ("linux", "x86_64", "posix"),
    "Linux ARM": ("linux", "aarch64", "posix"),
    "macOS": ("darwin", "arm64", "posix"),
    "Windows": ("win32", "AMD64", "nt"),
}


def load_tool(name: str):
    """Import a script of tools/, which is no package."""
    specification = importlib.util.spec_from_file_location(name, ROOT / "tools" / f"{name}.py")
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


SETUP = load_tool("setup_env")
# Some markers tell the first releases of a Python from later ones.
PYTHONS = [f"{python}.{patch}" for python in SETUP.PYTHONS for patch in (0, 9)]


def pins_of(text: str) -> dict[tuple[str, str], tuple[Marker | None, set[str]]]:
    """Read (name, version) -> (marker, hashes) from a hashed requirements file."""
    pins = {}
    for entry in re.split(r"\n(?=\S)", text):
        if entry.startswith("#"):
            continue
        line, *hashes = entry.replace("\\\n", " ").split("--hash=")
        pin = Requirement(line)
        version = str(pin.specifier).removeprefix("==")
        pins[canonicalize_name(pin.name), version] = (pin.marker, {h.strip() for h in hashes})
    return pins


def exported(name: str) -> dict[tuple[str, str], tuple[Marker | None, set[str]]]:
    return pins_of((ROOT / name).read_text(encoding="utf-8"))


def locked(name: str) -> list[dict]:
    return [package for package in LOCK["package"] if package["name"] == name]


def requires_of(name: str, version: str) -> list[str]:
    """What a locked package asks for: in its own words where it is installed.

    The lock's words leave out what no Python of ours would take.
    """
    if check.installed_version(name) == version:
        return importlib.metadata.requires(name) or []
    (package,) = (p for p in locked(canonicalize_name(name)) if p["version"] == version)
    return [
        f"{needed['name']}[{','.join(needed.get('extra', []))}]"
        + (f" ; {needed['marker']}" if "marker" in needed else "")
        for needed in package.get("dependencies", [])
    ]


def as_pairs(requirements: list[str]) -> set[tuple]:
    """Requirements in a form that does not depend on how they are written."""
    parsed = [Requirement(text) for text in requirements]
    return {(canonicalize_name(r.name), frozenset(r.specifier), str(r.marker)) for r in parsed}


def as_locked_pairs(entries: list[dict]) -> set[tuple]:
    return {
        (
            e["name"],
            frozenset(SpecifierSet(e.get("specifier", ""))),
            str(Marker(e["marker"]) if "marker" in e else None),
        )
        for e in entries
    }


def reachable(roots: list[str]) -> set[tuple[str, str]]:
    """Every (name, version) of the lock that the named packages need, themselves included."""
    waiting, seen = [{"name": name} for name in roots], []
    while waiting:
        needed = waiting.pop()
        if needed in seen:
            continue
        seen.append(needed)
        for package in locked(needed["name"]):
            waiting += package.get("dependencies", [])
            for extra in needed.get("extra", []):
                waiting += package["optional-dependencies"].get(extra, [])
    return {(n["name"], p["version"]) for n in seen for p in locked(n["name"])}


def roots_of(export: str) -> list[str]:
    groups = EXPORTS[export]
    wanted = [text for group in groups for text in PYPROJECT["dependency-groups"][group]]
    if export == "requirements.txt":
        wanted += PYPROJECT["project"]["dependencies"]
    return [canonicalize_name(Requirement(text).name) for text in wanted]


def environments() -> Iterator[tuple[str, dict[str, str]]]:
    for title, (system, machine, os_name) in PLATFORMS.items():
        for python in PYTHONS:
            yield (
                f"{title}, Python {python}",
                {
                    "sys_platform": system,
                    "platform_machine": machine,
                    "os_name": os_name,
                    "python_version": python.rsplit(".", 1)[0],
                    "python_full_version": python,
                    "implementation_name": "cpython",
                    "platform_python_implementation": "CPython",
                },
            )


def applying(pins: dict, environment: dict[str, str]) -> dict[str, list[str]]:
    """Name -> versions that a machine with this environment would install."""
    versions: dict[str, list[str]] = {}
    for (name, version), (marker, _) in pins.items():
        if marker is None or marker.evaluate(environment):
            versions.setdefault(name, []).append(version)
    return versions


# --- The lock is the one of this pyproject.toml ------------------------------------------


def test_lock_was_made_from_this_pyproject():
    (project,) = locked(PROJECT)
    metadata = project["metadata"]
    assert as_locked_pairs(metadata["requires-dist"]) == as_pairs(
        PYPROJECT["project"]["dependencies"]
    )
    groups = {name: as_pairs(texts) for name, texts in PYPROJECT["dependency-groups"].items()}
    assert {
        name: as_locked_pairs(entries) for name, entries in metadata["requires-dev"].items()
    } == groups
    assert SpecifierSet(LOCK["requires-python"]) == SpecifierSet(
        PYPROJECT["project"]["requires-python"]
    )


def test_a_changed_dependency_is_noticed():
    changed = [*PYPROJECT["project"]["dependencies"], "requests>=2"]
    (project,) = locked(PROJECT)
    assert as_locked_pairs(project["metadata"]["requires-dist"]) != as_pairs(changed)


@pytest.mark.parametrize("name", EXPORTS)
def test_export_holds_exactly_what_the_lock_needs(name):
    assert set(exported(name)) == reachable(roots_of(name))


@pytest.mark.parametrize("name", EXPORTS)
def test_export_has_the_hashes_of_the_lock(name):
    for (package, version), (_, hashes) in exported(name).items():
        (entry,) = (p for p in locked(package) if p["version"] == version)
        files = [*entry.get("wheels", []), *([entry["sdist"]] if "sdist" in entry else [])]
        assert hashes == {file["hash"] for file in files}, package


def test_what_has_no_wheel_is_in_the_file_of_what_is_built():
    """Or a peer, of which `make peers` says so."""
    without = {p["name"] for p in LOCK["package"] if "sdist" in p and not p.get("wheels")}
    maker = (ROOT / "tools/setup_env.py").read_text(encoding="utf-8")
    built = set(re.findall(r"--no-binary=([a-z]+)", maker))
    assert built <= {name for name, _ in exported("requirements-peers.txt")}
    assert without == built | {name for name, _ in exported("requirements-source.txt")}


@pytest.mark.parametrize("name", EXPORTS)
def test_every_machine_gets_one_version_of_each_package(name):
    pins = exported(name)
    for title, environment in environments():
        twice = {n: v for n, v in applying(pins, environment).items() if len(v) > 1}
        assert not twice, title


def test_every_machine_gets_what_pyproject_asks_for():
    asked = PYPROJECT["project"]["dependencies"] + PYPROJECT["dependency-groups"]["test"]
    asked += PYPROJECT["build-system"]["requires"]  # the helpers are installed without network
    pins = exported("requirements.txt")
    for title, environment in environments():
        versions = applying(pins, environment)
        for requirement in map(Requirement, asked):
            (version,) = versions[canonicalize_name(requirement.name)]
            assert requirement.specifier.contains(version), f"{requirement} on {title}"


def extras_in(export: str) -> dict[str, set[str]]:
    """Name -> extras, as the lines of a requirements file have them."""
    lines = re.findall(r"^[^#\s].*?(?= ; | \\$)", (ROOT / export).read_text(), re.MULTILINE)
    return {canonicalize_name(pin.name): pin.extras for pin in map(Requirement, lines)}


def asked_with_extras(export: str) -> Iterator[tuple[str, set[str]]]:
    """What packages of an export ask for with extras, on any machine that we support."""
    own_extras = extras_in(export)
    for name, version in exported(export):
        for needed in map(Requirement, requires_of(name, version)):
            if needed.extras and any(
                needed.marker is None or needed.marker.evaluate({**environment, "extra": extra})
                for _, environment in environments()
                for extra in ("", *own_extras[name])
            ):
                yield canonicalize_name(needed.name), needed.extras


@pytest.mark.parametrize("name", EXPORTS)
def test_a_package_that_another_asks_for_with_extras_is_pinned_with_them(name):
    """Else a pip before 24 takes the newest release of `coverage[toml]`, pinned or not."""
    pinned = extras_in(name)
    asked = list(asked_with_extras(name))
    assert [need for need in asked if not need[1] <= pinned[need[0]]] == []
    assert name != "requirements.txt" or ("coverage", {"toml"}) in asked


@pytest.mark.parametrize("name", ["requirements-peers.txt", "requirements-site.txt"])
def test_what_is_added_fits_on_top_of_the_main_environment(name):
    main, peers = exported("requirements.txt"), exported(name)
    for title, environment in environments():
        theirs, ours = applying(peers, environment), applying(main, environment)
        assert {n: v for n, v in theirs.items() if n in ours and ours[n] != v} == {}, title


@pytest.mark.parametrize("peer", ["lime", "saliency", "shap", "tf-keras-vis", "xplique"])
def test_a_peer_in_use_is_the_locked_one(peer):
    if check.installed_version(peer) is None:
        pytest.skip(f"{peer} is not installed: make peers")
    assert (peer, check.installed_version(peer)) in exported("requirements-peers.txt")


def test_rendering_requirements_are_hashed_and_hold_bpy():
    pins = exported(RENDER)
    assert ("bpy", "5.0.1") in pins
    assert all(hashes for _, hashes in pins.values())
    asked = (ROOT / "rendering/requirements.in").read_text(encoding="utf-8").split()
    names = {name for name, _ in pins}
    assert {canonicalize_name(Requirement(text).name) for text in asked} <= names


def test_only_the_public_index_is_named():
    text = (ROOT / "uv.lock").read_text(encoding="utf-8")
    hosts = set(re.findall(r"\w+://([^/\"]+)", text))
    assert hosts == {"pypi.org", "files.pythonhosted.org"}
    for name in (*EXPORTS, RENDER):
        assert "://" not in (ROOT / name).read_text(encoding="utf-8"), name


def test_tensorflow_has_a_wheel_everywhere_under_its_own_name():
    wheels = [w["url"].rsplit("/", 1)[-1] for p in locked("tensorflow") for w in p["wheels"]]
    for python in (f"cp{name.replace('.', '')}" for name in SETUP.PYTHONS):
        for system in ("manylinux.*x86_64", "manylinux.*aarch64", "macosx.*arm64", "win_amd64"):
            assert any(re.search(f"-{python}-.*{system}", wheel) for wheel in wheels)
    assert not locked("tensorflow-cpu")


# --- conda, Binder, make, and the check speak of the same ---------------------------------


def test_environment_yml_adds_nothing_to_the_lock():
    environment = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))
    python, pip, from_pip = environment["dependencies"]
    version = re.fullmatch(r"python=(3\.\d+)", python)[1]
    assert version in SpecifierSet(PYPROJECT["project"]["requires-python"])
    assert pip == "pip"
    # Anything beside -r would need a hash; `file:` in front of the name breaks conda.
    assert from_pip == {"pip": ["-r requirements.txt"]}
    assert environment["name"] == PROJECT
    assert environment["channels"] == ["conda-forge"]


def test_binder_installs_the_helpers_after_the_packages():
    install = "python -m pip install --no-deps --no-build-isolation"
    script = (ROOT / "postBuild").read_text(encoding="utf-8")
    assert script.endswith(f"{install} -r requirements-source.txt\n{install} --editable .\n")
    mode = subprocess.run(
        ["git", "ls-files", "--stage", "postBuild"], cwd=ROOT, capture_output=True, text=True
    )
    assert mode.returncode or mode.stdout.startswith("100755")
    assert not (ROOT / "binder").exists(), "a folder binder/ would hide environment.yml from Binder"


def test_one_range_of_pythons_everywhere():
    allowed = SpecifierSet(PYPROJECT["project"]["requires-python"])
    inside = tuple(f"3.{minor}" for minor in range(8, 20) if f"3.{minor}" in allowed)
    assert inside == SETUP.PYTHONS == check.PYTHONS
    refused = subprocess.run(
        ["sh", "tools/find_python.sh", "lab", "no-such-python"],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert f"is no Python {SETUP.ANY_PYTHON}: " in refused.stderr
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    for words in (
        f"and Python {SETUP.ANY_PYTHON}.",
        f"`No Python {SETUP.ANY_PYTHON} was found`",
        f"any Python {inside[0]} to {inside[-1]}**",
    ):
        assert words in readme, "the README names another range"


def test_helpers_are_imported_as_installed_and_not_from_the_working_folder(tmp_path):
    run = subprocess.run(
        [sys.executable, "-c", "import helpers; print(helpers.__file__)"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    if run.returncode and check.installed_version(PROJECT) is None:
        pytest.skip("the project is not installed in this environment")
    assert Path(run.stdout.strip()) == ROOT / "helpers" / "__init__.py"


@pytest.mark.parametrize("path", sorted((ROOT / "notebooks").glob("*.ipynb")), ids=lambda p: p.stem)
def test_notebooks_leave_the_import_path_alone(path):
    assert "sys.path" not in path.read_text(encoding="utf-8")


def test_ci_runs_the_readme_s_test_command():
    command = (ROOT / ".ci/run").read_text(encoding="utf-8").strip().splitlines()[-1]
    assert command == "make test"
    assert "\nmake test" in (ROOT / "README.md").read_text(encoding="utf-8")


def test_readme_lists_exactly_the_notebooks_that_exist():
    expected = load_tool("readme_table").table()
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert expected in readme, "run: python tools/readme_table.py"


def test_readme_has_the_conda_and_windows_lines():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    install = "python -m pip install --no-deps --no-build-isolation"
    built = f"{install} -r requirements-source.txt", f"{install} -e ."
    for line in ("conda env create -f environment.yml", *built, r"py tools\setup_env.py lab"):
        assert f"\n{line}\n" in readme
    for line in ("python -m pip install --no-deps -r requirements.txt", *built):
        assert f"\n.venv/bin/{line}\n" in readme
