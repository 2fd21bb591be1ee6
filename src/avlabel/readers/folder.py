"""Plain folders of point clouds and images; ``docs/formats.md`` describes the layout."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from avlabel.core.log import ImageIndex
from avlabel.core.rig import Rig
from avlabel.core.se3 import SE3
from avlabel.core.trajectory import Trajectory
from avlabel.errors import NotARotationError, ReadError
from avlabel.readers.files import folder_name, read_number_rows
from avlabel.readers.folder_sweeps import FolderSweeps
from avlabel.readers.named_times import TimedFiles, timed_files
from avlabel.readers.native import read_poses
from avlabel.readers.odometry import odometry
from avlabel.readers.options import ReaderOptions
from avlabel.readers.point_files import PARSERS
from avlabel.readers.recorded_log import RecordedLog
from avlabel.readers.rig_toml import load_rig

IMAGE_SUFFIXES = (".jpg", ".jpeg", ".png")
COMPENSATED = "compensated"
"""A file of this name says that ego motion has been taken out of the points."""


def open_log(path: Path, options: ReaderOptions) -> RecordedLog:
    """Open one drive; one sweep is read to see how it is timed.

    Args:
        path: folder with ``rig.toml`` and ``lidar/<id>`` in it.
        options: ``lidar`` is one of the rig's; ``sequence`` a folder within ``path``.

    Raises:
        InputError: naming file and place.
    """
    root = (path / options.sequence if options.sequence else path).resolve()
    rig = load_rig(root / "rig.toml")
    lidar_id = options.lidar or next(iter(rig.lidars))
    if lidar_id not in rig.lidars:
        known = ", ".join(rig.lidars)
        raise ReadError(f"{root / 'rig.toml'}: lidar '{lidar_id}': expected one of {known}")
    files = timed_files(root / "lidar" / lidar_id, PARSERS)
    if not files.files:
        kinds = ", ".join(PARSERS)
        raise ReadError(f"{root / 'lidar' / lidar_id}: expected {kinds} files, got none")
    compensated = (root / COMPENSATED).exists()
    sweeps = FolderSweeps.of(rig.lidars[lidar_id], files, compensated)
    trajectory, source = _trajectory(root, sweeps)
    times = "frame numbers, at 10 Hz" if files.nominal else "recorded"
    return RecordedLog(
        log_id=folder_name(root.name) or "folder",
        root=root,
        rig=rig,
        trajectory=trajectory,
        sweeps=sweeps.index,
        images=_images(root, rig, files),
        metadata={"format": "folder", "poses": source, "times": times},
        load_sweep=sweeps.read,
        load_truth=lambda: None,
    )


def _trajectory(root: Path, sweeps: FolderSweeps) -> tuple[Trajectory, str]:
    """Recorded poses, as a table or in TUM's format; else those made from the sweeps."""
    if (root / "poses.csv").exists():
        return read_poses(root / "poses.csv"), "recorded"
    if (root / "poses.txt").exists():
        return _tum(root / "poses.txt"), "recorded"
    return odometry(sweeps.index, sweeps.read)


def _tum(path: Path) -> Trajectory:
    """Lines ``timestamp_s tx ty tz qx qy qz qw``."""
    rows = read_number_rows(path, 8)
    if not len(rows):
        raise ReadError(f"{path}: expected poses, got none")
    order = np.argsort(rows[:, 0], kind="stable")
    rows = rows[order]
    if rows[0, 0] < 0 or rows[-1, 0] > 9e9:
        raise ReadError(f"{path}: expected seconds, got {rows[0, 0]:g} to {rows[-1, 0]:g}")
    times_ns = np.rint(rows[:, 0] * 1e6).astype(np.int64) * 1000
    if (same := np.flatnonzero(np.diff(times_ns) == 0)).size:
        first, second = sorted(order[same[0] : same[0] + 2] + 1)
        raise ReadError(f"{path}: poses {first} and {second} have the same time")
    try:
        return Trajectory(times_ns, SE3.from_quat(rows[:, [7, 4, 5, 6]], rows[:, 1:4]))
    except NotARotationError as error:
        raise ReadError(f"{path}: qx..qw: {str(error)[:200]}") from error


def _images(root: Path, rig: Rig, sweeps: TimedFiles) -> dict[str, ImageIndex]:
    found = {}
    for key, camera in rig.cameras.items():
        files = timed_files(root / "camera" / key, IMAGE_SUFFIXES)
        if not files.files:
            continue
        if files.nominal != sweeps.nominal:
            raise ReadError(
                f"{root / 'camera' / key}: expected images to be named as sweeps are, by "
                f"{'frame number' if sweeps.nominal else 'time'}"
            )
        uris = [file.relative_to(root).as_posix() for file in files.files]
        found[key] = ImageIndex(key, files.timestamp_ns + camera.time_offset_ns, uris)
    return found
