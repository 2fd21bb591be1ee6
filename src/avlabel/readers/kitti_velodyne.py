"""KITTI's Velodyne HDL-64E clouds: float32 x, y, z, reflectance, already motion-compensated."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from avlabel.core.arrays import Float32, Int16
from avlabel.core.log import SweepIndex
from avlabel.core.sweep import Sweep
from avlabel.readers.files import read_float32_rows
from avlabel.readers.kitti_calib import EGO_FROM_VELO, LIDAR

BEAMS = 64


@dataclass(frozen=True, slots=True, eq=False)
class VelodyneFiles:
    """The clouds of one recording.

    Attributes:
        files: by frame number.
        sweeps: their index.
    """

    files: Mapping[int, Path]
    sweeps: SweepIndex

    def only(self, frame_idx: int) -> VelodyneFiles:
        """The one frame."""
        row = np.flatnonzero(self.sweeps.frame_idx == frame_idx)
        index = SweepIndex(
            LIDAR,
            self.sweeps.frame_idx[row],
            self.sweeps.start_ns[row],
            self.sweeps.end_ns[row],
            [self.files[frame_idx]],
        )
        return VelodyneFiles({frame_idx: self.files[frame_idx]}, index)

    def read(self, index: int) -> Sweep:
        """Sweep at a position in ``sweeps``.

        Raises:
            ReadError: if the file is missing, empty or truncated.
        """
        frame_idx = int(self.sweeps.frame_idx[index])
        cloud = read_cloud(self.files[frame_idx])
        # Infinite coordinates times zero are NaN; the ingest stage drops both.
        with np.errstate(invalid="ignore", over="ignore"):
            points_ego = np.asarray(EGO_FROM_VELO.apply(cloud[:, :3]), np.float32)
        return Sweep(
            frame_idx=frame_idx,
            sensor_id=LIDAR,
            ref_ns=int(self.sweeps.ref_ns[index]),
            points_ego=points_ego,
            intensity=_intensity(cloud[:, 3]),
            ring=rings(cloud),
            t_offset_ns=np.zeros(len(cloud), np.int32),
            compensated=True,
        )


def read_cloud(path: Path) -> Float32:
    """(N, 4) float32 x, y, z in metres in the Velodyne frame, reflectance 0..1.

    Raises:
        ReadError: if the file is missing, empty or ends within a point.
    """
    return read_float32_rows(path, 4)


def rings(cloud: Float32) -> Int16:
    """(N,) int16 beam of each point, 0 the topmost, -1 where the order does not tell.

    The files list beam after beam from the top, each once around by growing azimuth, so that
    every fall of the azimuth from a full turn to zero begins the next beam.
    """
    azimuth = np.arctan2(cloud[:, 1], cloud[:, 0])
    azimuth = np.where(azimuth < 0, azimuth + np.float32(2 * np.pi), azimuth)
    wraps = np.diff(azimuth, prepend=azimuth[:1]) < -np.pi
    ring = np.cumsum(wraps).astype(np.int16)
    return ring if ring[-1] < BEAMS else np.full(len(cloud), -1, np.int16)


def _intensity(reflectance: Float32) -> Int16:
    finite = np.nan_to_num(reflectance, nan=0.0)
    return np.rint(np.clip(finite, 0, 1) * 255).astype(np.int16)
