"""Argoverse 2: one log of the sensor dataset, a folder of Feather files and images."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from avlabel.core.arrays import Int64
from avlabel.core.log import ImageIndex, SweepIndex, Truth
from avlabel.core.rig import Rig
from avlabel.core.sweep import Sweep
from avlabel.core.trajectory import Trajectory
from avlabel.errors import ReadError, TimeRangeError
from avlabel.readers.argoverse2_labels import read_annotations, truth_from_annotations
from avlabel.readers.argoverse2_rig import LIDARS, read_rig
from avlabel.readers.argoverse2_tables import (
    EGO_FROM_AXLE,
    TURN_NS,
    poses_of,
    stamped_files,
    times_of,
)
from avlabel.readers.arrow_columns import floats, whole
from avlabel.readers.arrow_files import read_feather
from avlabel.readers.files import folder_name
from avlabel.readers.options import ReaderOptions
from avlabel.readers.pose_changes import moved_between
from avlabel.readers.recorded_log import RecordedLog

LASERS = 32
"""Of each of the two LiDARs; the upper one's come first."""
MAX_OFFSET_NS = 250_000_000
"""Points later after the sweep's time are an error."""
LICENCE = "CC BY-NC-SA 4.0"


def open_log(path: Path, options: ReaderOptions) -> RecordedLog:
    """Open one log.

    Args:
        path: the log's folder; or the folder above, with ``sequence``.
        options: ``sequence`` as above; ``lidar`` is ``up_lidar`` or ``down_lidar``. If None,
            sweeps hold the points of both, under the name of the upper one.

    Raises:
        InputError: naming file and place.
    """
    root = (path / options.sequence if options.sequence else path).resolve()
    files = _sweep_files(root)
    rig = read_rig(root / "calibration")
    chosen = _chosen(path, options.lidar, rig)
    trajectory = _trajectory(root / "city_SE3_egovehicle.feather")
    stamps = np.array(list(files), np.int64)
    index = SweepIndex(
        chosen[0],
        np.arange(len(files), dtype=np.int32),
        stamps,
        stamps + TURN_NS,
        list(files.values()),
    )
    sweeps = _Sweeps(index, chosen, trajectory)
    images, left_out = _images(root, rig)
    return RecordedLog(
        log_id=folder_name("argoverse2", root.name),
        root=root,
        rig=rig,
        trajectory=trajectory,
        sweeps=index,
        images=images,
        metadata={
            "format": "argoverse2",
            "poses": "recorded",
            "lidars": " and ".join(chosen),
            "licence": LICENCE,
            **({"left_out": f"cameras without calibration: {left_out}"} if left_out else {}),
        },
        load_sweep=sweeps.read,
        load_truth=_Labels(root / "annotations.feather", sweeps).read,
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Sweeps:
    """The sweeps, and whose points are read."""

    index: SweepIndex
    lidars: tuple[str, ...]
    trajectory: Trajectory

    def read(self, index: int) -> Sweep:
        """Points are stored in the axle's frame at the sweep's time, which is its start."""
        path, where = self.index.files[index], str(self.index.files[index])
        table = read_feather(path)
        laser = whole(table, "laser_number", where, above=0, below=len(LIDARS) * LASERS - 1)
        offset_ns = whole(table, "offset_ns", where, above=-MAX_OFFSET_NS, below=MAX_OFFSET_NS)
        intensity = whole(table, "intensity", where, above=0, below=255)
        points = np.column_stack([floats(table, axis, where) for axis in "xyz"])
        start_ns, ref_ns = int(self.index.start_ns[index]), int(self.index.ref_ns[index])
        moved = moved_between(self.trajectory, start_ns, ref_ns, where)
        # Infinite coordinates times zero are NaN; the ingest stage drops both.
        with np.errstate(invalid="ignore", over="ignore"):
            points_ego = (moved @ EGO_FROM_AXLE).apply(points.astype(np.float64))
        sweep = Sweep(
            frame_idx=int(self.index.frame_idx[index]),
            sensor_id=self.index.sensor_id,
            ref_ns=ref_ns,
            points_ego=points_ego.astype(np.float32),
            intensity=intensity.astype(np.int16),
            ring=laser.astype(np.int16),
            t_offset_ns=(offset_ns - (ref_ns - start_ns)).astype(np.int32),
            compensated=True,
        )
        return sweep.select(np.isin(laser // LASERS, [LIDARS.index(name) for name in self.lidars]))


@dataclass(frozen=True, slots=True, eq=False)
class _Labels:
    """The label file, and the sweeps that it belongs to."""

    path: Path
    sweeps: _Sweeps

    def read(self) -> Truth | None:
        if not self.path.exists():
            return None
        sweeps = self.sweeps
        labels = read_annotations(self.path)
        return truth_from_annotations(labels, sweeps.index, sweeps.read, sweeps.trajectory)


def _sweep_files(root: Path) -> Mapping[int, Path]:
    folder = root / "sensors" / "lidar"
    if not folder.is_dir():
        raise ReadError(f"{root}: expected a log's folder with 'sensors/lidar' in it, got none")
    files = stamped_files(folder, ".feather")
    if not files:
        raise ReadError(f"{folder}: expected sweeps such as 315966265259836000.feather, got none")
    return files


def _chosen(path: Path, wanted: str | None, rig: Rig) -> tuple[str, ...]:
    """The LiDARs whose points are read."""
    if wanted is None:
        return tuple(rig.lidars)
    if wanted not in rig.lidars:
        raise ReadError(f"{path}: lidar '{wanted}': expected one of {', '.join(rig.lidars)}")
    return (wanted,)


def _trajectory(path: Path) -> Trajectory:
    table = read_feather(path)
    times: Int64 = times_of(table, str(path))
    order = np.argsort(times, kind="stable")
    world_from_axle = poses_of(table, str(path))[order]
    try:
        return Trajectory(times[order], world_from_axle @ EGO_FROM_AXLE.inverse())
    except TimeRangeError as error:
        raise TimeRangeError(f"{path}: {error}") from error


def _images(root: Path, rig: Rig) -> tuple[dict[str, ImageIndex], str]:
    """Images by camera, and the cameras whose images have no calibration."""
    indexes, left_out = {}, []
    for folder in sorted((root / "sensors" / "cameras").glob("*")):
        if not folder.is_dir() or not (files := stamped_files(folder, ".jpg")):
            continue
        if folder.name not in rig.cameras:
            left_out.append(ascii(folder.name))
            continue
        uris = [file.relative_to(root).as_posix() for file in files.values()]
        indexes[folder.name] = ImageIndex(folder.name, np.array(list(files), np.int64), uris)
    return indexes, ", ".join(left_out)
