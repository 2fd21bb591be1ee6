"""Which box each point is in, and which points are shown."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from avlabel.core.cuboids import Cuboids
from avlabel.core.se3 import quat_from_yaw
from avlabel.geometry.boxes import points_in_boxes
from avlabel_viewer.frames.data import FrameData
from avlabel_viewer.frames.inside import NO_BOX, box_of_points
from avlabel_viewer.frames.shown import shown


def boxes(*centers: tuple[float, float, float], size=(4.0, 2.0, 1.5), yaw=0.0) -> Cuboids:
    n = len(centers)
    return Cuboids.build(
        "world",
        frame_idx=np.zeros(n, np.int32),
        timestamp_ns=np.zeros(n, np.int64),
        category=np.arange(n),
        center=np.array(centers),
        quat_wxyz=quat_from_yaw(np.full(n, yaw)),
        size_lwh=np.tile(size, (n, 1)),
        track_id=np.arange(n) + 5,
    )


def data_of(points, **columns) -> FrameData:
    points = np.asarray(points, np.float32).reshape(-1, 3)
    n = len(points)
    empty = FrameData(
        0,
        points=points,
        intensity=np.zeros(n, np.int16),
        ring=np.zeros(n, np.int16),
        time_s=np.zeros(n, np.float32),
        height_m=np.zeros(n, np.float32),
        is_ground=np.zeros(n, np.bool_),
    )
    return replace(empty, **columns)


# -- points in boxes --------------------------------------------------------------------------


def test_faces_belong_to_the_box_and_the_turned_box_is_turned() -> None:
    points = np.array([[2, 1, 0.75], [2.01, 0, 0], [0, 1.5, 0], [0, 0, np.nan], [np.inf, 0, 0]])
    level, turned = boxes((0, 0, 0)), boxes((0, 0, 0), yaw=np.pi / 2)
    assert box_of_points(points, level).tolist() == [0, NO_BOX, NO_BOX, NO_BOX, NO_BOX]
    assert box_of_points(points, turned).tolist() == [NO_BOX, NO_BOX, 0, NO_BOX, NO_BOX]
    assert box_of_points(points, level, margin_m=0.5).tolist() == [0, 0, 0, NO_BOX, NO_BOX]


def test_the_smaller_of_two_boxes_has_the_point() -> None:
    both = Cuboids.concatenate([boxes((0, 0, 0), size=(9, 9, 9)), boxes((0, 0, 0), size=(1, 1, 1))])
    points = np.array([[0, 0, 0], [3, 3, 3]], np.float32)
    assert box_of_points(points, both).tolist() == [1, 0]
    assert box_of_points(points, both.select(np.array([1, 0]))).tolist() == [0, 1]


def test_nothing_in_nothing_out() -> None:
    none = Cuboids.empty("world")
    assert box_of_points(np.zeros((2, 3)), none).tolist() == [NO_BOX, NO_BOX]
    assert len(box_of_points(np.zeros((0, 3)), boxes((0, 0, 0)))) == 0


@given(st.integers(0, 2**32 - 1), st.integers(1, 12), st.sampled_from([5.0, 40.0, 3000.0]))
def test_agrees_with_the_search_of_every_box(seed: int, n_boxes: int, spread: float) -> None:
    random = np.random.default_rng(seed)
    quat = random.normal(size=(n_boxes, 4))
    cuboids = replace(
        boxes(*random.uniform(-spread, spread, (n_boxes, 3))),
        quat_wxyz=quat / np.linalg.norm(quat, axis=1, keepdims=True),
        size_lwh=random.uniform(0.5, 12, (n_boxes, 3)).astype(np.float32),
    )
    near = cuboids.center[random.integers(0, n_boxes, 300)] + random.normal(0, 3, (300, 3))
    points = near.astype(np.float32)
    expected = np.full(len(points), NO_BOX)
    volume = np.prod(cuboids.size_lwh.astype(np.float64), axis=1)
    inside = points_in_boxes(points, cuboids)
    for row in np.argsort(-volume):
        expected[inside[row]] = row
    assert box_of_points(points, cuboids).tolist() == expected.tolist()


# -- masks ------------------------------------------------------------------------------------


def test_ground_and_what_is_far_are_hidden() -> None:
    data = data_of(
        [[100, 50, 0], [103, 54, 9], [103, 54.1, 0], [np.nan, 0, 0]],
        is_ground=np.array([True, False, False, False]),
    )
    ego = np.array([100.0, 50.0, 2.0])
    assert shown(data, around=ego)[:3].tolist() == [True, True, True]
    assert shown(data, far_m=5.0, around=ego).tolist() == [True, True, False, False]
    assert shown(data, ground=False, around=ego)[:3].tolist() == [False, True, True]
