"""What a hit looks like: reflectivity and colour, with windows on facades and paint on roads."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from avlabel.core.arrays import BoolArray, Float64, Int16, Int64
from avlabel.simulation.materials import FACADE
from avlabel.simulation.pavement import ASPHALT, KERB, PAINT, SIDEWALK, YARD, cover_at
from avlabel.simulation.point_class import NOISE, PAVEMENT, ROAD, TERRAIN
from avlabel.simulation.raycast import GROUND_HIT, NO_HIT, BodyPoses, Bundles, Hits
from avlabel.simulation.world import World

_GROUND_CLASS = {ASPHALT: ROAD, PAINT: ROAD, KERB: PAVEMENT, SIDEWALK: PAVEMENT, YARD: TERRAIN}
_GROUND_REFLECTIVITY = {ASPHALT: 0.16, PAINT: 0.75, KERB: 0.35, SIDEWALK: 0.30, YARD: 0.38}
_GROUND_COLOUR = {
    ASPHALT: (0.17, 0.17, 0.18),
    PAINT: (0.75, 0.75, 0.72),
    KERB: (0.48, 0.47, 0.45),
    SIDEWALK: (0.36, 0.35, 0.33),
    YARD: (0.20, 0.28, 0.12),
}


@dataclass(frozen=True, slots=True, eq=False)
class Surface:
    """Of each of R rays.

    Attributes:
        point: (R, 3) float64 where it hit, in world; meaningless without a hit.
        reflectivity: (R,) float64, 0 without a hit.
        colour: (R, 3) float64 linear.
        point_class: (R,) int16.
        is_window: (R,) bool: a pane of a facade.
    """

    point: Float64
    reflectivity: Float64
    colour: Float64
    point_class: Int16
    is_window: BoolArray


def look_up(world: World, bundles: Bundles, hits: Hits, poses: BodyPoses) -> Surface:
    """Surface of every ray's first hit."""
    counts = np.diff(bundles.start)
    hit = hits.primitive != NO_HIT
    reach = np.where(hit, hits.range_m, 0.0)
    point = np.repeat(bundles.origin, counts, axis=0) + reach[:, None] * bundles.direction
    n = len(hit)
    reflectivity, colour = np.zeros(n), np.zeros((n, 3))
    point_class = np.full(n, NOISE, np.int16)
    solid = np.flatnonzero(hits.primitive >= 0)
    is_window = np.zeros(n, np.bool_)
    if solid.size:
        primitive, body = hits.primitive[solid], hits.body[solid]
        reflectivity[solid] = np.array([m.reflectivity for m in world.materials])[primitive]
        colour[solid] = np.array([m.colour for m in world.materials])[primitive]
        point_class[solid] = world.body_class[body]
        facade = solid[np.array([m.pattern for m in world.materials])[primitive] == FACADE]
        base = poses.translation[0, hits.body[facade], 2]
        is_window[facade] = _panes(point[facade], hits.normal[facade], base)
        reflectivity[is_window] = 0.03
        colour[is_window] = (0.08, 0.10, 0.13)
    ground = np.flatnonzero(hits.primitive == GROUND_HIT)
    cover = cover_at(point[ground, :2], world.ground)
    for code, value in _GROUND_REFLECTIVITY.items():
        rows = ground[cover == code]
        reflectivity[rows] = value
        colour[rows] = _GROUND_COLOUR[code]
        point_class[rows] = _GROUND_CLASS[code]
    _mottle(ground, point, reflectivity, colour)
    return Surface(point, reflectivity, colour, point_class, is_window)


def _panes(point: Float64, normal: Float64, base_z: Float64) -> BoolArray:
    """Whether hits on upright walls fall on a window: one every 2.6 m, storeys of 3.1 m."""
    along = point[:, 1] * normal[:, 0] - point[:, 0] * normal[:, 1]
    u, v = (along / 2.6) % 1.0, ((point[:, 2] - base_z) / 3.1) % 1.0
    upright = np.abs(normal[:, 2]) < 0.1
    return np.asarray(upright & (u > 0.28) & (u < 0.72) & (v > 0.32) & (v < 0.82))


def _mottle(rows: Int64, point: Float64, reflectivity: Float64, colour: Float64) -> None:
    """No road is even: vary by place, deterministically."""
    cell = np.floor(point[rows] * 14.0)
    wave = np.sin(cell @ np.array([12.9898, 78.233, 37.719])) * 43758.5453
    shade = 0.92 + 0.16 * (wave - np.floor(wave))
    reflectivity[rows] *= shade
    colour[rows] *= shade[:, None]
