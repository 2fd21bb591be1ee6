"""What a network sees of a cluster: some of its points, and some of what stands around it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import njit

from avlabel.core.arrays import BoolArray, Float32, Float64, Int32, Int64

OWN_POINTS = 64
CONTEXT_POINTS = 32
MARGIN_M = 1.5
"""How far around a cluster's rectangle its surroundings reach."""
BIN_M = 2.0
POINT_FEATURES = 4
CLUSTER_FEATURES = 8


@dataclass(frozen=True, slots=True, eq=False)
class Patches:
    """C clusters in their own frames: origin on the ground under the rectangle's centre.

    The x axis lies along the rectangle's longer side and points away from the sensor.

    Attributes:
        points: (C, 96, 4) float32 x, y, height above ground (metres) and 1 for surroundings;
            thinned evenly, or repeated where there are fewer.
        distinct: (C, 96) bool: False for points that only repeat others; at least one is True.
        cluster: (C, 8) float32 length, width, bottom, top, log of the number of points, range,
            and the line of sight as cosine and sine.
        yaw: (C,) float64 direction of each frame's x axis in the ego frame.
    """

    points: Float32
    distinct: BoolArray
    cluster: Float32
    yaw: Float64

    def __len__(self) -> int:
        """Number of clusters."""
        return len(self.points)


def extract_patches(
    points_ego: Float32,
    above_ground_m: Float32,
    labels: Int32,
    order: Int64,
    offsets: Int64,
    rect: Float64,
    sensor_xy: Float64,
) -> Patches:
    """Patches of all clusters of a sweep.

    Args:
        points_ego: (N, 3) float32 metres.
        above_ground_m: (N,) float32.
        labels: (N,) int32 cluster of each point, negative for none.
        order: (M,) int64 point indices ordered by cluster.
        offsets: (C + 1,) int64 bounds of each cluster in ``order``.
        rect: (C, 5) float64 rectangles, as ``fit_rectangles`` gives them.
        sensor_xy: (2,) float64 where the LiDAR stands.
    """
    sight = np.arctan2(rect[:, 1] - sensor_xy[1], rect[:, 0] - sensor_xy[0])
    yaw = rect[:, 4] + np.where(rect[:, 3] > rect[:, 2], np.pi / 2, 0.0)
    yaw = yaw + np.where(np.cos(yaw - sight) < 0, np.pi, 0.0)
    standing = np.flatnonzero(above_ground_m > 0.25)
    sampled, heights, held = _sample(
        points_ego, above_ground_m, labels, order, offsets, rect, yaw, standing
    )
    facts = np.column_stack(
        [
            np.maximum(rect[:, 2], rect[:, 3]) / 5,
            np.minimum(rect[:, 2], rect[:, 3]) / 2,
            heights[:, 0],
            heights[:, 1] / 2,
            np.log(np.maximum(np.diff(offsets), 1)) / 5,
            np.hypot(rect[:, 0] - sensor_xy[0], rect[:, 1] - sensor_xy[1]) / 50,
            np.cos(sight - yaw),
            np.sin(sight - yaw),
        ]
    )
    place = np.arange(OWN_POINTS + CONTEXT_POINTS)
    distinct = (place < held[:, :1]) & (place < OWN_POINTS)
    distinct |= (place >= OWN_POINTS) & (place < OWN_POINTS + held[:, 1:])
    distinct[:, 0] = True
    return Patches(sampled, distinct, facts.astype(np.float32), yaw)


@njit(cache=True, nogil=True)
def _sample(points, above, labels, order, offsets, rect, yaw, standing):  # type: ignore[no-untyped-def]
    starts, binned, low_x, low_y, bins_x, bins_y = _bins(points, standing)
    n = len(rect)
    out = np.zeros((n, OWN_POINTS + CONTEXT_POINTS, POINT_FEATURES), np.float32)
    heights = np.zeros((n, 2))
    held = np.zeros((n, 2), np.int64)
    nearby = np.empty(4096, np.int64)
    for c in range(n):
        cos, sin = np.cos(yaw[c]), np.sin(yaw[c])
        own = offsets[c + 1] - offsets[c]
        heights[c, 0], heights[c, 1] = np.inf, -np.inf
        for k in range(offsets[c], offsets[c + 1]):
            heights[c, 0] = min(heights[c, 0], above[order[k]])
            heights[c, 1] = max(heights[c, 1], above[order[k]])
        for k in range(OWN_POINTS if own > 0 else 0):
            step = k * own // OWN_POINTS if own > OWN_POINTS else k % own
            _place(out[c, k], points, above, order[offsets[c] + step], rect[c], cos, sin, 0.0)
        half_a = max(rect[c, 2], rect[c, 3]) / 2 + MARGIN_M
        half_b = min(rect[c, 2], rect[c, 3]) / 2 + MARGIN_M
        reach = np.sqrt(half_a * half_a + half_b * half_b)
        found = 0
        first_x = max(int((rect[c, 0] - reach - low_x) / BIN_M), 0)
        last_x = min(int((rect[c, 0] + reach - low_x) / BIN_M), bins_x - 1)
        first_y = max(int((rect[c, 1] - reach - low_y) / BIN_M), 0)
        last_y = min(int((rect[c, 1] + reach - low_y) / BIN_M), bins_y - 1)
        for i in range(first_x, last_x + 1):
            for j in range(first_y, last_y + 1):
                cell = i * bins_y + j
                for k in range(starts[cell], starts[cell + 1]):
                    p = binned[k]
                    if labels[p] == c or found == len(nearby):
                        continue
                    x, y = points[p, 0] - rect[c, 0], points[p, 1] - rect[c, 1]
                    if abs(x * cos + y * sin) < half_a and abs(y * cos - x * sin) < half_b:
                        nearby[found] = p
                        found += 1
        held[c, 0], held[c, 1] = own, found
        for k in range(CONTEXT_POINTS):
            row = out[c, OWN_POINTS + k]
            if found == 0:
                # Nothing around: repeat an own point, so that the maximum is unchanged.
                row[:] = out[c, k % OWN_POINTS]
                continue
            step = k * found // CONTEXT_POINTS if found > CONTEXT_POINTS else k % found
            _place(row, points, above, nearby[step], rect[c], cos, sin, 1.0)
    return out, heights, held


@njit(cache=True, nogil=True)
def _place(row, points, above, p, rect, cos, sin, flag):  # type: ignore[no-untyped-def]
    x, y = points[p, 0] - rect[0], points[p, 1] - rect[1]
    row[0] = x * cos + y * sin
    row[1] = y * cos - x * sin
    row[2] = above[p]
    row[3] = flag


@njit(cache=True, nogil=True)
def _bins(points, chosen):  # type: ignore[no-untyped-def]
    """Chosen points sorted into square bins: bin starts, point indices, and the grid."""
    low_x = low_y = np.inf
    high_x = high_y = -np.inf
    for p in chosen:
        low_x, high_x = min(low_x, points[p, 0]), max(high_x, points[p, 0])
        low_y, high_y = min(low_y, points[p, 1]), max(high_y, points[p, 1])
    if len(chosen) == 0:
        return np.zeros(2, np.int64), chosen, 0.0, 0.0, 1, 1
    bins_x, bins_y = int((high_x - low_x) / BIN_M) + 1, int((high_y - low_y) / BIN_M) + 1
    starts = np.zeros(bins_x * bins_y + 1, np.int64)
    for p in chosen:
        cell = int((points[p, 0] - low_x) / BIN_M) * bins_y + int((points[p, 1] - low_y) / BIN_M)
        starts[cell + 1] += 1
    starts = np.cumsum(starts)
    fill = starts[:-1].copy()
    binned = np.empty(len(chosen), np.int64)
    for p in chosen:
        cell = int((points[p, 0] - low_x) / BIN_M) * bins_y + int((points[p, 1] - low_y) / BIN_M)
        binned[fill[cell]] = p
        fill[cell] += 1
    return starts, binned, low_x, low_y, bins_x, bins_y
