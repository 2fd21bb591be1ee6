"""Whether boxes move: by their velocity, or by the displacement of their track."""

from __future__ import annotations

import numpy as np

from avlabel.core.arrays import Float64, Int64
from avlabel.core.cuboids import NO_TRACK, Cuboids


def speeds(cuboids: Cuboids, window_s: float) -> Float64:
    """Speed over ground of each box.

    Args:
        cuboids: N boxes, in the world.
        window_s: boxes without velocity get the displacement between the first and the last
            box of their track within half this time before and after, over the time between.

    Returns:
        (N,) float64 metres a second in the ground plane, NaN where nothing tells.
    """
    speed: Float64 = np.linalg.norm(cuboids.velocity[:, :2].astype(np.float64), axis=1)
    unknown = ~np.isfinite(speed) & (cuboids.track_id != NO_TRACK)
    for track in np.unique(cuboids.track_id[unknown]):
        rows = np.flatnonzero(cuboids.track_id == track)
        rows = rows[np.argsort(cuboids.timestamp_ns[rows], kind="stable")]
        along = _windowed_speed(
            cuboids.timestamp_ns[rows], cuboids.center[rows, :2], int(window_s * 5e8)
        )
        speed[rows] = np.where(unknown[rows], along, speed[rows])
    return speed


def _windowed_speed(t_ns: Int64, xy: Float64, half_ns: int) -> Float64:
    first = np.searchsorted(t_ns, t_ns - half_ns, side="left")
    last = np.searchsorted(t_ns, t_ns + half_ns, side="right") - 1
    seconds = (t_ns[last] - t_ns[first]) / 1e9
    moved_m = np.linalg.norm(xy[last] - xy[first], axis=1)
    speed = np.full(len(t_ns), np.nan)
    return np.asarray(np.divide(moved_m, seconds, out=speed, where=seconds > 0))
