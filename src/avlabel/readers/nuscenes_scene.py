"""One scene of nuScenes, out of its tables: what was recorded when, by which sensor, from where."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np

from avlabel.core.cameras import Pinhole
from avlabel.core.rig import Camera, Lidar, Rig
from avlabel.core.se3 import SE3
from avlabel.core.trajectory import Trajectory
from avlabel.errors import CalibrationError, ReadError
from avlabel.readers.files import inside
from avlabel.readers.json_fields import Node
from avlabel.readers.nuscenes_tables import pose_of, records, referred, scene_of, time_ns

LIDAR = "LIDAR_TOP"


@dataclass(frozen=True, slots=True)
class Recorded:
    """A file of one sensor.

    Attributes:
        time_ns: as the tables say.
        path: where it should be.
        sample: token of the sample that it belongs to.
        is_keyframe: whether it is that sample's own file, not one in between.
        record: all that the table says.
    """

    time_ns: int
    path: Path
    sample: str
    is_keyframe: bool
    record: Node


@dataclass(frozen=True, slots=True, eq=False)
class NuscenesScene:
    """One scene.

    Attributes:
        name: such as ``scene-0061``.
        tables: folder of the tables.
        samples: times of its samples by token.
        files: by channel, in order of time.
        sensors: record of ``calibrated_sensor`` by channel, and what kind of sensor it is.
        trajectory: ego poses, at the times of all files of all sensors.
    """

    name: str
    tables: Path
    samples: Mapping[str, int]
    files: Mapping[str, list[Recorded]]
    sensors: Mapping[str, tuple[Node, str]]
    trajectory: Trajectory

    def rig(self) -> Rig:
        """LIDAR_TOP, and the cameras that have files.

        Raises:
            InputError: naming table, record and field.
        """
        placed = {channel: pose_of(sensor) for channel, (sensor, _) in self.sensors.items()}
        cameras = {
            channel: Camera(channel, placed[channel], _optics(sensor, self.files[channel][0]))
            for channel, (sensor, modality) in sorted(self.sensors.items())
            if modality == "camera"
        }
        return Rig({LIDAR: Lidar(LIDAR, placed[LIDAR])}, cameras)


def read_scene(tables: Path, wanted: str | None) -> NuscenesScene:
    """Read a scene's part of the tables; files lie beside their folder.

    Raises:
        InputError: naming table, record and field.
    """
    name, scene = scene_of(tables, wanted)
    samples = {
        token: time_ns(record)
        for token, record in records(tables, "sample", ("scene_token", {scene})).items()
    }
    data = records(tables, "sample_data", ("sample_token", samples))
    used = {record["calibrated_sensor_token"].text() for record in data.values()}
    calibrated = records(tables, "calibrated_sensor", ("token", used))
    sensors = records(tables, "sensor")
    root = tables.parent.resolve()
    files: dict[str, list[Recorded]] = {}
    placed: dict[str, tuple[Node, str]] = {}
    for record in data.values():
        calibration = referred(calibrated, record["calibrated_sensor_token"])
        sensor = referred(sensors, calibration["sensor_token"])
        channel = sensor["channel"].text()
        first, _ = placed.setdefault(channel, (calibration, sensor["modality"].text()))
        if first is not calibration:
            raise CalibrationError(
                f"{calibration.where}: a second calibration of {channel} in scene '{name}'; "
                f"the first is at {first.where}"
            )
        files.setdefault(channel, []).append(_recorded(root, record))
    if LIDAR not in files:
        raise ReadError(f"{tables / 'sample_data.json'}: scene '{name}' has no file of {LIDAR}")
    return NuscenesScene(
        name,
        tables,
        samples,
        {channel: _in_order(some, channel) for channel, some in files.items()},
        placed,
        _trajectory(tables, list(data.values())),
    )


def _recorded(root: Path, record: Node) -> Recorded:
    return Recorded(
        time_ns(record),
        inside(root, record["filename"].text(), record.where),
        record["sample_token"].text(),
        record["is_key_frame"].value is True,
        record,
    )


def _in_order(files: list[Recorded], channel: str) -> list[Recorded]:
    files = sorted(files, key=lambda file: file.time_ns)
    for before, after in pairwise(files):
        if before.time_ns == after.time_ns:
            raise ReadError(
                f"{after.record.where}: {channel} has two files of one time; the other is at "
                f"{before.record.where}"
            )
    return files


def _trajectory(tables: Path, data: list[Node]) -> Trajectory:
    """Poses at the times of all files; the last where several are of one time."""
    wanted = {record["ego_pose_token"].text() for record in data}
    poses = records(tables, "ego_pose", ("token", wanted))
    for record in data:
        referred(poses, record["ego_pose_token"])
    by_time = {time_ns(record): record for record in poses.values()}
    times = sorted(by_time)
    world_from_ego = SE3.stack([pose_of(by_time[time]) for time in times])
    return Trajectory(np.array(times, np.int64), world_from_ego)


def _optics(sensor: Node, file: Recorded) -> Pinhole:
    rows = [row.numbers(3) for row in sensor["camera_intrinsic"]]
    if len(rows) != 3 or rows[2] != [0, 0, 1] or rows[0][1] or rows[1][0]:
        raise CalibrationError(
            f"{sensor.where}: camera_intrinsic: expected fx 0 cx, 0 fy cy, 0 0 1 (no skew), "
            f"got {rows}"
        )
    intrinsics = np.array([rows[0][0], rows[1][1], rows[0][2], rows[1][2]])
    width, height = (file.record[name].whole() for name in ("width", "height"))
    try:
        return Pinhole(width, height, intrinsics)
    except CalibrationError as error:
        raise type(error)(f"{sensor.where}: {error}") from error
