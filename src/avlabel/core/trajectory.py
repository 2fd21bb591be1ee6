"""Where the ego vehicle was, and when."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.spatial.transform import Rotation

from avlabel.core.arrays import BoolArray, Float64, Int64
from avlabel.core.se3 import SE3
from avlabel.errors import TimeRangeError

MAX_GAP_NS = 1_000_000_000
"""Between poses further apart than this nothing is interpolated."""
MAX_EXTRAPOLATION_NS = 50_000_000
"""How far beyond the recorded poses every stage continues the motion, at most."""


@dataclass(frozen=True, slots=True, eq=False)
class Trajectory:
    """Ego poses over time.

    Attributes:
        timestamp_ns: (N,) int64, strictly increasing.
        world_from_ego: stack of N transforms.
        max_gap_ns: longest stretch without a pose that is still interpolated.

    Raises:
        TimeRangeError: if times do not increase strictly, or there are none.
    """

    timestamp_ns: Int64
    world_from_ego: SE3
    max_gap_ns: int = MAX_GAP_NS

    def __post_init__(self) -> None:
        if len(self.timestamp_ns) == 0 or len(self.timestamp_ns) != len(self.world_from_ego):
            raise TimeRangeError(
                f"trajectory: {len(self.timestamp_ns)} times for {len(self.world_from_ego)} poses; "
                "expected as many, at least one"
            )
        late = np.flatnonzero(np.diff(self.timestamp_ns) <= 0)
        if late.size:
            i = int(late[0])
            raise TimeRangeError(
                f"trajectory: pose {i + 1} at {self.timestamp_ns[i + 1]} ns is not after "
                f"pose {i} at {self.timestamp_ns[i]} ns"
            )

    @property
    def start_ns(self) -> int:
        """Time of the first pose."""
        return int(self.timestamp_ns[0])

    @property
    def end_ns(self) -> int:
        """Time of the last pose."""
        return int(self.timestamp_ns[-1])

    def covers(self, timestamp_ns: ArrayLike, *, extrapolate_ns: int = 0) -> BoolArray:
        """(...) bool: whether ``at`` would answer for each time."""
        t = np.asarray(timestamp_ns, dtype=np.int64)
        inside = (t >= self.start_ns - extrapolate_ns) & (t <= self.end_ns + extrapolate_ns)
        last = len(self.timestamp_ns) - 1
        if last == 0:
            return np.asarray(inside)
        after = np.clip(np.searchsorted(self.timestamp_ns, t), 1, last)
        gap = self.timestamp_ns[after] - self.timestamp_ns[after - 1]
        on_a_pose = (self.timestamp_ns[after] == t) | (self.timestamp_ns[after - 1] == t)
        return np.asarray(inside & (on_a_pose | (gap <= self.max_gap_ns)))

    def at(self, timestamp_ns: ArrayLike, *, extrapolate_ns: int = 0) -> SE3:
        """Poses at given times: slerp for rotation, linear for translation.

        Args:
            timestamp_ns: (...) int64; a scalar gives a single transform.
            extrapolate_ns: how far outside its range the end motion is continued.

        Raises:
            TimeRangeError: for a time outside the range, or inside a gap.
        """
        t = np.asarray(timestamp_ns, dtype=np.int64)
        covered = self.covers(t, extrapolate_ns=extrapolate_ns)
        if not np.all(covered):
            bad = int(np.atleast_1d(t)[~np.atleast_1d(covered)][0])
            raise TimeRangeError(
                f"trajectory: no pose at {bad} ns; poses span {self.start_ns} to {self.end_ns} ns "
                f"with gaps of at most {self.max_gap_ns / 1e9:g} s"
            )
        if len(self.timestamp_ns) == 1:
            pose = self.world_from_ego[0]
            return SE3(
                np.broadcast_to(pose.rotation, (*t.shape, 3, 3)),
                np.broadcast_to(pose.translation, (*t.shape, 3)),
            )
        return self._interpolate(t)

    def _interpolate(self, t: Int64) -> SE3:
        after = np.clip(np.searchsorted(self.timestamp_ns, t), 1, len(self.timestamp_ns) - 1)
        before = after - 1
        span = (self.timestamp_ns[after] - self.timestamp_ns[before]).astype(np.float64)
        part = (t - self.timestamp_ns[before]) / span
        p0, p1 = self.world_from_ego.translation[before], self.world_from_ego.translation[after]
        r0, r1 = self.world_from_ego.rotation[before], self.world_from_ego.rotation[after]
        turn = Rotation.from_matrix((np.swapaxes(r0, -1, -2) @ r1).reshape(-1, 3, 3)).as_rotvec()
        step = Rotation.from_rotvec(turn * np.reshape(part, (-1, 1))).as_matrix()
        rotation = r0 @ step.reshape(*t.shape, 3, 3)
        return SE3(rotation, p0 + np.expand_dims(part, -1) * (p1 - p0))

    def shifted(self, origin_m: Float64) -> Trajectory:
        """The same trajectory in a world whose origin lies at ``origin_m`` (3,) of this one."""
        pose = SE3(self.world_from_ego.rotation, self.world_from_ego.translation - origin_m)
        return Trajectory(self.timestamp_ns, pose, self.max_gap_ns)
