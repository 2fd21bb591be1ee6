"""What stands beside and before what, as the sensor sees it."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numba import njit

from avlabel.core.arrays import BoolArray, Float32, Float64, Int16, Int64

AZIMUTH_BINS = 720
NEARER_M = 0.5
"""What is nearer by less than this hides nothing."""


@dataclass(frozen=True, slots=True, eq=False)
class Sight:
    """The points of a sweep's clusters around the sensor.

    Attributes:
        azimuth_bin: (N,) int16 of each point; 0 for points of no cluster.
        range_m: (N,) float64 of each point; 0 for points of no cluster.
        nearest_m: (AZIMUTH_BINS,) float64 range of the nearest cluster, inf where there is none.
    """

    azimuth_bin: Int16
    range_m: Float64
    nearest_m: Float64

    def among(self, order: Int64) -> Sight:
        """The same with nothing standing there but the points (M,) ``order``."""
        return replace(self, nearest_m=_nearest(self.azimuth_bin, self.range_m, order))


def sight_from(sensor_xy: Float64, points_ego: Float32, order: Int64) -> Sight:
    """Look around from where the LiDAR stands.

    Args:
        sensor_xy: (2,) float64, ego frame.
        points_ego: (N, 3) float32 metres.
        order: (M,) int64 indices of the points that belong to clusters.
    """
    azimuth_bin, range_m = _look_around(sensor_xy, points_ego, order)
    return Sight(azimuth_bin, range_m, _nearest(azimuth_bin, range_m, order))


def beside_nearer(sight: Sight, order: Int64, offsets: Int64) -> BoolArray:
    """(C,) bool: whether another cluster, nearer by half a metre, borders each one in azimuth."""
    beside: BoolArray = _beside_nearer(
        sight.azimuth_bin, sight.range_m, sight.nearest_m, order, offsets
    )
    return beside


@njit(cache=True, nogil=True)
def _look_around(sensor_xy, points, order):  # type: ignore[no-untyped-def]
    bins = np.zeros(len(points), np.int16)
    ranges = np.zeros(len(points))
    for p in order:
        x, y = points[p, 0] - sensor_xy[0], points[p, 1] - sensor_xy[1]
        ranges[p] = np.sqrt(x * x + y * y)
        bins[p] = int((np.arctan2(y, x) / (2 * np.pi) + 0.5) * AZIMUTH_BINS) % AZIMUTH_BINS
    return bins, ranges


@njit(cache=True, nogil=True)
def _nearest(bins, ranges, order):  # type: ignore[no-untyped-def]
    nearest = np.full(AZIMUTH_BINS, np.inf)
    for p in order:
        nearest[bins[p]] = min(nearest[bins[p]], ranges[p])
    return nearest


@njit(cache=True, nogil=True)
def _beside_nearer(bins, ranges, nearest, order, offsets):  # type: ignore[no-untyped-def]
    out = np.zeros(len(offsets) - 1, np.bool_)
    mine = np.zeros(AZIMUTH_BINS, np.bool_)
    seen = np.empty(AZIMUTH_BINS, np.int64)
    for c in range(len(out)):
        if offsets[c + 1] == offsets[c]:
            continue
        own = order[offsets[c] : offsets[c + 1]]
        n = 0
        for p in own:
            if not mine[bins[p]]:
                mine[bins[p]] = True
                seen[n] = bins[p]
                n += 1
        limit = np.median(ranges[own]) - NEARER_M
        for b in seen[:n]:
            for side in (-2, -1, 1, 2):
                beside = (b + side) % AZIMUTH_BINS
                if not mine[beside] and nearest[beside] < limit:
                    out[c] = True
        mine[seen[:n]] = False
    return out
