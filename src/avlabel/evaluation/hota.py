"""Higher order tracking accuracy (Luiten et al., IJCV 2020)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import linear_sum_assignment

from avlabel.core.arrays import Float64, Int64
from avlabel.evaluation.ratios import ratio
from avlabel.evaluation.sequence import TrackSequence

ALPHAS = np.arange(0.05, 0.99, 0.05)
EPS = np.finfo(float).eps


@dataclass(frozen=True, slots=True, eq=False)
class HotaCounts:
    """Sums of one or more logs, (..., 19) float64, one for each of ``ALPHAS``; they add up.

    Attributes:
        tp: matched boxes.
        fn: truth boxes without match.
        fp: predicted boxes without match.
        ass_a: association accuracy, summed over true positives.
        ass_re: association recall, summed over true positives.
        ass_pr: association precision, summed over true positives.
        loc: similarity, summed over true positives.
    """

    tp: Float64
    fn: Float64
    fp: Float64
    ass_a: Float64
    ass_re: Float64
    ass_pr: Float64
    loc: Float64

    def scores(self) -> dict[str, Float64]:
        """HOTA and its parts (..., 19), NaN where there are no boxes at all.

        At an alpha without a match association is 0 and localisation 1, as TrackEval has it.
        """
        boxes = np.where(self.tp + self.fn + self.fp > 0, 1.0, np.nan)
        matched = np.maximum(self.tp, 1)
        det_a = ratio(self.tp, self.tp + self.fn + self.fp)
        ass_a = self.ass_a / matched * boxes
        return {
            "hota": np.sqrt(det_a * ass_a),
            "det_a": det_a,
            "ass_a": ass_a,
            "det_re": self.tp / np.maximum(self.tp + self.fn, 1) * boxes,
            "det_pr": self.tp / np.maximum(self.tp + self.fp, 1) * boxes,
            "ass_re": self.ass_re / matched * boxes,
            "ass_pr": self.ass_pr / matched * boxes,
            "loc_a": np.where(self.tp > 0, self.loc / matched, 1) * boxes,
        }


def hota_counts(sequence: TrackSequence) -> HotaCounts:
    """Count one log at every alpha."""
    truth_id, track_id, similarity = _matches(sequence)
    pair = truth_id * sequence.n_track_ids + track_id
    tp, ass_a, ass_re, ass_pr, loc = np.zeros((5, len(ALPHAS)))
    for a, alpha in enumerate(ALPHAS):
        hit = similarity >= alpha - EPS
        pairs, together = np.unique(pair[hit], return_counts=True)
        n_truth = sequence.boxes_of_truth[pairs // sequence.n_track_ids]
        n_track = sequence.boxes_of_track[pairs % sequence.n_track_ids]
        tp[a] = np.count_nonzero(hit)
        ass_a[a] = np.sum(together**2 / (n_truth + n_track - together))
        ass_re[a] = np.sum(together**2 / n_truth)
        ass_pr[a] = np.sum(together**2 / n_track)
        loc[a] = similarity[hit].sum()
    return HotaCounts(
        tp, sequence.n_truth - tp, sequence.n_tracked - tp, ass_a, ass_re, ass_pr, loc
    )


def _matches(sequence: TrackSequence) -> tuple[Int64, Int64, Float64]:
    """Truth id, track id and similarity of the pairs assigned in each frame.

    The assignment favours pairs of tracks that go together over the whole log.
    """
    alignment = _alignment(sequence)
    truth_id, track_id = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)]
    similarity = [np.zeros(0)]
    for truth, track, close in sequence.frames():
        rows, cols = linear_sum_assignment(-alignment[np.ix_(truth, track)] * close)
        truth_id.append(truth[rows])
        track_id.append(track[cols])
        similarity.append(close[rows, cols])
    return np.concatenate(truth_id), np.concatenate(track_id), np.concatenate(similarity)


def _alignment(sequence: TrackSequence) -> Float64:
    """(N, M) soft Jaccard index of truth and predicted tracks over the whole log."""
    together = np.zeros((sequence.n_truth_ids, sequence.n_track_ids))
    for truth, track, close in sequence.frames():
        either = close.sum(axis=0)[None, :] + close.sum(axis=1)[:, None] - close
        share = np.divide(close, either, out=np.zeros_like(close), where=either > EPS)
        together[np.ix_(truth, track)] += share
    either = sequence.boxes_of_truth[:, None] + sequence.boxes_of_track[None, :] - together
    return np.asarray(together / either)
