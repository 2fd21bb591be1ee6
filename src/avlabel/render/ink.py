"""Antialiased lines, fills and text on RGB images, at sub-pixel positions."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import cv2
import numpy as np

from avlabel.core.arrays import FloatArray, Int32, UInt8
from avlabel.render.palette import GROUND, TEXT, Rgb

SHIFT = 4
"""OpenCV draws at positions in 1/16 pixel."""

FAR_PX = 30_000.0
"""Coordinates are limited to what OpenCV's fixed point can hold."""


def blank(height_px: int, width_px: int, color: Rgb = GROUND) -> UInt8:
    """A new (H, W, 3) image of one colour; by rows, ten times as fast as ``np.full``."""
    image = np.empty((height_px, width_px * 3), np.uint8)
    image[:] = np.tile(np.array(color, np.uint8), width_px)
    return image.reshape(height_px, width_px, 3)


def draw_line(image: UInt8, uv: FloatArray, color: Rgb, width_px: int = 1) -> None:
    """Draw a polyline (K, 2) into ``image``."""
    if len(uv) >= 2:
        cv2.polylines(image, [fixed_point(uv)], False, color, width_px, cv2.LINE_AA, SHIFT)


def draw_lines(
    image: UInt8, lines: Sequence[FloatArray | Int32], color: Rgb, width_px: int = 1
) -> None:
    """Draw polylines, each (K, 2), of one colour into ``image``."""
    if len(lines):
        fixed = [fixed_point(uv) for uv in lines]
        cv2.polylines(image, fixed, False, color, width_px, cv2.LINE_AA, SHIFT)


def draw_fills(image: UInt8, polygons: Sequence[FloatArray | Int32], color: Rgb) -> None:
    """Fill polygons, each (K, 2), in ``image``; where two overlap it is left as it was."""
    fixed = [fixed_point(uv) for uv in polygons if len(uv) >= 3]
    if fixed:
        cv2.fillPoly(image, fixed, color, cv2.LINE_AA, SHIFT)


def draw_outline(image: UInt8, uv: FloatArray, color: Rgb, width_px: int = 1) -> None:
    """Draw a closed polyline (K, 2) into ``image``."""
    if len(uv) >= 2:
        cv2.polylines(image, [fixed_point(uv)], True, color, width_px, cv2.LINE_AA, SHIFT)


def draw_fill(image: UInt8, uv: FloatArray, color: Rgb) -> None:
    """Fill a polygon (K, 2) in ``image``."""
    if len(uv) >= 3:
        cv2.fillPoly(image, [fixed_point(uv)], color, cv2.LINE_AA, SHIFT)


def draw_circle(image: UInt8, uv: FloatArray, radius_px: float, color: Rgb, width_px: int) -> None:
    """Draw a circle around ``uv`` (2,); a negative width fills it."""
    u, v = fixed_point(np.asarray(uv))
    radius = round(radius_px * (1 << SHIFT))
    cv2.circle(image, (int(u), int(v)), radius, color, width_px, cv2.LINE_AA, SHIFT)


def dashes(uv: FloatArray, dash_px: float, gap_px: float) -> list[FloatArray]:
    """A polyline (K, 2) cut into dashes; each keeps its corners."""
    if len(uv) < 2:
        return []
    along = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(uv, axis=0), axis=1))])
    starts = np.arange(0.0, min(along[-1], FAR_PX), dash_px + gap_px)
    cut = []
    for start in starts:
        end = min(start + dash_px, along[-1])
        at = np.concatenate([[start], along[(along > start) & (along < end)], [end]])
        cut.append(np.column_stack([np.interp(at, along, uv[:, d]) for d in range(2)]))
    return cut


def blend(image: UInt8, layer: UInt8, opacity: float) -> UInt8:
    """``layer`` over ``image`` at the given opacity."""
    return np.asarray(cv2.addWeighted(layer, opacity, image, 1.0 - opacity, 0.0), np.uint8)


def text_size(text: str, size_px: int, weight: int = 400) -> tuple[int, int]:
    """Width and height in pixels of a line of text."""
    left, top, width, height = cv2.getTextSize((0, 0), text, (0, 0), _font(), size_px, weight)
    return left + width, max(height, -top)


def draw_text(
    image: UInt8,
    text: str,
    position: tuple[float, float],
    size_px: int,
    color: Rgb = TEXT,
    weight: int = 400,
) -> int:
    """Write text whose baseline starts at ``position`` (u, v); returns the u where it ends."""
    origin = (round(position[0]), round(position[1]))
    end, _ = cv2.putText(image, text, origin, color, _font(), size_px, weight)
    return int(end[0])


def shade(image: UInt8, box: Sequence[int], color: Rgb, opacity: float) -> None:
    """Lay a translucent rectangle u0, v0, u1, v1 (half open) over ``image``."""
    u0, v0, u1, v1 = (max(0, int(value)) for value in box)
    region = image[v0:v1, u0:u1]
    if opacity >= 1.0:
        region[:] = color
    elif region.size:
        region[:] = blend(region, blank(region.shape[0], region.shape[1], color), opacity)


@lru_cache(maxsize=1)
def _font() -> Any:
    """The scalable sans-serif face that OpenCV carries within itself."""
    return cv2.FontFace("sans")


def fixed_point(uv: FloatArray | Int32) -> Int32:
    """Pixels of any shape in OpenCV's fixed point; int32 is taken for that already."""
    if uv.dtype == np.int32:
        return np.asarray(uv, np.int32)
    scaled = np.clip(uv, -FAR_PX, FAR_PX) * (1 << SHIFT)
    return np.asarray(np.rint(scaled).astype(np.int32))
