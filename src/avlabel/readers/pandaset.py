"""PandaSet: one scene folder with ``lidar``, ``camera`` and ``annotations``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from avlabel.core.arrays import Int64
from avlabel.core.log import SweepIndex, Truth
from avlabel.core.sweep import Sweep
from avlabel.core.trajectory import Trajectory
from avlabel.errors import ReadError
from avlabel.readers.files import folder_name, numbered_files
from avlabel.readers.options import ReaderOptions
from avlabel.readers.pandaset_camera import CameraTrack
from avlabel.readers.pandaset_columns import column, numbers
from avlabel.readers.pandaset_json import read_times
from avlabel.readers.pandaset_labels import read_truth
from avlabel.readers.pandaset_rig import ego_trajectory, make_rig
from avlabel.readers.recorded_log import RecordedLog
from avlabel.readers.restricted_pickle import read_frame

LIDAR_CODES = {"pandar64": 0, "pandargt": 1}
"""PandaSet's column ``d``; the first is the main one."""
FIRST_POINT_NS, LAST_POINT_NS = -101_300_000, 1_500_000
"""When the Pandar64's turn begins and ends, relative to the published time of its frame."""
MAX_OFFSET_NS = 200_000_000
"""Point times further from the middle of the sweep are an error."""


def open_log(path: Path, options: ReaderOptions) -> RecordedLog:
    """Open one scene.

    Args:
        path: the scene's folder, such as ``002``; or the folder above, with ``sequence``.
        options: ``sequence`` as above; ``lidar`` is ``pandar64`` (if None) or ``pandargt``.

    Raises:
        InputError: naming file and place.
    """
    root = (path / options.sequence if options.sequence else path).resolve()
    lidar = options.lidar or next(iter(LIDAR_CODES))
    if lidar not in LIDAR_CODES:
        raise ReadError(f"{path}: lidar '{lidar}': expected one of {', '.join(LIDAR_CODES)}")
    if not (root / "lidar").is_dir():
        raise ReadError(f"{root}: expected a scene's folder with 'lidar' in it, got none")
    files = numbered_files(root / "lidar", ".pkl.gz")
    if not files:
        raise ReadError(f"{root / 'lidar'}: expected sweeps such as 00.pkl.gz, got none")
    frames = np.array(list(files), np.int64)
    tracks = [
        CameraTrack.load(folder, frames)
        for folder in sorted((root / "camera").glob("*"))
        if folder.is_dir()
    ]
    trajectory = ego_trajectory(root / "lidar", frames, tracks)
    stamp_ns = read_times(root / "lidar" / "timestamps.json")[frames]
    sweeps = _Sweeps(files, LIDAR_CODES[lidar], _index(lidar, files, stamp_ns), trajectory)
    labels = _Labels(root / "annotations" / "cuboids", sweeps)
    images = {track.sensor_id: track.images(root) for track in tracks}
    return RecordedLog(
        log_id=folder_name("pandaset", root.name),
        root=root,
        rig=make_rig(tracks, trajectory, root),
        trajectory=trajectory,
        sweeps=sweeps.index,
        images={sensor_id: index for sensor_id, index in images.items() if len(index)},
        metadata={
            "format": "pandaset",
            "poses": "recorded",
            "image_times": "published times are taken as the end of a rolling readout of 50 ms",
            "licence": "CC BY 4.0",
        },
        load_sweep=sweeps.read,
        load_truth=labels.read,
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Sweeps:
    """The sweeps of one LiDAR."""

    files: Mapping[int, Path]
    lidar_code: int
    index: SweepIndex
    trajectory: Trajectory

    def read(self, index: int) -> Sweep:
        """Points are stored in the world, each where it was hit; here they go to the car."""
        frame_idx, ref_ns = int(self.index.frame_idx[index]), int(self.index.ref_ns[index])
        path = self.files[frame_idx]
        columns = read_frame(path)
        mine = column(columns, "d", path) == self.lidar_code
        points_world = np.column_stack([column(columns, axis, path)[mine] for axis in "xyz"])
        ego_from_world = self.trajectory.at(ref_ns).inverse()
        # Infinite coordinates times zero are NaN; the ingest stage drops both.
        with np.errstate(invalid="ignore", over="ignore"):
            points_ego = ego_from_world.apply(points_world.astype(np.float64)).astype(np.float32)
        t_offset_ns = numbers(columns, "t", path)[mine] * 1e9 - ref_ns
        if len(t_offset_ns) and np.abs(t_offset_ns).max() > MAX_OFFSET_NS:
            raise ReadError(
                f"{path}: column 't': expected times within {MAX_OFFSET_NS / 1e9} s of the sweep's "
                f"middle, got {np.abs(t_offset_ns).max() / 1e9:.3f} s"
            )
        intensity = np.clip(np.rint(numbers(columns, "i", path)[mine]), 0, 255)
        return Sweep(
            frame_idx=frame_idx,
            sensor_id=self.index.sensor_id,
            ref_ns=ref_ns,
            points_ego=points_ego,
            intensity=intensity.astype(np.int16),
            ring=np.full(len(points_ego), -1, np.int16),
            t_offset_ns=t_offset_ns.astype(np.int32),
            compensated=True,
        )


@dataclass(frozen=True, slots=True, eq=False)
class _Labels:
    """The label files, and the sweeps that they belong to."""

    folder: Path
    sweeps: _Sweeps

    def read(self) -> Truth | None:
        sweeps = self.sweeps
        files = numbered_files(self.folder, ".pkl.gz")
        return read_truth(files, sweeps.lidar_code, sweeps.index, sweeps.read, sweeps.trajectory)


def _index(lidar: str, files: Mapping[int, Path], stamp_ns: Int64) -> SweepIndex:
    """Published times are those of the Pandar64; the PandarGT runs free, but near enough."""
    return SweepIndex(
        lidar,
        np.array(list(files), np.int32),
        stamp_ns + FIRST_POINT_NS,
        stamp_ns + LAST_POINT_NS,
        list(files.values()),
    )
