"""Which way a new vehicle faces: like those in its lane."""

from __future__ import annotations

import numpy as np

from avlabel.core.cuboids import Cuboids
from avlabel.core.se3 import yaw_from_quat
from avlabel_viewer.editing.placement import Placement

AHEAD_M, ASIDE_M = 40.0, 2.0
"""How far away, along and across, vehicles are of the same lane."""
PARALLEL = 0.26
"""Sine of 15 degrees."""
CLOSE_M = 2.0
"""Nearer ones count more, up to here."""


def along_lane(placement: Placement, vehicles: Cuboids) -> Placement:
    """A box, turned about if the vehicles before and behind it face the other way.

    Args:
        placement: the box; its axis is known, its front is not.
        vehicles: boxes of the same frame, world; none of them this one.
    """
    local = placement.local(vehicles.center)
    turn = yaw_from_quat(vehicles.quat_wxyz) - placement.yaw
    near = (np.abs(local[:, 0]) < AHEAD_M) & (np.abs(local[:, 1]) < ASIDE_M)
    near &= np.abs(np.sin(turn)) < PARALLEL
    vote = np.sign(np.cos(turn)) / (CLOSE_M + np.abs(local[:, 0]))
    return placement.flipped() if vote[near].sum() < 0 else placement
