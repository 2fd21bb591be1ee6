"""The frames of a scene: when each is, and where the ego vehicle is in it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from avlabel.core.arrays import Int32, Int64, IntArray
from avlabel.core.se3 import SE3


@dataclass(frozen=True, slots=True, eq=False)
class Frames:
    """N frames in order of time.

    Attributes:
        frame_idx: (N,) int32, the recording's own frame numbers, strictly increasing.
        ref_ns: (N,) int64 reference time, the middle of each sweep, strictly increasing.
        world_from_ego: stack of N transforms, at ``ref_ns``.

    Raises:
        ValueError: if the lengths differ, or numbers or times do not increase.
    """

    frame_idx: Int32
    ref_ns: Int64
    world_from_ego: SE3

    def __post_init__(self) -> None:
        lengths = {len(self.frame_idx), len(self.ref_ns), len(self.world_from_ego)}
        if len(lengths) != 1:
            raise ValueError(f"frames: expected equal lengths, got {sorted(lengths)}")
        if np.any(np.diff(self.frame_idx) <= 0) or np.any(np.diff(self.ref_ns) <= 0):
            raise ValueError("frames: expected numbers and times that strictly increase")

    def __len__(self) -> int:
        """Number of frames."""
        return len(self.frame_idx)

    def positions(self, frame_idx: IntArray) -> Int64:
        """(M,) int64 rows of the given frame numbers (M,).

        Raises:
            ValueError: for a number that no frame has.
        """
        wanted = np.asarray(frame_idx)
        rows = np.searchsorted(self.frame_idx, wanted)
        found = rows < len(self)
        found[found] = self.frame_idx[rows[found]] == wanted[found]
        if not np.all(found):
            raise ValueError(f"frames: no frame {int(wanted[~found][0])}")
        return rows.astype(np.int64)
