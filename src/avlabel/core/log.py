"""What a reader gives: one recorded drive, nothing loaded yet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np

from avlabel.core.arrays import BoolArray, Float64, Int32, Int64
from avlabel.core.cuboids import Cuboids
from avlabel.core.rig import Rig
from avlabel.core.sweep import Sweep
from avlabel.core.trajectory import Trajectory


@dataclass(frozen=True, slots=True, eq=False)
class SweepIndex:
    """The sweeps of one LiDAR, in the recording's order.

    Attributes:
        sensor_id: which LiDAR.
        frame_idx: (N,) int32, the recording's own frame numbers.
        start_ns: (N,) int64 first point.
        end_ns: (N,) int64 last point; equal to ``start_ns`` where points carry no time.
        files: N files that the sweeps are read from; none if sweeps are no files.
    """

    sensor_id: str
    frame_idx: Int32
    start_ns: Int64
    end_ns: Int64
    files: Sequence[Path] = ()

    def __len__(self) -> int:
        """Number of sweeps."""
        return len(self.frame_idx)

    @property
    def ref_ns(self) -> Int64:
        """(N,) int64 middle of each sweep."""
        return self.start_ns + (self.end_ns - self.start_ns) // 2


@dataclass(frozen=True, slots=True, eq=False)
class ImageIndex:
    """The images of one camera, in the recording's order.

    Attributes:
        sensor_id: which camera.
        timestamp_ns: (N,) int64 exposure of the middle row.
        uris: N paths relative to the log's ``root``, POSIX style.
    """

    sensor_id: str
    timestamp_ns: Int64
    uris: Sequence[str]

    def __len__(self) -> int:
        """Number of images."""
        return len(self.uris)


@dataclass(frozen=True, slots=True, eq=False)
class Truth:
    """Human or simulated labels that a recording carries.

    Attributes:
        cuboids: in the recording's world; ``num_points`` is -1 where not counted yet.
        ignored: (N,) bool: neither missed nor matched against (DontCare, unsure, other class).
        camera: labels cover only what this camera sees; None if all around.
        ignore_frame_idx: (M,) int32 frames of the ignored image regions.
        ignore_uv: (M, 4) float64 regions u0, v0, u1, v1 in pixels of ``camera``.
    """

    cuboids: Cuboids
    ignored: BoolArray
    camera: str | None
    ignore_frame_idx: Int32
    ignore_uv: Float64

    @classmethod
    def all_around(cls, cuboids: Cuboids) -> Truth:
        """A truth that covers the full circle and ignores nothing."""
        return cls(
            cuboids,
            np.zeros(len(cuboids), np.bool_),
            None,
            np.zeros(0, np.int32),
            np.zeros((0, 4)),
        )


class Log(Protocol):
    """One recorded drive. Indexes are read at opening, points and images when asked for."""

    @property
    def log_id(self) -> str:
        """Name of the drive; a valid folder name."""
        ...

    @property
    def root(self) -> Path:
        """Folder that image URIs are relative to, on a disk that can be read here and now."""
        ...

    @property
    def source_uri(self) -> str:
        """Where that folder lies for good: what a scene notes, and what names the input."""
        ...

    @property
    def rig(self) -> Rig:
        """Sensors."""
        ...

    @property
    def trajectory(self) -> Trajectory:
        """Ego poses in the recording's own world, z up, metres, float64."""
        ...

    @property
    def sweeps(self) -> SweepIndex:
        """Sweeps of the chosen LiDAR."""
        ...

    @property
    def images(self) -> Mapping[str, ImageIndex]:
        """Images by camera; cameras of the rig without images are absent."""
        ...

    @property
    def metadata(self) -> Mapping[str, str]:
        """Facts worth keeping: format, where poses come from, licence."""
        ...

    def read_sweep(self, index: int) -> Sweep:
        """Read sweep ``index`` (position in ``sweeps``, not frame number).

        Raises:
            ReadError: if the file is missing, truncated or malformed.
        """
        ...

    def read_truth(self) -> Truth | None:
        """Labels that come with the recording, or None.

        Raises:
            ReadError: if a label file is malformed.
        """
        ...
