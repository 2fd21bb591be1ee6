"""Objects over time, as a struct of arrays."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace

import numpy as np

from avlabel.core.arrays import BoolArray, Float32, Int16, Int32, Int64, IntArray


@dataclass(frozen=True, slots=True, eq=False)
class Tracks:
    """N tracked objects, one row each.

    Attributes:
        track_id: (N,) int64, unique in a scene; cuboids refer to it.
        category: (N,) int16, index into the taxonomy's leaves.
        score: (N,) float32 in 0..1.
        first_frame: (N,) int32 frame number of the first cuboid.
        last_frame: (N,) int32 frame number of the last cuboid.
        n_observed: (N,) int32 cuboids seen rather than interpolated.
        size_lwh: (N, 3) float32 metres: length, width, height of the whole track.
        is_static: (N,) bool: stands still from first to last frame.
    """

    track_id: Int64
    category: Int16
    score: Float32
    first_frame: Int32
    last_frame: Int32
    n_observed: Int32
    size_lwh: Float32
    is_static: BoolArray

    @classmethod
    def empty(cls) -> Tracks:
        """No tracks."""
        return cls(
            track_id=np.zeros(0, np.int64),
            category=np.zeros(0, np.int16),
            score=np.zeros(0, np.float32),
            first_frame=np.zeros(0, np.int32),
            last_frame=np.zeros(0, np.int32),
            n_observed=np.zeros(0, np.int32),
            size_lwh=np.zeros((0, 3), np.float32),
            is_static=np.zeros(0, np.bool_),
        )

    def __len__(self) -> int:
        """Number of tracks."""
        return len(self.track_id)

    def select(self, keep: BoolArray | IntArray | slice) -> Tracks:
        """The rows that ``keep`` (mask, indices or slice) picks, in its order."""
        return replace(self, **{f.name: getattr(self, f.name)[keep] for f in fields(self)})
