"""What the KITTI layouts have in common: splits, frames by number, image folders."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np

from avlabel.core.arrays import Int64
from avlabel.core.log import ImageIndex, SweepIndex
from avlabel.errors import ReadError
from avlabel.readers.files import image_size, numbered_files
from avlabel.readers.kitti_calib import LIDAR
from avlabel.readers.kitti_velodyne import VelodyneFiles
from avlabel.readers.options import ReaderOptions

TimesOf = Callable[[Int64], Int64]
"""Frame numbers to times, both (N,) int64."""

LICENCE = "CC BY-NC-SA 3.0"


def split_folder(path: Path, must_hold: str) -> Path:
    """``path`` itself, or the ``training`` or ``testing`` folder in it, that holds a folder.

    Raises:
        ReadError: if none does.
    """
    for folder in (path, path / "training", path / "testing"):
        if (folder / must_hold).is_dir():
            return folder
    raise ReadError(f"{path}: expected a folder '{must_hold}', here or in 'training', got none")


def check_lidar(path: Path, options: ReaderOptions) -> None:
    """Refuse any LiDAR but the Velodyne.

    Raises:
        ReadError: if another is asked for.
    """
    if options.lidar not in (None, LIDAR):
        raise ReadError(f"{path}: lidar '{options.lidar}': expected '{LIDAR}'")


def velodyne_files(folder: Path, times_of: TimesOf) -> VelodyneFiles:
    """All clouds of a folder.

    Raises:
        ReadError: if there is none.
    """
    files = numbered_files(folder, ".bin")
    if not files:
        raise ReadError(f"{folder}: expected sweeps such as 000000.bin, got none")
    frame_idx = np.array(list(files), np.int64)
    timestamp_ns = times_of(frame_idx)
    index = SweepIndex(
        LIDAR, frame_idx.astype(np.int32), timestamp_ns, timestamp_ns, list(files.values())
    )
    return VelodyneFiles(files, index)


def image_indexes(
    root: Path, folders: Mapping[str, Path], times_of: Mapping[str, TimesOf]
) -> dict[str, ImageIndex]:
    """Images by camera, for the cameras that have any.

    Args:
        root: folder that URIs are relative to.
        folders: where each camera's images lie.
        times_of: clock of each camera.
    """
    indexes = {}
    for sensor_id, folder in folders.items():
        files = numbered_files(folder, ".png") or numbered_files(folder, ".jpg")
        if files:
            timestamp_ns = times_of[sensor_id](np.array(list(files), np.int64))
            uris = [file.relative_to(root).as_posix() for file in files.values()]
            indexes[sensor_id] = ImageIndex(sensor_id, timestamp_ns, uris)
    return indexes


def image_sizes(root: Path, images: Mapping[str, ImageIndex]) -> dict[str, tuple[int, int]]:
    """Width and height by camera, from its first image that can be decoded."""
    sizes = {}
    for sensor_id, index in images.items():
        found = (image_size(root / uri) for uri in index.uris)
        if size := next((size for size in found if size), None):
            sizes[sensor_id] = size
    return sizes
