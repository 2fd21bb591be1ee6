"""A box fitted to the points of its object.

What a sensor sees of an object are the faces towards it. They are brought to the points; what
lies behind them was not seen, and its size is kept unless the points say that it is larger.
"""

from __future__ import annotations

from typing import Literal

import numpy as np

from avlabel.core.arrays import BoolArray, Float32, Float64
from avlabel.stages.refining.place import anchor
from avlabel_viewer.editing.crop import inside
from avlabel_viewer.editing.floor import Floor, floor_under
from avlabel_viewer.editing.heading import best_turn
from avlabel_viewer.editing.own_points import GROWN_M, points_of_object
from avlabel_viewer.editing.placement import Placement

Sizing = Literal["kept", "grown", "tight"]
"""What a fit does to the size: nothing; grow where points stand out; take the points' own."""

MIN_POINTS = 5
ROUNDS = 2
STRAY = 0.01
"""Share of the points at each end that may stick out."""
PAD_M = 0.03
"""People leave so much air between the points and the faces of a box."""
FLOOR_REACH_M = 0.35
"""Ground that lies farther from the bottom than this is not this box's."""
WELL_SEEN, DOUBT_M = 60, 0.1
"""Ground of fewer points may be off by so much."""
LEAST_HEIGHT = 0.98
"""A grown box loses at most this share of its height in a round: roofs are mostly seen."""
SMALL_M = 1.3
"""People are: their outline says nothing of where they look."""
FAR_M, FAR_SHARE = 0.5, 0.1
"""Points that begin deeper in the box than this leave its near end hidden by something else."""


def fit_to_points(
    placement: Placement,
    points: Float32,
    is_ground: BoolArray,
    eye: Float64,
    sizing: Sizing = "grown",
) -> Placement | None:
    """A box brought to the points inside it.

    It turns by at most 12 degrees a round, and people not at all, so that it still faces the same
    way. Its bottom goes to the ground around it.

    Args:
        placement: the box, roughly where the object is.
        points: (N, 3) metres, world.
        is_ground: (N,) bool: those are left out.
        eye: (3,) metres, world: where the sensor stood.
        sizing: what becomes of its size.

    Returns:
        The box; None if there are fewer than five points in it.
    """
    floor = floor_under(placement, points, is_ground)
    standing = points_of_object(placement, points, is_ground, eye, floor)
    for _ in range(ROUNDS):
        own = standing[inside(standing, placement, GROWN_M)]
        if len(own) < MIN_POINTS:
            return None
        if placement.size_lwh[0] >= SMALL_M:
            turn = best_turn(placement.local(own), _seen_from(placement, eye))
            placement = placement.turned(turn)
        placement = _seated(placement, own, eye, floor, sizing)
    return placement


def _seen_from(placement: Placement, eye: Float64) -> Float64:
    """(3,) where the sensor stands along the box's own axes."""
    return placement.local(eye[None]).ravel()


def _seated(
    placement: Placement, own: Float32, eye: Float64, floor: Floor | None, sizing: Sizing
) -> Placement:
    """The box with its near faces at the points, and on the ground."""
    low, high = np.quantile(placement.local(own), [STRAY, 1 - STRAY], axis=0)
    low, high, sensor = low - PAD_M, high + PAD_M, _seen_from(placement, eye)
    size = _sized(placement.size_lwh, high - low, sizing)
    shift = [_shift(low[a], high[a], size[a], sensor[a]) for a in (0, 1)]
    placement = placement.with_size(size).moved_along(np.array([*shift, 0.0]))
    if floor is not None:
        placement = placement.moved(np.array([0.0, 0.0, _rise(placement, floor)]))
    if sizing == "kept":
        return placement
    top = np.quantile(placement.local(own)[:, 2], 1 - STRAY) + PAD_M
    height = float(top) + placement.size_lwh[2] / 2
    if sizing == "grown":
        height = max(height, LEAST_HEIGHT * placement.size_lwh[2])
    return placement.with_size(np.array([*size[:2], height]), keeping=(0, 0, -1))


def _sized(size: Float64, measured: Float64, sizing: Sizing) -> Float64:
    """(3,) length and width; the height is seen to later."""
    if sizing == "kept":
        return size
    wanted = measured if sizing == "tight" else np.maximum(size, measured)
    return np.array([*wanted[:2], size[2]])


def _rise(placement: Placement, floor: Floor) -> float:
    """Metres to the ground, as far as it is sure."""
    bottom = placement.point((0, 0, -1))
    off = float(floor.at(bottom)) - float(bottom[2])
    doubt = 0.0 if floor.n_points >= WELL_SEEN else DOUBT_M
    return float(np.sign(off)) * max(abs(off) - doubt, 0.0) if abs(off) <= FLOOR_REACH_M else 0.0


def _shift(low: float, high: float, size: float, sensor: float) -> float:
    """Along one axis: to where the near face meets the points, or only so that it holds them.

    What is small is seen nearly whole, if blurred: its middle is where that of its points is.
    """
    ends = np.array([high - size / 2, low + size / 2])
    if size < SMALL_M:
        return (low + high) / 2
    low_end, high_end, extent, eye, here = np.array([low, high, size, sensor, 0.0])[:, None]
    shift = float(anchor(low_end, high_end, extent, eye, here)[0])
    if abs(shift) <= FAR_M + FAR_SHARE * size:
        return shift
    return float(np.clip(0.0, ends.min(), ends.max()))
