"""The ground grid on surfaces whose height is known everywhere."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from avlabel.stages.detection.ground import GroundConfig, estimate_ground

CONFIG = GroundConfig()


def rings(height, rng, per_ring=900):
    """Points of a 64-beam LiDAR at 1.8 m on the surface z = height(x, y), with 2 cm noise."""
    beams = np.concatenate([np.linspace(1.6, 8, 40), np.linspace(8.5, 24, 20)])
    ranges = 1.8 / np.tan(np.deg2rad(beams))
    r, azimuth = np.meshgrid(ranges, np.linspace(-np.pi, np.pi, per_ring, endpoint=False))
    x, y = (r * np.cos(azimuth)).ravel(), (r * np.sin(azimuth)).ravel()
    z = height(x, y) + rng.normal(0, 0.02, x.shape)
    return np.column_stack([x, y, z]).astype(np.float32)


@settings(max_examples=15, deadline=None)
@given(
    st.floats(0.0, CONFIG.slope),
    st.floats(-np.pi, np.pi),
    st.floats(-0.08, 0.08),
    st.integers(0, 10),
)
def test_follows_any_drivable_plane(steepness, direction, offset, seed):
    # Steeper than this, the first points, 4 m away, lie beyond what is allowed unseen.
    slope_x, slope_y = steepness * np.cos(direction), steepness * np.sin(direction)
    plane = lambda x, y: offset + slope_x * x + slope_y * y  # noqa: E731
    points = rings(plane, np.random.default_rng(seed))
    error = estimate_ground(points, CONFIG).at(points) - plane(points[:, 0], points[:, 1])
    assert np.quantile(np.abs(error), 0.99) < 0.25
    assert np.median(np.abs(error)) < 0.08


def test_hill_that_rises_after_a_level_stretch_stays_ground():
    hill = lambda x, y: 0.1 * np.clip(x - 15, 0, None)  # noqa: E731, ARG005
    points = rings(hill, np.random.default_rng(0))
    above = points[:, 2] - estimate_ground(points, CONFIG).at(points)
    assert (above < 0.25).mean() > 0.99


def test_wide_roof_does_not_become_ground():
    rng = np.random.default_rng(1)
    ground = rings(lambda x, y: 0 * x, rng)  # noqa: ARG005
    # A bus beside the car hides the ground below it and shows only its side and roof.
    under = (np.abs(ground[:, 0]) < 6) & (ground[:, 1] > 3) & (ground[:, 1] < 5.6)
    roof = np.column_stack(
        [rng.uniform(-6, 6, 4000), rng.uniform(3, 5.6, 4000), np.full(4000, 3.0)]
    ).astype(np.float32)
    grid = estimate_ground(np.concatenate([ground[~under], roof]), CONFIG)
    assert np.abs(grid.at(roof)).max() < 0.3


def test_kerb_counts_as_ground_and_a_lone_echo_below_does_not_dig_a_hole():
    rng = np.random.default_rng(2)
    points = rings(lambda x, y: np.where(y > 4, 0.13, 0.0), rng)  # noqa: ARG005
    echo = np.array([[10.0, -2.0, -3.0]], np.float32)
    above = points[:, 2] - estimate_ground(np.concatenate([points, echo]), CONFIG).at(points)
    assert above.max() < 0.25
    assert above.min() > -0.25


@pytest.mark.parametrize("n", [0, 1])
def test_hardly_any_points_give_a_level_ground(n):
    points = np.zeros((n, 3), np.float32)
    assert np.allclose(estimate_ground(points, CONFIG).height, 0.0)
