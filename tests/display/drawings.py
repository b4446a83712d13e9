"""A picture, a map, and a look at what a figure has drawn."""

import numpy as np

WHITE = np.full((40, 60, 3), 255, np.uint8)
SPOT = np.zeros((20, 20))
SPOT[2, 17] = 4.0


def drawn(figure, panel=-1):
    """The values or the picture in a panel; the axes of colour bars come after the panels."""
    panels = [axes for axes in figure.axes if axes.images]
    return panels[panel].images[0]
