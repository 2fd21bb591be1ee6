"""Boxes and detections as tables: picking, joining, moving."""

from __future__ import annotations

from dataclasses import fields

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from avlabel.core.cuboids import NO_TRACK, Cuboids, Source
from avlabel.core.detections import Detections
from avlabel.core.se3 import SE3
from avlabel.geometry.boxes import corners


def random_cuboids(n: int, seed: int = 0, *, tilted: bool = True) -> Cuboids:
    rng = np.random.default_rng(seed)
    quat = rng.normal(size=(n, 4)) * ([1, 1, 1, 1] if tilted else [1, 0, 0, 1])
    return Cuboids.build(
        "ego",
        frame_idx=rng.integers(0, 9, n),
        timestamp_ns=rng.integers(0, 10**18, n),
        category=rng.integers(0, 5, n),
        center=rng.uniform(-50, 50, (n, 3)),
        quat_wxyz=quat / np.linalg.norm(quat, axis=1, keepdims=True),
        size_lwh=rng.uniform(0.5, 10, (n, 3)),
        velocity=rng.uniform(-20, 20, (n, 3)),
        track_id=rng.integers(0, 9, n),
    )


def rows(cuboids: Cuboids) -> dict[str, np.ndarray]:
    return {f.name: getattr(cuboids, f.name) for f in fields(cuboids) if f.name != "frame"}


def assert_same(a: Cuboids, b: Cuboids) -> None:
    assert a.frame == b.frame
    for name, column in rows(a).items():
        np.testing.assert_array_equal(column, rows(b)[name], err_msg=name)
        assert column.dtype == rows(b)[name].dtype


def test_build_fills_in_what_is_unknown() -> None:
    made = Cuboids.build(
        "world",
        frame_idx=np.array([3, 3]),
        timestamp_ns=np.array([1, 2]),
        category=np.array([0, 1]),
        center=np.zeros((2, 3)),
        quat_wxyz=np.array([[1.0, 0, 0, 0]] * 2),
        size_lwh=np.ones((2, 3)),
    )
    assert made.cuboid_id.tolist() == [0, 1]
    assert made.track_id.tolist() == [NO_TRACK] * 2
    assert np.isnan(made.velocity).all()
    assert made.score.tolist() == [1, 1]
    assert made.num_points.tolist() == [-1, -1]
    assert made.source.tolist() == [Source.AUTO] * 2
    assert made.is_keyframe.all()
    assert made.size_lwh.dtype == np.float32


@given(st.integers(0, 8), st.integers(0, 8))
def test_concatenate_then_select_gives_the_parts_back(n: int, m: int) -> None:
    a, b = random_cuboids(n, 1), random_cuboids(m, 2)
    both = Cuboids.concatenate([a, b])
    assert len(both) == n + m
    assert_same(both.select(slice(0, n)), a)
    assert_same(both.select(np.arange(n, n + m)), b)
    assert_same(both.select(np.arange(n + m) < n), a)


def test_boxes_of_two_frames_of_reference_do_not_mix() -> None:
    with pytest.raises(ValueError, match=r"\['ego', 'world'\]"):
        Cuboids.concatenate([Cuboids.empty("ego"), Cuboids.empty("world")])


@pytest.mark.parametrize("one_for_each", [False, True])
def test_moved_there_and_back(one_for_each: bool) -> None:
    boxes = random_cuboids(6)
    rng = np.random.default_rng(5)
    quat = rng.normal(size=(6, 4))
    quat /= np.linalg.norm(quat, axis=1, keepdims=True)
    world_from_ego = SE3.from_quat(quat, rng.uniform(-1e3, 1e3, (6, 3)))
    if not one_for_each:
        world_from_ego = world_from_ego[0]
    world = boxes.moved(world_from_ego, "world")
    assert world.frame == "world"
    back = world.moved(world_from_ego.inverse(), "ego")
    np.testing.assert_allclose(corners(back), corners(boxes), atol=1e-9)
    np.testing.assert_allclose(back.velocity, boxes.velocity, atol=1e-4)
    np.testing.assert_array_equal(back.size_lwh, boxes.size_lwh)


def test_moved_by_hand() -> None:
    box = Cuboids.build(
        "ego",
        frame_idx=np.array([0]),
        timestamp_ns=np.array([0]),
        category=np.array([0]),
        center=np.array([[5.0, 0, 1]]),
        quat_wxyz=np.array([[1.0, 0, 0, 0]]),
        size_lwh=np.array([[4.0, 2, 1.5]]),
        velocity=np.array([[3.0, 0, 0]]),
    )
    moved = box.moved(SE3.from_yaw(np.pi / 2, [100, 200, 0]), "world")
    np.testing.assert_allclose(moved.center, [[100, 205, 1]])
    np.testing.assert_allclose(moved.yaw, [np.pi / 2])
    np.testing.assert_allclose(moved.velocity, [[0, 3, 0]], atol=1e-6)
    np.testing.assert_allclose(moved.bev, [[100, 205, 4, 2, np.pi / 2]])
    np.testing.assert_allclose(moved.boxes, [[100, 205, 1, 4, 2, 1.5, np.pi / 2]])


def test_no_boxes_move_without_complaint() -> None:
    assert len(Cuboids.empty("ego").moved(SE3.identity(), "world")) == 0


def random_detections(n: int, seed: int) -> Detections:
    rng = np.random.default_rng(seed)
    lengths = rng.integers(0, 5, n)
    offsets = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
    points = rng.normal(size=(offsets[-1], 3)).astype(np.float32)
    return Detections(random_cuboids(n, seed), points, offsets)


@given(st.integers(1, 8), st.integers(0, 99), st.data())
def test_selected_detections_keep_their_points(n: int, seed: int, data: st.DataObject) -> None:
    detections = random_detections(n, seed)
    picked = data.draw(st.lists(st.integers(0, n - 1), max_size=6))
    chosen = detections.select(np.array(picked, np.int64))
    assert len(chosen) == len(picked)
    assert_same(chosen.cuboids, detections.cuboids.select(np.array(picked, np.int64)))
    for row, source in enumerate(picked):
        np.testing.assert_array_equal(chosen.points_of(row), detections.points_of(source))


@given(st.integers(0, 6), st.integers(0, 6))
def test_concatenated_detections_keep_their_points(n: int, m: int) -> None:
    a, b = random_detections(n, 1), random_detections(m, 2)
    both = Detections.concatenate([a, b])
    for row in range(n + m):
        part, at = (a, row) if row < n else (b, row - n)
        np.testing.assert_array_equal(both.points_of(row), part.points_of(at))
    kept = both.select(np.arange(n + m) % 2 == 0)
    assert len(kept.points) == sum(len(both.points_of(r)) for r in range(0, n + m, 2))
