"""Tracking counts of logs, by similarity, class and slice."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from typing import TypeVar

import numpy as np

from avlabel.core.arrays import BoolArray, Float64
from avlabel.core.cuboids import NO_TRACK
from avlabel.evaluation.boxes import EvaluatedBoxes
from avlabel.evaluation.clear import ClearCounts, clear_counts
from avlabel.evaluation.criteria import Criterion
from avlabel.evaluation.hota import HotaCounts, hota_counts
from avlabel.evaluation.identity import IdentityCounts, identity_counts
from avlabel.evaluation.matching import IGNORED, judged_by_truth, match
from avlabel.evaluation.pairs import Pairs
from avlabel.evaluation.sequence import track_sequence
from avlabel.evaluation.slices import Slice

Counts = TypeVar("Counts", HotaCounts, ClearCounts, IdentityCounts)


@dataclass(frozen=True, slots=True)
class Similarity:
    """How alike a prediction and a truth box are, 0 to 1.

    Attributes:
        name: key in reports.
        criterion: the match at which similarity is 0.5.
    """

    name: str
    criterion: Criterion

    def of(self, pairs: Pairs) -> Float64:
        """(K,) similarity: BEV IoU itself, or falling from 1 to 0 at twice the distance."""
        fit = pairs.fit(self.criterion.measure)
        if self.criterion.measure != "center":
            return fit
        return (1 + fit / (2 * self.criterion.threshold)).clip(min=0)


SIMILARITIES = (
    Similarity("center", Criterion("center", 2.0)),
    Similarity("bev_iou", Criterion("bev_iou", 0.5)),
)


@dataclass(frozen=True, slots=True, eq=False)
class TrackingCounts:
    """Sums of one or more logs, leading axes similarity, class, slice; they add up."""

    hota: HotaCounts
    clear: ClearCounts
    identity: IdentityCounts

    @classmethod
    def sum(cls, parts: Sequence[TrackingCounts]) -> TrackingCounts:
        """The counts of several logs as one (at least one log)."""
        return cls(
            _sum([part.hota for part in parts]),
            _sum([part.clear for part in parts]),
            _sum([part.identity for part in parts]),
        )

    def scores(self) -> dict[str, Float64]:
        """Metrics (similarity, class, slice); HOTA and its parts are means over alpha."""
        hota = {name: values.mean(axis=-1) for name, values in self.hota.scores().items()}
        return {**hota, **self.clear.scores(), **self.identity.scores()}


def tracking_counts(
    predictions: EvaluatedBoxes,
    truth: EvaluatedBoxes,
    pairs: Pairs,
    n_classes: int,
    slices: Sequence[Slice],
) -> TrackingCounts | None:
    """Count the tracks of one log; None if its truth has boxes but no track ids.

    What a detection match at similarity 0.5 ignores is left out on both sides, and so are, in
    a slice, predictions matched to truth outside of it.
    """
    if len(truth) and np.all(truth.cuboids.track_id == NO_TRACK):
        return None
    sequences = [
        track_sequence(predictions, truth, pairs, similarity.of(pairs), *kept)
        for similarity in SIMILARITIES
        for kept in _kept(predictions, truth, pairs, similarity, n_classes, slices)
    ]
    shape = (len(SIMILARITIES), n_classes, len(slices))
    return TrackingCounts(
        _stack([hota_counts(sequence) for sequence in sequences], shape),
        _stack([clear_counts(sequence) for sequence in sequences], shape),
        _stack([identity_counts(sequence) for sequence in sequences], shape),
    )


def _kept(
    predictions: EvaluatedBoxes,
    truth: EvaluatedBoxes,
    pairs: Pairs,
    similarity: Similarity,
    n_classes: int,
    slices: Sequence[Slice],
) -> Iterator[tuple[BoolArray, BoolArray]]:
    """Masks of the predictions and truth boxes that count, for each class and slice."""
    matched = match(predictions, truth, pairs, similarity.criterion)
    range_m = judged_by_truth(matched, predictions.range_m, truth.range_m)
    moving = judged_by_truth(matched, predictions.moving, truth.moving)
    for class_idx in range(n_classes):
        of_class = (predictions.class_idx == class_idx) & (matched != IGNORED)
        true_of_class = (truth.class_idx == class_idx) & ~truth.ignored
        for part in slices:
            yield (
                of_class & part.contains(range_m, moving),
                true_of_class & part.contains(truth.range_m, truth.moving),
            )


def _sum(parts: Sequence[Counts]) -> Counts:
    names = [f.name for f in fields(parts[0])]
    return type(parts[0])(**{n: np.sum([getattr(p, n) for p in parts], axis=0) for n in names})


def _stack(parts: Sequence[Counts], shape: tuple[int, ...]) -> Counts:
    """One set of counts with leading axes ``shape``."""
    stacked = {f.name: np.stack([getattr(p, f.name) for p in parts]) for f in fields(parts[0])}
    return type(parts[0])(**{n: a.reshape(*shape, *a.shape[1:]) for n, a in stacked.items()})
