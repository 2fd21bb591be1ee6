"""Which sensors a vehicle carries and where they sit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from avlabel.core.arrays import Float64, Int64
from avlabel.core.cameras import CameraModel
from avlabel.core.se3 import SE3

Shutter = Literal["global", "rolling"]


@dataclass(frozen=True, slots=True, eq=False)
class Lidar:
    """A spinning LiDAR.

    Attributes:
        sensor_id: unique in the rig.
        ego_from_sensor: single transform.
    """

    sensor_id: str
    ego_from_sensor: SE3


@dataclass(frozen=True, slots=True, eq=False)
class Camera:
    """A camera on the vehicle.

    Attributes:
        sensor_id: unique in the rig.
        ego_from_sensor: single transform; camera x right, y down, z forward.
        model: intrinsics, distortion and image size.
        shutter: "global", or "rolling" from the top row to the bottom row.
        readout_ns: time from the first row to the last; 0 for a global shutter.
        time_offset_ns: how much later than the recording itself says images were exposed; it
            is in the image times of a log already.
    """

    sensor_id: str
    ego_from_sensor: SE3
    model: CameraModel
    shutter: Shutter = "global"
    readout_ns: int = 0
    time_offset_ns: int = 0

    def row_time_ns(self, timestamp_ns: int, rows_px: Float64) -> Int64:
        """(N,) int64: when each image row was exposed; ``timestamp_ns`` is the middle row's."""
        middle = (self.model.height_px - 1) / 2
        offset = (rows_px - middle) / self.model.height_px * self.readout_ns
        return timestamp_ns + offset.round().astype("int64")


@dataclass(frozen=True, slots=True, eq=False)
class Rig:
    """All sensors of a vehicle, by ``sensor_id``; the first LiDAR is the main one."""

    lidars: Mapping[str, Lidar]
    cameras: Mapping[str, Camera]
