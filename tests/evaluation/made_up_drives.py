"""Small made-up drives to evaluate."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from avlabel.core.cuboids import NO_TRACK, Cuboids
from avlabel.core.frames import Frames
from avlabel.core.se3 import SE3, quat_from_yaw
from avlabel.core.taxonomy import default_taxonomy

CAR = default_taxonomy().code("car")
VAN = default_taxonomy().code("van")
PEDESTRIAN = default_taxonomy().code("pedestrian")
UNKNOWN = default_taxonomy().code("unknown")
PERIOD_NS = 100_000_000


def standing_frames(n: int) -> Frames:
    """An ego that stands at the origin, frames numbered from 10."""
    poses = SE3.stack([SE3.identity()] * n)
    return Frames(np.arange(10, 10 + n, dtype=np.int32), np.arange(n) * PERIOD_NS, poses)


def box(
    x: float,
    y: float = 0.0,
    *,
    frame: int = 10,
    track: int = NO_TRACK,
    category: int = CAR,
    score: float = 1.0,
    yaw: float = 0.0,
    size: Sequence[float] = (4.0, 2.0, 1.5),
    z: float = 0.75,
    speed: float = 0.0,
    num_points: int = 100,
) -> Cuboids:
    """One box in the world."""
    return Cuboids.build(
        "world",
        frame_idx=np.array([frame]),
        timestamp_ns=np.array([(frame - 10) * PERIOD_NS]),
        track_id=np.array([track]),
        category=np.array([category]),
        center=np.array([[x, y, z]]),
        quat_wxyz=quat_from_yaw(np.array([yaw])),
        size_lwh=np.array([size]),
        velocity=np.array([[speed, 0.0, 0.0]]),
        score=np.array([score]),
        num_points=np.array([num_points]),
    )


def boxes(*parts: Cuboids) -> Cuboids:
    """Boxes as one table."""
    return Cuboids.concatenate([Cuboids.empty("world"), *parts])


def random_truth(n_frames: int, n_tracks: int, rng: np.random.Generator) -> Cuboids:
    """Tracks of cars and pedestrians that come and go within 70 m."""
    start = rng.uniform(-60, 60, (n_tracks, 2))
    velocity = rng.normal(size=(n_tracks, 2)) * rng.choice([0, 8], (n_tracks, 1))
    category = rng.choice([CAR, VAN, PEDESTRIAN], n_tracks)
    first = rng.integers(0, n_frames, n_tracks)
    last = np.minimum(first + rng.integers(1, n_frames + 1, n_tracks), n_frames)
    frame, track = np.meshgrid(np.arange(n_frames), np.arange(n_tracks), indexing="ij")
    alive = (frame >= first[track]) & (frame < last[track]) & (rng.uniform(size=frame.shape) < 0.95)
    frame, track = frame[alive], track[alive]
    xy = start[track] + velocity[track] * frame[:, None] * 0.1
    size = np.where((category == PEDESTRIAN)[:, None], [0.7, 0.7, 1.7], [4.5, 1.9, 1.6])[track]
    return Cuboids.build(
        "world",
        frame_idx=frame + 10,
        timestamp_ns=frame * PERIOD_NS,
        track_id=track,
        category=category[track],
        center=np.column_stack([xy, size[:, 2] / 2]),
        quat_wxyz=quat_from_yaw(np.arctan2(velocity[:, 1], velocity[:, 0]))[track],
        size_lwh=size,
        num_points=rng.integers(0, 200, len(frame)),
    )


def random_predictions(truth: Cuboids, rng: np.random.Generator) -> Cuboids:
    """The truth with noise, misses, false positives, and track ids that change."""
    found = truth.select(rng.uniform(size=len(truth)) < 0.8)
    false = truth.select(rng.uniform(size=len(truth)) < 0.2)
    both = Cuboids.concatenate([found, false])
    n, n_found = len(both), len(found)
    spread = np.where(np.arange(n) < n_found, 0.4, 15.0)[:, None] * [1, 1, 0]
    broken = rng.uniform(size=n) < 0.3
    track = both.track_id + np.where(broken, 1000 * (1 + both.frame_idx // 7), 0)
    track[n_found:] += 10**6
    return Cuboids.build(
        "world",
        frame_idx=both.frame_idx,
        timestamp_ns=both.timestamp_ns,
        track_id=track,
        category=both.category,
        center=both.center + rng.normal(size=(n, 3)) * spread,
        quat_wxyz=quat_from_yaw(both.yaw + rng.normal(size=n) * 0.1),
        size_lwh=both.size_lwh * rng.uniform(0.9, 1.1, (n, 3)),
        score=rng.uniform(0, 1, n).round(1),
    )
