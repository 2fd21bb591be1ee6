"""Centre lines, lanes and turns as densely sampled curves in the plane."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from avlabel.core.arrays import Float64

STEP_M = 0.5


@dataclass(frozen=True, slots=True, eq=False)
class Path:
    """A curve by arc length.

    Attributes:
        s_m: (N,) float64 arc length, increasing from 0.
        xy: (N, 2) float64 world.
        yaw: (N,) float64 direction, unwrapped.
    """

    s_m: Float64
    xy: Float64
    yaw: Float64

    @classmethod
    def through(cls, xy: Float64) -> Path:
        """Through (N, 2) points, close together already."""
        step = np.diff(xy, axis=0)
        length = np.linalg.norm(step, axis=1)
        xy = np.concatenate([xy[:1], xy[1:][length > 1e-6]])
        s = np.concatenate([[0.0], np.cumsum(length[length > 1e-6])])
        tangent = np.gradient(xy, s, axis=0)
        return cls(s, xy, np.unwrap(np.arctan2(tangent[:, 1], tangent[:, 0])))

    @property
    def length_m(self) -> float:
        """From end to end."""
        return float(self.s_m[-1])

    def at(self, s_m: ArrayLike, left_m: ArrayLike = 0.0) -> tuple[Float64, Float64]:
        """Points (..., 2) and yaws (...) at arc lengths, moved left of the curve.

        Beyond its ends the curve goes on straight.
        """
        s = np.asarray(s_m, dtype=np.float64)
        inside = np.clip(s, 0.0, self.length_m)
        yaw = np.interp(inside, self.s_m, self.yaw)
        x = np.interp(inside, self.s_m, self.xy[:, 0]) + (s - inside) * np.cos(yaw)
        y = np.interp(inside, self.s_m, self.xy[:, 1]) + (s - inside) * np.sin(yaw)
        offset = np.asarray(left_m, dtype=np.float64)
        return np.stack([x - offset * np.sin(yaw), y + offset * np.cos(yaw)], axis=-1), yaw

    def lane(self, left_m: float, start_m: float, stop_m: float) -> Path:
        """A parallel curve from one arc length to another; backwards if ``stop < start``."""
        count = max(int(abs(stop_m - start_m) / STEP_M), 2) + 1
        xy, _ = self.at(np.linspace(start_m, stop_m, count), left_m)
        return Path.through(xy)

    def nearest(self, xy: Float64) -> float:
        """Arc length of the sample next to a point (2,)."""
        return float(self.s_m[np.argmin(np.linalg.norm(self.xy - xy, axis=1))])

    def turning_into(self, other: Path) -> Path:
        """This curve, a smooth turn from its end to the start of ``other``, and ``other``."""
        p0, p3 = self.xy[-1], other.xy[0]
        reach = 0.55 * np.linalg.norm(p3 - p0)
        p1 = p0 + reach * np.array([np.cos(self.yaw[-1]), np.sin(self.yaw[-1])])
        p2 = p3 - reach * np.array([np.cos(other.yaw[0]), np.sin(other.yaw[0])])
        u = np.linspace(0, 1, 41)[:, None]
        bend = (1 - u) ** 3 * p0 + 3 * u * (1 - u) ** 2 * p1 + 3 * u**2 * (1 - u) * p2 + u**3 * p3
        return Path.through(np.concatenate([self.xy[:-1], bend, other.xy[1:]]))

    def speed_limit(self, cruise_mps: float, lateral_mps2: float = 2.2) -> Float64:
        """(N,) speed that keeps lateral acceleration in bounds and allows for braking before."""
        curvature = np.abs(np.gradient(self.yaw, self.s_m))
        limit = np.minimum(cruise_mps, np.sqrt(lateral_mps2 / np.maximum(curvature, 1e-6)))
        for i in range(len(limit) - 2, -1, -1):
            braking = limit[i + 1] ** 2 + 2 * 1.8 * (self.s_m[i + 1] - self.s_m[i])
            limit[i] = min(limit[i], np.sqrt(braking))
        return limit
