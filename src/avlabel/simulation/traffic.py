"""Place road users one after another so that nobody ever runs into anybody.

Each newcomer drives among those already placed, whose whole motion is known; one who would
still touch somebody at any time is not placed.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from avlabel.core.arrays import Float64
from avlabel.simulation.actors import (
    Actor,
    draw_bicycle,
    draw_cyclist,
    draw_driving,
    draw_parked,
    draw_pedestrian,
)
from avlabel.simulation.config import SimulationConfig
from avlabel.simulation.driving import Occupancy, Route, drive
from avlabel.simulation.motion import on_ground
from avlabel.simulation.people import Figure
from avlabel.simulation.routes import cross_route, main_route, turning_route
from avlabel.simulation.street import ARM_M, CROSS_HALF_M, CYCLE_STRIP_M, Kerb, Street


@dataclass(frozen=True, slots=True, eq=False)
class Traffic:
    """Actors under construction.

    Attributes:
        street: where.
        times_s: (T,) float64 steps of motion.
        occupancy: footprints of everyone so far, the ego vehicle first.
        actors: everyone but the ego vehicle.
        rng: for everything random.
    """

    street: Street
    times_s: Float64
    occupancy: Occupancy
    actors: list[Actor]
    rng: np.random.Generator

    def place(
        self, leaf: str, figure: Figure, xy: Float64, yaw: Float64, margin_m: float = 0.25
    ) -> bool:
        """Add an actor with (T, 2) centres, or one that stands, if there is room for it."""
        size = figure.size_lwh
        if not self.occupancy.is_free(xy, yaw, size, margin_m):
            return False
        upright = leaf in ("pedestrian", "bicycle", "motorcycle")
        start = float(self.times_s[0])
        motion = on_ground(xy, yaw, size, self.street.ground, start_s=start, upright=upright)
        self.occupancy.add(xy, yaw, size)
        self.actors.append(Actor(leaf, figure, motion))
        return True

    def stand(self, leaf: str, figure: Figure, xy: Float64, yaw: float, margin_m: float) -> bool:
        """Add an actor that never moves."""
        return self.place(leaf, figure, xy[None], np.array([yaw]), margin_m)

    def drive(self, leaf: str, figure: Figure, route: Route, start_m: float, cruise: float) -> bool:
        """Add an actor that follows a route."""
        xy, yaw = drive(
            route, start_m, cruise, figure.size_lwh, self.street, self.times_s, self.occupancy
        )
        return self.place(leaf, figure, xy, yaw)


def populate(traffic: Traffic, config: SimulationConfig) -> None:
    """Fill the street: what stands, who crosses, who drives, who walks."""
    if config.density == 0:
        return
    for kerb in traffic.street.kerbs:
        park_along(traffic, kerb, config.density)
    _cross_on_foot(traffic, config.density)
    _fill_main(traffic, config.density)
    _fill_crosses(traffic, config.density)
    for kerb in traffic.street.kerbs:
        _walk_along(traffic, kerb, config.density)


def park_along(traffic: Traffic, kerb: Kerb, density: float) -> None:
    """Park vehicles bumper to bumper, 0.4 to 2 m apart, with places left free."""
    rng = traffic.rng
    if kerb.parking == "none":
        return
    share = min(0.72 * density, 0.95)
    s = kerb.start_m + 3.0
    while s < kerb.stop_m - 3.0:
        leaf, figure = draw_parked(rng)
        length, width, _ = figure.size_lwh
        square = kerb.parking == "perpendicular"
        pitch = width + rng.uniform(0.5, 1.1) if square else length + rng.uniform(0.4, 2.0)
        if rng.random() < share and s + pitch < kerb.stop_m:
            depth = 0.5 * length + 0.3 if square else 0.5 * width + rng.uniform(0.12, 0.35)
            xy, yaw = kerb.at(s + pitch / 2, -depth)
            if square:
                yaw += np.pi / 2 * rng.choice([-1.0, 1.0], p=[0.75, 0.25])
            if not square or length < 5.2:
                traffic.stand(leaf, figure, xy, yaw + rng.normal(0, 0.015), 0.12)
        s += pitch


def _fill_main(traffic: Traffic, density: float) -> None:
    """Lanes from their far end backwards, so that everyone sees whom they follow."""
    street, rng = traffic.street, traffic.rng
    for east in (True, False):
        for lane in range(int(street.ground.lanes)):
            _fill_lane(traffic, east, street.lane_offset(lane), density, lane == 0)
        strip = street.ground.lanes * street.ground.lane_m + CYCLE_STRIP_M / 2
        for along in _arrivals(street.main.length_m, 55.0 / density, rng):
            start = along if east else street.main.length_m - along
            route = main_route(street, east, strip, start)
            traffic.drive(*draw_cyclist(rng), route, 0.0, rng.uniform(3.5, 7.0))


def _fill_lane(traffic: Traffic, east: bool, offset: float, density: float, inner: bool) -> None:
    street, rng = traffic.street, traffic.rng
    for along in _arrivals(street.main.length_m, 26.0 / density, rng):
        start = along if east else street.main.length_m - along
        route = main_route(street, east, offset, start)
        ahead = [
            c for c, s in enumerate(street.cross_s_m) if (s - start) * (1 if east else -1) > 20
        ]
        if ahead and rng.random() < 0.3:
            left = inner and rng.random() < 0.5
            cross = ahead[0] if east else ahead[-1]
            route = turning_route(street, cross, east, left, offset, start)
        traffic.drive(*draw_driving(rng), route, 0.0, rng.uniform(8.0, 13.5))


def _fill_crosses(traffic: Traffic, density: float) -> None:
    for cross in range(len(traffic.street.crosses)):
        for north in (True, False):
            route = cross_route(traffic.street, cross, north)
            for along in _arrivals(2 * ARM_M, 30.0 / density, traffic.rng):
                leaf, figure = draw_driving(traffic.rng)
                if leaf in ("truck", "bus"):
                    continue
                traffic.drive(leaf, figure, route, along, traffic.rng.uniform(6.0, 10.0))


def _arrivals(length_m: float, spacing_m: float, rng: np.random.Generator) -> list[float]:
    """Places along a lane, front first, with random headways of the given mean."""
    places = []
    at = length_m - rng.exponential(spacing_m)
    while at > 0:
        places.append(float(at))
        at -= 7.0 + rng.exponential(max(spacing_m - 7.0, 1.0))
    return places


def _cross_on_foot(traffic: Traffic, density: float) -> None:
    """People on the zebra crossings, some of them while the drive passes."""
    street, rng, ground = traffic.street, traffic.rng, traffic.street.ground
    for middle in street.cross_s_m:
        for _ in range(rng.poisson(3.0 * density)):
            side = rng.choice([-1.0, 1.0])
            s = float(middle) + side * (CROSS_HALF_M + rng.uniform(1.2, 3.8))
            direction = rng.choice([-1.0, 1.0])
            near = -ground.right_m - 2.0 if direction > 0 else ground.left_m + 2.0
            speed = rng.uniform(0.9, 1.7)
            delay = rng.uniform(-8.0, float(traffic.times_s[-1]))
            offset = near + direction * speed * (traffic.times_s - delay)
            offset = np.clip(offset, -ground.right_m - 2.0, ground.left_m + 2.0)
            xy, yaw = street.main.at(np.full(len(offset), s), offset)
            traffic.place(*draw_pedestrian(rng, walking=True), xy, yaw + direction * np.pi / 2, 0.6)


def _walk_along(traffic: Traffic, kerb: Kerb, density: float) -> None:
    """People on the pavement: walking either way, standing together; bicycles left there."""
    rng = traffic.rng
    outer = max(1.6, traffic.street.ground.sidewalk_m - 1.4)
    length = kerb.stop_m - kerb.start_m
    for _ in range(rng.poisson(max(length, 0.0) / 18.0 * density)):
        s, out = rng.uniform(kerb.start_m, kerb.stop_m), rng.uniform(1.4, outer)
        direction, speed = rng.choice([-1.0, 1.0]), rng.uniform(0.8, 1.7)
        way = s + direction * speed * traffic.times_s
        xy, yaw = kerb.center.at(way, kerb.side * (kerb.edge_m + out))
        heading = yaw + (0.0 if direction > 0 else np.pi)
        traffic.place(*draw_pedestrian(rng, walking=True), xy, heading)
    for _ in range(rng.poisson(max(length, 0.0) / 45.0 * density)):
        s, out = rng.uniform(kerb.start_m, kerb.stop_m), rng.uniform(1.3, outer)
        for _ in range(int(rng.integers(1, 4))):
            xy, _ = kerb.at(s + rng.normal(0, 0.7), out + rng.normal(0, 0.25))
            figure = draw_pedestrian(rng, walking=False)
            traffic.stand(*figure, xy, rng.uniform(-np.pi, np.pi), 0.1)
    for _ in range(rng.poisson(max(length, 0.0) / 70.0 * density)):
        xy, along = kerb.at(rng.uniform(kerb.start_m, kerb.stop_m), 1.0)
        traffic.stand(*draw_bicycle(rng), xy, along + rng.choice([0.0, np.pi]), 0.15)
