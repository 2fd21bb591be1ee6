"""Which of many words can be read: those that nothing nearer covers."""

from __future__ import annotations

import numpy as np

from avlabel.core.arrays import BoolArray, Float64


def readable(middle_px: Float64, size_px: Float64, rank: Float64) -> BoolArray:
    """(N,) bool: words that keep their place; who comes first by rank keeps it.

    Args:
        middle_px: (N, 2) middle of each word; what is not finite is not seen and not readable.
        size_px: (N, 2) widths and heights.
        rank: (N,) lower is more important, such as the distance.
    """
    kept = np.zeros(len(rank), np.bool_)
    seen = np.asarray(np.isfinite(middle_px).all(axis=1))
    for i in np.argsort(rank, kind="stable"):
        if seen[i]:
            gap_px = 2 * np.abs(middle_px[kept] - middle_px[i]) - size_px[kept] - size_px[i]
            kept[i] = np.all(gap_px.max(axis=1) >= 0)
    return kept
