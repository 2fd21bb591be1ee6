"""The AB3DMOT protocol: tracking accuracy in 3D, averaged over recall (Weng et al., IROS 2020).

A track's score is the mean of its boxes' scores. Tracks are removed below rising thresholds, so
that recall passes 1/40, 2/40, ..., 1; MOTA is scaled by the recall that was possible there, and
averaged. A recall that is never reached counts as 0.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from avlabel.core.arrays import BoolArray, Float64
from avlabel.errors import EvaluationError
from avlabel.evaluation.ab3dmot_counts import MotCounts, count
from avlabel.evaluation.ab3dmot_problem import MotProblem
from avlabel.evaluation.hota import hota_counts
from avlabel.evaluation.sequence import TrackSequence

RECALL_POINTS = 40
MIN_IOUS = {"Car": (0.25, 0.5, 0.7), "Pedestrian": (0.25, 0.5), "Cyclist": (0.25, 0.5)}
"""3D IoU at which each class is judged."""


@dataclass(frozen=True, slots=True)
class Ab3dmotScores:
    """One class at one IoU.

    Attributes:
        samota: scaled MOTA, mean over the recall points, 0..1.
        amota: MOTA, mean over the recall points.
        amotp: mean IoU of the matches, mean over the recall points.
        threshold: track score from which on MOTA is best.
        mota: at that threshold.
        motp: at that threshold.
        hota: at that threshold; similarity is the 3D IoU.
        recall: of all tracks, whatever their score.
        best: counts at that threshold.
    """

    samota: float
    amota: float
    amotp: float
    threshold: float
    mota: float
    motp: float
    hota: float
    recall: float
    best: MotCounts


def evaluate_ab3dmot(problem: MotProblem, min_iou: float) -> Ab3dmotScores:
    """Score the tracks of one class.

    Args:
        problem: truth and tracks of one class over all sequences, see ``mot_problem``.
        min_iou: 3D IoU of a match.

    Raises:
        EvaluationError: if no truth has to be found.
    """
    if np.all(problem.truth_ignored):
        raise EvaluationError("truth: expected boxes of the class that must be found, got none")
    everything = count(problem, min_iou, -np.inf)
    thresholds = recall_thresholds(everything.scores, everything.tp + everything.fn)
    each = [count(problem, min_iou, threshold) for threshold in thresholds]
    mota = np.array([counts.mota for counts in each])
    best = int(np.argmax(mota)) if np.any(mota > 0) else None
    counts, threshold = (everything, -np.inf) if best is None else (each[best], thresholds[best])
    scaled = [counts.scaled_mota((k + 1) / RECALL_POINTS) for k, counts in enumerate(each)]
    return Ab3dmotScores(
        samota=sum(scaled) / RECALL_POINTS,
        amota=float(mota.sum()) / RECALL_POINTS,
        amotp=sum(counts.motp for counts in each) / RECALL_POINTS,
        threshold=float(threshold),
        mota=counts.mota,
        motp=counts.motp,
        hota=_hota(problem, counts, float(threshold)),
        recall=everything.recall,
        best=counts,
    )


def recall_thresholds(scores: Float64, n_truth: int) -> Float64:
    """Scores at which recall passes 1/40, 2/40, ... as nearly as it can.

    Args:
        scores: (M,) track scores of all matched boxes.
        n_truth: boxes that had to be found.

    Returns:
        At most 40 thresholds, falling; fewer where recall ends below 1.
    """
    falling = np.sort(scores)[::-1]
    thresholds: list[float] = []
    wanted = 0.0
    for i, score in enumerate(falling):
        last = i == len(falling) - 1
        here, ahead = (i + 1) / n_truth, (i + 1 + (not last)) / n_truth
        if not last and ahead - wanted < wanted - here:
            continue
        thresholds.append(float(score))
        wanted += 1 / RECALL_POINTS
    return np.array(thresholds[1 : RECALL_POINTS + 1])


def _hota(problem: MotProblem, counts: MotCounts, threshold: float) -> float:
    """HOTA of the tracks above a threshold, without what is ignored there."""
    keep_box = (problem.track_score[problem.box_track] >= threshold) & ~counts.box_ignored
    return float(np.mean(hota_counts(_sequence(problem, keep_box)).scores()["hota"]))


def _sequence(problem: MotProblem, keep_box: BoolArray) -> TrackSequence:
    rows_t, rows_p = np.flatnonzero(~problem.truth_ignored), np.flatnonzero(keep_box)
    names_t, ids_t = np.unique(problem.truth_track[rows_t], return_inverse=True)
    names_p, ids_p = np.unique(problem.box_track[rows_p], return_inverse=True)
    bounds = np.arange(problem.n_frames + 1)
    first_t = np.searchsorted(problem.truth_frame[rows_t], bounds)
    first_p = np.searchsorted(problem.box_frame[rows_p], bounds)
    place_t = np.full(len(problem.truth_frame), -1)
    place_p = np.full(len(problem.box_frame), -1)
    place_t[rows_t] = np.arange(len(rows_t)) - first_t[problem.truth_frame[rows_t]]
    place_p[rows_p] = np.arange(len(rows_p)) - first_p[problem.box_frame[rows_p]]
    similarity = [
        np.zeros((first_t[f + 1] - first_t[f], first_p[f + 1] - first_p[f]))
        for f in range(problem.n_frames)
    ]
    overlaps = problem.overlaps
    for t, p, iou in zip(overlaps.truth, overlaps.box, overlaps.iou, strict=True):
        if place_t[t] >= 0 and place_p[p] >= 0:
            similarity[problem.truth_frame[t]][place_t[t], place_p[p]] = iou
    return TrackSequence(
        truth_ids=np.split(ids_t, first_t[1:-1]),
        track_ids=np.split(ids_p, first_p[1:-1]),
        similarity=similarity,
        n_truth_ids=len(names_t),
        n_track_ids=len(names_p),
    )
