"""From boxes fitted sweep by sweep to the path of one object."""

from __future__ import annotations

import numpy as np

from avlabel.core.arrays import Float64, Int64
from avlabel.stages.refining.smooth import smooth
from avlabel_viewer.editing.placement import Placement

SIGMA_M, HELD_SIGMA_M = 0.2, 0.02
"""Standard deviations of a fitted box, and of the one that a person began with."""
ACCELERATION_MPS2, TURN_RADPS2 = 2.0, 0.5
STANDING_M = 0.35
"""Boxes wander this far while their object stands, as other parts of it come into view."""
STANDING_MPS = 0.5


def smooth_path(boxes: list[Placement], time_ns: Int64, held: int) -> list[Placement]:
    """Boxes along a smooth path; of an object that stands, all where the held one is.

    Args:
        boxes: F boxes of one size, in order of time.
        time_ns: (F,) int64, increasing.
        held: which of them was there before, and stays.
    """
    seconds = (time_ns - time_ns[0]) * 1e-9
    center = np.array([box.center for box in boxes])
    if stands(center, seconds):
        return [boxes[held]] * len(boxes)
    yaw = np.unwrap([box.yaw for box in boxes])
    sigma = np.full(len(boxes), SIGMA_M)
    sigma[held] = HELD_SIGMA_M
    origin = center[0].copy()
    center = smooth(seconds, center - origin, sigma, ACCELERATION_MPS2)[0] + origin
    yaw = smooth(seconds, yaw[:, None], sigma, TURN_RADPS2)[0][:, 0]
    path = [
        Placement(center[k], box.facing(float(yaw[k])).quat_wxyz, box.size_lwh)
        for k, box in enumerate(boxes)
    ]
    path[held] = boxes[held]
    return path


def stands(center: Float64, seconds: Float64) -> bool:
    """Whether centres (F, 3) only wander, over (F,) seconds."""
    third = max(len(center) // 3, 1)
    way = np.median(center[-third:], axis=0) - np.median(center[:third], axis=0)
    time = float(np.median(seconds[-third:]) - np.median(seconds[:third]))
    return bool(np.hypot(*way[:2]) <= min(STANDING_M, STANDING_MPS * time))


def in_metres(placement: Placement) -> Float64:
    """(6,) what may not change unnoticed: the centre and the front."""
    half = placement.size_lwh[0] / 2
    return np.concatenate([placement.center, half * placement.rotation[:, 0]])
