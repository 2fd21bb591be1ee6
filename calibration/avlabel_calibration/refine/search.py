"""The extrinsics at which LiDAR edges meet image edges best: coarse to fine."""

from __future__ import annotations

import numpy as np
from scipy.ndimage import maximum_filter
from scipy.optimize import minimize

from avlabel.core.arrays import Float64
from avlabel_calibration.alignment import AXES, Features, point_scores, score
from avlabel_calibration.refine.derivatives import COUNT, UNIT

GRID_RAD = np.deg2rad(np.arange(-2.0, 2.01, 0.4))
ROLLS_RAD = np.deg2rad([-1.0, 0.0, 1.0])
STARTS = 6
KEPT = (4, 3, 3)
"""How many of the best are climbed on after each level."""
TRUST = 8.0
"""A climb goes no further than this many units of its level."""
ROTATION = slice(0, 3)
RIVAL_RAD = np.deg2rad(0.5)
"""Rotations further apart are two answers."""


def search_rotation(features: Features) -> Float64:
    """(S, 7) deltas of the highest scores over rotations of up to some 2.5 degrees, best first.

    Pitch, yaw and roll are tried on a grid where edges are blurred by 0.4 degrees; from the
    highest peaks, and from where the camera is said to be, the score is climbed level by level,
    the lower ones dropped on the way.
    """
    found = _starts(features)
    for level, kept in zip(range(1, len(features.levels)), KEPT, strict=False):
        found = np.array([climb(features, delta, level) for delta in found])
        found = found[np.argsort(-score(features, found, level), kind="stable")[:kept]]
    return found


def lead_over_rival(features: Features, found: Float64) -> float:
    """By how many standard deviations the best rotation beats the next that is another one.

    Args:
        features: N edge points.
        found: (S, 7) from ``search_rotation``.
    """
    apart = np.linalg.norm(found[:, ROTATION] - found[0, ROTATION], axis=1) > RIVAL_RAD
    if not apart.any():
        return np.inf
    rival = found[int(np.argmax(apart))]
    ahead = point_scores(features, found[0]) - point_scores(features, rival)
    by_patch = np.bincount(features.cell, ahead * features.weight)
    return float(by_patch.sum() / max(np.sqrt((by_patch**2).sum()), 1e-12))


def climb(features: Features, start: Float64, level: int) -> Float64:
    """Local maximum over rotations at one level of the edge maps (M. J. D. Powell, 1964)."""
    unit = UNIT[ROTATION] * 2.0 ** (len(features.levels) - 1 - level)

    def moved(x: Float64) -> Float64:
        delta = start.copy()
        delta[ROTATION] += x * unit
        return delta

    def cost(x: Float64) -> float:
        return -float(score(features, moved(x), level)[0])

    found = minimize(
        cost,
        np.zeros(3),
        method="Powell",
        bounds=[(-TRUST, TRUST)] * 3,
        options={"xtol": 0.02, "ftol": 1e-5, "maxfev": 500},
    )
    return moved(found.x)


def _starts(features: Features) -> Float64:
    """(S, 7) local maxima over pitch and yaw of a coarse level, at their best roll; and zero."""
    grid = np.stack(np.meshgrid(GRID_RAD, GRID_RAD, ROLLS_RAD, indexing="ij"), axis=-1)
    deltas = np.zeros((*grid.shape[:3], COUNT))
    deltas[..., ROTATION] = grid
    scores = score(features, deltas.reshape(-1, COUNT), 1).reshape(grid.shape[:3])
    roll, height = scores.argmax(axis=2), scores.max(axis=2)
    peaks = np.argwhere(height == maximum_filter(height, 3, mode="constant", cval=-np.inf))
    highest = sorted(peaks.tolist(), key=lambda at: -height[at[0], at[1]])[:STARTS]
    return np.array([deltas[i, j, roll[i, j]] for i, j in highest] + [np.zeros(len(AXES))])
