"""The KITTI object benchmark: single frames that have nothing to do with each other."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from avlabel.core.arrays import Int64
from avlabel.core.log import Truth
from avlabel.core.se3 import SE3
from avlabel.core.trajectory import Trajectory
from avlabel.errors import ReadError
from avlabel.readers.files import folder_name, numbered_files, read_bytes
from avlabel.readers.kitti_calib import KittiCalib, read_calib
from avlabel.readers.kitti_folders import (
    LICENCE,
    check_lidar,
    image_indexes,
    image_sizes,
    split_folder,
    velodyne_files,
)
from avlabel.readers.kitti_labels import read_object_labels, truth_from_labels
from avlabel.readers.kitti_velodyne import VelodyneFiles
from avlabel.readers.options import ReaderOptions
from avlabel.readers.recorded_log import RecordedLog

SPACING_NS = 10_000_000_000
SPACING_M = 1000.0
"""Frames are set this far apart in time and place, so that no later stage links them."""
CAMERAS = {"image_2": 2, "image_3": 3}
LABELLED_CAMERA = "image_2"


def open_log(path: Path, options: ReaderOptions) -> RecordedLog:
    """Open all frames that share one calibration, or the one that ``sequence`` names.

    Each frame is a world of its own. To be one log, frame n is set at 10 n seconds and at
    x = 1000 n metres with the identity as its rotation.

    Args:
        path: the benchmark's folder, or a split in it.
        options: ``sequence`` is a frame such as ``000008``.

    Raises:
        InputError: naming file and place.
    """
    check_lidar(path, options)
    root = split_folder(path, "velodyne")
    velodyne = _frames(velodyne_files(root / "velodyne", _times), root, options.sequence)
    frames = [int(frame) for frame in velodyne.sweeps.frame_idx]
    calib = _shared_calib(root, frames)
    folders = {sensor_id: root / sensor_id for sensor_id in CAMERAS}
    images = image_indexes(root, folders, dict.fromkeys(CAMERAS, _times))
    cameras = {
        sensor_id: number
        for sensor_id, number in CAMERAS.items()
        if sensor_id in images or sensor_id == LABELLED_CAMERA
    }
    poses = SE3.from_yaw(np.zeros(len(frames)), np.outer(frames, [SPACING_M, 0.0, 0.0]))
    trajectory = Trajectory(velodyne.sweeps.ref_ns, poses)
    return RecordedLog(
        log_id=folder_name("kitti-object", options.sequence or root.name),
        root=root,
        rig=calib.rig(cameras, image_sizes(root, images)),
        trajectory=trajectory,
        sweeps=velodyne.sweeps,
        images=images,
        metadata={
            "format": "kitti-object",
            "poses": "none; unrelated frames, set 10 s and 1000 m apart",
            "timestamps": "none; invented",
            "licence": LICENCE,
        },
        load_sweep=velodyne.read,
        load_truth=_Labels(root / "label_2", calib, velodyne, trajectory).read,
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Labels:
    """The label folder, and what turns it into truth."""

    folder: Path
    calib: KittiCalib
    velodyne: VelodyneFiles
    trajectory: Trajectory

    def read(self) -> Truth | None:
        if not self.folder.is_dir():
            return None
        files = numbered_files(self.folder, ".txt")
        if missing := [frame for frame in self.velodyne.files if frame not in files]:
            raise ReadError(f"{self.folder}: expected labels of frame {missing[0]:06d}, got none")
        labels = read_object_labels({frame: files[frame] for frame in self.velodyne.files})
        return truth_from_labels(
            labels,
            self.velodyne.sweeps,
            self.trajectory,
            self.calib.ego_from_rect,
            LABELLED_CAMERA,
        )


def _times(frame_idx: Int64) -> Int64:
    return frame_idx * SPACING_NS


def _frames(velodyne: VelodyneFiles, root: Path, wanted: str | None) -> VelodyneFiles:
    """All frames, or the one asked for."""
    if wanted is None:
        return velodyne
    if not (wanted.isascii() and wanted.isdigit() and int(wanted) in velodyne.files):
        raise ReadError(f"{root / 'velodyne'}: frame '{wanted}': expected one that is there")
    frame = int(wanted)
    return velodyne.only(frame)


def _shared_calib(root: Path, frames: list[int]) -> KittiCalib:
    files = numbered_files(root / "calib", ".txt")
    if missing := [frame for frame in frames if frame not in files]:
        raise ReadError(f"{root / 'calib'}: expected a file for frame {missing[0]:06d}, got none")
    first = files[frames[0]]
    content = read_bytes(first)
    for frame in frames[1:]:
        if read_bytes(files[frame]) != content:
            raise ReadError(
                f"{files[frame]}: differs from {first.name}; expected one calibration for all "
                "frames of a log; choose a single frame as the sequence"
            )
    return read_calib(first)
