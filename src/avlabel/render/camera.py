"""Cuboids drawn into a camera's image."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from avlabel.core.arrays import BoolArray, Float64, UInt8
from avlabel.core.cameras import CameraModel
from avlabel.core.cuboids import Cuboids, Source
from avlabel.core.taxonomy import Taxonomy
from avlabel.geometry.boxes import EDGES
from avlabel.geometry.projection import (
    FACES,
    FRONT,
    Polylines,
    faces_away,
    project_boxes,
    project_edges,
    project_polygons,
    project_segments,
)
from avlabel.render.ink import blend, dashes, draw_fill, draw_line
from avlabel.render.labels import Tags, tag_names
from avlabel.render.palette import GROUND, Rgb, class_colors

MIN_LABEL_HEIGHT_PX = 14.0
"""A box lower than this gets no tag; more on images wider than 1280 px."""


@dataclass(frozen=True, slots=True, eq=False)
class _Wireframes:
    """Everything of N boxes that is drawn, in pixels."""

    edges: Polylines
    edge_is_far: BoolArray
    fronts: Polylines
    headings: Polylines
    uv_box: Float64
    colors: list[Rgb]
    dashed: BoolArray
    names: list[str]


def draw_cuboids(
    image: UInt8, cuboids: Cuboids, corners_cam: Float64, model: CameraModel, taxonomy: Taxonomy
) -> UInt8:
    """Draw boxes as wireframes in their class's colour, tagged with class and track.

    The front face is tinted and a line on the floor runs from the middle to the front. Edges
    behind the box are faint. Interpolated boxes are dashed.

    Args:
        image: (H, W, 3) RGB, the camera's image or a smaller copy of it; not changed.
        cuboids: N boxes, for class, track and source.
        corners_cam: (N, 8, 3) metres in the camera frame (``geometry.exposure.expose``).
        model: the camera's optics.
        taxonomy: names of the classes.

    Returns:
        A new (H, W, 3) RGB image.
    """
    order = np.argsort(-np.linalg.norm(corners_cam.mean(axis=1), axis=1), kind="stable")
    frames = _wireframes(cuboids.select(order), corners_cam[order], model, taxonomy)
    frames = _resized(frames, image.shape[1] / model.width_px)
    scale = image.shape[1] / 1280
    drawn = _draw_far_side(image, frames, scale)
    _draw_near_side(drawn, frames, scale)
    _draw_tags(drawn, frames, scale)
    return drawn


def _wireframes(
    cuboids: Cuboids, corners_cam: Float64, model: CameraModel, taxonomy: Taxonomy
) -> _Wireframes:
    away = faces_away(corners_cam)
    colors = class_colors(taxonomy)
    return _Wireframes(
        edges=project_edges(corners_cam, model),
        edge_is_far=_far_edges(away),
        fronts=project_polygons(corners_cam[:, FACES[FRONT]], model),
        headings=project_segments(_heading_marks(corners_cam), model),
        uv_box=project_boxes(corners_cam, model).uv_box,
        colors=[colors[code] for code in cuboids.category],
        dashed=cuboids.source == Source.INTERPOLATED,
        names=tag_names(cuboids, taxonomy),
    )


def _resized(frames: _Wireframes, factor: float) -> _Wireframes:
    """In the pixels of an image that is ``factor`` times as large."""

    def scaled(uv: Float64) -> Float64:
        # Pixel centres lie at integers, so an image begins at -0.5.
        return (uv + 0.5) * factor - 0.5

    return replace(
        frames,
        edges=replace(frames.edges, uv=scaled(frames.edges.uv)),
        fronts=replace(frames.fronts, uv=scaled(frames.fronts.uv)),
        headings=replace(frames.headings, uv=scaled(frames.headings.uv)),
        uv_box=scaled(frames.uv_box),
    )


def _far_edges(away: BoolArray) -> BoolArray:
    """(N * 12,) bool: edges both of whose faces are turned away (N, 6)."""
    touches = np.array([[set(edge) <= set(face) for face in FACES.tolist()] for edge in EDGES])
    return np.asarray((away[:, None, :] | ~touches).all(axis=2).ravel())


def _heading_marks(corners_cam: Float64) -> Float64:
    """(N, 2, 3) from the middle of the floor to the middle of its front edge."""
    floor = corners_cam[:, :4].mean(axis=1)
    return np.stack([floor, corners_cam[:, :2].mean(axis=1)], axis=1)


def _draw_far_side(image: UInt8, frames: _Wireframes, scale: float) -> UInt8:
    """What is seen through: tinted fronts, hidden edges, and a dark rim under the near edges."""
    layer = image.copy()
    for i, color in enumerate(frames.colors):
        for uv in frames.fronts.pieces(i):
            draw_fill(layer, uv, color)
    tinted = blend(image, layer, 0.28)
    layer = tinted.copy()
    thin_px, rim_px = max(1, round(scale)), max(2, round(4 * scale))
    for line, far in enumerate(frames.edge_is_far):
        color, width_px = (frames.colors[line // 12], thin_px) if far else (GROUND, rim_px)
        for uv in frames.edges.pieces(line):
            draw_line(layer, uv, color, width_px)
    return blend(tinted, layer, 0.45)


def _draw_near_side(image: UInt8, frames: _Wireframes, scale: float) -> None:
    width_px = max(1, round(1.4 * scale))
    for i, color in enumerate(frames.colors):
        for uv in frames.headings.pieces(i):
            draw_line(image, uv, color, width_px)
        for uv in _near_edges(frames, i):
            for piece in dashes(uv, 7 * scale, 5 * scale) if frames.dashed[i] else [uv]:
                draw_line(image, piece, color, width_px)


def _near_edges(frames: _Wireframes, i: int) -> list[Float64]:
    near = [line for line in range(12 * i, 12 * i + 12) if not frames.edge_is_far[line]]
    return [uv for line in near for uv in frames.edges.pieces(line)]


def _draw_tags(image: UInt8, frames: _Wireframes, scale: float) -> None:
    tags = Tags(size_px=max(10, round(13 * scale)))
    uv_box = frames.uv_box
    tall = uv_box[:, 3] - uv_box[:, 1] >= MIN_LABEL_HEIGHT_PX * max(1.0, scale)
    for i in reversed(np.flatnonzero(tall)):
        anchor = (float(uv_box[i, 0] + uv_box[i, 2]) / 2, float(uv_box[i, 1]))
        tags.place(image, frames.names[i], anchor, frames.colors[i])
