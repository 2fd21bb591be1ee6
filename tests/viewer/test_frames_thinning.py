"""Clouds thinned to what can be drawn."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from avlabel_viewer.frames.thinning import thin


def test_few_points_are_kept_as_they_are() -> None:
    points = np.zeros((5, 3), np.float32)
    assert thin(points, np.zeros(3), 5).tolist() == [0, 1, 2, 3, 4]
    assert thin(points[:0], np.zeros(3), 5).tolist() == []


def test_near_points_are_kept_and_the_first_of_each_far_voxel() -> None:
    near = np.tile([[1.0, 0.0, 0.0]], (5, 1))
    far = np.repeat([[80.0, 0.0, 0.0], [0.0, 90.0, 0.0]], 10, axis=0)
    points = np.concatenate([near, far]).astype(np.float32)
    assert thin(points, np.zeros(3), 16).tolist() == [0, 1, 2, 3, 4, 5, 15]


@given(
    st.integers(0, 2**32 - 1),
    st.integers(1, 3000),
    st.integers(1, 1500),
    st.sampled_from([0.01, 5.0, 60.0, 2000.0]),
)
def test_thinning_keeps_its_promises(seed: int, n: int, budget: int, spread: float) -> None:
    random = np.random.default_rng(seed)
    focus = random.normal(0, 100, 3)
    points = (focus + random.normal(0, spread, (n, 3))).astype(np.float32)
    kept = thin(points, focus, budget)
    assert len(kept) <= budget
    assert (np.diff(kept) > 0).all()
    assert np.array_equal(kept, thin(points.copy(), focus, budget))
    if n > budget:
        distance = np.linalg.norm(points - focus, axis=1)
        nearest = np.sort(distance)[budget // 2] if budget // 2 < n else np.inf
        surely = np.flatnonzero(distance < min(15.0, nearest) - 15.0 / 64 - 1e-3)
        assert np.isin(surely, kept).all()


def test_hardly_any_points_are_those_that_are_near() -> None:
    corners = 50.0 * np.array([[x, y, z] for x in (-1, 1) for y in (-1, 1) for z in (-1, 1)])
    points = np.concatenate([corners, [[1.0, 1.0, 1.0]]]).astype(np.float32)
    assert thin(points, np.zeros(3), 3).tolist() == [0, 1, 8]


def test_a_budget_is_used_and_what_is_far_is_thinner() -> None:
    random = np.random.default_rng(0)
    points = np.column_stack([random.uniform(-80, 80, (200_000, 2)), np.zeros(200_000)])
    kept = thin(points.astype(np.float32), np.zeros(3), 40_000)
    assert 30_000 < len(kept) <= 40_000
    distance = np.linalg.norm(points, axis=1)
    share = [
        np.isin(np.flatnonzero((distance > a) & (distance < b)), kept).mean()
        for a, b in ((0, 14), (16, 29), (31, 59), (61, 80))
    ]
    assert share[0] == 1.0
    assert share == sorted(share, reverse=True)
