"""Cuboids as cameras see them, as a struct of arrays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace

import numpy as np

from avlabel.core.arrays import BoolArray, Float32, Int16, Int32, Int64, IntArray


@dataclass(frozen=True, slots=True, eq=False)
class Projections:
    """N pairs of a cuboid and an image in which it is visible, one row each.

    Attributes:
        cameras: the C ``sensor_id`` that ``camera`` indexes.
        frame_idx: (N,) int32 frame number.
        camera: (N,) int16 index into ``cameras``.
        cuboid_id: (N,) int64, the cuboid drawn here.
        uv_box: (N, 4) float32 pixels u0, v0, u1, v1 of the box around it, clipped to the image.
        corners_px: (N, 8, 2) float32 pixels of the corners in the order of
            ``geometry.boxes.corners``, unclipped; NaN for corners the camera model cannot
            see (behind it, or outside its valid field of view).
        depth_m: (N,) float32 depth of the centre along the optical axis; negative for what a
            wide lens sees behind.
        truncation: (N,) float32 in 0..1, share of the box outside the image.
        occlusion: (N,) float32 in 0..1, share hidden by nearer LiDAR returns and boxes, of what
            is in the image and known; NaN where nothing is known.
        occlusion_known: (N,) float32 in 0..1, share of what is in the image for which a LiDAR
            return or a nearer box could tell; NaN where only boxes were looked at, or nothing.
        t_capture_ns: (N,) int64 when the camera saw this cuboid.
    """

    cameras: tuple[str, ...]
    frame_idx: Int32
    camera: Int16
    cuboid_id: Int64
    uv_box: Float32
    corners_px: Float32
    depth_m: Float32
    truncation: Float32
    occlusion: Float32
    occlusion_known: Float32
    t_capture_ns: Int64

    @classmethod
    def empty(cls, cameras: Sequence[str] = ()) -> Projections:
        """Nothing visible."""
        return cls(
            cameras=tuple(cameras),
            frame_idx=np.zeros(0, np.int32),
            camera=np.zeros(0, np.int16),
            cuboid_id=np.zeros(0, np.int64),
            uv_box=np.zeros((0, 4), np.float32),
            corners_px=np.zeros((0, 8, 2), np.float32),
            depth_m=np.zeros(0, np.float32),
            truncation=np.zeros(0, np.float32),
            occlusion=np.zeros(0, np.float32),
            occlusion_known=np.zeros(0, np.float32),
            t_capture_ns=np.zeros(0, np.int64),
        )

    def __len__(self) -> int:
        """Number of rows."""
        return len(self.frame_idx)

    @property
    def sensor_id(self) -> list[str]:
        """N camera names."""
        return [self.cameras[code] for code in self.camera]

    def select(self, keep: BoolArray | IntArray | slice) -> Projections:
        """The rows that ``keep`` (mask, indices or slice) picks, in its order."""
        names = [f.name for f in fields(self) if f.name != "cameras"]
        return replace(self, **{name: getattr(self, name)[keep] for name in names})

    @classmethod
    def concatenate(cls, parts: Sequence[Projections]) -> Projections:
        """All rows of ``parts`` (at least one, all with the same ``cameras``), in order."""
        if any(part.cameras != parts[0].cameras for part in parts):
            raise ValueError("projections: expected parts with the same cameras")
        names = [f.name for f in fields(cls) if f.name != "cameras"]
        rows = {name: np.concatenate([getattr(part, name) for part in parts]) for name in names}
        return cls(cameras=parts[0].cameras, **rows)
