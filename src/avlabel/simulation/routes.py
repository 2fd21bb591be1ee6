"""Ways through the streets: along the main street, across it, and turns between."""

from __future__ import annotations

from avlabel.simulation.driving import Route
from avlabel.simulation.paths import Path
from avlabel.simulation.street import ARM_M, CROSS_HALF_M, CROSS_LANE_M, Street

STOP_LINE_M = 5.6
"""Stop lines lie this far before the crossing carriageway."""


def main_route(street: Street, east: bool, offset_m: float, start_m: float) -> Route:
    """Along the main street from arc length ``start_m``, keeping right by ``offset_m``."""
    side, end = (-1.0, street.main.length_m) if east else (1.0, 0.0)
    path = street.main.lane(side * offset_m, start_m, end)
    return Route(path, _main_stops(street, path, east, offset_m, start_m))


def cross_route(street: Street, cross: int, north: bool) -> Route:
    """Straight over the main street."""
    start, end, side = (0.0, 2 * ARM_M, -1.0) if north else (2 * ARM_M, 0.0, 1.0)
    path = street.crosses[cross].lane(side * CROSS_LANE_M / 2, start, end)
    edge = street.ground.right_m if north else street.ground.left_m
    return Route(path, ((ARM_M - edge - STOP_LINE_M, cross, False),))


def turning_route(
    street: Street, cross: int, east: bool, left: bool, offset_m: float, start_m: float
) -> Route:
    """Along the main street, then left or right into a cross street."""
    sign = 1.0 if east else -1.0
    end = float(street.cross_s_m[cross]) - sign * (CROSS_HALF_M + 1.0)
    approach = street.main.lane(-sign * offset_m, start_m, end)
    north = left == east
    edge = street.ground.left_m if north else -street.ground.right_m
    first = ARM_M + edge + (1.0 if north else -1.0)
    leaving = street.crosses[cross].lane(
        (-1.0 if north else 1.0) * CROSS_LANE_M / 2, first, 2 * ARM_M if north else 0.0
    )
    stops = [s for s in _main_stops(street, approach, east, offset_m, start_m) if s[1] == cross]
    return Route(approach.turning_into(leaving), tuple(stops))


def _main_stops(
    street: Street, path: Path, east: bool, offset_m: float, start_m: float
) -> tuple[tuple[float, int, bool], ...]:
    sign = 1.0 if east else -1.0
    stops = []
    for cross, middle in enumerate(street.cross_s_m):
        line = float(middle) - sign * (CROSS_HALF_M + STOP_LINE_M)
        if sign * (line - start_m) > 0:
            xy, _ = street.main.at(line, -sign * offset_m)
            stops.append((path.nearest(xy), cross, True))
    return tuple(stops)
