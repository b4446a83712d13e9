"""Words for pictures: alternative text made from the data that a figure draws.

An author's own sentence is better, because it knows what the picture is about. These are for
the figure that has none, and for live pictures, whose data change under the reader's hand.
"""

from collections.abc import Mapping, Sequence

import numpy as np

_ROWS = ("upper", "middle", "lower")
_COLUMNS = ("left", "centre", "right")


def number(value: float) -> str:
    """A value with three significant digits, as a figure prints it."""
    return f"{value:.3g}"


def listing(parts: Sequence[str], most: int = 8) -> str:
    """The parts as a list in words; what exceeds `most` is counted, not read out."""
    rest = len(parts) - most
    return "; ".join(parts[:most]) + (f"; and {rest} more" if rest > 0 else "")


def place(row: float, column: float) -> str:
    """Where a point lies, from its position in 0..1 downwards and 0..1 to the right."""
    vertical, horizontal = _ROWS[min(int(row * 3), 2)], _COLUMNS[min(int(column * 3), 2)]
    if vertical == "middle":
        return "centre" if horizontal == "centre" else f"middle {horizontal}"
    return f"{vertical} {horizontal}"


def place_of_peak(saliency_map: np.ndarray) -> str:
    """Where a map (h, w) has its largest magnitude, for example "upper left"."""
    height, width = saliency_map.shape
    row, column = np.unravel_index(np.abs(saliency_map).argmax(), (height, width))
    return place((row + 0.5) / height, (column + 0.5) / width)


def describe_map(saliency_map: np.ndarray, label: str = "") -> str:
    """One clause on a map (h, w): where it peaks and how high, or that it is constant."""
    if saliency_map.min() == saliency_map.max():
        return f"constant at {number(saliency_map.flat[0])} {label}".rstrip()
    peak = saliency_map.flat[np.abs(saliency_map).argmax()]
    return f"strongest in the {place_of_peak(saliency_map)}, peak {number(peak)} {label}".rstrip()


def describe_maps(maps: Sequence[np.ndarray], titles: Sequence[str], label: str) -> str:
    """A sentence on maps side by side."""
    clauses = [f"{title}, {describe_map(m, label)}" for m, title in zip(maps, titles, strict=True)]
    return f"{len(maps)} saliency maps side by side: {listing(clauses)}."


def describe_side_by_side(saliency_map: np.ndarray, names: Sequence[str]) -> str:
    """A sentence on the post's figure: a picture, and its map laid over it."""
    words = f"A picture and, beside it, its map laid over it, {describe_map(saliency_map)}"
    return words + (f"; classes, best first: {', '.join(names)}." if names else ".")


def describe_bars(names: Sequence[str], series: Mapping[str, Sequence[float]], label: str) -> str:
    """A sentence on a bar chart: each name with its value, or values, one per series."""
    clauses = [
        f"{name} "
        + ", ".join(f"{number(values[i])} {title}".strip() for title, values in series.items())
        for i, name in enumerate(names)
    ]
    return f"Bar chart of {label}: {listing(clauses)}."


def one_decimal(value: float) -> str:
    """A value with one decimal, and no "-0.0"."""
    return f"{value:z.1f}"


def describe_bar_panels(
    names: Sequence[str], panels: Mapping[str, Sequence[Sequence[float]]], whiskers: str
) -> str:
    """A sentence for each panel of bars: its name, and each value with its spread."""
    sentences = []
    for label, (values, spreads, *_) in panels.items():
        clauses = [
            f"{name} {one_decimal(value)} ± {one_decimal(spread)}"
            for name, value, spread in zip(names, values, spreads, strict=True)
        ]
        sentences.append(f"{label}: {listing(clauses)}.")
    return f"Bars with whiskers ({whiskers}). {' '.join(sentences)}"


def describe_curves(curves: Mapping[str, Sequence[Sequence[float]]], x: str, y: str) -> str:
    """A sentence on a line chart: where each line starts and where it ends."""
    clauses = [
        f"{name} goes from {number(ys[0])} at {number(xs[0])} "
        f"to {number(ys[-1])} at {number(xs[-1])}"
        for name, (xs, ys, *_) in curves.items()
    ]
    return f"Line chart of {y} against {x}: {listing(clauses)}."


def describe_matrix(matrix: np.ndarray, rows: Sequence[str], columns: Sequence[str]) -> str:
    """A sentence on a table of numbers: its size, its largest and its smallest entry."""
    ends = []
    for name, flat in (("largest", np.nanargmax(matrix)), ("smallest", np.nanargmin(matrix))):
        r, c = np.unravel_index(flat, matrix.shape)
        ends.append(f"{name} {number(matrix[r, c])} for {rows[r]} and {columns[c]}")
    return f"Coloured table of {len(rows)} rows by {len(columns)} columns: {'; '.join(ends)}."


def describe_masks(masks: Mapping[str, np.ndarray]) -> str:
    """A sentence on outlined objects: how much of the picture each covers, and where."""
    clauses = []
    for name, mask in masks.items():
        if not mask.any():
            clauses.append(f"{name} (not in the picture)")
            continue
        row, column = (np.mean(axis) for axis in np.nonzero(mask))
        where = place(row / mask.shape[0], column / mask.shape[1])
        clauses.append(f"{name} ({mask.mean():.0%} of the picture, {where})")
    return f"Picture with the outlines of {listing(clauses)}."
