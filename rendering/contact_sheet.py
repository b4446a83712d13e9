"""Draw every picture of a scene beside its mask.

Run ``python -m rendering.contact_sheet can_opener FOLDER``.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

DATA = Path(__file__).resolve().parent.parent / "data" / "scenes"
TILE, CAPTION = 192, 14
COLOURS = np.array(
    [(0, 0, 0), (230, 60, 60), (70, 160, 255), (90, 220, 90), (255, 190, 0)], np.uint8
)


def contact_sheet(scene: str, view: str) -> Image.Image:
    """Lay out the pictures of a view in a row, and the masks below."""
    folder = DATA / scene
    pictures = json.loads((folder / "scene.json").read_text())["views"][view]["pictures"]
    sheet = Image.new("RGB", (TILE * len(pictures), 2 * TILE + CAPTION), "white")
    draw = ImageDraw.Draw(sheet)
    for column, (variant, facts) in enumerate(pictures.items()):
        left = column * TILE
        draw.text((left + 2, 1), f"{view} {variant}", fill="black")
        sheet.paste(Image.open(folder / facts["file"]).resize((TILE, TILE)), (left, CAPTION))
        labels = np.array(Image.open(folder / facts["mask"]))
        mask = Image.fromarray(COLOURS[labels]).resize((TILE, TILE), Image.Resampling.NEAREST)
        sheet.paste(mask, (left, CAPTION + TILE))
    return sheet


def main() -> None:
    """Write one sheet for each view of a scene into a folder."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("scene")
    parser.add_argument("folder", type=Path)
    options = parser.parse_args()
    record = json.loads((DATA / options.scene / "scene.json").read_text())
    for view in record["views"]:
        path = options.folder / f"{options.scene}_{view}.png"
        contact_sheet(options.scene, view).save(path)
        print(path)


if __name__ == "__main__":
    main()
