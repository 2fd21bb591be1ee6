"""Where a box can be taken hold of, drawn."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from avlabel.core.arrays import BoolArray, Float64, UInt8
from avlabel.render.ink import draw_circle, draw_fill, draw_line, draw_outline
from avlabel.render.palette import GROUND, SELECTED, Rgb

HOT: Rgb = (255, 176, 32)
HALF_PX, HOT_HALF_PX = 4.0, 6.0
SQUARE = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]], np.float64)


@dataclass(frozen=True, slots=True, eq=False)
class Handles:
    """Handles of the selected box in one view.

    Attributes:
        uv_px: (K, 2) float64 pixels; those that are not finite are not drawn.
        turns: (K,) bool, drawn as circles: they turn the box.
        hot: which one the mouse is over, or holds; None for none.
        hot_line_px: (P, 2) a face or an outline that the mouse is over, or holds.
    """

    uv_px: Float64 = field(default_factory=lambda: np.zeros((0, 2)))
    turns: BoolArray = field(default_factory=lambda: np.zeros(0, np.bool_))
    hot: int | None = None
    hot_line_px: Float64 = field(default_factory=lambda: np.zeros((0, 2)))


def draw_handles(image: UInt8, handles: Handles) -> None:
    """Draw squares and circles into ``image``; the hot one larger and coloured, on top."""
    draw_line(image, handles.hot_line_px, HOT, 3)
    shown = np.flatnonzero(np.isfinite(handles.uv_px).all(axis=1))
    for i in sorted(shown.tolist(), key=lambda i: i == handles.hot):
        is_hot = i == handles.hot
        half_px, color = (HOT_HALF_PX, HOT) if is_hot else (HALF_PX, SELECTED)
        if handles.turns[i]:
            draw_circle(image, handles.uv_px[i], half_px + 1, color, -1)
            draw_circle(image, handles.uv_px[i], half_px + 1, GROUND, 1)
        else:
            square = handles.uv_px[i] + half_px * SQUARE
            draw_fill(image, square, color)
            draw_outline(image, square, GROUND, 1)
