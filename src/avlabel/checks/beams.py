"""Beams of a sweep against boxes: what is inside, what went through, what is just outside."""

from __future__ import annotations

import numpy as np
from numba import njit

from avlabel.core.arrays import Float32, Float64, Int32

BINS = 720
"""Around the vehicle. A box looks only at the directions that its surroundings take up."""
MARGIN_M = 2.0
"""How far around a box the ground is looked at."""
GROUND_M = 0.2
"""What is no higher belongs to the ground."""
ROUGH_M = 0.1
"""Roads are smoother than this, from one cell to the next; bushes, and what lies about, are not."""
HIDDEN_M = 0.6
"""Where nothing lower is seen, such as on a wall behind the next car, the ground is hidden."""
SAME_M = 0.15
"""Points this near to the estimated ground tell how high it really is."""
LOW_M = 0.25
"""What is no higher above the lower face of a box shows that the ground may lie there."""
BAND_M, SKIN_M = 0.3, 0.05
"""Depth of the bands beside a face, which begin outside of the noise of ranges."""
CORE = 0.6
"""Share of each half side that nothing solid would let a beam through: corners are round."""
BEYOND_M = 0.5
"""A beam went through if it met something at least this far behind."""
CELL_M = 0.5
SIDE = 96
"""Cells along the longest box and its surroundings."""


def look(
    points: Float32,
    height: Float32,
    center: Float64,
    half: Float64,
    rotation: Float64,
    origin: Float64,
) -> tuple[Int32, Float64, Int32, Int32, Int32]:
    """Look at B boxes.

    Args:
        points: (P, 3) float32 metres, in the boxes' frame.
        height: (P,) float32 metres above the ground.
        center: (B, 3) float64.
        half: (B, 3) float64 half length, width, height.
        rotation: (B, 3, 3) float64, frame from box.
        origin: (B, 3) float64 where the beams that meet each box come from.

    Returns:
        (B, 19) int32 counts: solid, through, blocked, then outside, beyond and within each of five
        faces, and low; (B,) float64 metres that the ground around lies above its estimate;
        (B,) int32 points that tell it; (B,) int32 cells around that show ground, and (B,) int32
        that show anything.
    """
    order, first = _by_direction(points)
    reach = np.hypot(half[:, 0], half[:, 1]) + MARGIN_M
    owned = _owned(points, order, first, center, half, rotation, reach)
    seen: tuple[Int32, Float64, Int32, Int32, Int32] = _look(
        points, height, order, first, owned, center, half, rotation, origin, reach
    )
    return seen


@njit(cache=True, nogil=True)
def _by_direction(points):  # type: ignore[no-untyped-def]
    """Indices of points sorted by direction (counting sort), and where each direction begins."""
    n = len(points)
    bin_of = np.empty(n, np.int32)
    first = np.zeros(BINS + 1, np.int64)
    for p in range(n):
        turn = np.arctan2(points[p, 1], points[p, 0]) / (2 * np.pi) + 0.5
        bin_of[p] = min(int(turn * BINS), BINS - 1) if turn == turn else 0
        first[bin_of[p] + 1] += 1
    for b in range(BINS):
        first[b + 1] += first[b]
    order, at = np.empty(n, np.int64), first.copy()
    for p in range(n):
        order[at[bin_of[p]]] = p
        at[bin_of[p]] += 1
    return order, first


@njit(cache=True, nogil=True)
def _bins(x, y, reach):  # type: ignore[no-untyped-def]
    """First direction and number of directions in which a circle lies; all if it is around us."""
    away = np.hypot(x, y)
    if away <= reach:
        return 0, BINS
    wide = np.arcsin(reach / away)
    middle = np.arctan2(y, x)
    low = int(np.floor(((middle - wide) / (2 * np.pi) + 0.5) * BINS))
    high = int(np.floor(((middle + wide) / (2 * np.pi) + 0.5) * BINS))
    return low, min(high - low + 1, BINS)


@njit(cache=True, nogil=True)
def _local(points, p, center, r):  # type: ignore[no-untyped-def]
    dx, dy, dz = points[p, 0] - center[0], points[p, 1] - center[1], points[p, 2] - center[2]
    return (
        r[0, 0] * dx + r[1, 0] * dy + r[2, 0] * dz,
        r[0, 1] * dx + r[1, 1] * dy + r[2, 1] * dz,
        r[0, 2] * dx + r[1, 2] * dy + r[2, 2] * dz,
    )


@njit(cache=True, nogil=True)
def _owned(points, order, first, center, half, rotation, reach):  # type: ignore[no-untyped-def]
    """(P,) bool: whether each point lies in any box."""
    owned = np.zeros(len(points), np.bool_)
    for b in range(len(center)):
        low, n_bins = _bins(center[b, 0], center[b, 1], reach[b] - MARGIN_M)
        for k in range(low, low + n_bins):
            bin_ = k % BINS
            for q in range(first[bin_], first[bin_ + 1]):
                p = order[q]
                if abs(points[p, 0] - center[b, 0]) > reach[b]:
                    continue
                x, y, z = _local(points, p, center[b], rotation[b])
                if abs(x) <= half[b, 0] and abs(y) <= half[b, 1] and abs(z) <= half[b, 2]:
                    owned[p] = True
    return owned


@njit(cache=True, nogil=True, error_model="numpy")
def _look(points, height, order, first, owned, center, half, rotation, origin, reach):  # type: ignore[no-untyped-def]
    n = len(center)
    counts, floor = np.zeros((n, 19), np.int32), np.zeros(n)
    n_floor, low_cells, cells = np.zeros(n, np.int32), np.zeros(n, np.int32), np.zeros(n, np.int32)
    lowest = np.empty((SIDE, SIDE), np.float32)
    for b in range(n):
        c, h, r = center[b], half[b], rotation[b]
        start = _seen_from(origin[b], c, r)
        lowest[:] = np.inf
        low, n_bins = _bins(c[0], c[1], reach[b])
        for k in range(low, low + n_bins):
            bin_ = k % BINS
            for q in range(first[bin_], first[bin_ + 1]):
                p = order[q]
                x, y, z = _local(points, p, c, r)
                _beam(counts[b], start, x, y, z, h, height[p])
                if abs(x) > h[0] + MARGIN_M or abs(y) > h[1] + MARGIN_M:
                    continue
                counts[b, 18] += z < LOW_M - h[2]
                # Bonnets and roofs are as level as the ground.
                if abs(height[p]) < SAME_M and not owned[p]:
                    floor[b] += height[p]
                    n_floor[b] += 1
                inside = abs(x) <= h[0] and abs(y) <= h[1] and abs(z) <= h[2]
                if owned[p] and not inside:
                    continue
                if height[p] > GROUND_M:
                    _beside_faces(counts[b], x, y, z, h)
                _lower(lowest, x, y, h, height[p])
        floor[b] /= max(n_floor[b], 1)
        low_cells[b], cells[b] = _ground_cells(lowest)
    return counts, floor, n_floor, low_cells, cells


@njit(cache=True, nogil=True)
def _seen_from(origin, c, r):  # type: ignore[no-untyped-def]
    """The sensor in the axes of a box."""
    dx, dy, dz = origin[0] - c[0], origin[1] - c[1], origin[2] - c[2]
    return (
        r[0, 0] * dx + r[1, 0] * dy + r[2, 0] * dz,
        r[0, 1] * dx + r[1, 1] * dy + r[2, 1] * dz,
        r[0, 2] * dx + r[1, 2] * dy + r[2, 2] * dz,
    )


@njit(cache=True, nogil=True, error_model="numpy")
def _beam(counts, start, x, y, z, h, height):  # type: ignore[no-untyped-def]
    """Count one beam as solid, through or blocked (slabs, Kay and Kajiya 1986)."""
    if abs(x) <= h[0] and abs(y) <= h[1] and abs(z) <= h[2]:
        counts[0] += height > GROUND_M
        return
    enter, leave = 0.0, np.inf
    end = (x, y, z)
    for d in range(3):
        step = end[d] - start[d]
        core = CORE * h[d]
        if step == 0.0:
            if abs(start[d]) > core:
                return
            continue
        t0, t1 = (-core - start[d]) / step, (core - start[d]) / step
        enter, leave = max(enter, min(t0, t1)), min(leave, max(t0, t1))
    if enter >= leave:
        return
    length = np.sqrt((x - start[0]) ** 2 + (y - start[1]) ** 2 + (z - start[2]) ** 2)
    if (1.0 - leave) * length > BEYOND_M:
        counts[1] += 1
    elif enter > 1.0:
        counts[2] += 1


@njit(cache=True, nogil=True)
def _beside_faces(counts, x, y, z, h):  # type: ignore[no-untyped-def]
    """Count a point in the bands outside, beyond and inside of each face."""
    across = abs(y) <= h[1] and abs(z) <= h[2]
    along = abs(x) <= h[0] and abs(z) <= h[2]
    above = abs(x) <= h[0] and abs(y) <= h[1]
    out = (x - h[0], -x - h[0], y - h[1], -y - h[1], z - h[2])
    facing = (across, across, along, along, above)
    for face in range(5):
        if not facing[face]:
            continue
        if SKIN_M < out[face] <= SKIN_M + BAND_M:
            counts[3 + face] += 1
        elif SKIN_M + BAND_M < out[face] <= SKIN_M + 2 * BAND_M:
            counts[8 + face] += 1
        elif -BAND_M < out[face] <= SKIN_M:
            counts[13 + face] += 1


@njit(cache=True, nogil=True)
def _lower(lowest, x, y, h, height):  # type: ignore[no-untyped-def]
    """Note a point beside the box in its cell."""
    if abs(x) <= h[0] + BAND_M and abs(y) <= h[1] + BAND_M:
        return
    i, j = int((x + h[0] + MARGIN_M) / CELL_M), int((y + h[1] + MARGIN_M) / CELL_M)
    if i < SIDE and j < SIDE and height < lowest[i, j]:
        lowest[i, j] = height


@njit(cache=True, nogil=True)
def _ground_cells(lowest):  # type: ignore[no-untyped-def]
    low, some = 0, 0
    for i in range(SIDE):
        for j in range(SIDE):
            if lowest[i, j] < HIDDEN_M:
                some += 1
                low += abs(lowest[i, j]) < ROUGH_M
    return low, some
