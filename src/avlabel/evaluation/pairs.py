"""Pairs of prediction and truth that could match, with how well they fit."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.spatial.distance import cdist

from avlabel.core.arrays import Float64, Int64
from avlabel.evaluation.boxes import ANY_CLASS, EvaluatedBoxes
from avlabel.evaluation.criteria import CENTER_REACH_M, Measure
from avlabel.geometry.iou import bev_iou, iou_3d


@dataclass(frozen=True, slots=True, eq=False)
class Pairs:
    """K pairs of the same frame and class that overlap or lie within ``CENTER_REACH_M``.

    Attributes:
        prediction: (K,) int64 rows, ascending.
        truth: (K,) int64 rows.
        center_m: (K,) float64 BEV distance of the centres.
        bev_iou: (K,) float64.
        iou_3d: (K,) float64.
    """

    prediction: Int64
    truth: Int64
    center_m: Float64
    bev_iou: Float64
    iou_3d: Float64

    def fit(self, measure: Measure) -> Float64:
        """(K,) the measure with greater meaning better: IoU, or distance negated."""
        if measure == "center":
            return -self.center_m
        return self.bev_iou if measure == "bev_iou" else self.iou_3d


def candidate_pairs(predictions: EvaluatedBoxes, truth: EvaluatedBoxes, n_frames: int) -> Pairs:
    """All pairs of a log that any criterion could accept."""
    frames = np.arange(n_frames + 1)
    of_prediction = np.searchsorted(predictions.frame_row, frames)
    of_truth = np.searchsorted(truth.frame_row, frames)
    boxes_p, boxes_t = predictions.cuboids.boxes, truth.cuboids.boxes
    parts = [_pairs_of(np.zeros((0, 7)), np.zeros((0, 7)))]
    for f in range(n_frames):
        p = slice(of_prediction[f], of_prediction[f + 1])
        t = slice(of_truth[f], of_truth[f + 1])
        pairs = _pairs_of(boxes_p[p], boxes_t[t])
        pairs[:, 0] += p.start
        pairs[:, 1] += t.start
        parts.append(pairs)
    table = np.concatenate(parts)
    prediction, true = table[:, 0].astype(np.int64), table[:, 1].astype(np.int64)
    truth_class = truth.class_idx[true]
    keep = (truth_class == predictions.class_idx[prediction]) | (truth_class == ANY_CLASS)
    return Pairs(prediction[keep], true[keep], *table[keep, 2:].T)


def _pairs_of(boxes_p: Float64, boxes_t: Float64) -> Float64:
    """(K, 5) row, row, distance, BEV IoU and 3D IoU of the pairs of one frame, any class."""
    distance = cdist(boxes_p[:, :2], boxes_t[:, :2])
    bev = bev_iou(boxes_p[:, [0, 1, 3, 4, 6]], boxes_t[:, [0, 1, 3, 4, 6]])
    row_p, row_t = np.nonzero((distance <= CENTER_REACH_M) | (bev > 0))
    full = iou_3d(boxes_p, boxes_t)
    return np.column_stack(
        [row_p, row_t, distance[row_p, row_t], bev[row_p, row_t], full[row_p, row_t]]
    )
