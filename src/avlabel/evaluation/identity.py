"""Identity precision, recall and F1 (Ristani et al., 2016)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import linear_sum_assignment

from avlabel.core.arrays import Float64
from avlabel.evaluation.ratios import ratio
from avlabel.evaluation.sequence import TrackSequence

THRESHOLD = 0.5


@dataclass(frozen=True, slots=True, eq=False)
class IdentityCounts:
    """Sums of one or more logs, (...) float64; they add up.

    Attributes:
        tp: boxes where a truth track and the one track that stands for it are together.
        fn: truth boxes without.
        fp: predicted boxes without.
    """

    tp: Float64
    fn: Float64
    fp: Float64

    def scores(self) -> dict[str, Float64]:
        """Rates (...), NaN where nothing says."""
        return {
            "idf1": ratio(self.tp, self.tp + 0.5 * (self.fn + self.fp)),
            "id_re": ratio(self.tp, self.tp + self.fn),
            "id_pr": ratio(self.tp, self.tp + self.fp),
        }


def identity_counts(sequence: TrackSequence) -> IdentityCounts:
    """Count one log, tracks paired one to one so that most boxes go together.

    Ristani's minimal sum of misses and false positives over all pairings, unpaired tracks
    included, is the pairing with the most boxes in common.
    """
    together = np.zeros((sequence.n_truth_ids, sequence.n_track_ids))
    for truth, track, close in sequence.frames():
        together[np.ix_(truth, track)] += close >= THRESHOLD
    rows, cols = linear_sum_assignment(-together)
    tp = together[rows, cols].sum()
    return IdentityCounts(
        *(np.asarray(n, np.float64) for n in (tp, sequence.n_truth - tp, sequence.n_tracked - tp))
    )
