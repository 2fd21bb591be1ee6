"""Which box each point is in: fast enough to be asked again at every edit."""

from __future__ import annotations

import numpy as np
from numba import njit

from avlabel.core.arrays import FloatArray, Int32
from avlabel.core.cuboids import Cuboids
from avlabel.core.se3 import matrix_from_quat

NO_BOX = -1
CELL_M = 4.0
MOST_CELLS = 256
"""Along each side of the grid; boxes farther apart make larger cells."""


def box_of_points(points: FloatArray, cuboids: Cuboids, margin_m: float = 0.0) -> Int32:
    """The smallest box that each point is in, faces included.

    Boxes are sorted into the cells of a grid seen from above, so that a point meets only the few
    of its own cell.

    Args:
        points: (P, 3) metres, same frame as ``cuboids``; what is not finite is in no box.
        cuboids: N boxes.
        margin_m: grows every box by this much on each side.

    Returns:
        (P,) int32 rows of ``cuboids``, ``NO_BOX`` for none.
    """
    if not len(cuboids) or not len(points):
        return np.full(len(points), NO_BOX, np.int32)
    half = cuboids.size_lwh.astype(np.float64) / 2 + margin_m
    smallest_first = np.argsort(np.prod(half, axis=1), kind="stable")
    half, center = half[smallest_first], cuboids.center[smallest_first]
    rotation = matrix_from_quat(cuboids.quat_wxyz[smallest_first])
    reach = np.einsum("nij,nj->ni", np.abs(rotation), half)[:, :2]
    low, high = (center[:, :2] - reach).min(axis=0), (center[:, :2] + reach).max(axis=0)
    cell_m = max(CELL_M, float((high - low).max()) / MOST_CELLS)
    first, last = ((center[:, :2] + side * reach - low) // cell_m for side in (-1, +1))
    boxes, offsets = _sorted_into_cells(first.astype(np.int64), last.astype(np.int64))
    found = _box_of_points(points, low, cell_m, boxes, offsets, center, half, rotation)
    return np.asarray(np.append(smallest_first, NO_BOX)[found], np.int32)


@njit(cache=True, nogil=True)
def _sorted_into_cells(first, last):  # type: ignore[no-untyped-def]
    """Boxes by cell, smallest first, and (X, Y, 2) the bounds of each cell's in them."""
    nx, ny = last[:, 0].max() + 1, last[:, 1].max() + 1
    bounds = np.zeros((nx, ny, 2), np.int64)
    for b in range(len(first)):
        for i in range(first[b, 0], last[b, 0] + 1):
            for j in range(first[b, 1], last[b, 1] + 1):
                bounds[i, j, 1] += 1
    total = 0
    for i in range(nx):
        for j in range(ny):
            n = bounds[i, j, 1]
            bounds[i, j, 0] = bounds[i, j, 1] = total
            total += n
    boxes = np.empty(total, np.int64)
    for b in range(len(first)):
        for i in range(first[b, 0], last[b, 0] + 1):
            for j in range(first[b, 1], last[b, 1] + 1):
                boxes[bounds[i, j, 1]] = b
                bounds[i, j, 1] += 1
    return boxes, bounds


@njit(cache=True, nogil=True)
def _box_of_points(points, low, cell_m, boxes, bounds, center, half, rotation):  # type: ignore[no-untyped-def]
    nx, ny = bounds.shape[:2]
    out = np.full(len(points), -1, np.int64)
    for p in range(len(points)):
        u, v = (points[p, 0] - low[0]) / cell_m, (points[p, 1] - low[1]) / cell_m
        # Written so that a point that is not a number is never inside.
        if not (u >= 0.0 and v >= 0.0 and u < nx and v < ny):
            continue
        for k in range(bounds[int(u), int(v), 0], bounds[int(u), int(v), 1]):
            b = boxes[k]
            r = rotation[b]
            dx = points[p, 0] - center[b, 0]
            dy = points[p, 1] - center[b, 1]
            dz = points[p, 2] - center[b, 2]
            if not abs(r[0, 0] * dx + r[1, 0] * dy + r[2, 0] * dz) <= half[b, 0]:
                continue
            if not abs(r[0, 1] * dx + r[1, 1] * dy + r[2, 1] * dz) <= half[b, 1]:
                continue
            if not abs(r[0, 2] * dx + r[1, 2] * dy + r[2, 2] * dz) <= half[b, 2]:
                continue
            out[p] = b
            break
    return out
