"""What a format's writer gets."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np

from avlabel.core.arrays import BoolArray, Int64
from avlabel.core.cuboids import NO_TRACK, Cuboids
from avlabel.core.frames import Frames
from avlabel.core.rig import Camera
from avlabel.core.se3 import SE3
from avlabel.core.tracks import Tracks
from avlabel.core.trajectory import MAX_EXTRAPOLATION_NS
from avlabel.edits.model import Value
from avlabel.errors import ExportError
from avlabel.exchange.account import Account
from avlabel.exchange.options import ExportOptions
from avlabel.exchange.selection import Attributes
from avlabel.scenes.locate import suggest
from avlabel.scenes.scene import Scene


@dataclass(frozen=True, slots=True, eq=False)
class FrameLabels:
    """The labels of one frame.

    Attributes:
        position: of the frame among the job's.
        frame_idx: its number.
        ref_ns: its time.
        world_from_ego: at that time.
        rows: (K,) int64 rows of the job's cuboids.
        boxes_ego: the K boxes in the ego frame at ``ref_ns``; each stands where it was at its
            own time, which is where the sweep shows it.
        class_names: K names.
    """

    position: int
    frame_idx: int
    ref_ns: int
    world_from_ego: SE3
    rows: Int64
    boxes_ego: Cuboids
    class_names: tuple[str, ...]

    def select(self, keep: BoolArray) -> FrameLabels:
        """The boxes that the mask picks."""
        names = tuple(name for name, kept in zip(self.class_names, keep, strict=True) if kept)
        boxes = self.boxes_ego.select(keep)
        return replace(self, rows=self.rows[keep], boxes_ego=boxes, class_names=names)


@dataclass(frozen=True, slots=True, eq=False)
class ExportJob:
    """Everything that one export writes.

    Attributes:
        scene: the scene.
        options: the user's wishes.
        cuboids: N boxes in the scene's world, by frame, then track.
        class_names: N names in the format.
        names: of all classes that the format is given, by leaf; "" for those left out.
        frames: those asked for.
        attributes: that people set.
        tracks: of the scene's labels, chosen or not.
        account: to be told what cannot be carried.
    """

    scene: Scene
    options: ExportOptions
    cuboids: Cuboids
    class_names: tuple[str, ...]
    names: Mapping[str, str]
    frames: Frames
    attributes: Attributes
    tracks: Tracks
    account: Account

    def each_frame(self) -> Iterator[FrameLabels]:
        """The frames in order of time."""
        for i, frame_idx in enumerate(self.frames.frame_idx.tolist()):
            rows = np.flatnonzero(self.cuboids.frame_idx == frame_idx)
            pose = self.frames.world_from_ego[i]
            yield FrameLabels(
                position=i,
                frame_idx=frame_idx,
                ref_ns=int(self.frames.ref_ns[i]),
                world_from_ego=pose,
                rows=rows,
                boxes_ego=self.cuboids.select(rows).moved(pose.inverse(), "ego"),
                class_names=tuple(self.class_names[row] for row in rows),
            )

    def ego_pose(self, time_ns: int) -> SE3 | None:
        """Ego pose in the scene's world; None further than 50 ms from the recorded ones."""
        trajectory = self.scene.trajectory
        if not trajectory.covers(time_ns, extrapolate_ns=MAX_EXTRAPOLATION_NS):
            return None
        return trajectory.at(time_ns, extrapolate_ns=MAX_EXTRAPOLATION_NS)

    @property
    def all_class_names(self) -> list[str]:
        """Names of all classes, used or not, each once, in the taxonomy's order."""
        return list(dict.fromkeys(name for name in self.names.values() if name))

    def object_name(self, row: int) -> str:
        """Name of a box's object: its track's number, or one of its own without a track."""
        track = int(self.cuboids.track_id[row])
        return str(track) if track != NO_TRACK else f"box {self.cuboids.cuboid_id[row]}"

    def object_uuid(self, row: int) -> uuid.UUID:
        """The same as a UUID, which is equal in every export of the scene."""
        return uuid.uuid5(uuid.NAMESPACE_OID, f"{self.scene.scene_id}/{self.object_name(row)}")

    def attributes_of(self, row: int) -> dict[str, Value]:
        """Attributes of one box, and of its track."""
        track_id, frame_idx = int(self.cuboids.track_id[row]), int(self.cuboids.frame_idx[row])
        of_track = self.attributes.get((track_id, None), {})
        return {**of_track, **self.attributes.get((track_id, frame_idx), {})}

    def camera(self) -> Camera:
        """The one camera of formats that know one.

        Raises:
            ExportError: if the scene has no such camera, or none at all.
        """
        cameras, wanted = self.scene.rig.cameras, self.options.camera
        if wanted is not None and wanted in cameras:
            return cameras[wanted]
        if wanted is not None:
            hint = suggest(wanted, list(cameras))
            raise ExportError(f"{self.scene.path}: no camera '{wanted}'{hint}")
        name = next(iter([*self.scene.cameras, *cameras]), None)
        if name is None:
            raise ExportError(f"{self.scene.path}: the format needs a camera; the scene has none")
        return cameras[name]
