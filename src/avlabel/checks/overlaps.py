"""Pairs of boxes of one frame that share ground and height."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from avlabel.checks.subject import Subject
from avlabel.core.arrays import BoolArray, Float64, Int64
from avlabel.geometry.iou import bev_iou_of_pairs


@dataclass(frozen=True, slots=True, eq=False)
class Overlaps:
    """M pairs of boxes.

    Attributes:
        first: (M,) int64 rows.
        second: (M,) int64 rows, later in their frame.
        iou: (M,) float64 from above.
        contained: (M,) float64 share of the smaller one's ground inside the other.
        iou_3d: (M,) float64.
        same: (M,) bool: one object, boxed twice.
        rides: (M,) bool: a person and a cycle: some data box riders as well.
    """

    first: Int64
    second: Int64
    iou: Float64
    contained: Float64
    iou_3d: Float64
    same: BoolArray
    rides: BoolArray


def overlaps(subject: Subject) -> Overlaps:
    """All pairs of boxes of one frame that touch."""
    c, (first, second) = subject.cuboids, _near_pairs(subject)
    size, bev = c.size_lwh.astype(np.float64), c.bev
    low, high = c.center[:, 2] - size[:, 2] / 2, c.center[:, 2] + size[:, 2] / 2
    shared_z = np.minimum(high[first], high[second]) - np.maximum(low[first], low[second])
    iou = bev_iou_of_pairs(bev[first], bev[second])
    touch = (iou > 0) & (shared_z > 0)
    first, second, iou, shared_z = first[touch], second[touch], iou[touch], shared_z[touch]
    area = size[:, 0] * size[:, 1]
    shared = iou / (1 + iou) * (area[first] + area[second])
    volume = area[first] * size[first, 2] + area[second] * size[second, 2]
    iou_3d = shared * shared_z / (volume - shared * shared_z)
    rows, parent = np.arange(len(c)), subject.taxonomy.coarse(c.category)
    person, cycle = subject.is_a(rows, "pedestrian"), subject.is_a(rows, "cyclist")
    return Overlaps(
        first=first,
        second=second,
        iou=iou,
        contained=shared / np.minimum(area[first], area[second]),
        iou_3d=iou_3d,
        same=(parent[first] == parent[second]) & (iou_3d >= subject.config.same_iou),
        rides=(person[first] & cycle[second]) | (cycle[first] & person[second]),
    )


def _near_pairs(subject: Subject) -> tuple[Int64, Int64]:
    """Rows of every pair of one frame whose circles from above meet, the earlier row first."""
    c = subject.cuboids
    radius = np.hypot(*c.size_lwh[:, :2].T.astype(np.float64)) / 2
    order = np.argsort(c.frame_idx, kind="stable")
    found = [np.zeros((2, 0), np.int64)]
    for rows in np.split(order, np.flatnonzero(np.diff(c.frame_idx[order])) + 1):
        apart = c.center[rows, None, :2] - c.center[rows, :2]
        near = np.hypot(apart[..., 0], apart[..., 1]) <= radius[rows, None] + radius[rows]
        found.append(rows[np.array(np.nonzero(np.triu(near, 1)))])
    first, second = np.concatenate(found, axis=1)
    return first, second
