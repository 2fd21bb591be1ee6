"""ROS bags: ``.bag``, ROS 2 folders and ``.mcap``; ``topics.toml`` says what topics are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from avlabel.core.rig import Camera, Lidar, Rig
from avlabel.core.se3 import SE3
from avlabel.core.trajectory import Trajectory
from avlabel.errors import ReadError
from avlabel.readers.files import folder_name
from avlabel.readers.odometry import odometry
from avlabel.readers.options import ReaderOptions
from avlabel.readers.recorded_log import RecordedLog
from avlabel.readers.rig_toml import load_rig
from avlabel.readers.ros_bag import RosBag, Topic
from avlabel.readers.ros_frames import RosFrames
from avlabel.readers.ros_images import model_of
from avlabel.readers.ros_pictures import ImagePass
from avlabel.readers.ros_propose import (
    CLOUD,
    IMAGES,
    INFO,
    ODOMETRY,
    is_static,
    propose_topics,
    tf_topics,
)
from avlabel.readers.ros_sweeps import BagSweeps, CloudPass
from avlabel.readers.ros_topics import FILE, FROM_SWEEPS, FROM_TF, BagTopics, load_topics

Taker = Callable[[Any, int], None]


def open_log(path: Path, options: ReaderOptions) -> RecordedLog:
    """Open one bag: one ordered pass for times, poses and images; clouds are read when asked for.

    Args:
        path: the bag, or a folder that holds one.
        options: ``lidar`` is one of ``topics.toml``; ``sequence`` has no meaning here.

    Raises:
        InputError: naming bag, topic and place.
    """
    if options.sequence is not None:
        raise ReadError(f"{path}: sequence '{options.sequence}': a bag has none")
    bag = RosBag.find(path)
    topics, said_by = topics_of(bag)
    lidar_id = options.lidar or next(iter(topics.lidars))
    if lidar_id not in topics.lidars:
        known = ", ".join(topics.lidars)
        raise ReadError(f"{bag.path}: lidar '{lidar_id}': expected one of {known}")
    opening = _Opening(bag, topics, bag.topics())
    opening.check()
    clouds = CloudPass(bag, topics.lidars[lidar_id])
    pictures = {key: ImagePass(bag, camera.topic) for key, camera in topics.cameras.items()}
    frames = opening.passed(clouds, pictures)
    rig = opening.rig(frames)
    sweeps = clouds.sweeps(rig.lidars[lidar_id])
    trajectory, source = opening.trajectory(frames, sweeps)
    faults = [fault for picture in pictures.values() for fault in picture.faults]
    skipped = {"images_skipped": f"{len(faults)}; first: {faults[0]}"} if faults else {}
    return RecordedLog(
        log_id=folder_name(bag.path.stem) or "bag",
        root=bag.folder,
        rig=rig,
        trajectory=trajectory,
        sweeps=sweeps.index,
        images={
            key: picture.index(key, rig.cameras[key].time_offset_ns)
            for key, picture in pictures.items()
            if picture.files
        },
        metadata={
            "format": "rosbag",
            "poses": source,
            "topics": said_by,
            "times": "of headers; of receipt where a header has none",
            "clouds_sha256": clouds.digest.hexdigest(),
            **skipped,
        },
        load_sweep=sweeps.read,
        load_truth=lambda: None,
    )


def topics_of(bag: RosBag) -> tuple[BagTopics, str]:
    """What the topics are, and who says so: ``topics.toml`` beside the bag, else a proposal.

    Raises:
        ReadError: if the file or the bag cannot be read.
    """
    path = bag.folder / FILE
    return (load_topics(path), FILE) if path.exists() else (propose_topics(bag), "proposed")


@dataclass(frozen=True, slots=True)
class _Opening:
    bag: RosBag
    topics: BagTopics
    there: dict[str, Topic]

    def check(self) -> None:
        """Every topic named must be there and of the right type."""
        cameras = self.topics.cameras.values()
        named: list[tuple[str, tuple[str, ...]]] = [
            *((lidar.topic, (CLOUD,)) for lidar in self.topics.lidars.values()),
            *((camera.topic, IMAGES) for camera in cameras),
        ]
        if twice := [name for name, count in Counter(n for n, _ in named).items() if count > 1]:
            raise ReadError(f"{self.bag.path}: topic {twice[0]}: expected one sensor, got several")
        named += [(camera.info, (INFO,)) for camera in cameras if camera.info]
        if self.topics.poses not in (FROM_TF, FROM_SWEEPS):
            named.append((self.topics.poses, (ODOMETRY,)))
        for name, types in named:
            if name not in self.there:
                known = ", ".join(self.there) or "none"
                raise ReadError(f"{self.bag.path}: topic {name} is missing; there are {known}")
            if (got := self.there[name].type_name) not in types:
                expected = " or ".join(types)
                raise ReadError(f"{self.bag.path}: topic {name}: expected {expected}, got {got}")

    def passed(self, clouds: CloudPass, pictures: dict[str, ImagePass]) -> RosFrames:
        """Go through the bag once."""
        frames = RosFrames(str(self.bag.path))
        takers: dict[str, Taker] = {
            name: partial(frames.add_tf, static=is_static(name))
            for name in tf_topics(self.there.values())
        }
        takers |= {picture.topic: picture.take for picture in pictures.values()}
        takers[clouds.lidar.topic] = clouds.take
        # Beside tf's own transforms the same frame's odometry would be a second parent.
        told = RosFrames(str(self.bag.path)) if self._from_odometry else frames
        if self._from_odometry:
            takers[self.topics.poses] = told.add_odometry
        for topic, received_ns, message in self.bag.messages(takers):
            takers[topic](message, received_ns)
        frames.edges.update(told.edges)
        return frames

    @property
    def _from_odometry(self) -> bool:
        return self.topics.poses not in (FROM_TF, FROM_SWEEPS)

    @property
    def _ego_from_base(self) -> SE3:
        """The frame that transforms call the vehicle may lie above the road."""
        return SE3(np.eye(3), np.array([0.0, 0.0, self.topics.ego_height_m]))

    def rig(self, frames: RosFrames) -> Rig:
        """Sensors, from the rig file, else from transforms and camera infos."""
        if self.topics.rig:
            rig = load_rig(self.bag.folder / self.topics.rig)
            for name in (*self.topics.lidars, *self.topics.cameras):
                if name not in rig.lidars and name not in rig.cameras:
                    raise ReadError(f"{self.topics.rig}: sensor '{name}' of {FILE} is missing")
            return rig
        lidars = {
            key: Lidar(key, self._mounted(frames, lidar.topic))
            for key, lidar in self.topics.lidars.items()
        }
        return Rig(lidars, {key: self._camera(key, frames) for key in self.topics.cameras})

    def _mounted(self, frames: RosFrames, topic: str) -> SE3:
        message = self.bag.first(topic)
        if message is None:
            raise ReadError(f"{self.bag.path}: topic {topic}: expected messages, got none")
        frame = str(message.header.frame_id).lstrip("/")
        return self._ego_from_base @ frames.fixed(self.topics.ego_frame, frame)

    def _camera(self, key: str, frames: RosFrames) -> Camera:
        topic = self.topics.cameras[key]
        where = f"{self.bag.path}: topic {topic.info}"
        info = self.bag.first(topic.info) if topic.info else None
        if info is None:
            raise ReadError(
                f"{self.bag.path}: camera '{key}': expected 'info' to name its optics, or a rig"
            )
        model = model_of(info, topic.rectified, where)
        return Camera(key, self._mounted(frames, topic.topic), model)

    def trajectory(self, frames: RosFrames, sweeps: BagSweeps) -> tuple[Trajectory, str]:
        """Poses of the vehicle, and where they come from."""
        if self.topics.poses == FROM_SWEEPS:
            return odometry(sweeps.index, sweeps.read)
        world = self.topics.world_frame
        if self._from_odometry:
            first = self.bag.first(self.topics.poses)
            names = first.header.frame_id, first.child_frame_id
            world, base = (str(name).lstrip("/") for name in names)
            base_from_ego = frames.fixed(base, self.topics.ego_frame)
            path = frames.trajectory(world, base)
            path = replace(path, world_from_ego=path.world_from_ego @ base_from_ego)
        else:
            path = frames.trajectory(world, self.topics.ego_frame)
        on_road = path.world_from_ego @ self._ego_from_base.inverse()
        return replace(path, world_from_ego=on_road), f"{self.topics.poses} in {world}"
