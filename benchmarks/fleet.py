"""Native drives of any length, for benchmarks: a real recording there and back again."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from recordings import SHARED, repeated

from avlabel.core.log import Log
from avlabel.core.se3 import SE3
from avlabel.readers.registry import open_log

HEADER = 'format = "avlabel-native"\nversion = 1\nlog_id = "{}"\ncompensated = true\n'
POSES = "timestamp_ns,tx_m,ty_m,tz_m,qw,qx,qy,qz"
SWEEPS = "sensor_id,frame_idx,start_ns,end_ns,file"


def kitti() -> Log:
    """KITTI tracking 0000: 21 sweeps of about 123,000 points."""
    return open_log(SHARED / "kitti-tracking", "kitti-tracking", sequence="0000")


def write_drive(log: Log, folder: Path, name: str, n_sweeps: int) -> Path:
    """A drive of ``n_sweeps``; a sweep that comes again is a second name of the same file."""
    long = repeated(log, n_sweeps)
    drive = folder / name
    lidar = long.sweeps.sensor_id
    (drive / "lidar" / lidar).mkdir(parents=True)
    sensor = long.rig.lidars[lidar].ego_from_sensor
    (drive / "log.toml").write_text(HEADER.format(name))
    (drive / "rig.toml").write_text(
        f"version = 1\n[lidars.{lidar}]\ntranslation_m = {sensor.translation.tolist()}\n"
        f"rotation_wxyz = {sensor.quat_wxyz.tolist()}\n"
    )
    rows, period = [], 2 * len(log.sweeps) - 2
    for k in range(n_sweeps):
        file = f"lidar/{lidar}/{k:06d}.parquet"
        if k < period:
            _write_sweep(long, k, sensor, drive / file)
        else:
            os.link(drive / f"lidar/{lidar}/{k % period:06d}.parquet", drive / file)
        start, end = int(long.sweeps.start_ns[k]), int(long.sweeps.end_ns[k])
        rows.append(f"{lidar},{k},{start},{end},{file}")
    (drive / "sweeps.csv").write_text("\n".join([SWEEPS, *rows]))
    _write_poses(long, drive / "poses.csv")
    return drive


def _write_sweep(log: Log, index: int, sensor: SE3, path: Path) -> None:
    sweep = log.read_sweep(index)
    points = sensor.inverse().apply(sweep.points_ego).astype(np.float32)
    axes = dict(zip(("x_m", "y_m", "z_m"), points.T, strict=True))
    pq.write_table(pa.table({**axes, "intensity": sweep.intensity, "ring": sweep.ring}), path)


def _write_poses(log: Log, path: Path) -> None:
    poses, times = log.trajectory.world_from_ego, log.trajectory.timestamp_ns
    values = np.concatenate([poses.translation, poses.quat_wxyz], axis=1)
    rows = [
        f"{t}," + ",".join(repr(float(x)) for x in row)
        for t, row in zip(times, values, strict=True)
    ]
    path.write_text("\n".join([POSES, *rows]))
