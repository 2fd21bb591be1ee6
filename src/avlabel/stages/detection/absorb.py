"""Fragments inside a larger box belong to it: one object, one detection."""

from __future__ import annotations

import numpy as np

from avlabel.core.arrays import BoolArray
from avlabel.core.cuboids import Cuboids
from avlabel.geometry.iou import bev_overlap


def absorbed(cuboids: Cuboids, max_inside: float) -> BoolArray:
    """Which boxes lie inside a larger one that is at least as likely.

    A mirror, a load or half a van may come as a cluster of its own, beside the box that already
    covers it.

    Args:
        cuboids: N boxes of one frame.
        max_inside: a box with a larger share of its footprint inside another is part of it.

    Returns:
        (N,) bool.
    """
    area = np.prod(cuboids.size_lwh[:, :2], axis=1)
    inside = bev_overlap(cuboids.bev, cuboids.bev) / area[:, None]
    larger = area[None, :] > area[:, None]
    likelier = cuboids.score[None, :] >= cuboids.score[:, None]
    return np.asarray(((inside > max_inside) & larger & likelier).any(axis=1))
