"""Corners of boxes, and the points inside them."""

from __future__ import annotations

import numpy as np
from numba import njit

from avlabel.core.arrays import Float64, FloatArray, Int32, Int64
from avlabel.core.cuboids import Cuboids
from avlabel.core.se3 import matrix_from_quat

UNIT_CORNERS = 0.5 * np.array(
    [
        [+1, +1, -1],
        [+1, -1, -1],
        [-1, -1, -1],
        [-1, +1, -1],
        [+1, +1, +1],
        [+1, -1, +1],
        [-1, -1, +1],
        [-1, +1, +1],
    ],
    dtype=np.float64,
)
"""(8, 3) corners of the unit box: bottom then top, each front-left, front-right, rear-right,
rear-left."""

EDGES = np.array(
    [[0, 1], [1, 2], [2, 3], [3, 0], [4, 5], [5, 6], [6, 7], [7, 4], [0, 4], [1, 5], [2, 6], [3, 7]]
)
"""(12, 2) pairs of corner indices joined by an edge."""


def corners(cuboids: Cuboids) -> Float64:
    """(N, 8, 3) float64 metres, in the cuboids' frame, ordered as ``UNIT_CORNERS``."""
    local = UNIT_CORNERS * cuboids.size_lwh[:, None, :].astype(np.float64)
    rotation = matrix_from_quat(cuboids.quat_wxyz)
    return np.asarray(np.einsum("nij,nkj->nki", rotation, local) + cuboids.center[:, None, :])


def bev_corners(bev: Float64) -> Float64:
    """(N, 4, 2) corners, counter-clockwise, of (N, 5) boxes x, y, length, width, yaw."""
    unit = 0.5 * np.array([[1, 1], [-1, 1], [-1, -1], [1, -1]], dtype=np.float64)
    local = unit * bev[:, None, 2:4]
    c, s = np.cos(bev[:, 4])[:, None], np.sin(bev[:, 4])[:, None]
    x = local[..., 0] * c - local[..., 1] * s + bev[:, None, 0]
    y = local[..., 0] * s + local[..., 1] * c + bev[:, None, 1]
    return np.stack([x, y], axis=-1)


def count_points(points: FloatArray, cuboids: Cuboids, margin_m: float = 0.0) -> Int32:
    """(N,) int32 number of points (P, 3) inside each box; points and boxes share a frame."""
    hits = points_in_boxes(points, cuboids, margin_m)
    return np.array([len(inside) for inside in hits], dtype=np.int32)


def points_in_boxes(points: FloatArray, cuboids: Cuboids, margin_m: float = 0.0) -> list[Int64]:
    """Indices of the points inside each box, faces included.

    Args:
        points: (P, 3), same frame as ``cuboids``.
        cuboids: N boxes.
        margin_m: grows every box by this much on each side.

    Returns:
        N arrays of int64 indices into ``points``, ascending.
    """
    if len(cuboids) == 0:
        return []
    center = cuboids.center
    half = cuboids.size_lwh.astype(np.float64) / 2 + margin_m
    rotation = matrix_from_quat(cuboids.quat_wxyz)
    flat, offsets = _points_in_boxes(np.ascontiguousarray(points), center, half, rotation)
    return [flat[offsets[i] : offsets[i + 1]] for i in range(len(cuboids))]


@njit(cache=True, nogil=True)
def _points_in_boxes(points, center, half, rotation):  # type: ignore[no-untyped-def]
    """Sort points by x once; each box then looks only at its own stretch of x."""
    n_boxes = center.shape[0]
    order = np.argsort(points[:, 0])
    xs = points[order, 0]
    found = np.empty(1024, np.int64)
    total = 0
    offsets = np.zeros(n_boxes + 1, np.int64)
    for b in range(n_boxes):
        r = rotation[b]
        reach = np.abs(r[0, 0]) * half[b, 0] + np.abs(r[0, 1]) * half[b, 1]
        reach += np.abs(r[0, 2]) * half[b, 2]
        # 1e-3 guards float32 points against the float64 box; the exact test follows.
        first = np.searchsorted(xs, center[b, 0] - reach - 1e-3)
        start = total
        for k in range(first, len(xs)):
            if xs[k] > center[b, 0] + reach + 1e-3:
                break
            p = order[k]
            # Written so that a point that is not a number is never inside.
            dx = points[p, 0] - center[b, 0]
            dy = points[p, 1] - center[b, 1]
            dz = points[p, 2] - center[b, 2]
            if not abs(r[0, 0] * dx + r[1, 0] * dy + r[2, 0] * dz) <= half[b, 0]:
                continue
            if not abs(r[0, 1] * dx + r[1, 1] * dy + r[2, 1] * dz) <= half[b, 1]:
                continue
            if not abs(r[0, 2] * dx + r[1, 2] * dy + r[2, 2] * dz) <= half[b, 2]:
                continue
            if total == len(found):
                grown = np.empty(2 * len(found), np.int64)
                grown[:total] = found
                found = grown
            found[total] = p
            total += 1
        found[start:total] = np.sort(found[start:total])
        offsets[b + 1] = total
    return found[:total], offsets
