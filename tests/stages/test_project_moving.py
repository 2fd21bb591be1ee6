"""Moving cars through the whole projection, against a truth that shares no code with it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.optimize import brentq

from avlabel.core.cameras import Pinhole
from avlabel.core.cuboids import Cuboids
from avlabel.core.rig import Camera, Rig
from avlabel.core.se3 import SE3, quat_from_yaw
from avlabel.core.trajectory import Trajectory
from avlabel.stages.project import project

FOCAL, WIDTH, HEIGHT = 1000.0, 1920, 1080
LENS_M = np.array([1.5, 0.0, 1.6])
SIZE = np.array([4.5, 1.8, 1.5])
SWEEP_S, EXPOSURE_S = 0.5, 0.54
"""The LiDAR saw the car 40 ms before the middle row was exposed."""


class Circle:
    """A body that drives a circle (or straight on), in closed form."""

    def __init__(self, xy_m, yaw, speed_mps, rate, at_s=SWEEP_S):
        self.xy, self.yaw, self.speed, self.rate, self.at_s = xy_m, yaw, speed_mps, rate, at_s

    def at(self, t_s):
        dt = t_s - self.at_s
        yaw = self.yaw + self.rate * dt
        if self.rate == 0.0:
            return (
                self.xy[0] + self.speed * dt * np.cos(yaw),
                self.xy[1] + self.speed * dt * np.sin(yaw),
                yaw,
            )
        radius = self.speed / self.rate
        center_x = self.xy[0] - radius * np.sin(self.yaw)
        center_y = self.xy[1] + radius * np.cos(self.yaw)
        return center_x + radius * np.sin(yaw), center_y - radius * np.cos(yaw), yaw

    def velocity(self, t_s):
        yaw = self.at(t_s)[2]
        return [self.speed * np.cos(yaw), self.speed * np.sin(yaw), 0.0]


def corner_pixel(ego, car, k, t_s):
    """Pixel of corner ``k`` of the car at a time, written out."""
    x, y, yaw = car.at(t_s)
    ahead = SIZE[0] / 2 * (1 if k % 4 in (0, 1) else -1)
    left = SIZE[1] / 2 * (1 if k % 4 in (0, 3) else -1)
    up = SIZE[2] if k >= 4 else 0.0
    cx = x + ahead * np.cos(yaw) - left * np.sin(yaw)
    cy = y + ahead * np.sin(yaw) + left * np.cos(yaw)
    ex, ey, eyaw = ego.at(t_s)
    forward = (cx - ex) * np.cos(eyaw) + (cy - ey) * np.sin(eyaw) - LENS_M[0]
    leftward = -(cx - ex) * np.sin(eyaw) + (cy - ey) * np.cos(eyaw) - LENS_M[1]
    u = (WIDTH - 1) / 2 - FOCAL * leftward / forward
    v = (HEIGHT - 1) / 2 - FOCAL * (up - LENS_M[2]) / forward
    return np.array([u, v])


def true_corners_px(ego, car, readout_s):
    """(8, 2): each corner at the root of "its row is exposed now"."""

    def lateness_s(t_s, k):
        row = corner_pixel(ego, car, k, t_s)[1]
        return t_s - EXPOSURE_S - (row - (HEIGHT - 1) / 2) / HEIGHT * readout_s

    reach_s = max(readout_s, 1e-3)
    span = EXPOSURE_S - reach_s, EXPOSURE_S + reach_s
    times = [brentq(lateness_s, *span, args=(k,), xtol=1e-12) for k in range(8)]
    return np.array([corner_pixel(ego, car, k, t) for k, t in enumerate(times)])


def camera(readout_s):
    looking_ahead = np.array([[0.0, 0.0, 1.0], [-1.0, 0.0, 0.0], [0.0, -1.0, 0.0]])
    model = Pinhole(WIDTH, HEIGHT, np.array([FOCAL, FOCAL, (WIDTH - 1) / 2, (HEIGHT - 1) / 2]))
    shutter = "rolling" if readout_s else "global"
    return Camera("front", SE3(looking_ahead, LENS_M), model, shutter, round(readout_s * 1e9))


def ego_poses(ego):
    t_ns = np.arange(0, 1_000_000_001, 10_000_000)
    x, y, yaw = np.array([ego.at(t) for t in t_ns * 1e-9]).T
    return Trajectory(t_ns, SE3.from_yaw(yaw, np.column_stack([x, y, 0 * x])))


def labels_of(car):
    """What tracking knows: the car at ten sweeps, 100 ms apart, one of them at ``SWEEP_S``."""
    t_s = np.arange(0.1, 1.0, 0.1)
    x, y, yaw = np.array([car.at(t) for t in t_s]).T
    return Cuboids.build(
        "world",
        frame_idx=np.arange(1, 10),
        timestamp_ns=np.round(t_s * 1e9).astype(np.int64),
        track_id=np.full(9, 3),
        category=np.zeros(9, int),
        center=np.column_stack([x, y, np.full(9, SIZE[2] / 2)]),
        quat_wxyz=quat_from_yaw(yaw),
        size_lwh=np.tile(SIZE, (9, 1)),
        velocity=np.array([car.velocity(t) for t in t_s]),
    )


def corner_error_px(boxes, ego, car, readout_s, cam=None):
    """Mean distance of the projected corners from the truth."""
    cam = cam or camera(readout_s)
    found, findings = project(
        boxes,
        Rig({}, {"front": cam}),
        ego_poses(ego),
        np.array([5], np.int32),
        {"front": np.array([round(EXPOSURE_S * 1e9)])},
    )
    assert (len(found), findings) == (1, [])
    truth = true_corners_px(ego, car, readout_s)
    return np.linalg.norm(found.corners_px[0] - truth, axis=1).mean()


STRAIGHT_EGO = Circle((0.0, 0.0), 0.0, 20.0, 0.0)
TURNING_EGO = Circle((0.0, 0.0), 0.0, 12.0, np.deg2rad(30.0))
CROSSING = Circle((16.0, -1.5), np.pi / 2, 30.0, 0.0)
CROSSING_BEND = Circle((16.0, -1.5), np.pi / 2, 30.0, 0.3)
TIGHT_TURN = Circle((12.0, 0.0), 2.0, 9.0, 1.1)


@pytest.mark.parametrize("readout_s", [0.0, 0.03], ids=["global", "rolling"])
@pytest.mark.parametrize("ego", [STRAIGHT_EGO, TURNING_EGO], ids=["straight-ego", "turning-ego"])
@pytest.mark.parametrize("car", [CROSSING, CROSSING_BEND], ids=["straight-car", "turning-car"])
def test_car_at_30_mps_is_within_a_pixel_where_the_naive_way_is_tens_off(car, ego, readout_s):
    boxes = labels_of(car)
    assert corner_error_px(boxes, ego, car, readout_s) < (0.3 if readout_s else 0.05)
    left_behind = replace(
        boxes, velocity=np.full((9, 3), np.nan, np.float32), track_id=np.full(9, -1)
    )
    assert corner_error_px(left_behind, ego, car, readout_s) > 50.0
    if readout_s:
        unrolled = corner_error_px(boxes, ego, car, readout_s, camera(0.0))
        assert unrolled > 5 * corner_error_px(boxes, ego, car, readout_s)


@pytest.mark.parametrize("readout_s", [0.0, 0.03], ids=["global", "rolling"])
def test_turn_rate_matters_for_a_car_on_full_lock(readout_s):
    boxes = labels_of(TIGHT_TURN)
    with_turn = corner_error_px(boxes, STRAIGHT_EGO, TIGHT_TURN, readout_s)
    without = corner_error_px(
        replace(boxes, track_id=np.arange(9)), STRAIGHT_EGO, TIGHT_TURN, readout_s
    )
    assert with_turn < 0.3
    assert without > 5.0


def test_noisy_yaws_do_not_make_it_worse_than_no_turn_at_all():
    """A car that drives straight on, its yaws labelled with a degree of noise."""
    rng = np.random.default_rng(4)
    boxes = labels_of(CROSSING)
    errors, naive = [], []
    for _ in range(20):
        noisy = replace(boxes, quat_wxyz=quat_from_yaw(np.pi / 2 + np.deg2rad(rng.normal(0, 1, 9))))
        errors.append(corner_error_px(noisy, STRAIGHT_EGO, CROSSING, 0.0))
        naive.append(
            corner_error_px(replace(noisy, track_id=np.arange(9)), STRAIGHT_EGO, CROSSING, 0.0)
        )
    assert np.mean(errors) < np.mean(naive) + 0.5
