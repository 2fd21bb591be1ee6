"""Equirectangular panoramas: columns and rows are angles."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np
from numba import njit

from avlabel.core.arrays import BoolArray, Float64, FloatArray
from avlabel.core.cameras.arctangent import angle
from avlabel.core.cameras.model import NEAR_M, check_optics
from avlabel.core.cameras.panorama import azimuth_of, check_turn, column_of, seam_px


@dataclass(frozen=True, slots=True, eq=False)
class Equirectangular:
    """Columns are longitudes, rows latitudes (the plate carree of map makers, after Snyder 1987).

    ::

        u = fx atan2(X, Z) + cx,  v = fy atan2(Y, hypot(X, Z)) + cy

    u is taken in the turn around the image's middle column. A full sphere in W x H pixels has
    fx = W / (2 pi), fy = H / pi, cx = (W - 1) / 2, cy = (H - 1) / 2.

    Attributes:
        width_px: image width, at most a full turn.
        height_px: image height.
        intrinsics: (4,) float64 fx, fy in pixels a radian, cx, cy in pixels.
        distortion: (0,) float64.

    Raises:
        CalibrationError: for sizes, focal lengths or coefficients that cannot be.
    """

    width_px: int
    height_px: int
    intrinsics: Float64
    distortion: Float64 = field(default_factory=lambda: np.zeros(0))
    name: str = field(default="equirectangular", init=False)
    panoramic: bool = field(default=True, init=False)
    max_angle: float = field(default=np.pi, init=False)

    counts: ClassVar[tuple[int, ...]] = (0,)

    def __post_init__(self) -> None:
        check_optics(self.width_px, self.height_px, self.intrinsics, self.distortion, self.counts)
        check_turn(self.width_px, self.intrinsics)

    def project(self, points_cam: FloatArray) -> tuple[Float64, BoolArray]:
        """Pixels (N, 2) float64 of points (N, 3), NaN where not valid, and validity (N,) bool."""
        seam = seam_px(self.width_px, self.intrinsics)
        return _project(np.asarray(points_cam), self.intrinsics, seam)  # type: ignore[no-any-return]

    def unproject(self, pixels: FloatArray) -> Float64:
        """Unit rays (N, 3) float64 through pixels (N, 2); NaN beyond the turn and the poles."""
        pixels = np.asarray(pixels, dtype=np.float64)
        seam = seam_px(self.width_px, self.intrinsics)
        return np.asarray(_unproject(pixels, self.intrinsics, seam))


@njit(cache=True, nogil=True, error_model="numpy", fastmath={"contract"})
def _project(points, intrinsics, seam):  # type: ignore[no-untyped-def]
    fx, fy, cx, cy = intrinsics
    uv = np.empty((len(points), 2))
    valid = np.empty(len(points), np.bool_)
    for i in range(len(points)):
        x, y, z = np.float64(points[i, 0]), np.float64(points[i, 1]), np.float64(points[i, 2])
        level2 = x * x + z * z
        valid[i] = level2 + y * y > NEAR_M**2
        uv[i, 0] = column_of(angle(x, z), fx, cx, seam) if valid[i] else np.nan
        uv[i, 1] = fy * angle(y, np.sqrt(level2)) + cy if valid[i] else np.nan
    return uv, valid


@njit(cache=True, nogil=True, error_model="numpy")
def _unproject(pixels, intrinsics, seam):  # type: ignore[no-untyped-def]
    fx, fy, cx, cy = intrinsics
    rays = np.full((len(pixels), 3), np.nan)
    for i in range(len(pixels)):
        azimuth = azimuth_of(pixels[i, 0], fx, cx, seam)
        down = (pixels[i, 1] - cy) / fy
        if np.isfinite(azimuth) and abs(down) <= 0.5 * np.pi + 1e-12:
            level = np.cos(down)
            rays[i, 0], rays[i, 2] = level * np.sin(azimuth), level * np.cos(azimuth)
            rays[i, 1] = np.sin(down)
    return rays
