"""As few keyframes as it takes: what lies between them follows by itself."""

from __future__ import annotations

import numpy as np

from avlabel.core.arrays import BoolArray, Float64, Int64


def sparse(
    time_ns: Int64,
    values: Float64,
    must: BoolArray,
    tolerance: float,
    *,
    open_ends: bool = False,
) -> BoolArray:
    """Rows between which a straight line in time is close enough to all others.

    D. H. Douglas, T. K. Peucker, "Algorithms for the reduction of the number of points required
    to represent a digitized line", Cartographica 10(2), 1973.

    Args:
        time_ns: (F,) int64, increasing.
        values: (F, D), all in the same unit.
        must: (F,) bool: rows that are taken in any case.
        tolerance: largest distance that is left.
        open_ends: what comes before the first keyframe is as there, and after the last as there;
            else the first and the last row are keyframes.

    Returns:
        (F,) bool.
    """
    kept = must.copy()
    kept[[0, -1]] = True
    _split(time_ns, values, kept, tolerance)
    if open_ends:
        for order in (slice(None), slice(None, None, -1)):
            _without_end(values[order], must[order], kept[order], tolerance)
    return kept


def _split(time_ns: Int64, values: Float64, kept: BoolArray, tolerance: float) -> None:
    """Keep more rows until lines between them are close to all."""
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


def _without_end(values: Float64, must: BoolArray, kept: BoolArray, tolerance: float) -> None:
    """Drop the first row if everything up to the second keyframe is as that is."""
    keys = np.flatnonzero(kept)
    if must[0] or len(keys) < 2:
        return
    away = np.linalg.norm(values[: keys[1]] - values[keys[1]], axis=1)
    kept[0] = away.max() > tolerance
