"""Turning a box until its near faces lie along the points."""

from __future__ import annotations

import numpy as np
from numba import njit

from avlabel.core.arrays import Float64

MAX_TURN = np.deg2rad(12.0)
COARSE, FINE = np.deg2rad(1.0), np.deg2rad(0.25)
MIN_POINTS = 30
MOST_POINTS = 300
"""More are thinned evenly."""
STRAY = 50
"""One point in so many may stand out before a face."""
NEAR_M = 0.1
"""Distance from a face at which a point counts half."""
PULL, SCARCE = 0.3, 40.0
"""What a radian of turn costs, squared, and what few points add to it: of two headings nearly
equally good the nearer one holds."""


def best_turn(local: Float64, sensor: Float64) -> float:
    """Radians to turn a box counter-clockwise; 0 where there are too few points to say.

    The closeness criterion of ``stages.detection.boxfit`` near a known heading: points score by
    how close they lie to the nearer of the two faces towards the sensor.

    Args:
        local: (P, 3) points along the box's own axes, from its centre.
        sensor: (3,) where they were seen from, in the same axes.
    """
    if len(local) < MIN_POINTS:
        return 0.0
    xy = local[:: -(-len(local) // MOST_POINTS), :2]
    # Mirrored so that the sensor is ahead on the left, whatever corner it looks at.
    side = np.where(sensor[:2] >= 0, 1.0, -1.0)
    mirrored = -1.0 if side[0] * side[1] < 0 else 1.0
    pull = PULL + SCARCE / len(local)
    return mirrored * float(_best_turn(np.ascontiguousarray(xy * side), pull))


@njit(cache=True, nogil=True)
def _best_turn(xy, pull):  # type: ignore[no-untyped-def]
    along, across = np.empty(len(xy)), np.empty(len(xy))
    best, best_score = 0.0, -np.inf
    for step, reach in ((COARSE, MAX_TURN), (FINE, COARSE)):
        middle, n = best, round(reach / step)
        for k in range(-n, n + 1):
            turn = middle + k * step
            score = _closeness(xy, turn, along, across, pull)
            if score > best_score:
                best, best_score = turn, score
    return best


@njit(cache=True, nogil=True)
def _closeness(xy, turn, along, across, pull):  # type: ignore[no-untyped-def]
    c, s = np.cos(turn), np.sin(turn)
    for p in range(len(xy)):
        along[p] = c * xy[p, 0] + s * xy[p, 1]
        across[p] = c * xy[p, 1] - s * xy[p, 0]
    kth = len(xy) - 1 - len(xy) // STRAY
    front, side = np.sort(along)[kth], np.sort(across)[kth]
    score = 0.0
    for p in range(len(xy)):
        away = min(abs(front - along[p]), abs(side - across[p]))
        score += 1.0 / (1.0 + (away / NEAR_M) ** 2)
    return score / len(xy) - pull * turn * turn
