"""Rotated overlap against shapely."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from avlabel.geometry.boxes import bev_corners
from avlabel.geometry.iou import bev_iou, bev_iou_of_pairs, iou_3d

angles = st.one_of(st.floats(-4, 4), st.sampled_from([0, np.pi / 2, np.pi, -np.pi / 2, np.pi / 4]))
places = st.one_of(st.floats(-6, 6), st.integers(-4, 4).map(float))
sizes = st.one_of(st.floats(0.1, 12), st.integers(1, 6).map(float))
boxes_3d = st.tuples(places, places, places, sizes, sizes, sizes, angles)
BEV = [0, 1, 3, 4, 6]


def shapely_intersection(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    polygons_a, polygons_b = (shapely.polygons(bev_corners(x)) for x in (a, b))
    return shapely.area(shapely.intersection(polygons_a[:, None], polygons_b[None, :]))


def shapely_bev_iou(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    inter = shapely_intersection(a, b)
    return inter / (np.prod(a[:, 2:4], axis=1)[:, None] + np.prod(b[:, 2:4], axis=1) - inter)


def shapely_iou_3d(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    top = np.minimum((a[:, 2] + a[:, 5] / 2)[:, None], b[:, 2] + b[:, 5] / 2)
    low = np.maximum((a[:, 2] - a[:, 5] / 2)[:, None], b[:, 2] - b[:, 5] / 2)
    inter = shapely_intersection(a[:, BEV], b[:, BEV]) * (top - low).clip(min=0)
    return inter / (np.prod(a[:, 3:6], axis=1)[:, None] + np.prod(b[:, 3:6], axis=1) - inter)


@settings(max_examples=200)
@given(st.lists(boxes_3d, min_size=1, max_size=6), st.lists(boxes_3d, min_size=1, max_size=6))
def test_agrees_with_shapely(a: list, b: list) -> None:
    a, b = np.array(a), np.array(b)
    np.testing.assert_allclose(
        bev_iou(a[:, BEV], b[:, BEV]), shapely_bev_iou(a[:, BEV], b[:, BEV]), atol=1e-9
    )
    np.testing.assert_allclose(iou_3d(a, b), shapely_iou_3d(a, b), atol=1e-9)


def test_agrees_with_shapely_on_many_random_boxes() -> None:
    rng = np.random.default_rng(0)
    a, b = (
        np.column_stack(
            [
                rng.uniform(-15, 15, (150, 3)),
                rng.uniform(0.3, 12, (150, 3)),
                rng.uniform(-7, 7, 150),
            ]
        )
        for _ in range(2)
    )
    np.testing.assert_allclose(iou_3d(a, b), shapely_iou_3d(a, b), atol=1e-9)


@given(boxes_3d)
def test_a_box_is_itself_whichever_way_it_faces(box: tuple) -> None:
    a = np.array([box])
    flipped = a + np.array([0, 0, 0, 0, 0, 0, np.pi])
    assert iou_3d(a, a)[0, 0] == pytest.approx(1, abs=1e-9)
    assert iou_3d(a, flipped)[0, 0] == pytest.approx(1, abs=1e-9)


@given(boxes_3d, boxes_3d)
def test_overlap_is_symmetric(a: tuple, b: tuple) -> None:
    there = iou_3d(np.array([a]), np.array([b]))[0, 0]
    back = iou_3d(np.array([b]), np.array([a]))[0, 0]
    assert there == pytest.approx(back, abs=1e-9)


@given(boxes_3d, boxes_3d, st.floats(-4, 4))
def test_overlap_far_from_the_origin_is_the_same(a: tuple, b: tuple, turn: float) -> None:
    """UTM-sized coordinates: only the rounding of the coordinates themselves shows."""
    near_a, near_b = np.array([a]), np.array([b])
    shift = np.array([448_262.0, 5_411_932.0, 116.0, 0, 0, 0, 0])
    far = iou_3d(near_a + shift, near_b + shift)
    np.testing.assert_allclose(far, iou_3d(near_a, near_b), atol=1e-6)


@pytest.mark.parametrize(
    ("a", "b", "expected"),
    [
        ([0, 0, 4, 2, 0], [0, 0, 4, 2, 0], 1),
        ([0, 0, 4, 2, 0], [0, 0, 2, 1, 0.5], 2 / 8),  # nested
        ([0, 0, 4, 2, 0], [4, 0, 4, 2, 0], 0),  # edge to edge
        ([0, 0, 2, 2, 0], [2, 2, 2, 2, 0], 0),  # corner to corner
        ([0, 0, 4, 2, 0], [2, 0, 4, 2, 0], 4 / 12),
        ([0, 0, 4, 2, 0], [0, 0, 4, 2, np.pi / 2], 4 / 12),  # a cross
        ([0, 0, 2, 2, 0], [0, 0, 2, 2, np.pi / 4], 1 / np.sqrt(2)),  # an octagon
        ([0, 0, 4, 2, 0], [100, 0, 4, 2, 0], 0),
        ([0, 0, 0, 0, 0], [0, 0, 4, 2, 0], 0),  # no area
        ([0, 0, 0, 0, 0], [0, 0, 0, 0, 0], 0),
        ([0, 0, 4, 0, 0.3], [0, 0, 4, 2, 0], 0),
    ],
)
def test_bev_by_hand(a: list[float], b: list[float], expected: float) -> None:
    found = bev_iou(np.array([a], float), np.array([b], float))
    assert found.shape == (1, 1)
    assert found[0, 0] == pytest.approx(expected, abs=1e-12)


def test_pairs_are_the_diagonal_of_all_against_all() -> None:
    random = np.random.default_rng(3)
    low, high = [0, 0, 0.5, 0.5, -3], [4, 4, 4, 4, 3]
    a, b = random.uniform(low, high, (40, 5)), random.uniform(low, high, (40, 5))
    assert np.array_equal(bev_iou_of_pairs(a, b), np.diag(bev_iou(a, b)))
    assert bev_iou_of_pairs(a[:0], b[:0]).shape == (0,)


def test_height_counts_in_3d() -> None:
    a = np.array([[0.0, 0, 0, 2, 2, 2, 0]])
    b = np.array([[0.0, 0, 1, 2, 2, 2, 0], [0, 0, 2, 2, 2, 2, 0], [0, 0, 5, 2, 2, 2, 0]])
    np.testing.assert_allclose(iou_3d(a, b), [[4 / 12, 0, 0]])


@pytest.mark.parametrize(("n", "m"), [(0, 0), (0, 3), (3, 0)])
def test_no_boxes_give_an_empty_matrix(n: int, m: int) -> None:
    assert iou_3d(np.ones((n, 7)), np.ones((m, 7))).shape == (n, m)
    assert bev_iou(np.ones((n, 5)), np.ones((m, 5))).shape == (n, m)


def test_single_precision_boxes_are_taken() -> None:
    a = np.array([[0, 0, 4, 2, 0]], np.float32)
    assert bev_iou(a, a)[0, 0] == pytest.approx(1)
