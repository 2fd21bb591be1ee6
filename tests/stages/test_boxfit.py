"""Rectangles fitted to outlines of known boxes."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from avlabel.stages.detection.boxfit import fit_rectangle, fit_rectangles


def l_shape(length, width, yaw, center, noise, rng, n=400):
    """The rear and the right side of a box, as a LiDAR behind and right of it sees them."""
    # One point in each of n equal stretches of the outline, so that no end goes unseen.
    t = (np.arange(n) + rng.uniform(0, 1, n)) / n * (length + width)
    x = np.where(t < length, t - length / 2, -length / 2)
    y = np.where(t < length, -width / 2, t - length - width / 2)
    c, s = np.cos(yaw), np.sin(yaw)
    xy = np.column_stack([x * c - y * s, x * s + y * c]) + center
    return xy + rng.normal(0, noise, xy.shape)


@settings(max_examples=60, deadline=None)
@given(st.floats(3.5, 6.0), st.floats(1.6, 2.2), st.floats(-np.pi, np.pi), st.integers(0, 10_000))
def test_recovers_an_l_shape(length, width, yaw, seed):
    rng = np.random.default_rng(seed)
    center = rng.uniform(-40, 40, 2)
    x, y, along, across, found = fit_rectangle(l_shape(length, width, yaw, center, 0.02, rng))
    turn = (found - yaw + np.pi / 4) % (np.pi / 2) - np.pi / 4
    assert abs(turn) < np.deg2rad(3.0)
    assert np.allclose(sorted([along, across]), sorted([length, width]), atol=0.3)
    assert np.hypot(x - center[0], y - center[1]) < 0.3


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 500))
def test_contains_all_its_points(seed, n):
    rng = np.random.default_rng(seed)
    xy = rng.normal(0, [2.0, 0.7], (n, 2)).astype(np.float32)
    x, y, along, across, yaw = fit_rectangle(xy)
    c, s = np.cos(yaw), np.sin(yaw)
    local = (xy - [x, y]) @ np.array([[c, -s], [s, c]])
    assert np.all(np.abs(local) <= np.array([along, across]) / 2 + 1e-4)
    assert 0 <= yaw < np.pi / 2 + 1e-9


def test_fits_each_cluster_on_its_own():
    rng = np.random.default_rng(0)
    a = l_shape(4.5, 1.8, 0.3, np.array([10.0, 0.0]), 0.01, rng)
    b = l_shape(4.5, 1.8, 1.1, np.array([0.0, 20.0]), 0.01, rng)
    points = np.concatenate([a, b]).astype(np.float32)
    order = np.arange(len(points), dtype=np.int64)
    both = fit_rectangles(points, order, np.array([0, len(a), len(points)], np.int64))
    assert both[0] == pytest.approx(fit_rectangle(a.astype(np.float32)), abs=1e-6)
    assert both[1] == pytest.approx(fit_rectangle(b.astype(np.float32)), abs=1e-6)
