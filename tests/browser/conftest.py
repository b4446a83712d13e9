"""A JupyterLab of our own and a Chromium of the system, for the tests in this folder."""

import importlib.util
import sys
from pathlib import Path

import nbformat
import pytest
from nbformat import v4

ROOT = Path(__file__).resolve().parents[2]
sys.path.append(str(ROOT / "tools"))
import browsing  # noqa: E402

# What JupyterLab and Voila themselves complain about, on a machine without the internet too.
NOT_OURS = ("favicon", "fonts.g", "cdn.jsdelivr.net", "cdnjs.cloudflare.com", "unpkg.com")
EXPLORERS = {
    "smoothing": "explore_smoothing(img, attribute(model, array, 285), 'Egyptian cat', sigma=5)",
    "classes": "explore_classes(model, img)",
    "masking": "explore_masking(model, img)",
    "methods": "explore_methods(model)",
    "steering": "explore_steering(model, img, boxes=[(20, 20, 90, 90)])",
    "scenes": "explore_scenes(model)",
    "photo": "explore_photo(model)",
}
SETUP = """\
from helpers import *
model, img = load_model(), load_image("chelsea")
array = to_array(img, model)"""


@pytest.fixture(scope="session")
def browser():
    """The system's Chromium; without one the tests are skipped, and say so."""
    if browsing.CHROMIUM is None:
        pytest.skip(browsing.NO_CHROMIUM)
    sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    # Ample, because a machine may be busy; nothing waits longer than it must.
    sync_api.expect.set_options(timeout=30_000)
    with sync_api.sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=browsing.CHROMIUM, args=[*browsing.CHROMIUM_OPTIONS]
        )
        yield chromium
        chromium.close()


class Listener:
    """Collects what a page complains about: exceptions, and errors on its console."""

    def __init__(self, page):
        self.complaints = []
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("console", self._hear)

    def _hear(self, message):
        where = f"{message.text} ({message.location.get('url', '')})"
        if message.type == "error" and not any(sign in where for sign in NOT_OURS):
            self.complaints.append(where)

    def take(self):
        """What was heard since the last time."""
        heard, self.complaints = self.complaints, []
        return heard


@pytest.fixture
def page(browser):
    """A fresh page, 1280 x 1000; an error in it fails the test."""
    context = browser.new_context(viewport={"width": 1280, "height": 1000})
    page = context.new_page()
    listener = Listener(page)
    yield page
    context.close()
    assert listener.take() == []


def load_tool(name):
    """A script of tools/ as a module."""
    spec = importlib.util.spec_from_file_location(name, ROOT / "tools" / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def nbrefresh():
    """The script tools/nbrefresh.py as a module."""
    return load_tool("nbrefresh")


@pytest.fixture(scope="session")
def lab_folder(tmp_path_factory):
    """The folder that the server shows; put notebooks into it."""
    return tmp_path_factory.mktemp("lab-work")


@pytest.fixture(scope="session")
def lab(browser, lab_folder, tmp_path_factory):
    """A running JupyterLab with settings of its own; gives its address."""
    scratch = tmp_path_factory.mktemp("lab-settings")
    profile = scratch / "ipython" / "profile_default"
    profile.mkdir(parents=True)
    config = load_tool("setup_env").KERNEL_CONFIG
    (profile / "ipython_kernel_config.py").write_text(config, encoding="utf-8")
    with browsing.jupyterlab(lab_folder, scratch) as address:
        yield address


@pytest.fixture(scope="session")
def write_notebook(lab_folder):
    """Write a notebook of the given cells into the lab folder; gives its path."""

    def write(name, sources):
        cells = [v4.new_code_cell(source) for source in sources]
        kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
        path = lab_folder / f"{name}.ipynb"
        nbformat.write(v4.new_notebook(cells=cells, metadata={"kernelspec": kernel}), path)
        return path

    return write


@pytest.fixture
def open_notebook(page, lab):
    """Open a notebook of the lab folder by name; gives its panel, with the kernel idle."""
    return lambda name: browsing.open_notebook(page, lab, name)


@pytest.fixture
def run_all(page):
    """Run all cells of the notebook in a panel, and wait until the last one is done."""
    return lambda panel, seconds=240: browsing.run_all(page, panel, seconds)


@pytest.fixture(scope="session")
def playground(browser, lab, write_notebook):
    """One JupyterLab page with all explorers and the real network, run once for all tests."""
    from explorer_page import ExplorerPage

    path = write_notebook("playground", [SETUP, *EXPLORERS.values()])
    context = browser.new_context(viewport={"width": 1280, "height": 1000})
    page = context.new_page()
    listener = Listener(page)
    panel = browsing.open_notebook(page, lab, path.name)
    browsing.run_all(page, panel)
    cells = panel.locator(".jp-CodeCell")
    found = {
        name: ExplorerPage(page, cells.nth(place).locator(".helpers-explorer"))
        for place, name in enumerate(EXPLORERS, 1)
    }
    yield Playground(page, panel, path, listener, found)
    context.close()


class Playground:
    """The page, its notebook file, and the explorers by name."""

    def __init__(self, page, panel, path, listener, found):
        self.page, self.panel, self.path, self.listener = page, panel, path, listener
        self.explorers = found

    def __getitem__(self, name):
        explorer = self.explorers[name]
        explorer.root.scroll_into_view_if_needed()
        return explorer

    def others(self, name):
        """What the other explorers show, once all of them have come to rest."""
        others = {other: self.explorers[other] for other in self.explorers if other != name}
        before, now = None, {other: explorer.state for other, explorer in others.items()}
        while now != before:
            self.page.wait_for_timeout(1000)
            before, now = now, {other: explorer.state for other, explorer in others.items()}
        return now


@pytest.fixture
def play(playground):
    """The playground; after the test no cell and no console may have complained."""
    from explorer_page import no_trouble

    playground.listener.take()
    yield playground
    no_trouble(playground.panel)
    assert playground.listener.take() == []
