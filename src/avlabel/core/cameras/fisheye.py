"""Fisheye cameras after Kannala and Brandt."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np
from numba import njit

from avlabel.core.arrays import BoolArray, Float64, FloatArray
from avlabel.core.cameras.arctangent import angle
from avlabel.core.cameras.model import NEAR_M, check_optics

NEWTON_STEPS = 60
NOTHING = 1e-15
"""A coefficient below this changes no slope within half a turn, but makes roots overflow."""


@dataclass(frozen=True, slots=True, eq=False)
class Fisheye:
    """Fisheye whose radius is a polynomial of the angle off axis, as OpenCV's ``fisheye``.

    With theta the angle between point and optical axis (J. Kannala, S. Brandt, "A generic camera
    model and calibration method for conventional, wide-angle, and fish-eye lenses", 2006)::

        radius = theta (1 + k1 theta^2 + k2 theta^4 + k3 theta^6 + k4 theta^8)
        u = fx radius cos(azimuth) + cx,  v = fy radius sin(azimuth) + cy

    The valid field of view ends where the radius stops growing with theta. It may reach behind
    the camera.

    Attributes:
        width_px: image width.
        height_px: image height.
        intrinsics: (4,) float64 fx, fy, cx, cy, pixels.
        distortion: (0,) or (4,) float64 k1 k2 k3 k4.

    Raises:
        CalibrationError: for sizes, focal lengths or coefficient counts that cannot be.
    """

    width_px: int
    height_px: int
    intrinsics: Float64
    distortion: Float64 = field(default_factory=lambda: np.zeros(0))
    name: str = field(default="fisheye", init=False)
    panoramic: bool = field(default=False, init=False)
    max_angle: float = field(init=False)
    terms: Float64 = field(init=False, repr=False)

    counts: ClassVar[tuple[int, ...]] = (0, 4)

    def __post_init__(self) -> None:
        check_optics(self.width_px, self.height_px, self.intrinsics, self.distortion, self.counts)
        terms = self.distortion if len(self.distortion) else np.zeros(4)
        object.__setattr__(self, "terms", np.asarray(terms, np.float64))
        object.__setattr__(self, "max_angle", _first_fold(self.terms))

    def project(self, points_cam: FloatArray) -> tuple[Float64, BoolArray]:
        """Pixels (N, 2) float64 of points (N, 3), NaN where not valid, and validity (N,) bool."""
        points = np.asarray(points_cam)
        return _project(points, self.intrinsics, self.terms, self.max_angle)  # type: ignore[no-any-return]

    def unproject(self, pixels: FloatArray) -> Float64:
        """Unit rays (N, 3) float64 through pixels (N, 2); NaN where no ray leads."""
        pixels = np.asarray(pixels, dtype=np.float64)
        return np.asarray(_unproject(pixels, self.intrinsics, self.terms, self.max_angle))


def _first_fold(terms: Float64) -> float:
    """Least angle at which the radius stops growing, at most pi: a root of its derivative."""
    slope = np.polynomial.Polynomial([1.0, *(terms * [3, 5, 7, 9])])
    roots = slope.trim(NOTHING).roots()
    theta2 = roots[(np.abs(roots.imag) < 1e-9) & (roots.real > 0)].real
    return float(min(np.sqrt(theta2.min()), np.pi)) if theta2.size else np.pi


@njit(cache=True, nogil=True, error_model="numpy", inline="always")
def _radius(theta, k):  # type: ignore[no-untyped-def]
    t2 = theta * theta
    return theta * (1.0 + t2 * (k[0] + t2 * (k[1] + t2 * (k[2] + t2 * k[3]))))


@njit(cache=True, nogil=True, error_model="numpy")
def _slope(theta, k):  # type: ignore[no-untyped-def]
    t2 = theta * theta
    return 1.0 + t2 * (3.0 * k[0] + t2 * (5.0 * k[1] + t2 * (7.0 * k[2] + t2 * 9.0 * k[3])))


@njit(cache=True, nogil=True, error_model="numpy", fastmath={"contract"})
def _project(points, intrinsics, k, max_angle):  # type: ignore[no-untyped-def]
    fx, fy, cx, cy = intrinsics
    uv = np.empty((len(points), 2))
    valid = np.empty(len(points), np.bool_)
    for i in range(len(points)):
        x, y, z = np.float64(points[i, 0]), np.float64(points[i, 1]), np.float64(points[i, 2])
        aside = np.sqrt(x * x + y * y)
        theta = angle(aside, z)
        # Straight behind there is no azimuth.
        seen = (theta <= max_angle) & (theta < np.pi) & (aside * aside + z * z > NEAR_M**2)
        valid[i] = seen
        scale = _radius(theta, k) / (aside if aside > 0.0 else 1.0)
        uv[i, 0] = fx * (x * scale) + cx if seen else np.nan
        uv[i, 1] = fy * (y * scale) + cy if seen else np.nan
    return uv, valid


@njit(cache=True, nogil=True, error_model="numpy")
def _unproject(pixels, intrinsics, k, max_angle):  # type: ignore[no-untyped-def]
    fx, fy, cx, cy = intrinsics
    rays = np.full((len(pixels), 3), np.nan)
    furthest = _radius(max_angle, k)
    for i in range(len(pixels)):
        x, y = (pixels[i, 0] - cx) / fx, (pixels[i, 1] - cy) / fy
        radius = np.sqrt(x * x + y * y)
        if radius <= furthest:
            theta = _angle(radius, k, max_angle)
            scale = np.sin(theta) / radius if radius > 0.0 else 0.0
            rays[i, 0], rays[i, 1], rays[i, 2] = x * scale, y * scale, np.cos(theta)
    return rays


@njit(cache=True, nogil=True, error_model="numpy")
def _angle(radius, k, max_angle):  # type: ignore[no-untyped-def]
    """Inverse of ``_radius`` on 0..max_angle: Newton's method kept between two bounds."""
    low, high = 0.0, max_angle
    theta = min(radius, max_angle)
    for _ in range(NEWTON_STEPS):
        over = _radius(theta, k) - radius
        if over > 0.0:
            high = theta
        else:
            low = theta
        guess = theta - over / _slope(theta, k)
        if not low <= guess <= high:
            guess = 0.5 * (low + high)
        if abs(guess - theta) <= 1e-15:
            return guess
        theta = guess
    return theta
