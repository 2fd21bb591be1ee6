"""How far true positives are off: place, size, heading."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np

from avlabel.core.arrays import BoolArray, Float64, Int16, Int64
from avlabel.core.se3 import wrap_angle
from avlabel.evaluation.boxes import EvaluatedBoxes
from avlabel.evaluation.slices import Slice


@dataclass(frozen=True, slots=True, eq=False)
class TruePositiveErrors:
    """K true positives, prediction minus truth.

    Attributes:
        class_idx: (K,) int16.
        range_m: (K,) float64, of the truth box.
        moving: (K,) bool, of the truth box.
        translation_m: (K,) float64 BEV distance of the centres.
        vertical_m: (K,) float64 height of the centre, signed.
        size_m: (K, 3) float64 length, width, height, signed.
        aligned_iou: (K,) float64 3D IoU after centre and heading are made equal.
        heading_rad: (K,) float64 in [-pi, pi).
    """

    class_idx: Int16
    range_m: Float64
    moving: BoolArray
    translation_m: Float64
    vertical_m: Float64
    size_m: Float64
    aligned_iou: Float64
    heading_rad: Float64

    def __len__(self) -> int:
        """Number of true positives."""
        return len(self.class_idx)

    @property
    def axis_error_rad(self) -> Float64:
        """(K,) in 0..pi/2: angle between the length axes, whichever way they point."""
        off = np.abs(self.heading_rad)
        return np.minimum(off, np.pi - off)

    @property
    def flipped(self) -> BoolArray:
        """(K,) bool: facing more than 90 degrees away from the truth."""
        return np.abs(self.heading_rad) > np.pi / 2

    @classmethod
    def concatenate(cls, parts: Sequence[TruePositiveErrors]) -> TruePositiveErrors:
        """The errors of several logs as one (at least one log)."""
        return cls(
            **{f.name: np.concatenate([getattr(p, f.name) for p in parts]) for f in fields(cls)}
        )

    def within(self, class_idx: int, part: Slice) -> TruePositiveErrors:
        """Those of one class and slice."""
        keep = (self.class_idx == class_idx) & part.contains(self.range_m, self.moving)
        return TruePositiveErrors(**{f.name: getattr(self, f.name)[keep] for f in fields(self)})


def true_positive_errors(
    predictions: EvaluatedBoxes, truth: EvaluatedBoxes, matched: Int64
) -> TruePositiveErrors:
    """Errors of the predictions that ``matched`` (P,) gives a truth row (0 or more)."""
    rows = np.flatnonzero(matched >= 0)
    found, true = predictions.cuboids.select(rows), truth.cuboids.select(matched[rows])
    offset = found.center - true.center
    size_p, size_t = found.size_lwh.astype(np.float64), true.size_lwh.astype(np.float64)
    return TruePositiveErrors(
        class_idx=predictions.class_idx[rows],
        range_m=truth.range_m[matched[rows]],
        moving=truth.moving[matched[rows]],
        translation_m=np.linalg.norm(offset[:, :2], axis=1),
        vertical_m=offset[:, 2],
        size_m=size_p - size_t,
        aligned_iou=aligned_iou(size_p, size_t),
        heading_rad=wrap_angle(found.yaw - true.yaw),
    )


def aligned_iou(size_a: Float64, size_b: Float64) -> Float64:
    """(N,) IoU of boxes of sizes (N, 3) put on top of each other."""
    shared = np.prod(np.minimum(size_a, size_b), axis=1)
    union = np.prod(size_a, axis=1) + np.prod(size_b, axis=1) - shared
    return np.asarray(np.divide(shared, union, out=np.zeros(len(shared)), where=union > 0))
