"""CLEAR MOT (Bernardin and Stiefelhagen, 2008), mostly tracked and lost (Li et al., 2009)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import linear_sum_assignment

from avlabel.core.arrays import BoolArray, Float64, Int64
from avlabel.evaluation.ratios import ratio
from avlabel.evaluation.sequence import TrackSequence

THRESHOLD = 0.5
EPS = np.finfo(float).eps
CONTINUES = 1000.0
NOBODY = -1
MOSTLY_TRACKED = 0.8
MOSTLY_LOST = 0.2


@dataclass(frozen=True, slots=True, eq=False)
class ClearCounts:
    """Sums of one or more logs, (...) float64; they add up.

    Attributes:
        tp: matched boxes.
        fn: truth boxes without match.
        fp: predicted boxes without match.
        idsw: truth boxes matched by another track than the one before.
        frag: times a truth track is matched again after a break.
        mt: truth tracks matched in more than 80 % of their boxes.
        pt: truth tracks in between.
        ml: truth tracks matched in less than 20 % of their boxes.
        similarity: summed over true positives.
    """

    tp: Float64
    fn: Float64
    fp: Float64
    idsw: Float64
    frag: Float64
    mt: Float64
    pt: Float64
    ml: Float64
    similarity: Float64

    def scores(self) -> dict[str, Float64]:
        """Rates (...), NaN where nothing says, and the counts of tracks."""
        n_truth = self.tp + self.fn
        return {
            "mota": ratio(self.tp - self.fp - self.idsw, n_truth),
            "motp": ratio(self.similarity, self.tp),
            "idsw": self.idsw,
            "frag": self.frag,
            "mt": self.mt,
            "pt": self.pt,
            "ml": self.ml,
        }


def clear_counts(sequence: TrackSequence) -> ClearCounts:
    """Count one log at similarity ``THRESHOLD``.

    A pair matched in the frame before stays matched while it can; then similarity decides.
    Frames without truth, or without predictions, break no track.
    """
    last_track = np.full(sequence.n_truth_ids, NOBODY)
    track_before = np.full(sequence.n_truth_ids, NOBODY)
    n_matched, n_starts = np.zeros((2, sequence.n_truth_ids))
    idsw, similarity = 0, 0.0
    for truth, track, close in sequence.frames():
        if not close.size:
            continue
        rows, cols = _assign(close, track_before[truth][:, None] == track[None, :])
        matched, by = truth[rows], track[cols]
        was = last_track[matched]
        idsw += int(np.count_nonzero((was != NOBODY) & (was != by)))
        last_track[matched] = by
        n_matched[matched] += 1
        n_starts[matched] += track_before[matched] == NOBODY
        track_before[:] = NOBODY
        track_before[matched] = by
        similarity += close[rows, cols].sum()
    tp = n_matched.sum()
    tracked = n_matched / sequence.boxes_of_truth
    mt = np.count_nonzero(tracked > MOSTLY_TRACKED)
    ml = np.count_nonzero(tracked < MOSTLY_LOST)
    counts = (
        tp,
        sequence.n_truth - tp,
        sequence.n_tracked - tp,
        idsw,
        np.sum((n_starts - 1).clip(min=0)),
        mt,
        sequence.n_truth_ids - mt - ml,
        ml,
        similarity,
    )
    return ClearCounts(*(np.asarray(count, np.float64) for count in counts))


def _assign(close: Float64, continues: BoolArray) -> tuple[Int64, Int64]:
    """Rows and columns of the pairs matched in one frame."""
    worth = CONTINUES * continues + close
    worth[close < THRESHOLD - EPS] = 0
    rows, cols = linear_sum_assignment(-worth)
    hit = worth[rows, cols] > EPS
    return rows[hit], cols[hit]
