"""Where an object went from one sweep to the next, by the points it showed before."""

from __future__ import annotations

import numpy as np
from numba import njit

from avlabel.core.arrays import Float64

CELL_M = 0.2
STEP_M = 0.1
MOST_POINTS = 400
"""More are thinned evenly."""
TIE = 0.1
"""Share of the points that a hypothesis loses for each metre it lies off the prediction."""


def best_shift(
    before: Float64, now: Float64, reach_along_m: tuple[float, float], reach_across_m: float
) -> tuple[Float64, float]:
    """How far an object is off its predicted place.

    Args:
        before: (P, 3) points of the object along its box's axes, in the sweep before.
        now: (Q, 3) points around the predicted box, along its axes.
        reach_along_m: how far back, negative, and ahead it may be.
        reach_across_m: how far to either side.

    Returns:
        (2,) metres along and across, and the share of the points before that lie on points now,
        0..1.
    """
    if not len(before) or not len(now):
        return np.zeros(2), 0.0
    along = np.arange(reach_along_m[0], reach_along_m[1] + STEP_M / 2, STEP_M)
    across = np.arange(-reach_across_m, reach_across_m + STEP_M / 2, STEP_M)
    before = before[:: -(-len(before) // MOST_POINTS), :2]
    shift, share = _best(
        np.ascontiguousarray(before), np.ascontiguousarray(now[:, :2]), along, across
    )
    return shift, float(share)


@njit(cache=True, nogil=True)
def _best(before, now, along, across):  # type: ignore[no-untyped-def]
    low = np.array([now[:, 0].min(), now[:, 1].min()]) - CELL_M
    shape = (
        int((now[:, 0].max() - low[0]) / CELL_M) + 2,
        int((now[:, 1].max() - low[1]) / CELL_M) + 2,
    )
    filled = _filled(now, low, shape)
    best, best_score, best_share = np.zeros(2), -np.inf, 0.0
    for a in along:
        for b in across:
            hits = 0.0
            for p in range(len(before)):
                i = int(np.floor((before[p, 0] + a - low[0]) / CELL_M))
                j = int(np.floor((before[p, 1] + b - low[1]) / CELL_M))
                if 0 <= i < shape[0] and 0 <= j < shape[1]:
                    hits += filled[i, j]
            share = hits / len(before)
            score = share - TIE * np.hypot(a, b)
            if score > best_score:
                best_score, best_share = score, share
                best[0], best[1] = a, b
    return best, best_share


@njit(cache=True, nogil=True)
def _filled(now, low, shape):  # type: ignore[no-untyped-def]
    """1 for cells that hold points, a half for their neighbours."""
    filled = np.zeros(shape)
    for p in range(len(now)):
        i, j = int((now[p, 0] - low[0]) / CELL_M), int((now[p, 1] - low[1]) / CELL_M)
        filled[i, j] = 1.0
        for di in range(-1, 2):
            for dj in range(-1, 2):
                a, b = i + di, j + dj
                if 0 <= a < shape[0] and 0 <= b < shape[1]:
                    filled[a, b] = max(filled[a, b], 0.5)
    return filled
