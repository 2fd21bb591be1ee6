"""Small worlds for the tests of tracking and refinement: boxes, and what a LiDAR sees of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from avlabel.core.cuboids import Cuboids
from avlabel.core.detections import Detections
from avlabel.core.frames import Frames
from avlabel.core.se3 import SE3, quat_from_yaw
from avlabel.core.taxonomy import default_taxonomy

TAXONOMY = default_taxonomy()
PERIOD_NS = 100_000_000
SPACING_M = 0.15


@dataclass(frozen=True)
class Seen:
    """One box of one frame: where it is, and how much of its sides the sensor sees."""

    frame: int
    xy: tuple[float, float]
    yaw: float = 0.0
    size: tuple[float, float, float] = (4.5, 1.85, 1.6)
    leaf: str = "car"
    score: float = 0.85
    lag_ns: int = 0
    whole: bool = False


def frames_at(ego_xy, ref_ns=None):
    """Frames numbered from 100, with the ego vehicle at (F, 2) positions, facing +x."""
    ego_xy = np.asarray(ego_xy, float)
    n = len(ego_xy)
    ref = np.arange(n) * PERIOD_NS if ref_ns is None else np.asarray(ref_ns)
    pose = SE3.from_yaw(np.zeros(n), np.column_stack([ego_xy, np.zeros(n)]))
    return Frames(np.arange(100, 100 + n, dtype=np.int32), ref.astype(np.int64), pose)


def detections_of(seen, frames):
    """What a geometric detector would make of the boxes: extents of the visible faces only."""
    parts = [_seen(one, frames.world_from_ego.translation[one.frame, :2]) for one in seen]
    center = np.array([part[0] for part in parts]).reshape(-1, 3)
    points = [part[2] for part in parts]
    frame = np.array([one.frame for one in seen], np.int64)
    cuboids = Cuboids.build(
        "world",
        frame_idx=frames.frame_idx[frame],
        timestamp_ns=frames.ref_ns[frame] + np.array([one.lag_ns for one in seen], np.int64),
        category=np.array([TAXONOMY.code(one.leaf) for one in seen], np.int64),
        center=center,
        quat_wxyz=quat_from_yaw(np.array([one.yaw for one in seen], float)),
        size_lwh=np.array([part[1] for part in parts]).reshape(-1, 3),
        score=np.array([one.score for one in seen]),
        num_points=np.array([len(p) for p in points], np.int64),
    )
    offsets = np.concatenate([[0], np.cumsum([len(p) for p in points])]).astype(np.int64)
    return Detections(cuboids, np.concatenate(points).astype(np.float32), offsets)


def _seen(one, sensor_xy):
    length, width, height = one.size
    c, s = np.cos(one.yaw), np.sin(one.yaw)
    to_world = np.array([[c, -s], [s, c]])
    sensor = (np.asarray(sensor_xy) - one.xy) @ to_world
    along = np.arange(-length / 2, length / 2 + 1e-9, SPACING_M)
    across = np.arange(-width / 2, width / 2 + 1e-9, SPACING_M)
    faces = []
    if one.whole or abs(sensor[0]) > length / 2:
        x = np.sign(sensor[0]) * length / 2
        faces.append(np.column_stack([np.full(len(across), x), across]))
    if one.whole or abs(sensor[1]) > width / 2:
        y = np.sign(sensor[1]) * width / 2
        faces.append(np.column_stack([along, np.full(len(along), y)]))
    xy = np.concatenate(faces)
    if one.whole:
        xy = np.concatenate([xy, -xy])
    xyz = np.concatenate([np.column_stack([xy, np.full(len(xy), z)]) for z in (0.3, height)])
    low, high = xyz.min(axis=0), xyz.max(axis=0)
    low[2] = 0.0
    middle = (low + high) / 2
    center = np.array([*(to_world @ middle[:2] + one.xy), middle[2]])
    local = xyz - middle
    points = np.column_stack([local[:, :2] @ to_world.T, local[:, 2]])
    return center, np.maximum(high - low, 0.2), points
