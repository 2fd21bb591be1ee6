"""Turn rates of tracks, and ways along arcs."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import solve_ivp

from avlabel.core.cuboids import NO_TRACK, Cuboids
from avlabel.core.se3 import quat_from_yaw
from avlabel.geometry.turning import MAX_TURN_RATE, arc_m, turn_rates

MS = 1_000_000


def track(t_ms, yaw, track_id=4):
    n = len(t_ms)
    return Cuboids.build(
        "world",
        frame_idx=np.arange(n),
        timestamp_ns=np.asarray(t_ms, np.int64) * MS,
        track_id=np.full(n, track_id),
        category=np.zeros(n, int),
        center=np.zeros((n, 3)),
        quat_wxyz=quat_from_yaw(np.asarray(yaw, float)),
        size_lwh=np.ones((n, 3)),
    )


def test_steady_turn_is_found_everywhere_over_uneven_times_and_the_wrap():
    t_ms = np.array([0, 90, 210, 300, 420, 500])
    rates = turn_rates(track(t_ms, 3.0 + 0.8 * t_ms / 1e3))
    np.testing.assert_allclose(rates, 0.8, atol=1e-9)


def test_one_wrong_yaw_and_a_flipped_heading_move_nothing():
    t_ms = np.arange(0, 900, 100)
    yaw = 0.3 * t_ms / 1e3
    yaw[3] += 0.6
    yaw[6:] += np.pi
    rates = turn_rates(track(t_ms, yaw))
    np.testing.assert_allclose(rates[[1, 2, 4, 5, 6, 7]], 0.3, atol=0.15)


def test_what_cannot_be_known_is_no_turn():
    alone = track([0], [1.0])
    apart = track([0, 1500], [0.0, 0.5], track_id=5)
    untracked = track([0, 100], [0.0, 0.05], track_id=NO_TRACK)
    together = track([0, 0], [0.0, 0.05], track_id=6)
    jump = track([0, 100], [0.0, 0.1 * MAX_TURN_RATE + 0.1], track_id=7)
    every = Cuboids.concatenate([alone, apart, untracked, together, jump])
    assert turn_rates(every).tolist() == [0.0] * 9
    assert len(turn_rates(Cuboids.empty("world"))) == 0


def test_a_yaw_that_is_not_a_number_is_left_out():
    boxes = track([0, 100, 200, 300, 400], [0.0, 0.05, 0.1, 0.15, 0.2])
    boxes.quat_wxyz[2] = np.nan
    np.testing.assert_allclose(turn_rates(boxes), [0.5, 0.5, 0.0, 0.5, 0.5], atol=1e-9)


def test_sparse_keyframes_use_the_next_ones():
    rates = turn_rates(track([0, 500, 1000, 1500], [0.0, 0.1, 0.3, 0.6]))
    np.testing.assert_allclose(rates, [0.2, 0.3, 0.5, 0.6], atol=1e-9)


def test_tracks_do_not_mix_and_rows_may_come_in_any_order():
    rng = np.random.default_rng(1)
    t_ms = np.arange(0, 1000, 100)
    both = Cuboids.concatenate(
        [track(t_ms, 0.5 * t_ms / 1e3, 1), track(t_ms, 2 - 0.2 * t_ms / 1e3, 2)]
    )
    order = rng.permutation(len(both))
    rates = turn_rates(both.select(order))
    np.testing.assert_allclose(rates, np.where(both.track_id[order] == 1, 0.5, -0.2), atol=1e-9)


@settings(max_examples=50, deadline=None)
@given(
    speed=st.floats(-40, 40), heading=st.floats(-4, 4), rate=st.floats(-2, 2), dt=st.floats(-1, 1)
)
def test_arc_is_what_integration_says(speed, heading, rate, dt):
    def motion(t, _state):
        return [speed * np.cos(heading + rate * t), speed * np.sin(heading + rate * t)]

    exact = solve_ivp(motion, (0.0, dt), [0.0, 0.0], rtol=1e-9, atol=1e-10).y[:, -1]
    velocity = np.array([speed * np.cos(heading), speed * np.sin(heading), 1.5])
    np.testing.assert_allclose(arc_m(velocity, rate, dt), [*exact, 1.5 * dt], atol=1e-6)


def test_quarter_circle_by_hand():
    found = arc_m(np.array([np.pi, 0.0, 0.0]), np.pi / 2, 1.0)
    np.testing.assert_allclose(found, [2.0, 2.0, 0.0], atol=1e-12)
    assert arc_m(np.array([3.0, 4.0, 0.0]), 0.0, 2.0) == (6.0, 8.0, 0.0)
    assert arc_m(np.full(3, np.nan), 0.5, 2.0) == (0.0, 0.0, 0.0)
    assert arc_m(np.array([3.0, 4.0, np.nan]), 0.0, 2.0) == (6.0, 8.0, 0.0)


@pytest.mark.parametrize("noise_deg", [0.5, 2.0])
def test_noise_of_yaws_is_averaged(noise_deg):
    rng = np.random.default_rng(2)
    t_ms = np.arange(0, 4000, 100)
    yaw = 0.4 * t_ms / 1e3 + np.deg2rad(rng.normal(0, noise_deg, len(t_ms)))
    error = turn_rates(track(t_ms, yaw)) - 0.4
    naive = np.diff(yaw) / 0.1 - 0.4
    assert np.std(error[2:-2]) < 0.3 * np.std(naive)
