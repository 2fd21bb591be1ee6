"""One object from above, from the side or from behind, with its points and its neighbours."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from avlabel.core.arrays import Float64, FloatArray, UInt8
from avlabel.core.cuboids import Cuboids
from avlabel.core.taxonomy import Taxonomy
from avlabel.render.ink import blank, draw_line, draw_text, shade, text_size
from avlabel.render.palette import FAINT, GRID, GROUND, TEXT, class_colors
from avlabel_viewer.drawing.box_wires import draw_body, draw_neighbours, draw_selected
from avlabel_viewer.drawing.handles import Handles, draw_handles
from avlabel_viewer.drawing.object_points import OneBox, draw_points
from avlabel_viewer.viewpoints.ortho import OrthoView

MARGIN_PX = 10
DIM_GAP_PX = 10
"""Between a box and its lengths, so that handles have room. What turns it is on the right."""
ROUND_LENGTHS_M = (0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100)


@dataclass(frozen=True, slots=True)
class ObjectStyle:
    """How a view of an object looks.

    Attributes:
        name: of the view, in its corner.
        point_px: size of a point.
        dims: lengths are written along the box.
        scale_bar: whether there is one.
        text_px: height of letters.
    """

    name: str = ""
    point_px: int = 2
    dims: bool = True
    scale_bar: bool = True
    text_px: int = 13


def draw_object_view(
    view: OrthoView,
    points: FloatArray,
    colors: UInt8,
    cuboids: Cuboids,
    selected: int | None,
    taxonomy: Taxonomy,
    *,
    handles: Handles | None = None,
    style: ObjectStyle | None = None,
) -> UInt8:
    """Draw a view of the selected box.

    Points inside it are bright, those around it dim; points and boxes farther than ``AROUND_M``
    before or behind it are left out. Boxes of people are drawn thick, interpolated ones dashed.

    Args:
        view: from where, how large.
        points: (N, 3) metres, world.
        colors: (N, 3) uint8 RGB.
        cuboids: the frame's boxes, world.
        selected: row of the object; None shows points and boxes alike.
        taxonomy: classes, for colours.
        handles: of the selected box, in this view.
        style: how it looks.

    Returns:
        (H, W, 3) uint8 RGB.
    """
    style = style or ObjectStyle()
    image = blank(view.height_px, view.width_px)
    colors_of = class_colors(taxonomy)
    if selected is None:
        draw_points(image, view, points, colors, None, style.point_px)
        draw_neighbours(image, view, cuboids, colors_of)
    else:
        box, color = OneBox.of(cuboids, selected), colors_of[cuboids.category[selected]]
        uv = view.project(box.corners)
        draw_body(image, uv, color)
        draw_points(image, view, points, colors, box, style.point_px)
        if len(cuboids) > 1:
            draw_neighbours(image, view, _without(cuboids, selected), colors_of)
        draw_selected(image, uv, int(cuboids.source[selected]), color)
        if style.dims:
            _write_dims(image, uv, box.size_lwh, style.text_px)
    if handles is not None:
        draw_handles(image, handles)
    if style.scale_bar:
        _draw_scale_bar(image, view, style.text_px)
    _frame(image, style)
    return image


def _without(cuboids: Cuboids, row: int) -> Cuboids:
    others = np.ones(len(cuboids), np.bool_)
    others[row] = False
    return cuboids.select(others)


def _write_dims(image: UInt8, uv: Float64, size_lwh: FloatArray, size_px: int) -> None:
    """The lengths along the view's two directions: below the box, and to its left."""
    ways = np.abs(np.stack([uv[0] - uv[3], uv[0] - uv[1], uv[4] - uv[0]]))
    below, beside = (f"{size_lwh[axis]:.2f}" for axis in ways.argmax(axis=0))
    low, high = uv.min(axis=0), uv.max(axis=0)
    middle = (low + high) / 2
    wide = text_size(below, size_px, 500)[0]
    _write(image, below, (middle[0] - wide / 2, high[1] + DIM_GAP_PX + size_px), size_px)
    left = low[0] - DIM_GAP_PX - text_size(beside, size_px, 500)[0]
    _write(image, beside, (left, middle[1] + size_px / 2 - 1), size_px)


def _write(image: UInt8, text: str, position: tuple[float, float], size_px: int) -> None:
    """A number on a dark plate, wholly inside the image."""
    wide = text_size(text, size_px, 500)[0]
    u = round(min(max(position[0], 2), image.shape[1] - wide - 3))
    v = round(min(max(position[1], size_px + 2), image.shape[0] - 4))
    shade(image, (u - 3, v - size_px - 1, u + wide + 3, v + 4), GROUND, 0.75)
    draw_text(image, text, (u, v), size_px, TEXT, 500)


def _frame(image: UInt8, style: ObjectStyle) -> None:
    """The view's name on a plate, and a border."""
    size_px = style.text_px
    if style.name:
        wide = text_size(style.name, size_px, 600)[0]
        shade(image, (0, 0, wide + 2 * MARGIN_PX, size_px + MARGIN_PX), GROUND, 0.8)
        draw_text(image, style.name, (MARGIN_PX, MARGIN_PX // 2 + size_px - 2), size_px, TEXT, 600)
    image[[0, -1]] = GRID
    image[:, [0, -1]] = GRID


def _draw_scale_bar(image: UInt8, view: OrthoView, size_px: int) -> None:
    """A bar of a round length, about a fifth of the width, in the lower left corner."""
    wanted_m = view.width_px / view.px_per_m / 5
    length_m = max((m for m in ROUND_LENGTHS_M if m <= wanted_m), default=ROUND_LENGTHS_M[0])
    u0, v = MARGIN_PX, view.height_px - MARGIN_PX
    u1 = u0 + length_m * view.px_per_m
    shade(image, (u0 - 4, v - size_px - 4, round(u1) + 4, v + 4), GROUND, 0.6)
    draw_line(image, np.array([[u0, v - 4], [u0, v], [u1, v], [u1, v - 4]]), FAINT, 1)
    draw_text(image, f"{length_m:g} m", (u0 + 4, v - 6), size_px - 2, FAINT)
