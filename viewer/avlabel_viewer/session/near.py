"""Boxes near to places, frame by frame."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from scipy.spatial import cKDTree

from avlabel.core.arrays import Float64, Int64, IntArray
from avlabel.core.cuboids import Cuboids

NEIGHBOURS, FAR_M = 3, 8.0
BETWEEN_FRAMES_M = 1e4


def nearest_boxes(
    cuboids: Cuboids, center: Float64, frame_idx: IntArray
) -> Iterator[tuple[Int64, Int64]]:
    """The ``NEIGHBOURS`` boxes nearest to each place, of those within ``FAR_M`` in its frame.

    Args:
        cuboids: N boxes, world.
        center: (M, 3) places, world.
        frame_idx: (M,) frame of each.

    Yields:
        (K,) rows of boxes and (K,) rows of the places that they are near to, nearest first.
    """
    if not len(cuboids) or not len(center):
        return
    tree = cKDTree(_apart(cuboids.center, cuboids.frame_idx))
    k = min(NEIGHBOURS, len(cuboids))
    near = tree.query(_apart(center, frame_idx), k=k, distance_upper_bound=FAR_M)[1]
    for row in near.reshape(-1, k).T:
        hit = np.flatnonzero(row < len(cuboids))
        yield row[hit], hit


def _apart(center: Float64, frame_idx: IntArray) -> Float64:
    """(N, 3) places among which those of different frames are far from each other."""
    return np.column_stack([center[:, :2], frame_idx * BETWEEN_FRAMES_M])
