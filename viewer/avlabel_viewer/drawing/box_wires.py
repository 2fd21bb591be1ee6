"""Boxes as wires in a view without perspective."""

from __future__ import annotations

import cv2
import numpy as np

from avlabel.core.arrays import Float64, Int64, UInt8
from avlabel.core.cuboids import Cuboids, Source
from avlabel.geometry.boxes import corners
from avlabel.geometry.projection import FACES, FRONT
from avlabel.render.ink import draw_fill, draw_line, draw_outline
from avlabel.render.palette import GROUND, SELECTED, Rgb, dimmed
from avlabel.render.segments import dashed, draw_segments, edges_of
from avlabel_viewer.drawing.object_points import AROUND_M
from avlabel_viewer.viewpoints.ortho import OrthoView

DASH_PX, GAP_PX = 7.0, 5.0
ARROW_PX, LEAST_ARROW_PX, ARROW_PART = 10.0, 3.0, 0.75
FAINT_PART = 0.6
THICK_PX = 2
BODY_PART = 0.14


def rows_in_view(view: OrthoView, cuboids: Cuboids, depth_m: float = AROUND_M) -> Int64:
    """Rows of boxes that are shown: in view, at most ``depth_m`` before or behind its middle.

    By their bounding spheres: a few more than are seen.
    """
    radius_m = np.linalg.norm(cuboids.size_lwh, axis=1) / 2
    uv, reach_px = view.project(cuboids.center), radius_m * view.px_per_m
    depth = np.abs((cuboids.center - view.center) @ view.into)
    limits = np.array([view.width_px, view.height_px])
    seen = (uv > -reach_px[:, None]).all(axis=1) & (uv < limits + reach_px[:, None]).all(axis=1)
    return np.flatnonzero(seen & (depth < depth_m + radius_m))


def draw_neighbours(image: UInt8, view: OrthoView, cuboids: Cuboids, colors: list[Rgb]) -> None:
    """Draw boxes in the dimmed colours of their classes (by category) into ``image``."""
    near = cuboids.select(rows_in_view(view, cuboids))
    if not len(near):
        return
    corners_px = view.project(corners(near).reshape(-1, 3)).reshape(-1, 8, 2)
    for uv, code, source in zip(corners_px, near.category, near.source, strict=True):
        color = dimmed(colors[code], FAINT_PART)
        draw_segments(image, _wires(uv, source), color, _width_px(source))
        draw_line(image, _heading_mark(uv), color, 1)


def draw_body(image: UInt8, uv: Float64, color: Rgb) -> None:
    """Fill the outline of a box, (8, 2) pixels of its corners, darkly; its points go upon it."""
    outline = np.asarray(cv2.convexHull(uv.astype(np.float32))[:, 0], np.float64)
    draw_fill(image, outline, dimmed(color, BODY_PART))


def draw_selected(image: UInt8, uv: Float64, source: int, color: Rgb) -> None:
    """Draw one box in white, an arrow in the colour of its class showing where it faces.

    Args:
        image: (H, W, 3) uint8 RGB, changed.
        uv: (8, 2) pixels of its corners, ordered as ``UNIT_CORNERS``.
        source: a ``Source``; people's boxes are thicker, interpolated ones dashed.
        color: of its class.
    """
    wires = _wires(uv, source)
    draw_segments(image, wires, GROUND, _width_px(source) + 2)
    draw_segments(image, wires, SELECTED, _width_px(source))
    _draw_arrow(image, _heading_mark(uv), color)


def _width_px(source: int) -> int:
    return THICK_PX if source == Source.HUMAN else 1


def _wires(uv: Float64, source: int) -> Float64:
    """(M, 2, 2) pixels of the edges of one box, dashed if interpolated."""
    edges = edges_of(uv[None])[0]
    return dashed(edges, DASH_PX, GAP_PX)[0] if source == Source.INTERPOLATED else edges


def _heading_mark(uv: Float64) -> Float64:
    """(2, 2) pixels from the middle of one box to the middle of its front."""
    return np.stack([uv.mean(axis=0), uv[FACES[FRONT]].mean(axis=0)])


def _draw_arrow(image: UInt8, mark: Float64, color: Rgb) -> None:
    """From the middle of the box towards its front; nothing where that is end-on.

    It ends within the box: on the front there is a handle.
    """
    way = ARROW_PART * (mark[1] - mark[0])
    length_px = float(np.linalg.norm(way))
    head_px = min(ARROW_PX, length_px / 3)
    if head_px < LEAST_ARROW_PX:
        return
    ahead = way / length_px
    aside = np.array([-ahead[1], ahead[0]])
    barbs = np.array([ahead, 0.7 * aside - 0.6 * ahead, -0.7 * aside - 0.6 * ahead])
    head = mark[0] + way + head_px * barbs
    draw_line(image, np.stack([mark[0], mark[0] + way]), color, THICK_PX)
    draw_fill(image, head, SELECTED)
    draw_outline(image, head, GROUND, 1)
