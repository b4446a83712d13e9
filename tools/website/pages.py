"""Lay out the pages of the site in a folder of their own; the project stays as it is.

Pages lie as their files do in the project, so that links between them hold: the notebooks,
docs/, CONTRIBUTING.md, CHANGELOG.md. README.md becomes several pages beside them, and the API
reference gets a line for each name of helpers/__init__.pyi.
"""

import ast
import base64
import hashlib
import inspect
import json
import os
import re
import shutil
from pathlib import Path

from tools.nbrefresh import answers
from tools.nbstyle import slug
from tools.readme_parts import ROOT, readme, sections, series

MISCONCEPTIONS = "Misconceptions to expect"
# Page -> its title and the README's sections on it; what has no page goes to the set-up.
README_PAGES = {
    "index": ("", ["", "A page that needs nothing", "The notebooks"]),
    "install": ("Set-up", []),
    "troubleshooting": ("If something goes wrong", ["If something goes wrong"]),
    "teachers": ("For teachers", ["For teachers"]),
    "misconceptions": (MISCONCEPTIONS, []),
    "developers": ("For developers", ["For developers", "Licence"]),
}
OTHER_PAGES = ("CONTRIBUTING.md", "CHANGELOG.md", "deploy/README.md", "docs/glossary.md")
PICTURE = re.compile(r'src="data:image/(\w+);base64,([A-Za-z0-9+/=\s]+)"')
LINK = re.compile(r"(?<!\])\[([^\]]*)\]\(([^)\s]+)\)")
FENCED = re.compile(r"(^```.*?^```$)", re.MULTILINE | re.DOTALL)


def raised(markdown: str, levels: int) -> str:
    """Raise headings, so that a page begins with its title; code stays as it is."""
    parts = FENCED.split(markdown)
    parts[::2] = [re.sub(rf"^#{{{levels}}}(?=#)", "", part, flags=re.M) for part in parts[::2]]
    return "".join(parts)


def readme_pages(text: str) -> dict[str, str]:
    """README.md in pages: name -> Markdown, the links still the README's."""
    parts = sections(text, 2)
    teachers = sections(parts["For teachers"], 3)
    misconceptions = teachers.pop(MISCONCEPTIONS)
    parts["For teachers"] = "\n".join(teachers.values())
    placed = {title for _, titles in README_PAGES.values() for title in titles}
    pages = {"misconceptions": raised(misconceptions, 2)}
    for name, (title, titles) in README_PAGES.items():
        if name == "install":
            titles = [found for found in parts if found not in placed]
        pages.setdefault(name, page(title, [parts[t] for t in titles]))
    return pages


def page(title: str, parts: list[str]) -> str:
    """Sections as one page: a single one is the page itself, several stand below the title."""
    if len(parts) == 1:
        return raised(parts[0], 1)
    text = "\n".join(parts)
    if f"## {title}\n" in text:
        return text.replace(f"## {title}\n", f"# {title}\n", 1)
    return f"# {title}\n\n{text}" if title else text


class Linker:
    """Turns links between the project's files into links between the site's pages.

    Parameters
    ----------
    target : Path
        Folder of the pages; files that are no pages, such as pictures, are copied there.
    pages : dict
        Of README.md: name -> Markdown.
    """

    def __init__(self, target: Path, pages: dict[str, str]):
        self.target = target
        self.page_of = {
            slug(heading): name
            for name, text in pages.items()
            for heading in re.findall(r"^#+ (.+)$", text, re.M)
        }

    def relinked(self, markdown: str, source: str = "README.md") -> str:
        """Rewrite the links of a text that stands in the project's file `source`."""
        return LINK.sub(lambda match: self._link(match, source), markdown)

    def _link(self, match: re.Match, source: str) -> str:
        words, address = match.groups()
        if re.match(r"\w+:", address):
            return match[0]
        folder = os.path.dirname(source)
        path, _, anchor = address.partition("#")
        place = os.path.normpath(os.path.join(folder, path)) if path else source
        if place == "README.md":
            return f"[{words}]({os.path.relpath(self._readme(anchor), folder or '.')})"
        is_page = place in OTHER_PAGES or re.match(r"notebooks/(\d\d_|index)", place)
        if not is_page and (place.endswith(".md") or not (ROOT / place).is_file()):
            return words  # there is nothing to show
        if not is_page:
            self._copy(place)
        return match[0]

    def _readme(self, anchor: str) -> str:
        name = self.page_of.get(anchor, "index")
        return f"{name}.md#{anchor}" if anchor else "index.md"

    def _copy(self, place: str) -> None:
        (self.target / place).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / place, self.target / place)


def with_files(html: str, figures: Path) -> str:
    """Put the pictures of an output into files; their alternative texts stay where they are."""

    def stored(match: re.Match) -> str:
        data = base64.b64decode(match[2])
        name = f"{hashlib.sha256(data).hexdigest()[:16]}.{match[1]}"
        (figures / name).write_bytes(data)
        return f'loading="lazy" src="../_static/{name}"'

    return PICTURE.sub(stored, html).replace('decoding="sync" ', "")


def folding_tags(cell: dict) -> list[str]:
    """MyST's tags for what JupyterLab folds: a guess shows no code, an answer is opened."""
    hidden = cell["metadata"].get("jupyter", {})
    folded = {"source_hidden": "remove-input", "outputs_hidden": "hide-output"}
    return [tag for mark, tag in folded.items() if hidden.get(mark)]


def site_notebook(path: Path, linker: Linker, figures: Path) -> dict:
    """A notebook whose pictures are files, whose links lead to pages, and which can be fetched."""
    notebook = json.loads(path.read_text(encoding="utf-8"))
    for cell in notebook["cells"]:
        if cell["cell_type"] == "markdown":
            cell["source"] = linker.relinked("".join(cell["source"]), f"notebooks/{path.name}")
        if tags := folding_tags(cell):
            cell["metadata"]["tags"] = [*cell["metadata"].get("tags", []), *tags]
        if "outputs" in cell:
            cell["outputs"] = answers(cell["outputs"])  # the page has words of its own for a fold
        for output in cell.get("outputs", []):
            data = output.get("data", {})
            if "text/html" in data:
                data["text/html"] = with_files("".join(data["text/html"]), figures)
    # In HTML, because MyST takes a Markdown link to a notebook for a link to its page.
    fetch = f'<a download href="../download/{path.name}">Download this notebook</a>'
    first = notebook["cells"][0]
    first["source"] = first["source"].replace("[All notebooks]", f"{fetch} · [All notebooks]", 1)
    return notebook


def toctree(names: list[str]) -> str:
    """The order of pages, for the navigation at the side and at the top."""
    return "\n```{toctree}\n:hidden:\n:maxdepth: 1\n\n" + "\n".join(names) + "\n```\n"


def public_names() -> dict[str, list[str]]:
    """Room -> the names that `helpers` takes from it."""
    stub = ast.parse((ROOT / "helpers/__init__.pyi").read_text(encoding="utf-8"))
    return {
        node.module: [alias.name for alias in node.names]
        for node in stub.body
        if isinstance(node, ast.ImportFrom)
    }


def reference() -> str:
    """The page that lists every public name; Sphinx writes a page for each."""
    lines = ["# The helpers", "", "What notebooks import from `helpers`, by the room it lives in;"]
    lines += ["[a table](methods.md) shows the methods of `attribute`."]
    for room, names in public_names().items():
        listed = [name for name in names if name != "METHODS"]  # methods have a page of their own
        lines += ["", f"## {room}", "", "```{eval-rst}", ".. currentmodule:: helpers", ""]
        lines += [".. autosummary::", "   :toctree: made", "", *(f"   {n}" for n in listed), "```"]
    return "\n".join(lines) + "\n" + toctree(["methods"])


def methods() -> str:
    """A table of all methods, from their records."""
    from helpers import METHODS

    lines = [
        "# The methods",
        "",
        "The names in `METHODS`, each a method of `attribute`. Passes are those through the",
        "network for one map, with the defaults.",
        "",
        "| Method | What it does | Unit | Passes | Source |",
        "| --- | --- | --- | --- | --- |",
    ]
    for name, record in METHODS.items():
        first = inspect.getdoc(record.function).splitlines()[0]
        lines.append(f"| `{name}` | {first} | {record.unit} | {record.passes} | {record.source} |")
    return "\n".join(lines) + "\n"


def write_text_pages(target: Path) -> Linker:
    """README.md in pages, and the other pages in Markdown."""
    pages = readme_pages(readme())
    linker = Linker(target, pages)
    others = [name for name in OTHER_PAGES if (ROOT / name).is_file()]
    order = ["notebooks/index", "install", "troubleshooting", "teachers", "misconceptions"]
    order += ["docs/glossary", "reference/index", "developers"]
    pages["index"] += toctree(order)
    pages["developers"] += toctree([n[:-3] for n in others if n != "docs/glossary.md"])
    for name, text in pages.items():
        (target / f"{name}.md").write_text(linker.relinked(text), encoding="utf-8")
    for name in others:
        text = (ROOT / name).read_text(encoding="utf-8")
        (target / name).parent.mkdir(exist_ok=True)
        (target / name).write_text(linker.relinked(text, name), encoding="utf-8")
    return linker


def write_notebooks(target: Path, linker: Linker) -> None:
    """The notebooks, a page that lists them, their pictures, and the files to be fetched."""
    for folder in ("notebooks", "figures", "extra/download"):
        (target / folder).mkdir(parents=True)
    for path in series():
        shutil.copy(path, target / "extra/download" / path.name)
        notebook = site_notebook(path, linker, target / "figures")
        (target / "notebooks" / path.name).write_text(json.dumps(notebook), encoding="utf-8")
    listing = sections(readme(), 2)["The notebooks"]
    listing = raised(listing, 1).replace("](notebooks/", "](")
    text = linker.relinked(listing, "notebooks/index.md") + toctree(
        [path.stem for path in series()]
    )
    (target / "notebooks/index.md").write_text(text, encoding="utf-8")


def add_page(target: Path, built: Path) -> None:
    """Bring along what `make page` built, if it did, and lead to it from the first page."""
    if not (built / "index.html").is_file():
        return
    shutil.copytree(built, target / "extra/page")
    first = target / "index.md"
    # In HTML, because Sphinx does not know this page.
    link = '<a href="page/index.html">Open the page that needs nothing</a>'
    heading = "## A page that needs nothing\n"
    text = first.read_text(encoding="utf-8").replace(heading, f"{heading}\n{link}\n", 1)
    first.write_text(text, encoding="utf-8")


def write_pages(target: Path) -> None:
    """Write everything that Sphinx reads.

    Parameters
    ----------
    target : Path
        A folder, which is made anew.
    """
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir(parents=True)
    linker = write_text_pages(target)
    write_notebooks(target, linker)
    add_page(target, ROOT / "build/page")
    (target / "reference").mkdir()
    (target / "reference/index.md").write_text(reference(), encoding="utf-8")
    (target / "reference/methods.md").write_text(methods(), encoding="utf-8")
