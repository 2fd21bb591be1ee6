"""What a cluster measures: its rectangle, heights, points and time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np
from numba import njit

from avlabel.core.arrays import BoolArray, Float32, Float64, Int32, Int64, IntArray
from avlabel.core.sweep import Sweep
from avlabel.stages.detection.boxfit import fit_rectangles
from avlabel.stages.detection.sight import Sight, beside_nearer


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
        return Shapes(*(getattr(self, f.name)[keep] for f in fields(self)))

    @classmethod
    def concatenate(cls, parts: Sequence[Shapes]) -> Shapes:
        """All clusters of ``parts`` (at least one), in order."""
        names = [f.name for f in fields(cls)]
        return cls(*(np.concatenate([getattr(part, name) for part in parts]) for name in names))


def measure(
    sweep: Sweep, above_ground_m: Float32, sight: Sight, order: Int64, offsets: Int64
) -> Shapes:
    """Measure clusters of one sweep.

    Args:
        sweep: N points in the ego frame.
        above_ground_m: (N,) float32 height of each point above ground.
        sight: of the same points.
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
        beside_nearer=beside_nearer(sight, order, offsets),
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
