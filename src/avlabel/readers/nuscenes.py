"""nuScenes: one scene of a release, tables beside folders of samples and sweeps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from avlabel.core.log import ImageIndex, SweepIndex, Truth
from avlabel.core.rig import Lidar
from avlabel.core.sweep import Sweep
from avlabel.errors import ReadError
from avlabel.readers.files import folder_name
from avlabel.readers.nuscenes_cloud import TURN_NS, read_cloud
from avlabel.readers.nuscenes_labels import read_truth
from avlabel.readers.nuscenes_scene import LIDAR, NuscenesScene, Recorded, read_scene
from avlabel.readers.nuscenes_tables import tables_folder
from avlabel.readers.options import ReaderOptions
from avlabel.readers.pose_changes import moved_between
from avlabel.readers.recorded_log import RecordedLog

LICENCE = "CC BY-NC-SA 4.0"


def open_log(path: Path, options: ReaderOptions) -> RecordedLog:
    """Open one scene.

    Args:
        path: the data set's folder, or the folder of its tables, such as ``v1.0-mini``.
        options: ``sequence`` such as ``scene-0061``; needed where there are several.

    Raises:
        InputError: naming file and place.
    """
    if options.lidar not in (None, LIDAR):
        raise ReadError(f"{path}: lidar '{options.lidar}': expected '{LIDAR}'")
    scene = read_scene(tables_folder(path), options.sequence)
    root = scene.tables.parent.resolve()
    clouds = _present(scene.files[LIDAR])
    rig = scene.rig()
    sweeps = _Sweeps(scene, clouds, _index(clouds), rig.lidars[LIDAR])
    indexes = {channel: _images(root, channel, scene.files[channel]) for channel in rig.cameras}
    only = "keyframes" if all(cloud.is_keyframe for cloud in clouds) else "keyframes and sweeps"
    return RecordedLog(
        log_id=folder_name("nuscenes", scene.name),
        root=root,
        rig=rig,
        trajectory=scene.trajectory,
        sweeps=sweeps.index,
        images={channel: index for channel, index in indexes.items() if len(index)},
        metadata={"format": "nuscenes", "poses": "recorded", "frames": only, "licence": LICENCE},
        load_sweep=sweeps.read,
        load_truth=sweeps.read_truth,
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Sweeps:
    """The sweeps of LIDAR_TOP, and the labels of those that are keyframes."""

    scene: NuscenesScene
    clouds: Sequence[Recorded]
    index: SweepIndex
    lidar: Lidar

    def read(self, index: int) -> Sweep:
        """Points are stored as the LiDAR would have seen them at the sweep's end."""
        path = self.clouds[index].path
        cloud = read_cloud(path)
        end_ns, ref_ns = int(self.index.end_ns[index]), int(self.index.ref_ns[index])
        moved = moved_between(self.scene.trajectory, end_ns, ref_ns, str(path))
        # Infinite coordinates times zero are NaN; the ingest stage drops both.
        with np.errstate(invalid="ignore", over="ignore"):
            points = cloud.points_lidar.astype(np.float64)
            points_ego = (moved @ self.lidar.ego_from_sensor).apply(points).astype(np.float32)
        offset_ns = np.zeros(len(points_ego), np.int32)
        if cloud.before_ns is not None:
            offset_ns = (end_ns - ref_ns - cloud.before_ns).astype(np.int32)
        return Sweep(
            frame_idx=int(self.index.frame_idx[index]),
            sensor_id=LIDAR,
            ref_ns=ref_ns,
            points_ego=points_ego,
            intensity=cloud.intensity,
            ring=cloud.ring,
            t_offset_ns=offset_ns,
            compensated=True,
        )

    def read_truth(self) -> Truth | None:
        own = {cloud.sample: i for i, cloud in enumerate(self.clouds) if cloud.is_keyframe}
        return read_truth(self.scene, self.index, own, self.read)


def _present(clouds: Sequence[Recorded]) -> Sequence[Recorded]:
    """All sweeps; the keyframes alone where none of those in between has been downloaded."""
    between = [cloud for cloud in clouds if not cloud.is_keyframe]
    if any(cloud.path.exists() for cloud in between):
        return clouds
    return [cloud for cloud in clouds if cloud.is_keyframe]


def _index(clouds: Sequence[Recorded]) -> SweepIndex:
    end_ns = np.array([cloud.time_ns for cloud in clouds], np.int64)
    frame_idx = np.arange(len(clouds), dtype=np.int32)
    return SweepIndex(LIDAR, frame_idx, end_ns - TURN_NS, end_ns, [cloud.path for cloud in clouds])


def _images(root: Path, channel: str, files: Sequence[Recorded]) -> ImageIndex:
    """Images that are there; those between keyframes need not have been downloaded."""
    files = [file for file in files if file.path.exists()]
    times = np.array([file.time_ns for file in files], np.int64)
    return ImageIndex(channel, times, [file.path.relative_to(root).as_posix() for file in files])
