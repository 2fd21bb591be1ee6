"""Small inputs for the drawing tests."""

from __future__ import annotations

import numpy as np

from avlabel.core.cameras import Pinhole
from avlabel.core.cuboids import Cuboids, Source
from avlabel.core.rig import Camera, Lidar, Rig
from avlabel.core.se3 import SE3, quat_from_yaw
from avlabel.core.taxonomy import default_taxonomy

TAXONOMY = default_taxonomy()
MODEL = Pinhole(640, 360, np.array([400.0, 400.0, 319.5, 179.5]))
LOOKING_AHEAD = np.array([[0.0, 0.0, 1.0], [-1.0, 0.0, 0.0], [0.0, -1.0, 0.0]])


def camera(name="front", yaw=0.0):
    turn = SE3.from_yaw(yaw, np.array([1.5, 0.0, 1.6]))
    return Camera(name, SE3(turn.rotation @ LOOKING_AHEAD, turn.translation), MODEL)


def rig(*cameras):
    lidar = Lidar("top", SE3(np.eye(3), np.array([0.0, 0.0, 1.8])))
    return Rig({"top": lidar}, {each.sensor_id: each for each in cameras})


def cuboids(frame="ego", n_frames=1):
    """A car ahead, a truck to the left, a pedestrian behind; the truck is interpolated."""
    center = np.array([[12.0, -1.0, 0.8], [15.0, 6.0, 1.5], [-8.0, 2.0, 0.9]])
    per_frame = [
        Cuboids.build(
            frame,
            frame_idx=np.full(3, f),
            timestamp_ns=np.full(3, f * 100_000_000),
            category=np.array([TAXONOMY.code(name) for name in ("car", "truck", "pedestrian")]),
            center=center + np.array([0.8 * f, 0.0, 0.0]),
            quat_wxyz=quat_from_yaw(np.array([0.0, 0.4, 1.0])),
            size_lwh=np.array([[4.5, 1.8, 1.5], [8.0, 2.4, 3.0], [0.7, 0.7, 1.8]]),
            cuboid_id=np.arange(3) + 3 * f,
            track_id=np.array([4, 5, 6]),
            velocity=np.tile([8.0, 0.0, 0.0], (3, 1)),
            source=np.array([Source.AUTO, Source.INTERPOLATED, Source.AUTO]),
        )
        for f in range(n_frames)
    ]
    return Cuboids.concatenate(per_frame)


def street_image(seed=0):
    rng = np.random.default_rng(seed)
    return rng.integers(60, 120, (MODEL.height_px, MODEL.width_px, 3), np.uint8)


def points(n=4000, seed=0):
    rng = np.random.default_rng(seed)
    return rng.uniform([-60, -25, -0.3], [60, 25, 4.0], (n, 3)).astype(np.float32)
