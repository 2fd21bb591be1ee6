"""Sensor data of the frames: points as they are shown, images, where everything stands."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from avlabel.core.arrays import BoolArray, Float32, Float64
from avlabel.core.cuboids import NO_TRACK, Cuboids
from avlabel.core.se3 import SE3
from avlabel.scenes.scene import Scene
from avlabel_viewer.actions.cloud import Cloud, CloudMaker
from avlabel_viewer.actions.photos import Photos
from avlabel_viewer.editing.placement import Placement
from avlabel_viewer.frames.accumulator import Accumulator
from avlabel_viewer.frames.cache import FrameCache
from avlabel_viewer.frames.data import FrameData
from avlabel_viewer.frames.stack import StackWish
from avlabel_viewer.session.changed import Changed
from avlabel_viewer.session.display import Display
from avlabel_viewer.session.session import Session

VEHICLE_LWH = np.array([4.5, 2.0, 1.6])
"""Metres: a car's size, for the recording vehicle."""
VEHICLE_MIDDLE_M = 1.4
"""Ahead of its rear axle."""


class Sensors:
    """Reads what the current frame needs, and ahead of it.

    Args:
        session: whose scene and frame.
        open_frames: reads sensor data of a scene.
    """

    def __init__(self, session: Session, open_frames: Callable[[Scene], FrameCache]) -> None:
        self._session, self._open_frames = session, open_frames
        self._open()

    def _open(self) -> None:
        self._scene = self._session.scene
        self.frames = self._open_frames(self._scene)
        self.photos = Photos(self._scene)
        self._stacks = Accumulator(self.frames, self._scene)
        self._stack: FrameData | None = None
        self._told: set[str] = set()
        self._make_cloud = CloudMaker(self._scene.taxonomy)
        self._frame_idx, self._sharp = self._session.frame_idx, tuple[str, ...]()
        self._want(1)

    def close(self) -> None:
        """Stop reading."""
        self._stacks.close()
        self.frames.close()

    # -- time goes on -------------------------------------------------------------------------

    def follow(self) -> Float64 | None:
        """Read what the session needs now.

        Returns:
            (3,) how far the vehicle went since the frame before; None if the frame is the same.
        """
        if self._session.scene is not self._scene:
            self.close()
            self._open()
            return None
        before, after = self._frame_idx, self._session.frame_idx
        if before == after:
            return None
        self._frame_idx, self._stack = after, None
        self._stacks.cancel()
        self._want(1 if after > before else -1)
        self._tell_problems()
        return self._world_from_ego(after).translation - self._world_from_ego(before).translation

    def take_arrivals(self) -> None:
        """Let the session know what has been read since."""
        if self._session.frame_idx in self.frames.arrivals():
            self._session.note(Changed.FRAME)
            self._tell_problems()
        stack = self._stacks.take()
        if stack is not None:
            self._stack = stack
            for problem in stack.problems:
                self._session.say(problem)
            self._session.note(Changed.FRAME)

    def _tell_problems(self) -> None:
        """Say once what of the current frame could not be read."""
        problems = self.data.problems if self.data is not None else ()
        new = [problem for problem in problems if problem not in self._told]
        self._told.update(new)
        if new:
            more = f" (and {len(new) - 1} more)" if len(new) > 1 else ""
            self._session.say(new[0] + more)

    def _want(self, direction: int) -> None:
        self.frames.want(self._frame_idx, direction, self._sharp)

    def want_sharp(self, camera: str | None) -> None:
        """Have the images of one camera whole, since a part of them is shown large."""
        sharp = (camera,) if camera else ()
        if sharp != self._sharp:
            self._sharp = sharp
            self._want(1)

    @property
    def progress(self) -> tuple[str, int, int]:
        """What is being read, how much of it is done, and of how much."""
        done, wanted = self._stacks.progress
        if done < wanted:
            return "putting sweeps together", done, wanted
        return "reading", *self.frames.progress

    # -- what is there ------------------------------------------------------------------------

    @property
    def data(self) -> FrameData | None:
        """Points and images of the current frame; None while they are being read."""
        return self.frames.peek(self._session.frame_idx)

    def cloud(self, boxes: Cuboids) -> Cloud:
        """The points as they are shown, of one sweep or of several.

        Args:
            boxes: of the frame, world, for colours by class and track.
        """
        session = self._session
        data = self._several(session.display) or self.data
        return self._make_cloud(data, session.display, boxes, self.vehicle)

    def _several(self, display: Display) -> FrameData | None:
        """Sweeps put together as the display says; None while they are, or if it is one."""
        session = self._session
        if display.sweeps == 1:
            self._stacks.cancel()
            self._stack = None
            return None
        follows = display.moved_with_object and session.track_id >= 0
        wish = StackWish(
            session.frame_idx, display.sweeps, session.track_id if follows else NO_TRACK
        )
        self._stacks.ask(wish, session.cuboids, session.labels.tracks)
        return self._stack

    def points_of(self, frame_idx: int) -> tuple[Float32, BoolArray]:
        """Points (N, 3) of a frame and which are ground; waits for them. From any thread."""
        data = self.frames.points(frame_idx)
        return data.points, data.is_ground

    @property
    def vehicle(self) -> Placement:
        """Where the recording vehicle is, as a box of a car's size."""
        pose = self._world_from_ego(self._session.frame_idx)
        middle = np.array([[VEHICLE_MIDDLE_M, 0.0, VEHICLE_LWH[2] / 2]])
        return Placement(pose.apply(middle)[0], pose.quat_wxyz, VEHICLE_LWH)

    @property
    def eye(self) -> Float64:
        """(3,) metres, world: where the main LiDAR is; the vehicle where there is none."""
        scene, pose = self._session.scene, self._world_from_ego(self._session.frame_idx)
        if not scene.lidars:
            return pose.translation
        return (pose @ scene.rig.lidars[scene.lidars[0]].ego_from_sensor).translation

    def _world_from_ego(self, frame_idx: int) -> SE3:
        frames = self._session.scene.frames
        return frames.world_from_ego[int(frames.positions(np.array([frame_idx]))[0])]
