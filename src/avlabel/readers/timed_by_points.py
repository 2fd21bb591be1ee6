"""When labelled boxes were where they are: a LiDAR tells by its points inside."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from avlabel.core.cuboids import Cuboids
from avlabel.core.sweep import Sweep
from avlabel.core.trajectory import MAX_EXTRAPOLATION_NS, Trajectory
from avlabel.errors import ReadError
from avlabel.geometry.boxes import points_in_boxes


def timed_by_points(
    cuboids: Cuboids, index: int, read_sweep: Callable[[int], Sweep], trajectory: Trajectory
) -> Cuboids:
    """The boxes with their number of points, at the mean time of these.

    Args:
        cuboids: of one frame, in the world, at the sweep's reference time.
        index: position of its sweep.
        read_sweep: gives the sweep at a position.
        trajectory: for the sweep's pose.

    Returns:
        The same boxes; as they were if the sweep cannot be read, which whoever reads it for its
        points says.
    """
    try:
        sweep = read_sweep(index)
    except ReadError:
        return cuboids
    world_from_ego = trajectory.at(sweep.ref_ns, extrapolate_ns=MAX_EXTRAPOLATION_NS)
    inside = points_in_boxes(sweep.points_ego, cuboids.moved(world_from_ego.inverse(), "ego"))
    offset_ns = [int(sweep.t_offset_ns[rows].mean()) if len(rows) else 0 for rows in inside]
    return replace(
        cuboids,
        timestamp_ns=cuboids.timestamp_ns + np.array(offset_ns, np.int64),
        num_points=np.array([len(rows) for rows in inside], np.int32),
    )
