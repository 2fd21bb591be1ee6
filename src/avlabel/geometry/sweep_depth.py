"""What a sweep tells of who stands before whom: a few thousand of its points."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import njit

from avlabel.core.arrays import Float32, Float64, Int16
from avlabel.core.sweep import Sweep
from avlabel.geometry.angles import azimuth, elevation

CELL_RAD = np.deg2rad(0.5)
"""One point is kept in each cell of this width and height around the sensor."""
COARSE_BELOW = int(np.deg2rad(45.0 - 8.0) / CELL_RAD)
COARSE = 3
"""Below this row (8 degrees down) cells are this many times as wide and high: what is so near
looks large, and most of it is road."""
ROWS, COLUMNS = 180, 720
"""Cells from 45 degrees below to 45 above the horizon, and around; steeper returns are left out."""
CELLS_A_RAD = 1.0 / CELL_RAD
MAX_RANGE_M = 150.0
CM, MM = 100.0, 1000.0
"""To the metre."""


@dataclass(frozen=True, slots=True, eq=False)
class SweepDepth:
    """The nearest returns of one sweep, 6 bytes each.

    Sweeps of 64 beams keep 12,000 to 18,000 of them, 70 to 110 kB; never more than 130,000.

    Attributes:
        ref_ns: the ego frame is that of this time.
        points_cm: (P, 3) int16 centimetres, ego frame at ``ref_ns``.
    """

    ref_ns: int
    points_cm: Int16

    @property
    def points_ego(self) -> Float64:
        """(P, 3) float64 metres, ego frame at ``ref_ns``."""
        return self.points_cm / CM


def sweep_depth(sweep: Sweep, sensor_xyz: Float64) -> SweepDepth:
    """Thin a sweep to the nearest return of each half degree around the sensor.

    Points are taken in whole millimetres, as scenes store them: the answer is the same from a
    recording and from a scene.

    Args:
        sweep: compensated points.
        sensor_xyz: (3,) where the sensor sits in the ego frame.
    """
    points_mm: Float32 = np.rint(sweep.points_ego * np.float32(MM))
    kept = points_mm[_nearest(points_mm, (MM * sensor_xyz).astype(np.float32))]
    return SweepDepth(sweep.ref_ns, np.rint(kept * np.float32(CM / MM)).astype(np.int16))


@njit(cache=True, nogil=True, error_model="numpy")
def _nearest(points, sensor):  # type: ignore[no-untyped-def]
    """(K,) indices of the nearest point (N, 3) of each cell, millimetres."""
    best = np.full(ROWS * COLUMNS, np.float32(np.inf), np.float32)
    index = np.full(ROWS * COLUMNS, -1, np.int32)
    limit = np.float32((MM * MAX_RANGE_M) ** 2)
    for p in range(len(points)):
        x, y = points[p, 0] - sensor[0], points[p, 1] - sensor[1]
        z = points[p, 2] - sensor[2]
        flat2 = x * x + y * y
        range2 = flat2 + z * z
        # Written so that a point that is not a number, or at the sensor itself, is never kept.
        if not (z * z < flat2 and range2 < limit):
            continue
        row = min(ROWS - 1, int((elevation(z, np.sqrt(flat2)) + 0.25 * np.pi) * CELLS_A_RAD))
        column = min(COLUMNS - 1, int(azimuth(x, y) * CELLS_A_RAD))
        if row < COARSE_BELOW:
            row, column = row - row % COARSE, column - column % COARSE
        cell = row * COLUMNS + column
        if range2 < best[cell] or (range2 == best[cell] and _comes_first(points, p, index[cell])):
            best[cell] = range2
            index[cell] = p
    return index[index >= 0]


@njit(cache=True, nogil=True, error_model="numpy")
def _comes_first(points, p, q):  # type: ignore[no-untyped-def]
    """Of equally near points one is taken by where it is, not by where it stands in the sweep."""
    for axis in range(3):
        if points[p, axis] != points[q, axis]:
            return points[p, axis] < points[q, axis]
    return False
