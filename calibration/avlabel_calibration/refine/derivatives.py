"""Slope and curvature of the score, and how its slope scatters over independent observations."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from avlabel.core.arrays import Float64
from avlabel_calibration.alignment import AXES, Features, point_scores

UNIT = np.array([np.deg2rad(0.1)] * 3 + [0.03] * 3 + [0.005])
"""Of each parameter, about what moves a point at usual ranges by a LiDAR's resolution. Inside
this package parameters are counted in these units."""
COUNT = len(AXES)


@dataclass(frozen=True, slots=True, eq=False)
class Derivatives:
    """Of the score at one delta, by central differences of one unit.

    Attributes:
        value: the score.
        gradient: (7,) float64 per unit.
        curvature: (7, 7) float64 per unit squared, the negative second derivative.
        scatter: (7, 7) float64 covariance of the gradient: edges in one patch of the world count
            as one observation, however many frames show it.
        value_sigma: standard deviation of the score itself.
    """

    value: float
    gradient: Float64
    curvature: Float64
    scatter: Float64
    value_sigma: float


def derivatives(features: Features, delta: Float64, level: int = -1) -> Derivatives:
    """Differentiate the score at a delta (7,)."""

    def scores(step: Float64) -> Float64:
        found = point_scores(features, delta + step * UNIT, level) * features.weight
        return np.asarray(found, np.float64)

    at = scores(np.zeros(COUNT))
    axes = np.eye(COUNT)
    plus = np.array([scores(axis) for axis in axes])
    minus = np.array([scores(-axis) for axis in axes])
    slope = (plus - minus) / 2
    along = (plus + minus - 2 * at).sum(axis=1)
    second = np.diag(along)
    for a in range(COUNT):
        for b in range(a):
            both = scores(axes[a] + axes[b]) + scores(-axes[a] - axes[b]) - 2 * at
            second[a, b] = second[b, a] = (both.sum() - along[a] - along[b]) / 2
    patches = int(features.cell.max(initial=0)) + 1
    by_patch = np.array([np.bincount(features.cell, row, patches) for row in slope])
    of_value = np.bincount(features.cell, at, patches)
    return Derivatives(
        float(at.sum()), slope.sum(axis=1), -second, by_patch @ by_patch.T,
        float(np.sqrt((of_value**2).sum())),
    )  # fmt: skip
