"""What stands along the kerbs and carries no label: buildings, trees, poles, bins, fences."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from avlabel.core.arrays import Float64
from avlabel.core.se3 import SE3
from avlabel.simulation import materials as m
from avlabel.simulation.buildings import building
from avlabel.simulation.furniture import furniture
from avlabel.simulation.ground import Ground, heights
from avlabel.simulation.plants import add_bush, add_hedge
from avlabel.simulation.point_class import BUILDING, OTHER, POLE, VEGETATION
from avlabel.simulation.shapes import Body
from avlabel.simulation.street import ARM_M, Kerb, Street


@dataclass(frozen=True, slots=True, eq=False)
class Thing:
    """A fixed body.

    Attributes:
        body: shape.
        world_from_body: single transform; the body's z 0 lies on the ground.
        point_class: a code of ``point_class.py``.
    """

    body: Body
    world_from_body: SE3
    point_class: int


def furnish(street: Street, clutter: float, rng: np.random.Generator) -> list[Thing]:
    """Everything along every kerb, and lights at every corner."""
    things: list[Thing] = []
    for kerb in street.kerbs:
        if kerb.stop_m - kerb.start_m < 8.0:
            continue
        _line_with_buildings(things, street, kerb, rng)
        if clutter > 0:
            _line_with_furniture(things, street, kerb, clutter, rng)
            _line_with_gardens(things, street, kerb, clutter, rng)
    _corners(things, street)
    return things


def _put(
    things: list[Thing], ground: Ground, body: Body, xy: Float64, yaw: float, kind: int
) -> None:
    z = float(heights(xy[None], ground)[0])
    things.append(Thing(body, SE3.from_yaw(yaw, np.array([xy[0], xy[1], z])), kind))


def _line_with_buildings(
    things: list[Thing], street: Street, kerb: Kerb, rng: np.random.Generator
) -> None:
    """Facades set back by 0 to 5 m, with gaps; arms of cross streets start behind the main's."""
    start, stop = kerb.start_m, kerb.stop_m
    if kerb.center is not street.main:
        start, stop = (start, stop - 16.0) if stop < ARM_M else (start + 16.0, stop)
    setback = rng.uniform(0.3, 3.0)
    s = start
    while s < stop - 6.0:
        width = min(rng.uniform(8.0, 22.0), stop - s)
        if rng.random() < 0.85:
            depth = rng.uniform(8.0, 13.0)
            out = street.ground.sidewalk_m + setback + rng.choice([0.0, 0.0, 0.6, 1.5])
            xy, yaw = kerb.at(s + width / 2, out)
            # x along the facade, y away from the street.
            body = building(width, depth, rng)
            _put(things, street.ground, body, xy, yaw + np.pi, BUILDING)
        s += width + (rng.uniform(1.5, 8.0) if rng.random() < 0.3 else 0.0)


def _line_with_furniture(
    things: list[Thing], street: Street, kerb: Kerb, clutter: float, rng: np.random.Generator
) -> None:
    """The strip next to the kerb: lamps, trees, signs, bins, cabinets, hydrants."""
    s = kerb.start_m + rng.uniform(1.0, 6.0)
    trees = rng.random() < 0.65
    while s < kerb.stop_m - 1.0:
        kind = str(
            rng.choice(
                ["lamp", "tree", "sign", "bin", "cabinet", "post", "bush"],
                p=[0.16, 0.34, 0.16, 0.10, 0.06, 0.12, 0.06],
            )
        )
        xy, yaw = kerb.at(s, rng.uniform(0.5, 0.75))
        body, point_class = furniture("sign" if kind == "tree" and not trees else kind, rng)
        _put(things, street.ground, body, xy, yaw - np.pi / 2, point_class)
        s += rng.uniform(4.0, 13.0) / clutter


def _line_with_gardens(
    things: list[Thing], street: Street, kerb: Kerb, clutter: float, rng: np.random.Generator
) -> None:
    """The strip between pavement and facades: hedges, walls, fences, bushes."""
    s = kerb.start_m + 2.0
    while s < kerb.stop_m - 4.0:
        length = min(rng.uniform(3.0, 9.0), kerb.stop_m - s)
        kind = str(rng.choice(["hedge", "wall", "fence", "bushes", "none"]))
        xy, yaw = kerb.at(s + length / 2, street.ground.sidewalk_m + 0.05)
        body = Body()
        if kind == "hedge":
            add_hedge(body, length, rng)
        elif kind == "wall":
            body.box((0, 0, 0.3), (length, 0.22, rng.uniform(0.9, 1.8)), m.CONCRETE)
        elif kind == "fence":
            body.box((0, 0, 0.6), (length, 0.03, 0.9), m.PICKETS)
            for x in np.arange(-length / 2, length / 2 + 0.1, length / 3):
                body.rod((x, 0, -0.2), (x, 0, 1.15), 0.045, m.WOOD)
        elif kind == "bushes":
            for x in np.arange(-length / 2, length / 2, rng.uniform(0.9, 2.0)):
                add_bush(body, np.array([x, rng.normal(0, 0.15), 0.0]), rng.uniform(0.6, 1.3), rng)
        if body.primitives:
            green = kind in ("hedge", "bushes")
            _put(things, street.ground, body, xy, yaw, VEGETATION if green else OTHER)
        s += length + rng.uniform(0.5, 14.0) / clutter


def _corners(things: list[Thing], street: Street) -> None:
    """Traffic lights beside the main street's stop lines."""
    for kerb in street.kerbs:
        if kerb.center is not street.main:
            continue
        end = kerb.stop_m if kerb.side < 0 else kerb.start_m
        if not 0.0 < end < street.main.length_m:
            continue
        body = Body()
        body.rod((0, 0, -0.3), (0, 0, 3.4), 0.07, m.STEEL)
        body.box((0, 0, 2.9), (0.3, 0.28, 0.95), m.LIGHT_BOX)
        xy, yaw = kerb.at(end, 0.45)
        _put(things, street.ground, body, xy, yaw, POLE)
