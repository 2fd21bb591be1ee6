"""How well boxes of other labels fit: by overlap and distance, at the same time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import linear_sum_assignment

from avlabel.core.arrays import BoolArray, Float64, Int16
from avlabel.core.se3 import yaw_from_quat
from avlabel.core.taxonomy import Taxonomy
from avlabel.edits.model import Box
from avlabel.geometry.iou import bev_iou

UNKNOWN_PARENT = -1


@dataclass(frozen=True, slots=True)
class MatchConfig:
    """When two boxes of one instant are taken for the same object."""

    min_iou: float = 0.1
    """Overlap from above that is enough,"""
    reach_m: float = 0.75
    """or centres this near,"""
    reach_share: float = 0.25
    """and this share of the larger length nearer still."""
    height_m: float = 2.0
    """Centres further apart in height lie on another level of the road."""
    other_class: float = 0.4
    """What another coarse class costs, of an affinity of at most 2."""
    track_share: float = 0.3
    """A track is an object's if at least this share of what they could have in common agrees."""


DEFAULTS = MatchConfig()


def bev_of(boxes: Sequence[Box]) -> tuple[Float64, Float64]:
    """(N, 5) x, y, length, width, yaw, and (N,) height of the centres."""
    center = np.array([box.center for box in boxes], np.float64).reshape(-1, 3)
    size = np.array([box.size_lwh for box in boxes], np.float64).reshape(-1, 3)
    yaw = yaw_from_quat(np.array([box.quat_wxyz for box in boxes], np.float64).reshape(-1, 4))
    return np.column_stack([center[:, :2], size[:, :2], yaw]), center[:, 2]


def parents_of(boxes: Sequence[Box], taxonomy: Taxonomy) -> Int16:
    """(N,) coarse class of each; ``UNKNOWN_PARENT`` where the taxonomy lacks it."""
    known = {leaf: int(taxonomy.parent_of[i]) for i, leaf in enumerate(taxonomy.leaves)}
    return np.array([known.get(box.category, UNKNOWN_PARENT) for box in boxes], np.int16)


def affinity(
    a: tuple[Float64, Float64, Int16],
    b: tuple[Float64, Float64, Int16],
    config: MatchConfig = DEFAULTS,
) -> Float64:
    """(N, M) affinity of boxes in one frame, 0 to 2; 0 where they cannot be the same.

    Args:
        a: (N, 5) boxes from above, (N,) heights, (N,) coarse classes.
        b: the same of M boxes.
        config: limits.
    """
    (bev_a, z_a, class_a), (bev_b, z_b, class_b) = a, b
    iou = bev_iou(bev_a, bev_b)
    apart = np.linalg.norm(bev_a[:, None, :2] - bev_b[None, :, :2], axis=2)
    reach = config.reach_m + config.reach_share * np.maximum.outer(bev_a[:, 2], bev_b[:, 2])
    level = np.abs(np.subtract.outer(z_a, z_b)) <= config.height_m
    fits: BoolArray = ((iou >= config.min_iou) | (apart <= reach)) & level
    other = (class_a[:, None] != class_b[None]) & (class_a[:, None] != UNKNOWN_PARENT)
    score = iou + np.clip(1 - apart / reach, 0, None) - config.other_class * other
    return np.asarray(np.where(fits, np.maximum(score, 1e-6), 0.0))


def assign(score: Float64) -> list[tuple[int, int]]:
    """One-to-one pairs of the greatest total affinity (Kuhn 1955), zeros left out."""
    if score.shape == (1, 1):
        return [(0, 0)] if score[0, 0] > 0 else []
    rows, columns = linear_sum_assignment(-score)
    return [(int(i), int(j)) for i, j in zip(rows, columns, strict=True) if score[i, j] > 0]
