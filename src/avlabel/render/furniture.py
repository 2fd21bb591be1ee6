"""What makes a bird's-eye view readable: range rings, a scale bar, a legend."""

from __future__ import annotations

import numpy as np

from avlabel.core.arrays import UInt8
from avlabel.core.cuboids import Cuboids
from avlabel.core.taxonomy import Taxonomy
from avlabel.render.ink import draw_circle, draw_line, draw_text, shade, text_size
from avlabel.render.palette import FAINT, GRID, GROUND, PANEL, TEXT, class_colors
from avlabel.render.window import BevWindow

RING_STEP_M = 20
SIZE_PX = 13
MARGIN_PX = 14


def draw_rings(image: UInt8, window: BevWindow) -> None:
    """Circles of equal range around the ego vehicle, each with its range ahead."""
    origin = window.pixels(np.zeros(2))
    farthest_m = max(window.width_px, window.height_px) / window.px_per_m
    for range_m in range(RING_STEP_M, int(farthest_m) + 1, RING_STEP_M):
        draw_circle(image, origin, range_m * window.px_per_m, GRID, 1)
        u, v = window.pixels(np.array([range_m, 0.0]))
        draw_text(image, f"{range_m} m", (u + 5, v - 5), SIZE_PX - 2, FAINT)


def draw_scale_bar(image: UInt8, window: BevWindow, length_m: int = 10) -> None:
    """A bar of known length in the lower left corner."""
    v = window.height_px - MARGIN_PX - 4
    u0, u1 = MARGIN_PX, MARGIN_PX + length_m * window.px_per_m
    shade(image, (u0 - 6, v - 22, round(u1) + 6, v + 8), GROUND, 0.7)
    bar = [[u0, v - 4], [u0, v], [u1, v], [u1, v - 4]]
    draw_line(image, np.array(bar, np.float64), TEXT, 1)
    draw_text(image, f"{length_m} m", (u0 + 5, v - 6), SIZE_PX - 1, TEXT)


def draw_legend(image: UInt8, cuboids: Cuboids, taxonomy: Taxonomy) -> None:
    """The classes in this frame with their numbers, in the lower right corner."""
    counts = np.bincount(cuboids.category, minlength=len(taxonomy.leaves))
    codes = np.flatnonzero(counts)
    if not len(codes):
        return
    lines = [f"{taxonomy.leaves[code].replace('_', ' ')}  {counts[code]}" for code in codes]
    step = SIZE_PX + 7
    width = max(text_size(line, SIZE_PX)[0] for line in lines) + 38
    right, bottom = image.shape[1] - MARGIN_PX, image.shape[0] - MARGIN_PX
    top = bottom - step * len(lines) - 10
    shade(image, (right - width, top, right, bottom), PANEL, 0.85)
    colors = class_colors(taxonomy)
    for row, (code, line) in enumerate(zip(codes, lines, strict=True)):
        v = top + 5 + row * step
        box = (right - width + 10, v + 5, right - width + 20, v + 15)
        shade(image, box, colors[code], 1.0)
        draw_text(image, line, (right - width + 28, v + SIZE_PX + 2), SIZE_PX, TEXT)
