"""Motion compensation: every point to the ego frame of one moment."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numba import njit

from avlabel.core.options import option
from avlabel.core.sweep import Sweep
from avlabel.core.trajectory import MAX_EXTRAPOLATION_NS, Trajectory


@dataclass(frozen=True, slots=True)
class CompensateConfig:
    """Settings of the motion compensation."""

    step_us: float = option(
        100.0, "poses are interpolated at this step; at 30 m/s it costs 1.5 mm at most", above=0
    )


def compensate(sweep: Sweep, trajectory: Trajectory, config: CompensateConfig) -> Sweep:
    """Take the ego motion during the turn out of a sweep.

    Args:
        sweep: points, each in the ego frame at its own time; returned as it is if already
            compensated, or if its points carry no times.
        trajectory: ego poses, any world.
        config: step of the poses.

    Returns:
        The same points in the ego frame at ``ref_ns``.

    Raises:
        TimeRangeError: if a point's time lies more than 50 ms outside the poses, or in a gap of
            them.
    """
    first, last = sweep.end_offset_ns
    if sweep.compensated or first == last:
        return sweep
    step_ns = int(config.step_us * 1000)
    # The last tick is the last point's time, lest it lie further outside the poses than any point.
    ticks = np.arange(first, last + step_ns, step_ns, dtype=np.int64).clip(max=last)
    reach = MAX_EXTRAPOLATION_NS
    ego_ref_from_world = trajectory.at(sweep.ref_ns, extrapolate_ns=reach).inverse()
    moved = ego_ref_from_world @ trajectory.at(sweep.ref_ns + ticks, extrapolate_ns=reach)
    points = _move(
        sweep.points_ego, sweep.t_offset_ns, first, step_ns, moved.rotation, moved.translation
    )
    return replace(sweep, points_ego=points, compensated=True)


@njit(cache=True, nogil=True)
def _move(points, t_offset_ns, first, step_ns, rotation, translation):  # type: ignore[no-untyped-def]
    out = np.empty_like(points)
    for p in range(len(points)):
        k = (t_offset_ns[p] - first + step_ns // 2) // step_ns
        x, y, z = points[p, 0], points[p, 1], points[p, 2]
        for row in range(3):
            r = rotation[k, row]
            out[p, row] = r[0] * x + r[1] * y + r[2] * z + translation[k, row]
    return out
