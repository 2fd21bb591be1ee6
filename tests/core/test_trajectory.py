"""Poses between poses, and the times for which there are none."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from avlabel.core.se3 import SE3
from avlabel.core.trajectory import Trajectory
from avlabel.errors import TimeRangeError

S = 1_000_000_000


def turning() -> Trajectory:
    """From the origin to (10, 0, 0) in one second, turning left by 90 degrees; then straight."""
    poses = SE3.stack(
        [
            SE3.from_yaw(0, [0, 0, 0]),
            SE3.from_yaw(np.pi / 2, [10, 0, 0]),
            SE3.from_yaw(np.pi / 2, [10, 20, 0]),
        ]
    )
    return Trajectory(np.array([0, S, 2 * S]), poses)


@pytest.mark.parametrize(
    ("t_ns", "yaw_deg", "xyz"),
    [
        (0, 0, [0, 0, 0]),
        (S // 2, 45, [5, 0, 0]),
        (S // 3, 30, [10 / 3, 0, 0]),
        (S, 90, [10, 0, 0]),
        (3 * S // 2, 90, [10, 10, 0]),
        (2 * S, 90, [10, 20, 0]),
    ],
)
def test_interpolation_by_hand(t_ns: int, yaw_deg: float, xyz: list[float]) -> None:
    pose = turning().at(t_ns)
    assert np.rad2deg(pose.yaw) == pytest.approx(yaw_deg, abs=1e-6)
    np.testing.assert_allclose(pose.translation, xyz, atol=1e-6)
    assert pose.rotation.shape == (3, 3)


def test_slerp_takes_the_short_way() -> None:
    poses = SE3.stack([SE3.from_yaw(np.deg2rad(a), [0, 0, 0]) for a in (170, -170)])
    halfway = Trajectory(np.array([0, 10]), poses).at(5)
    assert abs(np.rad2deg(halfway.yaw)) == pytest.approx(180)


def test_slerp_about_a_tilted_axis() -> None:
    # A third of a turn about (1, 1, 1) takes x to y; half of it is a sixth of a turn.
    whole = SE3.from_quat([0.5, 0.5, 0.5, 0.5], [0, 0, 0])
    half = Trajectory(np.array([0, 10]), SE3.stack([SE3.identity(), whole])).at(5)
    np.testing.assert_allclose((half @ half).rotation, whole.rotation, atol=1e-12)
    c, s = np.cos(np.pi / 6), np.sin(np.pi / 6) / np.sqrt(3)
    np.testing.assert_allclose(half.quat_wxyz, [c, s, s, s], atol=1e-12)


@given(st.lists(st.integers(0, 2 * S), min_size=1, max_size=20))
def test_many_times_at_once_agree_with_one_by_one(times: list[int]) -> None:
    together = turning().at(np.array(times))
    for i, t in enumerate(times):
        np.testing.assert_allclose(together[i].matrix, turning().at(t).matrix, atol=1e-12)


@pytest.mark.parametrize("t_ns", [-1, 2 * S + 1])
def test_outside_the_range_is_refused(t_ns: int) -> None:
    assert not turning().covers(t_ns)
    with pytest.raises(TimeRangeError, match=str(t_ns)):
        turning().at(t_ns)


def test_extrapolation_continues_the_end_motion_only_as_far_as_asked() -> None:
    pose = turning().at(2 * S + S // 20, extrapolate_ns=S // 20)
    np.testing.assert_allclose(pose.translation, [10, 21, 0], atol=1e-6)
    before = turning().at(-S // 10, extrapolate_ns=S // 10)
    np.testing.assert_allclose(before.translation, [-1, 0, 0], atol=1e-6)
    assert np.rad2deg(before.yaw) == pytest.approx(-9)
    with pytest.raises(TimeRangeError):
        turning().at(2 * S + S // 20 + 1, extrapolate_ns=S // 20)


def test_inside_a_gap_is_refused_but_its_ends_are_not() -> None:
    still = SE3.stack([SE3.identity()] * 4)
    gappy = Trajectory(np.array([0, S // 2, 3 * S, 4 * S]), still)
    np.testing.assert_array_equal(
        gappy.covers([0, S // 4, S // 2, S, 3 * S, 3 * S + 1]),
        [True, True, True, False, True, True],
    )
    with pytest.raises(TimeRangeError, match="gap"):
        gappy.at([S // 4, S])


def test_a_single_pose_answers_its_own_time_only() -> None:
    single = Trajectory(np.array([S]), SE3.stack([SE3.from_yaw(1.0, [1, 2, 3])]))
    np.testing.assert_array_equal(single.at(S).translation, [1, 2, 3])
    assert single.at([S, S]).translation.shape == (2, 3)
    np.testing.assert_array_equal(single.at(S + 5, extrapolate_ns=5).translation, [1, 2, 3])
    with pytest.raises(TimeRangeError):
        single.at(S + 1)


@pytest.mark.parametrize("times", [[], [0, 0, 1], [0, 2, 1], [0, 1]])
def test_times_must_increase_and_match_the_poses(times: list[int]) -> None:
    with pytest.raises(TimeRangeError):
        Trajectory(np.array(times, np.int64), SE3.stack([SE3.identity()] * 3))


def test_shifted_keeps_the_centimetres_of_far_coordinates() -> None:
    origin = np.array([448_262.0, 5_411_932.0, 116.0])
    far = SE3.stack(
        [
            SE3.from_yaw(0, origin + np.array([0.25, 0, 0])),
            SE3.from_yaw(0, origin + np.array([1.25, 0, 0])),
        ]
    )
    near = Trajectory(np.array([0, 100]), far).shifted(origin)
    np.testing.assert_allclose(near.at(50).translation, [0.75, 0, 0], atol=1e-9)
