"""A view in perspective, as of a pinhole camera somewhere in the world."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from avlabel.core.arrays import Float64
from avlabel.core.cameras import NEAR_M
from avlabel.core.se3 import SE3
from avlabel_viewer.viewpoints.viewpoint import Ray


@dataclass(frozen=True, slots=True, eq=False)
class PerspectiveView:
    """A pinhole view; its principal point is its middle.

    Attributes:
        world_from_cam: where the eye is; x right, y down, z forward.
        focal_px: focal length.
        width_px: width of the view.
        height_px: height of the view.
    """

    world_from_cam: SE3
    focal_px: float
    width_px: int
    height_px: int

    @classmethod
    def with_fov(
        cls, world_from_cam: SE3, fov_y_rad: float, width_px: int, height_px: int
    ) -> PerspectiveView:
        """A view that sees so many radians from its upper to its lower border."""
        focal_px = height_px / 2 / np.tan(fov_y_rad / 2)
        return cls(world_from_cam, float(focal_px), width_px, height_px)

    @property
    def eye(self) -> Float64:
        """(3,) metres, world."""
        return self.world_from_cam.translation

    @property
    def forward(self) -> Float64:
        """(3,) unit vector, world, through the middle of the view."""
        return np.asarray(self.world_from_cam.rotation[:, 2])

    @property
    def up(self) -> Float64:
        """(3,) unit vector, world, upwards in the view."""
        return np.asarray(-self.world_from_cam.rotation[:, 1])

    @property
    def fov_y_rad(self) -> float:
        """Radians from the upper to the lower border."""
        return float(2 * np.arctan(self.height_px / 2 / self.focal_px))

    @property
    def middle_px(self) -> Float64:
        """(2,) u, v of what is straight ahead."""
        return np.array([self.width_px - 1, self.height_px - 1]) / 2

    def project(self, points_world: Float64) -> Float64:
        """(N, 2) pixels of points (N, 3); NaN behind the eye, and closer than ``NEAR_M``."""
        x, y, z = ((points_world - self.eye) @ self.world_from_cam.rotation).T
        depth = np.where(z > NEAR_M, z, np.nan)
        uv = np.column_stack([x / depth, y / depth])
        return np.asarray(uv * self.focal_px + self.middle_px)

    def ray(self, u_px: float, v_px: float) -> Ray:
        """What lies under a pixel."""
        right, down = (np.array([u_px, v_px]) - self.middle_px) / self.focal_px
        way = self.world_from_cam.rotation @ np.array([right, down, 1.0])
        return Ray(self.eye, way / np.linalg.norm(way))
