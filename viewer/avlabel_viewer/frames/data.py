"""All sensor data of one frame, ready to be drawn."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from avlabel.core.arrays import BoolArray, Float32, Int16, IntArray, UInt8

COLUMNS = ("points", "intensity", "ring", "time_s", "height_m", "is_ground")


@dataclass(frozen=True, slots=True, eq=False)
class FrameData:
    """One frame's sweep, of all LiDARs, and its images.

    Attributes:
        frame_idx: the recording's own frame number.
        points: (N, 3) float32 metres, the scene's world, motion-compensated.
        intensity: (N,) int16 on the sensor's own scale.
        ring: (N,) int16 beam, -1 where unknown.
        time_s: (N,) float32 seconds from the frame's reference time.
        height_m: (N,) float32 above the ground beneath.
        is_ground: (N,) bool.
        images: (H, W, 3) uint8 RGB by camera, as large as the camera's calibration says or 2, 4
            or 8 times smaller: pixel u of the calibration is at ``(u + 0.5) * W / width_px - 0.5``.
            What the frame lacks or cannot be read is absent.
        problems: what could not be read, and why.
        pending: cameras whose images, in the wanted size, are still to be read.
    """

    frame_idx: int
    points: Float32
    intensity: Int16
    ring: Int16
    time_s: Float32
    height_m: Float32
    is_ground: BoolArray
    images: Mapping[str, UInt8] = field(default_factory=dict)
    problems: tuple[str, ...] = ()
    pending: frozenset[str] = frozenset()

    @classmethod
    def empty(cls, frame_idx: int, problems: tuple[str, ...] = ()) -> FrameData:
        """No points, no images."""
        return cls(
            frame_idx,
            points=np.zeros((0, 3), np.float32),
            intensity=np.zeros(0, np.int16),
            ring=np.zeros(0, np.int16),
            time_s=np.zeros(0, np.float32),
            height_m=np.zeros(0, np.float32),
            is_ground=np.zeros(0, np.bool_),
            problems=problems,
        )

    @classmethod
    def joined(cls, frame_idx: int, parts: list[FrameData]) -> FrameData:
        """All points of ``parts``, in their order, without images."""
        columns: dict[str, Any] = {
            name: np.concatenate([getattr(part, name) for part in parts]) for name in COLUMNS
        }
        problems = tuple(problem for part in parts for problem in part.problems)
        return cls(frame_idx, **columns, problems=problems)

    def __len__(self) -> int:
        """Number of points."""
        return len(self.points)

    @property
    def n_bytes(self) -> int:
        """Bytes that points and images take."""
        arrays = [*(getattr(self, name) for name in COLUMNS), *self.images.values()]
        return sum(int(array.nbytes) for array in arrays)

    def select(self, keep: BoolArray | IntArray | slice) -> FrameData:
        """The same frame with the points that ``keep`` (mask, indices or slice) picks."""
        # Twice as fast as picking from each column by the mask.
        rows = np.arange(len(self))[keep]
        columns: dict[str, Any] = {
            name: np.take(getattr(self, name), rows, axis=0) for name in COLUMNS
        }
        return replace(self, **columns)
