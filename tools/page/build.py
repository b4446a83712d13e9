"""Build the page that runs the networks in the browser: `make page`.

usage: python -m tools.page.build [FOLDER] [--site ADDRESS]      (build/page)

FOLDER gets the static files, for the site, and one file that holds everything and opens from a
stick or a mail. Node and npm are needed; their packages are locked in package-lock.json.
"""

import argparse
import base64
import hashlib
import json
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import jinja2

ROOT = Path(__file__).resolve().parents[2]
HERE = Path(__file__).resolve().parent
PACKAGES = HERE / "node_modules"
SINGLE = "where-the-machines-are-looking.html"
# What the single file brings along, in the order in which it is needed; the rest by its name.
FIRST = ("worker.js", "engine.wasm.gz", "squeezenet.weights")
SITE = "../notebooks"


class BuildError(Exception):
    """One sentence: what is missing and what to do."""


def missing() -> str:
    """Say what this machine lacks to build the page; empty if nothing."""
    for name in ("node", "npm"):
        if shutil.which(name) is None:
            return f"The page is built with Node 18 or newer, and {name} is missing: install it."
    return ""


def fetch_packages() -> None:
    """Install what package-lock.json names, each checked by its hash; once, and again if changed.

    Raises
    ------
    BuildError
        When npm cannot.
    """
    lock = (HERE / "package-lock.json").read_bytes()
    stamp = PACKAGES / ".locked"
    if stamp.is_file() and stamp.read_bytes() == lock:
        return
    options = ("--ignore-scripts", "--prefer-offline", "--no-audit", "--no-fund")
    result = run(shutil.which("npm"), "ci", *options)
    if result.returncode:
        reason = (result.stderr.strip().splitlines() or ["no word"])[0]
        raise BuildError(f"npm could not install the page's packages: {reason}.")
    stamp.write_bytes(lock)


def run(*command) -> subprocess.CompletedProcess:
    """Run a command in this folder."""
    words = [str(word) for word in command]
    return subprocess.run(words, cwd=HERE, capture_output=True, text=True, encoding="utf-8")


def bundle(folder: Path) -> None:
    """Let esbuild make page.js and worker.js, and copy the engine beside them.

    Raises
    ------
    BuildError
        When a script has an error.
    """
    result = run(shutil.which("node"), "bundle.mjs", folder)
    if result.returncode:
        raise BuildError(f"The page's scripts could not be bundled: {result.stderr.strip()}")


def policy(script: str, style: str, fetches: str) -> str:
    """Write the Content-Security-Policy: this code alone runs, and nothing goes anywhere else."""
    allowed = [f"'sha256-{digest(part)}'" for part in (script, style)]
    return "; ".join(
        (
            "default-src 'none'",
            f"script-src {allowed[0]} 'wasm-unsafe-eval' blob:",
            f"style-src {allowed[1]}",
            "worker-src blob:",
            "img-src blob: data:",
            f"connect-src {fetches}",
            "base-uri 'none'",
            "form-action 'none'",
        )
    )


def digest(text: str) -> str:
    """Hash a script or style as browsers do."""
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def licences(folder: Path) -> list[dict[str, str]]:
    """List what is inside, with licence and text: npm packages, what they contain, the weights."""
    packages = json.loads((folder / "packages.json").read_text(encoding="utf-8"))
    found = []
    for package in packages:
        own = sorted((PACKAGES / package["name"]).glob("LICENSE*"))
        shared = HERE / "licences/Apache-2.0.txt"
        text = (own[0] if own else shared).read_text(encoding="utf-8")
        known = own or package["license"] == "Apache-2.0"
        found.append(package | {"text": text if known else package["license"]})
    return found


def page(folder: Path, facts: Mapping, notebooks: str, inline: Mapping[str, str]) -> str:
    """Fill in the page: with files of its own, or with everything inside."""
    script = (folder / "page.js").read_text(encoding="utf-8").strip()
    style = (HERE / "style.css").read_text(encoding="utf-8")
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(HERE), autoescape=True, trim_blocks=True, lstrip_blocks=True
    )
    template = environment.get_template("index.html")
    return template.render(
        policy=policy(script, style, "'none'" if inline else "'self'"),
        script=script,
        style=style,
        inline=inline,
        facts=json.dumps(facts).replace("<", "\\u003c"),
        rounding=facts["rounding"],
        notebooks=notebooks,
        single=None if inline else SINGLE,
        licences=licences(folder),
        texts={path.stem: path.read_text("utf-8") for path in sorted(HERE.glob("licences/*.txt"))},
        sizes={path.stem: path.stat().st_size / 1e6 for path in folder.glob("*.weights")},
    )


def encoded(folder: Path) -> dict[str, str]:
    """Give every file that the page reads, in base64, those that are needed first at the front."""
    read = {".js", ".gz", ".weights", ".png"}
    paths = [path for path in folder.iterdir() if path.suffix in read and path.name != "page.js"]
    paths.sort(key=lambda path: (path.name not in FIRST, path.stat().st_size))
    return {path.name: base64.b64encode(path.read_bytes()).decode() for path in paths}


def build(folder: Path, site: str | None = None) -> None:
    """Build everything.

    Parameters
    ----------
    folder : Path
        Is made anew.
    site : str, optional
        Address of the published site, for the links of the single file; without one it names
        the notebooks only.
    """
    if sentence := missing():
        raise BuildError(sentence)
    fetch_packages()
    from tools.page.export import write_assets

    shutil.rmtree(folder, ignore_errors=True)
    facts = write_assets(folder)
    bundle(folder)
    single = page(folder, facts, f"{site.rstrip('/')}/notebooks" if site else "", encoded(folder))
    (folder / "index.html").write_text(page(folder, facts, SITE, {}), encoding="utf-8")
    (folder / SINGLE).write_text(single, encoding="utf-8")
    for inside in ("page.js", "packages.json"):
        (folder / inside).unlink()


def main(arguments: list[str]) -> int:
    """Build into the folder that the arguments name."""
    parser = argparse.ArgumentParser(prog="make page", description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path, default=ROOT / "build/page")
    parser.add_argument("--site", help="address of the published site, for the single file's links")
    options = parser.parse_args(arguments)
    try:
        build(options.folder.resolve(), options.site)
    except BuildError as error:
        print(error, file=sys.stderr)
        return 1
    single = options.folder / SINGLE
    print(f"The page: {single} ({single.stat().st_size / 1e6:.1f} MB), and for the site index.html")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
