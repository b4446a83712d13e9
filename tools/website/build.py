"""Build the site from the stored notebooks: nothing is executed and nothing is fetched.

usage: python -m tools.website.build [FOLDER]      (build/site; the site itself is FOLDER/html)
"""

import sys
from pathlib import Path

from sphinx.cmd.build import build_main

from tools.readme_parts import ROOT
from tools.website.pages import write_pages

HERE = Path(__file__).resolve().parent


def main(folder: str = "build/site") -> int:
    """Lay out the pages and let Sphinx make the site of them; a warning is a failure."""
    build = (ROOT / folder).resolve()
    pages = build / "pages"
    write_pages(pages)
    static = f"html_static_path={HERE / 'static'},{pages / 'figures'}"
    options = ["-q", "-W", "--keep-going", "-c", HERE, "-d", build / "doctrees"]
    settings = ["-D", static, "-D", f"html_extra_path={pages / 'extra'}"]
    settings += ["-D", "exclude_patterns=extra/**"]
    status = build_main([str(part) for part in (*options, *settings, pages, build / "html")])
    if not status:
        print(f"The site: {build / 'html' / 'index.html'}")
    return status


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
