"""The tree of frames that ``tf``, ``tf_static`` and ``nav_msgs/Odometry`` describe."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from avlabel.core.arrays import Int64
from avlabel.core.se3 import SE3
from avlabel.core.trajectory import Trajectory
from avlabel.errors import NotARotationError, ReadError
from avlabel.readers.ros_bag import stamp_ns

STILL_M = 0.001
"""Transforms that move less than this between messages are fixed mounts that tf repeats."""


@dataclass(slots=True)
class _Edge:
    """A frame's place in its parent, over time."""

    parent: str
    static: bool
    rows: list[tuple[int, tuple[float, ...]]] = field(default_factory=list)


@dataclass(slots=True)
class RosFrames:
    """Frames by name; filled message by message.

    Attributes:
        where: the bag, for messages.
        edges: by child frame.
    """

    where: str
    edges: dict[str, _Edge] = field(default_factory=dict)

    def add_tf(self, message: Any, received_ns: int, static: bool) -> None:
        """Take in a ``tf2_msgs/TFMessage``.

        Raises:
            ReadError: if a frame has a second parent.
        """
        for one in message.transforms:
            turn, shift = one.transform.rotation, one.transform.translation
            self._add(one, received_ns, static, turn, shift)

    def add_odometry(self, message: Any, received_ns: int) -> None:
        """Take in a ``nav_msgs/Odometry``.

        Raises:
            ReadError: if its frame has a second parent.
        """
        pose = message.pose.pose
        self._add(message, received_ns, False, pose.orientation, pose.position)

    def _add(self, one: Any, received_ns: int, static: bool, turn: Any, shift: Any) -> None:
        parent, child = _name(one.header.frame_id), _name(one.child_frame_id)
        edge = self.edges.setdefault(child, _Edge(parent, static))
        if edge.parent != parent:
            raise ReadError(
                f"{self.where}: frame '{child}': expected one parent, got '{edge.parent}' and "
                f"'{parent}'"
            )
        values = (turn.w, turn.x, turn.y, turn.z, shift.x, shift.y, shift.z)
        edge.rows.append((stamp_ns(one, received_ns), values))

    def chain(self, frame: str) -> list[str]:
        """The frame, its parent, and so on up to the root.

        Raises:
            ReadError: if it goes round in a circle.
        """
        names = [frame]
        while (edge := self.edges.get(names[-1])) is not None:
            if edge.parent in names:
                raise ReadError(f"{self.where}: frames go in a circle: {' < '.join(names)}")
            names.append(edge.parent)
        return names

    def carrier(self, frame: str) -> str:
        """The highest frame that ``frame`` is fixed to."""
        chain = self.chain(frame)
        return next((name for name in chain[:-1] if not self._is_fixed(name)), chain[-1])

    def fixed(self, target: str, source: str) -> SE3:
        """``target_from_source`` of two frames that never move against each other.

        Raises:
            ReadError: if no transforms join them, or they move.
        """
        up_target, up_source = self.chain(target), self.chain(source)
        common = next((name for name in up_source if name in up_target), None)
        if common is None:
            raise ReadError(
                f"{self.where}: no transforms join '{source}' (up to '{up_source[-1]}') and "
                f"'{target}' (up to '{up_target[-1]}'); name the frame or give a rig in topics.toml"
            )
        common_from_source = self._fixed_product(up_source[: up_source.index(common)])
        common_from_target = self._fixed_product(up_target[: up_target.index(common)])
        return common_from_target.inverse() @ common_from_source

    def _fixed_product(self, children: list[str]) -> SE3:
        product = SE3.identity()
        for child in children:
            if not self._is_fixed(child):
                parent = self.edges[child].parent
                raise ReadError(
                    f"{self.where}: frame '{child}' moves in '{parent}'; expected a fixed mount"
                )
            product = self._poses(child)[1][0] @ product
        return product

    def trajectory(self, world: str, ego: str) -> Trajectory:
        """``world_from_ego`` at the stamps of the frame between them that is told most often.

        Raises:
            ReadError: if no transforms join them, or all of them are fixed.
        """
        chain = self.chain(ego)
        if world not in chain:
            raise ReadError(
                f"{self.where}: expected frame '{world}' above '{ego}', got {' < '.join(chain)}"
            )
        between = chain[: chain.index(world)]
        moving = {name: Trajectory(*self._poses(name)) for name in between if self._is_told(name)}
        if not moving:
            raise ReadError(
                f"{self.where}: '{ego}' is fixed to '{world}'; expected frames that move"
            )
        finest = max(moving.values(), key=lambda track: len(track.timestamp_ns))
        times = finest.timestamp_ns
        for track in moving.values():
            times = times[track.covers(times)]
        if not len(times):
            raise ReadError(f"{self.where}: frames from '{ego}' to '{world}' share no time")
        product = SE3.identity()
        for name in between:
            here = moving[name].at(times) if name in moving else self._poses(name)[1][0]
            product = here @ product
        return Trajectory(times, product)

    def _is_told(self, name: str) -> bool:
        """Whether a frame's place is told over time, even if it stands: cars park."""
        return not self.edges[name].static and len(self.edges[name].rows) > 1

    def _is_fixed(self, name: str) -> bool:
        edge = self.edges[name]
        if edge.static or len(edge.rows) < 2:
            return True
        values = np.array([row for _, row in edge.rows])
        values[:, :4] *= np.where(values[:, :1] < 0, -1, 1)  # Both signs are the same rotation.
        return bool(np.ptp(values, axis=0).max() < STILL_M)

    def _poses(self, name: str) -> tuple[Int64, SE3]:
        """Stamps, sorted, of several at one stamp the last; and ``parent_from_child``."""
        rows = dict(self.edges[name].rows)
        times = np.array(sorted(rows), np.int64)
        values = np.array([rows[int(time)] for time in times])
        try:
            if not np.isfinite(values).all():
                raise NotARotationError("not finite")
            return times, SE3.from_quat(values[:, :4], values[:, 4:])
        except NotARotationError as error:
            raise ReadError(
                f"{self.where}: frame '{name}' in '{self.edges[name].parent}': {str(error)[:200]}"
            ) from error


def _name(frame: object) -> str:
    """ROS 1 bags spell some frames with a slash in front."""
    return str(frame).lstrip("/")
