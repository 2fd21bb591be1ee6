"""The KITTI tracking benchmark: one sequence of a ``training`` or ``testing`` folder."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from avlabel.core.arrays import Int64
from avlabel.core.log import SweepIndex, Truth
from avlabel.core.trajectory import Trajectory
from avlabel.errors import CalibrationError, ReadError
from avlabel.readers.files import folder_name, read_number_rows
from avlabel.readers.kitti_calib import KittiCalib, read_calib
from avlabel.readers.kitti_folders import (
    LICENCE,
    check_lidar,
    image_indexes,
    image_sizes,
    split_folder,
    velodyne_files,
)
from avlabel.readers.kitti_labels import read_tracking_labels, truth_from_labels
from avlabel.readers.kitti_oxts import VALUES, oxts_trajectory
from avlabel.readers.kitti_poses import read_camera_poses
from avlabel.readers.kitti_velodyne import VelodyneFiles
from avlabel.readers.odometry import odometry
from avlabel.readers.options import ReaderOptions
from avlabel.readers.recorded_log import RecordedLog

PERIOD_NS = 100_000_000
"""The benchmark has no timestamps; the sensors ran at 10 Hz."""
CAMERAS = {"image_02": 2, "image_03": 3}
LABELLED_CAMERA = "image_02"


def open_log(path: Path, options: ReaderOptions) -> RecordedLog:
    """Open one sequence.

    Args:
        path: the benchmark's folder, or a split in it.
        options: ``sequence`` such as ``0000``; needed where there are several.

    Raises:
        InputError: naming file and place.
    """
    check_lidar(path, options)
    root = split_folder(path, "velodyne")
    sequence = _sequence(root, options.sequence)
    calib = read_calib(root / "calib" / f"{sequence}.txt")
    velodyne = velodyne_files(root / "velodyne" / sequence, nominal_times)
    folders = {sensor_id: root / sensor_id / sequence for sensor_id in CAMERAS}
    images = image_indexes(root, folders, dict.fromkeys(CAMERAS, nominal_times))
    cameras = {
        sensor_id: number
        for sensor_id, number in CAMERAS.items()
        if sensor_id in images or sensor_id == LABELLED_CAMERA
    }
    trajectory, poses = _trajectory(root, sequence, calib, velodyne)
    labels = _Labels(root / "label_02" / f"{sequence}.txt", calib, velodyne.sweeps, trajectory)
    return RecordedLog(
        log_id=folder_name("kitti-tracking", sequence),
        root=root,
        rig=calib.rig(cameras, image_sizes(root, images)),
        trajectory=trajectory,
        sweeps=velodyne.sweeps,
        images=images,
        metadata={
            "format": "kitti-tracking",
            "poses": poses,
            "timestamps": "nominal, 10 Hz",
            "licence": LICENCE,
        },
        load_sweep=velodyne.read,
        load_truth=labels.read,
    )


def nominal_times(frame_idx: Int64) -> Int64:
    """(N,) int64 nanoseconds of frames (N,), frame 0 at 0."""
    return frame_idx * PERIOD_NS


@dataclass(frozen=True, slots=True, eq=False)
class _Labels:
    """The label file of the sequence, and what turns it into truth."""

    path: Path
    calib: KittiCalib
    sweeps: SweepIndex
    trajectory: Trajectory

    def read(self) -> Truth | None:
        if not self.path.exists():
            return None
        labels = read_tracking_labels(self.path)
        return truth_from_labels(
            labels, self.sweeps, self.trajectory, self.calib.ego_from_rect, LABELLED_CAMERA
        )


def _sequence(root: Path, wanted: str | None) -> str:
    present = sorted(folder.name for folder in (root / "velodyne").iterdir() if folder.is_dir())
    listed = ", ".join(present) or "none"
    if wanted in present:
        return str(wanted)
    if wanted is not None:
        raise ReadError(f"{root / 'velodyne'}: sequence '{wanted}': expected one of {listed}")
    if len(present) != 1:
        raise ReadError(f"{root / 'velodyne'}: choose a sequence; there are {listed}")
    return present[0]


def _trajectory(
    root: Path, sequence: str, calib: KittiCalib, velodyne: VelodyneFiles
) -> tuple[Trajectory, str]:
    """Poses from GPS/IMU, else from a file of camera poses, else from the sweeps."""
    oxts = root / "oxts" / f"{sequence}.txt"
    if oxts.exists():
        return _from_oxts(oxts, calib, velodyne.sweeps), "recorded"
    for folder in (root, root.parent):
        poses = folder / "poses" / f"{sequence}.txt"
        if poses.exists():
            return _from_camera_poses(poses, calib, velodyne.sweeps), "recorded"
    return odometry(velodyne.sweeps, velodyne.read)


def _from_oxts(path: Path, calib: KittiCalib, sweeps: SweepIndex) -> Trajectory:
    oxts = read_number_rows(path, VALUES)
    _check_covers(path, len(oxts), sweeps)
    try:
        return oxts_trajectory(nominal_times(np.arange(len(oxts))), oxts, calib)
    except (CalibrationError, ReadError) as error:
        raise type(error)(f"{path}: {error}") from error


def _from_camera_poses(path: Path, calib: KittiCalib, sweeps: SweepIndex) -> Trajectory:
    world_from_ego = read_camera_poses(path, calib.ego_from_rect)
    _check_covers(path, len(world_from_ego), sweeps)
    return Trajectory(nominal_times(np.arange(len(world_from_ego))), world_from_ego)


def _check_covers(path: Path, lines: int, sweeps: SweepIndex) -> None:
    last = int(sweeps.frame_idx[-1])
    if lines <= last:
        raise ReadError(f"{path}: expected a line a frame up to frame {last}, got {lines} lines")
