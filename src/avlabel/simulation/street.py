"""The plan of the streets: where carriageways, kerbs, lanes and crossings run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from avlabel.core.arrays import Float64
from avlabel.simulation.config import SimulationConfig
from avlabel.simulation.ground import Ground
from avlabel.simulation.paths import Path

Parking = Literal["none", "parallel", "perpendicular"]
PARKING_M: dict[Parking, float] = {"none": 0.0, "parallel": 2.3, "perpendicular": 5.3}
CYCLE_STRIP_M = 1.2
CROSS_HALF_M = 6.2
CROSS_LANE_M = 3.2
ARM_M = 90.0
VIEW_M = 125.0
"""Scenery is placed this far beyond where the ego vehicle drives."""


@dataclass(frozen=True, slots=True, eq=False)
class Kerb:
    """A stretch of kerb between two corners.

    Attributes:
        center: the street's centre line.
        side: +1 left of it, -1 right.
        edge_m: from the centre line to the kerb.
        start_m: arc length where the stretch begins.
        stop_m: where it ends.
        parking: how cars stand along it.
    """

    center: Path
    side: float
    edge_m: float
    start_m: float
    stop_m: float
    parking: Parking

    def at(self, s_m: float, outward_m: float) -> tuple[Float64, float]:
        """Point (2,) that far outside the kerb, and the yaw of traffic beside it."""
        xy, yaw = self.center.at(s_m, self.side * (self.edge_m + outward_m))
        return xy, float(yaw) + (np.pi if self.side > 0 else 0.0)


@dataclass(frozen=True, slots=True, eq=False)
class Street:
    """Everything that stays the same while the drive lasts, but for scenery.

    Attributes:
        ground: height field.
        main: centre line of the main street, west to east.
        crosses: centre lines of the cross streets, south to north.
        cross_s_m: (C,) float64 arc length of the main street at each of them.
        cycle_s: duration of a traffic-light cycle.
        light_offset_s: (C,) float64 when the main street turns green.
        kerbs: stretches between corners.
    """

    ground: Ground
    main: Path
    crosses: tuple[Path, ...]
    cross_s_m: Float64
    cycle_s: float
    light_offset_s: Float64
    kerbs: tuple[Kerb, ...]

    def green(self, cross: int, time_s: float, *, main: bool) -> bool:
        """Whether traffic on the main (or on the cross) street may go."""
        phase = float(time_s - self.light_offset_s[cross]) % self.cycle_s
        if main:
            return phase < 0.55 * self.cycle_s
        return 0.62 * self.cycle_s < phase < 0.93 * self.cycle_s

    def lane_offset(self, lane: int) -> float:
        """Distance of a lane's middle from the main centre line; 0 is the innermost lane."""
        return (lane + 0.5) * self.ground.lane_m


def plan_street(
    config: SimulationConfig, maneuver: str, way_m: float, rng: np.random.Generator
) -> Street:
    """Lay streets around the origin for a drive of ``way_m`` metres."""
    parking: list[Parking] = [
        ("none", "parallel", "perpendicular")[int(rng.choice(3, p=[0.1, 0.7, 0.2]))]
        for _ in range(2)
    ]
    lane = rng.uniform(3.2, 3.5)
    lanes = int(rng.choice([1, 2], p=[0.65, 0.35]))
    sway_k = 2 * np.pi / rng.uniform(220, 320)
    sway = config.curvature * rng.uniform(2.0, 7.0)
    phase = rng.uniform(0, 2 * np.pi)
    x = np.arange(-VIEW_M, way_m + VIEW_M, 0.5)
    main = Path.through(np.column_stack([x, sway * np.sin(sway_k * x + phase)]))
    first = _first_cross_m(maneuver, way_m, rng)
    cross_x = np.arange(first, way_m + VIEW_M - 25, rng.uniform(110, 160))
    cross_s = np.array([main.s_m[np.searchsorted(main.xy[:, 0], c)] for c in cross_x])
    xy, yaw = main.at(cross_s)
    cross = np.column_stack([xy, np.cos(yaw), np.sin(yaw), np.full(len(yaw), CROSS_HALF_M)])
    grades = config.slope * rng.uniform(0.4, 1.0, 2) * rng.choice([-1.0, 1.0], 2)
    ground = Ground(
        sway_m=sway, sway_k=sway_k, sway_phase=phase,
        left_m=lanes * lane + CYCLE_STRIP_M + PARKING_M[parking[0]],
        right_m=lanes * lane + CYCLE_STRIP_M + PARKING_M[parking[1]],
        lane_m=lane, lanes=float(lanes), cross=cross, corner_m=rng.uniform(4.0, 7.0),
        kerb_m=rng.uniform(0.12, 0.15), sidewalk_m=rng.uniform(3.0, 4.5), crown=0.02,
        grade_x=grades[0], grade_y=0.5 * grades[1], wave_m=8.0 * config.slope,
        wave_k=2 * np.pi / rng.uniform(150, 260), wave_phase=rng.uniform(0, 2 * np.pi),
        rough_m=0.006,
    )  # fmt: skip
    crosses = tuple(_cross_path(row) for row in cross)
    kerbs = _kerbs(ground, main, crosses, cross_s, parking)
    cycle = rng.uniform(36, 50)
    offsets = rng.uniform(0, cycle, len(cross))
    offsets[:1] = min(0.5 * config.frames / 10, 12.0) if maneuver == "stop" else -3.0
    return Street(ground, main, crosses, cross_s, cycle, offsets, kerbs)


def _first_cross_m(maneuver: str, way_m: float, rng: np.random.Generator) -> float:
    """Where the first cross street lies, so that the manoeuvre happens within the drive."""
    if maneuver == "cruise":
        return float(rng.uniform(45.0, 70.0))
    if maneuver == "stop":
        return float(22.0 + way_m * rng.uniform(0.3, 0.6))
    return float(15.0 + way_m * rng.uniform(0.2, 0.4))


def _cross_path(cross: Float64) -> Path:
    s = np.arange(-ARM_M, ARM_M + 1e-9, 0.5)
    return Path.through(cross[:2] + s[:, None] * np.array([-cross[3], cross[2]]))


def _kerbs(
    ground: Ground, main: Path, crosses: tuple[Path, ...], cross_s: Float64, parking: list[Parking]
) -> tuple[Kerb, ...]:
    corner = CROSS_HALF_M + ground.corner_m
    starts = np.concatenate([[0.0], cross_s + corner])
    stops = np.concatenate([cross_s - corner, [main.length_m]])
    kerbs = [
        Kerb(main, side, edge, start, stop, style)
        for side, edge, style in (
            (1.0, ground.left_m, parking[0]),
            (-1.0, ground.right_m, parking[1]),
        )
        for start, stop in zip(starts, stops, strict=True)
    ]
    for path in crosses:
        for start, stop in (
            (0.0, ARM_M - ground.right_m - ground.corner_m),
            (ARM_M + ground.left_m + ground.corner_m, 2 * ARM_M),
        ):
            kerbs += [Kerb(path, s, CROSS_HALF_M, start, stop, "parallel") for s in (1.0, -1.0)]
    return tuple(kerbs)
