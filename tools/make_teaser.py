"""Make data/readme/teaser.png, the picture on the README's first screen.

    python tools/make_teaser.py

It is the figure of step 3 of notebook 01: Chelsea, and her smoothed saliency map laid over her.
"""

import io
from pathlib import Path

from PIL import Image

from helpers import (
    compute_saliency_map,
    load_image,
    load_model,
    make_prediction,
    show_side_by_side,
    to_array,
)
from helpers.display import figure_bytes

TEASER = Path(__file__).resolve().parent.parent / "data" / "readme" / "teaser.png"


def main() -> None:
    """Draw the figure with the default network and write it."""
    model, img = load_model("efficientnet-lite0"), load_image("chelsea")
    array = to_array(img, model)
    target, top_5 = make_prediction(array, model)
    figure = show_side_by_side(img, compute_saliency_map(model, array, target), top_5)
    TEASER.parent.mkdir(exist_ok=True)
    picture = Image.open(io.BytesIO(figure_bytes(figure)[0])).convert("RGB")
    # 256 colours, chosen for coverage: the cat's green eyes are few pixels and must stay green.
    palette = picture.quantize(method=Image.Quantize.MAXCOVERAGE)
    picture.quantize(palette=palette).save(TEASER, optimize=True)
    print(f"{TEASER}: {TEASER.stat().st_size // 1000} kB. {figure.alt}")


if __name__ == "__main__":
    main()
