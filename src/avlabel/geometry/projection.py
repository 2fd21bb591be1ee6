"""Boxes in the camera frame to shapes in the image, cut in space before they are projected.

A box's silhouette is tiled exactly once by the faces turned away from the camera: a ray that
meets the box leaves it through one of them. That holds where the near plane cuts the box and
where the camera is inside it, so these faces, and not the ones in view, are cut and projected.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import njit

from avlabel.core.arrays import BoolArray, Float64, Int64
from avlabel.core.camera import CameraModel
from avlabel.geometry.boxes import EDGES
from avlabel.geometry.clip import (
    ACROSS,
    INSIDE,
    OUTSIDE,
    area,
    clip_polygon,
    clip_segment,
    pieces_of,
    point_between,
    side_of,
    solid_angle,
    turned_away,
)
from avlabel.geometry.view import view_planes

FACES = np.array(
    [[0, 1, 5, 4], [1, 2, 6, 5], [2, 3, 7, 6], [3, 0, 4, 7], [4, 5, 6, 7], [3, 2, 1, 0]]
)
"""(6, 4) corner indices of the faces front, right, rear, left, top, bottom; seen from outside
they run clockwise."""

FRONT = 0


@dataclass(frozen=True, slots=True, eq=False)
class ImageBoxes:
    """What N boxes look like in one image.

    Attributes:
        uv_box: (N, 4) float64 pixels u0, v0, u1, v1 around the part of the box inside the
            image; NaN where nothing of it is.
        corners_px: (N, 8, 2) float64 corners, unclipped; NaN outside the model's field of view.
        truncation: (N,) float64 in 0..1, the share outside the image of the solid angle that
            the box takes up around the camera. Unlike an area in pixels it stays finite
            for a box that passes beside the camera; for narrow views both agree.
    """

    uv_box: Float64
    corners_px: Float64
    truncation: Float64

    @property
    def visible(self) -> BoolArray:
        """(N,) bool: something of the box is inside the image."""
        return np.isfinite(self.uv_box[:, 0])


@dataclass(frozen=True, slots=True, eq=False)
class Polylines:
    """L lines in an image, bent where the lens bends them.

    Attributes:
        uv: (P, 2) float64 pixels.
        offsets: (L + 1,) int64; line i owns ``uv[offsets[i]:offsets[i + 1]]``, empty if unseen.
    """

    uv: Float64
    offsets: Int64

    def line(self, i: int) -> Float64:
        """(K, 2) pixels of line ``i``."""
        return self.uv[self.offsets[i] : self.offsets[i + 1]]


def project_boxes(corners_cam: Float64, model: CameraModel) -> ImageBoxes:
    """Clipped 2D boxes, corners and truncation.

    Args:
        corners_cam: (N, 8, 3) metres in the camera frame, ordered as ``geometry.boxes.corners``.
        model: the camera's optics.
    """
    n = len(corners_cam)
    corners_px, valid = model.project(corners_cam.reshape(-1, 3))
    corners_px[~valid] = np.nan
    points, offsets, owner, in_view = _cut_far_faces(
        corners_cam, FACES, view_planes(model), bends(model)
    )
    uv, valid = model.project(points)
    uv_box, inside, cut = _bound(uv, valid, offsets, owner, n, _image_planes(model))
    in_image = np.divide(inside, cut, out=np.zeros(n), where=cut > 0)
    return ImageBoxes(
        uv_box, corners_px.reshape(n, 8, 2), np.clip(1.0 - in_view * in_image, 0.0, 1.0)
    )


def project_segments(segments_cam: Float64, model: CameraModel) -> Polylines:
    """Straight lines in space as they appear in the image.

    Args:
        segments_cam: (L, 2, 3) metres in the camera frame.
        model: the camera's optics.
    """
    points, offsets = _cut_segments(segments_cam, view_planes(model), bends(model))
    return _valid_only(points, offsets, model)


def project_edges(corners_cam: Float64, model: CameraModel) -> Polylines:
    """The 12 edges of each box (N, 8, 3), line ``12 i + e`` being edge ``e`` of box ``i``."""
    return project_segments(corners_cam[:, EDGES].reshape(-1, 2, 3), model)


def project_polygons(polygons_cam: Float64, model: CameraModel) -> Polylines:
    """Outlines in the image of convex polygons (L, K, 3) in the camera frame, cut to the view."""
    points, offsets = _cut_polygons(polygons_cam, view_planes(model), bends(model))
    return _valid_only(points, offsets, model)


def faces_away(corners_cam: Float64) -> BoolArray:
    """(N, 6) bool: whether each face of ``FACES`` is turned away from the camera."""
    return np.asarray(_faces_away(corners_cam, FACES))


def bends(model: CameraModel) -> bool:
    """Whether straight lines in space are curved in the image."""
    return model.name != "pinhole" or bool(np.any(model.distortion))


def _valid_only(points: Float64, offsets: Int64, model: CameraModel) -> Polylines:
    uv, valid = model.project(points)
    kept_before = np.concatenate([[0], np.cumsum(valid)])
    return Polylines(uv[valid], kept_before[offsets])


def _image_planes(model: CameraModel) -> Float64:
    """(4, 3) half planes of the image, out to the centres of its border pixels."""
    return np.array(
        [
            [1.0, 0.0, 0.0],
            [-1.0, 0.0, model.width_px - 1.0],
            [0.0, 1.0, 0.0],
            [0.0, -1.0, model.height_px - 1.0],
        ]
    )


@njit(cache=True, nogil=True)
def _cut_far_faces(corners, faces, planes, bent):  # type: ignore[no-untyped-def]
    """Outlines of the far faces inside ``planes``, and the share of the solid angle inside."""
    n_boxes = len(corners)
    face, spare = np.empty((16, 3)), np.empty((16, 3))
    points = np.empty((64 * n_boxes + 64, 3))
    offsets = np.zeros(6 * n_boxes + 1, np.int64)
    owner = np.empty(6 * n_boxes, np.int64)
    share = np.zeros(n_boxes)
    polygons, total = 0, 0
    for b in range(n_boxes):
        side = side_of(corners[b], planes)
        if side == OUTSIDE:
            continue
        kept, whole = 0.0, 0.0
        for f in range(6):
            for k in range(4):
                face[k] = corners[b, faces[f, k]]
            if not turned_away(face):
                continue
            n = 4
            if side == ACROSS:
                whole -= _solid_angle_of(face, 4)
                n = clip_polygon(face, 4, planes, spare)
                kept -= _solid_angle_of(face, n)
            if n:
                points, total = _append_outline(points, total, face, n, bent)
                owner[polygons] = b
                polygons += 1
                offsets[polygons] = total
        share[b] = 1.0 if side == INSIDE else min(1.0, kept / max(whole, 1e-12))
    return points[:total], offsets[: polygons + 1], owner[:polygons], share


@njit(cache=True, nogil=True)
def _faces_away(corners, faces):  # type: ignore[no-untyped-def]
    away = np.empty((len(corners), 6), np.bool_)
    for b in range(len(corners)):
        for f in range(6):
            away[b, f] = turned_away(corners[b][faces[f]])
    return away


@njit(cache=True, nogil=True)
def _solid_angle_of(polygon, n):  # type: ignore[no-untyped-def]
    total = 0.0
    for k in range(1, n - 1):
        total += solid_angle(polygon[0], polygon[k], polygon[k + 1])
    return total


@njit(cache=True, nogil=True)
def _append_outline(points, total, polygon, n, bent):  # type: ignore[no-untyped-def]
    """Add the polygon's vertices, and points between them where its edges may be bent."""
    for k in range(n):
        a, b = polygon[k], polygon[(k + 1) % n]
        pieces = pieces_of(a, b, bent)
        points = _with_room(points, total + pieces)
        for piece in range(pieces):
            point_between(a, b, piece / pieces, points[total])
            total += 1
    return points, total


@njit(cache=True, nogil=True)
def _with_room(points, needed):  # type: ignore[no-untyped-def]
    if needed <= len(points):
        return points
    grown = np.empty((2 * needed, points.shape[1]))
    grown[: len(points)] = points
    return grown


@njit(cache=True, nogil=True)
def _cut_polygons(polygons, planes, bent):  # type: ignore[no-untyped-def]
    room = polygons.shape[1] + len(planes) + 4
    polygon, spare = np.empty((room, 3)), np.empty((room, 3))
    points = np.empty((64, 3))
    offsets = np.zeros(len(polygons) + 1, np.int64)
    total = 0
    for i in range(len(polygons)):
        polygon[: polygons.shape[1]] = polygons[i]
        n = clip_polygon(polygon, polygons.shape[1], planes, spare)
        points, total = _append_outline(points, total, polygon, n, bent)
        offsets[i + 1] = total
    return points[:total], offsets


@njit(cache=True, nogil=True)
def _cut_segments(segments, planes, bent):  # type: ignore[no-untyped-def]
    points = np.empty((4 * len(segments) + 64, 3))
    offsets = np.zeros(len(segments) + 1, np.int64)
    total = 0
    for i in range(len(segments)):
        start, end = segments[i, 0], segments[i, 1]
        first, last = clip_segment(start, end, planes)
        if first < last:
            a, b = start + first * (end - start), start + last * (end - start)
            pieces = pieces_of(a, b, bent)
            points = _with_room(points, total + pieces + 1)
            for piece in range(pieces + 1):
                point_between(a, b, piece / pieces, points[total])
                total += 1
        offsets[i + 1] = total
    return points[:total], offsets


@njit(cache=True, nogil=True)
def _bound(uv, valid, offsets, owner, n_boxes, image):  # type: ignore[no-untyped-def]
    """Bounds of each owner's outlines inside the image, and their areas inside and before."""
    bounds = np.full((n_boxes, 4), np.nan)
    inside, before = np.zeros(n_boxes), np.zeros(n_boxes)
    longest = 0
    for i in range(len(owner)):
        longest = max(longest, offsets[i + 1] - offsets[i])
    # A line cuts an n-gon of any shape into at most 1.5 n vertices; four of them into 5.1 n.
    room = 6 * longest + 16
    polygon, spare = np.empty((room, 2)), np.empty((room, 2))
    for i in range(len(owner)):
        b, n = owner[i], 0
        for k in range(offsets[i], offsets[i + 1]):
            if valid[k]:
                polygon[n] = uv[k]
                n += 1
        before[b] += abs(area(polygon, n))
        n = clip_polygon(polygon, n, image, spare)
        inside[b] += abs(area(polygon, n))
        for k in range(n):
            u, v = polygon[k]
            bounds[b, 0] = u if np.isnan(bounds[b, 0]) else min(bounds[b, 0], u)
            bounds[b, 1] = v if np.isnan(bounds[b, 1]) else min(bounds[b, 1], v)
            bounds[b, 2] = u if np.isnan(bounds[b, 2]) else max(bounds[b, 2], u)
            bounds[b, 3] = v if np.isnan(bounds[b, 3]) else max(bounds[b, 3], v)
    return bounds, inside, before
