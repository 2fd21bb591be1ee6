"""Transforms: group laws, and the rotations that are refused."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from avlabel.core.se3 import (
    SE3,
    matrix_from_quat,
    nearest_rotation,
    quat_from_matrix,
    quat_from_yaw,
    wrap_angle,
    yaw_from_quat,
)
from avlabel.errors import CalibrationError, MirroredRotationError, NotARotationError

metres = st.floats(-1e4, 1e4)
vectors = arrays(np.float64, 3, elements=metres)
quats = arrays(np.float64, 4, elements=st.floats(-1, 1)).filter(lambda q: np.linalg.norm(q) > 0.1)
transforms = st.builds(lambda q, t: SE3.from_quat(q / np.linalg.norm(q), t), quats, vectors)


def close(a: SE3, b: SE3) -> bool:
    return np.allclose(a.matrix, b.matrix, rtol=0, atol=1e-9 * (1 + np.abs(a.matrix).max()))


@given(transforms)
def test_inverse_undoes(a: SE3) -> None:
    assert close(a @ a.inverse(), SE3.identity())
    assert close(a.inverse() @ a, SE3.identity())


@given(transforms, transforms, transforms)
def test_composition_is_associative(a: SE3, b: SE3, c: SE3) -> None:
    assert close((a @ b) @ c, a @ (b @ c))


@given(transforms, transforms, arrays(np.float64, (5, 3), elements=metres))
def test_composition_applies_right_to_left(a: SE3, b: SE3, points: np.ndarray) -> None:
    np.testing.assert_allclose((a @ b).apply(points), a.apply(b.apply(points)), atol=1e-7)


@given(transforms, arrays(np.float64, (5, 3), elements=metres))
def test_apply_round_trip(a: SE3, points: np.ndarray) -> None:
    np.testing.assert_allclose(a.inverse().apply(a.apply(points)), points, atol=1e-7)


@given(transforms)
def test_quaternion_and_matrix_round_trips(a: SE3) -> None:
    assert close(SE3.from_quat(a.quat_wxyz, a.translation), a)
    assert close(SE3.from_matrix(a.matrix), a)
    assert a.quat_wxyz[0] >= 0


@given(st.floats(-np.pi, np.pi))
def test_yaw_round_trip(yaw: float) -> None:
    quat = quat_from_yaw(np.array(yaw))
    for found in (
        yaw_from_quat(quat),
        SE3.from_yaw(yaw, np.zeros(3)).yaw,
        yaw_from_quat(quat_from_matrix(matrix_from_quat(quat))),
    ):
        assert abs(wrap_angle(found - yaw)) < 1e-12


@given(st.floats(-1e3, 1e3))
def test_wrapped_angles_keep_their_direction(angle: float) -> None:
    wrapped = wrap_angle(np.array(angle))
    assert -np.pi <= wrapped < np.pi
    assert np.cos(wrapped) == pytest.approx(np.cos(angle), abs=1e-9)
    assert np.sin(wrapped) == pytest.approx(np.sin(angle), abs=1e-9)


def test_quarter_turn_by_hand() -> None:
    dst_from_src = SE3.from_yaw(np.pi / 2, [10, 0, 1])
    np.testing.assert_allclose(dst_from_src.apply(np.array([[1.0, 2, 3]])), [[8, 1, 4]])


def test_a_stack_moves_each_point_by_its_own_transform() -> None:
    stack = SE3.stack([SE3.identity(), SE3.from_yaw(np.pi, [1, 0, 0])])
    np.testing.assert_allclose(
        stack.apply(np.array([[1.0, 1, 1], [1, 1, 1]])), [[1, 1, 1], [0, -1, 1]], atol=1e-15
    )
    assert len(stack) == 2
    assert close(stack[1], SE3.from_yaw(np.pi, [1, 0, 0]))
    assert close((stack @ stack.inverse())[1], SE3.identity())


def test_points_keep_their_precision() -> None:
    points = np.ones((2, 3), np.float32)
    assert SE3.identity().apply(points).dtype == np.float32


@pytest.mark.parametrize(
    ("matrix", "error", "message"),
    [
        (np.eye(3) * 1.1, NotARotationError, "not orthonormal"),
        (np.diag([1.0, 1, -1]), MirroredRotationError, "mirrored"),
        (np.full((3, 3), np.nan), NotARotationError, "not finite"),
        (np.zeros((3, 3)), NotARotationError, "not orthonormal"),
        (np.full((3, 3), 1e300), NotARotationError, "not orthonormal"),
    ],
)
def test_what_is_no_rotation_is_refused(
    matrix: np.ndarray, error: type[CalibrationError], message: str
) -> None:
    with pytest.raises(error, match=message):
        nearest_rotation(matrix)


@pytest.mark.parametrize("quat", [[0, 0, 0, 0], [np.nan, 0, 0, 1], [2, 0, 0, 0]])
def test_what_is_no_unit_quaternion_is_refused(quat: list[float]) -> None:
    with pytest.raises(NotARotationError, match="unit length"):
        SE3.from_quat(quat, [0, 0, 0])


def test_a_rounded_rotation_is_made_exact() -> None:
    rough = np.round(SE3.from_yaw(0.3, np.zeros(3)).rotation, 4)
    exact = nearest_rotation(rough)
    np.testing.assert_allclose(exact @ exact.T, np.eye(3), atol=1e-14)
    np.testing.assert_allclose(exact, rough, atol=1e-4)
