"""Far vehicles are put onto the road that near ones showed."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from avlabel.core.arrays import Float64
from avlabel.core.cuboids import Cuboids
from avlabel.core.frames import Frames
from avlabel.core.se3 import SE3, quat_from_yaw
from avlabel.stages.boxes.floor import FloorConfig, on_the_road, road_heights

CONFIG = FloorConfig()
N = 100
STEP_M = 1.0
SLOPE = 0.04
HEIGHT_M = 1.5


def driving() -> Frames:
    """One metre a frame along x, up a slope."""
    place = np.zeros((N, 3))
    place[:, 0] = np.arange(N) * STEP_M
    place[:, 2] = SLOPE * place[:, 0]
    pose = SE3(np.tile(np.eye(3), (N, 1, 1)), place)
    return Frames(np.arange(N, dtype=np.int32), np.arange(N) * 100_000_000, pose)


def parked(offset_m: Float64, score: float = 0.99) -> Cuboids:
    """A car beside the road at x = 60, seen in every frame, ``offset_m`` above its place."""
    center = np.tile([60.0, 3.0, SLOPE * 60 + HEIGHT_M / 2], (N, 1))
    center[:, 2] += offset_m
    return Cuboids.build(
        "world",
        frame_idx=np.arange(N),
        timestamp_ns=np.arange(N) * 100_000_000,
        category=np.zeros(N, np.int16),
        center=center,
        quat_wxyz=quat_from_yaw(np.zeros(N)),
        size_lwh=np.tile([4.0, 1.8, HEIGHT_M], (N, 1)),
        score=np.full(N, score),
    )


def error(cuboids: Cuboids) -> Float64:
    return np.asarray(cuboids.center[:, 2] - HEIGHT_M / 2 - SLOPE * 60)


def test_what_floats_afar_comes_down_to_where_it_stood_near() -> None:
    range_m = np.abs(60.0 - np.arange(N) * STEP_M)
    seen = parked(np.where(range_m > CONFIG.near_m, 0.3, 0.0))
    moved = on_the_road(seen, np.ones(N, np.bool_), driving(), CONFIG)
    assert np.all(error(moved)[:15] < 0.15)
    np.testing.assert_array_equal(moved.center[:, :2], seen.center[:, :2])
    near = range_m < CONFIG.far_m
    np.testing.assert_array_equal(moved.center[near], seen.center[near])


@pytest.mark.parametrize("why", ["unsure", "no vehicle"])
def test_others_stay_where_they_are(why: str) -> None:
    seen = parked(np.full(N, 0.3), score=0.3 if why == "unsure" else 0.99)
    is_vehicle = np.full(N, why == "unsure")
    moved = on_the_road(seen, is_vehicle, driving(), CONFIG)
    np.testing.assert_array_equal(moved.center, seen.center)


def test_where_nothing_is_known_nothing_is_moved() -> None:
    seen = replace(
        parked(np.full(N, 0.3)), center=parked(np.full(N, 0.3)).center + np.array([0, 90, 0])
    )
    moved = on_the_road(seen, np.ones(N, np.bool_), driving(), CONFIG)
    np.testing.assert_array_equal(moved.center, seen.center)


def test_a_stray_height_does_not_move_the_road() -> None:
    known = np.array([[0.0, 0, 1.0], [1, 0, 1.1], [0, 1, 0.9], [1, 1, 7.0], [2, 0, 1.0]])
    height, sigma = road_heights(known, np.array([[0.5, 0.5], [50.0, 0]]), CONFIG)
    assert height.tolist() == [1.0, 0.0]
    assert sigma[0] == pytest.approx(CONFIG.road_m + 1.48 * 0.1)
    assert sigma[1] == np.inf


def test_no_boxes_are_no_trouble() -> None:
    none = on_the_road(Cuboids.empty("world"), np.zeros(0, np.bool_), driving(), CONFIG)
    assert len(none) == 0
