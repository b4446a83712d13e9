"""Where the project's own data lie, found from the package and not from the working folder."""

from pathlib import Path

DATA = Path(__file__).resolve().parent.parent / "data"
