"""Corners, and the points inside boxes against a plain reference."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from avlabel.core.cuboids import Cuboids
from avlabel.core.se3 import SE3, matrix_from_quat
from avlabel.geometry.boxes import (
    EDGES,
    bev_corners,
    corners,
    count_points,
    points_in_boxes,
)


def random_boxes(n: int, rng: np.random.Generator, *, tilted: bool) -> Cuboids:
    quat = rng.normal(size=(n, 4)) * ([1, 1, 1, 1] if tilted else [1, 0, 0, 1])
    return Cuboids.build(
        "ego",
        frame_idx=np.zeros(n, int),
        timestamp_ns=np.zeros(n, int),
        category=np.zeros(n, int),
        center=rng.uniform(-5, 5, (n, 3)),
        quat_wxyz=quat / np.linalg.norm(quat, axis=1, keepdims=True),
        size_lwh=rng.uniform(0.2, 8, (n, 3)),
    )


def reference(points: np.ndarray, boxes: Cuboids, margin_m: float = 0.0) -> list[list[int]]:
    inside = []
    for i in range(len(boxes)):
        local = (points.astype(float) - boxes.center[i]) @ matrix_from_quat(boxes.quat_wxyz[i])
        half = boxes.size_lwh[i].astype(float) / 2 + margin_m
        inside.append(np.flatnonzero(np.all(np.abs(local) <= half, axis=1)).tolist())
    return inside


@settings(max_examples=60)
@given(st.integers(0, 2**32 - 1), st.booleans(), st.sampled_from([0.0, 0.3]), st.integers(0, 3000))
def test_points_in_boxes_agrees_with_the_reference(
    seed: int, tilted: bool, margin_m: float, n_points: int
) -> None:
    rng = np.random.default_rng(seed)
    boxes = random_boxes(5, rng, tilted=tilted)
    points = rng.uniform(-8, 8, (n_points, 3))
    expected = reference(points, boxes, margin_m)
    assert [hits.tolist() for hits in points_in_boxes(points, boxes, margin_m)] == expected
    assert count_points(points, boxes, margin_m).tolist() == [len(hits) for hits in expected]


def test_single_precision_points_are_judged_in_double() -> None:
    rng = np.random.default_rng(3)
    boxes = random_boxes(8, rng, tilted=True)
    points = rng.uniform(-8, 8, (5000, 3)).astype(np.float32)
    assert [h.tolist() for h in points_in_boxes(points, boxes)] == reference(points, boxes)


def test_faces_belong_to_the_box() -> None:
    box = Cuboids.build(
        "ego",
        frame_idx=np.array([0]),
        timestamp_ns=np.array([0]),
        category=np.array([0]),
        center=np.array([[10.0, 0, 1]]),
        quat_wxyz=np.array([[1.0, 0, 0, 0]]),
        size_lwh=np.array([[4.0, 2, 2]]),
    )
    points = np.array(
        [[12.0, 0, 1], [8, -1, 0], [12.01, 0, 1], [10, 1.01, 1], [10, 0, 2.01], [10, 0, 1]]
    )
    assert points_in_boxes(points, box)[0].tolist() == [0, 1, 5]


def test_nothing_in_nothing() -> None:
    boxes = random_boxes(2, np.random.default_rng(0), tilted=False)
    assert points_in_boxes(np.zeros((5, 3)), boxes.select(slice(0, 0))) == []
    assert count_points(np.zeros((0, 3)), boxes).tolist() == [0, 0]
    assert count_points(np.zeros((5, 3)), boxes.select(slice(0, 0))).tolist() == []


def test_broken_points_are_in_no_box() -> None:
    boxes = random_boxes(3, np.random.default_rng(0), tilted=True)
    good = np.random.default_rng(1).uniform(-6, 6, (500, 3))
    bad = np.array([[np.nan, 0, 0], [0, np.nan, 0], [np.inf, 0, 0], [0, 0, -np.inf]])
    found = points_in_boxes(np.concatenate([bad, good]), boxes)
    assert [h.tolist() for h in found] == [[i + 4 for i in r] for r in reference(good, boxes)]


def test_corners_by_hand() -> None:
    box = Cuboids.build(
        "ego",
        frame_idx=np.array([0]),
        timestamp_ns=np.array([0]),
        category=np.array([0]),
        center=np.array([[10.0, 5, 1]]),
        quat_wxyz=SE3.from_yaw(np.pi / 2, [0, 0, 0]).quat_wxyz[None],
        size_lwh=np.array([[4.0, 2, 3]]),
    )
    np.testing.assert_allclose(
        corners(box)[0],
        [
            *([9, 7, -0.5], [11, 7, -0.5], [11, 3, -0.5], [9, 3, -0.5]),
            *([9, 7, 2.5], [11, 7, 2.5], [11, 3, 2.5], [9, 3, 2.5]),
        ],
        atol=1e-12,
    )


@given(st.integers(0, 2**32 - 1))
def test_edges_are_as_long_as_the_box(seed: int) -> None:
    boxes = random_boxes(4, np.random.default_rng(seed), tilted=True)
    ends = corners(boxes)[:, EDGES]
    lengths = np.sort(np.linalg.norm(ends[:, :, 0] - ends[:, :, 1], axis=-1), axis=1)
    expected = np.sort(np.repeat(boxes.size_lwh, 4, axis=1), axis=1)
    np.testing.assert_allclose(lengths, expected, rtol=1e-6)


def test_bev_corners_go_round_counter_clockwise_from_the_front_left() -> None:
    square = bev_corners(np.array([[1.0, 2, 4, 2, 0]]))[0]
    np.testing.assert_allclose(square, [[3, 3], [-1, 3], [-1, 1], [3, 1]])


@pytest.mark.parametrize("yaw", [0.0, 0.4, -2.0])
def test_bev_corners_are_the_bottom_corners(yaw: float) -> None:
    box = Cuboids.build(
        "ego",
        frame_idx=np.array([0]),
        timestamp_ns=np.array([0]),
        category=np.array([0]),
        center=np.array([[10.0, 5, 1]]),
        quat_wxyz=SE3.from_yaw(yaw, [0, 0, 0]).quat_wxyz[None],
        size_lwh=np.array([[4.5, 1.8, 1.5]]),
    )
    bottom = {tuple(np.round(c, 6)) for c in corners(box)[0, :4, :2]}
    assert bottom == {tuple(np.round(c, 6)) for c in bev_corners(box.bev)[0]}
