"""Boxes as wires in a view without perspective."""

from __future__ import annotations

import numpy as np

from avlabel.core.arrays import Float64, Int64, UInt8
from avlabel.core.cuboids import Cuboids, Source
from avlabel.geometry.boxes import corners
from avlabel.geometry.projection import FACES, FRONT
from avlabel.render.ink import blend, draw_fill, draw_line, draw_outline
from avlabel.render.palette import GROUND, SELECTED, Rgb, dimmed
from avlabel.render.segments import dashed, draw_segments, edges_of
from avlabel_viewer.drawing.object_points import AROUND_M
from avlabel_viewer.viewpoints.ortho import OrthoView

DASH_PX, GAP_PX = 7.0, 5.0
ARROW_PX = 10.0
FAINT_PART = 0.6
THICK_PX = 2


def rows_in_view(view: OrthoView, cuboids: Cuboids, depth_m: float) -> Int64:
    """Rows of boxes that reach into the view, their centres at most ``depth_m`` before or behind.

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
    for row in rows_in_view(view, cuboids, AROUND_M):
        one = cuboids.select(slice(row, row + 1))
        color = dimmed(colors[one.category[0]], FAINT_PART)
        draw_segments(image, _wires(view, one), color, _width_px(one))
        draw_line(image, _heading_mark(view, one), color, 1)


def draw_selected(image: UInt8, view: OrthoView, box: Cuboids, color: Rgb) -> UInt8:
    """The image with one box in white, tinted by its class, an arrow showing where it faces."""
    uv = view.project(corners(box)[0])
    layer = image.copy()
    for face in FACES:
        draw_fill(layer, uv[face], color)
    image = blend(image, layer, 0.12)
    wires = _wires(view, box)
    draw_segments(image, wires, GROUND, _width_px(box) + 2)
    draw_segments(image, wires, SELECTED, _width_px(box))
    _draw_arrow(image, _heading_mark(view, box), color)
    return image


def _width_px(box: Cuboids) -> int:
    return THICK_PX if box.source[0] == Source.HUMAN else 1


def _wires(view: OrthoView, box: Cuboids) -> Float64:
    """(M, 2, 2) pixels of the edges of one box, dashed if interpolated."""
    edges = edges_of(view.project(corners(box)[0])[None])[0]
    return dashed(edges, DASH_PX, GAP_PX)[0] if box.source[0] == Source.INTERPOLATED else edges


def _heading_mark(view: OrthoView, box: Cuboids) -> Float64:
    """(2, 2) pixels from the middle of one box to the middle of its front."""
    front = corners(box)[0, FACES[FRONT]].mean(axis=0)
    return view.project(np.stack([box.center[0], front]))


def _draw_arrow(image: UInt8, mark: Float64, color: Rgb) -> None:
    """From the middle of the box through its front; nothing where that is end-on."""
    way = mark[1] - mark[0]
    length_px = float(np.linalg.norm(way))
    if length_px < ARROW_PX:
        return
    ahead = way / length_px
    aside = np.array([-ahead[1], ahead[0]])
    head = mark[1] + ARROW_PX * np.array(
        [ahead, -0.6 * ahead + 0.7 * aside, -0.6 * ahead - 0.7 * aside]
    )
    draw_line(image, mark, color, THICK_PX)
    draw_fill(image, head, SELECTED)
    draw_outline(image, head, GROUND, 1)
