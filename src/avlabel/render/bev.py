"""A sweep and its cuboids from above."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from avlabel.core.arrays import Float64, FloatArray, UInt8
from avlabel.core.cuboids import NO_TRACK, Cuboids, Source
from avlabel.core.taxonomy import Taxonomy
from avlabel.geometry.boxes import bev_corners
from avlabel.render.furniture import draw_legend, draw_rings, draw_scale_bar
from avlabel.render.ink import (
    blend,
    dashes,
    draw_fill,
    draw_line,
    draw_outline,
)
from avlabel.render.labels import Tags, tag_names
from avlabel.render.palette import EGO, GROUND, Rgb, class_colors
from avlabel.render.ramps import HEIGHT, HIGHEST_M, LOWEST_M, ramp_colors
from avlabel.render.trails import Trail
from avlabel.render.window import BevWindow

MIN_LABEL_PX = 26.0
"""A box shorter than this gets no tag."""


def draw_bev(
    points_ego: FloatArray,
    cuboids_ego: Cuboids,
    trails_ego: Sequence[Trail],
    taxonomy: Taxonomy,
    window: BevWindow,
) -> UInt8:
    """Draw a bird's-eye view.

    Args:
        points_ego: (P, 3) metres, coloured by height.
        cuboids_ego: boxes of the frame, in the same ego frame.
        trails_ego: ways of the tracks up to now, in the same ego frame.
        taxonomy: names of the classes.
        window: what part of the ground is shown, and how large.

    Returns:
        (H, W, 3) RGB image.
    """
    image = draw_street(points_ego, cuboids_ego, trails_ego, taxonomy, window)
    _draw_tags(image, cuboids_ego, taxonomy, class_colors(taxonomy), window)
    draw_scale_bar(image, window)
    draw_legend(image, cuboids_ego, taxonomy)
    return image


def draw_street(
    points_ego: FloatArray,
    cuboids_ego: Cuboids,
    trails_ego: Sequence[Trail],
    taxonomy: Taxonomy,
    window: BevWindow,
) -> UInt8:
    """Like ``draw_bev``, without tags, scale and legend."""
    image = np.full((window.height_px, window.width_px, 3), GROUND, np.uint8)
    draw_rings(image, window)
    _draw_points(image, points_ego, window)
    colors = class_colors(taxonomy)
    image = _draw_trails(image, trails_ego, colors, window)
    image = _draw_boxes(image, cuboids_ego, colors, window)
    _draw_ego(image, window)
    return image


def _draw_points(image: UInt8, points: FloatArray, window: BevWindow) -> None:
    points = points[np.isfinite(points).all(axis=1)]
    # Highest last: it is what one sees from above.
    points = points[np.argsort(points[:, 2], kind="stable")]
    uv = np.rint(window.pixels(points[:, :2])).astype(np.int64)
    shown = (uv >= 0).all(axis=1) & (uv < [window.width_px, window.height_px]).all(axis=1)
    colors = ramp_colors(points[shown, 2], LOWEST_M, HIGHEST_M, HEIGHT)
    image[uv[shown, 1], uv[shown, 0]] = colors


def _draw_trails(
    image: UInt8, trails: Sequence[Trail], colors: list[Rgb], window: BevWindow
) -> UInt8:
    layer = image.copy()
    for trail in trails:
        draw_line(layer, window.pixels(trail.points[:, :2]), colors[trail.category], 2)
    return blend(image, layer, 0.55)


def _draw_boxes(image: UInt8, cuboids: Cuboids, colors: list[Rgb], window: BevWindow) -> UInt8:
    outlines = window.pixels(bev_corners(cuboids.bev))
    rgb = [colors[code] for code in cuboids.category]
    layer = image.copy()
    for outline, color in zip(outlines, rgb, strict=True):
        draw_fill(layer, outline, color)
    image = blend(image, layer, 0.25)
    marks = window.pixels(_heading_marks(cuboids))
    for i, color in enumerate(rgb):
        draw_line(image, marks[i], color, 1)
        closed = np.concatenate([outlines[i], outlines[i, :1]])
        is_dashed = cuboids.source[i] == Source.INTERPOLATED
        for piece in dashes(closed, 4, 3) if is_dashed else [closed]:
            draw_line(image, piece, color, 1)
    return image


def _heading_marks(cuboids: Cuboids) -> Float64:
    """(N, 2, 2) metres: from the middle of the box to a little before its front."""
    ahead = np.column_stack([np.cos(cuboids.yaw), np.sin(cuboids.yaw)])
    reach = cuboids.size_lwh[:, :1].astype(np.float64) / 2
    center = cuboids.center[:, :2]
    return np.stack([center, center + (reach + 0.8) * ahead], axis=1)


def _draw_ego(image: UInt8, window: BevWindow) -> None:
    """An arrowhead the size of a car; the ego frame's origin is its rear axle."""
    arrow = np.array([[3.8, 0.0], [-0.9, 1.0], [-0.2, 0.0], [-0.9, -1.0]])
    draw_fill(image, window.pixels(arrow), EGO)
    draw_outline(image, window.pixels(arrow), GROUND, 1)


def _draw_tags(
    image: UInt8, cuboids: Cuboids, taxonomy: Taxonomy, colors: list[Rgb], window: BevWindow
) -> None:
    tags = Tags(size_px=11)
    names = tag_names(cuboids, taxonomy)
    uv = window.pixels(cuboids.center[:, :2])
    nearest_first = np.argsort(np.linalg.norm(cuboids.center[:, :2], axis=1))
    for i in nearest_first:
        long_enough = cuboids.size_lwh[i, 0] * window.px_per_m >= MIN_LABEL_PX
        if long_enough and window.shows(uv[i]) and cuboids.track_id[i] != NO_TRACK:
            above = (uv[i, 0], uv[i, 1] - 0.5 * cuboids.size_lwh[i, 1] * window.px_per_m - 3)
            tags.place(image, names[i], above, colors[cuboids.category[i]])
