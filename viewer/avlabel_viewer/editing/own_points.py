"""Which of the points around a box are its object's, and not its neighbour's."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from avlabel.core.arrays import BoolArray, Float32, Float64, Int32
from avlabel.stages.detection.cluster import ClusterConfig, cluster
from avlabel_viewer.editing.crop import inside
from avlabel_viewer.editing.floor import Floor
from avlabel_viewer.editing.placement import Placement

AROUND_M = 1.3
"""How far beside the box clusters are looked at: enough to tell whose they are."""
GROWN_M = 0.3
"""A cluster is the object's if half of it lies within the box grown by this."""
SHARE = 0.5
TIGHT = ClusterConfig(reach_m=0.22, reach_per_m=0.002, max_reach_m=0.5, min_points=1)
LOWEST_M = 1.01 * TIGHT.min_height_m
"""What is lower counts as this high: the ground is left out already, by whoever knows it."""


def points_of_object(
    placement: Placement,
    points: Float32,
    is_ground: BoolArray,
    eye: Float64,
    floor: Floor | None,
) -> Float32:
    """Points that stand in and around a box, without those of clusters that lie mostly beside it.

    Args:
        placement: the box, roughly where the object is.
        points: (N, 3) metres, world.
        is_ground: (N,) bool: those are left out.
        eye: (3,) metres, world: where the sensor stood; far clusters are looser.
        floor: the ground around it, if it is known.

    Returns:
        (P, 3) of them; all that stand there if no cluster fits.
    """
    near = inside(points, placement, AROUND_M)
    standing = points[near[~is_ground[near]]]
    if not len(standing):
        return standing
    labels = _clusters(placement, standing, eye, floor)
    within = np.zeros(len(standing), np.bool_)
    within[inside(standing, placement, GROWN_M)] = True
    clustered = labels >= 0
    total = np.bincount(labels[clustered], minlength=1)
    part = np.bincount(labels[clustered & within], minlength=len(total))
    own = clustered & (part >= SHARE * total)[labels]
    return standing[own] if 2 * np.sum(own & within) >= within.sum() else standing


def _clusters(placement: Placement, standing: Float32, eye: Float64, floor: Floor | None) -> Int32:
    """(P,) the labeler's own clusters, each point in one or, if it hangs overhead, in none."""
    bottom = float(placement.point((0, 0, -1))[2])
    above = standing[:, 2] - (bottom if floor is None else floor.at(standing))
    local = (standing - np.array([eye[0], eye[1], 0.0])).astype(np.float32)
    range_m = max(TIGHT.range_m, float(np.abs(local[:, :2]).max()) + 1)
    config = replace(TIGHT, range_m=range_m)
    return cluster(local, np.maximum(above, LOWEST_M).astype(np.float32), config)
