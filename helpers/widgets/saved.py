"""A frame as a picture file, to take away."""

import re

from helpers.display import panel_sheet
from helpers.widgets.frame import Frame, Panel, Scale

__all__ = ["figure_file"]


def figure_file(frame: Frame) -> tuple[str, bytes]:
    """A frame as (file name, PNG): pictures, captions, the scale, and the line of text below."""
    captions = [_words(panel) for panel in frame.panels]
    shared = frame.scale and (frame.scale.limits, frame.scale.label, frame.scale.strength)
    content = panel_sheet([panel.picture for panel in frame.panels], captions, frame.note, shared)
    named = next((panel.caption for panel in frame.panels if panel.values is not None), "figure")
    return f"{re.sub(r'[^A-Za-z0-9]+', '_', named).strip('_')[:60] or 'figure'}.png", content


def _words(panel: Panel) -> str:
    words = panel.caption or panel.alt
    return f"{words}\n{_scale_words(panel.scale)}" if panel.scale else words


def _scale_words(scale: Scale) -> str:
    return f"scale {scale.limits[0]:.3g} to {scale.limits[1]:.3g} {scale.label}"
