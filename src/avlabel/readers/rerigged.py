"""A recording with another rig than its own: a calibration refined or written by hand."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np

from avlabel.core.log import ImageIndex, Log, Truth
from avlabel.core.rig import Rig
from avlabel.core.se3 import SE3
from avlabel.core.sweep import Sweep
from avlabel.core.trajectory import Trajectory
from avlabel.errors import CalibrationError
from avlabel.readers.odometry import MADE_BY
from avlabel.readers.recorded_log import RecordedLog

UNMOVED_M = 1e-12

Sensor = TypeVar("Sensor")


def with_rig(log: Log, rig: Rig, name: str) -> Log:
    """The same recording, seen through another rig.

    Where the rig places the LiDAR elsewhere, points move with it: a point keeps its place in
    the sensor's frame. A compensated sweep counts as taken at once, in the middle of the sweep.
    The vehicle's recorded path and the labels stay in the world. A path that was made from the
    sweeps becomes that of the vehicle by the new rig, and the world its new first pose. Images
    take the time offsets of the new rig.

    Args:
        log: the recording.
        rig: must have all sensors of ``log.rig``; what it has beyond them is left out.
        name: of the rig, for the log's metadata and for errors.

    Raises:
        CalibrationError: if a sensor is missing, or images have another size.
    """
    rig = Rig(
        _fitting(name, "lidar", log.rig.lidars, rig.lidars),
        _fitting(name, "camera", log.rig.cameras, rig.cameras),
    )
    _check_sizes(name, log, rig)
    lidar = log.sweeps.sensor_id
    old, new = log.rig.lidars[lidar].ego_from_sensor, rig.lidars[lidar].ego_from_sensor
    moved = np.abs(old.matrix - new.matrix).max() > UNMOVED_M
    lidar_moved = _LidarMoved(log, new @ old.inverse())
    return RecordedLog(
        log_id=log.log_id,
        root=log.root,
        rig=rig,
        trajectory=lidar_moved.trajectory() if moved else log.trajectory,
        sweeps=log.sweeps,
        images={name: _later(log, rig, name) for name in log.images},
        metadata={**log.metadata, "rig": name},
        load_sweep=lidar_moved.read_sweep if moved else log.read_sweep,
        load_truth=lidar_moved.read_truth if moved else log.read_truth,
    )


@dataclass(frozen=True, slots=True, eq=False)
class _LidarMoved:
    """A recording whose LiDAR is said to sit elsewhere.

    ``new_from_old`` takes points from where they were in the ego frame to where they are now.
    """

    log: Log
    new_from_old: SE3

    def read_sweep(self, index: int) -> Sweep:
        sweep = self.log.read_sweep(index)
        # Infinite coordinates times zero are NaN; the ingest stage drops both.
        with np.errstate(invalid="ignore", over="ignore"):
            points_ego = self.new_from_old.apply(sweep.points_ego.astype(np.float64))
            return replace(sweep, points_ego=points_ego.astype(np.float32))

    def trajectory(self) -> Trajectory:
        recorded = self.log.trajectory
        if not self.world_moves:
            return recorded
        poses = self.new_from_old @ recorded.world_from_ego @ self.new_from_old.inverse()
        return replace(recorded, world_from_ego=poses)

    def read_truth(self) -> Truth | None:
        truth = self.log.read_truth()
        if truth is None or not self.world_moves:
            return truth
        return replace(truth, cuboids=truth.cuboids.moved(self.new_from_old, "world"))

    @property
    def world_moves(self) -> bool:
        """Whether the world is the ego frame of the first pose, as the sweeps told it."""
        return self.log.metadata.get("poses", "").startswith(MADE_BY)


def _later(log: Log, rig: Rig, camera: str) -> ImageIndex:
    """The images of a camera, exposed as much later as the new rig says."""
    later = rig.cameras[camera].time_offset_ns - log.rig.cameras[camera].time_offset_ns
    index = log.images[camera]
    return replace(index, timestamp_ns=index.timestamp_ns + later) if later else index


def _fitting(
    name: str, kind: str, wanted: Iterable[str], given: Mapping[str, Sensor]
) -> dict[str, Sensor]:
    """Those sensors of ``given`` that the recording has, in the recording's order."""
    wanted = list(wanted)
    if missing := [sensor_id for sensor_id in wanted if sensor_id not in given]:
        beyond = ", ".join(sensor_id for sensor_id in given if sensor_id not in wanted) or "none"
        raise CalibrationError(
            f"rig '{name}': expected the recording's {kind}s {', '.join(wanted)}; missing "
            f"{', '.join(missing)}; unknown to the recording: {beyond}"
        )
    return {sensor_id: given[sensor_id] for sensor_id in wanted}


def _check_sizes(name: str, log: Log, rig: Rig) -> None:
    for sensor_id in log.images:
        old, new = log.rig.cameras[sensor_id].model, rig.cameras[sensor_id].model
        if (old.width_px, old.height_px) != (new.width_px, new.height_px):
            raise CalibrationError(
                f"rig '{name}': camera '{sensor_id}': expected the images' size "
                f"{old.width_px} x {old.height_px} px, got {new.width_px} x {new.height_px}"
            )
