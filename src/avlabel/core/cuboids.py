"""3D boxes as a struct of arrays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from enum import IntEnum
from typing import Literal

import numpy as np

from avlabel.core.arrays import (
    BoolArray,
    Float32,
    Float64,
    Int16,
    Int32,
    Int64,
    IntArray,
    UInt8,
)
from avlabel.core.se3 import SE3, matrix_from_quat, quat_from_matrix, yaw_from_quat

NO_TRACK = -1


class Source(IntEnum):
    """Where a cuboid comes from."""

    AUTO = 0
    INTERPOLATED = 1
    HUMAN = 2


@dataclass(frozen=True, slots=True, eq=False)
class Cuboids:
    """N boxes, one row each; x along the length, origin at the box's centre.

    Attributes:
        frame: what centres, quaternions and velocities are relative to.
        frame_idx: (N,) int32, the recording's own frame number.
        timestamp_ns: (N,) int64, when the box was where it is: the mean time of its points.
        cuboid_id: (N,) int64, unique in a scene.
        track_id: (N,) int64, ``NO_TRACK`` before tracking.
        category: (N,) int16, index into the taxonomy's leaves.
        center: (N, 3) float64 metres.
        quat_wxyz: (N, 4) float64 unit quaternions.
        size_lwh: (N, 3) float32 metres: length, width, height.
        velocity: (N, 3) float32 metres a second over ground, NaN where unknown.
        score: (N,) float32 in 0..1.
        num_points: (N,) int32 LiDAR points inside, -1 where not counted.
        source: (N,) uint8, a ``Source``.
        is_keyframe: (N,) bool: seen (or set by a person) here, not interpolated.
    """

    frame: Literal["ego", "world"]
    frame_idx: Int32
    timestamp_ns: Int64
    cuboid_id: Int64
    track_id: Int64
    category: Int16
    center: Float64
    quat_wxyz: Float64
    size_lwh: Float32
    velocity: Float32
    score: Float32
    num_points: Int32
    source: UInt8
    is_keyframe: BoolArray

    @classmethod
    def build(
        cls,
        frame: Literal["ego", "world"],
        *,
        frame_idx: IntArray,
        timestamp_ns: IntArray,
        category: IntArray,
        center: Float64,
        quat_wxyz: Float64,
        size_lwh: Float32 | Float64,
        cuboid_id: IntArray | None = None,
        track_id: IntArray | None = None,
        velocity: Float32 | Float64 | None = None,
        score: Float32 | Float64 | None = None,
        num_points: IntArray | None = None,
        source: IntArray | None = None,
        is_keyframe: BoolArray | None = None,
    ) -> Cuboids:
        """Build with the usual defaults and the declared dtypes.

        Ids count from 0, no track, unknown velocity, score 1, points not counted, ``AUTO``.
        """
        n = len(center)
        return cls(
            frame=frame,
            frame_idx=np.asarray(frame_idx, np.int32),
            timestamp_ns=np.asarray(timestamp_ns, np.int64),
            cuboid_id=_or_full(cuboid_id, np.arange(n), np.int64),
            track_id=_or_full(track_id, np.full(n, NO_TRACK), np.int64),
            category=np.asarray(category, np.int16),
            center=np.asarray(center, np.float64).reshape(n, 3),
            quat_wxyz=np.asarray(quat_wxyz, np.float64).reshape(n, 4),
            size_lwh=np.asarray(size_lwh, np.float32).reshape(n, 3),
            velocity=_or_full(velocity, np.full((n, 3), np.nan), np.float32),
            score=_or_full(score, np.ones(n), np.float32),
            num_points=_or_full(num_points, np.full(n, -1), np.int32),
            source=_or_full(source, np.full(n, Source.AUTO), np.uint8),
            is_keyframe=_or_full(is_keyframe, np.ones(n, bool), np.bool_),
        )

    @classmethod
    def empty(cls, frame: Literal["ego", "world"]) -> Cuboids:
        """No boxes."""
        none = np.zeros(0, np.int64)
        return cls.build(
            frame,
            frame_idx=none,
            timestamp_ns=none,
            category=none,
            center=np.zeros((0, 3)),
            quat_wxyz=np.zeros((0, 4)),
            size_lwh=np.zeros((0, 3)),
        )

    def __len__(self) -> int:
        """Number of boxes."""
        return len(self.center)

    def select(self, keep: BoolArray | IntArray | slice) -> Cuboids:
        """The rows that ``keep`` (mask, indices or slice) picks, in its order."""
        return Cuboids(self.frame, *(getattr(self, name)[keep] for name in COLUMNS))

    @classmethod
    def concatenate(cls, parts: Sequence[Cuboids]) -> Cuboids:
        """All rows of ``parts`` (at least one, all in the same frame), in order."""
        frames = {part.frame for part in parts}
        if len(frames) != 1:
            raise ValueError(f"cuboids: expected parts in one frame, got {sorted(frames)}")
        columns = (np.concatenate([getattr(part, name) for part in parts]) for name in COLUMNS)
        return cls(parts[0].frame, *columns)

    @property
    def yaw(self) -> Float64:
        """(N,) float64 radians, counter-clockwise from +x."""
        return yaw_from_quat(self.quat_wxyz)

    @property
    def bev(self) -> Float64:
        """(N, 5) float64 x, y, length, width, yaw."""
        return np.column_stack([self.center[:, :2], self.size_lwh[:, :2], self.yaw])

    @property
    def boxes(self) -> Float64:
        """(N, 7) float64 x, y, z, length, width, height, yaw."""
        return np.column_stack([self.center, self.size_lwh, self.yaw])

    def moved(self, dst_from_src: SE3, frame: Literal["ego", "world"]) -> Cuboids:
        """The same boxes in another frame; one transform for all, or one for each row."""
        pose = SE3(matrix_from_quat(self.quat_wxyz), self.center)
        placed = dst_from_src @ pose
        velocity = np.einsum("...ij,...j->...i", dst_from_src.rotation, self.velocity)
        return replace(
            self,
            frame=frame,
            center=np.asarray(placed.translation),
            quat_wxyz=quat_from_matrix(placed.rotation),
            velocity=velocity.astype(np.float32),
        )


COLUMNS = tuple(f.name for f in fields(Cuboids) if f.name != "frame")
"""Names of the columns, in order."""


def _or_full(given: object, default: np.ndarray, dtype: type) -> np.ndarray:
    return np.asarray(default if given is None else given, dtype)
