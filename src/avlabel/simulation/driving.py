"""Drivers: follow a path, keep distance (intelligent driver model), stop at red lights.

Treiber, Hennecke and Helbing, Congested traffic states in empirical observations and
microscopic simulations, Physical Review E 62, 2000.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from avlabel.core.arrays import BoolArray, Float64
from avlabel.simulation.motion import STEP_S
from avlabel.simulation.paths import Path
from avlabel.simulation.street import Street

ACCELERATION = 1.9
BRAKING = 2.4
HEADWAY_S = 1.2
STANDSTILL_M = 2.2
LOOK_AHEAD_M = 40.0
REAR_AXLE = 0.28
"""The path is followed by the rear axle, this share of the length behind the centre."""


@dataclass(frozen=True, slots=True, eq=False)
class Route:
    """A path and the stop lines on it.

    Attributes:
        path: followed by the rear axle.
        stops: arc length of the line, index of the cross street, whether coming on the main.
    """

    path: Path
    stops: tuple[tuple[float, int, bool], ...] = ()


@dataclass(slots=True, eq=False)
class Occupancy:
    """Footprints of everyone already placed, at every time step.

    Attributes:
        center: (A, T, 2) float64.
        yaw: (A, T) float64.
        half: (A, 2) float64 half length and half width.
    """

    center: Float64
    yaw: Float64
    half: Float64

    @classmethod
    def empty(cls, steps: int) -> Occupancy:
        """Nobody."""
        return cls(np.zeros((0, steps, 2)), np.zeros((0, steps)), np.zeros((0, 2)))

    def add(self, center: Float64, yaw: Float64, size_lwh: Float64) -> None:
        """Place somebody: (T, 2) centres and (T,) yaws; a single row stands still."""
        steps = self.yaw.shape[1]
        self.center = np.concatenate([self.center, np.broadcast_to(center, (1, steps, 2))])
        self.yaw = np.concatenate([self.yaw, np.broadcast_to(yaw, (1, steps))])
        self.half = np.concatenate([self.half, size_lwh[None, :2] / 2])

    def is_free(self, center: Float64, yaw: Float64, size_lwh: Float64, margin_m: float) -> bool:
        """Whether a footprint, grown by a margin, touches nobody at any time."""
        half = size_lwh[:2] / 2 + margin_m
        reach = np.linalg.norm(half) + np.linalg.norm(self.half, axis=1)
        gap = np.linalg.norm(self.center - center, axis=2)
        who, when = np.nonzero(gap <= reach[:, None])
        steps = self.yaw.shape[1]
        centers, yaws = np.broadcast_to(center, (steps, 2)), np.broadcast_to(yaw, (steps,))
        return not _overlap(
            centers[when], yaws[when], half, self.center[who, when], self.yaw[who, when],
            self.half[who],
        ).any()  # fmt: skip

    def gap_ahead(self, step: int, ahead: Float64, yaw: Float64, half_width: float) -> Float64:
        """Way along (K, 2) points a metre apart to the first obstacle, and its speed along it."""
        delta = ahead[None] - self.center[:, step][:, None]
        c, s = np.cos(self.yaw[:, step])[:, None], np.sin(self.yaw[:, step])[:, None]
        along = np.abs(delta[..., 0] * c + delta[..., 1] * s)
        across = np.abs(-delta[..., 0] * s + delta[..., 1] * c)
        grow = half_width + 0.15
        inside = (along < self.half[:, :1] + grow) & (across < self.half[:, 1:] + grow)
        hit = inside.any(axis=0)
        if not hit.any():
            return np.array([np.inf, 0.0])
        k = int(np.argmax(hit))
        who = int(np.argmax(inside[:, k]))
        before = max(step - 1, 0)
        velocity = (self.center[who, step] - self.center[who, before]) / STEP_S
        speed = velocity @ np.array([np.cos(yaw[k]), np.sin(yaw[k])])
        return np.array([float(k), max(float(speed), 0.0)])


def _overlap(
    a: Float64, yaw_a: Float64, half_a: Float64, b: Float64, yaw_b: Float64, half_b: Float64
) -> BoolArray:
    """(N,) whether rectangles overlap, by separating axes."""
    delta = b - a
    turn = yaw_b - yaw_a
    cos, sin = np.abs(np.cos(turn)), np.abs(np.sin(turn))
    apart = np.zeros(len(a), np.bool_)
    for yaw, own, other in ((yaw_a, half_a, half_b), (yaw_b, half_b, half_a)):
        x = np.abs(delta[:, 0] * np.cos(yaw) + delta[:, 1] * np.sin(yaw))
        y = np.abs(-delta[:, 0] * np.sin(yaw) + delta[:, 1] * np.cos(yaw))
        apart |= x > own[..., 0] + other[..., 0] * cos + other[..., 1] * sin
        apart |= y > own[..., 1] + other[..., 0] * sin + other[..., 1] * cos
    return ~apart


def drive(
    route: Route,
    start_m: float,
    cruise_mps: float,
    size_lwh: Float64,
    street: Street,
    times_s: Float64,
    others: Occupancy,
    moving: bool = True,
) -> tuple[Float64, Float64]:
    """Follow a route; (T, 2) centres and (T,) yaws at the given times."""
    limit = route.path.speed_limit(cruise_mps)
    s = start_m
    speed = float(np.interp(s, route.path.s_m, limit)) if moving else 0.0
    way = np.empty(len(times_s))
    front = size_lwh[0] * (0.5 + REAR_AXLE)
    ahead_m = front + np.arange(0.0, LOOK_AHEAD_M, 1.0)
    for step, time in enumerate(times_s):
        way[step] = s
        wish = max(float(np.interp(s, route.path.s_m, limit)), 0.5)
        ahead, yaw = route.path.at(s + ahead_m)
        gap, lead = others.gap_ahead(step, ahead, yaw, size_lwh[1] / 2)
        acceleration = _follow(speed, wish, gap, lead)
        for line, cross, main in route.stops:
            to_line = line - s - front
            can_stop = to_line > speed * speed / (2 * 4.0)
            if to_line > -0.5 and can_stop and not street.green(cross, time, main=main):
                acceleration = min(acceleration, _follow(speed, wish, to_line + 1.5, 0.0))
        advanced = max(speed + acceleration * STEP_S, 0.0)
        s += 0.5 * (speed + advanced) * STEP_S
        speed = advanced
    xy, yaw = route.path.at(way)
    nose = np.stack([np.cos(yaw), np.sin(yaw)], axis=-1)
    return xy + REAR_AXLE * size_lwh[0] * nose, yaw


def _follow(speed: float, wish: float, gap: float, lead: float) -> float:
    closing = speed * (speed - lead) / (2 * np.sqrt(ACCELERATION * BRAKING))
    desired = STANDSTILL_M + max(speed * HEADWAY_S + closing, 0.0)
    free = 1.0 - (speed / wish) ** 4
    return float(max(ACCELERATION * (free - (desired / max(gap, 0.3)) ** 2), -7.0))
