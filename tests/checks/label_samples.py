"""Well-behaved labels, and what the rules say of them once they are spoiled."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from avlabel.checks.config import CheckConfig
from avlabel.checks.run import check
from avlabel.core.cuboids import Cuboids
from avlabel.core.frames import Frames
from avlabel.core.se3 import SE3, quat_from_yaw
from avlabel.core.taxonomy import default_taxonomy

TAXONOMY = default_taxonomy()
N = 30
PERIOD_NS = 100_000_000


def frames(n=N):
    pose = SE3.from_yaw(np.zeros(n), np.zeros((n, 3)))
    return Frames(np.arange(n, dtype=np.int32), PERIOD_NS * np.arange(n), pose)


def car(track_id=0, y=0.0, speed_mps=10.0, leaf="car", size=(4.5, 1.85, 1.6)):
    """A well-behaved car along +x, 10 Hz."""
    t = np.arange(N) * 0.1
    return Cuboids.build(
        "world",
        frame_idx=np.arange(N),
        timestamp_ns=np.rint(t * 1e9).astype(np.int64),
        category=np.full(N, TAXONOMY.code(leaf)),
        center=np.column_stack([speed_mps * t, np.full(N, y), np.full(N, size[2] / 2)]),
        quat_wxyz=quat_from_yaw(np.zeros(N)),
        size_lwh=np.tile(size, (N, 1)),
        track_id=np.full(N, track_id),
    )


def person(track_id=0, y=0.0, speed_mps=1.0):
    return car(track_id, y, speed_mps, "pedestrian", (0.7, 0.7, 1.7))


def edited(cuboids, name, row, value):
    column = getattr(cuboids, name).copy()
    column[row] = value
    return replace(cuboids, **{name: column})


def moved(cuboids, row, by):
    center = cuboids.center.copy()
    center[row] += by
    return replace(cuboids, center=center)


def turned(cuboids, row, by_rad):
    yaw = cuboids.yaw
    yaw[row] += by_rad
    return replace(cuboids, quat_wxyz=quat_from_yaw(yaw))


def found(cuboids, config=None):
    return check(cuboids, frames(), config or CheckConfig(), TAXONOMY)


def rules_hit(cuboids, config=None):
    return [finding.rule for finding in found(cuboids, config)]
