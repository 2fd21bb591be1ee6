"""A new box from a rectangle that a person drags in the view from above."""

from __future__ import annotations

import numpy as np

from avlabel.core.arrays import BoolArray, Float32, Float64
from avlabel.core.taxonomy import Taxonomy
from avlabel_viewer.editing.crop import inside
from avlabel_viewer.editing.floor import floor_under
from avlabel_viewer.editing.placement import MIN_SIZE_M, Placement

MIN_POINTS = 5
STRAY = 0.01
TALLEST_M = 4.5
"""What is higher above the ground is a tree or a bridge over the object."""
GAP_M = 0.8
"""A gap higher than this lies between an object and what hangs over it."""
LEAST_HEIGHT_M = 0.5
AS_WIDE = 1.25
"""Sides that differ by less than this do not tell which way an object faces."""


def box_in_rectangle(
    corner: Float64,
    opposite: Float64,
    along: float,
    points: Float32,
    is_ground: BoolArray,
    facing: float,
    usual_height_m: float = 1.6,
) -> Placement:
    """A box over a rectangle on the ground.

    Args:
        corner: (2+,) metres, world: where the drag began.
        opposite: (2+,) metres, world: where it ended.
        along: radians, world: direction of one side of the rectangle, that of the view.
        points: (N, 3) metres, world.
        is_ground: (N,) bool.
        facing: radians, world: the road's direction, or the vehicle's: the box faces that way
            rather than the opposite; along its longer side, if one is longer.
        usual_height_m: where there are too few points to see the height.

    Returns:
        A box on the ground, as high as the points in it.
    """
    sides = _sides((opposite - corner)[:2], along)
    yaw, length, width = _oriented(along, float(sides[0]), float(sides[1]), facing)
    middle = (corner[:2] + opposite[:2]) / 2
    column = Placement.upright(np.append(middle, 0.0), yaw, np.array([length, width, 2e3]))
    own = inside(points, column)
    heights = np.sort(points[own[~is_ground[own]], 2].astype(np.float64))
    floor = floor_under(column, points, is_ground)
    bottom = float(floor.at(middle)) if floor is not None else _lowest(heights)
    height = _height(heights - bottom, usual_height_m)
    center = np.append(middle, bottom + height / 2)
    return Placement.upright(center, yaw, np.array([length, width, height]))


def likely_class(size_lwh: Float64, taxonomy: Taxonomy) -> str:
    """The leaf whose sizes fit best, and that is common."""
    deviation = (np.log(size_lwh) - np.log(taxonomy.size_m)) / (
        taxonomy.size_std_m / taxonomy.size_m
    )
    cost = (deviation**2).sum(axis=1) - 2 * np.log(taxonomy.frequency)
    cost[taxonomy.code("unknown")] = np.inf
    return taxonomy.leaves[int(np.argmin(cost))]


def _sides(diagonal: Float64, along: float) -> Float64:
    """(2,) extents along the sides of a rectangle."""
    c, s = np.cos(along), np.sin(along)
    return np.maximum(np.abs(np.array([[c, s], [-s, c]]) @ diagonal), MIN_SIZE_M)


def _oriented(
    along: float, first: float, second: float, facing: float
) -> tuple[float, float, float]:
    """Heading, length and width: along the longer side, or the one nearer to ``facing``."""
    across = second > first
    if max(first, second) < AS_WIDE * min(first, second):
        across = abs(np.cos(facing - along)) < np.sqrt(0.5)
    yaw = along + (np.pi / 2 if across else 0.0)
    yaw += np.pi if np.cos(yaw - facing) < 0 else 0.0
    return (yaw, second, first) if across else (yaw, first, second)


def _lowest(heights: Float64) -> float:
    return float(heights[0]) if len(heights) else 0.0


def _height(above_m: Float64, usual_m: float) -> float:
    """Of the points (N,), ascending, up to the first gap."""
    above_m = above_m[above_m <= TALLEST_M]
    if len(above_m) < MIN_POINTS:
        return usual_m
    gap = np.flatnonzero(np.diff(above_m) > GAP_M)
    if len(gap) and gap[0] + 1 >= MIN_POINTS:
        above_m = above_m[: gap[0] + 1]
    return max(float(np.quantile(above_m, 1 - STRAY)), LEAST_HEIGHT_M)
