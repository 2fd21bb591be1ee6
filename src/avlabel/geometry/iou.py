"""Exact intersection over union of rotated boxes."""

from __future__ import annotations

import numpy as np
from numba import njit

from avlabel.core.arrays import Float64
from avlabel.geometry.boxes import bev_corners


def bev_iou(a: Float64, b: Float64) -> Float64:
    """Intersection over union in the ground plane.

    Args:
        a: (N, 5) float64 x, y, length, width, yaw.
        b: (M, 5) the same.

    Returns:
        (N, M) float64 in 0..1, exact polygons (Sutherland and Hodgman 1974).
    """
    a, b = np.asarray(a, np.float64), np.asarray(b, np.float64)
    inter = _intersection_areas(bev_corners(a), bev_corners(b))
    return _over_union(inter, a[:, 2] * a[:, 3], b[:, 2] * b[:, 3])


def bev_iou_of_pairs(a: Float64, b: Float64) -> Float64:
    """(N,) float64 intersection over union of each of (N, 5) boxes with its own of (N, 5)."""
    a, b = np.asarray(a, np.float64), np.asarray(b, np.float64)
    reach = (np.hypot(a[:, 2], a[:, 3]) + np.hypot(b[:, 2], b[:, 3])) / 2
    near = np.flatnonzero(np.hypot(a[:, 0] - b[:, 0], a[:, 1] - b[:, 1]) <= reach)
    inter = np.zeros(len(a))
    inter[near] = _areas_of_pairs(bev_corners(a[near]), bev_corners(b[near]))
    union = a[:, 2] * a[:, 3] + b[:, 2] * b[:, 3] - inter
    return np.asarray(np.divide(inter, union, out=np.zeros_like(inter), where=union > 0))


def bev_overlap(a: Float64, b: Float64) -> Float64:
    """Shared area in square metres of (N, 5) and (M, 5) boxes, (N, M) float64."""
    a, b = np.asarray(a, np.float64), np.asarray(b, np.float64)
    return np.asarray(_intersection_areas(bev_corners(a), bev_corners(b)))


def iou_3d(a: Float64, b: Float64) -> Float64:
    """Intersection over union of upright boxes: BEV overlap times the overlap in height.

    Args:
        a: (N, 7) float64 x, y, z (centre), length, width, height, yaw.
        b: (M, 7) the same.

    Returns:
        (N, M) float64 in 0..1.
    """
    a, b = np.asarray(a, np.float64), np.asarray(b, np.float64)
    area = _intersection_areas(
        bev_corners(a[:, [0, 1, 3, 4, 6]]), bev_corners(b[:, [0, 1, 3, 4, 6]])
    )
    top = np.minimum.outer(a[:, 2] + a[:, 5] / 2, b[:, 2] + b[:, 5] / 2)
    bottom = np.maximum.outer(a[:, 2] - a[:, 5] / 2, b[:, 2] - b[:, 5] / 2)
    inter = area * np.clip(top - bottom, 0, None)
    return _over_union(inter, np.prod(a[:, 3:6], axis=1), np.prod(b[:, 3:6], axis=1))


def _over_union(inter: Float64, size_a: Float64, size_b: Float64) -> Float64:
    union = size_a[:, None] + size_b[None, :] - inter
    return np.asarray(np.divide(inter, union, out=np.zeros_like(inter), where=union > 0))


@njit(cache=True, nogil=True)
def _intersection_areas(a, b):  # type: ignore[no-untyped-def]
    """(N, M) areas shared by (N, 4, 2) and (M, 4, 2) counter-clockwise rectangles."""
    out = np.zeros((len(a), len(b)))
    for i in range(len(a)):
        for j in range(len(b)):
            ax, ay = (a[i, 0, 0] + a[i, 2, 0]) / 2, (a[i, 0, 1] + a[i, 2, 1]) / 2
            bx, by = (b[j, 0, 0] + b[j, 2, 0]) / 2, (b[j, 0, 1] + b[j, 2, 1]) / 2
            ra2 = (a[i, 0, 0] - ax) ** 2 + (a[i, 0, 1] - ay) ** 2
            rb2 = (b[j, 0, 0] - bx) ** 2 + (b[j, 0, 1] - by) ** 2
            if (ax - bx) ** 2 + (ay - by) ** 2 <= (np.sqrt(ra2) + np.sqrt(rb2)) ** 2:
                out[i, j] = _clip_area(a[i], b[j])
    return out


@njit(cache=True, nogil=True)
def _areas_of_pairs(a, b):  # type: ignore[no-untyped-def]
    """(N,) areas shared by each of (N, 4, 2) counter-clockwise rectangles and its own."""
    out = np.empty(len(a))
    for i in range(len(a)):
        out[i] = _clip_area(a[i], b[i])
    return out


@njit(cache=True, nogil=True)
def _clip_area(subject, clip):  # type: ignore[no-untyped-def]
    """Area of the convex ``subject`` cut by each edge of the convex ``clip``."""
    poly = np.empty((16, 2))
    cut = np.empty((16, 2))
    # Relative to a corner, so that coordinates far from the origin cost no precision.
    ox, oy = clip[0, 0], clip[0, 1]
    n = 4
    for k in range(4):
        poly[k, 0] = subject[k, 0] - ox
        poly[k, 1] = subject[k, 1] - oy
    for e in range(4):
        px, py = clip[e, 0] - ox, clip[e, 1] - oy
        ex, ey = clip[(e + 1) % 4, 0] - ox - px, clip[(e + 1) % 4, 1] - oy - py
        m = 0
        for k in range(n):
            qx, qy = poly[k, 0], poly[k, 1]
            rx, ry = poly[(k + 1) % n, 0], poly[(k + 1) % n, 1]
            side_q = ex * (qy - py) - ey * (qx - px)
            side_r = ex * (ry - py) - ey * (rx - px)
            if side_q >= 0:
                cut[m, 0], cut[m, 1] = qx, qy
                m += 1
            if (side_q > 0 and side_r < 0) or (side_q < 0 and side_r > 0):
                t = side_q / (side_q - side_r)
                cut[m, 0], cut[m, 1] = qx + t * (rx - qx), qy + t * (ry - qy)
                m += 1
        n = m
        if n < 3:
            return 0.0
        poly[:n] = cut[:n]
    area = 0.0
    for k in range(n):
        j = (k + 1) % n
        area += poly[k, 0] * poly[j, 1] - poly[j, 0] * poly[k, 1]
    return max(area / 2, 0.0)
