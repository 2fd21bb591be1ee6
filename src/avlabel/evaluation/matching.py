"""Greedy matching of predictions to truth, best score first."""

from __future__ import annotations

from typing import TypeVar

import numpy as np
from numba import njit

from avlabel.core.arrays import BoolArray, Float64, Int64
from avlabel.evaluation.boxes import EvaluatedBoxes
from avlabel.evaluation.criteria import Criterion
from avlabel.evaluation.pairs import Pairs

Values = TypeVar("Values", BoolArray, Float64)

FALSE_POSITIVE = -1
IGNORED = -2


def match(
    predictions: EvaluatedBoxes, truth: EvaluatedBoxes, pairs: Pairs, criterion: Criterion
) -> Int64:
    """Match each prediction to at most one truth box, and each truth box to at most one.

    Predictions choose in order of falling score, each the best fitting truth box that is still
    free and that the criterion accepts. One that finds none is ignored if it is out of what the
    truth judges, or if the criterion accepts an ignored truth box for it or it overlaps one at
    all: what is not to be scored is not scored by how tightly it is boxed either. It is
    otherwise a false positive. Pairs never cross frames, so the whole log is matched at once.

    Returns:
        (P,) int64 row of the truth box, or ``FALSE_POSITIVE`` or ``IGNORED``.
    """
    sign = -1 if criterion.measure == "center" else 1
    fit = pairs.fit(criterion.measure)
    accepted = fit >= sign * criterion.threshold
    on_ignored = truth.ignored[pairs.truth]
    order = np.argsort(-predictions.cuboids.score, kind="stable")
    offsets = np.searchsorted(pairs.prediction, np.arange(len(predictions) + 1))
    matched: Int64 = _greedy(order, offsets, pairs.truth, fit, accepted & ~on_ignored, len(truth))
    excused = predictions.ignored.copy()
    excused[pairs.prediction[on_ignored & (accepted | (pairs.bev_iou > 0))]] = True
    matched[(matched == FALSE_POSITIVE) & excused] = IGNORED
    return matched


def judged_by_truth(matched: Int64, own: Values, of_truth: Values) -> Values:
    """(P,) a property of each prediction: that of its truth box, or its own if it has none."""
    hit = matched >= 0
    judged = own.copy()
    judged[hit] = of_truth[matched[hit]]
    return judged


@njit(cache=True, nogil=True)
def _greedy(order, offsets, truth_row, fit, accepted, n_truth):  # type: ignore[no-untyped-def]
    matched = np.full(len(order), FALSE_POSITIVE)
    taken = np.zeros(n_truth, np.bool_)
    for p in order:
        best, best_fit = -1, -np.inf
        for k in range(offsets[p], offsets[p + 1]):
            if accepted[k] and not taken[truth_row[k]] and fit[k] > best_fit:
                best, best_fit = truth_row[k], fit[k]
        if best >= 0:
            taken[best] = True
            matched[p] = best
    return matched
