"""A straight wall and a pole, seen by a LiDAR on a car at 20 m/s that turns at 30 degrees/s."""

from __future__ import annotations

import numpy as np
import pytest

from avlabel.core.se3 import SE3
from avlabel.core.sweep import Sweep
from avlabel.core.trajectory import Trajectory
from avlabel.stages.compensate import CompensateConfig, compensate

MS = 1_000_000
REF_NS = 1000 * MS
SPEED, TURN_RATE = 20.0, np.deg2rad(30.0)
NOISE_M = 0.02
SENSOR = np.array([1.2, 0.0])
POLE_XY, POLE_RADIUS = np.array([6.0, -8.0]), 0.15
WALL_Y = 9.0
TURN_NS = 100 * MS


def pose(t_s):
    """x, y, yaw on a circle, in closed form; at the origin, looking along x, at ``REF_NS``."""
    t = t_s - REF_NS * 1e-9
    radius, yaw = SPEED / TURN_RATE, TURN_RATE * t
    return radius * np.sin(yaw), radius * (1 - np.cos(yaw)), yaw


def poses(step_ms):
    t_ns = np.arange(800 * MS, 1200 * MS + 1, step_ms * MS)
    x, y, yaw = pose(t_ns * 1e-9)
    return Trajectory(t_ns, SE3.from_yaw(yaw, np.column_stack([x, y, 0 * x])))


def scan(columns=20_000, noise_m=NOISE_M, seed=0):
    """One turn, a ray a column: ranges to the pole or the wall, written out, as measured."""
    rng = np.random.default_rng(seed)
    offset_ns = np.linspace(-TURN_NS / 2, TURN_NS / 2, columns).astype(np.int64)
    azimuth = np.pi * (1 - 2 * np.arange(columns) / columns)
    x, y, yaw = pose((REF_NS + offset_ns) * 1e-9)
    origin = np.stack(
        [x + np.cos(yaw) * SENSOR[0] - np.sin(yaw) * SENSOR[1],
         y + np.sin(yaw) * SENSOR[0] + np.cos(yaw) * SENSOR[1]], axis=1,
    )  # fmt: skip
    heading = np.stack([np.cos(azimuth + yaw), np.sin(azimuth + yaw)], axis=1)
    to_wall = np.where(heading[:, 1] > 0.05, (WALL_Y - origin[:, 1]) / heading[:, 1], np.inf)
    along = np.einsum("ij,ij->i", POLE_XY - origin, heading)
    aside2 = np.sum((POLE_XY - origin) ** 2, axis=1) - along**2
    meets = (aside2 < POLE_RADIUS**2) & (along > 0)
    to_pole = np.where(meets, along - np.sqrt(np.maximum(POLE_RADIUS**2 - aside2, 0)), np.inf)
    away = np.minimum(to_wall, to_pole)
    hit = away < 60.0
    ranges = away[hit] + rng.normal(0.0, noise_m, int(hit.sum()))
    seen = SENSOR + ranges[:, None] * np.stack([np.cos(azimuth), np.sin(azimuth)], axis=1)[hit]
    points = np.column_stack([seen, np.zeros(len(seen))]).astype(np.float32)
    zero = np.zeros(len(points), np.int16)
    sweep = Sweep(0, "top", REF_NS, points, zero, zero, offset_ns[hit].astype(np.int32), False)
    return sweep, meets[hit]


def off_wall_m(points):
    """At ``REF_NS`` the ego frame is the world's, so the wall lies at its own y."""
    return points[:, 1] - WALL_Y


def off_pole_m(points):
    return np.linalg.norm(points[:, :2] - POLE_XY, axis=1) - POLE_RADIUS


@pytest.mark.parametrize("step_ms", [10, 100], ids=["poses at 100 Hz", "poses at 10 Hz"])
def test_wall_and_pole_lie_within_the_range_noise(step_ms):
    sweep, on_pole = scan()
    points = compensate(sweep, poses(step_ms), CompensateConfig()).points_ego.astype(float)
    assert on_pole.sum() > 30
    assert (~on_pole).sum() > 5000
    # Range noise shows across the wall by the sine of the incidence, on the pole in full.
    for off in (off_wall_m(points[~on_pole]), off_pole_m(points[on_pole])):
        # Poses 0.1 s apart cut the arc between them, by 13 mm at most.
        assert abs(off.mean()) < (0.2 if step_ms == 10 else 0.5) * NOISE_M
        assert off.std() < 1.2 * NOISE_M
        assert np.abs(off).max() < 4.5 * NOISE_M


def test_without_compensation_they_are_decimetres_off():
    sweep, on_pole = scan()
    points = sweep.points_ego.astype(float)
    assert np.abs(off_wall_m(points[~on_pole])).max() > 0.5
    assert np.abs(off_pole_m(points[on_pole])).mean() > 0.2
    # The wall's far ends were seen at either end of the turn, from 1 m before and behind.
    near_start = sweep.t_offset_ns < -30 * MS
    assert np.abs(off_wall_m(points[~on_pole & near_start])).mean() > 0.3


def test_the_wall_is_straight_to_millimetres_without_noise():
    sweep, on_pole = scan(noise_m=0.0)
    points = compensate(sweep, poses(10), CompensateConfig()).points_ego.astype(float)
    assert np.abs(off_wall_m(points[~on_pole])).max() < 0.006
    assert np.abs(off_pole_m(points[on_pole])).max() < 0.006
