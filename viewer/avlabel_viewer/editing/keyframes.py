"""As few keyframes as it takes: what lies between them follows by itself."""

from __future__ import annotations

import numpy as np

from avlabel.core.arrays import BoolArray, Float64, Int64


def sparse(time_ns: Int64, values: Float64, must: BoolArray, tolerance: float) -> BoolArray:
    """Rows between which a straight line in time is close enough to all others.

    D. H. Douglas, T. K. Peucker, "Algorithms for the reduction of the number of points required
    to represent a digitized line", Cartographica 10(2), 1973.

    Args:
        time_ns: (F,) int64, increasing.
        values: (F, D), all in the same unit.
        must: (F,) bool: rows that are taken in any case; first and last always are.
        tolerance: largest distance that is left.

    Returns:
        (F,) bool.
    """
    kept = must.copy()
    kept[[0, -1]] = True
    ends = np.flatnonzero(kept)
    stretches = list(zip(ends[:-1].tolist(), ends[1:].tolist(), strict=True))
    seconds = (time_ns - time_ns[0]) * 1e-9
    while stretches:
        first, last = stretches.pop()
        if last - first < 2:
            continue
        share = (seconds[first : last + 1] - seconds[first]) / (seconds[last] - seconds[first])
        line = values[first] + share[:, None] * (values[last] - values[first])
        away = np.linalg.norm(values[first : last + 1] - line, axis=1)
        middle = first + int(np.argmax(away))
        if away[middle - first] > tolerance:
            kept[middle] = True
            stretches += [(first, middle), (middle, last)]
    return kept
