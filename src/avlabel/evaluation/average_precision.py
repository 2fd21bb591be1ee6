"""Average precision."""

from __future__ import annotations

import numpy as np

from avlabel.core.arrays import BoolArray, FloatArray


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
    order = np.argsort(-score, kind="stable")
    last_of_score = np.flatnonzero(np.diff(score[order], append=-np.inf))
    true_positives = np.cumsum(is_true[order])[last_of_score]
    precision = true_positives / (last_of_score + 1)
    envelope = np.maximum.accumulate(precision[::-1])[::-1]
    recall_step = np.diff(true_positives, prepend=0) / n_truth
    return float(np.sum(recall_step * envelope))
