"""Ego poses from the LiDAR alone, for recordings that carry none (extra ``odometry``)."""

from __future__ import annotations

from collections.abc import Callable
from importlib.metadata import version
from typing import TYPE_CHECKING

import numpy as np

from avlabel.core.arrays import Float64
from avlabel.core.log import SweepIndex
from avlabel.core.se3 import SE3
from avlabel.core.sweep import Sweep
from avlabel.core.trajectory import Trajectory
from avlabel.errors import InputError, ReadError

if TYPE_CHECKING:
    from kiss_icp.kiss_icp import KissICP

MADE_BY = "kiss-icp"
"""How a log's metadata begin to say that its poses were made from its sweeps."""
MAX_RANGE_M = 100.0
MIN_RANGE_M = 3.0
"""Nearer points are mostly the ego vehicle itself, which would pull poses towards standstill."""
VOXEL_M = 1.0


def odometry(sweeps: SweepIndex, read_sweep: Callable[[int], Sweep]) -> tuple[Trajectory, str]:
    """Register every sweep to the ones before it with KISS-ICP (Vizzo et al. 2023).

    Only the order of the sweeps and the times within each matter, so nominal timestamps do.
    Sweeps that cannot be read or are empty get no pose of their own.

    Args:
        sweeps: index of the sweeps.
        read_sweep: gives the sweep at a position of the index.

    Returns:
        The trajectory, in a world that is the ego frame of the first pose (so z is up as far as
        the car stood level), and what made it, for the log's metadata.

    Raises:
        InputError: if ``kiss-icp`` is not installed.
        ReadError: if no sweep can be read.
    """
    icp = _kiss_icp()
    times: list[int] = []
    poses: list[Float64] = []
    for index in range(len(sweeps)):
        try:
            sweep = read_sweep(index)
        except ReadError:
            continue  # Whoever reads the sweep for its points says so.
        sweep = sweep.select(np.asarray(np.isfinite(sweep.points_ego).all(axis=1)))
        if len(sweep):
            times.append(_register(icp, sweep))
            poses.append(icp.last_pose)
    if not poses:
        raise ReadError(f"lidar '{sweeps.sensor_id}': none of {len(sweeps)} sweeps can be read")
    world_from_ego = SE3.from_matrix(np.linalg.inv(poses[0]) @ np.stack(poses))
    trajectory = Trajectory(np.array(times, np.int64), world_from_ego)
    return _back_to(trajectory, int(sweeps.start_ns[0])), f"{MADE_BY} {version('kiss-icp')}"


def _kiss_icp() -> KissICP:
    try:
        from kiss_icp.config import KISSConfig
        from kiss_icp.kiss_icp import KissICP
    except ImportError as error:
        raise InputError(
            "the recording has no poses, and kiss-icp, which makes them from the sweeps, is not "
            "installed: pip install avlabel[odometry]"
        ) from error
    config = KISSConfig()
    config.data.max_range, config.data.min_range = MAX_RANGE_M, MIN_RANGE_M
    config.mapping.voxel_size = VOXEL_M
    # One thread, so that the same sweeps give the same poses.
    config.registration.max_num_threads = 1
    return KissICP(config)


def _register(icp: KissICP, sweep: Sweep) -> int:
    """Register one sweep; gives the time that its pose belongs to."""
    points = sweep.points_ego.astype(np.float64)
    first, last = sweep.end_offset_ns
    if sweep.compensated or first == last:
        icp.register_frame(points, np.zeros(0))
        return sweep.ref_ns
    # KISS-ICP takes the motion within a sweep out towards the sweep's last point.
    icp.register_frame(points, sweep.t_offset_ns.astype(np.float64))
    return sweep.ref_ns + last


def _back_to(trajectory: Trajectory, start_ns: int) -> Trajectory:
    """Continue the first motion back to the first point of the first sweep."""
    lead_ns = trajectory.start_ns - start_ns
    if lead_ns <= 0 or len(trajectory.timestamp_ns) == 1:
        return trajectory
    first = trajectory.at(start_ns, extrapolate_ns=lead_ns)
    poses = trajectory.world_from_ego
    return Trajectory(
        np.concatenate([[start_ns], trajectory.timestamp_ns]),
        SE3(
            np.concatenate([first.rotation[None], poses.rotation]),
            np.concatenate([first.translation[None], poses.translation]),
        ),
    )
