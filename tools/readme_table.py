"""Write README.md's table of notebooks from the notebooks themselves.

usage: python tools/readme_table.py
"""

import json
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
TABLE = re.compile(r"(?<=<!-- notebooks -->\n).*?(?=<!-- end of notebooks -->)", re.S)


def row(path: Path) -> str:
    """Give one line of the table: number, title with link, minutes."""
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    prose = "\n\n".join("".join(c["source"]) for c in cells if c["cell_type"] == "markdown")
    title = re.search(r"^# (.+)$", prose, re.M)[1].strip()
    minutes = re.search(r"\*\*Minutes:\*\*\s*(.+)", prose)[1].strip()
    return f"| {path.name[:2]} | [{title}](notebooks/{path.name}) | {minutes} |\n"


def table(folder: Path = ROOT / "notebooks") -> str:
    """Give the whole table, for the notebooks that exist."""
    rows = [row(path) for path in sorted(folder.glob("[0-9][0-9]_*.ipynb"))]
    return "| No. | Notebook | Minutes |\n| --- | --- | --- |\n" + "".join(rows)


def main() -> None:
    """Replace the table between the two comments of README.md."""
    readme = ROOT / "README.md"
    text = TABLE.sub(lambda _: table(), readme.read_text(encoding="utf-8"))
    readme.write_text(text, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
