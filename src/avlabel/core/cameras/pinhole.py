"""Pinhole cameras with Brown-Conrady distortion."""

from __future__ import annotations

from dataclasses import dataclass, field

import cv2
import numpy as np

from avlabel.core.arrays import BoolArray, Float64, FloatArray
from avlabel.core.cameras.model import NEAR_M
from avlabel.errors import CalibrationError


@dataclass(frozen=True, slots=True, eq=False)
class Pinhole:
    """Pinhole with Brown-Conrady distortion, as OpenCV's ``calib3d`` writes it.

    With x = X/Z, y = Y/Z, r2 = x^2 + y^2::

        radial = (1 + k1 r2 + k2 r2^2 + k3 r2^3) / (1 + k4 r2 + k5 r2^2 + k6 r2^3)
        x' = x radial + 2 p1 x y + p2 (r2 + 2 x^2)
        y' = y radial + p1 (r2 + 2 y^2) + 2 p2 x y

    Beyond the radius at which x' stops growing with x the model folds back on itself; points
    there are outside the valid field of view and are never drawn.

    Attributes:
        width_px: image width.
        height_px: image height.
        intrinsics: (4,) float64 fx, fy, cx, cy, pixels.
        distortion: (0,), (4,), (5,) or (8,) float64 k1 k2 p1 p2 [k3 [k4 k5 k6]].

    Raises:
        CalibrationError: for sizes, focal lengths or coefficient counts that cannot be.
    """

    width_px: int
    height_px: int
    intrinsics: Float64
    distortion: Float64 = field(default_factory=lambda: np.zeros(0))
    name: str = field(default="pinhole", init=False)
    max_radius2: float = field(init=False)

    def __post_init__(self) -> None:
        if self.width_px <= 0 or self.height_px <= 0:
            raise CalibrationError(f"image size: got {self.width_px} x {self.height_px} px")
        if self.intrinsics.shape != (4,) or not np.all(np.isfinite(self.intrinsics)):
            raise CalibrationError(f"intrinsics: expected fx, fy, cx, cy, got {self.intrinsics}")
        if np.any(self.intrinsics[:2] <= 0):
            raise CalibrationError(f"focal length: expected positive, got {self.intrinsics[:2]}")
        if len(self.distortion) not in (0, 4, 5, 8):
            raise CalibrationError(
                f"distortion has {len(self.distortion)} values; expected 0, 4, 5 or 8"
            )
        object.__setattr__(self, "max_radius2", _monotonic_radius2(self.distortion))

    def project(self, points_cam: FloatArray) -> tuple[Float64, BoolArray]:
        """Project points to pixels.

        Args:
            points_cam: (N, 3) metres in the camera frame.

        Returns:
            (N, 2) float64 pixels, unclipped, and (N,) bool: in front of the camera and within
            the radius where the distortion is monotonic. Pixels of invalid points mean nothing.
        """
        points = np.asarray(points_cam, dtype=np.float64)
        z = points[:, 2]
        in_front = z > NEAR_M
        xy = points[:, :2] / np.where(in_front, z, 1.0)[:, None]
        r2 = np.einsum("ij,ij->i", xy, xy)
        valid = in_front & (r2 <= self.max_radius2)
        if self.distortion.any():
            xy = _distort(xy, r2, self.distortion)
        return xy * self.intrinsics[:2] + self.intrinsics[2:], valid

    def unproject(self, pixels: FloatArray) -> Float64:
        """Unit rays (N, 3) float64 through pixels (N, 2); the inverse of ``project``."""
        xy = (np.asarray(pixels, dtype=np.float64) - self.intrinsics[2:]) / self.intrinsics[:2]
        if self.distortion.any() and len(xy):
            criteria = (cv2.TERM_CRITERIA_COUNT | cv2.TERM_CRITERIA_EPS, 100, 1e-14)
            undistorted = cv2.undistortPoints(
                xy[:, None], np.eye(3), self.distortion, R=None, P=None, criteria=criteria
            )
            xy = np.asarray(undistorted, dtype=np.float64)[:, 0]
        rays = np.concatenate([xy, np.ones((len(xy), 1))], axis=1)
        return np.asarray(rays / np.linalg.norm(rays, axis=1, keepdims=True))


def _distort(xy: Float64, r2: Float64, coefficients: Float64) -> Float64:
    k1, k2, p1, p2, k3, k4, k5, k6 = np.pad(coefficients, (0, 8 - len(coefficients)))
    x, y = xy[:, 0], xy[:, 1]
    radial = (1 + r2 * (k1 + r2 * (k2 + r2 * k3))) / (1 + r2 * (k4 + r2 * (k5 + r2 * k6)))
    dx = 2 * p1 * x * y + p2 * (r2 + 2 * x * x)
    dy = p1 * (r2 + 2 * y * y) + 2 * p2 * x * y
    return np.stack([x * radial + dx, y * radial + dy], axis=1)


def _monotonic_radius2(coefficients: Float64) -> float:
    """Square of the first radius (tan of the angle off axis) where r' stops growing with r."""
    if not np.any(coefficients):
        return np.inf
    # 89 degrees off axis is beyond any real pinhole lens; sampling finds the first fold.
    r = np.tan(np.linspace(0.0, np.deg2rad(89.0), 4096))
    radial_only = np.array(coefficients, dtype=np.float64)
    radial_only[2:4] = 0.0
    bent = _distort(np.stack([r, np.zeros_like(r)], axis=1), r * r, radial_only)[:, 0]
    folds = np.flatnonzero(np.diff(bent) <= 0)
    return float(r[folds[0]] ** 2) if folds.size else np.inf
