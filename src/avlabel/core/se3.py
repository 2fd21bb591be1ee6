"""Rigid transforms, single or stacked, named ``dst_from_src`` so that neighbours cancel."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.spatial.transform import Rotation

from avlabel.core.arrays import BoolArray, Float64, FloatArray, IntArray
from avlabel.errors import MirroredRotationError, NotARotationError

ORTHONORMAL_TOLERANCE = 1e-3


@dataclass(frozen=True, slots=True, eq=False)
class SE3:
    """One rigid transform, or a stack of them: ``x_dst = rotation @ x_src + translation``.

    Attributes:
        rotation: (..., 3, 3) float64, proper rotations.
        translation: (..., 3) float64, metres.
    """

    rotation: Float64
    translation: Float64

    @classmethod
    def identity(cls) -> SE3:
        """The transform that moves nothing."""
        return cls(np.eye(3), np.zeros(3))

    @classmethod
    def from_quat(cls, quat_wxyz: ArrayLike, translation: ArrayLike) -> SE3:
        """Build from (..., 4) quaternions w, x, y, z (normalised here) and (..., 3) metres.

        Raises:
            NotARotationError: if a quaternion is zero or not finite.
        """
        quat = np.asarray(quat_wxyz, dtype=np.float64)
        with np.errstate(over="ignore"):
            norm = np.linalg.norm(quat, axis=-1)
        if not (np.all(np.isfinite(norm)) and np.all(np.abs(norm - 1.0) < 0.1)):
            raise NotARotationError(f"quaternion: expected unit length, got {quat.tolist()}")
        rotation = matrix_from_quat(quat)
        return cls(rotation, np.broadcast_to(np.asarray(translation, float), (*quat.shape[:-1], 3)))

    @classmethod
    def from_matrix(cls, matrix: ArrayLike) -> SE3:
        """Build from (..., 3, 4) or (..., 4, 4) matrices, their rotations made exact.

        Raises:
            NotARotationError: if a 3 x 3 part is not a rotation within 1e-3.
            MirroredRotationError: if it is a rotation and a reflection.
        """
        m = np.asarray(matrix, dtype=np.float64)
        return cls(nearest_rotation(m[..., :3, :3]), m[..., :3, 3].copy())

    @classmethod
    def from_yaw(cls, yaw: ArrayLike, translation: ArrayLike) -> SE3:
        """Build from (...) yaw in radians, counter-clockwise about z, and (..., 3) metres."""
        yaw = np.asarray(yaw, dtype=np.float64)
        c, s, zero, one = np.cos(yaw), np.sin(yaw), np.zeros_like(yaw), np.ones_like(yaw)
        rows = np.stack([c, -s, zero, s, c, zero, zero, zero, one], axis=-1)
        return cls(rows.reshape(*yaw.shape, 3, 3), np.asarray(translation, dtype=np.float64))

    def __matmul__(self, other: SE3) -> SE3:
        """Compose: ``a_from_b @ b_from_c`` is ``a_from_c``; stacks broadcast."""
        translation = np.einsum("...ij,...j->...i", self.rotation, other.translation)
        return SE3(self.rotation @ other.rotation, translation + self.translation)

    def __getitem__(self, index: int | slice | IntArray | BoolArray | tuple[int, ...]) -> SE3:
        """Pick from a stack."""
        return SE3(self.rotation[index], self.translation[index])

    def __len__(self) -> int:
        """Number of transforms in a stack."""
        return len(self.translation)

    def inverse(self) -> SE3:
        """Return ``src_from_dst``."""
        transposed = np.swapaxes(self.rotation, -1, -2)
        return SE3(transposed, -np.einsum("...ij,...j->...i", transposed, self.translation))

    def apply(self, points: FloatArray) -> FloatArray:
        """Move points from src to dst, in the points' own precision.

        Args:
            points: (N, 3). With a stack of N transforms, point i is moved by transform i.

        Returns:
            (N, 3), dtype of ``points``.
        """
        rotation = self.rotation.astype(points.dtype, copy=False)
        translation = self.translation.astype(points.dtype, copy=False)
        if self.rotation.ndim == 2:
            return np.asarray(points @ rotation.T + translation)
        return np.asarray(np.einsum("...ij,...j->...i", rotation, points) + translation)

    @property
    def quat_wxyz(self) -> Float64:
        """(..., 4) float64 unit quaternions w, x, y, z with w >= 0."""
        return quat_from_matrix(self.rotation)

    @property
    def yaw(self) -> Float64:
        """(...) float64 radians of the x axis in the xy plane, counter-clockwise from +x."""
        return np.arctan2(self.rotation[..., 1, 0], self.rotation[..., 0, 0])

    @property
    def matrix(self) -> Float64:
        """(..., 4, 4) float64 homogeneous matrices."""
        out = np.zeros((*self.translation.shape[:-1], 4, 4))
        out[..., :3, :3] = self.rotation
        out[..., :3, 3] = self.translation
        out[..., 3, 3] = 1.0
        return out

    @classmethod
    def stack(cls, transforms: list[SE3]) -> SE3:
        """Stack single transforms into one of leading length N."""
        return cls(
            np.stack([t.rotation for t in transforms]),
            np.stack([t.translation for t in transforms]),
        )


def nearest_rotation(matrix: Float64) -> Float64:
    """Return (..., 3, 3) the nearest proper rotations, by singular values.

    Raises:
        NotARotationError: if a matrix is further than 1e-3 from any, or not finite.
        MirroredRotationError: if its determinant is -1.
    """
    if not np.all(np.isfinite(matrix)):
        raise NotARotationError(f"rotation: not finite: {matrix.tolist()}")
    with np.errstate(over="ignore", invalid="ignore"):
        error = np.abs(matrix @ np.swapaxes(matrix, -1, -2) - np.eye(3)).max()
    if not error <= ORTHONORMAL_TOLERANCE:
        raise NotARotationError(f"rotation: not orthonormal (R R^T differs from I by {error:.3g})")
    if np.any(np.linalg.det(matrix) < 0):
        raise MirroredRotationError("rotation: mirrored (determinant -1, expected +1)")
    u, _, vt = np.linalg.svd(matrix)
    return np.asarray(u @ vt)


def quat_from_matrix(rotation: Float64) -> Float64:
    """(..., 3, 3) rotations to (..., 4) unit quaternions w, x, y, z with w >= 0."""
    flat = Rotation.from_matrix(rotation.reshape(-1, 3, 3))
    quat = flat.as_quat(canonical=True, scalar_first=True)
    return np.asarray(quat).reshape(*rotation.shape[:-2], 4)


def matrix_from_quat(quat_wxyz: Float64) -> Float64:
    """(..., 4) quaternions w, x, y, z, normalised here, to (..., 3, 3) rotations."""
    flat = Rotation.from_quat(quat_wxyz.reshape(-1, 4), scalar_first=True)
    return np.asarray(flat.as_matrix()).reshape(*quat_wxyz.shape[:-1], 3, 3)


def quat_from_yaw(yaw: FloatArray) -> Float64:
    """(...) yaw in radians to (..., 4) quaternions w, x, y, z."""
    half = np.asarray(yaw, dtype=np.float64) / 2
    zero = np.zeros_like(half)
    quat = np.stack([np.cos(half), zero, zero, np.sin(half)], axis=-1)
    return np.asarray(np.where(quat[..., :1] < 0, -quat, quat))


def yaw_from_quat(quat_wxyz: Float64) -> Float64:
    """(..., 4) quaternions w, x, y, z to (...) yaw in radians of the rotated x axis."""
    w, x, y, z = np.moveaxis(quat_wxyz, -1, 0)
    return np.asarray(np.arctan2(2 * (w * z + x * y), 1 - 2 * (y * y + z * z)))


def wrap_angle(angle: FloatArray) -> Float64:
    """Wrap radians to [-pi, pi)."""
    return np.asarray((np.asarray(angle, np.float64) + np.pi) % (2 * np.pi) - np.pi)
