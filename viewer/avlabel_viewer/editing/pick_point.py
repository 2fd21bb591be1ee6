"""The point of a cloud under the cursor."""

from __future__ import annotations

import numpy as np
from numba import njit

from avlabel.core.arrays import Float32
from avlabel_viewer.viewpoints.viewpoint import Viewpoint

DEPTH_M = 0.6
"""Points this far behind the first are of the same surface: the nearest to the cursor is taken."""


def pick_point(
    points: Float32, view: Viewpoint, u_px: float, v_px: float, radius_px: float = 6.0
) -> int | None:
    """Index of the point under a pixel: the foremost, and of those the nearest to the cursor.

    Args:
        points: (N, 3) metres, world.
        view: in which.
        u_px: cursor.
        v_px: cursor.
        radius_px: how far beside the cursor a point may be.

    Returns:
        Its index; None if there is none.
    """
    ray, beside = view.ray(u_px, v_px), view.ray(u_px + radius_px, v_px)
    if not np.isfinite(ray.direction + beside.direction).all():
        return None
    radius = float(np.linalg.norm(beside.origin - ray.origin))
    growth = float(np.linalg.norm(beside.direction - ray.direction))
    found = _nearest(np.ascontiguousarray(points), ray.origin, ray.direction, radius, growth)
    return int(found) if found >= 0 else None


@njit(cache=True, nogil=True)
def _nearest(points, origin, direction, radius, growth):  # type: ignore[no-untyped-def]
    """Points within a cone, or cylinder, around the ray; twice, to know the foremost first."""
    first, best, best_off = np.inf, -1, np.inf
    for p in range(len(points)):
        depth, off = _place(points[p], origin, direction)
        if 0.0 < depth < first and off <= radius + growth * depth:
            first = depth
    for p in range(len(points)):
        depth, off = _place(points[p], origin, direction)
        if not first <= depth <= first + DEPTH_M:
            continue
        off /= radius + growth * depth
        if off <= 1.0 and off < best_off:
            best, best_off = p, off
    return best


@njit(cache=True, nogil=True)
def _place(point, origin, direction):  # type: ignore[no-untyped-def]
    """Metres along a ray, and beside it."""
    x, y, z = point[0] - origin[0], point[1] - origin[1], point[2] - origin[2]
    depth = x * direction[0] + y * direction[1] + z * direction[2]
    away = x * x + y * y + z * z - depth * depth
    return depth, np.sqrt(max(away, 0.0))
