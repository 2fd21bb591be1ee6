"""Upright rectangles around clusters, by the closeness criterion.

X. Zhang, W. Xu, C. Dong, J. M. Dolan, "Efficient L-shape fitting for vehicle detection using
laser scanners", IEEE Intelligent Vehicles Symposium 2017: for each heading in a quarter turn,
points score by how close they lie to the nearer of the rectangle's visible edges. Here each
point is rated against the edge it is closest to, and a large area costs.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from avlabel.core.arrays import Float32, Float64, FloatArray, Int64

NEAREST_M = 0.03
COARSE_STEPS = 30
FINE_STEPS = 5


def fit_rectangles(points: Float32, order: Int64, offsets: Int64, max_points: int = 300) -> Float64:
    """Fit one rectangle to each cluster, in the ground plane.

    Args:
        points: (N, 2+) float32 metres.
        order: (M,) int64 point indices ordered by cluster.
        offsets: (C + 1,) int64 bounds of each cluster in ``order``.
        max_points: more points than this are thinned evenly before the search.

    Returns:
        (C, 5) float64 centre x, y, extent along yaw, extent across, yaw in [0, pi/2): both
        extents as measured, neither completed nor ordered.
    """
    out: Float64 = _fit_all(np.ascontiguousarray(points), order, offsets, max_points)
    return out


def fit_rectangle(xy: FloatArray) -> Float64:
    """(5,) float64 the same for one cluster of points (N, 2+)."""
    flat = np.ascontiguousarray(xy[:, :2], dtype=np.float32)
    bounds = np.array([0, len(flat)], np.int64)
    return np.asarray(fit_rectangles(flat, np.arange(len(flat), dtype=np.int64), bounds)[0])


@njit(cache=True, nogil=True)
def _fit_all(points, order, offsets, max_points):  # type: ignore[no-untyped-def]
    out = np.zeros((len(offsets) - 1, 5))
    x, y = np.empty(max_points), np.empty(max_points)
    along, across = np.empty(max_points), np.empty(max_points)
    for c in range(len(out)):
        start, stop = offsets[c], offsets[c + 1]
        if stop == start:
            continue
        # A local origin keeps precision; the step thins evenly whatever the order.
        ox, oy = points[order[start], 0], points[order[start], 1]
        n = min(stop - start, max_points)
        for k in range(n):
            p = order[start + (k * (stop - start)) // n]
            x[k], y[k] = points[p, 0] - ox, points[p, 1] - oy
        yaw = _best_yaw(x[:n], y[:n], along, across)
        _extent(points, order, start, stop, ox, oy, yaw, out[c])
    return out


@njit(cache=True, nogil=True)
def _best_yaw(x, y, along, across):  # type: ignore[no-untyped-def]
    coarse = np.pi / 2 / COARSE_STEPS
    best, best_score = 0.0, -np.inf
    for k in range(COARSE_STEPS):
        score = _closeness(x, y, k * coarse, along, across)
        if score > best_score:
            best, best_score = k * coarse, score
    middle = best
    for k in range(-FINE_STEPS, FINE_STEPS + 1):
        yaw = middle + k * coarse / (FINE_STEPS + 1)
        score = _closeness(x, y, yaw, along, across)
        if score > best_score:
            best, best_score = yaw, score
    return best % (np.pi / 2)


# The compiler takes several points at once if told that they are finite, and that their scores may
# be added in any order.
@njit(cache=True, nogil=True, fastmath={"nnan", "nsz", "reassoc"}, error_model="numpy")
def _closeness(x, y, yaw, along, across):  # type: ignore[no-untyped-def]
    c, s = np.cos(yaw), np.sin(yaw)
    low_a = low_b = np.inf
    high_a = high_b = -np.inf
    for p in range(len(x)):
        a, b = x[p] * c + y[p] * s, y[p] * c - x[p] * s
        along[p], across[p] = a, b
        low_a, high_a = min(low_a, a), max(high_a, a)
        low_b, high_b = min(low_b, b), max(high_b, b)
    score = 0.0
    for p in range(len(x)):
        a, b = along[p], across[p]
        nearest = min(min(a - low_a, high_a - a), min(b - low_b, high_b - b))
        score += 1.0 / (nearest + NEAREST_M)
    area = (high_a - low_a + 0.1) * (high_b - low_b + 0.1)
    return score / len(x) * NEAREST_M - 0.02 * area


@njit(cache=True, nogil=True)
def _extent(points, order, start, stop, ox, oy, yaw, out):  # type: ignore[no-untyped-def]
    c, s = np.cos(yaw), np.sin(yaw)
    low_a = low_b = np.inf
    high_a = high_b = -np.inf
    for k in range(start, stop):
        x = points[order[k], 0] - ox
        y = points[order[k], 1] - oy
        a, b = x * c + y * s, -x * s + y * c
        low_a, high_a = min(low_a, a), max(high_a, a)
        low_b, high_b = min(low_b, b), max(high_b, b)
    mid_a, mid_b = (low_a + high_a) / 2, (low_b + high_b) / 2
    out[0] = ox + mid_a * c - mid_b * s
    out[1] = oy + mid_a * s + mid_b * c
    out[2] = high_a - low_a
    out[3] = high_b - low_b
    out[4] = yaw
