"""KITTI raw data: one ``..._sync`` drive beside the calibration files of its day."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from avlabel.core.arrays import Int64
from avlabel.core.se3 import SE3
from avlabel.core.trajectory import Trajectory
from avlabel.errors import ReadError
from avlabel.readers.files import folder_name, numbered_files, read_number_rows, read_text
from avlabel.readers.kitti_calib import (
    KittiCalib,
    calib_field,
    read_calib_values,
    rigid,
)
from avlabel.readers.kitti_folders import (
    LICENCE,
    check_lidar,
    image_indexes,
    image_sizes,
    velodyne_files,
)
from avlabel.readers.kitti_oxts import VALUES, oxts_trajectory
from avlabel.readers.kitti_velodyne import VelodyneFiles
from avlabel.readers.odometry import odometry
from avlabel.readers.options import ReaderOptions
from avlabel.readers.recorded_log import RecordedLog

CAMERAS = {"image_00": 0, "image_01": 1, "image_02": 2, "image_03": 3}
STAMP = re.compile(r"(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)(?:\.(\d{1,9}))?")


def open_log(path: Path, options: ReaderOptions) -> RecordedLog:
    """Open one drive.

    Args:
        path: the drive's folder, such as ``2011_09_26/2011_09_26_drive_0001_sync``; or the
            day's folder, with ``sequence`` naming a drive in it.
        options: ``sequence`` as above.

    Raises:
        InputError: naming file and place.
    """
    check_lidar(path, options)
    drive = _drive(path, options.sequence)
    calib = read_raw_calib(drive.parent)
    velodyne = velodyne_files(
        drive / "velodyne_points" / "data", Clock.load(drive / "velodyne_points").times
    )
    present = {name: n for name, n in CAMERAS.items() if (drive / name / "data").is_dir()}
    images = image_indexes(
        drive,
        {name: drive / name / "data" for name in present},
        {name: Clock.load(drive / name).times for name in present},
    )
    trajectory, poses = _trajectory(drive, calib, velodyne)
    return RecordedLog(
        log_id=folder_name("kitti-raw", drive.name),
        root=drive,
        rig=calib.rig(present, image_sizes(drive, images)),
        trajectory=trajectory,
        sweeps=velodyne.sweeps,
        images=images,
        metadata={"format": "kitti-raw", "poses": poses, "licence": LICENCE},
        load_sweep=velodyne.read,
        load_truth=_no_truth,
    )


@dataclass(frozen=True, slots=True, eq=False)
class Clock:
    """A sensor's ``timestamps.txt``: line n, counted from 0, belongs to file n.

    Attributes:
        path: the file.
        timestamp_ns: (N,) int64; the recording computer's local time, taken as UTC.
    """

    path: Path
    timestamp_ns: Int64

    @classmethod
    def load(cls, sensor: Path) -> Clock:
        """Read the times of a sensor's folder.

        Raises:
            ReadError: naming the line.
        """
        path = sensor / "timestamps.txt"
        lines = read_text(path).splitlines()
        stamps = [_parse(line, f"{path}: line {n}") for n, line in enumerate(lines, 1) if line]
        return cls(path, np.array(stamps, np.int64))

    def times(self, frame_idx: Int64) -> Int64:
        """(N,) int64 times of frames (N,).

        Raises:
            ReadError: if a frame has no line, or times do not increase with frames.
        """
        if len(frame_idx) and frame_idx[-1] >= len(self.timestamp_ns):
            raise ReadError(
                f"{self.path}: expected a line a frame up to frame {frame_idx[-1]}, "
                f"got {len(self.timestamp_ns)} lines"
            )
        times = self.timestamp_ns[frame_idx]
        if (late := np.flatnonzero(np.diff(times) <= 0)).size:
            line = int(frame_idx[late[0] + 1]) + 1
            raise ReadError(f"{self.path}: line {line}: expected a later time than the line before")
        return times


def read_raw_calib(day: Path) -> KittiCalib:
    """Read the three calibration files of a day.

    Raises:
        ReadError: if one is missing.
        CalibrationError: naming file and field.
    """
    cameras_path = day / "calib_cam_to_cam.txt"
    cameras = read_calib_values(cameras_path)
    rotation = calib_field(cameras, cameras_path, ("R_rect_00",), 9).reshape(3, 3)
    rect_from_cam = rigid(np.column_stack([rotation, np.zeros(3)]), cameras_path, "R_rect_00")
    imu_path = day / "calib_imu_to_velo.txt"
    return KittiCalib(
        rect_from_cam @ _rotation_and_translation(day / "calib_velo_to_cam.txt"),
        _rotation_and_translation(imu_path) if imu_path.exists() else None,
        {
            n: calib_field(cameras, cameras_path, (f"P_rect_0{n}",), 12).reshape(3, 4)
            for n in CAMERAS.values()
        },
    )


def _rotation_and_translation(path: Path) -> SE3:
    values = read_calib_values(path)
    rotation = calib_field(values, path, ("R",), 9).reshape(3, 3)
    translation = calib_field(values, path, ("T",), 3)
    return rigid(np.column_stack([rotation, translation]), path, "R")


def _drive(path: Path, sequence: str | None) -> Path:
    if (path / "velodyne_points").is_dir() and sequence is None:
        return path.resolve()
    drives = sorted(folder.parent.name for folder in path.glob("*/velodyne_points"))
    listed = ", ".join(drives) or "none"
    if sequence is None and len(drives) == 1:
        sequence = drives[0]
    if sequence is None:
        raise ReadError(f"{path}: choose a sequence (a drive's folder); there are {listed}")
    if sequence not in drives:
        raise ReadError(f"{path}: sequence '{sequence}': expected a drive's folder out of {listed}")
    return (path / sequence).resolve()


def _trajectory(drive: Path, calib: KittiCalib, velodyne: VelodyneFiles) -> tuple[Trajectory, str]:
    """Poses from GPS/IMU, else from the sweeps."""
    packets = numbered_files(drive / "oxts" / "data", ".txt")
    if not packets or calib.velo_from_imu is None:
        return odometry(velodyne.sweeps, velodyne.read)
    rows = [_packet(path) for path in packets.values()]
    times = Clock.load(drive / "oxts").times(np.array(list(packets), np.int64))
    try:
        return oxts_trajectory(times, np.stack(rows), calib), "recorded"
    except ReadError as error:
        raise ReadError(f"{drive / 'oxts'}: {error}") from error


def _packet(path: Path) -> np.ndarray:
    rows = read_number_rows(path, VALUES)
    if len(rows) != 1:
        raise ReadError(f"{path}: expected one line, got {len(rows)}")
    return np.asarray(rows[0])


def _parse(line: str, where: str) -> int:
    """Nanoseconds since 1970 of ``2011-09-26 13:02:25.594360375``; datetime has only micro-."""
    match = STAMP.fullmatch(line.strip())
    if match is None:
        raise ReadError(f"{where}: expected a time such as 2011-09-26 13:02:25.594, got '{line}'")
    try:
        whole = datetime.strptime(match[1], "%Y-%m-%d %H:%M:%S").replace(tzinfo=UTC)
    except ValueError as error:
        raise ReadError(f"{where}: expected a date and a time, got '{line}'") from error
    return int(whole.timestamp()) * 1_000_000_000 + int((match[2] or "0").ljust(9, "0"))


def _no_truth() -> None:
    """Tracklets are not read."""
