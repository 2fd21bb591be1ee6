"""All seven parameters together: what the edges say, and what is known before.

Where a camera sits is measured with a ruler and when it exposes comes from its trigger; both are
known to some centimetres and milliseconds. A rotation estimated as if they were exact would take
on their errors from everything near by. So they move with it, held by that prior knowledge.

The score is no likelihood. Scaled so that its curvature and the scatter of its slope agree it
serves as one; what it tells is H J^-1 H, after P. J. Huber, "The behavior of maximum likelihood
estimates under nonstandard conditions", 1967.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from avlabel.core.arrays import Float64
from avlabel_calibration.alignment import Features
from avlabel_calibration.refine.derivatives import COUNT, UNIT, Derivatives, derivatives

PRIOR = np.array([np.inf] * 3 + [0.04] * 3 + [0.010])
"""Standard deviation of what is known before: nothing of rotation, metres, seconds."""
STEPS = 12
DONE = 0.02
LONGEST = 1.0
"""Units a step may go at most."""
FLAT = 1e-4
NOTHING = 1e-6 * np.eye(COUNT)
"""Information that keeps what nothing tells finite: a hundred degrees, thirty metres."""


@dataclass(frozen=True, slots=True, eq=False)
class Solution:
    """The most likely parameters.

    Attributes:
        delta: (7,) float64 radians, metres, seconds.
        covariance: (7, 7) float64 of ``delta``.
        score: at ``delta``.
        score_sigma: standard deviation of the score.
    """

    delta: Float64
    covariance: Float64
    score: float
    score_sigma: float

    @property
    def sigma(self) -> Float64:
        """(7,) standard deviations."""
        return np.asarray(np.sqrt(np.diag(self.covariance)))


def solve(features: Features, start: Float64, prior: Float64 = PRIOR) -> Solution:
    """Newton's method from a start near the maximum.

    Args:
        features: edges around the given extrinsics.
        start: (7,) where to begin.
        prior: (7,) standard deviation of each parameter around the given extrinsics.
    """
    precision = (UNIT / prior) ** 2
    x = start / UNIT
    at = derivatives(features, x * UNIT)
    scale = _scale(at)
    damping = 1e-3
    for _ in range(STEPS):
        slope = scale * at.gradient - precision * x
        curvature = scale * _positive(at.curvature) + np.diag(precision) + NOTHING
        step = np.linalg.solve(curvature + damping * np.diag(np.diag(curvature)), slope)
        step *= min(1.0, LONGEST / max(float(np.abs(step).max()), 1e-12))
        then = derivatives(features, (x + step) * UNIT)
        gain = scale * (then.value - at.value)
        gain -= 0.5 * float(precision @ ((x + step) ** 2 - x**2))
        if gain > 0:
            x, at, damping = x + step, then, damping / 4
            if np.abs(step).max() < DONE:
                break
        else:
            damping = max(10 * damping, 0.1)
            if damping > 1e4:
                break
    return Solution(
        x * UNIT,
        _covariance(at, precision) * np.outer(UNIT, UNIT),
        at.value,
        at.value_sigma,
    )


def _scale(at: Derivatives) -> float:
    """By how much the score has to be multiplied to be a log-likelihood of the rotation."""
    curvature = _positive(at.curvature)[:3, :3]
    scatter = at.scatter[:3, :3]
    return float(np.trace(np.linalg.solve(scatter + 1e-12 * np.eye(3), curvature)) / 3)


def _positive(curvature: Float64) -> Float64:
    """The nearest curvature that rises nowhere; what is next to flat counts as flat."""
    values, vectors = np.linalg.eigh(curvature)
    values = np.where(values < FLAT * values.max(), 0.0, values)
    return np.asarray((vectors * np.maximum(values, 0.0)) @ vectors.T)


def _covariance(at: Derivatives, precision: Float64) -> Float64:
    """(7, 7) in units: what the data tell (H J^-1 H), added to what is known before."""
    curvature = _positive(at.curvature)
    scatter = at.scatter + FLAT**2 * np.trace(at.scatter) * np.eye(COUNT)
    told = curvature @ np.linalg.solve(scatter, curvature)
    return np.asarray(np.linalg.inv((told + told.T) / 2 + np.diag(precision) + NOTHING))
