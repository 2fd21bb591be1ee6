"""All sensor data of one frame, ready to be drawn."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from avlabel.core.arrays import BoolArray, Float32, Int16, UInt8


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
        images: (H, W, 3) uint8 RGB by camera; what the frame lacks or cannot be read is absent.
        problems: what could not be read, and why.
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

    def __len__(self) -> int:
        """Number of points."""
        return len(self.points)
