"""Average precision."""

from __future__ import annotations

import numpy as np

from avlabel.core.arrays import BoolArray, Float64, FloatArray, Int64


def average_precision(score: FloatArray, is_true: BoolArray, n_truth: int) -> float:
    """Area under the interpolated precision-recall curve, over all of its points.

    The curve has one point for each distinct score, so that the order of equal scores does not
    matter. Precision is interpolated as the best precision at that recall or any higher one
    (the envelope of Everingham et al., PASCAL VOC 2010), and integrated over recall from 0 to
    the highest recall reached; recall that is never reached adds nothing.

    Args:
        score: (N,) of predictions.
        is_true: (N,) whether each is a true positive.
        n_truth: how many truth boxes had to be found.

    Returns:
        In 0..1, or NaN where ``n_truth`` is 0.
    """
    if n_truth == 0:
        return float("nan")
    true_positives, precision = _by_score(score, is_true)
    envelope = np.maximum.accumulate(precision[::-1])[::-1]
    recall_step = np.diff(true_positives, prepend=0) / n_truth
    return float(np.sum(recall_step * envelope))


def precision_recall(
    score: FloatArray, is_true: BoolArray, n_truth: int
) -> tuple[Float64, Float64]:
    """The curve itself, one point for each distinct score, the best first.

    Args:
        score: (N,) of predictions.
        is_true: (N,) whether each is a true positive.
        n_truth: how many truth boxes had to be found, at least one.

    Returns:
        Recall (K,) and precision (K,), not interpolated.
    """
    true_positives, precision = _by_score(score, is_true)
    return true_positives / n_truth, precision


def _by_score(score: FloatArray, is_true: BoolArray) -> tuple[Int64, Float64]:
    """(K,) true positives and (K,) precision down to each distinct score."""
    order = np.argsort(-score, kind="stable")
    last_of_score = np.flatnonzero(np.diff(score[order], append=-np.inf))
    true_positives = np.cumsum(is_true[order], dtype=np.int64)[last_of_score]
    return true_positives, true_positives / (last_of_score + 1)
