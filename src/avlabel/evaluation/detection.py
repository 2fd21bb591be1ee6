"""Detection outcomes of logs, and precision and recall from them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from avlabel.core.arrays import BoolArray, Float32, Float64, Int16, Int64
from avlabel.evaluation.boxes import EvaluatedBoxes
from avlabel.evaluation.criteria import CRITERIA
from avlabel.evaluation.matching import IGNORED, judged_by_truth, match
from avlabel.evaluation.pairs import Pairs
from avlabel.evaluation.slices import Slice


@dataclass(frozen=True, slots=True, eq=False)
class DetectionOutcomes:
    """What became of P predictions and T truth boxes under each of C criteria.

    Attributes:
        score: (P,) float32.
        class_idx: (P,) int16.
        range_m: (P,) float64.
        moving: (P,) bool.
        matched: (C, P) int64 row of the truth box, or ``FALSE_POSITIVE`` or ``IGNORED``; in
            the order of ``CRITERIA``.
        truth_class_idx: (T,) int16, of the truth that counts, ignored boxes left out.
        truth_range_m: (T,) float64.
        truth_moving: (T,) bool.
    """

    score: Float32
    class_idx: Int16
    range_m: Float64
    moving: BoolArray
    matched: Int64
    truth_class_idx: Int16
    truth_range_m: Float64
    truth_moving: BoolArray

    @classmethod
    def concatenate(cls, parts: Sequence[DetectionOutcomes]) -> DetectionOutcomes:
        """The outcomes of several logs as one (at least one log)."""
        first_truth = np.cumsum([0] + [len(part.truth_class_idx) for part in parts])
        matched = [
            np.where(part.matched >= 0, part.matched + first, part.matched)
            for part, first in zip(parts, first_truth, strict=False)
        ]
        return cls(
            score=np.concatenate([part.score for part in parts]),
            class_idx=np.concatenate([part.class_idx for part in parts]),
            range_m=np.concatenate([part.range_m for part in parts]),
            moving=np.concatenate([part.moving for part in parts]),
            matched=np.concatenate(matched, axis=1),
            truth_class_idx=np.concatenate([part.truth_class_idx for part in parts]),
            truth_range_m=np.concatenate([part.truth_range_m for part in parts]),
            truth_moving=np.concatenate([part.truth_moving for part in parts]),
        )

    def counted(self, criterion: int, class_idx: int, part: Slice) -> tuple[Float32, BoolArray]:
        """Scores (K,) of what counts in a class and slice, and whether each is a true positive."""
        matched = self.matched[criterion]
        range_m = judged_by_truth(matched, self.range_m, self.truth_range_m)
        moving = judged_by_truth(matched, self.moving, self.truth_moving)
        keep = (matched != IGNORED) & (self.class_idx == class_idx)
        keep &= part.contains(range_m, moving)
        return self.score[keep], matched[keep] >= 0

    def n_truth(self, class_idx: int, part: Slice) -> int:
        """How many truth boxes of a class and slice had to be found."""
        inside = part.contains(self.truth_range_m, self.truth_moving)
        return int(np.count_nonzero(inside & (self.truth_class_idx == class_idx)))


def detection_outcomes(
    predictions: EvaluatedBoxes, truth: EvaluatedBoxes, pairs: Pairs
) -> DetectionOutcomes:
    """Match the boxes of one log under every criterion."""
    counts = ~truth.ignored
    row_among_counted = np.cumsum(counts) - 1
    matched = np.stack([match(predictions, truth, pairs, criterion) for criterion in CRITERIA])
    hit = matched >= 0
    matched[hit] = row_among_counted[matched[hit]]
    return DetectionOutcomes(
        score=predictions.cuboids.score,
        class_idx=predictions.class_idx,
        range_m=predictions.range_m,
        moving=predictions.moving,
        matched=matched,
        truth_class_idx=truth.class_idx[counts],
        truth_range_m=truth.range_m[counts],
        truth_moving=truth.moving[counts],
    )
