"""LiDAR points: one file a sensor, one row group a sweep.

Whole millimetres in ring order make neighbouring rows differ little, which
DELTA_BINARY_PACKED turns into few bits: about 4.5 bytes a point, 6 with a time for each.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from avlabel.core.arrays import Float32
from avlabel.core.sweep import Sweep
from avlabel.errors import SceneWriteError
from avlabel.scenes.convert.columns import array, build
from avlabel.scenes.tables import POINTS, POINTS_LOSSLESS

MM = np.float32(1000)


def in_ring_order(sweep: Sweep) -> Sweep:
    """The sweep with its points sorted by ring, stably; as it is where rings are unknown."""
    if np.all(sweep.ring[1:] >= sweep.ring[:-1]):
        return sweep
    return sweep.select(np.argsort(sweep.ring, kind="stable"))


def sweep_to_table(sweep: Sweep, *, lossless: bool = False) -> pa.Table:
    """The rows of a sweep, in the sweep's order.

    Raises:
        SceneWriteError: for a coordinate that is not finite, or beyond 2147 km.
    """
    axes = _metres(sweep) if lossless else _millimetres(sweep)
    return build(
        POINTS_LOSSLESS if lossless else POINTS,
        {
            "frame_idx": np.full(len(sweep), sweep.frame_idx, np.int32),
            **axes,
            "intensity": sweep.intensity,
            "ring": sweep.ring,
            "t_offset_ns": sweep.t_offset_ns,
        },
    )


def _metres(sweep: Sweep) -> dict[str, Float32]:
    if not np.all(np.isfinite(sweep.points_ego)):
        raise _bad_point(sweep, "not finite")
    return dict(zip(("x_m", "y_m", "z_m"), sweep.points_ego.T, strict=True))


def _millimetres(sweep: Sweep) -> dict[str, np.ndarray]:
    scaled = np.rint(sweep.points_ego * MM)
    # NaN fails the comparison too.
    if not np.all(np.abs(scaled) < 2.0**31):
        raise _bad_point(sweep, "not finite, or beyond 2147 km")
    return dict(zip(("x_mm", "y_mm", "z_mm"), scaled.astype(np.int32).T, strict=True))


def _bad_point(sweep: Sweep, what: str) -> SceneWriteError:
    return SceneWriteError(
        f"frame {sweep.frame_idx}, lidar '{sweep.sensor_id}': a point's coordinate is {what}"
    )


def points_from_table(table: pa.Table) -> Float32:
    """(N, 3) float32 metres, of either storage."""
    if "x_m" in table.column_names:
        names, scale = ("x_m", "y_m", "z_m"), np.float32(1)
    else:
        names, scale = ("x_mm", "y_mm", "z_mm"), MM
    points = np.empty((len(table), 3), np.float32)
    for axis, name in enumerate(names):
        points[:, axis] = table.column(name).to_numpy()
    points /= scale
    return points


def sweep_from_table(
    table: pa.Table, *, frame_idx: int, sensor_id: str, ref_ns: int, compensated: bool
) -> Sweep:
    """A sweep of its row group."""
    return Sweep(
        frame_idx=frame_idx,
        sensor_id=sensor_id,
        ref_ns=ref_ns,
        points_ego=points_from_table(table),
        intensity=array(table, "intensity", np.int16),
        ring=array(table, "ring", np.int16),
        t_offset_ns=array(table, "t_offset_ns", np.int32),
        compensated=compensated,
    )
