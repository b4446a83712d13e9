"""A mouse, a monitor and a mug of coffee; each is modelled at the origin on z = 0 (cm)."""

from __future__ import annotations

from typing import Any

import bpy
import numpy as np

from rendering import meshes
from rendering.materials import Material
from rendering.meshes import cylinder, lathe, plate, rounded_rectangle

SCREEN = (35.2, 21.5)
PANEL = (36.8, 24.1)
PANEL_BOTTOM = 7.6
TILT = -5.0
MOUSE_LENGTH, MOUSE_HALF, MOUSE_HEIGHT = 12.8, 3.65, 3.7
WHEEL_Y = 2.2
GLOW = 1.15


def add_monitor(parent, label: int) -> None:
    """Add a flat monitor that faces -y: panel, screen, neck and foot."""
    black = Material("Bezel", (0.012, 0.012, 0.014), roughness=0.32)
    silver = Material("Stand", (0.55, 0.56, 0.58), 0.9, 0.32)
    common = {"label": label, "parent": parent}
    foot = plate("Foot", rounded_rectangle(20, 14, 3), 0.7, (), 0.2, material=silver, **common)
    foot.location = (0, 1.5, 0.35)
    meshes.box("Neck", (4.6, 1.8, 20), (0, 4.2, 10), (0, 0, 0), 0.5, material=silver, **common)
    # Local x to the right, y up along the panel, z towards the viewer.
    panel = meshes.empty((0, 1.2, PANEL_BOTTOM), (90 + TILT, 0, 0), parent)
    upright = {"label": label, "parent": panel}
    middle = PANEL[1] / 2
    case = plate("Case", rounded_rectangle(*PANEL, 0.9), 1.5, (), 0.18, material=black, **upright)
    case.location = (0, middle, 0)
    bulge = plate("Bulge", rounded_rectangle(27, 16, 2), 1.6, (), 0.5, material=black, **upright)
    bulge.location = (0, middle, -1.4)
    screen = plate("Screen", rounded_rectangle(*SCREEN, 0.05), 0.02, material=_screen(), **upright)
    screen.location = (0, middle + 0.5, 0.755)
    lamp = Material("Power", (0.2, 0.7, 1), Emission_Color=(0.3, 0.8, 1, 1), Emission_Strength=3)
    cylinder("Power", 0.13, 0.06, (16.6, 0.75, 0.76), steps=16, material=lamp, **upright)


def _screen() -> Material:
    """Glow with the painted desktop; `Generated` coordinates run over the screen from 0 to 1."""
    screen = Material("Screen", (0.008, 0.008, 0.009), roughness=0.22)
    paint = screen.node("ShaderNodeTexImage", image=_desktop(), extension="EXTEND")
    screen.link(screen.coordinates("Generated"), paint.inputs["Vector"])
    screen.feed("Emission Color", paint.outputs["Color"])
    screen.set("Emission Strength", GLOW)
    return screen


def _desktop(width: int = 800, height: int = 488) -> bpy.types.Image:
    """Paint what the screen shows: coloured waves, a window with lines of text, a bar."""
    x, y = np.meshgrid(np.linspace(0, 1, width), np.linspace(0, 1, height))
    pixels = _waves(x, y)
    _paint_window(pixels, x, y)
    _paint_bar(pixels, x, y)
    image = bpy.data.images.new("desktop", width, height)
    rgba = np.concatenate([pixels, np.ones((height, width, 1))], 2)
    image.pixels.foreach_set(rgba.astype(np.float32).ravel())
    image.pack()
    return image


def _waves(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Lay soft bands of colour over each other, from dark blue to rose."""
    tones = np.array(
        [(0.05, 0.14, 0.34), (0.10, 0.32, 0.58), (0.30, 0.55, 0.74), (0.72, 0.62, 0.66)]
    )
    pixels = np.broadcast_to(tones[0] * (0.6 + 0.6 * y[..., None]), (*x.shape, 3)).copy()
    for number, tone in enumerate(tones[1:]):
        crest = 0.72 - 0.2 * number + 0.10 * np.sin(4.2 * x + 1.9 * number)
        under = y < crest
        fade = np.clip(1 - 1.4 * (crest - y), 0.35, 1)[..., None]
        pixels[under] = (tone * fade)[under]
    return pixels


def _paint_window(pixels: np.ndarray, x: np.ndarray, y: np.ndarray) -> None:
    """Paint a window with a title bar, a column of names and lines of text."""
    left, right, low, high = 0.30, 0.94, 0.17, 0.90
    inside = (x > left) & (x < right) & (y > low) & (y < high)
    pixels[inside] = (0.93, 0.94, 0.95)
    pixels[inside & (y > high - 0.055)] = (0.78, 0.80, 0.83)
    pixels[inside & (x < left + 0.13)] = (0.84, 0.86, 0.89)
    for number, tone in enumerate([(0.9, 0.3, 0.25), (0.95, 0.7, 0.2), (0.3, 0.7, 0.3)]):
        where = np.hypot((x - left - 0.018 - 0.018 * number) * SCREEN[0] / SCREEN[1], y - 0.872)
        pixels[where < 0.009] = tone
    rng = np.random.default_rng(8)
    for line, top in enumerate(np.arange(0.80, low + 0.04, -0.034)):
        start = left + 0.16 + 0.025 * (line % 5 in (1, 2, 3)) + 0.02 * (line % 5 == 2)
        stop = start + rng.uniform(0.18, 0.44) * (line % 6 != 5)
        row = (y > top - 0.007) & (y < top + 0.007)
        pixels[row & (x > start) & (x < stop)] = (0.22, 0.24, 0.28)
        pixels[row & (x > left + 0.015) & (x < left + rng.uniform(0.06, 0.115))] = (0.45, 0.5, 0.57)


def _paint_bar(pixels: np.ndarray, x: np.ndarray, y: np.ndarray) -> None:
    """Paint a bar with coloured squares along the lower edge."""
    pixels[y < 0.075] = (0.04, 0.05, 0.075)
    tones = [(0.2, 0.55, 0.9), (0.95, 0.6, 0.15), (0.3, 0.75, 0.4), (0.85, 0.3, 0.35), (0.7,) * 3]
    for number, tone in enumerate(tones):
        middle = 0.40 + 0.05 * number
        pixels[(np.abs(x - middle) < 0.013) & (np.abs(y - 0.0375) < 0.021)] = tone


def add_mouse(parent, label: int) -> None:
    """Add a mouse that points to +y: a shell with seams, and a wheel."""
    common = {"label": label, "parent": parent}
    t = (1 - np.cos(np.linspace(0, np.pi, 170))) / 2
    angle = np.linspace(0, 2 * np.pi, 240, endpoint=False)
    rings, seam = _shell(t[1:-1], angle)
    shell = meshes.loft("Mouse", rings, material=_plastic(), **common)
    groove = shell.data.attributes.new("seam", "FLOAT", "POINT")
    groove.data.foreach_set("value", seam.astype(np.float32).ravel())
    rubber = Material("Wheel", (0.16, 0.16, 0.17), roughness=0.55)
    place = rubber.coordinates()
    ribs = rubber.node("ShaderNodeTexGradient", gradient_type="RADIAL")
    rubber.link(place, ribs.inputs["Vector"])
    wave = rubber.math("SINE", rubber.math("MULTIPLY", ribs.outputs["Fac"], 170.0), 0.0)
    rubber.bump(wave, 0.6, 0.06)
    where = (0, WHEEL_Y, 2.25)
    cylinder("Wheel", 1.0, 0.74, where, (0, 90, 0), 0.2, 48, material=rubber, **common)


def _shell(t: np.ndarray, angle: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return rings (n, m, 3) of the shell and 1 where it has a seam, shape (n, m)."""
    end = (1 - np.abs(2 * t - 1) ** 3.2).clip(0) ** 0.42
    half = MOUSE_HALF * end * (0.93 + 0.09 * np.cos(2 * np.pi * t))
    hump = 0.60 + 0.40 * np.exp(-(((t - 0.36) / 0.36) ** 2))
    height = MOUSE_HEIGHT * end * hump
    across, up = np.cos(angle), np.sin(angle)
    x = half[:, None] * np.sign(across) * np.abs(across) ** 0.78
    rise = np.where(up > 0, np.abs(up) ** 0.72, -0.02 * np.abs(up))
    z = 0.12 + 0.06 * (up > 0) + height[:, None] * rise
    y = np.broadcast_to(MOUSE_LENGTH * (t - 0.5)[:, None], x.shape)
    seam = _seams(x, y, np.broadcast_to(up, x.shape))
    z = z - 0.09 * seam * (up > 0)
    return np.stack([x, y, z], 2), seam


def _seams(x: np.ndarray, y: np.ndarray, up: np.ndarray) -> np.ndarray:
    """Return 1 in the seams: between the buttons, behind them, along the sides, at the wheel."""
    behind = y + 0.7 + 0.06 * x * x
    between = _line(x, 0.075) * (behind > 0)
    across = _line(behind, 0.085)
    side = _line(up - 0.42, 0.035)
    slot = ((x / 0.58) ** 2 + ((y - WHEEL_Y) / 1.35) ** 2 < 1).astype(float)
    above = (up > 0.42).astype(float)
    return np.maximum(np.maximum(between, across) * above, np.maximum(side, slot * above))


def _line(distance: np.ndarray, width: float) -> np.ndarray:
    """Return 1 at distance 0, falling to 0 at twice `width`."""
    return np.clip(2 - np.abs(distance) / width, 0, 1)


def _plastic() -> Material:
    """Return dark plastic, black in the seams."""
    plastic = Material("Mouse", roughness=0.38)
    seam = plastic.attribute("seam")
    plastic.feed("Base Color", plastic.mix(seam, (0.038, 0.040, 0.045), (0.002, 0.002, 0.002)))
    plastic.bump(plastic.noise(plastic.coordinates(), 40, 2), 0.04, 0.01)
    return plastic


def add_mug(parent, label: int) -> None:
    """Add a glazed mug with a handle towards +x, and coffee in it."""
    common = {"label": label, "parent": parent}
    glaze = _glaze()
    inner = Material("Inner glaze", (0.78, 0.74, 0.66), roughness=0.14, Coat_Weight=0.5)
    clay = Material("Clay", (0.42, 0.27, 0.16), roughness=0.8)
    outside = [(4.06, 0.85), (4.2, 1.7), (4.2, 8.9), (4.17, 9.25), (4.05, 9.45)]
    lathe("Mug", outside, 128, 60, material=glaze, **common)
    inside = [
        (4.05, 9.45),
        (3.93, 9.45),
        (3.84, 9.3),
        (3.8, 8.9),
        (3.75, 1.5),
        (3.3, 0.9),
        (0, 0.85),
    ]
    lathe("Inside", inside, 128, 60, material=inner, **common)
    foot = [(0, 0.35), (3.1, 0.35), (3.2, 0.0), (3.5, 0.0), (3.72, 0.3), (4.06, 0.85)]
    lathe("Mug foot", foot, 128, 30, material=clay, **common)
    _add_handle(glaze, common)
    coffee = Material("Coffee", (0.030, 0.011, 0.004), roughness=0.06)
    cylinder("Coffee", 3.79, 0.1, (0, 0, 8.05), steps=96, material=coffee, **common)


def _add_handle(glaze: Material, common: dict[str, Any]) -> None:
    knots = [(3.9, 7.9), (5.2, 8.25), (6.6, 7.7), (7.15, 6.0), (6.9, 4.2), (5.7, 2.6), (3.95, 2.0)]
    # The band is wider than thick, and spreads where it meets the mug.
    from_start, to_end = np.linspace(0, 1, 60), np.linspace(1, 0, 60)
    flare = 1 + 0.45 * np.exp(-from_start / 0.06) + 0.45 * np.exp(-to_end / 0.06)
    rings = meshes.sweep(meshes.spline_points(knots, 60), 0.46 * flare, 0.72 * flare)
    meshes.loft("Handle", rings, material=glaze, **common)


def _glaze() -> Material:
    """Return teal glaze with specks that thins out to brown below."""
    glaze = Material("Glaze", roughness=0.16, Coat_Weight=0.5, Coat_Roughness=0.06)
    place = glaze.coordinates()
    tone = glaze.noise(place, 0.5, 4)
    teal = glaze.ramp(tone, [(0.3, (0.014, 0.13, 0.165)), (0.7, (0.025, 0.21, 0.24))])
    specks = glaze.ramp(glaze.noise(place, 5, 3, 0.6), [(0.64, (0, 0, 0)), (0.7, (1, 1, 1))])
    glaze.feed("Base Color", glaze.mix(specks, teal, (0.006, 0.04, 0.055)))
    return glaze
