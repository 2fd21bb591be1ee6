"""Cuboids drawn into a camera's image."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from avlabel.core.arrays import BoolArray, Float64, Int32, Int64, UInt8
from avlabel.core.cameras import CameraModel
from avlabel.core.cuboids import Cuboids, Source
from avlabel.core.taxonomy import Taxonomy
from avlabel.geometry.projection import Polylines
from avlabel.render.ink import blend, draw_fills, draw_lines, fixed_point
from avlabel.render.labels import Box, Tags, tag_names
from avlabel.render.palette import GROUND, SELECTED, Rgb, class_colors
from avlabel.render.segments import dashed_lines
from avlabel.render.wireframes import Crop, Wireframes, whole_image, wireframes

MIN_LABEL_HEIGHT_PX = 14.0
"""A box lower than this gets no tag; more on images wider than 1280 px."""

DASH_PX, GAP_PX = 7.0, 5.0
SMALL = 0.17
"""Of 1280 px; on narrower pictures all lines are thin."""

FRONT_OPACITY, FAR_OPACITY = 0.28, 0.45


@dataclass(frozen=True, slots=True, eq=False)
class CameraStyle:
    """What of N boxes is drawn how.

    Attributes:
        selected: row of the box that is drawn in white, on top of the others.
        hidden: (N,) bool: boxes that something stands before; drawn faint, as their far sides
            are, and without a tag.
        tags: whether boxes bear their names.
        crop: what part of the camera's image the picture shows; None for all of it.
        reserved: places u0, v0, u1, v1 in the picture that no tag may cover.
    """

    selected: int | None = None
    hidden: BoolArray | None = None
    tags: bool = True
    crop: Crop | None = None
    reserved: tuple[Box, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class _Ink:
    """How each of N boxes is drawn, from the farthest to the nearest; widths in pixels."""

    colors: list[Rgb]
    tints: list[Rgb]
    widths: list[int]
    dashed: list[bool]
    hidden: list[bool]
    names: list[str]
    scale: float


@dataclass(frozen=True, slots=True, eq=False)
class _Shapes:
    """What is drawn of each of N boxes, as lists of polylines in OpenCV's fixed point."""

    fronts: list[list[Int32]]
    rims: list[list[Int32]]
    far: list[list[Int32]]
    near: list[list[Int32]]


def draw_cuboids(
    image: UInt8,
    cuboids: Cuboids,
    corners_cam: Float64,
    model: CameraModel,
    taxonomy: Taxonomy,
    style: CameraStyle | None = None,
) -> UInt8:
    """Draw boxes as wireframes in their class's colour, tagged with class and track.

    The front face is tinted and a line on the floor runs from the middle to the front. Edges
    behind the box are faint. Interpolated boxes are dashed, those of people thicker.

    Args:
        image: (H, W, 3) RGB, the camera's image, a copy of another size or a part of it; not
            changed.
        cuboids: N boxes, for class, track and source.
        corners_cam: (N, 8, 3) metres in the camera frame (``geometry.exposure.expose``).
        model: the camera's optics.
        taxonomy: names of the classes.
        style: what is drawn how.

    Returns:
        A new (H, W, 3) RGB image.
    """
    style = style or CameraStyle()
    order = _from_far_to_near(corners_cam, style.selected)
    frames = wireframes(corners_cam[order], model)
    frames = frames.cropped(style.crop or whole_image(model), image.shape[1])
    ink = _ink(cuboids, order, taxonomy, style, image.shape[1] / 1280)
    shapes = _shapes(frames, ink)
    drawn = _draw_far_side(image, shapes, ink)
    _draw_near_side(drawn, shapes, ink)
    if style.tags:
        _draw_tags(drawn, frames, ink, style.reserved)
    return drawn


def _from_far_to_near(corners_cam: Float64, selected: int | None) -> Int64:
    """Rows in the order of drawing; the selected one last."""
    distance = np.linalg.norm(corners_cam.mean(axis=1), axis=1)
    if selected is not None:
        distance[selected] = -1.0
    return np.argsort(-distance, kind="stable")


def _ink(
    cuboids: Cuboids, order: Int64, taxonomy: Taxonomy, style: CameraStyle, scale: float
) -> _Ink:
    colors = class_colors(taxonomy)
    line_px = max(1, round(1.4 * scale))
    one = cuboids.select(order)
    hidden = np.zeros(len(one), np.bool_) if style.hidden is None else style.hidden[order]
    ink = _Ink(
        colors=[colors[code] for code in one.category],
        tints=[colors[code] for code in one.category],
        widths=np.where(
            one.source == Source.HUMAN, line_px + max(1, line_px // 2), line_px
        ).tolist(),
        dashed=(one.source == Source.INTERPOLATED).tolist(),
        hidden=hidden.tolist(),
        names=tag_names(one, taxonomy),
        scale=scale,
    )
    if style.selected is not None:
        ink.colors[-1], ink.hidden[-1] = SELECTED, False
        ink.widths[-1] = max(2 if scale > SMALL else 1, ink.widths[-1])
    return ink


def _shapes(frames: Wireframes, ink: _Ink) -> _Shapes:
    edges, headings = _by_line(frames.edges), _by_line(frames.headings)
    shapes = _Shapes(_by_line(frames.fronts), [], [], [])
    for i, is_dashed in enumerate(ink.dashed):
        near, far = frames.lines_of(i, far=False), frames.lines_of(i, far=True)
        solid = [piece for line in near for piece in edges[line]]
        drawn = _dashes(frames, near, ink.scale) if is_dashed else solid
        shapes.rims.append(solid)
        shapes.far.append([piece for line in far for piece in edges[line]])
        shapes.near.append([*headings[i], *drawn])
    return shapes


def _by_line(lines: Polylines) -> list[list[Int32]]:
    """The pieces of each line in fixed point; to convert all at once is much faster."""
    fixed = fixed_point(lines.uv)
    pieces = [fixed[start:end] for start, end in pairwise(lines.offsets.tolist())]
    return [pieces[first:last] for first, last in pairwise(lines.firsts.tolist())]


def _dashes(frames: Wireframes, lines: list[int], scale: float) -> list[Int32]:
    uv = [piece for line in lines for piece in frames.edges.pieces(line)]
    factor = max(scale, 0.5)
    return list(fixed_point(dashed_lines(uv, DASH_PX * factor, GAP_PX * factor)))


def _draw_far_side(image: UInt8, shapes: _Shapes, ink: _Ink) -> UInt8:
    """What is seen through: tinted fronts, hidden edges, and a dark rim under the near edges."""
    layer = image.copy()
    for i, color in enumerate(ink.tints):
        if not ink.hidden[i]:
            draw_fills(layer, shapes.fronts[i], color)
    tinted = blend(image, layer, FRONT_OPACITY)
    layer = tinted.copy()
    thin_px, rim_px = max(1, round(ink.scale)), max(2, round(4 * ink.scale))
    for i, color in enumerate(ink.colors):
        if ink.hidden[i]:
            draw_lines(layer, shapes.near[i], color, thin_px)
        else:
            draw_lines(layer, shapes.rims[i], GROUND, max(rim_px, ink.widths[i] + 1))
            draw_lines(layer, shapes.far[i], color, thin_px)
    return blend(tinted, layer, FAR_OPACITY)


def _draw_near_side(image: UInt8, shapes: _Shapes, ink: _Ink) -> None:
    for i, color in enumerate(ink.colors):
        if not ink.hidden[i]:
            draw_lines(image, shapes.near[i], color, ink.widths[i])


def _draw_tags(image: UInt8, frames: Wireframes, ink: _Ink, reserved: tuple[Box, ...]) -> None:
    """The nearest first: who comes first keeps the place."""
    tags = Tags(max(10, round(13 * ink.scale)), list(reserved))
    uv_box = frames.uv_box
    tall = uv_box[:, 3] - uv_box[:, 1] >= MIN_LABEL_HEIGHT_PX * max(1.0, ink.scale)
    for i in reversed(np.flatnonzero(tall & ~np.array(ink.hidden, np.bool_))):
        anchor = (float(uv_box[i, 0] + uv_box[i, 2]) / 2, float(uv_box[i, 1]))
        if _is_in(image, anchor):
            tags.place(image, ink.names[i], anchor, ink.colors[i])


def _is_in(image: UInt8, uv: tuple[float, float]) -> bool:
    """Whether a tag there belongs to something in the picture."""
    height, width = image.shape[:2]
    return bool(0 <= uv[0] < width and -height / 2 <= uv[1] < height)
