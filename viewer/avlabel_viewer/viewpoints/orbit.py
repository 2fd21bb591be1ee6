"""An eye that moves around, along and towards what it looks at; z is always up."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from avlabel.core.arrays import Float64
from avlabel.core.se3 import SE3, wrap_angle
from avlabel_viewer.viewpoints.perspective import PerspectiveView
from avlabel_viewer.viewpoints.viewpoint import Ray

NEAREST_M, FARTHEST_M = 0.5, 2000.0
GRAZING, FAR_TIMES = 0.01, 4.0
LOWEST_RAD, HIGHEST_RAD = np.deg2rad(-20.0), np.deg2rad(90.0)


@dataclass(frozen=True, slots=True, eq=False)
class Orbit:
    """Where the eye is, told from what it looks at. Straight down is no special case.

    Attributes:
        target: (3,) float64 metres, world; in the middle of the view.
        distance_m: from the target to the eye.
        azimuth: radians counter-clockwise from the world's +x, direction of the eye as seen from
            the target.
        elevation: radians of the eye above the target's level.
    """

    target: Float64
    distance_m: float
    azimuth: float
    elevation: float

    @classmethod
    def behind(
        cls, target: Float64, yaw: float, distance_m: float, elevation: float = np.deg2rad(25.0)
    ) -> Orbit:
        """Behind something that faces ``yaw``, looking over it."""
        return cls(np.asarray(target, np.float64), distance_m, yaw + np.pi, elevation)

    @property
    def world_from_cam(self) -> SE3:
        """Pose of the eye; x right, y down, z forward."""
        ca, sa = np.cos(self.azimuth), np.sin(self.azimuth)
        ce, se = np.cos(self.elevation), np.sin(self.elevation)
        back = np.array([ce * ca, ce * sa, se])
        right = np.array([-sa, ca, 0.0])
        axes = np.column_stack([right, np.cross(right, back), -back])
        return SE3(axes, self.target + self.distance_m * back)

    @property
    def eye(self) -> Float64:
        """(3,) metres, world."""
        return self.world_from_cam.translation

    @property
    def up(self) -> Float64:
        """(3,) unit vector, world, upwards in the view."""
        return np.asarray(-self.world_from_cam.rotation[:, 1])

    def view(self, fov_y_rad: float, width_px: int, height_px: int) -> PerspectiveView:
        """What is seen from there."""
        return PerspectiveView.with_fov(self.world_from_cam, fov_y_rad, width_px, height_px)

    def turned(self, azimuth: float, elevation: float) -> Orbit:
        """Turned around the target by radians; stops straight above, and a little below."""
        up = float(np.clip(self.elevation + elevation, LOWEST_RAD, HIGHEST_RAD))
        return replace(self, azimuth=_wrapped(self.azimuth + azimuth), elevation=up)

    def dragged(self, du_px: float, dv_px: float, height_px: int) -> Orbit:
        """Turned as when the mouse drags the world: half a turn from the top to the bottom."""
        rad_per_px = np.pi / height_px
        return self.turned(-du_px * rad_per_px, dv_px * rad_per_px)

    def panned(self, du_px: float, dv_px: float, focal_px: float) -> Orbit:
        """Content moved by pixels; what is as far as the target follows the mouse exactly."""
        right, down, _ = self.world_from_cam.rotation.T
        moved = (du_px * right + dv_px * down) * (self.distance_m / focal_px)
        return replace(self, target=self.target - moved)

    def dollied(self, factor: float) -> Orbit:
        """``factor`` times as near to the target."""
        return replace(self, distance_m=_within(self.distance_m / factor))

    def dollied_to(self, factor: float, fixed: Float64) -> Orbit:
        """``factor`` times as near; the point (3,) in the world stays under its pixel.

        The eye moves straight to the point, or away from it, and looks where it looked.
        """
        near = self.dollied(factor)
        part = near.distance_m / self.distance_m
        return replace(near, target=fixed + part * (self.target - fixed))

    def zoomed(self, factor: float, ray: Ray) -> Orbit:
        """``factor`` times as near; what a ray meets at the target's level stays at its pixel.

        A ray that meets the level nowhere, or very far away, only brings the target nearer.
        """
        drop_m, slope = self.target[2] - ray.origin[2], ray.direction[2]
        along_m = drop_m / slope if abs(slope) > GRAZING else np.inf
        if not 0 < along_m < FAR_TIMES * self.distance_m:
            return self.dollied(factor)
        return self.dollied_to(factor, ray.origin + along_m * ray.direction)

    def looking_at(self, target: Float64, distance_m: float | None = None) -> Orbit:
        """Another target from the same side; None keeps the distance."""
        distance = self.distance_m if distance_m is None else _within(distance_m)
        return replace(self, target=np.asarray(target, np.float64), distance_m=distance)


def _wrapped(angle: float) -> float:
    return float(wrap_angle(np.asarray(angle)))


def _within(distance_m: float) -> float:
    return float(np.clip(distance_m, NEAREST_M, FARTHEST_M))
