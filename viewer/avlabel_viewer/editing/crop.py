"""The few points that matter of a whole sweep, in one pass over it."""

from __future__ import annotations

import numpy as np
from numba import njit

from avlabel.core.arrays import Float32, Float64, Int64
from avlabel_viewer.editing.placement import Placement


def inside(
    points: Float32, placement: Placement, grown_m: float | tuple[float, float, float] = 0.0
) -> Int64:
    """Indices of the points inside a box that is grown by metres on each side.

    Args:
        points: (N, 3) metres, world.
        placement: the box.
        grown_m: along length, width and height, or the same along all; may be negative.
    """
    half = np.maximum(placement.size_lwh / 2 + grown_m, 0.0)
    found: Int64 = _inside(np.ascontiguousarray(points), placement.center, placement.rotation, half)
    return found


def around(points: Float32, xy: Float64, radius_m: float) -> Int64:
    """Indices of the points within a horizontal distance of a place, whatever their height.

    Args:
        points: (N, 3) metres, world.
        xy: (2+,) metres, world.
        radius_m: how far.
    """
    found: Int64 = _around(np.ascontiguousarray(points), float(xy[0]), float(xy[1]), radius_m)
    return found


@njit(cache=True, nogil=True)
def _inside(points, center, rotation, half):  # type: ignore[no-untyped-def]
    found = np.empty(len(points), np.int64)
    reach = np.abs(rotation) @ half
    n = 0
    for p in range(len(points)):
        x, y = points[p, 0] - center[0], points[p, 1] - center[1]
        if not (abs(x) <= reach[0] and abs(y) <= reach[1]):
            continue
        z = points[p, 2] - center[2]
        kept = True
        for a in range(3):
            along = rotation[0, a] * x + rotation[1, a] * y + rotation[2, a] * z
            kept &= abs(along) <= half[a]
        if kept:
            found[n] = p
            n += 1
    return found[:n].copy()


@njit(cache=True, nogil=True)
def _around(points, x0, y0, radius):  # type: ignore[no-untyped-def]
    found = np.empty(len(points), np.int64)
    n = 0
    for p in range(len(points)):
        x, y = points[p, 0] - x0, points[p, 1] - y0
        if x * x + y * y <= radius * radius:
            found[n] = p
            n += 1
    return found[:n].copy()
