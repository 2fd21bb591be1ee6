"""One turn of a LiDAR, as a struct of arrays."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from avlabel.core.arrays import BoolArray, Float32, Int16, Int32, IntArray


@dataclass(frozen=True, slots=True, eq=False)
class Sweep:
    """Points of one LiDAR turn, in ring order where rings are known.

    Attributes:
        frame_idx: the recording's own frame number.
        sensor_id: which LiDAR.
        ref_ns: reference time; the middle of the sweep.
        points_ego: (N, 3) float32 metres. If ``compensated``, in the ego frame at ``ref_ns``;
            otherwise each point is in the ego frame at its own time.
        intensity: (N,) int16 on the sensor's own scale, 0 to 255 for most.
        ring: (N,) int16 beam number, -1 where unknown.
        t_offset_ns: (N,) int32 time of each point relative to ``ref_ns``; 0 where unknown.
        compensated: whether ego motion during the turn has been taken out.
    """

    frame_idx: int
    sensor_id: str
    ref_ns: int
    points_ego: Float32
    intensity: Int16
    ring: Int16
    t_offset_ns: Int32
    compensated: bool

    def __len__(self) -> int:
        """Number of points."""
        return len(self.points_ego)

    def select(self, keep: BoolArray | IntArray) -> Sweep:
        """The same sweep with the points that ``keep`` (mask or indices) picks."""
        return replace(
            self,
            points_ego=self.points_ego[keep],
            intensity=self.intensity[keep],
            ring=self.ring[keep],
            t_offset_ns=self.t_offset_ns[keep],
        )

    @property
    def end_offset_ns(self) -> tuple[int, int]:
        """First and last point's time relative to ``ref_ns``; (0, 0) for an empty sweep."""
        if not len(self):
            return 0, 0
        return int(np.min(self.t_offset_ns)), int(np.max(self.t_offset_ns))
