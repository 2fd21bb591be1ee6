"""Argoverse 2's human labels, and the few sweeps that are kept with them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
from labelled_drives import DATA, Drive
from pyarrow import feather

from avlabel.core.arrays import Float64
from avlabel.core.cuboids import Cuboids
from avlabel.core.frames import Frames
from avlabel.core.rig import Lidar, Rig
from avlabel.core.se3 import SE3
from avlabel.core.sweep import Sweep
from avlabel.core.taxonomy import default_taxonomy
from avlabel.core.trajectory import Trajectory
from avlabel.exchange.formats.argoverse2_classes import LEAVES

ROOT = DATA / "av2" / "sensor" / "val"
UP_LIDAR = SE3(np.eye(3), np.array([1.35, 0.0, 1.64]))
"""Where the upper LiDAR sits, to a few centimetres, on every car of theirs."""


def argoverse() -> list[Drive]:
    """The logs that have ego poses, 156 frames each."""
    return [_drive(poses.parent) for poses in sorted(ROOT.glob("*/city_SE3_egovehicle.feather"))]


def _drive(folder: Path) -> Drive:
    (path,) = folder.glob("annotations*.feather")
    table = feather.read_table(path)
    known = [LEAVES.get(name, "") not in ("", "unknown") for name in table["category"].to_pylist()]
    table = table.filter(pa.array(known))
    poses = feather.read_table(folder / "city_SE3_egovehicle.feather").sort_by("timestamp_ns")
    trajectory = Trajectory(_column(poses, "timestamp_ns").astype(np.int64), _poses(poses))
    trajectory = trajectory.shifted(np.round(trajectory.world_from_ego.translation[0]))
    ref_ns = np.unique(_column(table, "timestamp_ns").astype(np.int64))
    frames = Frames(np.arange(len(ref_ns), dtype=np.int32), ref_ns, trajectory.at(ref_ns))
    rig = Rig({"up": Lidar("up", UP_LIDAR)}, {})
    sweeps = {
        int(np.searchsorted(ref_ns, int(file.stem))): _sweep(file, ref_ns)
        for file in sorted((folder / "sensors" / "lidar").glob("*.feather"))
    }
    labels = _labels(table, frames)
    return Drive(f"Argoverse 2 {folder.name[:8]}", labels, frames, rig, trajectory, sweeps, {})


def _labels(table: pa.Table, frames: Frames) -> Cuboids:
    taxonomy = default_taxonomy()
    time = _column(table, "timestamp_ns").astype(np.int64)
    row = np.searchsorted(frames.ref_ns, time)
    pose = frames.world_from_ego[row] @ _poses(table)
    size = np.column_stack([_column(table, f"{side}_m") for side in ("length", "width", "height")])
    names = table["category"].to_pylist()
    return Cuboids.build(
        "world",
        frame_idx=frames.frame_idx[row],
        timestamp_ns=time,
        category=np.array([taxonomy.code(LEAVES[name]) for name in names], np.int64),
        center=pose.translation,
        quat_wxyz=pose.quat_wxyz,
        size_lwh=size,
        track_id=np.unique(table["track_uuid"].to_pylist(), return_inverse=True)[1],
    )


def _sweep(file: Path, ref_ns: np.ndarray) -> Sweep:
    table = feather.read_table(file)
    xyz = np.column_stack([_column(table, axis) for axis in "xyz"]).astype(np.float32)
    n = len(xyz)
    ring = _column(table, "laser_number").astype(np.int16)
    frame = int(np.searchsorted(ref_ns, int(file.stem)))
    sweep = Sweep(
        frame, "up", int(file.stem), xyz, np.zeros(n, np.int16), ring, np.zeros(n, np.int32), True
    )
    # Beams 32 to 63 are those of the lower LiDAR, which looks from elsewhere.
    return replace(sweep.select(ring < 32), t_offset_ns=np.zeros(int((ring < 32).sum()), np.int32))


def _poses(table: pa.Table) -> SE3:
    quat = np.column_stack([_column(table, f"q{axis}") for axis in "wxyz"])
    place = np.column_stack([_column(table, f"t{axis}_m") for axis in "xyz"])
    return SE3.from_quat(quat, place)


def _column(table: pa.Table, name: str) -> Float64 | np.ndarray:
    return table[name].to_numpy()
