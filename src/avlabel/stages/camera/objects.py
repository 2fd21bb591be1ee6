"""What a 2D detector found in one image, and riders made one with what they ride."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from avlabel.core.arrays import BoolArray, Float64, Int16, IntArray
from avlabel.core.taxonomy import Taxonomy

MIN_ON_SEAT = 0.5
"""Least share of a rider's width that lies over what is ridden."""

MIN_RIDDEN = 0.2
"""Least share of what is ridden that lies behind its rider."""


@dataclass(frozen=True, slots=True, eq=False)
class ImageObjects:
    """D objects in one image.

    Attributes:
        uv_box: (D, 4) float64 pixels u0, v0, u1, v1 around what is seen of each, inside the image.
        category: (D,) int16 leaf code.
        score: (D,) float64 in 0..1.
        scale: pixels of the detector's input for one pixel of the image.
    """

    uv_box: Float64
    category: Int16
    score: Float64
    scale: float

    def __len__(self) -> int:
        """Number of objects."""
        return len(self.uv_box)

    def select(self, keep: BoolArray | IntArray) -> ImageObjects:
        """The objects that ``keep`` (mask or indices) picks, in its order."""
        return ImageObjects(self.uv_box[keep], self.category[keep], self.score[keep], self.scale)


def area_px(uv_box: Float64) -> Float64:
    """(...) areas of boxes (..., 4)."""
    return np.asarray((uv_box[..., 2] - uv_box[..., 0]) * (uv_box[..., 3] - uv_box[..., 1]))


def intersection_px(a: Float64, b: Float64) -> Float64:
    """(N, M) areas shared by boxes (N, 4) and (M, 4); NaN boxes share nothing."""
    low = np.maximum(a[:, None, :2], b[None, :, :2])
    high = np.minimum(a[:, None, 2:], b[None, :, 2:])
    sides = np.nan_to_num(np.clip(high - low, 0.0, None), nan=0.0)
    return np.asarray(sides[..., 0] * sides[..., 1])


def iou_px(a: Float64, b: Float64) -> Float64:
    """(N, M) intersection over union of boxes (N, 4) and (M, 4); 0 for NaN boxes."""
    shared = intersection_px(a, b)
    union = np.nan_to_num(area_px(a)[:, None] + area_px(b)[None, :] - shared, nan=1.0)
    return np.asarray(shared / np.maximum(union, 1e-9))


def join_riders(objects: ImageObjects, taxonomy: Taxonomy) -> ImageObjects:
    """One object for a person on a bicycle or motorcycle, as the taxonomy means its cyclists.

    A person rides what lies under them: most of their width over it, a good part of it behind
    them, and their feet no lower than its wheels. The pair takes the class of what is ridden and
    the better score of both.
    """
    person = np.flatnonzero(objects.category == taxonomy.code("pedestrian"))
    cycle = np.flatnonzero(taxonomy.coarse(objects.category) == taxonomy.parents.index("cyclist"))
    uv_box, score = objects.uv_box.copy(), objects.score.copy()
    joined = np.zeros(len(objects), np.bool_)
    seated = _seated(uv_box[person], uv_box[cycle])
    for c in np.argsort(-score[cycle], kind="stable"):
        rider = person[seated[:, c] & ~joined[person]]
        if len(rider):
            best, ridden = rider[np.argmax(score[rider])], cycle[c]
            uv_box[ridden, :2] = np.minimum(uv_box[ridden, :2], uv_box[best, :2])
            uv_box[ridden, 2:] = np.maximum(uv_box[ridden, 2:], uv_box[best, 2:])
            score[ridden] = max(score[ridden], score[best])
            joined[best] = True
    return ImageObjects(uv_box, objects.category, score, objects.scale).select(~joined)


def _seated(person: Float64, cycle: Float64) -> BoolArray:
    """(P, C) bool: whether each person may sit on each cycle."""
    left = np.maximum(person[:, None, 0], cycle[None, :, 0])
    right = np.minimum(person[:, None, 2], cycle[None, :, 2])
    over = (right - left) / (person[:, 2] - person[:, 0])[:, None]
    behind = intersection_px(person, cycle) / area_px(cycle)[None, :]
    height = (cycle[:, 3] - cycle[:, 1])[None, :]
    feet_up = person[:, None, 3] <= cycle[None, :, 3] + 0.1 * height
    head_above = person[:, None, 1] < cycle[None, :, 1]
    return np.asarray((over > MIN_ON_SEAT) & (behind > MIN_RIDDEN) & feet_up & head_above)
