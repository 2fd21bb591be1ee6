"""How a rigid thing moves over the ground."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from avlabel.core.arrays import Float64
from avlabel.core.se3 import SE3
from avlabel.simulation.ground import Ground, heights

STEP_S = 0.05


@dataclass(frozen=True, slots=True, eq=False)
class Motion:
    """Poses of an object's ground point below its centre, every ``STEP_S``; one if it stands.

    Attributes:
        start_s: time of the first pose.
        position: (T, 3) float64 world.
        rotation: (T, 3, 3) float64 world from object.
        way_m: (T,) float64 way travelled.
    """

    start_s: float
    position: Float64
    rotation: Float64
    way_m: Float64

    @property
    def is_static(self) -> bool:
        """Whether there is only one pose."""
        return len(self.position) == 1

    def _between(self, time_s: Float64) -> tuple[Float64, Float64]:
        place = np.clip((time_s - self.start_s) / STEP_S, 0.0, len(self.position) - 1.0)
        before = np.minimum(place.astype(np.int64), max(len(self.position) - 2, 0))
        return before, place - before

    def at(self, time_s: Float64) -> SE3:
        """Poses (N,) at times (N,), linear between samples with rotations made exact."""
        if self.is_static:
            n = len(time_s)
            return SE3(np.repeat(self.rotation, n, axis=0), np.repeat(self.position, n, axis=0))
        i, part = self._between(time_s)
        position = self.position[i] + part[:, None] * (self.position[i + 1] - self.position[i])
        turned = self.rotation[i] + part[:, None, None] * (self.rotation[i + 1] - self.rotation[i])
        return SE3(_frame(turned[:, :, 0], turned[:, :, 1]), position)

    def way_at(self, time_s: Float64) -> Float64:
        """(N,) way travelled at times (N,)."""
        if self.is_static:
            return np.repeat(self.way_m, len(time_s))
        i, part = self._between(time_s)
        return np.asarray(self.way_m[i] + part * (self.way_m[i + 1] - self.way_m[i]))

    def velocity_at(self, time_s: Float64) -> Float64:
        """(N, 3) velocity over ground at times (N,), central difference over 0.1 s."""
        before, after = self.at(time_s - STEP_S), self.at(time_s + STEP_S)
        return np.asarray((after.translation - before.translation) / (2 * STEP_S))


def on_ground(
    xy: Float64,
    yaw: Float64,
    size_lwh: Float64,
    ground: Ground,
    *,
    start_s: float = 0.0,
    upright: bool = False,
) -> Motion:
    """Set a footprint down on the ground along (T, 2) points; people stay upright."""
    ahead = np.stack([np.cos(yaw), np.sin(yaw)], axis=-1)
    left = np.stack([-ahead[:, 1], ahead[:, 0]], axis=-1)
    reach, half = 0.3 * size_lwh[0], 0.42 * size_lwh[1]
    front, rear = heights(xy + reach * ahead, ground), heights(xy - reach * ahead, ground)
    port, starboard = heights(xy + half * left, ground), heights(xy - half * left, ground)
    z = (front + rear + port + starboard) / 4
    pitch = np.zeros_like(z) if upright else (front - rear) / (2 * reach)
    roll = np.zeros_like(z) if upright else (port - starboard) / (2 * half)
    rotation = _frame(np.column_stack([ahead, pitch]), np.column_stack([left, roll]))
    step = np.linalg.norm(np.diff(xy, axis=0), axis=1)
    way = np.concatenate([[0.0], np.cumsum(step)])
    return Motion(start_s, np.column_stack([xy, z]), rotation, way)


def _frame(forward: Float64, left: Float64) -> Float64:
    """(N, 3, 3) rotations whose x is ``forward`` and whose y is nearest to ``left``."""
    x = forward / np.linalg.norm(forward, axis=1, keepdims=True)
    z = np.cross(x, left)
    z /= np.linalg.norm(z, axis=1, keepdims=True)
    return np.stack([x, np.cross(z, x), z], axis=-1)
