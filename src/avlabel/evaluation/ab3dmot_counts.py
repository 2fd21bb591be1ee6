"""CLEAR-MOT counts as the AB3DMOT protocol takes them, of the tracks above a score."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import linear_sum_assignment
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from avlabel.core.arrays import BoolArray, Float64, Int64
from avlabel.evaluation.ab3dmot_problem import MotProblem

NOBODY = -1
FORBIDDEN = 1e9


@dataclass(frozen=True, slots=True, eq=False)
class MotCounts:
    """What became of truth and boxes.

    Attributes:
        n_truth: truth boxes that are not ignored.
        tp: matched truth boxes, ignored ones among them.
        fn: truth boxes that are neither matched nor ignored.
        fp: boxes that are neither matched nor excused.
        idsw: times a truth track changes its match from one frame to the next.
        iou_sum: over the matches.
        scores: (tp,) float64 track scores of the matched boxes.
        box_ignored: (P,) bool: matched to ignored truth, or unmatched but excused.
    """

    n_truth: int
    tp: int
    fn: int
    fp: int
    idsw: int
    iou_sum: float
    scores: Float64
    box_ignored: BoolArray

    @property
    def mota(self) -> float:
        """1 at best, below 0 where mistakes outnumber the truth."""
        return 1.0 - (self.fn + self.fp + self.idsw) / self.n_truth

    def scaled_mota(self, recall: float) -> float:
        """MOTA relative to the best that is possible at a recall, 0..1."""
        lost = self.fn + self.fp + self.idsw - (1 - recall) * self.n_truth
        return float(np.clip(1.0 - lost / (recall * self.n_truth), 0.0, 1.0))

    @property
    def motp(self) -> float:
        """Mean IoU of the matches."""
        return self.iou_sum / self.tp if self.tp else 0.0

    @property
    def recall(self) -> float:
        """Share of the truth that was found."""
        return self.tp / max(self.tp + self.fn, 1)


def count(problem: MotProblem, min_iou: float, threshold: float) -> MotCounts:
    """Match at a 3D IoU and count, with the tracks whose score is at least ``threshold``."""
    kept = problem.track_score[problem.box_track] >= threshold
    truth, box, iou = matches(problem, min_iou, kept)
    match_of_truth = np.full(len(problem.truth_frame), NOBODY)
    match_of_truth[truth] = problem.box_track[box]
    unmatched = kept.copy()
    unmatched[box] = False
    box_ignored = unmatched & problem.box_excused
    box_ignored[box] = problem.truth_ignored[truth]
    return MotCounts(
        n_truth=int(np.sum(~problem.truth_ignored)),
        tp=len(truth),
        fn=int(np.sum((match_of_truth == NOBODY) & ~problem.truth_ignored)),
        fp=int(np.sum(unmatched & ~problem.box_excused)),
        idsw=switches(problem, match_of_truth),
        iou_sum=float(iou.sum()),
        scores=problem.track_score[problem.box_track[box]],
        box_ignored=box_ignored,
    )


def matches(problem: MotProblem, min_iou: float, kept: BoolArray) -> tuple[Int64, Int64, Float64]:
    """Truth rows, box rows and IoU: as many pairs as possible, then the highest sum of IoU."""
    overlaps = problem.overlaps
    use = (overlaps.iou >= min_iou) & kept[overlaps.box]
    truth, box, iou = overlaps.truth[use], overlaps.box[use], overlaps.iou[use]
    rivals_t = np.bincount(truth, minlength=len(problem.truth_frame))[truth]
    rivals_p = np.bincount(box, minlength=len(problem.box_frame))[box]
    alone = (rivals_t == 1) & (rivals_p == 1)
    chosen = [np.flatnonzero(alone)]
    rest = np.flatnonzero(~alone)
    if rest.size:
        chosen += _assigned(truth[rest], box[rest], iou[rest], rest)
    take = np.concatenate(chosen)
    return truth[take], box[take], iou[take]


def switches(problem: MotProblem, match_of_truth: Int64) -> int:
    """Changes of a truth track's match between its successive boxes, ignored ones left out."""
    order = np.lexsort((problem.truth_frame, problem.truth_track))
    track, match = problem.truth_track[order], match_of_truth[order]
    counted = ~problem.truth_ignored[order]
    both = (match[1:] != NOBODY) & (match[:-1] != NOBODY) & counted[1:] & counted[:-1]
    return int(np.sum(both & (track[1:] == track[:-1]) & (match[1:] != match[:-1])))


def _assigned(truth: Int64, box: Int64, iou: Float64, rows: Int64) -> list[Int64]:
    """Those of ``rows`` that the best assignment of each group of rivals takes."""
    names_t, t = np.unique(truth, return_inverse=True)
    names_p, p = np.unique(box, return_inverse=True)
    n = len(names_t) + len(names_p)
    graph = coo_array((np.ones(len(t)), (t, p + len(names_t))), shape=(n, n))
    group = connected_components(graph, directed=False)[1][t]
    order = np.argsort(group, kind="stable")
    chosen = []
    for part in np.split(order, np.flatnonzero(np.diff(group[order])) + 1):
        here_t, a = np.unique(t[part], return_inverse=True)
        here_p, b = np.unique(p[part], return_inverse=True)
        cost = np.full((len(here_t), len(here_p)), FORBIDDEN)
        pair = np.full(cost.shape, NOBODY)
        cost[a, b], pair[a, b] = 1 - iou[part], rows[part]
        taken = pair[linear_sum_assignment(cost)]
        chosen.append(taken[taken != NOBODY])
    return chosen
