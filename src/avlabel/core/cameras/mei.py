"""Omnidirectional cameras after Mei: a unit sphere seen from beside its centre."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np
from numba import njit

from avlabel.core.arrays import BoolArray, Float64, FloatArray
from avlabel.core.cameras.brown_conrady import PlaneLens, bend, plane_lens, unbend
from avlabel.core.cameras.brown_conrady import within_fold as _within_fold
from avlabel.core.cameras.model import NEAR_M, check_optics
from avlabel.errors import CalibrationError


@dataclass(frozen=True, slots=True, eq=False)
class Mei:
    """Unified omnidirectional model, as OpenCV's ``omnidir`` without skew, Kalibr's omni-radtan.

    Points go to the unit sphere, and from there to a plane as seen from ``xi`` behind the
    sphere's centre (C. Mei, P. Rives, "Single view point omnidirectional camera calibration from
    planar grids", ICRA 2007)::

        (X, Y, Z) / norm = (xs, ys, zs);  x = xs / (zs + xi), y = ys / (zs + xi)

    Then x and y are bent by k1 k2 p1 p2 (``brown_conrady``). The valid field of view ends where
    x and y grow no more (zs = -1 / xi) or without end (zs = -xi), or at the distortion's fold.

    Attributes:
        width_px: image width.
        height_px: image height.
        intrinsics: (4,) float64 fx, fy, cx, cy, pixels; fx is far larger than a pinhole's.
        distortion: (5,) float64 xi k1 k2 p1 p2, xi at least 0; or (1,) xi alone.

    Raises:
        CalibrationError: for sizes, focal lengths, coefficient counts or an xi that cannot be.
    """

    width_px: int
    height_px: int
    intrinsics: Float64
    distortion: Float64
    name: str = field(default="mei", init=False)
    panoramic: bool = field(default=False, init=False)
    max_angle: float = field(init=False)
    last_z: float = field(init=False, repr=False)
    lens: PlaneLens = field(init=False, repr=False)

    counts: ClassVar[tuple[int, ...]] = (1, 5)

    def __post_init__(self) -> None:
        check_optics(self.width_px, self.height_px, self.intrinsics, self.distortion, self.counts)
        if (xi := float(self.distortion[0])) < 0:
            raise CalibrationError(f"distortion: expected xi (the first) at least 0, got {xi}")
        angle = np.linspace(0.0, _last_angle(xi), 1024)
        lens = plane_lens(self.distortion[1:], np.sin(angle) / (np.cos(angle) + xi))
        object.__setattr__(self, "lens", lens)
        object.__setattr__(self, "last_z", float(np.cos(angle[-1])))
        object.__setattr__(self, "max_angle", min(_angle_at(lens.fold.max(), xi), angle[-1]))

    def project(self, points_cam: FloatArray) -> tuple[Float64, BoolArray]:
        """Pixels (N, 2) float64 of points (N, 3), NaN where not valid, and validity (N,) bool."""
        points, xi = np.asarray(points_cam), float(self.distortion[0])
        return _project(points, self.intrinsics, xi, self.last_z, self.lens)  # type: ignore[no-any-return]

    def unproject(self, pixels: FloatArray) -> Float64:
        """Unit rays (N, 3) float64 through pixels (N, 2); NaN where no ray leads."""
        pixels, xi = np.asarray(pixels, dtype=np.float64), float(self.distortion[0])
        return np.asarray(_unproject(pixels, self.intrinsics, xi, self.lens))


def _last_angle(xi: float) -> float:
    """Angle off axis up to which x and y grow, less a hair where they do so without end."""
    if xi > 1.0:
        return float(np.arccos(-1.0 / xi))
    return float(np.arccos(-xi)) - 1e-3


def _angle_at(radius: float, xi: float) -> float:
    """Angle off axis of a radius in the plane; pi beyond the largest."""
    if not np.isfinite(radius):
        return np.pi
    root2 = max(0.0, 1.0 + (1.0 - xi * xi) * radius * radius)
    scale = (xi + np.sqrt(root2)) / (radius * radius + 1.0)
    return float(np.arctan2(scale * radius, scale - xi))


@njit(cache=True, nogil=True, error_model="numpy")
def _project(points, intrinsics, xi, last_z, lens):  # type: ignore[no-untyped-def]
    fx, fy, cx, cy = intrinsics
    nearest_fold2 = lens.fold.min() ** 2
    uv = np.full((len(points), 2), np.nan)
    valid = np.zeros(len(points), np.bool_)
    for i in range(len(points)):
        x, y, z = np.float64(points[i, 0]), np.float64(points[i, 1]), np.float64(points[i, 2])
        norm = np.sqrt(x * x + y * y + z * z)
        if not (norm > NEAR_M and z > last_z * norm):
            continue
        scale = 1.0 / (z + xi * norm)
        x, y = x * scale, y * scale
        if x * x + y * y <= nearest_fold2 or _within_fold(x, y, lens.fold):
            bent_x, bent_y = bend(x, y, lens)
            uv[i, 0], uv[i, 1] = fx * bent_x + cx, fy * bent_y + cy
            valid[i] = True
    return uv, valid


@njit(cache=True, nogil=True, error_model="numpy")
def _unproject(pixels, intrinsics, xi, lens):  # type: ignore[no-untyped-def]
    fx, fy, cx, cy = intrinsics
    rays = np.empty((len(pixels), 3))
    for i in range(len(pixels)):
        x, y = unbend((pixels[i, 0] - cx) / fx, (pixels[i, 1] - cy) / fy, lens)
        r2 = x * x + y * y
        # NaN where the line of sight passes beside the sphere.
        scale = (xi + np.sqrt(1.0 + (1.0 - xi * xi) * r2)) / (r2 + 1.0)
        rays[i, 0], rays[i, 1], rays[i, 2] = x * scale, y * scale, scale - xi
    return rays
