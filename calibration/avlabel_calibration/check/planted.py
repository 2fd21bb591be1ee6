"""A recording with a known error planted in it, to see whether the rules find it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from scipy.spatial.transform import Rotation

from avlabel.core.arrays import FloatArray
from avlabel.core.log import ImageIndex, Log, SweepIndex, Truth
from avlabel.core.rig import Camera, Rig
from avlabel.core.se3 import SE3
from avlabel.core.sweep import Sweep
from avlabel.core.trajectory import Trajectory
from avlabel_calibration.check.mounting import misreadings


@dataclass(frozen=True, slots=True, eq=False)
class PlantedLog:
    """Another log, some of it replaced; see ``avlabel.core.log.Log``.

    Attributes:
        original: what the rest is taken from.
        rig: the sensors.
        trajectory: the ego poses.
        images: by camera.
        alter_sweep: what becomes of each sweep read.
    """

    original: Log
    rig: Rig
    trajectory: Trajectory
    images: Mapping[str, ImageIndex]
    alter_sweep: Callable[[Sweep], Sweep] = lambda sweep: sweep

    @classmethod
    def of(cls, log: Log) -> PlantedLog:
        """Nothing replaced yet."""
        return cls(log, log.rig, log.trajectory, log.images)

    @property
    def log_id(self) -> str:
        """Name of the drive."""
        return self.original.log_id

    @property
    def root(self) -> Path:
        """Folder that image URIs are relative to."""
        return self.original.root

    @property
    def source_uri(self) -> str:
        """Where that folder lies for good."""
        return self.original.source_uri

    @property
    def sweeps(self) -> SweepIndex:
        """Sweeps of the chosen LiDAR."""
        return self.original.sweeps

    @property
    def metadata(self) -> Mapping[str, str]:
        """Facts worth keeping."""
        return self.original.metadata

    def read_sweep(self, index: int) -> Sweep:
        """Read sweep ``index`` and alter it."""
        return self.alter_sweep(self.original.read_sweep(index))

    def read_truth(self) -> Truth | None:
        """Labels that come with the recording."""
        return self.original.read_truth()


def with_camera(log: Log, camera_id: str, change: Callable[[Camera], Camera]) -> PlantedLog:
    """One camera changed."""
    cameras = {**log.rig.cameras, camera_id: change(log.rig.cameras[camera_id])}
    return replace(PlantedLog.of(log), rig=Rig(log.rig.lidars, cameras))


def placed(log: Log, camera_id: str, change: Callable[[SE3], SE3]) -> PlantedLog:
    """One camera's ego_from_camera changed."""
    return with_camera(
        log, camera_id, lambda c: replace(c, ego_from_sensor=change(c.ego_from_sensor))
    )


def turned(log: Log, camera_id: str, rotvec_deg: FloatArray) -> PlantedLog:
    """A camera turned about its own axes by a rotation vector (3,) in degrees."""
    turn = SE3(Rotation.from_rotvec(np.deg2rad(rotvec_deg)).as_matrix(), np.zeros(3))
    return placed(log, camera_id, lambda pose: pose @ turn)


def moved(log: Log, camera_id: str, shift_m: FloatArray) -> PlantedLog:
    """A camera moved along its own axes by (3,) metres."""
    shift = SE3(np.eye(3), np.asarray(shift_m, np.float64))
    return placed(log, camera_id, lambda pose: pose @ shift)


def with_reading(log: Log, camera_id: str, reading: str) -> PlantedLog:
    """A camera whose extrinsic is read in one of ``mounting.misreadings``."""
    return with_camera(log, camera_id, lambda camera: misreadings(camera)[reading])


def inverted(log: Log, camera_id: str) -> PlantedLog:
    """A camera whose camera_from_ego is taken for ego_from_camera."""
    return with_reading(log, camera_id, "inverted")


def with_opengl_axes(log: Log, camera_id: str) -> PlantedLog:
    """A camera whose axes are x right, y up, z backward."""
    return with_reading(log, camera_id, "opengl")


def mirrored(log: Log, camera_id: str) -> PlantedLog:
    """A camera whose x axis points the other way, the others as they are."""
    flip = np.diag([-1.0, 1.0, 1.0])
    return placed(log, camera_id, lambda pose: SE3(pose.rotation @ flip, pose.translation))


def delayed(log: Log, camera_id: str, seconds: float) -> PlantedLog:
    """A camera whose images are stamped later than they were exposed."""
    index = log.images[camera_id]
    later = replace(index, timestamp_ns=index.timestamp_ns + round(seconds * 1e9))
    return replace(PlantedLog.of(log), images={**log.images, camera_id: later})


def swapped(log: Log, first: str, second: str) -> PlantedLog:
    """Two cameras whose image files are exchanged, times and calibration as they are."""
    a, b = log.images[first], log.images[second]
    count = min(len(a), len(b))
    images = {
        **log.images,
        first: ImageIndex(first, a.timestamp_ns[:count], list(b.uris[:count])),
        second: ImageIndex(second, b.timestamp_ns[:count], list(a.uris[:count])),
    }
    return replace(PlantedLog.of(log), images=images)


def with_lidar_moved(log: Log, ego_from_ego: SE3) -> PlantedLog:
    """A LiDAR that is not where the rig has it: all its points moved within ego."""
    return replace(
        PlantedLog.of(log),
        alter_sweep=lambda sweep: replace(sweep, points_ego=ego_from_ego.apply(sweep.points_ego)),
    )


def with_poses(log: Log, change: Callable[[SE3], SE3]) -> PlantedLog:
    """Ego poses changed, the stack as a whole."""
    trajectory = log.trajectory
    return replace(
        PlantedLog.of(log),
        trajectory=replace(trajectory, world_from_ego=change(trajectory.world_from_ego)),
    )
