"""Where one box is: centre, rotation, size."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from avlabel.core.arrays import Float64
from avlabel.core.cuboids import Cuboids
from avlabel.core.se3 import matrix_from_quat, quat_from_matrix, yaw_from_quat


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

    @property
    def rotation(self) -> Float64:
        """(3, 3) float64: columns are the box's own axes in the world."""
        return matrix_from_quat(self.quat_wxyz)

    @property
    def yaw(self) -> float:
        """Radians, counter-clockwise from the world's +x."""
        return float(yaw_from_quat(self.quat_wxyz))

    def point(self, signs: Float64) -> Float64:
        """World position of a point of the box: (3,) or (N, 3) in half sizes, -1 to 1."""
        return self.center + (0.5 * self.size_lwh * signs) @ self.rotation.T

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
        return replace(self, quat_wxyz=quat_from_matrix(self.rotation @ turn))
