"""Ego motion within a sweep, where a sweep's file says when its points hold."""

from __future__ import annotations

from avlabel.core.se3 import SE3
from avlabel.core.trajectory import MAX_EXTRAPOLATION_NS, Trajectory
from avlabel.errors import ReadError, TimeRangeError


def moved_between(trajectory: Trajectory, from_ns: int, to_ns: int, where: str) -> SE3:
    """``ego_from_ego`` that takes points from the ego frame at one time to that at another.

    The motion is continued beyond the poses as far as every stage does it.

    Raises:
        ReadError: that begins with ``where``, if a time has no pose.
    """
    try:
        world_from_old = trajectory.at(from_ns, extrapolate_ns=MAX_EXTRAPOLATION_NS)
        world_from_new = trajectory.at(to_ns, extrapolate_ns=MAX_EXTRAPOLATION_NS)
    except TimeRangeError as error:
        raise ReadError(f"{where}: {error}") from error
    return world_from_new.inverse() @ world_from_old
