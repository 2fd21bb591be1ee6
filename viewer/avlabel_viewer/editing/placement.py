"""Where one box is: centre, rotation, size."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from avlabel.core.arrays import Float64, FloatArray
from avlabel.core.cuboids import Cuboids
from avlabel.core.se3 import (
    SE3,
    matrix_from_quat,
    quat_from_matrix,
    quat_from_yaw,
    yaw_from_quat,
)

MIN_SIZE_M = 0.05
Signs = tuple[int, int, int]
"""Which point of a box: -1, 0 or 1 along its length, width and height; (1, 0, 0) is the front."""


@dataclass(frozen=True, slots=True, eq=False)
class Placement:
    """A box in the scene's world; x along its length, origin at its centre.

    Attributes:
        center: (3,) float64 metres.
        quat_wxyz: (4,) float64 unit quaternion.
        size_lwh: (3,) float64 metres: length, width, height.
    """

    center: Float64
    quat_wxyz: Float64
    size_lwh: Float64

    @classmethod
    def of(cls, cuboids: Cuboids, row: int) -> Placement:
        """One row of world cuboids."""
        return cls(
            cuboids.center[row].copy(),
            cuboids.quat_wxyz[row].copy(),
            cuboids.size_lwh[row].astype(np.float64),
        )

    @classmethod
    def upright(cls, center: Float64, yaw: float, size_lwh: Float64) -> Placement:
        """A box that stands level: (3,) metres, radians, (3,) metres."""
        return cls(center, quat_from_yaw(np.array(yaw)), size_lwh)

    @property
    def rotation(self) -> Float64:
        """(3, 3) float64: columns are the box's own axes in the world."""
        return matrix_from_quat(self.quat_wxyz)

    @property
    def yaw(self) -> float:
        """Radians, counter-clockwise from the world's +x."""
        return float(yaw_from_quat(self.quat_wxyz))

    @property
    def bev(self) -> Float64:
        """(5,) float64 x, y, length, width, yaw."""
        return np.array([*self.center[:2], *self.size_lwh[:2], self.yaw])

    def local(self, points: FloatArray) -> Float64:
        """(N, 3) float64 world points along the box's own axes, from its centre."""
        return np.asarray((points - self.center) @ self.rotation)

    def point(self, signs: Float64 | Signs) -> Float64:
        """World position of a point of the box: (3,) or (N, 3) in half sizes, -1 to 1."""
        return np.asarray(self.center + (0.5 * self.size_lwh * signs) @ self.rotation.T)

    def moved(self, way: Float64) -> Placement:
        """Moved by (3,) metres in the world."""
        return replace(self, center=self.center + way)

    def moved_along(self, way: Float64) -> Placement:
        """Moved by (3,) metres along its own axes."""
        return self.moved(self.rotation @ way)

    def turned(self, angle: float, axis: int = 2) -> Placement:
        """Turned by radians about one of its own axes: 0 rolls, 1 pitches, 2 yaws."""
        c, s = np.cos(angle), np.sin(angle)
        i, j = (axis + 1) % 3, (axis + 2) % 3
        turn = np.eye(3)
        turn[i, i], turn[i, j], turn[j, i], turn[j, j] = c, -s, s, c
        return self.with_rotation(self.rotation @ turn)

    def with_rotation(self, rotation: Float64) -> Placement:
        """With other axes: the columns of (3, 3)."""
        return replace(self, quat_wxyz=quat_from_matrix(rotation))

    def flipped(self) -> Placement:
        """Facing the other way."""
        return self.turned(np.pi)

    def facing(self, yaw: float) -> Placement:
        """Turned about the vertical until it faces ``yaw``, radians."""
        turn = SE3.from_yaw(yaw - self.yaw, np.zeros(3)).rotation
        return self.with_rotation(turn @ self.rotation)

    def with_size(self, size_lwh: Float64, keeping: Float64 | Signs = (0, 0, 0)) -> Placement:
        """Of another size, at least ``MIN_SIZE_M``; the point ``keeping`` stays where it is."""
        size = np.maximum(size_lwh, MIN_SIZE_M)
        center = self.point(keeping) - self.rotation @ (0.5 * size * keeping)
        return replace(self, center=center, size_lwh=size)

    def resized(self, signs: Signs, point: Float64) -> Placement:
        """A face, edge or corner goes to a world point (3,); what lies opposite stays.

        A face goes along its own normal only, an edge across itself only. Nothing goes beyond its
        opposite.
        """
        sides = np.array(signs, np.float64)
        extent = sides * (self.rotation.T @ (point - self.point(-sides)))
        return self.with_size(np.where(sides == 0, self.size_lwh, extent), keeping=-sides)

    def slid(self, signs: Signs, point: Float64) -> Placement:
        """Moved, its size kept, until a face, edge or corner is at a world point (3,)."""
        way = self.rotation.T @ (point - self.point(signs))
        return self.moved_along(np.where(np.array(signs) == 0, 0.0, way))
