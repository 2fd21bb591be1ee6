"""Quaternions of kernels against scipy's rotations."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.spatial.transform import Rotation

from avlabel.geometry import quaternions

ROTVECS = arrays(np.float64, (5, 3), elements=st.floats(-4, 4))


def turned(rotvec):
    return Rotation.from_rotvec(rotvec)


def quat(rotation):
    return rotation.as_quat(scalar_first=True, canonical=True)


@given(ROTVECS, ROTVECS, st.floats(0, 1))
def test_slerp_is_the_share_of_the_shortest_turn(a, b, share):
    start, stop = turned(a), turned(b)
    way = (start.inv() * stop).as_rotvec()
    got = quaternions.slerp(quat(start), quat(stop), np.full(5, share))
    off = turned(got[:, 1:] * 0) * Rotation.from_quat(got, scalar_first=True).inv()
    # Half a turn may go either way round.
    decided = np.linalg.norm(way, axis=1) < np.pi - 1e-6
    error = (off * start * turned(share * way)).magnitude()
    assert error[decided] == pytest.approx(0, abs=1e-7)


@given(ROTVECS, ROTVECS)
def test_the_algebra_is_that_of_rotations(a, b):
    first, second = turned(a), turned(b)
    for p, q, v, both in zip(quat(first), quat(second), a, quat(first * second), strict=True):
        assert quaternions.rotate(tuple(p), v) == pytest.approx(
            Rotation.from_quat(p, scalar_first=True).apply(v), abs=1e-9
        )
        product = quaternions.canonical(quaternions.multiply(tuple(p), tuple(q)))
        assert abs(np.dot(product, both)) == pytest.approx(1)
        again = quaternions.from_rotvec(quaternions.to_rotvec(tuple(p)))
        assert abs(np.dot(again, p)) == pytest.approx(1)


def test_of_two_signs_the_first_positive_component_decides():
    assert quaternions.canonical((-2.0, 0.0, 0.0, 0.0)) == (1.0, 0.0, 0.0, 0.0)
    assert quaternions.canonical((0.0, 0.0, -1.0, 0.0)) == (0.0, 0.0, 1.0, 0.0)


def test_a_turn_of_nothing_stays_finite():
    assert quaternions.to_rotvec((1.0, 0.0, 0.0, 0.0)) == (0.0, 0.0, 0.0)
    assert quaternions.from_rotvec((0.0, 0.0, 0.0)) == (1.0, 0.0, 0.0, 0.0)
