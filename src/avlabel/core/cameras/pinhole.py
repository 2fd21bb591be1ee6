"""Pinhole cameras with Brown-Conrady distortion."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np
from numba import njit

from avlabel.core.arrays import BoolArray, Float64, FloatArray
from avlabel.core.cameras.brown_conrady import COUNTS, PlaneLens, bend, plane_lens, unbend
from avlabel.core.cameras.brown_conrady import within_fold as _within_fold
from avlabel.core.cameras.model import NEAR_M, check_optics

RADII = np.tan(np.linspace(0.0, np.deg2rad(89.0), 1024))
"""Where folds are looked for; 89 degrees off axis is beyond any real pinhole lens."""


@dataclass(frozen=True, slots=True, eq=False)
class Pinhole:
    """Pinhole with Brown-Conrady distortion (``brown_conrady``) of x = X/Z, y = Y/Z.

    Where the whole of the distortion, tangential, prism and tilt terms included, first stops
    being one to one on the way out from the axis, the valid field of view ends.

    Attributes:
        width_px: image width.
        height_px: image height.
        intrinsics: (4,) float64 fx, fy, cx, cy, pixels.
        distortion: (0,), (4,), (5,), (8,), (12,) or (14,) float64
            k1 k2 p1 p2 [k3 [k4 k5 k6 [s1 s2 s3 s4 [tau_x tau_y]]]].

    Raises:
        CalibrationError: for sizes, focal lengths or coefficient counts that cannot be.
    """

    width_px: int
    height_px: int
    intrinsics: Float64
    distortion: Float64 = field(default_factory=lambda: np.zeros(0))
    name: str = field(default="pinhole", init=False)
    panoramic: bool = field(default=False, init=False)
    max_angle: float = field(init=False)
    lens: PlaneLens = field(init=False, repr=False)

    counts: ClassVar[tuple[int, ...]] = COUNTS

    def __post_init__(self) -> None:
        check_optics(self.width_px, self.height_px, self.intrinsics, self.distortion, self.counts)
        lens = plane_lens(self.distortion, RADII)
        object.__setattr__(self, "lens", lens)
        object.__setattr__(self, "max_angle", float(np.arctan(lens.fold.max())))

    def project(self, points_cam: FloatArray) -> tuple[Float64, BoolArray]:
        """Project points to pixels.

        Args:
            points_cam: (N, 3) metres in the camera frame.

        Returns:
            (N, 2) float64 pixels, unclipped, NaN where not valid; and (N,) bool valid: in front
            of the camera and before the distortion's first fold.
        """
        points = np.asarray(points_cam)
        if not self.distortion.any():
            return _project_straight(points, self.intrinsics)  # type: ignore[no-any-return]
        return _project(points, self.intrinsics, self.lens)  # type: ignore[no-any-return]

    def unproject(self, pixels: FloatArray) -> Float64:
        """Unit rays (N, 3) float64 through pixels (N, 2); NaN where no ray leads."""
        pixels = np.asarray(pixels, dtype=np.float64)
        return np.asarray(_unproject(pixels, self.intrinsics, self.lens))


@njit(cache=True, nogil=True, error_model="numpy")
def _project_straight(points, intrinsics):  # type: ignore[no-untyped-def]
    fx, fy, cx, cy = intrinsics
    uv = np.empty((len(points), 2))
    valid = np.empty(len(points), np.bool_)
    for i in range(len(points)):
        z = np.float64(points[i, 2])
        valid[i] = z > NEAR_M
        scale = 1.0 / z if z > NEAR_M else np.nan
        uv[i, 0] = fx * (points[i, 0] * scale) + cx
        uv[i, 1] = fy * (points[i, 1] * scale) + cy
    return uv, valid


@njit(cache=True, nogil=True, error_model="numpy")
def _project(points, intrinsics, lens):  # type: ignore[no-untyped-def]
    fx, fy, cx, cy = intrinsics
    nearest_fold2 = lens.fold.min() ** 2
    uv = np.full((len(points), 2), np.nan)
    valid = np.zeros(len(points), np.bool_)
    for i in range(len(points)):
        z = np.float64(points[i, 2])
        if not z > NEAR_M:
            continue
        x, y = points[i, 0] / z, points[i, 1] / z
        if x * x + y * y <= nearest_fold2 or _within_fold(x, y, lens.fold):
            bent_x, bent_y = bend(x, y, lens)
            uv[i, 0], uv[i, 1] = fx * bent_x + cx, fy * bent_y + cy
            valid[i] = True
    return uv, valid


@njit(cache=True, nogil=True, error_model="numpy")
def _unproject(pixels, intrinsics, lens):  # type: ignore[no-untyped-def]
    fx, fy, cx, cy = intrinsics
    rays = np.empty((len(pixels), 3))
    for i in range(len(pixels)):
        x, y = unbend((pixels[i, 0] - cx) / fx, (pixels[i, 1] - cy) / fy, lens)
        z = 1.0 / np.sqrt(x * x + y * y + 1.0)
        rays[i, 0], rays[i, 1], rays[i, 2] = x * z, y * z, z
    return rays
