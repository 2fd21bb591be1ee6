"""What a cluster measures: its rectangle, heights, points and time."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import njit

from avlabel.core.arrays import BoolArray, Float32, Float64, Int32, Int64, IntArray
from avlabel.core.sweep import Sweep
from avlabel.stages.detection.boxfit import fit_rectangles

AZIMUTH_BINS = 720


@dataclass(frozen=True, slots=True, eq=False)
class Shapes:
    """C clusters, measured; nothing is completed or classified yet.

    Attributes:
        rect: (C, 5) float64 centre x, y, extent along yaw, extent across, yaw; ego frame.
        ground_m: (C,) float64 height of the ground under the centre, ego frame.
        bottom_m: (C,) float64 lowest point above ground.
        top_m: (C,) float64 highest point above ground.
        num_points: (C,) int32.
        mean_offset_ns: (C,) int64 mean point time relative to the sweep's reference.
        beside_nearer: (C,) bool: something nearer stands right beside it, as the sensor sees it,
            so that a part may be hidden.
        flatness: (C,) float64 share of points within 0.12 m of one long edge; 1 for a wall.
    """

    rect: Float64
    ground_m: Float64
    bottom_m: Float64
    top_m: Float64
    num_points: Int32
    mean_offset_ns: Int64
    beside_nearer: BoolArray
    flatness: Float64

    def __len__(self) -> int:
        """Number of clusters."""
        return len(self.rect)

    def select(self, keep: BoolArray | IntArray) -> Shapes:
        """The rows that ``keep`` (mask or indices) picks, in its order."""
        return Shapes(
            self.rect[keep],
            self.ground_m[keep],
            self.bottom_m[keep],
            self.top_m[keep],
            self.num_points[keep],
            self.mean_offset_ns[keep],
            self.beside_nearer[keep],
            self.flatness[keep],
        )


def measure(
    sweep: Sweep, above_ground_m: Float32, sensor_xy: Float64, order: Int64, offsets: Int64
) -> Shapes:
    """Measure clusters of one sweep.

    Args:
        sweep: N points in the ego frame.
        sensor_xy: (2,) float64 where the LiDAR stands, ego frame.
        above_ground_m: (N,) float32 height of each point above ground.
        order: (M,) int64 point indices ordered by cluster.
        offsets: (C + 1,) int64 bounds of each cluster in ``order``.

    Returns:
        C shapes.
    """
    rect = fit_rectangles(sweep.points_ego, order, offsets)
    heights, offset_ns = _summaries(
        sweep.points_ego, above_ground_m, sweep.t_offset_ns, order, offsets
    )
    return Shapes(
        rect=rect,
        ground_m=heights[:, 0],
        bottom_m=heights[:, 1],
        top_m=heights[:, 2],
        num_points=np.diff(offsets).astype(np.int32),
        mean_offset_ns=offset_ns,
        beside_nearer=_beside_nearer(sweep.points_ego, sensor_xy, order, offsets),
        flatness=_flatness(sweep.points_ego, rect, order, offsets),
    )


@njit(cache=True, nogil=True)
def _summaries(points, above, t_offset_ns, order, offsets):  # type: ignore[no-untyped-def]
    heights = np.zeros((len(offsets) - 1, 3))
    mean_offset = np.zeros(len(offsets) - 1, np.int64)
    for c in range(len(heights)):
        ground, low, high, time = 0.0, np.inf, -np.inf, 0
        for k in range(offsets[c], offsets[c + 1]):
            p = order[k]
            ground += points[p, 2] - above[p]
            low = min(low, above[p])
            high = max(high, above[p])
            time += t_offset_ns[p]
        n = max(offsets[c + 1] - offsets[c], 1)
        heights[c, 0], heights[c, 1], heights[c, 2] = ground / n, low, high
        mean_offset[c] = time // n
    return heights, mean_offset


@njit(cache=True, nogil=True)
def _beside_nearer(points, sensor_xy, order, offsets):  # type: ignore[no-untyped-def]
    """Whether another cluster, nearer by half a metre, borders each one in azimuth."""
    nearest = np.full(AZIMUTH_BINS, np.inf)
    bins = np.empty(len(order), np.int64)
    ranges = np.empty(len(order))
    for k in range(len(order)):
        x = points[order[k], 0] - sensor_xy[0]
        y = points[order[k], 1] - sensor_xy[1]
        ranges[k] = np.sqrt(x * x + y * y)
        bins[k] = int((np.arctan2(y, x) / (2 * np.pi) + 0.5) * AZIMUTH_BINS) % AZIMUTH_BINS
        nearest[bins[k]] = min(nearest[bins[k]], ranges[k])
    out = np.zeros(len(offsets) - 1, np.bool_)
    mine = np.zeros(AZIMUTH_BINS, np.bool_)
    for c in range(len(out)):
        own = slice(offsets[c], offsets[c + 1])
        if offsets[c + 1] == offsets[c]:
            continue
        middle = np.median(ranges[own])
        for b in bins[own]:
            mine[b] = True
        for b in bins[own]:
            for side in (-2, -1, 1, 2):
                beside = (b + side) % AZIMUTH_BINS
                if not mine[beside] and nearest[beside] < middle - 0.5:
                    out[c] = True
        for b in bins[own]:
            mine[b] = False
    return out


@njit(cache=True, nogil=True)
def _flatness(points, rect, order, offsets):  # type: ignore[no-untyped-def]
    out = np.zeros(len(rect))
    for c in range(len(rect)):
        yaw = rect[c, 4] if rect[c, 2] >= rect[c, 3] else rect[c, 4] + np.pi / 2
        half = min(rect[c, 2], rect[c, 3]) / 2
        cos, sin = np.cos(yaw), np.sin(yaw)
        left, right = 0, 0
        for k in range(offsets[c], offsets[c + 1]):
            x = points[order[k], 0] - rect[c, 0]
            y = points[order[k], 1] - rect[c, 1]
            across = -x * sin + y * cos
            left += across > half - 0.12
            right += across < -half + 0.12
        out[c] = max(left, right) / max(offsets[c + 1] - offsets[c], 1)
    return out
