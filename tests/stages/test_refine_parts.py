"""The methods that refinement is made of, each against a case worked out by hand."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from track_scenarios import TAXONOMY

from avlabel.stages.refining.heading import HeadingConfig, face_standing
from avlabel.stages.refining.motion import MotionConfig, has_moved, same_way, speed_of_both_ends
from avlabel.stages.refining.place import anchor, place
from avlabel.stages.refining.quantile import quantile
from avlabel.stages.refining.score import motion_plausibility
from avlabel.stages.refining.size import SizeConfig, choose_shape, complete_size
from avlabel.stages.refining.smooth import smooth
from avlabel.stages.refining.yaw import YawConfig, agree_with_shape, heading_along

SIZE = SizeConfig()


def batch_least_squares(time_s, position, sigma, density):
    """The same posterior mean from one big normal equation: state is (x, v) at every time."""
    n = len(time_s)
    rows, right = [], []
    for k in np.flatnonzero(np.isfinite(sigma)):
        row = np.zeros(2 * n)
        row[2 * k] = 1 / sigma[k]
        rows.append(row)
        right.append(position[k] / sigma[k])
    for k in range(n - 1):
        dt = time_s[k + 1] - time_s[k]
        noise = density * np.array([[dt**3 / 3, dt**2 / 2], [dt**2 / 2, dt]])
        whiten = np.linalg.inv(np.linalg.cholesky(noise))
        block = np.zeros((2, 2 * n))
        block[:, 2 * k : 2 * k + 2] = -np.array([[1, dt], [0, 1]])
        block[:, 2 * k + 2 : 2 * k + 4] = np.eye(2)
        rows += list(whiten @ block)
        right += [0.0, 0.0]
    return np.linalg.lstsq(np.array(rows), np.array(right), rcond=None)[0].reshape(n, 2)


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_smoother_agrees_with_batch_least_squares(seed):
    rng = np.random.default_rng(seed)
    n = 12
    time_s = np.cumsum(rng.uniform(0.05, 0.4, n))
    position = 5 * time_s + rng.normal(0, 0.2, n)
    sigma = np.where(rng.random(n) < 0.3, np.inf, rng.uniform(0.1, 0.5, n))
    sigma[0], sigma[-1] = 0.2, 0.3
    x, v = smooth(time_s, position[:, None], sigma, 2.0)
    expected = batch_least_squares(time_s, position, sigma, 4.0)
    # The smoother's prior on the first velocity, 30 m/s wide, is all that differs.
    np.testing.assert_allclose(x[:, 0], expected[:, 0], atol=5e-3)
    np.testing.assert_allclose(v[:, 0], expected[:, 1], atol=3e-2)


def test_smoother_goes_straight_through_a_gap():
    time_s = np.array([0.0, 0.1, 0.2, 0.9, 1.6, 1.7, 1.8])
    sigma = np.array([0.1, 0.1, 0.1, np.inf, 0.1, 0.1, 0.1])
    x, v = smooth(time_s, np.column_stack([10 * time_s, 0 * time_s]), sigma, 2.0)
    np.testing.assert_allclose(x[:, 0], 10 * time_s, atol=0.02)
    np.testing.assert_allclose(v[3], [10, 0], atol=0.1)


@given(st.lists(st.floats(-1e3, 1e3), min_size=1, max_size=30), st.floats(0, 1))
def test_quantile_is_numpys(values, share):
    expected = np.quantile(np.array(values), share)
    assert quantile(np.array(values), share) == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize(
    ("sensor", "guess", "expected"),
    [
        (20.0, 0.0, 1.75),  # ahead: the high end is a face, the rest lies behind it
        (-20.0, 0.0, 2.25),  # behind: the low end is
        (2.0, 0.0, 1.75),  # beside: as near to the guess as holds the points
        (2.0, 9.0, 2.25),
        (2.0, 1.9, 1.9),
    ],
)
def test_box_is_anchored_at_the_face_that_was_seen(sensor, guess, expected):
    one = np.ones(1)
    # Seen from 0 to 4, the box being 4.5 long.
    centre = anchor(0 * one, 4 * one, 4.5, sensor * one, guess * one)
    assert centre[0] == pytest.approx(expected)


@given(st.floats(-np.pi, np.pi), st.floats(-50, 50), st.floats(-50, 50))
def test_placement_turns_with_the_world(yaw, x, y):
    # The rear face (x = 0, 1.8 wide) of a car seen from behind: its centre is 2.25 ahead.
    c, s = np.cos(yaw), np.sin(yaw)
    turn = np.array([[c, -s], [s, c]])
    at = np.array([x, y])
    along, across = at @ turn
    extents = np.array([[along, along + 0.1, across - 0.9, across + 0.9]])
    sensor = (turn @ [-20.0, 0.0] + at)[None]
    centre = place(extents, np.array([yaw]), np.array([4.5, 1.8]), sensor, at[None])
    np.testing.assert_allclose(centre[0], turn @ [2.25, 0.0] + at, atol=1e-9)


def ends_of(low, high):
    """Ends (K, 24, 2) of a segment from (low, 0) to (high, 0), 1 m wide."""
    angle = np.arange(24) * np.pi / 24
    c, s = np.cos(angle), np.sin(angle)
    low, high = np.asarray(low)[:, None], np.asarray(high)[:, None]
    lesser, greater = np.minimum(low * c, high * c), np.maximum(low * c, high * c)
    return np.stack([lesser - 0.5 * s, greater + 0.5 * s], axis=2)


def test_growing_is_not_moving():
    t = np.arange(30) * 0.1
    assert not has_moved(ends_of(0 * t, 1 + 1.2 * t), t, MotionConfig())
    assert has_moved(ends_of(1.2 * t, 1 + 1.2 * t), t, MotionConfig())
    assert not has_moved(ends_of(0 * t, 0 * t + 4), t, MotionConfig())


def test_one_mistaken_view_is_not_motion():
    t = np.arange(60) * 0.1
    low = np.where((t > 2.9) & (t < 3.3), 5.0, 0.0)
    assert not has_moved(ends_of(low, low + 1.0), t, MotionConfig())


def test_only_what_both_ends_do_is_speed():
    t = np.arange(20) * 0.1
    forward = np.tile([2.0, 0.0], (20, 1))
    both = speed_of_both_ends(ends_of(2 * t, 2 * t + 4), t, forward, 0.5)
    np.testing.assert_allclose(both, 2.0)
    np.testing.assert_allclose(
        speed_of_both_ends(ends_of(2 * t, 2 * t + 4), t, -forward, 0.5), -2.0
    )
    np.testing.assert_allclose(
        speed_of_both_ends(ends_of(0 * t, 2 * t + 4), t, forward, 0.5), 0.0, atol=1e-12
    )
    assert same_way(np.array([1.0, -1.0, -3.0]), np.array([2.0, 1.0, -2.0])).tolist() == [1, 0, -2]


def test_heading_is_kept_while_an_object_waits():
    # Ten frames along +x, ten at rest with jitter, ten along +y.
    moving = np.linspace(0, 9, 10)
    path = np.concatenate(
        [
            np.column_stack([moving, 0 * moving]),
            np.tile([9.0, 0.0], (10, 1)),
            np.column_stack([9 + 0 * moving, moving + 1]),
        ]
    )
    velocity = np.concatenate([np.tile([10.0, 0], (10, 1)), np.full((10, 2), -0.2)])
    velocity = np.concatenate([velocity, np.tile([0, 10.0], (10, 1))])
    speed = np.hypot(*velocity.T)
    yaw = heading_along(path, velocity, speed, np.zeros(30), YawConfig())
    np.testing.assert_allclose(yaw[:20], 0, atol=1e-6)
    np.testing.assert_allclose(yaw[20:], np.pi / 2, atol=1e-6)


def test_heading_turns_the_short_way_across_pi():
    path = np.column_stack([-np.arange(10.0), np.zeros(10)])
    velocity = np.tile([-10.0, 0.0], (10, 1))
    velocity[0, 1], velocity[-1, 1] = 1.0, -1.0
    speed = np.where(np.isin(np.arange(10), [0, 9]), 10.0, 0.0)
    yaw = heading_along(path, velocity, speed, np.zeros(10), YawConfig())
    assert np.all(np.abs(yaw) > 3.0)


def test_shape_corrects_a_slow_heading_but_not_a_fast_one():
    position = np.column_stack([np.arange(20) * 0.05, np.zeros(20)])
    seen = np.arange(20)
    # The axes lie 0.3 rad off the motion, some views a quarter turn further.
    axes = 0.3 + np.pi / 2 * (seen % 2)
    slow = agree_with_shape(np.zeros(20), position, np.full(20, 0.1), seen, axes, YawConfig())
    fast = agree_with_shape(np.zeros(20), position, np.full(20, 30.0), seen, axes, YawConfig())
    np.testing.assert_allclose(slow, 0.3, atol=0.01)
    np.testing.assert_allclose(fast, 0.0, atol=0.01)


def test_unseen_length_comes_from_the_class_and_seen_length_from_the_points():
    car = TAXONOMY.code("car")
    end_on = complete_size(np.array([0.4, 1.85]), np.array([0.0, 1.0]), car, TAXONOMY, SIZE)
    assert end_on.tolist() == pytest.approx([4.5, 1.85])
    seen = complete_size(np.array([5.2, 1.9]), np.array([1.0, 1.0]), car, TAXONOMY, SIZE)
    assert seen.tolist() == pytest.approx([5.2, 1.9])


def test_rear_of_a_car_is_no_bicycle_whatever_the_votes():
    votes = np.zeros(len(TAXONOMY.leaves))
    votes[TAXONOMY.code("bicycle")], votes[TAXONOMY.code("car")] = 3.0, 1.0
    rear = choose_shape(np.array([0.5, 1.8, 1.5]), np.array([0.05, 1.0]), votes, TAXONOMY, SIZE)
    assert TAXONOMY.leaves[rear.leaf] == "car"
    side = choose_shape(np.array([1.8, 0.6, 1.6]), np.array([1.0, 0.3]), votes, TAXONOMY, SIZE)
    assert TAXONOMY.leaves[side.leaf] == "bicycle"


def test_parked_cars_face_as_their_side_of_the_road_runs():
    ego = np.column_stack([np.arange(0.0, 40.0, 1.0), np.zeros(40), np.zeros(40)])
    pose = np.array([[10, -4, np.pi], [10, 6, 0.0], [20, 8, np.pi / 2], [20, -8, np.pi / 2]])
    yaw = face_standing(pose, np.zeros(4), np.zeros((0, 3)), ego, HeadingConfig())
    assert np.cos(yaw[:2]).tolist() == pytest.approx([1, -1])
    assert np.sin(yaw[2:]).tolist() == pytest.approx([-1, 1])
    left = HeadingConfig(right_hand_traffic=False)
    # Where traffic keeps left the same two stand the other way around.
    yaw = face_standing(pose, np.zeros(4), np.zeros((0, 3)), ego, left)
    assert np.cos(yaw[:2]).tolist() == pytest.approx([-1, 1])


def test_traffic_that_passed_beats_the_side_of_the_road():
    ego = np.array([[0.0, 0.0, 0.0]])
    flow = np.array([[x, 5.0, 0.0] for x in np.arange(0, 20, 0.5)])
    yaw = face_standing(np.array([[10, 6.5, np.pi]]), np.zeros(1), flow, ego, HeadingConfig())
    assert np.cos(yaw[0]) == pytest.approx(1)


def test_shape_that_all_views_agree_on_beats_the_side_of_the_road():
    ego, none = np.array([[0.0, 0.0, 0.0]]), np.zeros((0, 3))
    pose = np.array([[10, -4, np.pi]])
    assert np.cos(face_standing(pose, np.ones(1), none, ego, HeadingConfig()))[0] == -1
    assert np.cos(face_standing(pose, 0.1 * np.ones(1), none, ego, HeadingConfig()))[0] == 1


def test_two_views_of_one_instant_are_no_acceleration():
    velocity = np.array([[5.0, 0.0], [5.0, 0.0], [5.02, 0.0]])
    assert motion_plausibility(velocity, np.array([0.0, 0.1, 0.1]), 60.0) > 0.9
