"""The ground around an object, and boxes that stand on it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from avlabel.core.arrays import BoolArray, Float32, Float64, FloatArray
from avlabel_viewer.editing.crop import around
from avlabel_viewer.editing.placement import Placement

MIN_POINTS = 6
MOST_POINTS = 1000
"""More are thinned evenly."""
REACHES_M = (1.5, 4.0, 10.0)
"""Beyond the box, tried in turn until there is ground enough."""
ROUNDS_M = (0.3, 0.1)
"""Points farther from the plane than this are left out before it is fitted again."""


@dataclass(frozen=True, slots=True, eq=False)
class Floor:
    """A plane through the ground around a place.

    Attributes:
        xy: (2,) metres, world: the place.
        plane: (3,) height there, and slopes along x and y.
        n_points: that it was fitted to, near the box; 0 if they are far off.
    """

    xy: Float64
    plane: Float64
    n_points: int

    def at(self, xy: FloatArray) -> Float64:
        """(N,) float64 metres, height of the ground at (N, 2+) places, world."""
        return np.asarray(self.plane[0] + (xy[..., :2] - self.xy) @ self.plane[1:])


def floor_under(placement: Placement, points: Float32, is_ground: BoolArray) -> Floor | None:
    """The ground around a box; None if there is none within 10 m of it.

    Args:
        placement: where.
        points: (N, 3) metres, world.
        is_ground: (N,) bool.
    """
    half = float(np.hypot(*placement.size_lwh[:2])) / 2
    for reach in REACHES_M:
        near = around(points, placement.center, half + reach)
        ground = points[near[is_ground[near]]]
        # What is low inside the box is its own bumper or sill.
        beside = np.abs(placement.local(ground)[:, :2]) > placement.size_lwh[:2] / 2
        ground = ground[beside.any(axis=1)]
        if len(ground) >= MIN_POINTS:
            some = ground[:: -(-len(ground) // MOST_POINTS)].astype(np.float64)
            xy = placement.center[:2]
            n_points = len(ground) if reach < REACHES_M[-1] else 0
            return Floor(xy, _plane(some[:, :2] - xy, some[:, 2]), n_points)
    return None


def on_floor(placement: Placement, floor: Floor) -> Placement:
    """The box moved up or down until the middle of its bottom is on the ground."""
    bottom = placement.point((0, 0, -1))
    return placement.moved(np.array([0.0, 0.0, float(floor.at(bottom)) - bottom[2]]))


def snap_to_ground(placement: Placement, points: Float32, is_ground: BoolArray) -> Placement | None:
    """The box on the ground around it; None if no ground is seen there."""
    floor = floor_under(placement, points, is_ground)
    return None if floor is None else on_floor(placement, floor)


def tilted_to(placement: Placement, floor: Floor) -> Placement:
    """The box standing upright on the slope of the ground, its heading kept."""
    up = np.array([-floor.plane[1], -floor.plane[2], 1.0])
    up /= np.linalg.norm(up)
    forward = placement.rotation[:, 0] - (placement.rotation[:, 0] @ up) * up
    forward /= np.linalg.norm(forward)
    rotation = np.stack([forward, np.cross(up, forward), up], axis=1)
    return on_floor(placement.with_rotation(rotation), floor)


def _plane(xy: Float64, z: Float64) -> Float64:
    """Least squares, again without what is far off: kerbs, wheels, reflections."""
    plane = np.array([float(np.quantile(z, 0.2)), 0.0, 0.0])
    for within in ROUNDS_M:
        above = z - plane[0] - xy @ plane[1:]
        kept = (above > -within) & (above < within)
        if kept.sum() < MIN_POINTS:
            break
        design = np.column_stack([np.ones(kept.sum()), xy[kept]])
        # A little pull towards level ground, for points that lie along one line.
        design = np.vstack([design, [[0, 1, 0], [0, 0, 1]]])
        plane = np.linalg.lstsq(design, np.append(z[kept], [0.0, 0.0]))[0]
    return plane
